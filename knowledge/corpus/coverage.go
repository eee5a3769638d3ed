package corpus

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// WriteCoverage writes what the folder holds as tables for a terminal: how much
// of each kind, and how many sections each role has on each topic.
func (c *Corpus) WriteCoverage(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%-14s %6s %9s %7s %10s\n", "kind", "pages", "sections", "facts", "questions")
	var all tally
	for _, kind := range Kinds {
		var t tally
		for _, p := range c.Pages {
			if p.Kind == kind {
				t.add(p)
				all.add(p)
			}
		}
		t.write(out, string(kind))
	}
	all.write(out, "all")
	fmt.Fprintf(out, "\n%d glossary terms, %d ladder steps, %d false beliefs, %d sources, %d golden questions\n",
		len(c.Terms), len(c.Ladder.Steps), len(c.Ladder.Beliefs), len(c.Sources), len(c.Tests))
	c.writeTopics(out)
	return out.Flush()
}

type tally struct{ pages, sections, facts, asks int }

func (t *tally) add(p *Page) {
	t.pages++
	t.sections += len(p.Passages)
	t.facts += len(p.Facts)
	for _, ps := range p.Passages {
		t.asks += len(ps.Asks)
	}
}

func (t *tally) write(out io.Writer, name string) {
	fmt.Fprintf(out, "%-14s %6d %9d %7d %10d\n", name, t.pages, t.sections, t.facts, t.asks)
}

// writeTopics writes a row for each role and a column for each topic, headed by
// the shortest start of the slug that no other topic shares.
func (c *Corpus) writeTopics(out io.Writer) {
	if len(c.Roles()) == 0 || len(c.Topics) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%-30s", "sections")
	width := map[string]int{}
	for _, t := range c.Topics {
		head := c.topicHead(t.Slug)
		width[t.Slug] = len(head) + 1
		fmt.Fprintf(out, " %s", head)
	}
	fmt.Fprintf(out, " %6s\n", "topics")
	for _, role := range c.Roles() {
		fmt.Fprintf(out, "%-30s", role.Slug)
		topics := 0
		for _, t := range c.Topics {
			n := 0
			for _, ps := range role.Passages {
				if ps.Topic == t.Slug {
					n++
				}
			}
			cell := "."
			if n > 0 {
				topics++
				cell = fmt.Sprint(n)
			}
			fmt.Fprintf(out, "%*s", width[t.Slug], cell)
		}
		fmt.Fprintf(out, " %6d\n", topics)
	}
	for i, t := range c.Topics {
		sep := ", "
		if i%6 == 0 {
			sep = "\n"
		}
		fmt.Fprintf(out, "%s%s %s", sep, c.topicHead(t.Slug), t.Title)
	}
	fmt.Fprintln(out)
}

// topicHead returns at least three letters of the slug, enough to tell it apart.
func (c *Corpus) topicHead(slug string) string {
	for n := 3; n < len(slug); n++ {
		if !slices.ContainsFunc(c.Topics, func(t *Topic) bool { return t.Slug != slug && strings.HasPrefix(t.Slug, slug[:n]) }) {
			return slug[:n]
		}
	}
	return slug
}

// WriteGrades writes the reading grade of every section, the hardest first, then
// how the grades are distributed.
func (c *Corpus) WriteGrades(w io.Writer) error {
	out := bufio.NewWriter(w)
	var list []*Passage
	grade, syllables := map[*Passage]float64{}, remembering(countSyllables)
	for ps := range c.Passages() {
		list = append(list, ps)
		grade[ps] = ps.grade(syllables)
	}
	slices.SortStableFunc(list, func(a, b *Passage) int { return cmp.Compare(grade[b], grade[a]) })
	for _, ps := range list {
		fmt.Fprintf(out, "%4.1f %s:%d: %s\n", grade[ps], ps.Page.File, ps.Line, ps.Title)
	}
	if n := len(list); n > 0 {
		at := func(share int) float64 { return grade[list[(n-1)*(100-share)/100]] }
		fmt.Fprintf(out, "%d sections: median grade %.1f, 90th percentile %.1f, highest %.1f (at most %d)\n", n, at(50), at(90), at(100), maxGrade)
	}
	return out.Flush()
}
