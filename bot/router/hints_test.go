package router

import (
	"slices"
	"strings"
	"testing"

	"careerbot/knowledge"
	"careerbot/knowledge/corpus"
)

// TestHints: the words of the trade tell a role that nobody named, and words of
// every trade tell none.
func TestHints(t *testing.T) {
	c, _ := corpus.Load(knowledge.FS)
	h := newHints(c)
	for text, want := range map[string]string{
		"do i need to be certified to draw blood":               "phlebotomist",
		"what computer systems do techs in pharmacies use":      "pharmacy-technician",
		"how hard is it to hold the animals down at the clinic": "veterinary-technician",
		"how do i ask for more money":                           "",
		"":                                                      "",
	} {
		p, lead := h.role(tokenize(text))
		got := ""
		if p != nil && lead >= hintLead {
			got = p.Slug
		}
		if got != want {
			t.Errorf("%q: got %q (lead %.1f), want %q", text, got, lead, want)
		}
	}
}

func TestClauses(t *testing.T) {
	for text, want := range map[string][]string{
		"what does an mlt do":                           nil,
		"been cutting again since i got rejected":       {"been cutting again", "i got rejected"},
		"nobody needs me. anyway, what does a cna make": {"nobody needs me", "", "", "what does a cna make"},
		"Because it hurts":                              {"", "it hurts"},
	} {
		got := clauses(text)
		for i := range got {
			got[i] = strings.TrimSpace(got[i])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
