package eval

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// datasets returns the folder of public datasets, or skips loudly.
func datasets(t testing.TB) string {
	t.Helper()
	shared := os.Getenv("CAREERBOT_SHARED")
	if shared == "" {
		t.Skip("SKIPPED: CAREERBOT_SHARED is not set, so the public datasets are not there")
	}
	return filepath.Join(shared, "datasets")
}

func TestCLINC150(t *testing.T) {
	d, err := LoadCLINC150(datasets(t))
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Bot()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f := Measure(t.Context(), b, d.Test)
	t.Logf("%s: accuracy %.4f, answered %.4f, held back %.4f, AUROC %.4f", d.Name, f.Accuracy, f.Answered, f.HeldBack, f.AUROC)
	rng := rand.New(rand.NewPCG(1, 2))
	slipped := make([]Labelled, len(d.Test))
	for i, q := range d.Test {
		slipped[i] = Labelled{Slip(rng, q.Text), q.Page}
	}
	s := Measure(t.Context(), b, slipped)
	t.Logf("with a slip: accuracy %.4f", s.Accuracy)
	for _, c := range []struct {
		name       string
		got, floor float64
	}{
		{"accuracy", f.Accuracy, 0.93}, {"answered", f.Answered, 0.88}, {"held back", f.HeldBack, 0.88}, {"AUROC", f.AUROC, 0.96}, {"accuracy with a slip", s.Accuracy, 0.918},
	} {
		if c.got < c.floor {
			t.Errorf("%s: got %.4f, floor %.4f", c.name, c.got, c.floor)
		}
	}
}

func TestBANKING77(t *testing.T) {
	d, err := LoadBANKING77(datasets(t))
	if err != nil {
		t.Fatal(err)
	}
	b, err := d.Bot()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	f := Measure(t.Context(), b, d.Test)
	t.Logf("%s: accuracy %.4f, answered %.4f", d.Name, f.Accuracy, f.Answered)
	if f.Accuracy < 0.913 {
		t.Errorf("accuracy: got %.4f", f.Accuracy)
	}
}
