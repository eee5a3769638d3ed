package slack

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakeslack"
)

// A memoryInbox is an inbox that outlives adapters, with the faults of its claims.
type memoryInbox struct {
	*faultyClaims
	mu   sync.Mutex
	kept map[string]bot.Delivery
	out  map[string]bool // handed out
}

func newMemoryInbox() *memoryInbox {
	return &memoryInbox{faultyClaims: newFaultyClaims(), kept: map[string]bot.Delivery{}, out: map[string]bool{}}
}

func (m *memoryInbox) Take(ctx context.Context, d bot.Delivery) (bool, error) {
	ok, err := m.Claim(ctx, d.Platform+"/"+d.Key)
	if err != nil || !ok {
		return ok, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d.Taken = time.Now()
	m.kept[d.Key] = d
	return true, nil
}

func (m *memoryInbox) Finish(ctx context.Context, _, key string) error {
	if err := m.fault(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, key)
	return nil
}

func (m *memoryInbox) Return(ctx context.Context, platform, key string) error {
	return errors.Join(m.Finish(ctx, platform, key), m.Release(ctx, platform+"/"+key))
}

func (m *memoryInbox) Unfinished(_ context.Context, _ string, grace time.Duration, max int) ([]bot.Delivery, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []bot.Delivery
	for key, d := range m.kept {
		if time.Since(d.Taken) >= grace && !m.out[key] && len(list) < max {
			m.out[key] = true
			list = append(list, d)
		}
	}
	return list, nil
}

func (m *memoryInbox) open() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.kept)
}

// later makes everything unfinished due again.
func (m *memoryInbox) later() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.out)
}

// A grave carries requests until its process dies; then nothing leaves it, and
// nothing of what it still does counts.
type grave struct {
	http.RoundTripper
	rot chan struct{} // closed when the test is done with it
}

func (g grave) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "auth.test") {
		return g.RoundTripper.RoundTrip(req)
	}
	select {
	case <-req.Context().Done():
	case <-g.rot:
	}
	return nil, errors.New("dead")
}

// A deadInbox is what a dead process has of the inbox: what it took.
type deadInbox struct{ *memoryInbox }

func (deadInbox) Finish(context.Context, string, string) error { return errors.New("dead") }
func (deadInbox) Return(context.Context, string, string) error { return errors.New("dead") }

// resumeNow takes up what is unfinished, however young.
func (r *rig) resumeNow() { r.adapter.takeUp(r.t.Context(), 0) }

// Every surface whose answer is outstanding when the process dies is answered by
// the next one, once.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	inbox := newMemoryInbox()
	// The first process acknowledges, and nothing else of it ever arrives.
	rot := make(chan struct{})
	defer close(rot)
	first := start(t, false, inbox, func(c *Config) {
		c.Inbox, c.Transport = deadInbox{inbox}, grave{http.DefaultTransport, rot}
	})
	slack := first.Server
	pay := find(t, asArgs(t, encode(render(new(samples["answer"]), look{share: shareValue(bot.Question{Text: "pay"}, new(samples["answer"]), "")}))), actAsk)
	share := find(t, asArgs(t, encode(render(new(samples["answer"]), look{share: shareValue(bot.Question{Text: "pay"}, new(samples["answer"]), "")}))), actShare)
	tap, shared := slack.Tap("C1", "", "U1", true, pay), slack.Tap("C1", "", "U1", true, share)
	menu := slack.Interactive("message_action", "U1")
	menu["callback_id"], menu["channel"], menu["response_url"] = callAnswer, map[string]any{"id": "C1"}, slack.ResponseURL()
	menu["message"] = map[string]any{"type": "message", "user": "U9", "text": "pay", "ts": "1700000000.000800"}
	mention, dm := slack.Mention("C1", "", "U1", "pay"), slack.DM("D1", "U1", "pay")
	cmd := slack.Command("C1", "U1", "compare MLT vs MLS") // a table goes by the response URL
	for _, p := range []fakeslack.Payload{mention, dm} {
		first.event(p)
	}
	for _, p := range []fakeslack.Payload{tap, shared, menu} {
		first.interaction(p)
	}
	if res, err := first.inlet.Command(t.Context(), cmd); err != nil || res.Status != 200 || len(res.Body) != 0 {
		t.Fatalf("command: %d %v", res.Status, err)
	}
	if inbox.open() != 6 || len(slack.Sent()) != 0 {
		t.Fatalf("%d kept, %d sent", inbox.open(), len(slack.Sent()))
	}

	second := startOn(t, slack, false, inbox, func(c *Config) { c.Inbox = inbox })
	// Slack delivers again what it was not sure of: that must not double anything.
	for _, p := range []fakeslack.Payload{mention, dm} {
		second.event(p)
	}
	second.resumeNow()
	slack.Await("all answers", func() bool { return inbox.open() == 0 })
	second.resumeNow()
	if err := second.stop(); err != nil {
		t.Error(err)
	}
	if n := len(slack.Sent()); n != 6 {
		t.Errorf("%d answers to 6 questions", n)
	}
	for what, url := range map[string]string{
		"tap": tap["response_url"].(string), "share": shared["response_url"].(string), "message": menu["response_url"].(string), "command": cmd.Get("response_url"),
	} {
		if n := len(slack.Posts(url)); n != 1 {
			t.Errorf("%s: %d answers", what, n)
		}
	}
}

func TestAnswersAreFinished(t *testing.T) {
	inbox := newMemoryInbox()
	r := start(t, false, inbox, func(c *Config) { c.Inbox = inbox })
	r.event(r.Mention("C1", "", "U1", "pay"))
	r.event(r.HomeOpened("U1", "home"))
	r.ephemeralAnswer("pay")
	r.interaction(r.Tap("C1", "", "U1", true, map[string]any{"type": "button", "action_id": "unknown", "value": "x"}))
	r.Await("nothing to be open", func() bool { return len(r.Sent()) == 1 && inbox.open() == 0 })
}

// What Slack could not take although it was acknowledged is tried again later,
// for half an hour.
func TestFailedAnswerIsTriedAgainLater(t *testing.T) {
	inbox := newMemoryInbox()
	r := start(t, false, inbox, func(c *Config) { c.Inbox = inbox })
	r.Script("chat.postMessage", fakeslack.Reply{Status: 500}, fakeslack.Reply{Status: 500})
	r.event(r.Mention("C1", "", "U1", "pay"))
	r.Await("a failure", func() bool { return len(r.Calls("chat.postMessage")) == 1 })
	for n := 2; n <= 3; n++ {
		r.Await("the next try", func() bool {
			inbox.later()
			r.resumeNow()
			return len(r.Calls("chat.postMessage")) >= n
		})
	}
	r.Await("the end", func() bool { return inbox.open() == 0 })
	if n := len(r.Sent()); n < 1 {
		t.Errorf("%d answers", n)
	}

	r.Script("chat.postMessage", fakeslack.Reply{Status: 500}, fakeslack.Reply{Status: 500})
	r.event(r.Mention("C1", "", "U1", "pay"))
	inbox.mu.Lock()
	for key, d := range inbox.kept {
		d.Taken = time.Now().Add(-giveUp - time.Minute)
		inbox.kept[key] = d
	}
	inbox.mu.Unlock()
	r.Await("it to be given up", func() bool {
		inbox.later()
		r.resumeNow()
		return inbox.open() == 0
	})
}

func TestDamagedInboxIsCleared(t *testing.T) {
	inbox := newMemoryInbox()
	for i, payload := range []string{"", "x", `{"v":99,"kind":"mention"}`, `{"v":1,"kind":"galaxy"}`} {
		inbox.kept[string(rune('a'+i))] = bot.Delivery{Platform: platform, Key: string(rune('a' + i)), Payload: []byte(payload)}
	}
	r := start(t, false, inbox, func(c *Config) { c.Inbox = inbox })
	r.resumeNow()
	r.Await("an empty inbox", func() bool { return inbox.open() == 0 })
}

func TestInboxDownAnswersBeforeAcknowledging(t *testing.T) {
	for name, fault := range map[string]func(*memoryInbox){
		"down": func(m *memoryInbox) { m.set(0, errors.New("store is down")) },
		"slow": func(m *memoryInbox) { m.set(2*time.Second, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			inbox := newMemoryInbox()
			fault(inbox)
			r := start(t, false, inbox, func(c *Config) { c.Inbox = inbox })
			r.adapter.ledger.wait = 50 * time.Millisecond
			r.event(r.Mention("C1", "", "U1", "pay"))
			if n := len(r.Sent()); n != 1 {
				t.Errorf("event acknowledged with %d answers out", n)
			}
			r.interaction(r.Tap("C1", "", "U1", true, map[string]any{"type": "button", "action_id": "ask:0", "value": "q1||phlebotomist|pay"}))
			if n := len(r.Sent()); n != 2 {
				t.Errorf("tap acknowledged with %d answers out", n)
			}
			r.Script("response_url", fakeslack.Reply{Status: 500})
			res, err := r.inlet.Interaction(t.Context(), r.Tap("C1", "", "U1", true, map[string]any{"type": "button", "action_id": "ask:0", "value": "q1||phlebotomist|pay"}))
			if err != nil || res.Status != http.StatusServiceUnavailable {
				t.Errorf("a tap that got no answer: status %d, %v", res.Status, err)
			}
			inbox.set(0, nil)
		})
	}
}
