package slack

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot/bottest/fakeslack"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestUnreadableEnvelopesAreAcknowledged(t *testing.T) {
	r := start(t, true, nil)
	// The library refuses an attachment id that is a string, and every event it
	// does not know; Slack would redeliver both for ever.
	odd := r.DM("D1", "U1", "pay")
	odd["event"].(map[string]any)["attachments"] = []any{map[string]any{"id": "1"}}
	<-r.Send("events_api", odd).Acked()
	r.awaitCalls("chat.postMessage", 1)
	<-r.Send("events_api", r.Event(map[string]any{"type": "galaxy_formed"})).Acked()
	<-r.Send("interactive", json.RawMessage(`{"type":"block_actions","user":"U1","actions":7}`)).Acked()
	<-r.Send("workflows", json.RawMessage(`{"type":"x"}`)).Acked()
	<-r.Send("events_api", json.RawMessage(`[]`)).Acked()
}

// Acknowledgements for a connection that is gone hold nobody up: each used to
// take a worker two seconds, and a burst on a link that was then taken away kept
// the others' messages from being acknowledged at all.
func TestGoneConnectionHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, err := New(Config{AppToken: fakeslack.AppToken, BotToken: fakeslack.BotToken}, &fakeAsker{}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer a.stop()
		l := a.newLink()
		conn, begin := l.conn, time.Now()
		full := 0
		for l.send(conn, "E", reaction{}) { // until the library takes no more
			full++
		}
		if full == 0 || time.Since(begin) < ackWait {
			t.Fatalf("%d acknowledgements taken, in %v", full, time.Since(begin))
		}
		go l.disconnected() // while one waits
		begin = time.Now()
		for range 500 {
			if l.send(conn, "E", reaction{}) {
				t.Error("acknowledged by a connection that is gone")
			}
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("held up for %v", took)
		}
	})
}

func TestReconnects(t *testing.T) {
	for _, reason := range []string{"warning", "refresh_requested", "too_many_websockets"} {
		t.Run(reason, func(t *testing.T) {
			r := start(t, true, nil)
			r.Disconnect(reason)
			r.Await("new links", func() bool { return r.Opened() >= 4 && r.Links() == 2 })
			<-r.Send("events_api", r.DM("D1", "U1", "pay")).Acked()
			r.awaitCalls("chat.postMessage", 1)
		})
	}
	t.Run("cut", func(t *testing.T) {
		r := start(t, true, nil)
		r.Drop()
		r.Await("new links", func() bool { return r.Opened() >= 4 && r.Links() == 2 })
		<-r.Send("events_api", r.DM("D1", "U1", "pay")).Acked()
	})
}

func TestOneLinkRefreshedLeavesTheOther(t *testing.T) {
	r := start(t, true, nil)
	r.DisconnectOne("refresh_requested")
	<-r.Send("events_api", r.DM("D1", "U1", "pay")).Acked()
	if err := r.adapter.Ready(); err != nil {
		t.Error(err)
	}
}

func TestEventsSentWhileNoLinkIsOpenArriveLater(t *testing.T) {
	r := start(t, true, nil)
	r.Drop()
	d := r.Send("events_api", r.DM("D1", "U1", "pay"))
	<-d.Acked()
	r.awaitCalls("chat.postMessage", 1)
}

func TestSocketRedeliveryIsAnsweredOnce(t *testing.T) {
	r := start(t, true, nil)
	p := r.DM("D1", "U1", "pay")
	for range 4 {
		<-r.Send("events_api", p).Acked()
	}
	r.stop()
	if n := len(r.Sent()); n != 1 {
		t.Errorf("%d answers", n)
	}
}

func TestUnansweredEventIsNotAcknowledgedWithTheStoreDown(t *testing.T) {
	claims := newFaultyClaims()
	claims.set(time.Hour, nil)
	r := start(t, true, claims)
	r.AckTimeout, r.RetryGaps = 300*time.Millisecond, []time.Duration{0, 0, 0}
	r.adapter.ledger.wait = 10 * time.Millisecond
	r.Script("chat.postMessage", fakeslack.Reply{Status: 500})
	d := r.Send("events_api", r.DM("D1", "U1", "pay"))
	<-d.Acked()
	if n := d.Attempts(); n != 2 {
		t.Errorf("acknowledged at attempt %d, want the second", n)
	}
	claims.set(0, nil)
}

func TestTroubledOpeningIsTriedAgain(t *testing.T) {
	s := fakeslack.New(t)
	s.Script("apps.connections.open", fakeslack.Reply{Error: "internal_error"}, fakeslack.Reply{Status: 500}, fakeslack.Reply{Status: 404}, fakeslack.Reply{Cut: true},
		fakeslack.Reply{Status: 429, Header: http.Header{"Retry-After": {"0"}}})
	s.Script("auth.test", fakeslack.Reply{Status: 500}, fakeslack.Reply{Error: "service_unavailable"})
	a, err := New(Config{AppToken: fakeslack.AppToken, BotToken: fakeslack.BotToken, APIURL: s.URL(), Links: 1}, &fakeAsker{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	s.Await("a link", func() bool { return s.Links() == 1 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A Slack that closes every link at once is asked ever more rarely: the library
// alone would ask some thousand times a second.
func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := &throttle{log: discard()}
		begin := time.Now()
		n := 0
		for time.Since(begin) < 10*time.Minute {
			<-time.After(th.next(time.Now()))
			th.success(time.Now())
			n++
		}
		if n < 10 || n > 30 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		<-time.After(steadyLink)
		if d := th.next(time.Now()); d != 0 {
			t.Errorf("waits %v after a link that lasted", d)
		}
		if d := th.next(time.Now()); d != 0 {
			t.Errorf("waits %v after a request that failed", d)
		}
		th.success(time.Now())
		if d := th.next(time.Now()); d != firstReopen {
			t.Errorf("waits %v after the first short link", d)
		}
		<-time.After(firstReopen)
		for range 5 { // links that Slack moves every half minute
			th.success(time.Now())
			<-time.After(30 * time.Second)
			if d := th.next(time.Now()); d != firstReopen {
				t.Errorf("waits %v after a link that lasted for a while", d)
			}
		}
	})
}

func TestLargeAnswerGoesByResponseURL(t *testing.T) {
	r := start(t, true, nil)
	big := sampleFor("answer")
	big.Blocks = hostileAnswer("日本語のとても長い文章です。").Blocks[:1]
	for range 60 {
		big.Blocks = append(big.Blocks, sampleFor("answer").Blocks[2])
	}
	samples["big"] = big
	defer delete(samples, "big")
	cmd := r.Command("C1", "U1", "big")
	d := r.Send("slash_commands", fakeslack.CommandJSON(cmd))
	<-d.Acked()
	if d.Ack() != nil && len(d.Ack()) > maxInlineSocket {
		t.Errorf("acknowledged with %d bytes", len(d.Ack()))
	}
	if d.Ack() == nil {
		r.awaitCalls("response_url", 1)
	}
}
