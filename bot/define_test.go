package bot

import (
	"strings"
	"testing"

	"careerbot/knowledge/corpus"
)

// TestDefineEveryTerm: every term of the glossary is defined in each of the ways
// people ask for a meaning.
func TestDefineEveryTerm(t *testing.T) {
	b := shippedBot(t)
	s := b.snapshot()
	defer s.release()
	for _, term := range s.Corpus.Terms {
		for _, form := range []string{"define %", "% meaning", "what does % mean", "what does % stand for"} {
			a := b.Answer(t.Context(), Question{Text: strings.ReplaceAll(form, "%", term.Term)})
			if a.Kind != KindDefine || a.Title != term.Term {
				t.Errorf("%q of %q: %s %q", form, term.Term, a.Kind, a.Title)
			}
		}
		// "What is an MLT" may be answered by the page of that name.
		a := b.Answer(t.Context(), Question{Text: "what is " + term.Term})
		if a.Kind != KindDefine && (a.Kind != KindAnswer || len(a.Passages) == 0) {
			t.Errorf("what is %q: %s %q", term.Term, a.Kind, a.Title)
		}
		a = b.Answer(t.Context(), Question{Choice: &Choice{Kind: KindDefine, Detail: term.Term}})
		checkMeanings(t, term, a)
	}
}

// checkMeanings wants every meaning with its field, and a way to the pages.
func checkMeanings(t *testing.T, term *corpus.Term, a Answer) {
	t.Helper()
	if a.Kind != KindDefine {
		t.Errorf("%q as a choice: %s", term.Term, a.Kind)
		return
	}
	pages := 0
	for _, s := range term.Senses {
		if !strings.Contains(a.Text(), s.Meaning) || !strings.Contains(a.Text(), s.Field) {
			t.Errorf("%q lacks %q or its field %q:\n%s", term.Term, s.Meaning, s.Field, a.Text())
		}
		if s.PageID != "" {
			pages++
		}
	}
	if len(a.FollowUps) < min(pages, maxFollowUps) {
		t.Errorf("%q has %d pages but %d buttons", term.Term, pages, len(a.FollowUps))
	}
}

func TestDefineSlipsAndUnknown(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct{ ask, kind, title string }{
		{"what does venapuncture mean", "define", "venipuncture"},
		{"define hemolisis", "define", "hemolysis"},
		{"what is CPT", "define", "CPT"},
		{"what does a cpt do in a phlebotomy lab", "answer", ""},
		{"assisted living meaning", "define", "assisted living"},
		{"what does hemoglobulin mean", "", ""},
		{"what does PTXB stand for", "decline", "I have no entry for that term"},
		{"i want to die whats the meaning", "decline", "Please get help now"},
	} {
		a := b.Answer(t.Context(), Question{Text: tc.ask})
		if tc.kind != "" && string(a.Kind) != tc.kind || tc.title != "" && a.Title != tc.title {
			t.Errorf("%q: %s %q", tc.ask, a.Kind, a.Title)
		}
		if a.Title == "I have no entry for that term" && len(a.FollowUps) == 0 {
			t.Errorf("%q: nothing near is offered", tc.ask)
		}
	}
	// One of several meanings can be picked in words.
	if a := talk(t, b, "what does CPT mean", "the phlebotomy one"); a.Kind != KindAnswer || !strings.Contains(a.Title, "CPT") {
		t.Errorf("a meaning picked in words: %s %q", a.Kind, a.Title)
	}
	a := b.Answer(t.Context(), Question{Choice: &Choice{Kind: KindDefine, Detail: "venipunctre"}})
	if a.Kind != KindDefine {
		t.Errorf("a slip typed into the form: %s", a.Kind)
	}
}
