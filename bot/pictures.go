package bot

import (
	"math"
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

// MaxPictured is how many subjects a chart shows at most.
const MaxPictured = 5

// A chartKind is a chart that facts of a page can fill.
type chartKind struct {
	kind           PictureKind
	topic          string // the topic whose answers it belongs to
	title, unit    string
	low, mid, high string // fact ids; "" where the chart has no such value
	words          [3]string
	factUnit       string // only facts in this unit are drawn
	suffix         string // of a fact's text, which the unit says already
	all            string // id of the fact that counts everybody, for scale
}

var payChart = chartKind{
	kind: PicturePay, topic: "pay", title: "Yearly pay", unit: "$ a year",
	low: "pay-p10", mid: "pay-median", high: "pay-p90",
	words:    [3]string{"lowest tenth up to ", "median ", "highest tenth from "},
	factUnit: "usd/year", suffix: " a year", all: "pay-all-jobs",
}

var growthChart = chartKind{
	kind: PictureGrowth, topic: "outlook", title: "Expected job growth", unit: "% over ten years",
	mid: "growth", factUnit: "percent", all: "growth-all-jobs",
}

// pictures adds charts of figures that the answer has in words as well.
func (c *composer) pictures() {
	switch c.a.Kind {
	case KindAnswer:
		c.answerPictures()
	case KindCompare:
		c.comparePictures()
	}
	for i := range c.a.Pictures {
		if p := &c.a.Pictures[i]; len(p.Choice.Subjects) == 0 {
			p.Choice = c.pictured()
		}
	}
}

// pictured is the question in structured form, for pictures that others added.
func (c *composer) pictured() Choice {
	if c.a.Kind != KindPath {
		return c.self(&c.a)
	}
	ch := Choice{Kind: KindPath, Subjects: []string{c.in.From}} // "" where only the goal is known
	if c.in.To != "" {
		ch.Subjects = append(ch.Subjects, c.in.To)
	}
	return ch
}

// answerPictures draws the figures of one role beside those of everybody.
func (c *composer) answerPictures() {
	shown := c.shown()
	if len(shown) == 0 || shown[0].Page.Kind != corpus.Role {
		return
	}
	for _, k := range []chartKind{payChart, growthChart} {
		i := slices.IndexFunc(shown, func(ps *corpus.Passage) bool { return k.fits(ps) })
		if i < 0 {
			continue
		}
		page := shown[i].Page
		p := c.picture(k, []*corpus.Page{page})
		if p == nil {
			continue
		}
		p.Choice = Choice{Subjects: []string{subjectCode(page)}, Topic: k.topic, Detail: shown[i].Detail}
		drawn := k.facts(page)
		if all := c.everybody(k, page); all != nil {
			drawn = append(drawn, all)
		}
		c.keepFacts(drawn)
		c.a.Pictures = append(c.a.Pictures, *p)
	}
}

// fits reports whether the chart belongs to the section: it opens the topic, or
// speaks of the very figures.
func (k *chartKind) fits(ps *corpus.Passage) bool {
	return ps.Topic == k.topic && (ps.Detail == "" || slices.ContainsFunc(ps.Facts, func(f *corpus.Fact) bool {
		return f.Page == ps.Page && (f.ID == k.low || f.ID == k.mid || f.ID == k.high)
	}))
}

// comparePictures draws the pay of the roles compared, and before it their
// growth when that was asked about.
func (c *composer) comparePictures() {
	pages := c.in.Subjects[:min(len(c.in.Subjects), MaxPictured)]
	kinds := []chartKind{payChart}
	if slices.Contains(c.a.Topics, growthChart.topic) {
		kinds = []chartKind{growthChart, payChart}
	}
	for _, k := range kinds {
		p := c.picture(k, pages)
		if p == nil || len(p.Rows) < 2 {
			continue
		}
		p.Choice = Choice{Kind: KindCompare, Topic: k.topic}
		for _, page := range pages {
			p.Choice.Subjects = append(p.Choice.Subjects, subjectCode(page))
		}
		c.inWords(k, pages)
		c.a.Pictures = append(c.a.Pictures, *p)
	}
}

// inWords says the figures of pages that the answer's table leaves out.
func (c *composer) inWords(k chartKind, pages []*corpus.Page) {
	var items [][]Span
	for _, page := range pages[min(len(pages), MaxCompared):] {
		text := k.say(page)
		if text == "" {
			continue
		}
		foot := newFoot()
		foot.mark(k.facts(page))
		if len(foot.caveats) > 0 {
			text += "; " + foot.caveats[0]
		}
		items = append(items, []Span{{Text: page.Short + ": ", Bold: true}, {Text: text + " (" + enumerate(foot.dates) + ")."}})
		c.addSource(k.facts(page)[0].Source)
	}
	if len(items) > 0 {
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: k.title + " of the others:"}}}, Block{Kind: Bullets, Items: items})
	}
}

// facts returns the page's facts that the chart draws.
func (k *chartKind) facts(page *corpus.Page) []*corpus.Fact {
	var out []*corpus.Fact
	for _, id := range []string{k.low, k.mid, k.high} {
		if f := k.fact(page, id); f != nil {
			out = append(out, f)
		}
	}
	return out
}

// fact returns a fact that can be drawn: one number in the chart's unit.
func (k *chartKind) fact(page *corpus.Page, id string) *corpus.Fact {
	f := page.Fact(id)
	if id == "" || f == nil || f.Unit != k.factUnit || f.Low != f.High {
		return nil
	}
	return f
}

// say returns the page's figures in words, "" when none is known.
func (k *chartKind) say(page *corpus.Page) string {
	var parts []string
	for i, id := range []string{k.low, k.mid, k.high} {
		if f := k.fact(page, id); f != nil {
			parts = append(parts, k.words[i]+k.figure(f))
		}
	}
	return strings.Join(parts, ", ")
}

func (k *chartKind) figure(f *corpus.Fact) string { return strings.TrimSuffix(f.Text, k.suffix) }

// everybody finds the figure that counts all jobs, from the same publication as
// the page's own, or nil.
func (c *composer) everybody(k chartKind, page *corpus.Page) *corpus.Fact {
	own := k.fact(page, k.mid)
	if own == nil {
		return nil
	}
	for _, p := range c.s.Corpus.Pages {
		if f := k.fact(p, k.all); f != nil && p != page && f.Source == own.Source && f.AsOf == own.AsOf {
			return f
		}
	}
	return nil
}

// picture returns the chart of the pages that have figures, nil when none has.
func (c *composer) picture(k chartKind, pages []*corpus.Page) *Picture {
	p := &Picture{Kind: k.kind, Unit: k.unit}
	foot := newFoot()
	var names, said []string
	for _, page := range pages {
		facts := k.facts(page)
		if len(facts) == 0 {
			continue
		}
		names = append(names, page.Short)
		label := page.Short + foot.mark(facts)
		p.Rows = append(p.Rows, PictureRow{ID: page.Slug, Label: label, Low: k.value(page, k.low), Mid: k.value(page, k.mid), High: k.value(page, k.high)})
		said = append(said, label+": "+k.say(page)+".")
	}
	if len(p.Rows) == 0 {
		return nil
	}
	if len(pages) == 1 {
		if all := c.everybody(k, pages[0]); all != nil {
			label := "All jobs"
			if all.Covers != "" {
				label = strings.ToUpper(all.Covers[:1]) + all.Covers[1:]
			}
			p.Rows = append(p.Rows, PictureRow{ID: k.all, Label: label, Low: math.NaN(), Mid: all.Low, High: math.NaN(), Reference: true})
			said = append(said, label+": "+k.words[1]+k.figure(all)+".")
		}
	}
	p.Title = k.title + ": " + names[0]
	if len(names) > 1 {
		p.Title = k.title + ": " + count(len(names), "job")
	}
	p.Note = foot.text()
	p.Alt = "Chart. " + k.title + ", " + k.unit + ". " + strings.Join(said, " ") + " " + p.Note
	return p
}

// value returns the page's number, NaN when it is not known.
func (k *chartKind) value(page *corpus.Page, id string) float64 {
	if f := k.fact(page, id); f != nil {
		return f.Low
	}
	return math.NaN()
}

// enumerate lists names in a sentence: "A, B and C".
func enumerate(names []string) string {
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// keepFacts makes sure that figures which are drawn are listed too, in place of
// the last ones that are not.
func (c *composer) keepFacts(drawn []*corpus.Fact) {
	var keep []Fact
	for _, f := range drawn {
		keep = append(keep, factOf(f.Label, f))
	}
	for _, f := range keep {
		if slices.Contains(c.a.Facts, f) {
			continue
		}
		if len(c.a.Facts) < MaxFacts {
			c.a.Facts = append(c.a.Facts, f)
			continue
		}
		for i := len(c.a.Facts) - 1; i >= 0; i-- {
			if !slices.Contains(keep, c.a.Facts[i]) {
				c.a.Facts = append(slices.Delete(c.a.Facts, i, i+1), f)
				break
			}
		}
	}
}

// A foot gathers what stands below a chart: whom figures count, dates, sources.
type foot struct {
	caveats, dates, sources []string
}

func newFoot() *foot { return &foot{} }

// marks stand behind a label and before the words that qualify its figures.
var marks = []string{"¹", "²", "³", "⁴", "⁵"}

// mark takes note of the facts and returns the mark for their subject's label, ""
// when nothing qualifies them.
func (n *foot) mark(facts []*corpus.Fact) string {
	mark := ""
	for _, f := range facts {
		addNew(&n.dates, f.Dated())
		if f.Source != nil {
			addNew(&n.sources, f.Source.Title)
		}
		if caveat := f.Caveat(); caveat != "" && mark == "" {
			addNew(&n.caveats, caveat)
			mark = " " + marks[min(slices.Index(n.caveats, caveat), len(marks)-1)]
		}
	}
	return mark
}

func addNew(list *[]string, s string) {
	if !slices.Contains(*list, s) {
		*list = append(*list, s)
	}
}

// text returns the foot in sentences.
func (n *foot) text() string {
	var b strings.Builder
	for i, caveat := range n.caveats {
		b.WriteString(marks[min(i, len(marks)-1)] + " " + strings.ToUpper(caveat[:1]) + caveat[1:] + ". ")
	}
	if dates := enumerate(n.dates); dates == "undated" {
		b.WriteString("Undated.")
	} else {
		b.WriteString("As of " + dates + ".")
	}
	if len(n.sources) > 0 {
		b.WriteString(" Source: " + strings.Join(n.sources, "; ") + ".")
	}
	return b.String()
}
