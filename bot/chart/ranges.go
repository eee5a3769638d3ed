package chart

import (
	"cmp"
	"math"
	"slices"

	"careerbot/bot"
)

const (
	track     = 24.0 // height of the band behind a range
	rangeBar  = 12.0 // height of a range
	rangeMark = 9.0  // half the height of the median's diamond
	nameLines = 2
)

// ranges draws rows as ranges on one axis, from the lowest to the highest value,
// with the middle marked.
func (s *sheet) ranges(p bot.Picture) {
	s.head(p.Title)
	values := known(p.Rows)
	if len(values) == 0 {
		s.unknown(p.Rows)
		s.foot(p.Note)
		return
	}
	s.key()
	sc, ticks := axis(slices.Min(values), slices.Max(values), margin+rangeMark, sheetWidth-margin-rangeMark)
	for _, r := range p.Rows {
		s.text(bold, r.Label, labelSize, s.theme.ink, margin, inner, nameLines)
		s.y += 3
		s.span(r, sc, ticks)
		s.tags(r, sc, p.Unit)
		s.y += 9
	}
	s.ticks(sc, ticks, p.Unit)
	s.foot(p.Note)
}

// key says what the ends and the mark of a range are.
func (s *sheet) key() {
	const ends, middle = "lowest to highest tenth", "median"
	const words = margin + 32
	y := s.y + smallSize*0.64
	s.add(func(p *pen) { p.box(margin, y-4, 26, 8, 3, s.theme.fill) })
	s.line(regular, ends, smallSize, s.theme.muted, words)
	at := words + regular.width(ends, smallSize) + 24
	s.add(func(p *pen) { p.diamond(at, y, rangeMark-2, s.theme.mark) })
	s.line(regular, middle, smallSize, s.theme.muted, at+12)
	s.y += smallSize*leading + 9
}

// ticks writes the values of the axis.
func (s *sheet) ticks(sc scale, ticks []float64, unit string) {
	const gap = 4
	var tags []tag
	room := float64(inner + gap)
	for _, t := range ticks {
		text := tick(t, unit)
		w := regular.width(text, smallSize)
		if room -= w + gap; room < 0 {
			break // only of values beyond any pay
		}
		tags = append(tags, tag{text, sc.x(t), w})
	}
	spread(tags, gap, margin, sheetWidth-margin)
	for _, t := range tags {
		s.line(regular, t.text, smallSize, s.theme.muted, t.x-t.width/2)
	}
	s.y += smallSize * leading
	s.text(regular, unit, smallSize, s.theme.muted, margin, inner, 1)
}

// span draws one range: a bar between the ends, a diamond at the middle, on a
// band that shows the ticks.
func (s *sheet) span(r bot.PictureRow, sc scale, ticks []float64) {
	top := s.y
	y := top + track/2
	s.add(func(p *pen) {
		p.box(margin, top, inner, track, 4, s.theme.tint)
		for _, t := range ticks {
			p.lines(1.2, false, s.theme.grid, sc.x(t), top, sc.x(t), top+track)
		}
		left, right := sc.x(r.Low), sc.x(r.High)
		switch {
		case !math.IsNaN(left) && !math.IsNaN(right):
			p.box(left, y-rangeBar/2, max(right-left, 3), rangeBar, 4, s.theme.fill)
		case !math.IsNaN(left): // one end alone
			p.box(left-2, y-rangeBar/2, 4, rangeBar, 1, s.theme.fill)
		case !math.IsNaN(right):
			p.box(right-2, y-rangeBar/2, 4, rangeBar, 1, s.theme.fill)
		}
		if !math.IsNaN(r.Mid) {
			clr := s.theme.mark
			if r.Reference {
				clr = s.theme.other
			}
			p.diamond(sc.x(r.Mid), y, rangeMark+1, s.theme.tint)
			p.diamond(sc.x(r.Mid), y, rangeMark-1, clr)
		}
	})
	s.y += track + 3
}

// tags writes the values under a range.
func (s *sheet) tags(r bot.PictureRow, sc scale, unit string) {
	if math.IsNaN(r.Low) && math.IsNaN(r.Mid) && math.IsNaN(r.High) {
		s.text(regular, "not known", valueSize, s.theme.muted, margin, inner, 1)
		return
	}
	var tags []tag
	var weights []face
	for i, v := range []float64{r.Low, r.Mid, r.High} {
		if math.IsNaN(v) {
			continue
		}
		f := regular
		if i == 1 {
			f = bold
		}
		text := figure(v, unit)
		tags, weights = append(tags, tag{text, sc.x(v), f.width(text, valueSize)}), append(weights, f)
	}
	spread(tags, 9, margin, sheetWidth-margin)
	for i, t := range tags {
		s.line(weights[i], t.text, valueSize, s.theme.ink, t.x-t.width/2)
	}
	s.y += valueSize * leading
}

// unknown lists rows without any value.
func (s *sheet) unknown(rows []bot.PictureRow) {
	for _, r := range rows {
		s.text(bold, r.Label, labelSize, s.theme.ink, margin, inner, nameLines)
		s.text(regular, "not known", valueSize, s.theme.muted, margin, inner, 1)
		s.y += 8
	}
}

// bars draws each row's middle value as a bar from zero.
func (s *sheet) bars(p bot.Picture) {
	s.head(p.Title)
	var values []float64
	widest := 0.0
	for _, r := range p.Rows {
		if !math.IsNaN(r.Mid) {
			values = append(values, r.Mid)
			widest = max(widest, bold.width(figure(r.Mid, p.Unit), valueSize))
		}
	}
	if len(values) == 0 {
		s.unknown(p.Rows)
		s.foot(p.Note)
		return
	}
	sc := scale{min(slices.Min(values), 0), max(slices.Max(values), 0), margin, sheetWidth - margin - widest - 8}
	if sc.min < 0 {
		sc.left += widest + 8 // room for the values left of their bars
	}
	if sc.min == sc.max {
		sc.max = 1
	}
	for _, r := range p.Rows {
		s.text(bold, r.Label, labelSize, s.theme.ink, margin, inner, nameLines)
		s.y += 4
		s.bar(r, sc, p.Unit)
		s.y += 10
	}
	s.text(regular, cmp.Or(p.Unit, "change"), smallSize, s.theme.muted, margin, inner, 1)
	s.foot(p.Note)
}

// bar draws one bar from a short line at zero, with its value at its end.
func (s *sheet) bar(r bot.PictureRow, sc scale, unit string) {
	const height, over = 18.0, 3.0
	y, zero := s.y, sc.x(0)
	defer func() { s.y += height }()
	if math.IsNaN(r.Mid) {
		const words = "not known"
		s.line(regular, words, valueSize, s.theme.muted, min(zero+6, sheetWidth-margin-regular.width(words, valueSize)))
		return
	}
	text, end := figure(r.Mid, unit), sc.x(r.Mid)
	clr, at := s.theme.fill, max(end, zero+2)+6
	if r.Mid < 0 {
		clr, at = s.theme.mark, min(end, zero-2)-6-bold.width(text, valueSize)
	}
	if r.Reference {
		clr = s.theme.other
	}
	s.add(func(p *pen) {
		left, right := min(zero, end), max(zero, end)
		p.box(left, y, max(right-left, 2), height, 2, clr)
		p.lines(1.5, false, s.theme.muted, zero, y-over, zero, y+height+over)
		p.text(bold, text, valueSize, at, y+height/2+valueSize*0.35, s.theme.ink)
	})
}
