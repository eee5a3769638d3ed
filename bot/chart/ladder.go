package chart

import (
	"math"

	"careerbot/bot"
)

// Measures of a ladder.
const (
	indent    = 24.0 // of a layer to the one above
	leastBox  = 190.0
	boxPad    = 9.0
	boxGap    = 9.0
	boxStripe = 5.0
	arrow     = 6.0
)

// A rung is a place as it is drawn: on its layer, which is the fewest steps it
// takes to get there, below the place it was first reached from.
type rung struct {
	label, step string // the place, and what the step to it takes
	layer       int
	parent      int  // index of the rung above, -1 at the start
	again       bool // the place stands elsewhere; this is one more way to it
}

// ladder draws places as boxes, each layer further to the right, with arrows from
// place to place.
func (s *sheet) ladder(p bot.Picture) {
	s.head(p.Title)
	rungs := climb(p)
	deepest := 0
	for _, r := range rungs {
		deepest = max(deepest, r.layer)
	}
	in := indent
	if deepest > 0 {
		in = min(in, (inner-leastBox)/float64(deepest))
	}
	mids := make([]float64, len(rungs))    // y of each box's middle
	bottoms := make([]float64, len(rungs)) // and of its lower edge
	for i, r := range rungs {
		x := margin + float64(r.layer)*in
		top := s.y
		s.rung(r, x)
		mids[i], bottoms[i] = (top+s.y)/2, s.y
		if r.parent >= 0 {
			s.joint(margin+float64(r.layer-1)*in+in/2, bottoms[r.parent], x, mids[i], r.again)
		}
		s.y += boxGap
	}
	s.y -= boxGap
	s.foot(p.Note)
}

// joint draws the arrow from below one box to the side of another.
func (s *sheet) joint(fromX, fromY, toX, toY float64, dashed bool) {
	s.add(func(p *pen) {
		p.lines(2, dashed, s.theme.muted, fromX, fromY, fromX, toY, toX-arrow, toY)
		p.shape(s.theme.muted, toX, toY, toX-arrow-1, toY-arrow*0.75, toX-arrow-1, toY+arrow*0.75)
	})
}

// rung draws one box and moves below it.
func (s *sheet) rung(r rung, x float64) {
	width := sheetWidth - margin - x
	textX, textWidth := x+boxStripe+boxPad, width-boxStripe-2*boxPad
	top, at := s.y, len(s.ops)
	s.ops = append(s.ops, nil) // the box, below its text; its height is known only after it
	clr := s.theme.layers[r.layer%len(s.theme.layers)]
	s.y += boxPad - 2
	if r.again {
		s.text(regular, "also to "+r.label, valueSize, s.theme.ink, textX, textWidth, 2)
	} else {
		s.text(bold, r.label, labelSize, s.theme.ink, textX, textWidth, 2)
	}
	s.text(regular, r.step, 13, s.theme.muted, textX, textWidth, 2)
	s.y += boxPad - 2
	height := s.y - top
	s.ops[at] = func(p *pen) {
		if r.again {
			p.frame(x+0.75, top+0.75, width-1.5, height-1.5, 6, 1.5, true, s.theme.muted)
			return
		}
		p.box(x, top, width, height, 6, s.theme.tint)
		p.box(x, top, boxStripe, height, 2, clr)
	}
}

// climb orders the places for drawing: from each place without a step to it down
// along the steps, so that every step stands right below where it starts.
func climb(p bot.Picture) []rung {
	index := map[string]int{}
	for i, r := range p.Rows {
		if _, twice := index[r.ID]; !twice {
			index[r.ID] = i
		}
	}
	out := make([][]int, len(p.Rows)) // steps from each place
	entered := make([]bool, len(p.Rows))
	for i, st := range p.Steps {
		from, ok := index[st.From]
		to, ok2 := index[st.To]
		if ok && ok2 && from != to {
			out[from] = append(out[from], i)
			entered[to] = true
		}
	}
	layer, via := layers(p, index, out, entered)

	var rungs []rung
	var visit func(place, step, parent int)
	visit = func(place, step, parent int) {
		r := rung{label: p.Rows[place].Label, layer: layer[place], parent: parent}
		if step >= 0 {
			r.step = p.Steps[step].Label
		}
		rungs = append(rungs, r)
		self := len(rungs) - 1
		for _, i := range out[place] {
			to := index[p.Steps[i].To]
			if via[to] == i {
				visit(to, i, self)
				continue
			}
			rungs = append(rungs, rung{label: p.Rows[to].Label, step: p.Steps[i].Label, layer: layer[place] + 1, parent: self, again: true})
		}
	}
	for place := range p.Rows {
		if via[place] < 0 {
			visit(place, -1, -1)
		}
	}
	return rungs
}

// layers returns how many steps each place is from a start, and the step by which
// it is first reached, -1 at a start. Starts are the places no step leads to, and
// where steps run in a circle its first place.
func layers(p bot.Picture, index map[string]int, out [][]int, entered []bool) (layer, via []int) {
	layer, via = make([]int, len(p.Rows)), make([]int, len(p.Rows))
	for i := range layer {
		layer[i] = math.MaxInt
	}
	var queue []int
	begin := func(place int) {
		layer[place], via[place] = 0, -1
		queue = append(queue, place)
	}
	spreadOut := func() {
		for ; len(queue) > 0; queue = queue[1:] {
			for _, i := range out[queue[0]] {
				if to := index[p.Steps[i].To]; layer[to] == math.MaxInt {
					layer[to], via[to] = layer[queue[0]]+1, i
					queue = append(queue, to)
				}
			}
		}
	}
	for place := range p.Rows {
		if !entered[place] {
			begin(place)
		}
	}
	spreadOut()
	for place := range p.Rows {
		if layer[place] == math.MaxInt {
			begin(place)
			spreadOut()
		}
	}
	return layer, via
}
