// Package fakeslack is a Slack that runs in a test: the Web API over HTTP,
// Socket Mode over WebSocket, response URLs and signed requests, on the wire
// formats that Slack speaks.
//
// The central type is [Server]. It checks what a bot sends: arguments against
// Slack's method descriptions and every message, modal, Home tab, view response
// and options list against a Block Kit schema, when the environment variable
// CAREERBOT_SHARED names a folder that holds slack/webapi and slack/blockkit.
// Whatever breaks a contract is refused as Slack would refuse it, and fails the
// test at its end (see [Server.AllowProblems]).
//
// Failures are scripted with [Server.Script]; Slack's redeliveries, disconnects
// and pings are part of the socket side ([Server.Send], [Server.Disconnect]) and
// of the HTTP side ([Inlet.Deliver]). It is the load generator too.
package fakeslack

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Tokens and ids of the workspace every server starts with.
const (
	BotToken      = "xoxb-1111-2222-fakebottoken"
	AppToken      = "xapp-1-A0FAKE-3333-fakeapptoken"
	SigningSecret = "8f742231b10e8888abcd99fakesecret"
	Team          = "T0FAKE"
	BotUser       = "U0BOT"
	BotID         = "B0BOT"
	AppID         = "A0FAKE"
	ClientID      = "1111.4444"
	ClientSecret  = "fakeclientsecret"
)

// A Server is Slack's side. Its methods may be called from any goroutine.
type Server struct {
	// AckTimeout is how long Slack waits for an acknowledgement; default 3 s.
	AckTimeout time.Duration
	// RetryGaps are the pauses before each redelivery of an event over Socket
	// Mode; default at once, 1 min, 5 min.
	RetryGaps []time.Duration
	// PingEvery is the interval of WebSocket pings; default 5 s.
	PingEvery time.Duration
	// Now is the clock that response URLs and triggers expire by.
	Now func() time.Time

	t      testing.TB
	http   *httptest.Server
	checks *checks // nil without CAREERBOT_SHARED
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup // redeliveries and links

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at every change, see Await
	calls    []Call
	scripts  map[string][]Reply
	tokens   map[string]Installed
	problems []string
	allowed  bool
	seq      int64
	triggers map[string]time.Time // issued by Trigger: when; zero once used
	views    map[string]string    // view id or "home:"+user → hash
	codes    map[string]Installed // OAuth codes
	hooks    map[string]*hook
	tickets  map[string]bool
	links    []*link
	waiting  map[string]attempt // by envelope id
	opened   int                // links ever opened
}

// Installed says what a token stands for.
type Installed struct {
	Kind         string // "bot" or "app"
	Team         string // "" of an org-wide installation
	Enterprise   string
	RefreshToken string // set when the app rotates tokens
	ExpiresIn    int    // seconds, with RefreshToken
}

// New starts a server that closes with the test. At the test's end every
// contract the bot broke is reported as an error.
func New(t testing.TB) *Server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		AckTimeout: 3 * time.Second,
		RetryGaps:  []time.Duration{0, time.Minute, 5 * time.Minute},
		PingEvery:  5 * time.Second,
		Now:        time.Now,
		t:          t, ctx: ctx, cancel: cancel,
		checks:   sharedChecks(t),
		changed:  make(chan struct{}),
		scripts:  map[string][]Reply{},
		tokens:   map[string]Installed{BotToken: {Kind: "bot", Team: Team}, AppToken: {Kind: "app", Team: Team}},
		triggers: map[string]time.Time{},
		views:    map[string]string{},
		codes:    map[string]Installed{},
		hooks:    map[string]*hook{},
		tickets:  map[string]bool{},
		waiting:  map[string]attempt{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/{method}", s.serveAPI)
	mux.HandleFunc("/hook/{id}", s.serveHook)
	mux.HandleFunc("/link", s.serveLink)
	s.http = httptest.NewServer(mux)
	t.Cleanup(func() {
		s.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, p := range s.problems {
			if !s.allowed {
				t.Errorf("fakeslack: %s", p)
			}
		}
	})
	return s
}

// Close ends every link and stops the server. It may be called twice.
func (s *Server) Close() {
	s.cancel()
	s.mu.Lock()
	links := s.links
	s.mu.Unlock()
	for _, l := range links {
		l.ws.Close()
	}
	s.http.CloseClientConnections()
	s.http.Close()
	s.wg.Wait()
}

// URL is the base address of the Web API, with a slash at its end.
func (s *Server) URL() string { return s.http.URL + "/api/" }

// Problems returns the contracts broken so far.
func (s *Server) Problems() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.problems...)
}

// AllowProblems keeps broken contracts from failing the test.
func (s *Server) AllowProblems() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = true
}

// problem notes a broken contract; the caller does not hold the lock.
func (s *Server) problem(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
	s.change()
}

// RevokeToken makes the server refuse a token.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
}

// change wakes whoever awaits a state; the caller holds the lock.
func (s *Server) change() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// awaitLimit bounds every wait, so that a broken bot fails a test, not a build.
const awaitLimit = 20 * time.Second

// Await waits until the condition holds. It is checked after every call, post,
// acknowledgement and link, and a hundred times a second for what the server
// does not see; it must not call the server's waiting methods.
func (s *Server) Await(what string, cond func() bool) {
	s.t.Helper()
	limit := time.NewTimer(awaitLimit)
	defer limit.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if cond() {
			return
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-limit.C:
			s.t.Fatalf("fakeslack: still waiting for %s; calls so far: %s", what, s.methods())
		}
	}
}

// methods lists the names of the methods called, for messages.
func (s *Server) methods() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, c := range s.calls {
		names = append(names, c.Method)
	}
	return strings.Join(names, " ")
}

// next returns a number never returned before; the caller holds the lock.
func (s *Server) next() int64 {
	s.seq++
	return s.seq
}

// ts returns a new message timestamp; the caller holds the lock.
func (s *Server) ts() string { return fmt.Sprintf("1700000000.%06d", s.next()) }
