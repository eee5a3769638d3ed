// Package fakediscord is a Discord that runs inside a test: gateway and REST on
// one listener, speaking the real wire, with faults on request.
//
// The central type is [Server]. It keeps what Discord keeps (sessions with their
// undelivered events, interactions with their tokens, messages with their nonces,
// registered commands), records every request and remembers as a problem whatever
// the real service would refuse. When CAREERBOT_SHARED names a folder that holds
// discord/openapi.json, every request and every answer of the fake itself is
// checked against it; limits that the file does not state are checked always.
//
// With [Memory] no socket is opened and everything blocks in ways that
// testing/synctest understands, so hours of heartbeats pass in a moment.
package fakediscord

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Identities of the fake bot.
const (
	Token         = "MTAw.fake-bot-token.c2VjcmV0LWNhbmFyeQ"
	BotID         = "100000000000000001"
	ApplicationID = "100000000000000002"
)

// DefaultHeartbeat is the interval HELLO announces unless [Heartbeat] changes it.
const DefaultHeartbeat = 41250 * time.Millisecond

// responseWindow is how long an interaction waits for its first response, and
// tokenLife how long its token serves edits and follow-ups.
// https://discord.com/developers/docs/interactions/receiving-and-responding
const (
	responseWindow = 3 * time.Second
	tokenLife      = 15 * time.Minute
)

// A Server is one fake Discord. All methods are safe for concurrent use.
type Server struct {
	tb          testing.TB
	memory      *network
	base        string
	http        *http.Server
	heartbeat   time.Duration
	granted     bool // the privileged intents
	shards      int
	identify    int // max_concurrency
	private     ed25519.PrivateKey
	certificate *tls.Certificate // nil serves http and ws
	check       *checker
	wg          sync.WaitGroup // of the listener and the gateway's connections

	mu           sync.Mutex
	changed      chan struct{} // closed and replaced whenever something below changes
	nextID       int64
	requests     []Request
	keepBodies   bool
	problems     []string
	faults       []*fault
	openings     []Opening
	sessions     map[string]*session
	current      map[int]*session // by shard
	links        map[*link]bool
	identifies   int
	resumes      int
	identifiedAt []time.Time
	remaining    int // identifies left today
	interactions map[string]*interaction
	tokens       map[string]string // interaction token to id
	nonces       map[string]string // channel/nonce to message id
	replies      []Reply
	forms        []Form
	commands     []map[string]any
	commandsSet  int
}

// An Option changes a new server.
type Option func(*Server)

// Memory keeps all connections in memory; reach the server through [Server.Dial].
func Memory() Option { return func(s *Server) { s.memory = newNetwork() } }

// TLS serves https and wss, with a certificate of [Server.Authorities].
func TLS() Option {
	return func(s *Server) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			s.tb.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			s.tb.Fatal(err)
		}
		s.certificate = &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	}
}

// Authorities are what a client of a server with [TLS] must trust.
func (s *Server) Authorities() *x509.CertPool {
	pool := x509.NewCertPool()
	cert, err := x509.ParseCertificate(s.certificate.Certificate[0])
	if err != nil {
		s.tb.Fatal(err)
	}
	pool.AddCert(cert)
	return pool
}

// Privileged grants the intents that need a review.
func Privileged() Option { return func(s *Server) { s.granted = true } }

// Shards sets the recommended number of shards and how many may identify at once.
func Shards(n, maxConcurrency int) Option {
	return func(s *Server) { s.shards, s.identify = n, maxConcurrency }
}

// Unchecked leaves the OpenAPI file out, for load tests, and keeps no bodies.
func Unchecked() Option { return func(s *Server) { s.check = nil; s.keepBodies = false } }

// New starts a server that ends with the test, which fails if the server met a
// problem or a fault that was asked for never happened.
func New(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{
		tb: tb, heartbeat: DefaultHeartbeat, shards: 1, identify: 1, private: private, check: loadChecker(tb),
		changed: make(chan struct{}), nextID: 1_100_000_000_000_000_000, keepBodies: true,
		sessions: map[string]*session{}, current: map[int]*session{}, links: map[*link]bool{}, remaining: 1000,
		interactions: map[string]*interaction{}, tokens: map[string]string{}, nonces: map[string]string{},
	}
	for _, o := range opts {
		o(s)
	}
	listener := net.Listener(s.memory)
	if s.memory == nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			tb.Fatal(err)
		}
	}
	s.base = "http://" + listener.Addr().String()
	if s.certificate != nil {
		s.base = "https://" + listener.Addr().String()
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{*s.certificate}})
	}
	s.http = &http.Server{Handler: s.routes(), ErrorLog: log.New(io.Discard, "", 0)}
	s.wg.Go(func() { s.http.Serve(listener) })
	tb.Cleanup(s.stop)
	return s
}

// stop ends every connection and reports what went wrong.
func (s *Server) stop() {
	s.mu.Lock()
	s.release()
	for l := range s.links {
		l.conn.Close()
	}
	s.mu.Unlock()
	s.http.Close()
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.problems {
		s.tb.Errorf("fake Discord: %s", p)
	}
	for _, f := range s.faults {
		if f.left > 0 && !f.optional {
			s.tb.Errorf("fake Discord: fault %s %s was not met (%d left)", f.Method, f.Route, f.left)
		}
	}
	if n := len(s.openings); n > 0 {
		s.tb.Errorf("fake Discord: %d scripted connections were not opened", n)
	}
}

// URL is the base address to set as DISCORD_API_URL.
func (s *Server) URL() string { return s.base + "/api/v10" }

// PublicKey is the application's key in hex, for DISCORD_PUBLIC_KEY.
func (s *Server) PublicKey() string {
	return hex.EncodeToString(s.private.Public().(ed25519.PublicKey))
}

// Dial connects to the server; it is what a client must use with [Memory].
func (s *Server) Dial(ctx context.Context, netw, addr string) (net.Conn, error) {
	if s.memory != nil {
		return s.memory.dial(ctx)
	}
	var d net.Dialer
	return d.DialContext(ctx, netw, addr)
}

// ID returns a new snowflake.
func (s *Server) ID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.newID()
}

func (s *Server) newID() string {
	s.nextID++
	return strconv.FormatInt(s.nextID, 10)
}

// change runs do under the lock and wakes everyone in [Server.Await].
func (s *Server) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
	close(s.changed)
	s.changed = make(chan struct{})
}

// problem records what the real service would have refused.
func (s *Server) problem(format string, args ...any) {
	s.change(func() {
		if len(s.problems) < 50 {
			s.problems = append(s.problems, fmt.Sprintf(format, args...))
		}
	})
}

// Problems takes the problems so far, so that a test that provokes them passes.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.problems
	s.problems = nil
	return p
}

// Await blocks until cond holds, which is tried after every change of the
// server's state, and reports whether it did before ctx ended.
func (s *Server) Await(ctx context.Context, cond func() bool) bool {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// A Request is one REST request as it arrived.
type Request struct {
	Method string
	Route  string // the path with ids and tokens as {placeholders}
	Path   string
	Auth   string // the Authorization header
	Body   []byte
	Status int // what was answered, 0 for a connection that was cut
	At     time.Time
}

// Requests returns every REST request so far, in order of arrival, that matches
// the method and route; empty strings match all.
func (s *Server) Requests(method, route string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Request
	for _, r := range s.requests {
		if (method == "" || r.Method == method) && (route == "" || r.Route == route) {
			out = append(out, r)
		}
	}
	return out
}

// A Fault is what happens to requests instead of the usual answer.
type Fault struct {
	Method, Route string // "" matches every one
	Times         int    // how often; 0 means once
	Status        int
	Header        map[string]string
	Body          string
	After         bool          // do the work first, then answer with the fault
	Delay         time.Duration // before anything is done
	Cut           int           // write so many bytes of an answer, then drop the connection; -1 for none at all
	Optional      bool          // no complaint if it is never met
}

type fault struct {
	Fault
	left     int
	optional bool
}

// Fail schedules a fault. Faults are met in the order in which they were scheduled.
func (s *Server) Fail(f Fault) {
	s.change(func() { s.faults = append(s.faults, &fault{f, max(1, f.Times), f.Optional}) })
}

// takeFault returns the fault for a request, nil when there is none.
func (s *Server) takeFault(method, route string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.left > 0 && (f.Method == "" || f.Method == method) && (f.Route == "" || f.Route == route) {
			f.left--
			return &f.Fault
		}
	}
	return nil
}

// ClearFaults forgets the faults that are still to come.
func (s *Server) ClearFaults() { s.change(func() { s.faults = nil }) }

// Forget drops what was recorded of requests, replies and answered interactions,
// so that long runs measure the bot's memory and not the fake's.
func (s *Server) Forget() {
	s.change(func() {
		s.requests, s.replies = nil, nil
		clear(s.nonces)
		for id, i := range s.interactions {
			if i.answered {
				delete(s.interactions, id)
				delete(s.tokens, i.token)
			}
		}
		for _, ss := range s.sessions {
			ss.gone += int64(len(ss.sent))
			ss.sent = nil
		}
	})
}
