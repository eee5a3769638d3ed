package linear

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// Train learns a model of the given number of classes. Examples whose class is
// [None] are negatives of every class.
func Train(examples []Example, classes int, s Settings) *Model {
	s = s.withDefaults(len(examples))
	docs := make([][]string, len(examples))
	for i, e := range examples {
		docs[i] = e.Tokens
	}
	m := &Model{classes: classes, stride: (classes + 7) &^ 7, vec: newVectorizer(docs, s.MinDF)}
	rows := len(m.vec.idf)
	m.weights = make([]int8, rows*m.stride)
	m.scale = make([]float32, rows)
	m.bias = make([]float32, m.stride)

	p := newProblem(m.vec, examples)
	m.none = make([][]posting, rows)
	for i, c := range p.class {
		if c != None {
			continue
		}
		for _, f := range p.features[p.start[i]:p.start[i+1]] {
			m.none[f.row] = append(m.none[f.row], posting{int32(m.nones), f.weight})
		}
		m.nones++
	}
	weights := make([][]float32, classes)
	next := make(chan int, classes)
	for c := range classes {
		next <- c
	}
	close(next)
	var wg sync.WaitGroup
	for range min(s.Workers, max(classes, 1)) {
		wg.Go(func() {
			t := newTrainer(p, s)
			for c := range next {
				w := t.solve(c)
				weights[c] = append([]float32(nil), w[:rows]...)
				m.bias[c] = w[rows]
			}
		})
	}
	wg.Wait()
	m.quantize(weights)
	return m
}

func (s Settings) withDefaults(examples int) Settings {
	if s.C == 0 {
		s.C = 1
	}
	if s.PositiveScale == 0 {
		s.PositiveScale = 4
	}
	if s.MinDF == 0 {
		s.MinDF = 2
		if examples < smallSet {
			s.MinDF = 1
		}
	}
	if s.Passes == 0 {
		s.Passes = 100
	}
	if s.Gap == 0 {
		s.Gap = 0.2
	}
	if s.Workers == 0 {
		s.Workers = runtime.GOMAXPROCS(0)
	}
	return s
}

// problem is the training set as sparse rows, shared by all classes.
type problem struct {
	features []feature
	start    []int32   // of each example in features; one more at the end
	square   []float64 // squared length with the bias feature
	class    []int32
	rows     int
}

func newProblem(v *vectorizer, examples []Example) *problem {
	p := &problem{rows: len(v.idf), start: make([]int32, 1, len(examples)+1)}
	var s scratch
	for _, e := range examples {
		vec := v.vector(&s, e.Tokens)
		p.features = append(p.features, vec...)
		p.start = append(p.start, int32(len(p.features)))
		sum := 1.0 // the bias feature
		for _, f := range vec {
			sum += float64(f.weight) * float64(f.weight)
		}
		p.square = append(p.square, sum)
		p.class = append(p.class, int32(e.Class))
	}
	return p
}

// trainer solves one class at a time, reusing its buffers.
type trainer struct {
	p     *problem
	s     Settings
	w     []float32 // weights; the last is the bias
	alpha []float64
	order []int32
	wake  []int32 // pass from which an example is looked at again
	naps  []uint8 // how often in a row an example was found asleep
}

func newTrainer(p *problem, s Settings) *trainer {
	n := len(p.class)
	return &trainer{
		p: p, s: s, w: make([]float32, p.rows+1), alpha: make([]float64, n),
		order: make([]int32, 0, n), wake: make([]int32, n), naps: make([]uint8, n),
	}
}

// Examples that are surely on the right side (gradient above sleepAbove) sleep for
// twice as many passes each time, at most 1<<maxNap. This takes the place of the
// paper's shrinking: most negatives of a class are looked at a handful of times.
const (
	sleepAbove = 0.1
	maxNap     = 6
)

// solve returns the weights of one class against the rest, valid until the next
// call. Names follow the paper: g is the gradient of the dual in one coordinate,
// pg the projected gradient, d the diagonal 1/(2C) of the squared hinge loss.
func (t *trainer) solve(class int) []float32 {
	clear(t.w)
	clear(t.alpha)
	clear(t.wake)
	clear(t.naps)
	rng := rand.New(rand.NewPCG(uint64(class), 0x5eed))
	for pass := range t.s.Passes {
		t.order = t.order[:0]
		for i, w := range t.wake {
			if int(w) <= pass {
				t.order = append(t.order, int32(i))
			}
		}
		rng.Shuffle(len(t.order), func(i, j int) { t.order[i], t.order[j] = t.order[j], t.order[i] })
		if t.pass(int32(class), int32(pass)) > t.s.Gap {
			continue
		}
		if len(t.order) == len(t.wake) {
			break
		}
		clear(t.wake) // converged on those awake: look at all once more
	}
	return t.w
}

// pass visits the examples of the order once and returns the gap between the
// largest and the smallest projected gradient.
func (t *trainer) pass(class, pass int32) float64 {
	p, bias := t.p, len(t.w)-1
	maxPG, minPG := math.Inf(-1), math.Inf(1)
	for _, i := range t.order {
		y, c := float32(-1), t.s.C
		if p.class[i] == class {
			y, c = 1, t.s.C*t.s.PositiveScale
		}
		d := 0.5 / c
		row := p.features[p.start[i]:p.start[i+1]]
		dot := t.w[bias]
		for _, f := range row {
			dot += t.w[f.row] * f.weight
		}
		g := float64(y*dot) - 1 + t.alpha[i]*d
		pg := g
		if t.alpha[i] == 0 {
			if g > sleepAbove {
				t.naps[i] = min(t.naps[i]+1, maxNap)
				t.wake[i] = pass + 1 + int32(1)<<t.naps[i]
			}
			pg = min(g, 0)
		}
		maxPG, minPG = max(maxPG, pg), min(minPG, pg)
		if math.Abs(pg) < 1e-12 {
			continue
		}
		old := t.alpha[i]
		t.alpha[i] = max(old-g/(p.square[i]+d), 0)
		step := float32(t.alpha[i]-old) * y
		for _, f := range row {
			t.w[f.row] += step * f.weight
		}
		t.w[bias] += step
		t.naps[i] = 0
	}
	return maxPG - minPG
}
