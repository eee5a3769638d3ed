package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"careerbot/bot"
	"careerbot/bot/store"
)

func TestMain(m *testing.M) {
	// Bleve's package-level analysis workers live as long as the process.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

// asker answers with what is set.
type asker struct{ a bot.Answer }

func (a *asker) Answer(context.Context, bot.Question) bot.Answer { return a.a }
func (a *asker) Suggest(kind, prefix string, max int) []bot.Suggestion {
	return []bot.Suggestion{{Label: kind, Value: prefix}}
}

// read returns the bytes of all files of a folder.
func read(t *testing.T, dir string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	var all strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

// run runs the journal until the returned function is called.
func run(t *testing.T, j *Journal) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := j.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	return func() { cancel(); wg.Wait() }
}

// What is noted, in a real database.
func TestNotes(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	inner := &asker{}
	j := New(inner, s.Usage(), s.Unanswered())
	place := bot.Place{Platform: "slack", Workspace: "T0CANARY", Channel: "C0CANARY"}
	decline := func(reason string) bot.Answer {
		return bot.Answer{Kind: bot.KindDecline, Reason: reason, Passages: []bot.Passage{{ID: "roles/phlebotomist#pay"}, {ID: "guides/x#y"}}}
	}
	for _, turn := range []struct {
		a bot.Answer
		q bot.Question
	}{
		{bot.Answer{Kind: bot.KindAnswer, Roles: []string{"phlebotomist", "mlt"}, Topics: []string{"pay", "fit"}}, bot.Question{Text: "what do they pay"}},
		{bot.Answer{Kind: bot.KindAnswer, Roles: []string{"phlebotomist"}, Topics: []string{"pay"}}, bot.Question{Choice: &bot.Choice{Topic: "pay"}}},
		{bot.Answer{Kind: bot.KindAnswer}, bot.Question{Text: "shown again", Again: true}},
		{bot.Answer{Kind: bot.KindClarify}, bot.Question{Text: "clarified words"}},
		{decline("unknown"), bot.Question{Text: "my name is Zebedee Quark, <@U0CANARY1> do dogs need vets? zq@example.org"}},
		{decline("unknown"), bot.Question{Text: "My name is Zebedee Quark, <@U0CANARY1> do DOGS need vets? zq@example.org"}},
		{decline("unknown"), bot.Question{Text: "shown again", Again: true}},
		{decline("unknown"), bot.Question{Choice: &bot.Choice{Topic: "nothing"}}},
		{decline("other-career"), bot.Question{Text: "how to be a plumber"}},
		{decline("emergency"), bot.Question{Text: "emergency words"}},
		{decline("medical-advice"), bot.Question{Text: "medical words"}},
		{decline("off-topic"), bot.Question{Text: "off-topic words"}},
	} {
		inner.a = turn.a
		turn.q.Place, turn.q.Person = place, "U0CANARY"
		if got := j.Answer(t.Context(), turn.q); got.Kind != turn.a.Kind || got.Reason != turn.a.Reason {
			t.Errorf("the answer changed: %+v", got)
		}
	}
	run(t, j)() // nothing was written before: what waits is written at the end

	since := time.Now().Add(-time.Hour)
	questions, err := s.Unanswered().Questions(t.Context(), since, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, q := range questions {
		got = append(got, fmt.Sprintf("%d %s %s %s", q.Count, q.Reason, q.Nearest, q.Text))
	}
	want := []string{
		"2 unknown roles/phlebotomist#pay my name is [name], do dogs need vets? [e-mail]",
		"1 other-career roles/phlebotomist#pay how to be a plumber",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	uses, err := s.Usage().Uses(t.Context(), since, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, u := range uses {
		counts[fmt.Sprint(u.Platform, " ", u.Kind, " ", u.Role, " ", u.Topic)] += u.Count
	}
	if fmt.Sprint(counts) != "map[slack answer phlebotomist pay:2 slack clarify  :1 slack decline  :7]" {
		t.Errorf("uses %v", counts)
	}
	if dropped, refused := j.Lost(); dropped+refused != 0 {
		t.Errorf("lost %d, %d", dropped, refused)
	}
	if got := j.Suggest("role", "phl", 1); len(got) != 1 || got[0].Value != "phl" {
		t.Errorf("names are not completed: %v", got)
	}
	if files := read(t, dir); !strings.Contains(files, "dogs need vets") || strings.Contains(files, "CANARY") || strings.Contains(files, "Zebedee") || strings.Contains(files, "emergency words") {
		t.Error("the database holds what it must not, or not what it should")
	}
}

// stuck is a store that does not come back before it is let go.
type stuck struct {
	began  chan struct{} // told at each call
	let    chan struct{} // closed: calls return
	err    error
	counts int
	notes  int
}

func (s *stuck) Count(ctx context.Context, _ bot.Use) error {
	select {
	case s.began <- struct{}{}:
	default:
	}
	<-s.let
	s.counts++
	return s.err
}

func (s *stuck) Uses(context.Context, time.Time, time.Time) ([]bot.UseCount, error) { return nil, nil }

func (s *stuck) Note(context.Context, bot.Redacted, string, string) error {
	s.notes++
	return s.err
}

func (s *stuck) Questions(context.Context, time.Time, int) ([]bot.UnansweredQuestion, error) {
	return nil, nil
}

// A store that hangs costs notes, never an answer: the answers below come while
// nothing can be written, or the test does not end.
func TestAStoreThatHangs(t *testing.T) {
	s := &stuck{began: make(chan struct{}, 1), let: make(chan struct{})}
	j := New(&asker{bot.Answer{Kind: bot.KindAnswer}}, s, s)
	stop := run(t, j)
	j.Answer(t.Context(), bot.Question{Text: "a"})
	<-s.began // one is with the store
	const more = 10
	for range maxQueued + more {
		j.Answer(t.Context(), bot.Question{Text: "a"})
	}
	if dropped, _ := j.Lost(); dropped != more {
		t.Errorf("dropped %d, want %d", dropped, more)
	}
	close(s.let)
	stop()
	if s.counts != maxQueued+1 {
		t.Errorf("%d notes were written after that, want %d", s.counts, maxQueued+1)
	}
}

// What the store refuses is counted as lost.
func TestRefused(t *testing.T) {
	let := make(chan struct{})
	close(let)
	s := &stuck{let: let, err: errors.New("full")}
	j := New(&asker{bot.Answer{Kind: bot.KindDecline, Reason: "unknown"}}, s, s)
	j.Answer(t.Context(), bot.Question{Text: "a"})
	run(t, j)()
	if dropped, refused := j.Lost(); dropped != 0 || refused != 2 || s.notes != 1 {
		t.Errorf("dropped %d, refused %d, notes %d", dropped, refused, s.notes)
	}
}
