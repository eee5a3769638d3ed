package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/pgtest"
)

func delivery(key string) bot.Delivery {
	return bot.Delivery{Platform: "slack", Key: key, Payload: []byte("payload of " + key)}
}

// unfinished wants to be handed these deliveries.
func unfinished(t *testing.T, in bot.Inbox, want ...string) {
	t.Helper()
	all, err := in.Unfinished(context.Background(), "slack", 0, 100)
	must(t, err)
	got := map[string]bool{}
	for _, d := range all {
		got[d.Key] = true
		if string(d.Payload) != "payload of "+d.Key {
			t.Errorf("%s holds %q", d.Key, d.Payload)
		}
	}
	for _, key := range want {
		if !got[key] {
			t.Errorf("%s is not handed out", key)
		}
	}
	if len(got) != len(want) {
		t.Errorf("handed out: %v, want %v", got, want)
	}
}

// TestInboxOutage: deliveries of an outage are taken once each, what was
// finished meanwhile is not taken up again, and what was acknowledged is.
func TestInboxOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, 0)
		in := w.r.Inbox()
		take := func(key string, mine bool, want error) {
			t.Helper()
			got, err := in.Take(ctx, delivery(key))
			if got != mine || !errors.Is(err, want) || want == nil && err != nil {
				t.Errorf("take of %s: %v, %v, want %v, %v", key, got, err, mine, want)
			}
		}
		take("kept", true, nil)
		take("answered", true, nil)
		w.faults.set(fails)
		take("kept", false, nil)
		take("unsure", true, bot.ErrUnsure)
		take("unsure", false, nil)
		take("returned", true, bot.ErrUnsure)
		must(t, in.Finish(ctx, "slack", "answered"))
		must(t, in.Finish(ctx, "slack", "unsure"))
		must(t, in.Return(ctx, "slack", "returned"))
		if _, err := in.Unfinished(ctx, "slack", 0, 9); err == nil {
			t.Error("a database that is away hands out deliveries")
		}
		w.faults.set(nil)
		unfinished(t, in, "kept") // also before the debts are paid
		w.healed()
		pause(ctx, handedFor)
		unfinished(t, w.r.opened().Inbox(), "kept")
		for key, want := range map[string]bool{"kept": false, "answered": false, "unsure": false, "returned": true} {
			if mine, err := w.r.opened().Inbox().Take(ctx, delivery(key)); err != nil || mine != want {
				t.Errorf("another process takes %s: %v, %v, want %v", key, mine, err, want)
			}
		}
	})
}

// TestLateTakes: how a take ends that nobody waited for.
func TestLateTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, 0)
		outcome := make(chan error)
		for _, tc := range []struct {
			key       string
			meanwhile func(key string) error
			ends      error
			open      bool // to be taken up again
			free      bool // for another process to take
		}{
			{"succeeds", func(string) error { return nil }, nil, true, false},
			{"fails", func(string) error { return nil }, errFault, false, false},
			{"finished, then succeeds", func(key string) error { return w.r.Inbox().Finish(ctx, "slack", key) }, nil, false, false},
			{"finished, then fails", func(key string) error { return w.r.Inbox().Finish(ctx, "slack", key) }, errFault, false, false},
			{"returned, then succeeds", func(key string) error { return w.r.Inbox().Return(ctx, "slack", key) }, nil, false, true},
			{"returned, then fails", func(key string) error { return w.r.Inbox().Return(ctx, "slack", key) }, errFault, false, true},
		} {
			w.faults.set(func(context.Context) error { return <-outcome })
			if mine, err := w.r.Inbox().Take(ctx, delivery(tc.key)); !mine || !errors.Is(err, bot.ErrUnsure) {
				t.Errorf("%s: %v, %v", tc.key, mine, err)
			}
			w.faults.set(nil)
			must(t, tc.meanwhile(tc.key))
			outcome <- tc.ends
			synctest.Wait()
			w.healed()
			s := w.r.opened().Inbox()
			if tc.open {
				unfinished(t, s, tc.key)
			} else {
				unfinished(t, s)
			}
			if mine, err := s.Take(ctx, delivery(tc.key)); err != nil || mine != tc.free {
				t.Errorf("%s: another process takes it: %v, %v, want %v", tc.key, mine, err, tc.free)
			}
			must(t, s.Finish(ctx, "slack", tc.key))
		}
	})
}

// TestInboxWithoutKey: where nothing can be sealed, deliveries are taken once
// and not kept; what another key sealed keeps nothing back.
func TestInboxWithoutKey(t *testing.T) {
	ctx, url := t.Context(), Secret(pgtest.Start(t).Database())
	bare := open(t, Config{URL: url}).Inbox()
	for _, want := range []bool{true, false} {
		if mine, err := bare.Take(ctx, delivery("bare")); err != nil || mine != want {
			t.Errorf("take: %v, %v, want %v", mine, err, want)
		}
	}
	unfinished(t, bare)
	must(t, bare.Finish(ctx, "slack", "bare"))

	other := open(t, Config{URL: url, Keys: newKey()}).Inbox()
	_, err := other.Take(ctx, delivery("of another key"))
	must(t, err)
	clock := time.Now().Add(2 * handedFor) // as if it had been handed out and forgotten
	mine := open(t, Config{URL: url, Keys: newKey(), Now: func() time.Time { return clock }}).Inbox()
	_, err = mine.Take(ctx, delivery("own"))
	must(t, err)
	unfinished(t, mine, "own")
}
