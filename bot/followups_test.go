package bot

import (
	"fmt"
	"testing"

	"careerbot/knowledge/corpus"
)

// everyQuestion lists a question for every section of every page, every usual
// comparison, every place on the ladder and every step of it.
func everyQuestion(c *corpus.Corpus) []Choice {
	var out []Choice
	for ps := range c.Passages() {
		out = append(out, Choice{Subjects: []string{subjectCode(ps.Page)}, Topic: ps.Topic, Detail: ps.Detail})
	}
	for _, p := range c.Pages {
		if p.Kind == corpus.Role || p.Kind == corpus.Certification {
			out = append(out, Choice{Kind: KindCompare, Subjects: []string{subjectCode(p)}})
		}
	}
	for _, s := range c.Comparisons.Subjects {
		for _, w := range s.With {
			out = append(out, Choice{Kind: KindCompare, Subjects: []string{subjectCode(s.Page), subjectCode(w)}})
		}
	}
	for _, r := range c.Roles() {
		out = append(out, Choice{Kind: KindPath, Subjects: []string{r.Slug}}, Choice{Kind: KindPath, Subjects: []string{"", r.Slug}})
	}
	for _, s := range c.Ladder.Steps {
		if s.From != startPlace {
			out = append(out, Choice{Kind: KindPath, Subjects: []string{s.From, s.To}})
		}
	}
	return out
}

// TestEveryFollowUpLeads taps every follow-up of every answer there is: each leads to
// another answer, none twice, none to a dead end.
func TestEveryFollowUpLeads(t *testing.T) {
	b := shippedBot(t)
	c := b.snap.Load().Corpus
	ask := func(ch Choice) Answer { return b.Answer(t.Context(), Question{Choice: &ch}) }
	answers := map[string]Answer{} // by encoded choice, asked once
	tap := func(f FollowUp) (Answer, string) {
		code, ok := f.Choice.Encode()
		if !ok {
			t.Errorf("follow-up %q does not fit a button", f.Label)
		}
		a, seen := answers[code]
		if !seen {
			a = ask(f.Choice)
			answers[code] = a
		}
		return a, code
	}
	questions := everyQuestion(c)
	if len(questions) < 1000 {
		t.Fatalf("only %d questions", len(questions))
	}
	taps, bad := 0, 0
	report := func(format string, args ...any) {
		if bad++; bad <= 40 {
			t.Errorf(format, args...)
		}
	}
	for _, q := range questions {
		a := ask(q)
		where := fmt.Sprintf("%+v", q)
		if a.Kind == KindDecline || len(a.Blocks) == 0 {
			report("%s: %s %s", where, a.Kind, a.Reason)
			continue
		}
		if len(a.FollowUps)+len(a.Choices) == 0 {
			report("%s: a dead end", where)
		}
		codes, labels := map[string]bool{}, map[string]bool{}
		for _, f := range append(append([]FollowUp{}, a.FollowUps...), a.Choices...) {
			next, code := tap(f)
			taps++
			switch {
			case codes[code] || labels[f.Label]:
				report("%s: %q stands twice", where, f.Label)
			case f.Label == "" || f.Ask == "" || len([]rune(f.Label)) > maxLabel:
				report("%s: label %q, ask %q", where, f.Label, f.Ask)
			case next.Kind == KindDecline || len(next.Blocks) == 0:
				report("%s: %q leads to %s %s", where, f.Label, next.Kind, next.Reason)
			case next.Text() == a.Text():
				report("%s: %q leads to the same answer", where, f.Label)
			case samePassage(a, next):
				report("%s: %q leads to the same section %s", where, f.Label, a.Passages[0].ID)
			}
			codes[code], labels[f.Label] = true, true
		}
	}
	t.Logf("%d questions, %d follow-ups tapped", len(questions), taps)
}

func samePassage(a, b Answer) bool {
	return a.Kind == KindAnswer && b.Kind == KindAnswer && len(a.Passages) > 0 && len(b.Passages) > 0 && a.Passages[0] == b.Passages[0]
}
