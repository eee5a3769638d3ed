package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakeslack"
)

// faultyClaims is a store that can be slowed, broken and restarted from.
type faultyClaims struct {
	bot.Claims
	mu     sync.Mutex
	delay  time.Duration
	err    error
	claims int
}

func newFaultyClaims() *faultyClaims { return &faultyClaims{Claims: bot.NewMemoryClaims(time.Now)} }

func (f *faultyClaims) set(delay time.Duration, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.delay, f.err = delay, err
}

func (f *faultyClaims) fault(ctx context.Context) error {
	f.mu.Lock()
	delay, err := f.delay, f.err
	f.claims++
	f.mu.Unlock()
	if delay > 0 {
		t := time.NewTimer(delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return err
}

func (f *faultyClaims) Claim(ctx context.Context, key string) (bool, error) {
	if err := f.fault(ctx); err != nil {
		return false, err
	}
	return f.Claims.Claim(ctx, key)
}

func (f *faultyClaims) Release(ctx context.Context, key string) error {
	if err := f.fault(ctx); err != nil {
		return err
	}
	return f.Claims.Release(ctx, key)
}

func TestRedeliveriesAreAnsweredOnce(t *testing.T) {
	claims := newFaultyClaims()
	r := start(t, false, claims)
	var events []fakeslack.Payload
	for i := range 20 {
		events = append(events, r.Mention("C1", "", "U1", fmt.Sprint("pay ", i)))
	}
	var wg sync.WaitGroup
	for _, p := range events { // each four times, all at once
		for retry := range 4 {
			wg.Go(func() {
				if res, err := r.inlet.Event(t.Context(), p.JSON(), retry); err != nil || res.Status != 200 {
					t.Errorf("retry %d: %d %v", retry, res.Status, err)
				}
			})
		}
	}
	wg.Wait()
	r.awaitCalls("chat.postMessage", len(events))
	if err := r.stop(); err != nil { // everything under way is done
		t.Error(err)
	}
	if n := len(r.Sent()); n != len(events) {
		t.Errorf("%d answers to %d questions", n, len(events))
	}

	// After a restart the store remembers, in whatever order they come.
	again := start(t, false, claims)
	for i := len(events) - 1; i >= 0; i-- {
		again.event(events[i])
	}
	again.stop()
	if n := len(again.Sent()); n != 0 {
		t.Errorf("%d answers again after a restart", n)
	}
}

func TestReplicasShareTheWork(t *testing.T) {
	claims := newFaultyClaims()
	a, b := start(t, false, claims), start(t, false, claims)
	const n = 50
	var wg sync.WaitGroup
	for i := range n {
		p := a.Mention("C1", "", "U1", fmt.Sprint("pay ", i))
		wg.Go(func() { a.inlet.Event(t.Context(), p.JSON(), 0) })
		wg.Go(func() { b.inlet.Event(t.Context(), p.JSON(), 1) })
	}
	wg.Wait()
	a.stop()
	b.stop()
	if got := len(a.Sent()) + len(b.Sent()); got != n {
		t.Errorf("%d answers to %d questions", got, n)
	}
}

func TestAnEditIsNotAnsweredAgain(t *testing.T) {
	r := start(t, false, nil)
	p := r.Mention("C1", "", "U1", "pay")
	r.event(p)
	edited := r.Event(p["event"].(map[string]any)) // a new event_id
	edited["event"].(map[string]any)["edited"] = map[string]any{"user": "U1", "ts": "1.0"}
	r.event(edited)
	r.stop()
	if n := len(r.Sent()); n != 1 {
		t.Errorf("%d answers", n)
	}
}

func TestReplayedRequestsAreAnsweredOnce(t *testing.T) {
	r := start(t, false, nil)
	cmd := r.Command("C1", "U1", "pay")
	tap := r.Tap("C1", "", "U1", true, map[string]any{"type": "button", "action_id": "ask:0", "value": "q1||phlebotomist|pay"})
	var mu sync.Mutex
	answers := 0
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			res, err := r.inlet.Command(t.Context(), cmd)
			if err != nil || res.Status != 200 && res.Status != 503 {
				t.Error(res.Status, err)
			}
			mu.Lock()
			defer mu.Unlock()
			if len(res.Body) > 0 && res.Status == 200 {
				answers++
			}
		})
		wg.Go(func() { r.inlet.Interaction(t.Context(), tap) })
	}
	wg.Wait()
	r.stop()
	if n := len(r.Sent()); answers != 1 || n != 1 {
		t.Errorf("%d inline answers and %d posts, want one each", answers, n)
	}
}

func TestStoreDownAnswersBeforeAcknowledging(t *testing.T) {
	for name, fault := range map[string]func(*faultyClaims){
		"down": func(f *faultyClaims) { f.set(0, errors.New("store is down")) },
		"slow": func(f *faultyClaims) { f.set(2*time.Second, nil) },
		"hung": func(f *faultyClaims) { f.set(time.Hour, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			claims := newFaultyClaims()
			fault(claims)
			r := start(t, false, claims)
			r.adapter.ledger.wait = 50 * time.Millisecond
			p := r.Mention("C1", "", "U1", "pay")
			r.event(p)
			if n := len(r.Sent()); n != 1 {
				t.Errorf("acknowledged with %d answers out", n)
			}
			r.event(p)
			if n := len(r.Sent()); n != 1 {
				t.Errorf("a redelivery is answered again: %d", n)
			}
			claims.set(0, nil)
		})
	}
}

func TestFailedAnswerIsTakenUpAgain(t *testing.T) {
	claims := newFaultyClaims()
	claims.set(0, errors.New("store is down"))
	r := start(t, false, claims)
	r.Script("chat.postMessage", fakeslack.Reply{Status: 500})
	p := r.Mention("C1", "", "U1", "pay")
	res, tries, err := r.inlet.Deliver(t.Context(), p.JSON(), []time.Duration{0, 0, 0})
	if err != nil || res.Status != 200 || tries != 2 {
		t.Errorf("status %d after %d tries, %v", res.Status, tries, err)
	}
	if n := len(r.Sent()); n != 1 {
		t.Errorf("%d answers", n)
	}
}

func TestPlaceWeMayNotSpeakInIsGivenUp(t *testing.T) {
	claims := newFaultyClaims()
	claims.set(0, errors.New("store is down"))
	r := start(t, false, claims)
	r.Script("chat.postMessage", fakeslack.Reply{Error: "is_archived"})
	_, tries, err := r.inlet.Deliver(t.Context(), r.Mention("C1", "", "U1", "pay").JSON(), []time.Duration{0, 0, 0})
	if tries != 1 || err != nil {
		t.Errorf("delivered %d times, %v", tries, err)
	}
}

func TestLateClaimOfAFailedDeliveryIsReleased(t *testing.T) {
	claims := newFaultyClaims()
	l := newLedger(claims, nil, time.Now, discard())
	l.wait = time.Millisecond
	claims.set(50*time.Millisecond, nil)
	keys := claim{key: "k"}
	if v := l.claim(t.Context(), keys); v != unsure {
		t.Fatalf("verdict %d", v)
	}
	l.settle(t.Context(), keys, unsure, returned)
	l.close()
	claims.set(0, nil)
	if ok, err := claims.Claim(t.Context(), "slack/k"); !ok || err != nil {
		t.Errorf("the failed delivery still holds its claim: %v", err)
	}
}

func TestRedeliveryWaitsForTheFirst(t *testing.T) {
	l := newLedger(nil, nil, time.Now, discard())
	claims := newFaultyClaims()
	claims.set(0, errors.New("down"))
	l.claims = claims
	keys := claim{key: "a"}
	for _, how := range []ending{returned, final} {
		answered := how == final
		if v := l.claim(t.Context(), keys); v != unsure {
			t.Fatalf("verdict %d", v)
		}
		second := make(chan verdict)
		go func() { second <- l.claim(t.Context(), keys) }()
		l.settle(t.Context(), keys, unsure, how)
		v := <-second
		// Started after the first had settled, it is a delivery of its own.
		if answered && v != duplicate || !answered && v != pending && v != unsure {
			t.Errorf("answered %v: the second gets %d", answered, v)
		}
		if v == unsure {
			l.settle(t.Context(), keys, v, returned)
		}
	}
	l.close()
}

func TestFullQueueTurnsAwayPolitely(t *testing.T) {
	r := start(t, false, nil, func(c *Config) { c.Workers, c.Queue = 1, 1 })
	r.asker.hold = make(chan struct{})
	var wg sync.WaitGroup
	for i := range 2 { // one at work, one waiting
		wg.Go(func() { r.inlet.Event(t.Context(), r.Mention("C1", "", "U1", fmt.Sprint("pay ", i)).JSON(), 0) })
	}
	r.Await("a full queue", func() bool { return len(r.adapter.pool.jobs) == 1 && len(r.asker.questions()) == 1 })
	if res, err := r.inlet.Event(t.Context(), r.Mention("C1", "", "U1", "pay").JSON(), 0); err != nil || res.Status != 503 {
		t.Errorf("event: %d %v, want 503 so that Slack comes again", res.Status, err)
	}
	res, err := r.inlet.Command(t.Context(), r.Command("C1", "U1", "pay"))
	if err != nil || res.Status != 200 || !bytes.Contains(res.Body, []byte("in a minute")) {
		t.Errorf("command: %d %s", res.Status, res.Body)
	}
	close(r.asker.hold)
	wg.Wait()
}

func TestStopFinishesWhatIsUnderWay(t *testing.T) {
	for _, socket := range []bool{false, true} {
		t.Run(fmt.Sprint("socket ", socket), func(t *testing.T) {
			r := start(t, socket, nil)
			r.asker.hold = make(chan struct{})
			const n = 20
			for i := range n {
				p := r.Mention("C1", "", "U1", fmt.Sprint("pay ", i))
				if socket {
					r.Send("events_api", p)
				} else {
					r.event(p)
				}
			}
			cmd := r.Send
			var d *fakeslack.Delivery
			if socket {
				d = cmd("slash_commands", fakeslack.CommandJSON(r.Command("C1", "U1", "pay")))
			}
			want := n
			if socket {
				want++
			}
			r.Await("all to be asked", func() bool { return len(r.asker.questions()) == want })
			stopped := make(chan error, 1)
			go func() { stopped <- r.stop() }()
			r.Await("not ready", func() bool { return r.adapter.Ready() != nil || !r.adapter.running.Load() })
			close(r.asker.hold)
			if err := <-stopped; err != nil {
				t.Error(err)
			}
			if got := len(r.Calls("chat.postMessage")); got != n {
				t.Errorf("%d of %d answered", got, n)
			}
			if socket {
				select {
				case <-d.Acked():
				case <-time.After(5 * time.Second):
					t.Error("the command was not acknowledged")
				}
			}
		})
	}
}

func TestRunTwice(t *testing.T) {
	r := start(t, false, nil)
	if err := r.adapter.Run(t.Context()); err == nil {
		t.Error("Run can be called twice")
	}
}

func TestHTTPRefusals(t *testing.T) {
	r := start(t, false, nil)
	good := r.Mention("C1", "", "U1", "pay").JSON()
	post := func(path string, h http.Header, body []byte) (int, string) {
		t.Helper()
		res, err := r.inlet.Post(t.Context(), path, h, body)
		if err != nil {
			t.Fatal(err)
		}
		return res.Status, string(res.Body)
	}
	jsonType := http.Header{"Content-Type": {"application/json"}}
	refusals := map[string]bool{}
	for _, tc := range signatureCases(time.Now(), good) {
		if tc.ok || tc.name == "space before" {
			continue // white space around a header's value is HTTP's own
		}
		h := tc.header.Clone()
		for _, k := range []string{"X-Slack-Signature", "X-Slack-Request-Timestamp"} {
			if len(h[k]) == 0 {
				h[k] = nil // no header instead of Post's own
			}
			for _, v := range h[k] {
				if strings.ContainsAny(v, "\x00\n") {
					h[k] = []string{"unsendable"}
				}
			}
		}
		body := tc.body
		if body == nil {
			body = good
		}
		status, text := post("/slack/events", h, body)
		if status != http.StatusUnauthorized {
			t.Errorf("%s: %d", tc.name, status)
		}
		refusals[text] = true
	}
	if len(refusals) != 1 {
		t.Errorf("refusals tell apart: %v", refusals)
	}

	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	for _, tc := range []struct {
		name string
		h    http.Header
		body string
		want int
	}{
		{"one byte too many", jsonType, strings.Repeat(" ", maxBytes+1), http.StatusRequestEntityTooLarge},
		{"as large as may be", jsonType, strings.Repeat(" ", maxBytes), 200}, {"deep", jsonType, strings.Repeat("[", 100_000), 200},
		{"invalid UTF-8", jsonType, "{\"type\":\"\xff\xfe\"}", 200}, {"empty", jsonType, "", 200}, {"no JSON", jsonType, "hello", 200},
		{"odd type", http.Header{"Content-Type": {"text/xml; q"}}, "<a/>", 200}, {"bad form", form, "payload=%zz", 200}, {"bad payload", form, "payload=%7B", 200},
		{"twice the same key", jsonType, `{"type":"x","type":"event_callback","event":{},"event":null}`, 200},
		{"certificate check", form, "ssl_check=1&token=x", 200},
	} {
		if status, _ := post("/slack/commands", tc.h, []byte(tc.body)); status != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, status, tc.want)
		}
	}
	unsigned := http.Header{"Content-Type": form["Content-Type"], "X-Slack-Signature": nil}
	if status, body := post("/slack/commands", unsigned, []byte("ssl_check=1&token=x")); status != 200 || body != "" {
		t.Errorf("certificate check: %d %q", status, body)
	}
	if status, _ := post("/slack/commands", unsigned, []byte("ssl_check=1&command=/career&user_id=U1")); status != 401 {
		t.Errorf("a command passed as a certificate check: %d", status)
	}
	if res, err := http.Get(r.inlet.URL + "/slack/events"); err != nil || res.StatusCode != http.StatusMethodNotAllowed {
		t.Error(res, err)
	} else {
		res.Body.Close()
	}
	if n := len(r.Sent()); n != 0 {
		t.Errorf("%d answers to refused requests", n)
	}
	if strings.Contains(r.log(), "v0=") {
		t.Error("the log holds a signature")
	}
}

func TestSlowBodyIsCutOff(t *testing.T) {
	r := start(t, false, nil)
	pr, pw := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.inlet.URL+"/slack/events", pr)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	pw.Write([]byte("{"))
	<-done // by the deadline for bodies, long before the test's
	pw.Close()
}

// A panicBook has a bug.
type panicBook struct{ bot.FeedbackBook }

func (panicBook) Record(context.Context, string, string, bot.Verdict) error { panic("canary-panic") }

// Whatever is configured and whatever fails, nothing private is logged.
func TestLogsHoldNothingPrivate(t *testing.T) {
	claims := newFaultyClaims()
	r := start(t, false, claims, func(c *Config) { c.Feedback = bot.NewFeedbackDesk(panicBook{}, claims) })
	r.Script("chat.postMessage", fakeslack.Reply{Status: 500, Body: "canary-body"}, fakeslack.Reply{Error: "invalid_blocks"}, fakeslack.Reply{Cut: true})
	for range 4 {
		r.event(r.Mention("C1", "", "Ucanary", "pay canary-words"))
	}
	r.event(r.Mention("C1", "", "U1", "panic canary-words"))
	cmd := r.Command("C1", "U1", "compare canary-words")
	r.Script("response_url", fakeslack.Reply{Status: 404, Body: "canary-body"})
	r.inlet.Command(t.Context(), cmd)
	r.interaction(r.Tap("C1", "", "U1", true, map[string]any{"type": "feedback_buttons", "action_id": actFeedback, "value": "f1|helpful|canary-value|x"}))
	bad := r.Mention("C1", "", "U1", "canary-words").JSON()
	r.inlet.Post(t.Context(), "/slack/events", http.Header{"X-Slack-Signature": {"v0=canary"}}, bad)
	r.inlet.Post(t.Context(), "/slack/events", http.Header{"Content-Type": {"application/json"}}, append([]byte("canary"), bad...))
	r.inlet.Command(t.Context(), url.Values{"command": {"/canary"}, "user_id": {"canary"}, "text": {"canary"}, "response_url": {"https://evil.example/canary"}})
	log := r.log()
	for _, private := range []string{"canary", fakeslack.BotToken, fakeslack.SigningSecret, "/hook/", "Ucanary"} {
		if i := strings.Index(log, private); i >= 0 {
			t.Errorf("the log holds %q: …%s…", private, log[max(0, i-150):min(len(log), i+100)])
		}
	}
	if !strings.Contains(log, "answered") {
		t.Error("the log is empty")
	}
}
