package bot

import (
	"slices"
	"testing"
)

func TestAbout(t *testing.T) {
	b := newBot(t, Options{})
	a := b.About()
	if a.Knowledge != b.Knowledge() || a.Jobs != 2 || a.Credentials != 1 || a.Figures == 0 || a.NewestData == "" {
		t.Errorf("got %+v", a)
	}
	if len(a.Changed) == 0 {
		t.Fatal("nothing has changed")
	}
	for _, c := range a.Changed {
		if got := b.Answer(t.Context(), Question{Choice: &c.Open.Choice}); got.Kind != KindAnswer || c.Reviewed == "" {
			t.Errorf("%+v leads to %q (%s)", c, got.Kind, got.Reason)
		}
	}
}

func TestPlaceAboutARole(t *testing.T) {
	b := newBot(t, Options{})
	role := b.snap.Load().Corpus.Roles()[0].Slug
	if got := b.Answer(t.Context(), Question{Text: "what does it pay", Role: role}); !slices.Contains(got.Roles, role) {
		t.Errorf("understood %v, want %s", got.Roles, role)
	}
	if got := b.Answer(t.Context(), Question{Text: "what does it pay", Role: "no-such-role"}); got.Kind != KindClarify {
		t.Errorf("an unknown role is taken for %v", got.Roles)
	}
	other := b.snap.Load().Corpus.Roles()[1]
	if got := b.Answer(t.Context(), Question{Text: "what does a " + other.Title + " earn", Role: role}); !slices.Contains(got.Roles, other.Slug) {
		t.Errorf("a question that names %s is about %v", other.Slug, got.Roles)
	}
}
