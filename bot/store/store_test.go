package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"careerbot/bot"
	"careerbot/bot/bottest/pgtest"
	"careerbot/bot/bottest/storetest"
)

func TestMain(m *testing.M) {
	if child := os.Getenv(childVariable); child != "" {
		os.Exit(children[child]())
	}
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) // Bleve has workers from its start
}

// newKey returns a key as CAREERBOT_SECRET_KEY has it.
func newKey() Secret {
	key := make([]byte, sealKeySize)
	rand.Read(key)
	return Secret(base64.StdEncoding.EncodeToString(key))
}

// testLog sends log lines to the test.
func testLog(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// open opens a store and closes it with the test.
func open(t testing.TB, cfg Config) *Store {
	t.Helper()
	if cfg.Log == nil {
		cfg.Log = testLog(t)
	}
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// subject makes a conformance subject of stores with one configuration.
func subject(t *testing.T, cfg Config) storetest.Subject {
	s := open(t, cfg)
	return storetest.Subject{
		Store:   s,
		Sweep:   func(ctx context.Context) error { _, err := s.Sweep(ctx); return err },
		Another: func(t *testing.T) bot.Store { return open(t, cfg) },
	}
}

func TestSQLite(t *testing.T) {
	storetest.Run(t, func(t *testing.T, c *storetest.Clock) storetest.Subject {
		return subject(t, Config{Dir: t.TempDir(), Keys: newKey(), Now: c.Now})
	})
}

func TestPostgres(t *testing.T) {
	server := pgtest.Start(t)
	storetest.Run(t, func(t *testing.T, c *storetest.Clock) storetest.Subject {
		return subject(t, Config{URL: Secret(server.Database()), Keys: newKey(), Now: c.Now})
	})
}

// TestResilientConforms: while the database is well, a Resilient is a Store.
func TestResilientConforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T, c *storetest.Clock) storetest.Subject {
		cfg := Config{Dir: t.TempDir(), Keys: newKey(), Now: c.Now, Log: testLog(t)}
		another := func(t *testing.T) bot.Store {
			r, err := OpenResilient(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			r.patience = opLimit // a busy machine must not look like a slow database
			t.Cleanup(func() {
				if err := r.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			return r
		}
		r := another(t).(*Resilient)
		return storetest.Subject{
			Store:   r,
			Sweep:   func(ctx context.Context) error { _, err := r.opened().Sweep(ctx); return err },
			Another: another,
		}
	})
}

// TestFallback: what a Resilient falls back to keeps the same promises.
func TestFallback(t *testing.T) {
	storetest.Conversations(t, func(_ *testing.T, c *storetest.Clock) bot.Conversations { return bot.NewMemoryConversations(c.Now) })
	storetest.Claims(t, func(_ *testing.T, c *storetest.Clock) bot.Claims { return bot.NewMemoryClaims(c.Now) })
}

// TestKeysAreNeeded: without the operator's key installations are refused, and
// without any, whatever is sealed.
func TestKeysAreNeeded(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := open(t, Config{Dir: dir})
	if err := s.Installations().Save(ctx, "slack/T1", []byte("token")); !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "CAREERBOT_SECRET_KEY") {
		t.Errorf("installation without a key: %v", err)
	}
	q := bot.MentorQuestion{ID: "q1", Asker: "dm:anna", Place: bot.Place{Platform: "slack"}}
	if _, err := s.Mentors().Ask(ctx, q); err != nil {
		t.Errorf("SQLite has a key of its own for addresses: %v", err)
	}
	if got, err := open(t, Config{Dir: dir}).Mentors().Claim(ctx, "q1", "mia"); err != nil || got.Asker != "dm:anna" {
		t.Errorf("after a restart: %+v, %v", got, err)
	}
	s.sealer = nil // as with PostgreSQL
	if _, err := s.Mentors().Ask(ctx, q); !errors.Is(err, bot.ErrSettings) {
		t.Errorf("question without any key: %v", err)
	}
	if _, err := s.Mentors().Claim(ctx, "q1", "mia"); !errors.Is(err, bot.ErrSettings) {
		t.Errorf("claim without any key: %v", err)
	}
}

// TestNothingPersonalOnDisk looks for what must not be there in the bytes of
// every file of the state folder.
func TestNothingPersonalOnDisk(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := open(t, Config{Dir: dir, Keys: newKey()})
	place := bot.Place{Platform: "slack", Workspace: "T1", Channel: "D0CANARYCHANNEL", Thread: "CANARYTHREAD"}
	must(t, s.Installations().Save(ctx, "slack/T1", []byte("xoxb-CANARYTOKEN")))
	_, err := s.Claims().Claim(ctx, "slack/CANARYDELIVERY")
	must(t, err)
	_, err = s.Inbox().Take(ctx, bot.Delivery{Platform: "slack", Key: "CANARYKEY", Payload: []byte("CANARYPAYLOAD")})
	must(t, err)
	must(t, s.Unanswered().Note(ctx, bot.Redact("my name is Canaryname, call 555 123 4567"), "unknown", ""))
	person := bot.PersonKey(place, "CANARYUSER")
	must(t, s.Conversations().Save(ctx, bot.ConversationKey(place, "CANARYUSER"), convWith("pay")))
	_, err = s.Mentors().Ask(ctx, bot.MentorQuestion{ID: "q1", Place: place, Person: person, Asker: "dm:CANARYUSER", Text: "pay?"})
	must(t, err)
	_, err = s.Mentors().Answer(ctx, "q1", bot.PersonKey(place, "CANARYMENTOR"), "mail CANARY@example.com")
	must(t, err)
	for name, data := range filesOf(t, dir) {
		for _, canary := range []string{"CANARY", "Canaryname", "555 123"} {
			if strings.Contains(data, canary) {
				t.Errorf("%s holds %q", name, canary)
			}
		}
	}
	// What is forgotten is gone from the bytes, too.
	if n, err := s.People().Forget(ctx, person); err != nil || n != 2 {
		t.Fatalf("forgot %d, %v, want 2", n, err)
	}
	if err := s.Close(); err != nil { // folds the log in
		t.Fatal(err)
	}
	for name, data := range filesOf(t, dir) {
		if strings.Contains(data, person) {
			t.Errorf("%s holds the key of a person who was forgotten", name)
		}
	}
}

// TestRun: retention runs by itself, and ends with its context.
func TestRun(t *testing.T) {
	clock := storetest.NewClock()
	s := open(t, Config{Dir: t.TempDir(), Now: clock.Now})
	must(t, s.Conversations().Save(t.Context(), "p:c", convWith("pay")))
	clock.Advance(bot.ConversationTTL)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	eventually(t, "the conversation is swept", func() bool {
		var n int
		must(t, s.db.reader().QueryRowContext(t.Context(), `SELECT count(*) FROM conversations`).Scan(&n))
		return n == 0
	})
	cancel()
	must(t, <-done)
}
