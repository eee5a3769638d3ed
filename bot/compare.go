package bot

import (
	"slices"
	"strconv"
	"strings"

	"careerbot/knowledge/corpus"
)

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// compareRows are the facts that stand side by side, by fact id.
var compareRows = map[corpus.Kind][]struct{ id, label string }{
	corpus.Role: {
		{"entry-education", "School"}, {"training-time", "Training time"}, {"certificate", "Certificate"}, {"license", "License"},
		{"pay-median", "Median pay"}, {"pay-p10", "Lowest tenth earn under"}, {"pay-p90", "Highest tenth earn over"},
		{"growth", "Job growth"}, {"openings", "Openings"}, {"schedule", "Schedule"}, {"patient-contact", "Patient contact"},
	},
	corpus.Certification: {
		{"exam-fee", "Exam fee"}, {"exam-questions", "Questions"}, {"exam-time", "Time"}, {"passing-score", "Passing score"},
		{"renewal-years", "Renew every"}, {"renewal-hours", "Continuing education"}, {"renewal-fee", "Renewal fee"},
	},
}

// maxCompared is how many pages stand side by side.
const maxCompared = 4

func (c *composer) compare() {
	pages := c.in.Subjects[:min(len(c.in.Subjects), maxCompared)]
	var names []string
	for _, p := range pages {
		names = append(names, p.Short)
	}
	c.a.Title = strings.Join(names, " or ")
	table := Block{Kind: Table, Rows: [][]string{append([]string{""}, names...)}}
	covers := newNotes()
	for _, r := range compareRows[pages[0].Kind] {
		row := []string{r.label}
		known := false
		for _, p := range pages {
			f := p.Fact(r.id)
			if f == nil {
				row = append(row, "not known")
				continue
			}
			known = true
			row = append(row, f.Text)
			c.addSource(f.Source)
			if f.Covers != "" {
				covers.add(p.Short, f.Covers, r.label)
			}
		}
		if known {
			table.Rows = append(table.Rows, row)
		}
	}
	if ps := c.comparePassage(pages); ps != nil {
		c.addPassage(ps)
		c.a.Passages = append([]Passage{{ps.ID, 1}}, c.a.Passages...)
	}
	for _, p := range pages {
		if f := p.Fact("pay-median"); f != nil {
			c.addFactOf(p.Short, f)
		}
	}
	if len(table.Rows) > 1 {
		c.a.Blocks = append(c.a.Blocks, table)
	}
	for _, note := range covers.lines() {
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: note, Italic: true}}})
	}
	c.readAs("compare", pages...)
	c.notice(pages...)
	for _, p := range pages {
		if ps := firstPassage(p); ps != nil {
			c.offer(FollowUp{Label: p.Short, Ask: "what is a " + p.Short, Choice: Choice{Subjects: []string{subjectCode(p)}, Topic: ps.Topic}})
		}
	}
	for _, p := range pages {
		if p.About("fit") != nil && len(c.a.FollowUps) < maxFollowUps {
			c.offer(FollowUp{Label: clip("Is "+p.Short+" for me?", maxLabel), Ask: "is " + p.Short + " right for me", Choice: Choice{Subjects: []string{subjectCode(p)}, Topic: "fit"}})
		}
	}
}

// comparePassage finds a written comparison of the pages: a compare section of
// one of them that names another.
func (c *composer) comparePassage(pages []*corpus.Page) *corpus.Passage {
	for _, p := range pages {
		for _, ps := range p.Passages {
			if ps.Topic != "compare" {
				continue
			}
			text := strings.ToLower(ps.Title + " " + strings.Join(ps.Asks, " "))
			if slices.ContainsFunc(pages, func(o *corpus.Page) bool {
				return o != p && (strings.Contains(text, strings.ToLower(o.Title)) || slices.ContainsFunc(o.Aliases, func(a string) bool {
					return slices.Contains(strings.Fields(text), strings.ToLower(a))
				}))
			}) {
				return ps
			}
		}
	}
	return nil
}

// notes gathers which rows of a page count more than the page's subject.
type notes struct {
	order []string
	rows  map[string][]string
}

func newNotes() *notes { return &notes{rows: map[string][]string{}} }

func (n *notes) add(page, covers, row string) {
	key := page + "\x00" + covers
	if n.rows[key] == nil {
		n.order = append(n.order, key)
	}
	n.rows[key] = append(n.rows[key], strings.ToLower(row))
}

// lines returns one sentence a page and group counted.
func (n *notes) lines() []string {
	var out []string
	for _, key := range n.order {
		page, covers, _ := strings.Cut(key, "\x00")
		out = append(out, page+": "+strings.Join(n.rows[key], ", ")+" cover "+covers+", so they are not for this job alone.")
	}
	return out
}
