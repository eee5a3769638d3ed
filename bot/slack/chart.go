package slack

import (
	"math"
	"unicode/utf8"

	"careerbot/bot"
)

// Charts are data that Slack draws, since June 2026 and in messages only:
// https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
// They need no scope beyond chat:write, which an image would (files:write). A
// Slack that does not take one refuses the message, and the text alone goes out.
const (
	maxChartTitle = 50
	maxAxisLabel  = 50
	maxCategory   = 20
	maxPoints     = 20
	maxSeries     = 6
)

type chartBlock struct {
	Type  string `json:"type"` // data_visualization
	Title string `json:"title"`
	Chart chart  `json:"chart"`
}

type chart struct {
	Type   string   `json:"type"` // bar
	Series []series `json:"series"`
	Axis   axis     `json:"axis_config"`
}

type series struct {
	Name string  `json:"name"`
	Data []point `json:"data"`
}

type point struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

type axis struct {
	Categories []string `json:"categories"`
	YLabel     string   `json:"y_label,omitempty"`
}

// chartOf returns a picture as a block, nil when Slack has no chart for it: a
// ladder, or figures that are not known.
func chartOf(p bot.Picture) *chartBlock {
	var parts []series
	switch p.Kind {
	case bot.PicturePay:
		parts = []series{{Name: "Lowest tenth"}, {Name: "Median"}, {Name: "Highest tenth"}}
	case bot.PictureGrowth:
		parts = []series{{Name: "Change"}}
	default:
		return nil
	}
	b := &chartBlock{Type: "data_visualization", Title: clip(oneLine(p.Title), maxChartTitle)}
	b.Chart = chart{Type: "bar", Axis: axis{YLabel: clip(oneLine(p.Unit), maxAxisLabel)}}
	taken := map[string]bool{}
	for _, r := range p.Rows {
		label, values := clip(oneLine(r.Label), maxCategory), []float64{r.Low, r.Mid, r.High}
		if p.Kind == bot.PictureGrowth {
			values = []float64{r.Mid}
		}
		if label == "" || taken[label] || len(taken) == maxPoints || !known(values) {
			continue
		}
		taken[label] = true
		b.Chart.Axis.Categories = append(b.Chart.Axis.Categories, label)
		for i := range parts {
			parts[i].Data = append(parts[i].Data, point{label, values[i]})
		}
	}
	if len(taken) == 0 || b.Title == "" {
		return nil
	}
	b.Chart.Series = parts
	return b
}

// known reports whether all values are figures.
func known(values []float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// charted returns the first of an answer's pictures that Slack can draw, with
// its date and source.
func charted(a *bot.Answer) []block {
	for _, p := range a.Pictures {
		if b := chartOf(p); b != nil {
			out := []block{b}
			if n := oneLine(p.Note); n != "" {
				out = append(out, &contextBlock{"context", []*textBody{plain(n, 300)}})
			}
			return out
		}
	}
	return nil
}

func (b *chartBlock) check(c *checker) {
	c.length("chart title", b.Title, maxChartTitle)
	c.count("chart", len(b.Chart.Series), maxSeries)
	c.count("chart categories", len(b.Chart.Axis.Categories), maxPoints)
	c.value("chart axis", b.Chart.Axis.YLabel, maxAxisLabel)
	for _, s := range b.Chart.Series {
		if len(s.Data) != len(b.Chart.Axis.Categories) || utf8.RuneCountInString(s.Name) > maxCategory {
			c.fail("chart series has %d points", len(s.Data))
		}
	}
	for _, l := range b.Chart.Axis.Categories {
		c.length("chart category", l, maxCategory)
	}
}
