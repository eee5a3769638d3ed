package bot

import (
	"slices"
	"strings"
	"testing"

	"careerbot/bot/router"
)

// TestMatchWords: what is said in words becomes the answers that taps give.
func TestMatchWords(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct{ ask, heard, first string }{
		{"no blood, no night shift, two years at most", "no blood, needles or body fluids; days only; at most two years of school", "medical-coder"},
		{"no needels, no nite shifts", "no blood, needles or body fluids; days only", "medical-coder"},
		{"i like computers not patients", "hardly any patient contact; a desk or home", "medical-coder"},
		{"which job fits me: no degree, hate needles", "no college; no blood, needles or body fluids", "pharmacy-technician"},
		{"i'm squeamish about blood but don't mind night shifts, which job is for me", "no blood, needles or body fluids; any shift, nights too", "pharmacy-technician"},
		{"what job suits me, blood is fine, i love helping people", "blood does not bother you; patients every day.", ""},
		{"need to earn at least 60k, two years school max, dont mind blood or nights", "at least $60,000 a year", "medical-laboratory-technician"},
		{"something without needles", "no blood, needles or body fluids", "pharmacy-technician"},
		{"want to work from home in healthcare what are my options", "a desk or home", "medical-coder"},
	} {
		a := b.Answer(t.Context(), Question{Text: tc.ask})
		if a.Kind != KindMatch || !strings.Contains(a.Text(), tc.heard) {
			t.Errorf("%q: %s, heard:\n%s", tc.ask, a.Kind, a.Blocks[0].Text())
			continue
		}
		if tc.first != "" && a.Roles[0] != tc.first {
			t.Errorf("%q: ranks %v, want %s first", tc.ask, a.Roles, tc.first)
		}
	}
}

// TestMatchIsNotGuessed: questions about a job are not a search for one.
func TestMatchIsNotGuessed(t *testing.T) {
	b := shippedBot(t)
	for _, ask := range []string{"is phlebotomy for me if i hate blood", "do pharmacy techs work nights", "how much school do i need as a phlebotomist"} {
		if a := b.Answer(t.Context(), Question{Text: ask}); a.Kind == KindMatch {
			t.Errorf("%q was taken for a search for a job", ask)
		}
	}
	if a := talk(t, b, "what does a phlebotomist do", "no weekends?"); a.Kind == KindMatch {
		t.Errorf("a question that goes on about a job was taken for a search for one")
	}
}

// TestMatchTaps walks every way through the questions that a person can tap: at
// most six taps, each button fits, one can stop after the first answer, and the
// end is a list with reasons for and against every job.
func TestMatchTaps(t *testing.T) {
	b := shippedBot(t)
	walks := 0
	var walk func(a Answer, taps int)
	walk = func(a Answer, taps int) {
		if len(a.Choices) == 0 {
			walks++
			checkMatches(t, a)
			return
		}
		if taps > 0 && walks > 400 { // enough ways; the tree is wide
			return
		}
		if taps >= router.MaxTaps {
			t.Fatalf("asks again after %d taps: %s", taps, a.Text())
		}
		if len(a.Choices) > 5 {
			t.Errorf("%d buttons do not fit a row", len(a.Choices))
		}
		for i, f := range a.Choices {
			if f.Label == "Show me now" && taps == 0 || taps > 2 && i != taps%3 {
				continue // past the third tap one way is enough
			}
			walk(b.Answer(t.Context(), Question{Choice: &f.Choice}), taps+1)
		}
	}
	walk(b.Answer(t.Context(), Question{Text: "which job fits me"}), 0)
	if walks < 50 {
		t.Errorf("only %d walks", walks)
	}
}

func checkMatches(t *testing.T, a Answer) {
	t.Helper()
	if a.Kind != KindMatch || len(a.Roles) < minMatches || len(a.Roles) > maxMatches {
		t.Fatalf("%s with %v", a.Kind, a.Roles)
	}
	for _, bl := range a.Blocks {
		if bl.Kind == Bullets && !slices.ContainsFunc(bl.Items, func(it []Span) bool { return it[0].Text == "Against: " }) {
			t.Errorf("nothing against a job: %s", bl.Text())
		}
	}
	if len(a.Sources) == 0 || len(a.FollowUps) == 0 {
		t.Errorf("no sources or nowhere to go on: %+v", a)
	}
}

// TestMatchStoresNothing: the conversation is the same after a search as before.
func TestMatchStoresNothing(t *testing.T) {
	b := shippedBot(t)
	q := Question{Place: Place{Platform: "test", Channel: t.Name()}, Person: "p", Text: "what does an mlt do"}
	b.Answer(t.Context(), q)
	before, _ := b.opt.Conversations.Load(t.Context(), q.key())
	q.Text = "which job fits me, no blood and no patients"
	if a := b.Answer(t.Context(), q); a.Kind != KindMatch {
		t.Fatalf("kind %s", a.Kind)
	}
	if after, _ := b.opt.Conversations.Load(t.Context(), q.key()); !after.Equal(before) {
		t.Errorf("the conversation keeps %+v, before it was %+v", after, before)
	}
}

// TestMatchHostile: damaged, old and hostile details still lead to an answer.
func TestMatchHostile(t *testing.T) {
	b := shippedBot(t)
	for _, detail := range []string{"", "go", "p9.z0", "p0.p1.p2.p0", "m999999", "m-5.go", strings.Repeat("p0.", 40), "…", "x", "p0.b0.s0.t0.c0.w0.n0.p1"} {
		a := b.Answer(t.Context(), Question{Choice: &Choice{Kind: KindMatch, Detail: detail}})
		if a.Kind != KindMatch || len(a.Blocks) == 0 || len(a.Choices)+len(a.FollowUps) == 0 {
			t.Errorf("%q: %s %q", detail, a.Kind, a.Text())
		}
	}
}
