package linear

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

// set makes examples of three classes that share some words, and a few of none.
func set(n int) []Example {
	rng := rand.New(rand.NewPCG(1, 1))
	vocab := [][]string{
		{"pay", "wage", "salary", "earn", "money", "hourly"},
		{"school", "degree", "course", "study", "credits", "tuition"},
		{"night", "shift", "weekend", "hours", "schedule", "rotating"},
	}
	common := []string{"what", "is", "the", "for", "a", "_role", "in", "how", "about"}
	var out []Example
	for i := range n {
		class := i % 4
		var toks []string
		for range 5 {
			toks = append(toks, common[rng.IntN(len(common))])
		}
		if class < 3 {
			toks = append(toks, vocab[class][rng.IntN(6)], vocab[class][rng.IntN(6)])
			out = append(out, Example{toks, class})
			continue
		}
		out = append(out, Example{append(toks, "weather", "recipe"), None})
	}
	return out
}

func TestTrainAndClassify(t *testing.T) {
	m := Train(set(400), 3, Settings{})
	for _, tc := range []struct {
		text string
		want int
	}{
		{"what salary does a _role earn", 0},
		{"tuition for the course", 1},
		{"rotating weekend shift", 2},
		{"wages", 0},         // characters carry over to forms not seen
		{"studying hard", 1}, // likewise
	} {
		r := m.Classify(strings.Fields(tc.text), nil)
		if r.Best != tc.want {
			t.Errorf("%q: got class %d %v, want %d", tc.text, r.Best, r.Scores, tc.want)
		}
		if r.Margin() < 0 || r.Top() < float64(r.Scores[r.Second]) {
			t.Errorf("%q: margin %v, top %v", tc.text, r.Margin(), r.Top())
		}
	}
}

func TestEvidence(t *testing.T) {
	m := Train(set(400), 3, Settings{})
	seen := m.Classify([]string{"what", "salary"}, nil)
	odd := m.Classify([]string{"quantum", "zebra"}, nil)
	none := m.Classify([]string{"what", "weather", "recipe"}, nil)
	if seen.KnownWords != 1 || odd.Known != 0 || odd.KnownWords != 0 {
		t.Errorf("known: got %v, %v", seen, odd)
	}
	if none.None < 0.6 || seen.None > none.None {
		t.Errorf("likeness to no class: got %v for one of none, %v for one of a class", none.None, seen.None)
	}
	if none.Top() > 0 {
		t.Errorf("an example of no class scores %v", none.Top())
	}
	for _, r := range []Result{seen, odd, none, m.Classify(nil, nil)} {
		for _, v := range []float64{r.Known, r.KnownWords, r.None, r.Top(), r.Margin()} {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("not a number in %+v", r)
			}
		}
	}
}

// TestDeterministic: however many workers train, the model is the same.
func TestDeterministic(t *testing.T) {
	examples := set(300)
	toks := strings.Fields("what is the salary for a weekend course")
	want := fmt.Sprint(Train(examples, 3, Settings{Workers: 1}).Classify(toks, nil))
	for workers := 1; workers <= 4; workers++ {
		if got := fmt.Sprint(Train(examples, 3, Settings{Workers: workers}).Classify(toks, nil)); got != want {
			t.Errorf("%d workers: got %s, want %s", workers, got, want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	m := Train(set(200), 3, Settings{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var buf []float32
			for range 200 {
				r := m.Classify([]string{"hourly", "pay"}, buf)
				if buf = r.Scores; r.Best != 0 {
					t.Errorf("got class %d", r.Best)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestSmallestSets(t *testing.T) {
	for _, examples := range [][]Example{nil, {{[]string{"a"}, 0}}, {{[]string{"a"}, None}}, {{nil, 0}}} {
		m := Train(examples, 1, Settings{})
		if r := m.Classify([]string{"a", "b"}, nil); r.Best != 0 || r.Second != None || r.Margin() != 0 {
			t.Errorf("%v: got %+v", examples, r)
		}
	}
	if r := Train(nil, 0, Settings{}).Classify([]string{"a"}, nil); r.Best != None || r.Top() != -1 {
		t.Errorf("no classes: got %+v", r)
	}
}

func TestVectorCosine(t *testing.T) {
	m := Train(set(400), 3, Settings{})
	a, b, c := m.Vector([]string{"night", "shift"}), m.Vector([]string{"night", "shifts"}), m.Vector([]string{"tuition"})
	if got := a.Cosine(a); math.Abs(got-1) > 1e-5 {
		t.Errorf("likeness to itself: got %v", got)
	}
	if a.Cosine(b) <= a.Cosine(c) || a.Cosine(c) < 0 {
		t.Errorf("got %v for alike, %v for unlike", a.Cosine(b), a.Cosine(c))
	}
	if got := a.Cosine(Vector{}); got != 0 {
		t.Errorf("likeness to nothing: got %v", got)
	}
}

func FuzzClassify(f *testing.F) {
	m := Train(set(100), 3, Settings{})
	f.Add("what is the pay")
	f.Add("\x00\xff é 日本")
	f.Fuzz(func(t *testing.T, s string) {
		r := m.Classify(strings.Fields(s), nil)
		if math.IsNaN(r.Top()) || r.Known < 0 || r.Known > 1 || r.None < 0 || r.None > 1.001 {
			t.Errorf("%q: %+v", s, r)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	m := Train(set(2000), 3, Settings{})
	toks := strings.Fields("how much money does a _role earn on a night shift")
	var buf []float32
	for b.Loop() {
		buf = m.Classify(toks, buf).Scores
	}
}
