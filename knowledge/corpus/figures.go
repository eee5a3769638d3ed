package corpus

import (
	"cmp"
	"slices"
	"strings"
)

// standard are the fact ids that comparisons line up: each page of the kind
// carries its own, even where the statistics count two roles together.
var standard = map[Kind][]string{
	Role: {
		"pay-median", "pay-p10", "pay-p25", "pay-p75", "pay-p90", "jobs", "growth", "openings", "training-time",
		"entry-education", "certificate", "license", "schedule", "patient-contact",
	},
	Certification: {
		"exam-fee", "exam-questions", "exam-time", "passing-score", "renewal-years", "renewal-fee", "renewal-hours",
	},
}

func (f *Fact) isStandard() bool { return slices.Contains(standard[f.Page.Kind], f.ID) }

// ownerRank orders the pages that could hold a figure: the lowest keeps it.
func (f *Fact) ownerRank() int {
	if f.isStandard() {
		return 0
	}
	return 1 + slices.Index(Kinds, f.Page.Kind)
}

// checkTwice reports figures that are written where a reference would do, so
// that an update cannot reach one and miss the other.
func (l *loader) checkTwice() {
	type figure struct {
		text   string
		source *Source
	}
	same := map[figure][]*Fact{}
	for _, p := range l.c.Pages {
		for i, f := range p.Facts {
			if f.Source == nil || f.Label == "" {
				continue // reported already
			}
			for _, g := range p.Facts[:i] {
				if g.Source == f.Source && g.AsOf == f.AsOf && fold(g.Label) == fold(f.Label) {
					l.add(Error, p.File, f.Line, "figure-twice", "the facts %q and %q have the same label, source and date; keep one, or say in the labels how they differ", g.ID, f.ID)
				}
			}
			key := figure{f.Text, f.Source}
			same[key] = append(same[key], f)
		}
	}
	for _, facts := range same {
		slices.SortStableFunc(facts, func(f, g *Fact) int { return cmp.Compare(f.ownerRank(), g.ownerRank()) })
		for i, f := range facts {
			if owner := ownerOf(f, facts[:i]); owner != nil {
				l.add(Error, f.Page.File, f.Line, "figure-twice", "the fact %q repeats %s of the same source; delete it and write {{%s:%s}} in the text", f.ID, f.Text, owner.Page.ID, owner.ID)
			}
		}
	}
}

// ownerOf returns the fact among candidates that f merely repeats, or nil when f
// stands for itself. The candidates have f's value and source and are in order of
// rank. Of several in one rank it is the one whose label is most alike.
func ownerOf(f *Fact, candidates []*Fact) *Fact {
	var owner *Fact
	best := 0
	for _, g := range candidates {
		if !f.repeats(g) {
			continue
		}
		n := 1 + sharedWords(f.Label, g.Label)
		if owner == nil || g.ownerRank() == owner.ownerRank() && n > best {
			owner, best = g, n
		}
	}
	return owner
}

// repeats tells a repetition from two things that happen to have one value.
func (f *Fact) repeats(g *Fact) bool {
	p, q := f.Page, g.Page
	switch {
	case p == q, f.isStandard() && g.isStandard():
		return false
	case p.Kind == Certification && q.Kind == Certification:
		return false // sibling credentials share a body's rules; each states its own
	case p.Kind == Role && q.Kind == Role:
		if f.isStandard() || g.isStandard() {
			return false
		}
		// Neither is about the role of its page, and both say the same.
		outside := f.Covers != "" && g.Covers != "" && alike(f.Label, g.Label)
		return outside || countedTogether(p, q) || f.Unit == "text" && fold(f.Label) == fold(g.Label)
	}
	return len(rolesOf(p)) == 0 || len(rolesOf(q)) == 0 ||
		slices.ContainsFunc(rolesOf(p), func(r string) bool { return slices.Contains(rolesOf(q), r) })
}

// countedTogether reports whether statistics treat two roles as one occupation.
func countedTogether(p, q *Page) bool {
	a, b := p.Fact("pay-median"), q.Fact("pay-median")
	return a != nil && b != nil && a.Text == b.Text && a.Source == b.Source
}

// rolesOf returns the roles a page concerns: a role's page, itself.
func rolesOf(p *Page) []string {
	if p.Kind == Role {
		return []string{p.Slug}
	}
	return p.Roles
}

// alike reports whether the shorter label has most of its words in the other.
func alike(a, b string) bool {
	return 2*sharedWords(a, b) > min(len(strings.Fields(fold(a))), len(strings.Fields(fold(b))))
}

func sharedWords(a, b string) int {
	n := 0
	other := strings.Fields(fold(b))
	for w := range strings.FieldsSeq(fold(a)) {
		if slices.Contains(other, w) {
			n++
		}
	}
	return n
}
