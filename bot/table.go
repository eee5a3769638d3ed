package bot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"careerbot/knowledge/corpus"
)

// A TableRow is a row of a comparison with what stands behind its cells.
type TableRow struct {
	Label  string
	Cells  []Fact // one a column; where nothing is known only Value is set
	Unlike string // why the cells cannot be compared, "" when they can
}

// unknownValue stands in a cell without a fact.
const unknownValue = "Not known"

// A tableRow tells which facts fill a row, and how far its figures compare.
type tableRow struct {
	label   string
	parts   []part
	figures bool // definition and year must agree
	scale   bool // every body has a scale of its own
}

// A part is a fact of a cell with words before it.
type part struct{ before, id string }

// tableRows are the rows of a comparison, the same for every page of a kind.
var tableRows = map[corpus.Kind][]tableRow{
	corpus.Role: {
		{label: "School", parts: []part{{id: "entry-education"}}},
		{label: "Time", parts: []part{{id: "training-time"}}},
		{label: "Known cost", parts: []part{{before: "school ", id: "training-cost"}}},
		{label: "Certificate", parts: []part{{id: "certificate"}}},
		{label: "License", parts: []part{{id: "license"}}},
		{label: "Median pay", parts: []part{{id: "pay-median"}}, figures: true},
		{label: "Eight in ten earn", parts: []part{{id: "pay-p10"}, {before: "to ", id: "pay-p90"}}, figures: true},
		{label: "Job growth, ten years", parts: []part{{id: "growth"}}, figures: true},
		{label: "Openings a year", parts: []part{{id: "openings"}}, figures: true},
		{label: "Schedule", parts: []part{{id: "schedule"}}},
		{label: "Patient contact", parts: []part{{id: "patient-contact"}}},
		{label: "Typical pitfalls"},
	},
	corpus.Certification: {
		{label: "Given by"},
		{label: "Needed?"},
		{label: "Who may take it", parts: []part{{id: "eligibility"}}},
		{label: "Exam", parts: []part{{id: "exam-questions"}, {id: "exam-time"}}},
		{label: "Passing score", parts: []part{{id: "passing-score"}}, scale: true},
		{label: "Exam fee", parts: []part{{id: "exam-fee"}}, figures: true},
		{label: "Renewal", parts: []part{{before: "every ", id: "renewal-years"}, {id: "renewal-hours"}, {before: "fee ", id: "renewal-fee"}}},
	},
}

// A table is a comparison under way: its block, and the marks that lead from a
// figure to its date and publisher.
type table struct {
	block  Block
	pages  []*corpus.Page
	names  []string
	marks  []string
	facts  [][]*corpus.Fact // of rows that hold figures: the first fact of each cell
	labels []string         // of those rows
	why    []string         // of those rows: why they do not compare, "" when they do
}

// A cell is one place of the table: its words, and the facts behind them.
type cell struct {
	parts []string // of the text, each with the mark of its fact
	marks []int    // 0 where a part needs none
	fact  Fact
	first *corpus.Fact
}

func (c *composer) table(pages []*corpus.Page) *table {
	t := &table{pages: pages, block: Block{Kind: Table}}
	for _, p := range pages {
		t.names = append(t.names, c.name(p))
	}
	t.block.Rows = [][]string{append([]string{""}, t.names...)}
	for _, r := range tableRows[pages[0].Kind] {
		c.row(t, r)
	}
	return t
}

// row adds one row, unless nothing is known for any page.
func (c *composer) row(t *table, r tableRow) {
	cells := make([]cell, len(t.pages))
	known := false
	for i, p := range t.pages {
		cells[i] = c.cell(t, r, p)
		known = known || len(cells[i].parts) > 0
	}
	if !known {
		return
	}
	row := TableRow{Label: r.label, Unlike: t.compareRow(r, cells)}
	texts := []string{r.label}
	if row.Unlike != "" {
		texts[0] += " (not comparable)"
	}
	shared := sharedMark(cells)
	if shared > 0 {
		texts[0] += " " + mark(shared)
	}
	for i := range cells {
		row.Cells = append(row.Cells, cells[i].fact)
		texts = append(texts, cells[i].text(shared == 0))
	}
	t.block.Rows = append(t.block.Rows, texts)
	t.block.Table = append(t.block.Table, row)
}

// cell gathers what is known of a page for a row.
func (c *composer) cell(t *table, r tableRow, p *corpus.Page) cell {
	var out cell
	add := func(text string, f *corpus.Fact) {
		out.parts = append(out.parts, text)
		n := 0
		if f != nil {
			n = t.mark(f)
			c.addSource(f.Source)
			if out.first == nil {
				out.first = f
				out.fact = cellFact(f)
			}
		}
		out.marks = append(out.marks, n)
	}
	for _, pt := range r.parts {
		if f := p.Fact(pt.id); f != nil {
			text := f.Text
			if pt.id == "pay-p10" {
				text = strings.TrimSuffix(text, " a year")
			}
			if pt.id == "openings" {
				text = strings.TrimSuffix(text, " openings a year")
			}
			if pt.id == "renewal-years" && (text == "1 year" || text == "one year") {
				text = "year"
			}
			add(pt.before+text, f)
		}
	}
	switch r.label {
	case "Known cost":
		for _, e := range c.exams(p) {
			if f := e.Fact("exam-fee"); f != nil {
				add("exam "+f.Text+" for "+c.name(e), f)
			}
		}
	case "Typical pitfalls":
		if titles := c.pitfalls(p); len(titles) > 0 {
			add(strings.Join(titles, "; "), nil)
		}
	case "Given by":
		if p.Issuer != "" {
			add(p.Issuer, nil)
		}
	case "Needed?":
		if text := c.needed(p); text != "" {
			add(text, nil)
		}
	}
	out.fact.Label = r.label
	if out.fact.Value = out.text(false); out.first != nil && len(out.parts) > 1 {
		out.fact.Caveat = "" // of the first part only
	}
	return out
}

// exams are the credentials that cost something on the way into a role.
func (c *composer) exams(p *corpus.Page) []*corpus.Page {
	if s := c.s.Corpus.Comparisons.Subject(p); s != nil {
		return s.Exams
	}
	return nil
}

// maxPitfalls is how many pitfalls a comparison names for each role.
const maxPitfalls = 2

// pitfalls are the titles of the role's pitfalls, its very own first.
func (c *composer) pitfalls(p *corpus.Page) []string {
	var pages []*corpus.Page
	for _, q := range c.s.Corpus.Pages {
		if q.Kind == corpus.Pitfall && slices.Contains(q.Roles, p.Slug) {
			pages = append(pages, q)
		}
	}
	slices.SortStableFunc(pages, func(a, b *corpus.Page) int { return len(a.Roles) - len(b.Roles) })
	var titles []string
	for _, q := range pages[:min(len(pages), maxPitfalls)] {
		titles = append(titles, q.Short)
	}
	return titles
}

// needed says who asks for a credential.
func (c *composer) needed(p *corpus.Page) string {
	words := map[string]string{"law": "by law in some or all states", "employers": "often by employers", "voluntary": "no, it is extra"}
	var parts []string
	for _, r := range p.Roles {
		if w := words[p.Requirement[r]]; w != "" {
			if role := c.s.Corpus.Role(r); role != nil && len(p.Roles) > 1 {
				w = c.name(role) + ": " + w
			}
			parts = append(parts, w)
		}
	}
	return strings.Join(parts, "; ")
}

// cellFact is a figure of the table with its date and source.
func cellFact(f *corpus.Fact) Fact {
	out := Fact{AsOf: f.Dated(), Caveat: f.Caveat()}
	if f.Source != nil {
		out.Source = f.Source.Publisher
		if out.Source == "" {
			out.Source = f.Source.Title
		}
	}
	return out
}

// text is the cell as shown, with marks where the row does not carry one.
func (c *cell) text(marks bool) string {
	if len(c.parts) == 0 {
		return unknownValue
	}
	var b strings.Builder
	for i, p := range c.parts {
		if i > 0 {
			b.WriteString(map[bool]string{true: " ", false: "; "}[strings.HasPrefix(p, "to $")])
		}
		b.WriteString(p)
		last := i+1 == len(c.parts)
		if marks && c.marks[i] > 0 && (last || c.marks[i+1] != c.marks[i]) {
			b.WriteString(" " + mark(c.marks[i]))
		}
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

func mark(n int) string { return "[" + strconv.Itoa(n) + "]" }

// sharedMark is the only mark of all cells, or 0.
func sharedMark(cells []cell) int {
	one := 0
	for _, c := range cells {
		if len(c.parts) == 0 {
			return 0
		}
		for _, n := range c.marks {
			if n == 0 || one != 0 && n != one {
				return 0
			}
			one = n
		}
	}
	return one
}

// mark returns the number under which the legend gives the fact's publisher, date
// and standing.
func (t *table) mark(f *corpus.Fact) int {
	fact := cellFact(f)
	text := fact.Source + ", " + fact.AsOf
	switch f.Confidence {
	case "secondary":
		text += ", second-hand"
	case "conflicting":
		text += ", sources disagree"
	case "unverified":
		text += ", not confirmed"
	}
	i := slices.Index(t.marks, text)
	if i < 0 {
		i = len(t.marks)
		t.marks = append(t.marks, text)
	}
	return i + 1
}

// legend says what the marks mean.
func (t *table) legend() string {
	var b strings.Builder
	for i, m := range t.marks {
		if i > 0 {
			b.WriteString(" ")
		}
		b.WriteString(mark(i+1) + " " + m + ".")
	}
	return b.String()
}

// compareRow returns why the row's figures do not compare, or "". Definitions must
// agree, so a figure that counts more than its role compares with none; so must
// the years.
func (t *table) compareRow(r tableRow, cells []cell) string {
	var facts []*corpus.Fact
	for _, c := range cells {
		if c.first != nil {
			facts = append(facts, c.first)
		}
	}
	if len(facts) < 2 {
		return ""
	}
	why := ""
	switch {
	case r.scale:
		why = "each body has a scale of its own"
	case !r.figures:
		return ""
	case slices.ContainsFunc(facts, func(f *corpus.Fact) bool { return f.Covers != "" }):
		why = "definitions differ"
	case slices.ContainsFunc(facts, func(f *corpus.Fact) bool { return f.AsOf.Year != facts[0].AsOf.Year }):
		why = "years differ or are not known"
	}
	t.labels, t.why = append(t.labels, r.label), append(t.why, why)
	row := make([]*corpus.Fact, len(cells))
	for i, c := range cells {
		row[i] = c.first
	}
	t.facts = append(t.facts, row)
	return why
}

// unlike explains the rows that do not compare, one line a reason.
func (t *table) unlike() []string {
	var out []string
	rows := func(why string) string {
		var labels []string
		for i, l := range t.labels {
			if t.why[i] == why {
				l, _, _ = strings.Cut(l, ",")
				labels = append(labels, strings.ToLower(l))
			}
		}
		return listed(labels, "and")
	}
	for i, why := range t.why {
		if why == "" || slices.Index(t.why, why) < i {
			continue
		}
		line := "Not comparable: " + rows(why)
		if why != "definitions differ" {
			out = append(out, line+"; "+why+".")
			continue
		}
		out = append(out, line+". "+t.groups(t.facts[i]))
	}
	return out
}

// order returns the columns of a row, highest first where its figures compare.
func (t *table) order(row int) []int {
	cols := make([]int, len(t.pages))
	for i := range cols {
		cols[i] = i
	}
	at := slices.Index(t.labels, t.block.Table[row].Label)
	if at < 0 || t.why[at] != "" || slices.Contains(t.facts[at], nil) {
		return cols
	}
	slices.SortStableFunc(cols, func(i, j int) int { return cmp.Compare(t.facts[at][j].Low, t.facts[at][i].Low) })
	return cols
}

// groups says whom figures count that are not of one role alone.
func (t *table) groups(facts []*corpus.Fact) string {
	var out []string
	done := map[int]bool{}
	for i, f := range facts {
		if f == nil || done[i] {
			continue
		}
		names, covers := []string{t.names[i]}, f.Covers
		for j := i + 1; j < len(facts); j++ {
			if g := facts[j]; g != nil && g.Text == f.Text && g.Source == f.Source && (f.Covers != "" || g.Covers != "") {
				names, done[j] = append(names, t.names[j]), true
				if covers == "" {
					covers = g.Covers
				}
			}
		}
		switch {
		case covers == "":
		case len(names) > 1:
			out = append(out, listed(names, "and")+" share one figure, for "+covers+".")
		default:
			out = append(out, "The figures of "+names[0]+" are for "+covers+".")
		}
	}
	return strings.Join(out, " ")
}

// Stacked returns a table as lists, one a row, for surfaces on which columns do
// not fit a phone or cannot be followed by a screen reader. Equal cells are said
// once. Other blocks come back as they are.
func (b Block) Stacked() []Block {
	if b.Kind != Table || len(b.Rows) == 0 {
		return []Block{b}
	}
	header := b.Rows[0]
	var out []Block
	for _, row := range b.Rows[1:] {
		if len(row) == 0 {
			continue
		}
		out = append(out, Block{Kind: Paragraph, Spans: []Span{{Text: row[0], Bold: true}}})
		list := Block{Kind: Bullets}
		for i, text := range row[1:] {
			name := ""
			if i+1 < len(header) {
				name = header[i+1]
			}
			list.Items = append(list.Items, []Span{{Text: name + ": "}, {Text: text}})
		}
		if same := allSame(row[1:]); same {
			who := map[bool]string{true: "Both: ", false: "All: "}[len(row) == 3]
			list.Items = [][]Span{{{Text: who}, {Text: row[1]}}}
		}
		out = append(out, list)
	}
	return out
}

func allSame(texts []string) bool {
	return len(texts) > 1 && !slices.ContainsFunc(texts, func(s string) bool { return s != texts[0] })
}
