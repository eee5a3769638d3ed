// Package linear is a linear text classifier: one L2-regularised squared-hinge
// support vector machine a class over word and character n-grams, trained in
// memory in well under a second for a few thousand examples and read in tens of
// microseconds.
//
// The central type is [Model]. Training is deterministic: the same examples in
// the same order give the same model on every machine of one architecture.
//
// The features are words, word pairs, pairs around one skipped word, the first and
// the last word, and the 2- to 4-grams of characters inside each word; weight (1 + ln tf) · idf; the word
// block and the character block are scaled to length one each, then the whole.
// The solver is dual coordinate descent with shrinking (Hsieh et al., "A Dual
// Coordinate Descent Method for Large-scale Linear SVM", ICML 2008).
//
// The project writes its own because routing is what it exists for, and no kept
// pure-Go linear text classifier was found.
package linear

import (
	"math"
	"sync"
)

// None is the class of an example that belongs to no class: a negative for all.
const None = -1

// An Example is a tokenized text with its class, or [None].
type Example struct {
	Tokens []string
	Class  int
}

// Settings of training. The zero value of a field means its default.
type Settings struct {
	C             float64 // inverse regularisation, 1
	PositiveScale float64 // weight of an example in its own class, 4
	MinDF         int     // features seen in fewer examples are dropped, 2 (1 below 2,000 examples)
	Gap           float64 // projected-gradient gap that ends training, 0.1
	Workers       int     // classes trained at once, GOMAXPROCS
}

// smallSet is the number of examples below which every feature is kept.
const smallSet = 2000

// A Model scores texts. It is immutable and safe for concurrent use.
type Model struct {
	classes int
	stride  int // classes rounded up, so that rows start aligned
	vec     *vectorizer
	weights []int8    // row-major: feature, then class
	scale   []float32 // of each feature row
	bias    []float32 // of each class
	none    [][]posting
	nones   int // examples of no class
	pool    sync.Pool
}

// posting is a feature's weight in an example of no class.
type posting struct {
	example int32
	weight  float32
}

// Features returns the number of features kept.
func (m *Model) Features() int { return len(m.scale) }

// A Result holds the scores of one text.
type Result struct {
	Scores []float32 // of each class: about +1 for sure, -1 for surely not
	Best   int       // class with the highest score, None without classes
	Second int       // the next one, None with fewer than two classes
	Words  int

	Known      float64 // share of the text's word n-grams that training has seen
	KnownWords float64 // share of its words, rare ones counting more
	None       float64 // likeness to the nearest example of no class, 0 to 1
}

// Margin is how far the best score lies above the second.
func (r *Result) Margin() float64 {
	if r.Second == None {
		return 0
	}
	return float64(r.Scores[r.Best] - r.Scores[r.Second])
}

// Top is the best score, -1 without classes.
func (r *Result) Top() float64 {
	if r.Best == None {
		return -1
	}
	return float64(r.Scores[r.Best])
}

// Classify scores the tokens against every class. dst is reused for the scores
// when it is large enough.
func (m *Model) Classify(tokens []string, dst []float32) Result {
	s, _ := m.pool.Get().(*scratch)
	if s == nil {
		s = &scratch{}
	}
	defer m.pool.Put(s)
	vec := m.vec.vector(s, tokens)
	known := m.vec.familiar(s.raws)
	if cap(dst) < m.stride {
		dst = make([]float32, m.stride)
	}
	dst = dst[:m.stride]
	copy(dst, m.bias)
	for _, f := range vec {
		w := f.weight * m.scale[f.row]
		row := m.weights[int(f.row)*m.stride:][:m.stride]
		for c, q := range row {
			dst[c] += w * float32(q)
		}
	}
	r := Result{Scores: dst[:m.classes], Best: None, Second: None, Words: len(tokens),
		Known: known.ngrams, KnownWords: known.words, None: m.nearestNone(s, vec)}
	for c, v := range r.Scores {
		switch {
		case r.Best == None || v > r.Scores[r.Best]:
			r.Best, r.Second = c, r.Best
		case r.Second == None || v > r.Scores[r.Second]:
			r.Second = c
		}
	}
	return r
}

// Familiar returns how much of a text training has seen, as [Result.Known] and
// [Result.KnownWords] do.
func (m *Model) Familiar(tokens []string) (ngrams, words float64) {
	f := m.vec.familiar(extract(nil, tokens))
	return f.ngrams, f.words
}

// nearestNone returns the highest cosine with an example of no class.
func (m *Model) nearestNone(s *scratch, vec []feature) float64 {
	if m.nones == 0 {
		return 0
	}
	if len(s.sums) < m.nones {
		s.sums = make([]float32, m.nones)
	}
	sums := s.sums[:m.nones]
	clear(sums)
	var best float32
	for _, f := range vec {
		for _, p := range m.none[f.row] {
			sums[p.example] += f.weight * p.weight
			best = max(best, sums[p.example])
		}
	}
	return float64(best)
}

// quantize rounds float weights to int8 with one scale a feature.
func (m *Model) quantize(solvers []*solver) {
	rows := len(m.scale)
	for f := range rows {
		var top float32
		for c := range m.classes {
			top = max(top, float32(math.Abs(float64(solvers[c].w[f]))))
		}
		if top == 0 {
			continue
		}
		m.scale[f] = top / 127
		for c := range m.classes {
			m.weights[f*m.stride+c] = int8(math.RoundToEven(float64(solvers[c].w[f] / m.scale[f])))
		}
	}
}

// A Vector is a text in the model's feature space, of length one or empty.
type Vector struct{ features []feature }

// Vector returns the tokens' vector. Names are part of the space only as far as
// training has seen them.
func (m *Model) Vector(tokens []string) Vector {
	var s scratch
	vec := m.vec.vector(&s, tokens)
	return Vector{append([]feature(nil), vec...)}
}

// Cosine returns the similarity of two texts, from 0 to 1.
func (v Vector) Cosine(o Vector) float64 {
	var sum float32
	a, b := v.features, o.features
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].row == b[0].row:
			sum += a[0].weight * b[0].weight
			a, b = a[1:], b[1:]
		case a[0].row < b[0].row:
			a = a[1:]
		default:
			b = b[1:]
		}
	}
	return float64(sum)
}
