package chart

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"careerbot/bot"
)

// A scale maps values to the sheet's x.
type scale struct {
	min, max    float64 // values at the ends
	left, right float64 // x of the ends
}

func (s scale) x(v float64) float64 {
	if s.max == s.min {
		return (s.left + s.right) / 2
	}
	return s.left + (v-s.min)/(s.max-s.min)*(s.right-s.left)
}

// round steps of an axis, by power of ten.
var steps = []float64{1, 2, 2.5, 5, 10}

// axis returns a scale that starts and ends at round values around those given,
// and the round values, at most six.
func axis(low, high, left, right float64) (scale, []float64) {
	if pad := max(1, math.Abs(high)/20); high-low < pad {
		low, high = low-pad, high+pad // values that are all but one
	}
	power := math.Pow(10, math.Floor(math.Log10((high-low)/5)))
	for _, f := range steps {
		step := f * power
		first, last := math.Floor(low/step), math.Ceil(high/step)
		if last-first > 5 {
			continue
		}
		var ticks []float64
		for i := first; i <= last; i++ {
			ticks = append(ticks, i*step)
		}
		return scale{first * step, last * step, left, right}, ticks
	}
	return scale{low, high, left, right}, nil // unreachable: ten times the power gives at most five steps
}

// known returns the values of all rows that are known.
func known(rows []bot.PictureRow) []float64 {
	var out []float64
	for _, r := range rows {
		for _, v := range []float64{r.Low, r.Mid, r.High} {
			if !math.IsNaN(v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// figure writes a value in the picture's unit, as exactly as it was given up to a
// hundredth.
func figure(v float64, unit string) string {
	digits := strconv.FormatFloat(math.Abs(v), 'f', 2, 64)
	digits = strings.TrimSuffix(strings.TrimRight(digits, "0"), ".")
	sign := ""
	if v < 0 && digits != "0" {
		sign = "−"
	}
	switch {
	case strings.HasPrefix(unit, "$"):
		return sign + "$" + thousands(digits)
	case strings.HasPrefix(unit, "%"):
		return sign + thousands(digits) + "%"
	}
	return sign + thousands(digits)
}

// tick writes a round value of an axis in short: "$40k".
func tick(v float64, unit string) string {
	for _, short := range []struct {
		size   float64
		suffix string
	}{{1e9, "bn"}, {1e6, "m"}, {1e3, "k"}} {
		if math.Abs(v) >= short.size {
			text, percent := strings.CutSuffix(figure(v/short.size, unit), "%")
			if percent {
				return text + short.suffix + "%"
			}
			return text + short.suffix
		}
	}
	return figure(v, unit)
}

// thousands puts commas into the whole part of a number.
func thousands(digits string) string {
	whole, frac, hasFrac := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if hasFrac {
		return whole + "." + frac
	}
	return whole
}

// A tag is a text to be centered at x, or as near as its neighbors let it.
type tag struct {
	text  string
	x     float64 // wanted center; after spread, where it is
	width float64
}

// spread moves tags, which are in order of x, so that none overlaps another or
// sticks out: those that would touch stand side by side, centered on the mean of
// where they wanted to be.
func spread(tags []tag, gap, left, right float64) {
	type cluster struct {
		tags  []tag
		width float64
		x     float64
	}
	var done []cluster
	place := func(c *cluster) {
		c.width, c.x = -gap, 0
		for _, t := range c.tags {
			c.width += t.width + gap
			c.x += t.x / float64(len(c.tags))
		}
		c.x = min(max(c.x, left+c.width/2), right-c.width/2)
	}
	for _, t := range tags {
		c := cluster{tags: []tag{t}}
		place(&c)
		for len(done) > 0 && done[len(done)-1].x+done[len(done)-1].width/2+gap > c.x-c.width/2 {
			c.tags = slices.Concat(done[len(done)-1].tags, c.tags)
			done = done[:len(done)-1]
			place(&c)
		}
		done = append(done, c)
	}
	i := 0
	for _, c := range done {
		x := c.x - c.width/2
		for _, t := range c.tags {
			tags[i].x = x + t.width/2
			x += t.width + gap
			i++
		}
	}
}
