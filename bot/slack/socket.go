package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	sdk "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"careerbot/bot"
)

const (
	// maxFrame bounds a WebSocket message; the largest recorded one has 127 kB.
	maxFrame = 4 << 20
	// maxInlineSocket is below the 20 KiB from which Slack drops an
	// acknowledgement without a word; the envelope takes some of it.
	maxInlineSocket = 19 << 10
	// ackWait bounds handing over an acknowledgement while a link is slow.
	ackWait = 2 * time.Second
	// flushWait is what the last acknowledgements get to leave before the links
	// are closed: the library cannot tell when they are on the wire.
	flushWait = 250 * time.Millisecond
)

// Opening a link: quickly after a link that lasted, more and more slowly after
// ones that hardly did. Without this the library asks for addresses as fast as
// Slack closes.
const (
	steadyLink   = time.Minute
	briefLink    = 10 * time.Second
	firstReopen  = time.Second
	slowestOpen  = 30 * time.Second
	alarmingOpen = 8 * time.Second
)

// A throttle spaces out the requests for a link's address after links that did
// not last. Requests that fail are the library's to space out, and it does.
type throttle struct {
	log *slog.Logger

	mu     sync.Mutex
	opened time.Time // when an address was last handed out
	used   bool      // it has been judged
	wait   time.Duration
	due    time.Time
}

// success notes that an address was handed out.
func (t *throttle) success(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened, t.used = now, false
}

// next returns how long to wait before the next request.
func (t *throttle) next(now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.opened.IsZero() && !t.used {
		t.used = true
		switch lasted := now.Sub(t.opened); {
		case lasted >= steadyLink:
			t.wait = 0
		case lasted >= t.wait+briefLink: // outlived its pause: Slack moves links about
			t.wait = firstReopen
		default:
			t.wait = min(max(2*t.wait, firstReopen), slowestOpen)
		}
		t.due = now.Add(t.wait)
	}
	return max(0, t.due.Sub(now))
}

// A linkTransport carries the library's calls of apps.connections.open: spaced
// out, bounded in time and size.
type linkTransport struct {
	throttle *throttle
	next     http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (l *linkTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	wait := l.throttle.next(time.Now())
	if wait >= alarmingOpen {
		l.throttle.log.Warn("slack: links close soon after they open; is Socket Mode on, and are fewer than 10 links open?", "wait", wait)
	}
	if wait > 0 {
		wait += rand.N(wait/4 + 1) // replicas must not come back in step
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	ctx, cancel := context.WithTimeout(req.Context(), tryTimeout)
	defer cancel()
	resp, err := l.next.RoundTrip(req.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.StatusCode == http.StatusNotFound {
		// The library takes this for a wrong token and ends; it is a proxy's.
		resp.StatusCode, resp.Status = http.StatusBadGateway, "502 Bad Gateway"
	}
	if _, ok := outcome(resp.StatusCode, body); ok {
		l.throttle.success(time.Now())
	}
	return resp, nil
}

// A link is one Socket Mode connection with its reconnects.
type link struct {
	a      *Adapter
	client *socketmode.Client
	up     atomic.Bool

	// The connection of now, of the event loop only. An acknowledgement belongs to
	// the connection its envelope came by: the library would keep it for the next
	// one and, with twenty of them, hold up whoever brings another.
	conn context.Context
	cut  context.CancelFunc
}

func (a *Adapter) newLink() *link {
	api := sdk.New(string(a.cfg.BotToken),
		sdk.OptionAppLevelToken(string(a.cfg.AppToken)),
		sdk.OptionAPIURL(a.client.base),
		sdk.OptionHTTPClient(&http.Client{Transport: &linkTransport{&throttle{log: a.log}, a.client.http.Transport}}),
	)
	l := &link{a: a, client: socketmode.New(api, socketmode.OptionReadLimit(maxFrame))}
	l.connected()
	return l
}

func (l *link) connected() { l.conn, l.cut = context.WithCancel(l.a.base) }

func (l *link) disconnected() {
	l.up.Store(false)
	l.cut()
}

// run serves the link until ctx ends or trying again cannot help.
func (l *link) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() { l.disconnected() }()
	ended := make(chan error, 1)
	go func() { ended <- l.client.RunContext(ctx) }()
	var fatal error
	for {
		// This loop only hands over: while it waits, the library answers no pings.
		select {
		case e := <-l.client.Events:
			if err := l.event(e); err != nil && fatal == nil {
				fatal = err
				cancel()
			}
		case err := <-ended:
			switch {
			case fatal != nil:
				return fatal
			case ctx.Err() != nil:
				return nil
			}
			return refusedToken("SLACK_APP_TOKEN", err)
		}
	}
}

// event handles what the library reports. It returns an error when trying again
// cannot help.
func (l *link) event(e socketmode.Event) error {
	switch e.Type {
	case socketmode.EventTypeConnected:
		l.connected()
	case socketmode.EventTypeHello:
		l.up.Store(true)
		l.a.log.Info("slack: link open")
	case socketmode.EventTypeConnecting:
		l.disconnected()
	case socketmode.EventTypeConnectionError:
		l.disconnected()
		if ce, ok := e.Data.(*sdk.ConnectionErrorEvent); ok {
			return l.notConnected(ce)
		}
	case socketmode.EventTypeErrorBadMessage:
		// The library could not read it and will not acknowledge it: Slack would
		// send it again and again.
		if bad, ok := e.Data.(*socketmode.ErrorBadMessage); ok {
			var req socketmode.Request
			if lenient(bad.Message, &req) == nil {
				l.take(&req)
			}
		}
	case socketmode.EventTypeEventsAPI, socketmode.EventTypeSlashCommand, socketmode.EventTypeInteractive:
		if e.Request != nil {
			l.take(e.Request)
		}
	case socketmode.EventTypeErrorWriteFailed:
		l.a.log.Warn("slack: acknowledgement not sent")
	}
	return nil
}

// take queues an envelope.
func (l *link) take(req *socketmode.Request) {
	if req.EnvelopeID == "" {
		return
	}
	in, err := decodeEnvelope(req.Type, req.Payload)
	if err != nil {
		l.a.log.Warn("slack: payload not read")
	}
	id, conn := req.EnvelopeID, l.conn
	d := &delivery{in: in, at: time.Now(), send: func(re reaction) bool { return l.send(conn, id, re) }}
	if req.AcceptsResponsePayload {
		d.inline = maxInlineSocket
	}
	l.a.accept(d)
}

// decodeEnvelope reads the payload of a Socket Mode envelope.
func decodeEnvelope(typ string, payload []byte) (inbound, error) {
	switch typ {
	case socketmode.RequestTypeEventsAPI:
		return decodeEvent(payload)
	case socketmode.RequestTypeSlashCommands:
		return decodeCommandJSON(payload)
	case socketmode.RequestTypeInteractive:
		return decodeInteraction(payload)
	}
	return inbound{kind: ignored}, nil
}

// send acknowledges an envelope of a connection; a refused one, and one whose
// connection is gone, is left for Slack to send again.
func (l *link) send(conn context.Context, id string, re reaction) bool {
	if re.refused {
		return true
	}
	if conn.Err() != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(conn, ackWait)
	defer cancel()
	var payload any
	if re.json != nil {
		payload = json.RawMessage(re.json)
	}
	if err := l.client.AckCtx(ctx, id, payload); err != nil {
		l.a.log.Warn("slack: acknowledgement not sent")
		return false
	}
	return true
}

// notConnected decides about a failed attempt to open a link. The library tries
// again for ever; a wrong setting is told instead.
func (l *link) notConnected(e *sdk.ConnectionErrorEvent) error {
	code := "unreachable"
	if se, ok := errors.AsType[sdk.SlackErrorResponse](e.ErrorObj); ok {
		code = codeWord(se.Err)
	}
	if classes[code] == classToken || code == "missing_args" || code == "invalid_app_id" {
		return refusedToken("SLACK_APP_TOKEN", errors.New(code))
	}
	l.a.log.Warn("slack: no link", "code", code, "attempt", e.Attempt, "wait", e.Backoff)
	return nil
}

// advice is what to do about a token that Slack refuses, by error code.
func advice(setting, code string) string {
	what := "a bot token (xoxb-…) from OAuth & Permissions"
	if setting == "SLACK_APP_TOKEN" {
		what = "an app-level token (xapp-…) with the scope connections:write from Basic Information"
	}
	switch code {
	case "missing_scope":
		if setting == "SLACK_APP_TOKEN" {
			return "it lacks the scope connections:write; create " + what
		}
		return "it lacks a scope; reinstall the app with the manifest that \"careerbot slack manifest\" prints"
	case "not_allowed_token_type":
		return "it is a token of another kind; use " + what
	case "token_revoked", "account_inactive", "token_expired":
		return "it is no longer valid; install the app again and use " + what
	case "access_denied", "accesslimited", "forbidden_team", "enterprise_is_restricted":
		return "the workspace does not admit the app; ask its owner"
	}
	return "use " + what
}

// refusedToken is the error for a token that Slack does not take.
func refusedToken(setting string, err error) error {
	code := "refused"
	if err != nil {
		code = first(codeWord(err.Error()), code)
	}
	return fmt.Errorf("%w: %s: Slack says %s: %s", bot.ErrSettings, setting, code, advice(setting, code))
}
