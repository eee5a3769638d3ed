package discord

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"
)

// intents are GUILDS, GUILD_MESSAGES and DIRECT_MESSAGES. None needs a review:
// messages that mention the bot, replies that ping it and direct messages carry
// their text without MESSAGE_CONTENT.
//
// MESSAGE_CONTENT does, from 10,000 people on, and is asked for only when the
// operator wants the text of forum posts.
const (
	intents        = 1<<0 | 1<<9 | 1<<12
	intentsContent = 1 << 15
)

func (s *settings) intents() discordgo.Intent {
	if s.MessageContent {
		return intents | intentsContent
	}
	return intents
}

const (
	openWait   = 45 * time.Second // for discordgo's Open; the wire ends it earlier
	readyWait  = 30 * time.Second // from Open to READY or RESUMED
	leaveWait  = 5 * time.Second  // for discordgo to give a connection up
	maxBackoff = 60 * time.Second

	// A connection that lasted so long starts the back-off anew. One that has to
	// identify again costs more: sessions are limited to 1000 a day.
	steady        = 10 * time.Second
	steadySession = 2 * time.Minute
)

// fatal are the close codes after which trying again cannot help, with what the
// operator has to change.
// https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway
var fatal = map[int]struct{ setting, what string }{
	4004: {"DISCORD_TOKEN", "is refused by Discord (close code 4004): copy the bot's token again from the page Bot of the developer portal"},
	4010: {"shards", "are refused by Discord (close code 4010): the shard numbers must be within the count; check the shard settings and DISCORD_TOKEN"},
	4011: {"shards", "are too few for this bot (close code 4011): raise the number of shards, or leave it out to take Discord's; DISCORD_TOKEN itself is fine"},
	4012: {"DISCORD_API_URL", "leads to a gateway that does not speak version 10 (close code 4012): check the address; DISCORD_TOKEN itself is fine"},
	4013: {"DISCORD_TOKEN", "belongs to an application for which intents 4609 are not valid (close code 4013): this version of careerbot is too old, update it"},
	4014: {"DISCORD_TOKEN", "belongs to an application that may not use the intents asked for (close code 4014): unset DISCORD_MESSAGE_CONTENT or switch on \"Message Content Intent\" on the page Bot of the developer portal; 4609 alone needs no privilege"},
}

// closed says what a close code means for the session.
func closed(code int) *ending {
	e := &ending{code: code, why: "closed with code"}
	switch code {
	case 4003, 4007, 4009: // not authenticated, invalid sequence, session timed out
		e.fresh = true
	case 4008: // rate limited
		e.wait = true
	}
	return e
}

// stopError returns why the supervisor must not go on, nil when it may.
func (e *ending) stopError() error {
	if f, ok := fatal[e.code]; ok {
		return bad(f.setting, f.what)
	}
	return nil
}

// shard is one shard's connection to the gateway, kept up by its supervisor.
type shard struct {
	id, count int
	set       *settings
	gateway   func(ctx context.Context) (string, error) // waits for the turn to start a session, returns the address
	event     func(shard int, typ string, data []byte)  // called in order, must not block
	log       *slog.Logger

	mu      sync.Mutex
	address string // of the gateway, for the session in use
	resume  string // resume_gateway_url
	isReady bool
	standby bool   // another process has the shard
	why     string // why it is not ready
	line    *line
}

// line is one discordgo session with its present connection.
type line struct {
	s   *discordgo.Session
	now *try

	// Guarded by the shard's lock.
	begun bool // READY arrived once: there is a session to resume
}

// try is one connection of a line.
type try struct {
	ctx    context.Context
	wire   *wire // guarded by the shard's lock; nil until the network connection is there
	resume bool  // it continues a session
	over   bool  // guarded by the shard's lock: given up, whatever comes of it
	ready  signal
	gone   signal
}

// signal is an event that happens at most once.
type signal struct {
	once sync.Once
	c    chan struct{}
}

func (s *signal) set() { s.once.Do(func() { close(s.c) }) }

func (h *shard) state(ready bool, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isReady, h.why = ready, why
}

// status returns nil while events arrive, here or at the process that has the
// shard, or why they do not.
func (h *shard) status() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isReady || h.standby {
		return nil
	}
	return fmt.Errorf("shard %d is not connected: %s", h.id, h.why)
}

// run keeps the shard connected until ctx ends. It returns an error only when
// trying again cannot help.
func (h *shard) run(ctx context.Context) error {
	h.state(false, "not yet opened")
	backoff := time.Duration(0)
	for ctx.Err() == nil {
		began := time.Now()
		end := h.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		h.state(false, end.Error())
		if err := end.stopError(); err != nil {
			h.log.Error("gateway refuses the bot", "shard", h.id, "code", end.code)
			return err
		}
		if end.fresh {
			h.drop()
		}
		enough := steady
		if end.fresh {
			enough = steadySession
		}
		switch {
		case time.Since(began) > enough:
			backoff = 0
		case backoff == 0:
			backoff = time.Second
		default:
			backoff = min(2*backoff, maxBackoff)
		}
		wait := jitter(backoff) * 2 / 3 // between a third and all of it
		if end.wait {
			wait = max(wait, jitter(3*time.Second)) // Discord asks for one to five seconds
		}
		h.log.Info("gateway connection ended", "shard", h.id, "reason", end.Error(), "resume", !end.fresh, "wait", wait.Round(time.Millisecond))
		pause(ctx, wait)
	}
	h.drop()
	h.state(false, "stopped")
	return nil
}

// drop forgets the session: the next connection identifies.
func (h *shard) drop() {
	h.line = nil
	h.mu.Lock()
	h.resume = ""
	h.mu.Unlock()
}

// connect opens one connection, serves it and returns why it ended.
func (h *shard) connect(ctx context.Context) *ending {
	if !h.hasSession() {
		address, err := h.gateway(ctx)
		if err != nil {
			return &ending{why: "gateway address: " + err.Error()}
		}
		h.mu.Lock()
		h.address = address
		h.mu.Unlock()
		h.line = h.newLine()
	}
	l := h.line
	h.mu.Lock()
	l.now = &try{ctx: ctx, resume: l.begun, ready: signal{c: make(chan struct{})}, gone: signal{c: make(chan struct{})}}
	h.mu.Unlock()
	if end := h.open(ctx, l); end != nil {
		return end
	}
	return h.serve(ctx, l)
}

// hasSession tells whether there is a session to resume.
func (h *shard) hasSession() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.line != nil && h.line.begun
}

// present returns the line's present connection.
func (h *shard) present(l *line) *try {
	h.mu.Lock()
	defer h.mu.Unlock()
	return l.now
}

// open runs discordgo's Open, which the wire's deadlines end; should it hang all
// the same, the session is left to itself and a new one takes over.
func (h *shard) open(ctx context.Context, l *line) *ending {
	opened := make(chan error, 1)
	go func() { opened <- l.s.Open() }()
	watchdog := time.NewTimer(openWait)
	defer watchdog.Stop()
	var err error
	select {
	case err = <-opened:
	case <-watchdog.C:
		h.cut(l, ending{why: "opening took too long"})
		return h.abandon(opened)
	case <-ctx.Done():
		h.cut(l, ending{why: "stopped"})
		return h.abandon(opened)
	}
	if err == nil {
		return nil
	}
	w := h.wire(l)
	if w == nil {
		h.mu.Lock()
		h.resume = "" // next time by the usual address
		h.mu.Unlock()
		return &ending{why: "no connection: " + reason(err)}
	}
	w.cut(ending{why: "opening ended: " + reason(err)})
	return w.ended()
}

// abandon waits a moment for Open to come back after its connection was cut.
func (h *shard) abandon(opened <-chan error) *ending {
	t := time.NewTimer(leaveWait)
	defer t.Stop()
	select {
	case err := <-opened:
		if err == nil {
			return h.leave(h.line)
		}
		return &ending{why: "opening took too long"}
	case <-t.C:
		h.mu.Lock()
		h.line.now.over = true
		h.mu.Unlock()
		h.cut(h.line, ending{why: "opening hangs"})
		return &ending{why: "opening hangs", fresh: true}
	}
}

// serve waits until the connection ends.
func (h *shard) serve(ctx context.Context, l *line) *ending {
	now := h.present(l)
	t := time.NewTimer(readyWait)
	defer t.Stop()
	select {
	case <-now.ready.c:
		t.Stop()
		h.state(true, "")
		h.log.Info("gateway connected", "shard", h.id, "resumed", now.resume)
	case <-t.C:
		h.cut(l, ending{why: "neither ready nor resumed"})
	case <-now.gone.c:
	case <-ctx.Done():
	}
	select {
	case <-now.gone.c:
		return h.wire(l).ended()
	case <-ctx.Done():
		return h.leave(l)
	}
}

// leave closes for good, so that the bot shows as offline at once.
func (h *shard) leave(l *line) *ending {
	h.state(false, "stopped")
	if w := h.wire(l); w != nil {
		w.leave()
	}
	t := time.NewTimer(leaveWait)
	defer t.Stop()
	select {
	case <-h.present(l).gone.c:
	case <-t.C:
	}
	return &ending{why: "stopped"}
}

func (h *shard) wire(l *line) *wire {
	h.mu.Lock()
	defer h.mu.Unlock()
	return l.now.wire
}

func (h *shard) cut(l *line, e ending) {
	if w := h.wire(l); w != nil {
		w.cut(e)
	}
}

// reason keeps of an error of discordgo's what holds no address and no token.
func reason(err error) string {
	switch {
	case errors.Is(err, websocket.ErrBadHandshake):
		return "the gateway answers without WebSocket"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	if e, ok := errors.AsType[*ending](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Op + " failed"
	}
	return "unexpected packet or connection error"
}

// newLine returns a discordgo session that is used as a transport only: no
// state, no reconnecting of its own, no compression, handlers in order.
func (h *shard) newLine() *line {
	l := &line{}
	s, _ := discordgo.New("Bot " + string(h.set.Token)) // its error is always nil
	s.Identify.Token = "Bot " + string(h.set.Token)
	s.StateEnabled = false
	s.SyncEvents = true
	s.ShouldReconnectOnError = false
	s.ShouldReconnectVoiceOnSessionError = false
	s.Compress, s.Identify.Compress = false, false
	s.LogLevel = -1 // its lines hold packets
	s.Identify.Intents = h.set.intents()
	s.Identify.Properties.Browser, s.Identify.Properties.Device = "careerbot", "careerbot"
	s.ShardID, s.ShardCount = h.id, h.count
	s.Client = &http.Client{Transport: answer(func() string { h.mu.Lock(); defer h.mu.Unlock(); return h.address })}
	s.Dialer = h.dialer(l)
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { h.dispatch(l, e) })
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) { h.present(l).gone.set() })
	l.s = s
	return l
}

// dialer makes discordgo connect through a wire, to version 10, and to the
// address for resuming while a session is resumed. The proxy hook is where the
// request can still be changed.
func (h *shard) dialer(l *line) *websocket.Dialer {
	wrap := func(c, raw net.Conn) (net.Conn, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if l.now.over {
			raw.Close()
			return nil, errors.New("given up")
		}
		l.now.wire = newWire(c, raw)
		return l.now.wire, nil
	}
	return &websocket.Dialer{
		HandshakeTimeout: helloWait,
		Proxy: func(r *http.Request) (*url.URL, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if u, err := url.Parse(h.resume); l.now.resume && err == nil && u.Host != "" {
				r.URL.Host, r.Host, r.URL.Path = u.Host, u.Host, "/"+strings.TrimPrefix(u.Path, "/")
			}
			r.URL.RawQuery = "v=10&encoding=json"
			return nil, nil
		},
		NetDialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			ctx, cancel := h.within(ctx, l)
			defer cancel()
			c, err := h.set.Dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return wrap(c, c)
		},
		NetDialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			ctx, cancel := h.within(ctx, l)
			defer cancel()
			raw, err := h.tunnel(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			host, _, _ := net.SplitHostPort(addr)
			secure := h.set.TLS.Clone()
			secure.ServerName, secure.NextProtos = host, []string{"http/1.1"}
			c := tls.Client(raw, secure)
			if err := c.HandshakeContext(ctx); err != nil {
				raw.Close()
				return nil, err
			}
			return wrap(c, raw)
		},
	}
}

// within ends a context of discordgo's when the shard is to stop.
func (h *shard) within(ctx context.Context, l *line) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(h.present(l).ctx, cancel)
	return ctx, func() { stop(); cancel() }
}

// tunnel connects directly, or through a proxy.
func (h *shard) tunnel(ctx context.Context, network, addr string) (net.Conn, error) {
	proxy, err := h.set.Proxy(&http.Request{URL: &url.URL{Scheme: "https", Host: addr}})
	if err != nil || proxy == nil || proxy.Scheme != "http" {
		return h.set.Dial(ctx, network, addr)
	}
	c, err := h.set.Dial(ctx, network, proxy.Host)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(helloWait))
	if err := connectThrough(c, proxy, addr); err != nil {
		c.Close()
		return nil, err
	}
	c.SetDeadline(time.Time{})
	return c, nil
}

// answer is a transport that answers discordgo's question for the gateway's
// address from what is known, without a request.
type answer func() string

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	b, _ := json.Marshal(map[string]string{"url": a()})
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(string(b))),
	}, nil
}

// dispatch takes up one event, on discordgo's reading goroutine.
func (h *shard) dispatch(l *line, e *discordgo.Event) {
	if w := h.wire(l); w != nil {
		w.delivered(e.Sequence)
	}
	switch e.Type {
	case "READY":
		var r ready
		if lenient(e.RawData, &r) == nil && r.Session != "" {
			h.mu.Lock()
			h.resume, l.begun = r.ResumeURL, true
			h.mu.Unlock()
		}
		h.present(l).ready.set()
	case "RESUMED":
		h.present(l).ready.set()
	}
	h.event(h.id, e.Type, e.RawData)
}
