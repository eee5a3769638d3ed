package router

import (
	"cmp"
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

// A mention is a name found in a question.
type mention struct {
	start, end int // token indexes, end exclusive
	name       *name
	slips      int // edits between what was typed and the name
	page       *corpus.Page
	dest       *corpus.Destination
	open       []*corpus.Sense // several readings are left
	sense      *corpus.Sense   // the reading of an ambiguous term that has no page
}

// name is an entry of the dictionary: one spelling and what it can mean.
type name struct {
	key    string // joined tokens
	tokens int
	sound  string // key as it sounds, for slips
	mask   uint64 // of sound
	page   *corpus.Page
	dest   *corpus.Destination
	term   *corpus.Term

	derived bool // a plural that nobody wrote: a name written so takes its place
}

// names recognises pages, destinations and terms by name.
type names struct {
	byKey map[string]*name
	all   []*name // names long enough to be recognised with slips
	most  int     // tokens of the longest name
	rep   *repairer
}

// Slips allowed in a name by its length in bytes.
const (
	minSlipLen    = 5 // shorter names must be exact
	twoSlipsLen   = 9
	threeSlipsLen = 20
)

func newNames(c *corpus.Corpus, rep *repairer) *names {
	n := &names{byKey: map[string]*name{}, rep: rep}
	ambiguous := map[string]bool{}
	for _, t := range c.Terms {
		if t.Ambiguous() {
			for _, s := range append([]string{t.Term}, t.Also...) {
				ambiguous[joined(tokenize(s))] = true
			}
		}
	}
	owners := titleOwners(c)
	for _, p := range c.Pages {
		for _, s := range append([]string{p.Title}, p.Aliases...) {
			n.add(s, name{page: p})
		}
		if p.Kind != corpus.Role && p.Kind != corpus.Certification {
			continue
		}
		// Names nobody chose as aliases yield to what the glossary knows to be
		// ambiguous and to other pages' titles.
		bare, _, _ := strings.Cut(p.Title, " (")
		for _, s := range []string{p.Short, strings.ReplaceAll(p.Slug, "-", " "), bare} {
			key := joined(tokenize(s))
			others := slices.ContainsFunc(owners[key], func(o *corpus.Page) bool { return o != p })
			if !ambiguous[key] && !others {
				n.add(s, name{page: p})
			}
		}
	}
	for _, d := range c.Ladder.Destinations {
		for _, s := range append([]string{d.Title, strings.ReplaceAll(d.ID, "-", " ")}, d.Aliases...) {
			n.add(s, name{dest: d})
		}
	}
	for _, t := range c.Terms {
		for _, s := range append([]string{t.Term}, t.Also...) {
			n.addTerm(s, t)
		}
	}
	for _, e := range n.byKey {
		n.most = max(n.most, e.tokens)
		if len(e.key) >= minSlipLen && ascii(e.key) {
			n.all = append(n.all, e)
		}
	}
	slices.SortFunc(n.all, func(a, b *name) int { return strings.Compare(a.key, b.key) })
	return n
}

// titleOwners maps every title, without its bracket, and every alias to the pages
// that have it: "MLT" to both MLT (ASCP) and MLT (AMT).
func titleOwners(c *corpus.Corpus) map[string][]*corpus.Page {
	owners := map[string][]*corpus.Page{}
	for _, p := range c.Pages {
		for _, s := range append([]string{p.Title}, p.Aliases...) {
			s, _, _ = strings.Cut(s, " (")
			key := joined(tokenize(s))
			if !slices.Contains(owners[key], p) {
				owners[key] = append(owners[key], p)
			}
		}
	}
	return owners
}

// add enters a spelling with its plural; the first meaning of a spelling stays.
func (n *names) add(spelling string, e name) {
	toks := tokenize(spelling)
	if len(toks) == 0 {
		return
	}
	e.key, e.tokens = joined(toks), len(toks)
	for i, key := range append([]string{e.key}, plurals(e.key)...) {
		e.derived = i > 0
		if old := n.byKey[key]; old != nil && (!old.derived || e.derived) {
			if old.dest == nil {
				old.dest = e.dest // a page may cover a destination too
			}
			continue
		}
		v := e
		v.key, v.sound = key, soundOf(key)
		v.mask = letterMask(v.sound)
		n.byKey[key] = &v
	}
}

// addTerm enters a glossary term. An ambiguous one takes precedence over pages:
// the check refuses aliases that clash with it, except for its capitals.
func (n *names) addTerm(spelling string, t *corpus.Term) {
	toks := tokenize(spelling)
	if len(toks) == 0 {
		return
	}
	if old := n.byKey[joined(toks)]; old != nil && !old.derived {
		if old.term == nil || t.Ambiguous() && old.page == nil && old.dest == nil {
			old.term = t
		}
		return
	}
	n.add(spelling, name{term: t})
}

// soundOf spells a name the way people who only heard it do: flebotomist,
// farmacy, cemical.
var soundOf = strings.NewReplacer("ph", "f", "ck", "k", "y", "i", "ae", "e", "oe", "e").Replace

func plurals(key string) []string {
	switch {
	case len(key) < 2:
		return nil
	case strings.HasSuffix(key, "s"):
		return []string{key + "es"}
	case strings.HasSuffix(key, "y"):
		return []string{key + "s", key[:len(key)-1] + "ies"}
	case strings.HasSuffix(key, "ch"), strings.HasSuffix(key, "x"):
		return []string{key + "es", key + "s"}
	}
	return []string{key + "s"}
}

// find returns the names in the tokens, longest first claim, in text order.
func (n *names) find(toks []token) []mention {
	found, taken := n.findExact(toks)
	found = n.findSlips(toks, found, taken)
	slices.SortFunc(found, func(a, b mention) int { return cmp.Compare(a.start, b.start) })
	return found
}

// findExact returns the names spelled right, in text order, and which tokens they
// take.
func (n *names) findExact(toks []token) (found []mention, taken []bool) {
	taken = make([]bool, len(toks))
	free := func(i, j int) bool {
		return !slices.Contains(taken[i:j], true)
	}
	claim := func(i, j int, e *name, slips int) {
		for k := i; k < j; k++ {
			taken[k] = true
		}
		found = append(found, mention{start: i, end: j, name: e, slips: slips})
	}
	// Exact spellings, longest first, one token of slack for split words.
	for size := min(n.most+1, len(toks)); size > 0; size-- {
		for i := 0; i+size <= len(toks); i++ {
			if !free(i, i+size) {
				continue
			}
			e := n.byKey[joined(toks[i:i+size])]
			if e == nil || !n.fits(e, toks, i, i+size) {
				continue
			}
			claim(i, i+size, e, 0)
		}
	}
	slices.SortFunc(found, func(a, b mention) int { return cmp.Compare(a.start, b.start) })
	return found, taken
}

// fits applies what a spelling demands beyond its letters.
func (n *names) fits(e *name, toks []token, i, j int) bool {
	// Words run together or torn apart are trusted only when long.
	if e.tokens != j-i && len(e.key) < 6 {
		return false
	}
	t := e.term
	if t == nil {
		return true
	}
	for _, u := range t.Unless {
		for _, tok := range toks {
			if tok.text == strings.ToLower(u) {
				return false
			}
		}
	}
	if t.Exact && e.page == nil && e.dest == nil {
		return capitals(toks[i:j]) || cued(toks, i, j)
	}
	return true
}

func capitals(toks []token) bool {
	return !slices.ContainsFunc(toks, func(t token) bool { return !t.upper })
}

// careerCues are words beside which a short name in small letters is meant as a
// job or credential: "ma program", "become a rt".
var careerCues = map[string]bool{
	"become": true, "becoming": true, "be": true, "being": true, "as": true, "vs": true, "versus": true, "or": true,
	"job": true, "jobs": true, "career": true, "program": true, "programs": true, "school": true, "schools": true, "course": true,
	"class": true, "classes": true, "salary": true, "pay": true, "exam": true, "test": true, "certification": true,
	"certificate": true, "cert": true, "license": true, "degree": true, "student": true, "training": true, "work": true, "working": true,
	"make": true, "makes": true, "earn": true, "do": true, "does": true,
}

// cued reports whether a career word stands next to the span, an article apart.
func cued(toks []token, i, j int) bool {
	before, after := i-1, j
	if before >= 0 && (toks[before].text == "a" || toks[before].text == "an" || toks[before].text == "the") {
		before--
	}
	return before >= 0 && careerCues[toks[before].text] || after < len(toks) && careerCues[toks[after].text]
}

// findSlips looks for misspelled names where a word is unknown to the folder.
func (n *names) findSlips(toks []token, found []mention, taken []bool) []mention {
	type candidate struct {
		i, j, slips int
		e           *name
	}
	var best []candidate
	for i := range toks {
		for j := i + 1; j <= min(len(toks), i+4); j++ {
			key := joined(toks[i:j])
			if len(key) < minSlipLen-1 || len(key) > 48 || !ascii(key) || !n.suspicious(toks[i:j]) {
				continue
			}
			if overlapsLonger(found, i, j) {
				continue
			}
			if e, slips := n.nearest(key, j-i); e != nil && n.fits(e, toks, i, j) {
				best = append(best, candidate{i, j, slips, e})
			}
		}
	}
	slices.SortStableFunc(best, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(len(b.e.key)-3*b.slips, len(a.e.key)-3*a.slips), cmp.Compare(a.i, b.i))
	})
	for _, c := range best {
		if slices.ContainsFunc(found, func(m mention) bool { return m.start < c.j && c.i < m.end && m.slips > 0 }) {
			continue
		}
		// A longer misspelled name replaces the exact shorter ones inside it.
		found = slices.DeleteFunc(found, func(m mention) bool { return m.start < c.j && c.i < m.end })
		for k := c.i; k < c.j; k++ {
			taken[k] = true
		}
		found = append(found, mention{start: c.i, end: c.j, name: c.e, slips: c.slips})
	}
	return found
}

// overlapsLonger reports whether an exact name covers as much of the text already.
func overlapsLonger(found []mention, i, j int) bool {
	return slices.ContainsFunc(found, func(m mention) bool {
		return m.slips == 0 && m.start < j && i < m.end && !(i <= m.start && m.end <= j && m.end-m.start < j-i)
	})
}

// suspicious reports whether the words may hold a slip: one of them is unknown.
func (n *names) suspicious(toks []token) bool {
	return slices.ContainsFunc(toks, func(t token) bool { return n.rep.count[t.text] < rareWord })
}

// rareWord is the number of uses below which a word of the folder may itself be
// a slip that an example question holds on purpose.
const rareWord = 3

func (n *names) nearest(key string, tokens int) (*name, int) {
	sound := soundOf(key)
	mask := letterMask(sound)
	var best *name
	bestSlips := 4
	for _, e := range n.all {
		limit := 1
		if len(e.sound) >= twoSlipsLen && len(sound) >= twoSlipsLen-1 && e.sound[0] == sound[0] {
			limit = 2
			if len(e.sound) >= threeSlipsLen {
				limit = 3
			}
		}
		if limit >= bestSlips {
			limit = bestSlips - 1
		}
		if limit == 0 || apart(mask, e.mask, limit) {
			continue
		}
		// A short name forgives a slip only when it keeps its first letter.
		if len(e.sound) < 7 && e.sound[0] != sound[0] {
			continue
		}
		if tokens > e.tokens+1 {
			continue
		}
		if d := max(distance(sound, e.sound, limit), b2i(key != e.key)); d <= limit && d < bestSlips {
			best, bestSlips = e, d
		}
	}
	return best, bestSlips
}
