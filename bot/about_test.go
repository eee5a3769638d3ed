package bot

import "testing"

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
