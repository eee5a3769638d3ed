package chart

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"careerbot/bot"
)

// Longest texts, in characters. What is longer is cut.
const (
	maxTitle = 160
	maxLabel = 80
	maxNote  = 600
	maxAlt   = 2000
	maxUnit  = 40
)

// maxValue is the largest number that is drawn; what is larger is not known.
const maxValue = 1e12

// tidy returns the picture within bounds: plain text, finite numbers, as many rows
// and steps as fit. What is left out is said in the note.
func tidy(p bot.Picture) bot.Picture {
	most, what := MaxRows, "not shown"
	if p.Kind == bot.PictureLadder {
		most, what = MaxPlaces, "places not shown"
	}
	p.Title, p.Unit, p.Note, p.Alt = plain(p.Title, maxTitle), plain(p.Unit, maxUnit), plain(p.Note, maxNote), plain(p.Alt, maxAlt)
	if more := len(p.Rows) - most; more > 0 {
		p.Rows = p.Rows[:most]
		p.Note = strings.TrimSpace(fmt.Sprintf("%d more %s. %s", more, what, p.Note))
	}
	rows := make([]bot.PictureRow, len(p.Rows))
	for i, r := range p.Rows {
		r.Label = plain(r.Label, maxLabel)
		r.Low, r.Mid, r.High = finite(r.Low), finite(r.Mid), finite(r.High)
		if r.Low > r.High {
			r.Low, r.High = math.NaN(), math.NaN() // one of them is wrong
		}
		rows[i] = r
	}
	p.Rows = rows
	var steps []bot.PictureStep
	for _, st := range p.Steps[:min(len(p.Steps), MaxSteps)] {
		st.Label = plain(st.Label, maxLabel)
		steps = append(steps, st)
	}
	p.Steps = steps
	return p
}

func finite(v float64) float64 {
	if math.Abs(v) > maxValue {
		return math.NaN()
	}
	return v
}

// plain returns text on one line without what is not to be seen, at most so many
// characters of it.
func plain(s string, most int) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			gap = b.Len() > 0
			continue
		case r == utf8.RuneError, !unicode.IsGraphic(r):
			continue
		}
		if gap {
			b.WriteByte(' ')
			n, gap = n+1, false
		}
		if n++; n > most {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
	}
	return b.String()
}
