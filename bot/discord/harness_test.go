package discord

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

var (
	_ Asker     = (*bot.Bot)(nil)
	_ Suggester = (*bot.Bot)(nil)
)

// asker is a bot that notes what it is asked and answers what it is told to.
type asker struct {
	mu     sync.Mutex
	asked  []bot.Question
	answer func(ctx context.Context, q bot.Question) bot.Answer
}

func (a *asker) Answer(ctx context.Context, q bot.Question) bot.Answer {
	a.mu.Lock()
	a.asked = append(a.asked, q)
	answer := a.answer
	a.mu.Unlock()
	if answer != nil {
		return answer(ctx, q)
	}
	return sample()
}

func (a *asker) Suggest(kind, prefix string, max int) []bot.Suggestion {
	if kind == "topic" {
		return nil
	}
	return []bot.Suggestion{{Label: "Phlebotomist", Value: "phlebotomist"}, {Label: kind + " " + prefix, Value: "other"}}
}

// tally keeps verdicts in memory, or fails.
type tally struct {
	mu     sync.Mutex
	given  []string
	broken bool
}

func (b *tally) Record(_ context.Context, passage, knowledge string, v bot.Verdict) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broken {
		return errors.New("away")
	}
	b.given = append(b.given, string(v)+" "+knowledge+" "+passage)
	return nil
}

func (b *tally) Tallies(context.Context, time.Time) ([]bot.Tally, error) { return nil, nil }

func (a *asker) questions() []bot.Question {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]bot.Question(nil), a.asked...)
}

// sample is a usual answer.
func sample() bot.Answer {
	return bot.Answer{
		Kind: bot.KindAnswer, Roles: []string{"phlebotomist"}, Topics: []string{"pay"}, Confidence: 0.9, Title: "Pay of a phlebotomist",
		Blocks:  []bot.Block{{Kind: bot.Paragraph, Spans: []bot.Span{{Text: "Half earn more than "}, {Text: "$45,230", Bold: true}, {Text: " a year."}}}},
		Facts:   []bot.Fact{{Label: "Median pay", Value: "$45,230 a year", AsOf: "May 2025", Source: "Bureau of Labor Statistics"}},
		Sources: []bot.Source{{Title: "OEWS", URL: "https://www.bls.gov/oes/", Label: "Occupational wages, May 2025"}},
		ReadAs:  "pay · phlebotomist", Knowledge: "5f3c9a1e7b20",
		Change: []bot.FollowUp{
			{Label: "Pay of an EKG technician", Choice: bot.Choice{Subjects: []string{"ekg-technician"}, Topic: "pay"}},
		},
		FollowUps: []bot.FollowUp{
			{Label: "Outlook", Ask: "outlook of phlebotomists", Choice: bot.Choice{Subjects: []string{"phlebotomist"}, Topic: "outlook"}},
			{Label: "How to start", Ask: "how to start", Choice: bot.Choice{Subjects: []string{"phlebotomist"}, Topic: "how-to-start"}},
		},
		Passages: []bot.Passage{{ID: "roles/phlebotomist#pay", Score: 3}},
	}
}

// logs collects log lines and lets a test look for what must not be there.
type logs struct {
	mu sync.Mutex
	b  strings.Builder
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

// world is an adapter that runs against a fake Discord.
type world struct {
	t       *testing.T
	fake    *fakediscord.Server
	asker   *asker
	adapter *Adapter
	logs    *logs
	tally   *tally
	cancel  context.CancelFunc
	done    chan error
}

// setup changes a world before it starts.
type setup struct {
	config func(*Config)
	claims bot.Claims
	asker  *asker
	fake   []fakediscord.Option
	before func(*fakediscord.Server)
}

// newWorld starts an adapter against a fake in memory; call it in a bubble.
func newWorld(t *testing.T, s setup) *world {
	t.Helper()
	w := &world{t: t, logs: &logs{}, tally: &tally{}, asker: s.asker, done: make(chan error, 1)}
	w.fake = fakediscord.New(t, append([]fakediscord.Option{fakediscord.Memory()}, s.fake...)...)
	if s.before != nil {
		s.before(w.fake)
	}
	if w.asker == nil {
		w.asker = &asker{}
	}
	cfg := Config{Token: fakediscord.Token, API: w.fake.URL(), Dial: w.fake.Dial, Feedback: bot.NewFeedbackDesk(w.tally, bot.NewMemoryClaims(time.Now))}
	if s.config != nil {
		s.config(&cfg)
	}
	log := slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if w.adapter, err = New(cfg, w.asker, s.claims, log); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() { w.done <- w.adapter.Run(ctx) }()
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
		if strings.Contains(w.logs.String(), fakediscord.Token) || strings.Contains(w.logs.String(), "canary") {
			t.Errorf("a secret is in the logs:\n%s", w.logs)
		}
		if t.Failed() {
			t.Logf("logs:\n%s", w.logs)
		}
	})
	return w
}

// stop ends the adapter and returns what Run returned; a second call returns nil.
func (w *world) stop() error {
	w.cancel()
	err := <-w.done
	w.done <- nil
	return err
}

// ready waits until the adapter is ready.
func (w *world) ready() {
	w.t.Helper()
	w.until("ready", func() bool { return w.adapter.Ready() == nil })
}

// until advances the bubble's time until cond holds, at most ten minutes.
func (w *world) until(what string, cond func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(10 * time.Minute)
	for {
		synctest.Wait()
		if cond() {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("not %s after ten minutes: %v", what, w.adapter.Ready())
		}
		w.wait(50 * time.Millisecond)
	}
}

// wait lets the bubble's time pass.
func (w *world) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// slash is the data of /career with a subcommand and its options.
func slash(sub string, options ...map[string]any) map[string]any {
	return map[string]any{
		"id": "500000000000000001", "name": "career", "type": 1,
		"options": []any{map[string]any{"name": sub, "type": 1, "options": options}},
	}
}

func opt(name, value string) map[string]any {
	return map[string]any{"name": name, "type": 3, "value": value}
}

func ask(question string) fakediscord.Interaction {
	return fakediscord.Interaction{Data: slash("ask", opt("question", question))}
}

// decode reads a reply's message.
func decode(t *testing.T, raw json.RawMessage) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("reply %s: %v", raw, err)
	}
	return m
}

func rawJSON(b []byte) json.RawMessage { return b }

func unmarshal(b []byte, v any) {
	if err := json.Unmarshal(b, v); err != nil {
		panic(err)
	}
}
