package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
	"careerbot/bot/store"
)

// inbox keeps deliveries in memory, as a storage that outlives processes does.
type inbox struct {
	mu     sync.Mutex
	taken  map[string]bool
	open   map[string]bot.Delivery
	lent   map[string]time.Time
	broken bool
}

func (b *inbox) Take(_ context.Context, d bot.Delivery) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return false, errors.New("away")
	}
	if len(d.Payload) > bot.MaxPayloadBytes {
		return false, fmt.Errorf("keep: %w", bot.ErrLimit)
	}
	if b.taken == nil {
		b.taken, b.open, b.lent = map[string]bool{}, map[string]bot.Delivery{}, map[string]time.Time{}
	}
	if b.taken[d.Key] {
		return false, nil
	}
	d.Taken = time.Now()
	b.taken[d.Key], b.open[d.Key] = true, d
	return true, nil
}

func (b *inbox) Finish(_ context.Context, _, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, key)
	return nil
}

func (b *inbox) Return(_ context.Context, _, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, key)
	delete(b.taken, key)
	return nil
}

func (b *inbox) Unfinished(_ context.Context, _ string, grace time.Duration, max int) ([]bot.Delivery, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []bot.Delivery
	for key, d := range b.open {
		if now := time.Now(); now.Sub(d.Taken) > grace && now.After(b.lent[key]) && len(out) < max {
			b.lent[key] = now.Add(5 * time.Minute)
			out = append(out, d)
		}
	}
	return out, nil
}

func (b *inbox) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.open)
}

// TestKilled ends a process with work under way; the next one, over the same
// database, finishes what still can be.
func TestKilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		box := db.Inbox()
		fake := fakediscord.New(t, fakediscord.Memory())
		run := func(ask Asker) (a *Adapter, kill func()) {
			t.Helper()
			a, err := New(Config{Token: fakediscord.Token, API: fake.URL(), Dial: fake.Dial, Inbox: box}, ask, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- a.Run(ctx) }()
			return a, func() { cancel(); <-done }
		}
		// What it is asked is not answered before the process ends, as if it were killed.
		stuck := &asker{answer: func(ctx context.Context, _ bot.Question) bot.Answer { <-ctx.Done(); return sample() }}
		_, kill := run(stuck)
		fake.AwaitConnected(t.Context(), 1)
		var messages, deferred []string
		for n := range 60 { // more than there are workers, so that some are still queued
			messages = append(messages, fake.Message(fakediscord.Message{Text: "a", DM: true, Channel: fmt.Sprint(300000000000000100 + n)}).ID)
		}
		synctest.Wait()
		kill()
		_, kill = run(stuck)
		fake.AwaitConnected(t.Context(), 1)
		for range 5 { // deferred after 1.5 s
			deferred = append(deferred, fake.Interact(ask("a")).ID)
		}
		<-time.After(2 * time.Second)
		kill()
		if n := len(fake.Replies()); n != 0 {
			t.Fatalf("%d replies before anything was answered", n)
		}

		a, kill := run(&asker{})
		defer kill()
		<-time.After(4 * time.Minute)
		synctest.Wait()
		for _, id := range append(messages, deferred...) {
			if n := len(fake.RepliesTo(id)); n != 1 {
				t.Errorf("%s has %d replies, want 1", id, n)
			}
		}
		<-time.After(10 * time.Minute)
		if left, err := box.Unfinished(t.Context(), "discord", 0, 100); len(left) != 0 || err != nil {
			t.Errorf("%d deliveries stay unfinished: %v", len(left), err)
		}
		if n := a.Counts()["resumed"]; n != int64(len(messages)+len(deferred)) {
			t.Errorf("%d taken up again", n)
		}
	})
}

// TestTooLateToResume: an interaction without any response cannot be answered
// after three seconds, and one of a quarter of an hour ago not at all. Both end.
func TestTooLateToResume(t *testing.T) {
	bubble(t, setup{config: func(c *Config) { c.Inbox = &inbox{} }}, func(t *testing.T, w *world) {
		box := w.adapter.set.Inbox.(*inbox)
		keep := func(i fakediscord.Interaction) {
			i = w.fake.NewInteraction(i)
			payload := `{"type":"INTERACTION_CREATE","data":` + string(i.JSON()) + `}`
			box.Take(t.Context(), bot.Delivery{Platform: "discord", Key: "interaction/" + i.ID, Payload: []byte(payload)})
		}
		keep(ask("a"))
		w.wait(3 * time.Minute)
		if n := box.left(); n != 0 || w.adapter.Counts()["expired"] != 1 {
			t.Errorf("%d unfinished, counts %v", n, w.adapter.Counts())
		}
		box.Take(t.Context(), bot.Delivery{Platform: "discord", Key: "interaction/1", Payload: []byte("nonsense")})
		box.Take(t.Context(), bot.Delivery{Platform: "discord", Key: "interaction/2", Payload: []byte(`{"type":"GUILD_CREATE","data":{}}`)})
		w.wait(3 * time.Minute)
		if n := box.left(); n != 0 {
			t.Errorf("%d that cannot be read stay unfinished", n)
		}
		old := w.fake.NewInteraction(ask("a"))
		box.mu.Lock()
		box.open["interaction/"+old.ID] = bot.Delivery{Platform: "discord", Key: "interaction/" + old.ID, Taken: time.Now().Add(-time.Hour), Payload: []byte(`{"type":"INTERACTION_CREATE","data":` + string(old.JSON()) + `}`)}
		box.mu.Unlock()
		before := len(w.fake.Requests("PATCH", ""))
		w.wait(2 * time.Minute)
		if n := box.left(); n != 0 || len(w.fake.Requests("PATCH", "")) != before {
			t.Errorf("an interaction of an hour ago: %d unfinished, %d requests", n, len(w.fake.Requests("PATCH", ""))-before)
		}
	})
}

// TestInboxKeepsUntilSent: a reply that Discord cannot take at the moment is sent later, once.
func TestInboxKeepsUntilSent(t *testing.T) {
	box := &inbox{}
	bubble(t, setup{config: func(c *Config) { c.Inbox = box }}, func(t *testing.T, w *world) {
		w.fake.Fail(fakediscord.Fault{Method: "POST", Route: fakediscord.RouteMessages, Status: 500, Times: maxTries})
		m := w.fake.Message(fakediscord.Message{Text: "a", Mention: true})
		w.wait(time.Minute)
		if n := len(w.fake.RepliesTo(m.ID)); n != 0 || box.left() != 1 {
			t.Fatalf("%d replies, %d kept", n, box.left())
		}
		w.wait(5 * time.Minute)
		if n := len(w.fake.RepliesTo(m.ID)); n != 1 || box.left() != 0 {
			t.Errorf("%d replies, %d kept", n, box.left())
		}
		w.fake.Message(m)
		w.works()
		if n := len(w.fake.RepliesTo(m.ID)); n != 1 || box.left() != 0 {
			t.Errorf("delivered again: %d replies, %d kept", n, box.left())
		}
		// What is too long to be kept is answered all the same.
		long := w.fake.Message(fakediscord.Message{Text: strings.Repeat("long ", bot.MaxPayloadBytes/4), Mention: true})
		synctest.Wait()
		if n := len(w.fake.RepliesTo(long.ID)); n != 1 {
			t.Errorf("a long delivery has %d replies", n)
		}
		box.mu.Lock()
		box.broken = true
		box.mu.Unlock()
		w.works()
	})
}
