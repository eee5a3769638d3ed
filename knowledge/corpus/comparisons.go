package corpus

import (
	"cmp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// comparisonsFile holds what stands beside the figures of a comparison.
const comparisonsFile = "comparisons.yaml"

// Comparisons are the words of comparisons: what each page is, when to choose
// it, and what decides between two of them.
type Comparisons struct {
	Subjects []*Compared
	Pairs    []*Pair
	Aspects  []*Aspect
	Closing  map[Kind]string // the last sentence where a pair has none of its own
}

// A Compared is a page as one column of a comparison.
type Compared struct {
	Page   *Page
	Name   string   // the column's heading, short: "MLT"
	Does   string   // what it is, in one line
	Choose string   // "Choose MLT if …"
	Also   []string // words that mean the page only beside another name: "x-ray or ultrasound"
	With   []*Page  // the comparisons people ask for, best first
	Exams  []*Page  // of a role: credentials whose exam fee is a known cost
	Line   int

	page        string
	with, exams []string
}

// A Pair is what decides between two pages, in one sentence.
type Pair struct {
	Pages  [2]*Page
	Decide string
	Source *Source
	Line   int

	of []string
}

// An Aspect is a topic that a comparison may be about: the rows on it come first.
type Aspect struct {
	Topic string
	Words []string // "pays", "earn"
	Line  int
}

// Subject returns what is said about the page, or nil.
func (c *Comparisons) Subject(p *Page) *Compared {
	for _, s := range c.Subjects {
		if s.Page == p {
			return s
		}
	}
	return nil
}

// Between returns the pair of the two pages, in either order, or nil.
func (c *Comparisons) Between(p, q *Page) *Pair {
	for _, pair := range c.Pairs {
		if pair.Pages == [2]*Page{p, q} || pair.Pages == [2]*Page{q, p} {
			return pair
		}
	}
	return nil
}

func (l *loader) parseComparisons(f *yamlFile, text string) {
	c := &l.c.Comparisons
	f.fields(f.parse([]byte(text)), comparisonsFile, fieldMap{
		"subjects": func(_, v *yaml.Node) {
			f.items(v, "subjects", func(n *yaml.Node) { c.Subjects = append(c.Subjects, f.compared(n)) })
		},
		"pairs": func(_, v *yaml.Node) {
			f.items(v, "pairs", func(n *yaml.Node) {
				p := &Pair{Line: f.line(n)}
				var source string
				f.fields(n, "a pair", fieldMap{
					"of": f.setAll(&p.of, "of"), "decide": f.set(&p.Decide, "decide"), "source": f.set(&source, "source"),
				})
				f.need(n, "a pair", "decide", p.Decide)
				p.Source = l.source(f, n, "a pair", source)
				if len(p.of) != 2 || p.of[0] == p.of[1] {
					f.bad(n, "value", "a pair has two different pages: 'of: [phlebotomist, medical-assistant]'")
					return
				}
				c.Pairs = append(c.Pairs, p)
			})
		},
		"aspects": func(_, v *yaml.Node) {
			f.items(v, "aspects", func(n *yaml.Node) {
				a := &Aspect{Line: f.line(n)}
				f.fields(n, "an aspect", fieldMap{"topic": f.set(&a.Topic, "topic"), "words": f.setAll(&a.Words, "words")})
				f.need(n, "an aspect", "topic", a.Topic)
				c.Aspects = append(c.Aspects, a)
			})
		},
		"closing": func(_, v *yaml.Node) {
			c.Closing = map[Kind]string{}
			f.fields(v, "closing", fieldMap{
				"role":          func(_, v *yaml.Node) { c.Closing[Role] = f.text(v, "role") },
				"certification": func(_, v *yaml.Node) { c.Closing[Certification] = f.text(v, "certification") },
			})
		},
	})
}

func (f *yamlFile) compared(n *yaml.Node) *Compared {
	s := &Compared{Line: f.line(n)}
	f.fields(n, "a subject", fieldMap{
		"page": f.set(&s.page, "page"), "name": f.set(&s.Name, "name"),
		"does": f.set(&s.Does, "does"), "choose": f.set(&s.Choose, "choose"),
		"also": f.setAll(&s.Also, "also"), "with": f.setAll(&s.with, "with"), "exams": f.setAll(&s.exams, "exams"),
	})
	what := "subject " + s.page
	f.need(n, what, "page", s.page)
	f.need(n, what, "name", s.Name)
	f.need(n, what, "does", s.Does)
	f.need(n, what, "choose", s.Choose)
	return s
}

// linkComparisons puts pages in place of their names and reports those that are
// not there.
func (l *loader) linkComparisons() {
	c := &l.c.Comparisons
	find := func(line int, name string) *Page {
		p := l.c.Role(name)
		if p == nil {
			p = l.c.pages[name]
		}
		if p == nil {
			l.fatal(comparisonsFile, line, "page", "there is no page %q%s", name, cmp.Or(didYouMean(name, l.roleSlugs()), didYouMean(name, l.c.pages)))
		}
		return p
	}
	all := func(line int, names []string) []*Page {
		var out []*Page
		for _, name := range names {
			if p := find(line, name); p != nil {
				out = append(out, p)
			}
		}
		return out
	}
	for _, s := range c.Subjects {
		s.Page, s.With, s.Exams = find(s.Line, s.page), all(s.Line, s.with), all(s.Line, s.exams)
	}
	for _, p := range c.Pairs {
		p.Pages = [2]*Page{find(p.Line, p.of[0]), find(p.Line, p.of[1])}
	}
}

// maxChoose is how many words the sentences of a comparison may have.
const maxChoose = 26

// checkComparisons wants every role and credential to have its column, each
// once, and pages that can stand side by side.
func (l *loader) checkComparisons() {
	c := &l.c.Comparisons
	if len(c.Subjects) == 0 {
		return
	}
	seen := map[*Page]bool{}
	for _, s := range c.Subjects {
		if s.Page == nil {
			continue
		}
		if seen[s.Page] {
			l.fatal(comparisonsFile, s.Line, "duplicate", "%s stands twice; keep one", s.Page.ID)
		}
		seen[s.Page] = true
		for _, w := range s.With {
			if w.Kind != s.Page.Kind || w == s.Page {
				l.add(Error, comparisonsFile, s.Line, "compare", "%s: with names %s; compare roles with other roles and credentials with other credentials", s.Page.ID, w.ID)
			}
		}
		for _, e := range s.Exams {
			if e.Kind != Certification {
				l.add(Error, comparisonsFile, s.Line, "compare", "%s: exams names %s, which is no credential", s.Page.ID, e.ID)
			}
		}
		if !strings.HasPrefix(s.Choose, "Choose ") {
			l.add(Error, comparisonsFile, s.Line, "compare", "%s: choose must be a sentence that starts with \"Choose\"", s.Page.ID)
		}
		l.checkSentence(s.Line, s.Choose)
		l.checkSentence(s.Line, s.Does)
	}
	for _, p := range c.Pairs {
		if a, b := p.Pages[0], p.Pages[1]; a != nil && b != nil && a.Kind != b.Kind {
			l.add(Error, comparisonsFile, p.Line, "compare", "%s and %s cannot stand side by side: one is a %s, one a %s", a.ID, b.ID, a.Kind, b.Kind)
		}
		l.checkSentence(p.Line, p.Decide)
	}
	for _, a := range c.Aspects {
		if l.c.topics[a.Topic] == nil {
			l.fatal(comparisonsFile, a.Line, "topic", "%q is no topic of topics.yaml%s", a.Topic, didYouMean(a.Topic, l.c.topics))
		}
	}
	for _, p := range l.c.Pages {
		if (p.Kind == Role || p.Kind == Certification) && !seen[p] {
			l.add(Error, comparisonsFile, 1, "compare", "%s has no entry under subjects; add one with page, name, does and choose", p.ID)
		}
	}
}

// checkSentence refuses long sentences and figures, which belong in facts.
func (l *loader) checkSentence(line int, s string) {
	if n := len(strings.Fields(s)); n > maxChoose {
		l.add(Error, comparisonsFile, line, "length", "%q has %d words; at most %d", s, n, maxChoose)
	}
	if fig := figurePattern.FindString(s); fig != "" {
		l.fatal(comparisonsFile, line, "figure", "%q holds the figure %q; figures stand in the pages' facts", s, fig)
	}
}

// linkCosts puts facts in place of their names ("certifications/cst:exam-fee")
// and reports those that are not there.
func (l *loader) linkCosts() {
	for _, s := range l.c.Ladder.Steps {
		for _, ref := range s.costs {
			page, id, _ := strings.Cut(ref, ":")
			var f *Fact
			if p := l.c.pages[page]; p != nil {
				f = p.Fact(id)
			}
			if f == nil {
				l.fatal("ladder.yaml", s.Line, "fact", "step %s to %s: there is no fact %q; write a page and its fact: certifications/cst:exam-fee", s.From, s.To, ref)
				continue
			}
			s.Costs = append(s.Costs, f)
		}
	}
}
