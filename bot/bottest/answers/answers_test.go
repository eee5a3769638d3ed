package answers

import (
	"testing"

	"careerbot/bot"
)

// TestAllKinds fails when a kind of reply has no example, so that renderers that
// walk [All] have seen every kind.
func TestAllKinds(t *testing.T) {
	seen := map[bot.Kind]bool{}
	for _, a := range All() {
		seen[a.Kind] = true
	}
	for _, k := range []bot.Kind{bot.KindAnswer, bot.KindCompare, bot.KindPath, bot.KindMatch, bot.KindDefine, bot.KindClarify, bot.KindDecline, bot.KindMeta} {
		if !seen[k] {
			t.Errorf("no example of kind %q", k)
		}
	}
}

// TestChoicesLeadOn checks that the asker answers every choice it offers.
func TestChoicesLeadOn(t *testing.T) {
	var f Asker
	for name, a := range All() {
		for _, c := range append(append(a.FollowUps, a.Choices...), a.Change...) {
			got := f.Answer(t.Context(), bot.Question{Choice: &c.Choice})
			if got.Kind == bot.KindDecline || got.Title == "" {
				t.Errorf("%s: choice %q is answered with kind %q, title %q", name, c.Label, got.Kind, got.Title)
			}
		}
	}
}
