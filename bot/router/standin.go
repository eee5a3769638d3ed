package router

import (
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

// A standIn is a word that means a page or a place only beside another name:
// "x-ray or ultrasound", "pct to nurse", "HT vs HTL".
type standIn struct {
	words []string
	page  *corpus.Page
	dest  *corpus.Destination
}

// newStandIns gathers the "also" words of the content, longest first.
func newStandIns(c *corpus.Corpus) []standIn {
	var out []standIn
	for _, s := range c.Comparisons.Subjects {
		for _, a := range s.Also {
			out = append(out, standIn{words: words(tokenize(a)), page: s.Page})
		}
	}
	for _, d := range c.Ladder.Destinations {
		for _, a := range d.Also {
			out = append(out, standIn{words: words(tokenize(a)), dest: d})
		}
	}
	slices.SortStableFunc(out, func(a, b standIn) int { return len(b.words) - len(a.words) })
	return out
}

// Words that join two names, and words that may stand between as well.
var (
	joiningWords = wordSet("vs versus v or to into than and with 2 compared")
	fillerWords  = wordSet("a an the be become becoming being from as going of like get go for doing school program career tech just")
)

// An operand is a stretch of the question that may name something: what it names
// outright, and what it may stand for.
type operand struct {
	start, end int
	mention    int // index in found, or -1
	cands      []standIn
}

// standFor reads stand-ins beside other names. It adds and changes mentions, so
// that everything after sees names.
func (rd *reading) standFor() {
	ops := rd.operands()
	for i := 1; i < len(ops); i++ {
		if a, b := &ops[i-1], &ops[i]; rd.joined(a, b) {
			rd.settlePair(a, b, rd.leading(a, b))
		}
	}
	slices.SortFunc(rd.found, func(a, b mention) int { return a.start - b.start })
}

// operands lists what was found and the free words that are stand-ins, in order.
func (rd *reading) operands() []operand {
	var ops []operand
	for i, m := range rd.found {
		if m.page != nil && !isSubject(m.page) {
			continue
		}
		op := operand{m.start, m.end, i, rd.standInsAt(m.start, m.end)}
		if m.page != nil || m.dest != nil || len(op.cands) > 0 {
			ops = append(ops, op)
		}
	}
	taken := func(i, j int) bool {
		return slices.ContainsFunc(ops, func(o operand) bool { return o.start < j && i < o.end })
	}
	for size := min(3, len(rd.toks)); size > 0; size-- {
		for i := 0; i+size <= len(rd.toks); i++ {
			if cands := rd.standInsAt(i, i+size); len(cands) > 0 && !taken(i, i+size) {
				ops = append(ops, operand{i, i + size, -1, cands})
			}
		}
	}
	slices.SortFunc(ops, func(a, b operand) int { return a.start - b.start })
	return ops
}

func (rd *reading) standInsAt(i, j int) []standIn {
	var out []standIn
	for _, s := range rd.standIns {
		if slices.Equal(s.words, words(rd.toks[i:j])) {
			out = append(out, s)
		}
	}
	return out
}

// joined reports whether only words of comparing or leading stand between.
func (rd *reading) joined(a, b *operand) bool {
	join := b.start == a.end // "mlt/mls", "mlt -> mls"
	for _, t := range rd.toks[a.end:b.start] {
		if !joiningWords[t.text] && !fillerWords[t.text] {
			return false
		}
		join = join || joiningWords[t.text]
	}
	return join
}

// leading reports whether a word between leads from one to the other.
func (rd *reading) leading(a, b *operand) bool {
	return a.end == b.start || slices.ContainsFunc(rd.toks[a.end:b.start], func(t token) bool { return t.text == "to" || t.text == "into" || t.text == "2" })
}

// settlePair reads two operands in the light of each other: credentials beside a
// credential, else jobs, and where one leads to the other places.
func (rd *reading) settlePair(a, b *operand, leads bool) {
	pa, pb := rd.named(a), rd.named(b)
	certs := rd.certOf(a, b) != nil && rd.certOf(b, a) != nil
	switch {
	case certs && !(isRole(pa) && isRole(pb) && pa != pb):
		ca := rd.certOf(a, b)
		rd.settleOperand(a, standIn{page: ca})
		rd.settleOperand(b, standIn{page: rd.certOf(b, a)})
	case pa != nil && pa == pb && leads: // two names of one page: the second is a place of its own
		for _, s := range b.cands {
			if s.dest != nil {
				rd.settleOperand(b, s)
				return
			}
		}
	default:
		for _, o := range []*operand{a, b} {
			if rd.named(o) != nil || o.mention >= 0 && rd.found[o.mention].dest != nil {
				continue
			}
			other := a
			if o == a {
				other = b
			}
			if rd.named(other) == nil && (other.mention < 0 || rd.found[other.mention].dest == nil) && len(other.cands) == 0 {
				continue
			}
			for _, s := range o.cands {
				if s.dest != nil && leads || isRole(s.page) {
					rd.settleOperand(o, s)
					break
				}
			}
		}
	}
}

func isRole(p *corpus.Page) bool { return p != nil && p.Kind == corpus.Role }

// named is the page that the operand names outright.
func (rd *reading) named(o *operand) *corpus.Page {
	if o.mention < 0 {
		return nil
	}
	return rd.found[o.mention].page
}

// certOf is the credential that the operand may mean beside the other one.
func (rd *reading) certOf(o, other *operand) *corpus.Page {
	if p := rd.named(o); p != nil && p.Kind == corpus.Certification {
		return p
	}
	var cands []*corpus.Page
	for _, s := range o.cands {
		if s.page != nil && s.page.Kind == corpus.Certification {
			cands = append(cands, s.page)
		}
	}
	if len(cands) < 2 {
		return firstOf(cands)
	}
	// Several bodies' letters: the role in play decides, else the other operand.
	roles := rd.rolesInPlay(o, other)
	for _, c := range cands {
		if slices.ContainsFunc(c.Roles, func(r string) bool { return slices.Contains(roles, r) }) {
			return c
		}
	}
	return nil
}

func firstOf(pages []*corpus.Page) *corpus.Page {
	if len(pages) == 0 {
		return nil
	}
	return pages[0]
}

// rolesInPlay are the roles named elsewhere in the question, those of the other
// operand, and those of the conversation, in this order.
func (rd *reading) rolesInPlay(o, other *operand) []string {
	var roles []string
	for i, m := range rd.found {
		if i != o.mention && i != other.mention && isRole(m.page) {
			roles = append(roles, m.page.Slug)
		}
	}
	if p := rd.named(other); p != nil && p.Kind == corpus.Certification {
		roles = append(roles, p.Roles...)
	}
	for _, id := range rd.ctx.Subjects {
		roles = append(roles, strings.TrimPrefix(id, "roles/"))
	}
	return roles
}

// settleOperand makes the operand name what it stands for.
func (rd *reading) settleOperand(o *operand, s standIn) {
	m := mention{start: o.start, end: o.end, page: s.page, dest: s.dest,
		name: &name{key: joined(rd.toks[o.start:o.end]), page: s.page, dest: s.dest}}
	if o.mention >= 0 {
		rd.found[o.mention] = m
		return
	}
	o.mention = len(rd.found)
	rd.found = append(rd.found, m)
}
