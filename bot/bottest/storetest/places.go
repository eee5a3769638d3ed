package storetest

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"careerbot/bot"
)

// deadline is far longer than anything should take.
const deadline = 30 * time.Second

func installations(t *testing.T, s Subject, _ *Clock) {
	ctx, in := t.Context(), s.Installations()
	_, err := in.Find(ctx, "slack/T1")
	is(t, "unknown", err, bot.ErrNotFound)
	first, second := []byte("\x00\x01 token one \xff"), []byte(`{"token":"two"}`)
	for _, want := range [][]byte{first, second, {}} {
		must(t, in.Save(ctx, "slack/T1", want))
		if got := value(in.Find(ctx, "slack/T1"))(t); !bytes.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	must(t, in.Save(ctx, "slack/T2", second))
	if got := value(s.Another(t).Installations().Find(ctx, "slack/T2"))(t); !bytes.Equal(got, second) {
		t.Errorf("another process finds %q, want %q", got, second)
	}
	must(t, in.Delete(ctx, "slack/T1"))
	must(t, in.Delete(ctx, "slack/T1"))
	_, err = in.Find(ctx, "slack/T1")
	is(t, "deleted", err, bot.ErrNotFound)
	if got := value(in.Find(ctx, "slack/T2"))(t); !bytes.Equal(got, second) {
		t.Errorf("its neighbour holds %q, want %q", got, second)
	}
	is(t, "too large", in.Save(ctx, "slack/T3", make([]byte, bot.MaxInstallationBytes+1)), bot.ErrLimit)
}

func installationLock(t *testing.T, s Subject, _ *Clock) {
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	here, there := s.Installations(), s.Another(t).Installations()
	unlock, err := here.Lock(ctx, "slack/T1")
	must(t, err)
	other, err := there.Lock(ctx, "slack/T2")
	must(t, err)
	other()

	hurried, stop := context.WithCancel(ctx)
	stop()
	if _, err := there.Lock(hurried, "slack/T1"); err == nil {
		t.Error("the lock was given twice")
	}
	got := make(chan error, 1)
	go func() {
		unlock, err := there.Lock(ctx, "slack/T1")
		if err == nil {
			unlock()
		}
		got <- err
	}()
	select {
	case err := <-got:
		t.Fatalf("the lock was given twice, or refused: %v", err)
	default:
	}
	unlock()
	must(t, <-got)
}

func leases(t *testing.T, s Subject, _ *Clock) {
	ctx, here, there := t.Context(), s.Leases(), s.Another(t).Leases()
	acquire := func(l bot.Leases, holder string, ttl time.Duration, want bool) {
		t.Helper()
		equal(t, holder+" acquires", value(l.Acquire(ctx, "shard/0", holder, ttl))(t), want)
	}
	acquire(here, "a", time.Hour, true)
	acquire(there, "b", time.Hour, false)
	acquire(here, "a", time.Hour, true) // extends
	must(t, there.Drop(ctx, "shard/0", "b"))
	acquire(there, "b", time.Hour, false)
	equal(t, "another lease", value(there.Acquire(ctx, "shard/1", "b", time.Hour))(t), true)
	must(t, here.Drop(ctx, "shard/0", "a"))
	acquire(there, "b", time.Millisecond, true)

	// It ends by the storage's clock, which nobody can move.
	limit := time.After(deadline)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !value(here.Acquire(ctx, "shard/0", "a", time.Hour))(t) {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("a lease of a millisecond does not end")
		}
	}
	acquire(there, "b", time.Hour, false)
}

func settings(t *testing.T, s Subject, _ *Clock) {
	ctx, set := t.Context(), s.Settings()
	server := bot.Place{Platform: "discord", Workspace: "1"}
	channel := bot.Place{Platform: "discord", Workspace: "1", Channel: "2"}
	load := func(at bot.Place, want string) {
		t.Helper()
		if got := value(set.Load(ctx, at))(t); string(got) != want {
			t.Errorf("%+v holds %q, want %q", at, got, want)
		}
	}
	load(server, "")
	must(t, set.Save(ctx, server, []byte(`{"answers":"off"}`)))
	must(t, set.Save(ctx, channel, []byte(`{"answers":"on"}`)))
	load(server, `{"answers":"off"}`)
	load(channel, `{"answers":"on"}`)
	load(bot.Place{Platform: "discord", Workspace: "1", Channel: "2", Thread: "3"}, `{"answers":"on"}`)
	load(bot.Place{Platform: "slack", Workspace: "1"}, "")
	must(t, set.Save(ctx, server, []byte(`{"mentors":"9"}`)))
	load(server, `{"mentors":"9"}`)
	must(t, set.Save(ctx, server, nil))
	must(t, set.Save(ctx, server, nil))
	load(server, "")
	load(channel, `{"answers":"on"}`)
	large := []byte(`"` + strings.Repeat("x", bot.MaxSettingsBytes) + `"`)
	is(t, "too large", set.Save(ctx, server, large), bot.ErrLimit)
	if err := set.Save(ctx, server, []byte(`{"answers":`)); err == nil {
		t.Error("half a document was taken")
	}
}
