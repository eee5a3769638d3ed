package corpus

import (
	"slices"
	"strings"
)

// resolve puts figures in place of fact references, gathers what every passage
// cites, and fills the lookup tables.
func (l *loader) resolve() {
	for ps := range l.c.Passages() {
		l.c.passages[ps.ID] = ps
		for i := range ps.Blocks {
			b := &ps.Blocks[i]
			b.Spans = l.resolveSpans(ps, b.Spans)
			for j := range b.Items {
				b.Items[j] = l.resolveSpans(ps, b.Items[j])
			}
		}
	}
}

func (l *loader) resolveSpans(ps *Passage, spans []Span) []Span {
	l.checkFigures(ps, spans)
	out := spans[:0]
	for _, s := range spans {
		switch {
		case s.cite != "":
			src := l.c.sources[s.cite]
			if src == nil {
				l.fatal(ps.Page.File, s.line, "source", "[^%s]: there is no such source in sources.yaml%s", s.cite, didYouMean(s.cite, l.c.sources))
				continue
			}
			ps.cites(src)
			continue
		case s.ref != "":
			s.Text = l.resolveRef(ps, s)
			s.ref = ""
		}
		s.line = 0
		if n := len(out); n > 0 && sameStyle(out[n-1], s) {
			out[n-1].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	if n := len(out); n > 0 {
		out[n-1].Text = strings.TrimRight(out[n-1].Text, " ")
	}
	return out
}

func sameStyle(a, b Span) bool {
	return a.Bold == b.Bold && a.Italic == b.Italic && a.Link == b.Link
}

func (p *Passage) cites(s *Source) {
	if s != nil && !slices.Contains(p.Sources, s) {
		p.Sources = append(p.Sources, s)
	}
}

// resolveRef returns the words for {{id}}, {{id.as_of}} or {{page:id}}.
func (l *loader) resolveRef(ps *Passage, s Span) string {
	page, id := ps.Page, s.ref
	if pageID, factID, found := strings.Cut(id, ":"); found {
		id = factID
		if page = l.c.pages[pageID]; page == nil {
			l.fatal(ps.Page.File, s.line, "fact", "{{%s}}: there is no page %q%s", s.ref, pageID, didYouMean(pageID, l.c.pages))
			return "?"
		}
	}
	id, field, _ := strings.Cut(id, ".")
	f := page.Fact(id)
	if f == nil {
		have := map[string]bool{}
		for _, f := range page.Facts {
			have[f.ID] = true
		}
		l.fatal(ps.Page.File, s.line, "fact", "{{%s}}: %s has no fact %q%s", s.ref, page.File, id, didYouMean(id, have))
		return "?"
	}
	if !slices.Contains(ps.Facts, f) {
		ps.Facts = append(ps.Facts, f)
		ps.cites(f.Source)
	}
	switch field {
	case "":
		return f.Text
	case "as_of":
		return f.Dated()
	}
	l.fatal(ps.Page.File, s.line, "fact", "{{%s}}: a fact has no %q; write {{%s}} or {{%s.as_of}}", s.ref, field, id, id)
	return "?"
}
