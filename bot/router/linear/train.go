package linear

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
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
	solveAll(p, m, s)
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
	square   []float32 // squared length with the bias feature
	class    []int32
	rows     int
}

func newProblem(v *vectorizer, examples []Example) *problem {
	p := &problem{rows: len(v.idf), start: make([]int32, 1, len(examples)+1)}
	var s scratch
	// In no order of classes, so that the share of the others that a first round
	// sees is a fair one; the same every time keeps training deterministic.
	for _, i := range rand.New(rand.NewPCG(0, 0x5eed)).Perm(len(examples)) {
		e := examples[i]
		vec := v.vector(&s, e.Tokens)
		p.features = append(p.features, vec...)
		p.start = append(p.start, int32(len(p.features)))
		sum := 1.0 // the bias feature
		for _, f := range vec {
			sum += float64(f.weight) * float64(f.weight)
		}
		p.square = append(p.square, float32(sum))
		p.class = append(p.class, int32(e.Class))
	}
	return p
}

// solver solves one class against the rest.
type solver struct {
	p     *problem
	s     Settings
	class int32
	w     []float32 // weights; the last is the bias
	alpha []float32
	rng   *rand.Rand
	pos   float32 // cost of an example of the class
	awake []int32 // the examples that passes visit
}

// The passes go in rounds: some over the awake examples, then one look at all.
const (
	// firstShare is how many of the other classes' examples the first round sees:
	// one in so many.
	firstShare = 8
	// roundPasses is how many passes a round takes at most.
	roundPasses = 4
	// rounds is how many rounds there are.
	rounds = 4
	// missAt is the gradient below which a review wakes an example.
	missAt = -0.1
	// balance is how far a class of few examples is made up for: 0 not at all, 1
	// until all classes weigh the same.
	balance = 0.5
)

// solveAll solves every class and fills the model.
//
// A round alternates between passes over the few examples of a class that matter,
// one class after the other, and a review of all examples, one example after the
// other for all classes at once: most of the time of training goes into finding
// that nearly every example of another class is on its right side.
func solveAll(p *problem, m *Model, s Settings) {
	n := len(p.class)
	solvers := make([]*solver, m.classes)
	size := make([]int, m.classes)
	for _, c := range p.class {
		if c >= 0 {
			size[c]++
		}
	}
	for c := range solvers {
		v := &solver{rng: rand.New(rand.NewPCG(uint64(c), 0x5eed)), p: p, s: s, class: int32(c), w: make([]float32, p.rows+1), alpha: make([]float32, n)}
		v.w[p.rows] = -1 // nothing belongs to a class until it is shown
		for i, of := range p.class {
			if of == v.class || (i+c)%firstShare == 0 {
				v.awake = append(v.awake, int32(i))
			}
		}
		v.pos = float32(s.C * s.PositiveScale * math.Pow(float64(n)/float64(m.classes)/float64(max(size[c], 1)), balance))
		solvers[c] = v
	}
	for round := range rounds {
		parallel(s.Workers, m.classes, func(c int) {
			solvers[c].round()
		})
		if round+1 < rounds {
			review(p, m, solvers, s)
		}
	}
	for c, v := range solvers {
		m.bias[c] = v.w[p.rows]
	}
	m.quantize(solvers)
}

// parallel calls do with every number below n.
func parallel(workers, n int, do func(int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// round passes over the awake examples until they are solved or the round ends.
func (v *solver) round() {
	for range roundPasses {
		v.rng.Shuffle(len(v.awake), func(i, j int) { v.awake[i], v.awake[j] = v.awake[j], v.awake[i] })
		if v.pass() <= v.s.Gap {
			return
		}
	}
}

// pass visits the awake examples once and returns the gap between the largest and
// the smallest projected gradient. Names follow the paper: g is the gradient of
// the dual in one coordinate, pg the projected gradient, d the diagonal 1/(2C) of
// the squared hinge loss.
func (v *solver) pass() float64 {
	p, w := v.p, v.w
	bias := len(w) - 1
	var maxPG, minPG float32
	for _, i := range v.awake {
		y, c := float32(-1), float32(v.s.C)
		if p.class[i] == v.class {
			y, c = 1, v.pos
		}
		d := 0.5 / c
		row := p.features[p.start[i]:p.start[i+1]]
		dot := w[bias]
		for _, f := range row {
			dot += w[f.row] * f.weight
		}
		old := v.alpha[i]
		g := y*dot - 1 + old*d
		pg := g
		if old == 0 {
			pg = min(g, 0)
		}
		maxPG, minPG = max(maxPG, pg), min(minPG, pg)
		if pg < 1e-6 && pg > -1e-6 {
			continue
		}
		v.alpha[i] = max(old-g/(p.square[i]+d), 0)
		step := (v.alpha[i] - old) * y
		for _, f := range row {
			w[f.row] += step * f.weight
		}
		w[bias] += step
	}
	return float64(maxPG - minPG)
}

// review finds for every class the examples that are not on their right side, or
// matter for where that is.
func review(p *problem, m *Model, solvers []*solver, s Settings) {
	// One row of all classes' weights a feature.
	stride := m.stride
	weights := make([]float32, (p.rows+1)*stride)
	parallel(s.Workers, (p.rows+reviewRows)/reviewRows, func(block int) {
		for row := block * reviewRows; row < min((block+1)*reviewRows, p.rows+1); row++ {
			for c, v := range solvers {
				weights[row*stride+c] = v.w[row]
			}
		}
	})
	n := len(p.class)
	blocks := (n + reviewRows - 1) / reviewRows
	found := make([][][]int32, blocks)
	parallel(s.Workers, blocks, func(block int) {
		found[block] = make([][]int32, len(solvers))
		scores := make([]float32, stride)
		for i := block * reviewRows; i < min((block+1)*reviewRows, n); i++ {
			copy(scores, weights[p.rows*stride:])
			for _, f := range p.features[p.start[i]:p.start[i+1]] {
				row := weights[int(f.row)*stride:][:len(scores)]
				for c, w := range row {
					scores[c] += w * f.weight
				}
			}
			for c, v := range solvers {
				g := -scores[c] - 1
				if p.class[i] == v.class {
					g = scores[c] - 1
				}
				if v.alpha[i] > 0 || g < missAt {
					found[block][c] = append(found[block][c], int32(i))
				}
			}
		}
	})
	for c, v := range solvers {
		v.awake = v.awake[:0]
		for _, f := range found {
			v.awake = append(v.awake, f[c]...)
		}
	}
}

// reviewRows is how many rows or examples a worker takes at once.
const reviewRows = 1024
