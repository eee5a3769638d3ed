package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"careerbot/bot"
	"careerbot/bot/store"
	"careerbot/bot/web"
)

// logs collects what a process logs at debug level.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// served is a server over the configured store, without adapters.
func served(t *testing.T, cfg store.Config) (*server, *logs) {
	t.Helper()
	out := &logs{}
	pages := filepath.Join(root(t), "cmd", "careerbot", "testdata", "roles")
	s := &server{cmd: &serveCmd{source: source{Knowledge: pages}}, log: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	cfg.Log = s.log
	var err error
	if s.store, err = store.OpenResilient(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.store.Close() })
	snap, err := s.cmd.snapshot(out)
	if err != nil {
		t.Fatal(err)
	}
	s.bot = bot.New(snap, bot.Options{Log: s.log, Conversations: s.store.Conversations(), History: true})
	t.Cleanup(s.bot.Close)
	s.serveWith()
	return s, out
}

// page is a page of the admin listener.
func (s *server) page(path string) string {
	rec := httptest.NewRecorder()
	web.Admin(s.status, s.reload, s.mounts()).ServeHTTP(rec, httptest.NewRequest("GET", path, nil))
	return fmt.Sprint(rec.Code, " ", rec.Body)
}

// Canaries: none of these may be seen in a log or on a page of the operator's.
const (
	canaryPerson  = "U0CANARYPERSON"
	canaryMentor  = "U0CANARYMENTOR"
	canaryTeam    = "T0CANARYTEAM"
	canaryChannel = "C0CANARYCHANNEL"
	canaryName    = "Zebedee Quarkington"
	canaryWords   = "purple giraffes on rollerskates"
	canaryReply   = "ask the walrus at the counter"
	canaryToken   = "xoxb-canary-token"
	canarySecret  = "canarypassword"
)

var canaries = []string{
	canaryPerson, canaryMentor, canaryTeam, canaryChannel, "Zebedee", "Quarkington", "giraffes", "walrus", canaryToken, canarySecret, "dm:canary",
}

// exercise runs a person's and a mentor's whole way through the services. Errors
// of the store are part of it; they are returned as texts.
func exercise(t *testing.T, s *server) (errs []error) {
	t.Helper()
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	ctx := t.Context()
	place := bot.Place{Platform: "slack", Workspace: canaryTeam, Channel: canaryChannel, Thread: "1.5"}
	whole := bot.Place{Platform: "slack", Workspace: canaryTeam}
	note(s.store.Installations().Save(ctx, "slack/"+canaryTeam, []byte(canaryToken)))
	note(s.prefs.Decide(ctx, whole, bot.PreferMentorChannel, canaryChannel))
	q := bot.Question{Text: "my name is " + canaryName + " and do " + canaryWords + " need a licence", Place: place, Person: canaryPerson}
	a := s.asker.Answer(ctx, q)
	if a.Kind != bot.KindDecline {
		t.Fatalf("the question was not declined: %+v", a)
	}
	s.asker.Answer(ctx, bot.Question{Text: "what does a card clerk earn, asks " + canaryName, Place: place, Person: canaryPerson})
	for _, v := range []bot.Verdict{bot.NotHelpful, bot.WrongJob} {
		_, err := s.feedback.Give(ctx, place, canaryPerson, "roles/card-clerk#pay", a.Knowledge, v)
		note(err)
	}
	_, err := s.feedback.Give(ctx, place, canaryPerson, canaryWords, a.Knowledge, bot.Helpful)
	note(err)
	m, _, err := s.mentors.Ask(ctx, canaryPerson+"/1.5", q, a, "dm:canary")
	note(err)
	_, err = s.mentors.Claim(ctx, m.ID, place, canaryMentor)
	note(err)
	deliver, stop := context.WithCancel(ctx)
	told := make(chan string, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		note := s.mentors.Deliver(deliver, "slack", func(_ context.Context, q bot.MentorQuestion) error {
			told <- q.Answer
			return errors.New("slack says no to " + canaryPerson)
		})
		if note != nil {
			t.Error(note)
		}
	})
	if _, err = s.mentors.Answer(ctx, m.ID, place, canaryMentor, canaryReply); err == nil {
		if got := <-told; got != canaryReply {
			t.Errorf("told %q", got)
		}
	} else {
		note(err)
	}
	stop()
	wg.Wait()
	_, err = s.store.People().Export(ctx, bot.PersonKey(place, canaryPerson))
	note(err)
	_, err = s.store.People().Forget(ctx, bot.PersonKey(place, canaryMentor))
	note(err)
	return errs
}

// TestNothingPersonalIsShown runs everything with canaries, while the database is
// well and while it is away, and looks for them in the log at debug level, in the
// metrics, on the other pages of the admin listener and in errors.
func TestNothingPersonalIsShown(t *testing.T) {
	dir := t.TempDir()
	for name, cfg := range map[string]store.Config{
		"well": {Dir: dir},
		"away": {URL: "postgres://canaryuser:" + canarySecret + "@127.0.0.1:1/none?connect_timeout=1", Keys: store.Secret(strings.Repeat("5f", 32))},
	} {
		t.Run(name, func(t *testing.T) {
			s, out := served(t, cfg)
			done := s.keep()
			errs := exercise(t, s)
			metrics := s.page("/metrics")
			pages := metrics + s.page("/-/ready") + s.page("/-/status")
			done()
			for _, c := range canaries {
				for where, text := range map[string]string{"log": out.String(), "pages": pages, "errors": fmt.Sprint(errs)} {
					if strings.Contains(text, c) {
						t.Errorf("%q is in the %s:\n%s", c, where, text)
					}
				}
			}
			for _, want := range map[string][]string{
				"well": {`careerbot_store_well 1`, `careerbot_mentor_questions_total{event="answered"} 1`, `careerbot_feedback_total{verdict="wrong-job"} 1`},
				"away": {`careerbot_store_well 0`, `careerbot_mentor_questions_total{event="asked"} 0`, `careerbot_answers_total{kind="decline",platform="slack"} 1`},
			}[name] {
				if !strings.Contains(metrics, want) {
					t.Errorf("the metrics lack %s", want)
				}
			}
			if name == "away" && (len(errs) == 0 || !strings.Contains(pages, "answers go on without history")) {
				t.Errorf("nobody is told that the database is away: %v", errs)
			}
		})
	}
	// Of the database's files, only the redacted words and the slugs can be read.
	files, err := filepath.Glob(filepath.Join(dir, "*.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no database files", err)
	}
	var all []byte
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	for _, c := range []string{canaryPerson, canaryMentor, "Zebedee", "Quarkington", canaryToken, "dm:canary"} {
		if bytes.Contains(all, []byte(c)) {
			t.Errorf("%q can be read in the database", c)
		}
	}
	if !bytes.Contains(all, []byte("giraffes")) {
		t.Error("the redacted question is not in the database: the test looks in the wrong place")
	}
}

// Without a key a shared database keeps less, which the operator is told at start.
func TestWarnsWithoutAKey(t *testing.T) {
	for key, warns := range map[string]bool{"": true, strings.Repeat("5f", 32): false} {
		var stderr bytes.Buffer
		set := settings{"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", "CAREERBOT_SECRET_KEY": key}
		s, err := (&serveCmd{}).openStore(t.Context(), set, env{stderr: &stderr}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		if got := strings.Contains(stderr.String(), "CAREERBOT_SECRET_KEY"); got != warns {
			t.Errorf("with a key: %v; warned: %v", key != "", got)
		}
	}
}
