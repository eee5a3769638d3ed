package corpus

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds of a section, in words, and of a list, in items: what a phone shows
// without losing the reader.
const (
	minWords     = 25
	maxWords     = 180
	maxListItems = 7
)

// figurePattern finds figures written into the text: money, percentages, and
// numbers with a unit. Names that hold digits (503B, Route 2, 24/7) pass.
var figurePattern = regexp.MustCompile(`(?i)\$ ?\d[\d,.]*|\b\d[\d,.]*(?:%| ?percent\b|[ -](?:hours?|hrs?|minutes?|days?|weeks?|months?|years?|questions?|items?|points?|dollars?|credits?|jobs?|openings?|draws?|sticks?|venipunctures?|people|states|programs?)\b)`)

// checkFigures reports figures that are not facts. Without sources.yaml there
// is nothing a figure could cite, so the folder is still served.
func (l *loader) checkFigures(ps *Passage, spans []Span) {
	var b strings.Builder
	for _, s := range spans {
		if s.ref != "" || s.cite != "" {
			b.WriteByte(0)
			continue
		}
		b.WriteString(s.Text)
	}
	for _, fig := range figurePattern.FindAllString(b.String(), -1) {
		if strings.HasPrefix(fig, "911") || strings.HasPrefix(fig, "988") {
			continue // telephone numbers
		}
		level := Fatal
		if len(l.c.Sources) == 0 {
			level = Error
		}
		l.add(level, ps.Page.File, ps.Line, "figure", "the section %q holds the figure %q without source and date; write it as a fact in the header and as {{id}} here", ps.Title, strings.TrimSpace(fig))
	}
}

// check applies the rules that look across files.
func (l *loader) check() {
	l.checkPages()
	l.checkAliases()
	l.checkTopics()
	l.checkGlossary()
	l.checkCredentials()
	l.checkLadder()
	l.checkComparisons()
	l.checkStates()
	l.checkPay()
	l.checkMatch()
	l.checkFinder()
	l.checkTests()
}

func (l *loader) checkRoles(level Level, file string, line int, what string, roles []string) {
	for _, r := range roles {
		if l.c.Role(r) == nil {
			l.add(level, file, line, "role", "%s names the role %q, which has no page in roles/%s", what, r, didYouMean(r, l.roleSlugs()))
		}
	}
}

func (l *loader) roleSlugs() map[string]bool {
	slugs := map[string]bool{}
	for _, p := range l.c.Roles() {
		slugs[p.Slug] = true
	}
	return slugs
}

func (l *loader) checkPages() {
	asked := map[string]*Passage{}
	for _, p := range l.c.Pages {
		l.checkRoles(Fatal, p.File, p.Line, "the header", p.Roles)
		l.checkRoles(Fatal, p.File, p.Line, "requirement", slices.Sorted(maps.Keys(p.Requirement)))
		if len(p.Facts) > 0 {
			for _, need := range []struct {
				key     string
				missing bool
			}{{"owner", p.Owner == ""}, {"reviewed", p.Reviewed.IsZero()}, {"review_by", p.ReviewBy.IsZero()}} {
				if need.missing {
					l.add(Error, p.File, p.Line, "review", "a page with figures needs %q in its header", need.key)
				}
			}
		}
		for _, ps := range p.Passages {
			l.checkPassage(ps, asked)
		}
	}
}

func (l *loader) checkPassage(ps *Passage, asked map[string]*Passage) {
	file := ps.Page.File
	if len(l.c.Topics) > 0 && l.c.topics[ps.Topic] == nil {
		l.fatal(file, ps.Line, "topic", "the section %q has the anchor {#%s}, which is no topic of topics.yaml%s", ps.Title, ps.Topic, didYouMean(ps.Topic, l.c.topics))
	}
	if ps.Detail != "" && ps.Page.About(ps.Topic).Detail != "" {
		l.add(Warning, file, ps.Line, "topic", "the page has {#%s.%s} but no plain {#%s} section before it", ps.Topic, ps.Detail, ps.Topic)
	}
	if len(l.c.Sources) > 0 && len(ps.Sources) == 0 {
		l.add(Error, file, ps.Line, "citation", "the section %q cites no source; add [^source-id] after a sentence, or [^general-advice] for our own advice", ps.Title)
	}
	if n := len(strings.Fields(ps.Text())); n < minWords || n > maxWords {
		l.add(Warning, file, ps.Line, "length", "the section %q has %d words; aim for 60 to 160", ps.Title, n)
	}
	for _, b := range ps.Blocks {
		if len(b.Items) > maxListItems {
			l.add(Error, file, ps.Line, "list-length", "a list in %q has %d items; at most %d fit a phone, split or shorten it", ps.Title, len(b.Items), maxListItems)
		}
	}
	if len(ps.Asks) == 0 {
		l.add(Warning, file, ps.Line, "asks", "the section %q has no example questions; add some under asks: %s", ps.Title, anchorOf(ps))
	}
	for _, ask := range ps.Asks {
		key := fold(ask)
		if other := asked[key]; other != nil {
			where := other.Page.File
			if other == ps {
				where = "the same section"
			}
			l.add(Warning, file, ps.Line, "asks", "the question %q also stands in %s (%s); keep it where it fits best", ask, where, other.Title)
			continue
		}
		asked[key] = ps
	}
}

func anchorOf(ps *Passage) string {
	_, anchor, _ := strings.Cut(ps.ID, "#")
	return anchor
}

// fold reduces a name to what the router compares: lower-case letters and digits.
func fold(s string) string {
	var b strings.Builder
	space := false
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteRune(r)
		case r == '\'' || r == '’' || r == '.':
		default:
			space = true
		}
	}
	return b.String()
}

// checkAliases refuses a name that means two pages. The glossary is the place
// for such words.
func (l *loader) checkAliases() {
	type owner struct{ id, file string }
	owners := map[string]owner{}
	claim := func(name string, o owner, line int) {
		key := fold(name)
		if key == "" {
			l.fatal(o.file, line, "alias", "the name %q holds no letter or digit", name)
			return
		}
		if other, taken := owners[key]; taken && other.id != o.id {
			l.fatal(o.file, line, "alias-clash", "the name %q already means %s; if it means both, remove it from both pages and give it senses in glossary.yaml", name, other.id)
			return
		}
		owners[key] = o
	}
	for _, p := range l.c.Pages {
		// Titles of guides, skills and pitfalls are headings, not names.
		if (p.Kind == Role || p.Kind == Certification) && p.Title != "" {
			claim(p.Title, owner{p.ID, p.File}, p.Line)
		}
		for _, a := range p.Aliases {
			claim(a, owner{p.ID, p.File}, p.Line)
		}
	}
	l.checkDestinations()
	for _, t := range l.c.Terms {
		if !t.Ambiguous() {
			continue
		}
		for _, name := range append([]string{t.Term}, t.Also...) {
			if o, taken := owners[fold(name)]; taken && !t.Exact {
				l.fatal("glossary.yaml", t.Line, "alias-clash", "%q has several senses here but is an alias of %s; remove the alias there", name, o.id)
			}
		}
	}
}

// checkDestinations refuses a name of two destinations. A destination may share
// its name with a page that covers it too: the page answers, the ladder leads.
func (l *loader) checkDestinations() {
	owners := map[string]string{}
	for _, d := range l.c.Ladder.Destinations {
		for _, name := range append([]string{d.Title}, d.Aliases...) {
			if other, taken := owners[fold(name)]; taken && other != d.ID {
				l.fatal("ladder.yaml", 1, "alias-clash", "the name %q already means the destination %s", name, other)
			}
			owners[fold(name)] = d.ID
		}
	}
}

func (l *loader) checkTopics() {
	for _, t := range l.c.Topics {
		for _, next := range t.Next {
			if next == NextPath {
				continue
			}
			if l.c.topics[next] == nil {
				l.fatal("topics.yaml", t.Line, "topic", "%s: next names %q, which is no topic%s", t.Slug, next, didYouMean(next, l.c.topics))
			}
			if next == t.Slug {
				l.add(Error, "topics.yaml", t.Line, "topic", "%s: next names the topic itself", t.Slug)
			}
		}
	}
}

func (l *loader) checkGlossary() {
	seen := map[string]string{}
	for _, t := range l.c.Terms {
		for _, name := range append([]string{t.Term}, t.Also...) {
			key := fold(name)
			if t.Exact {
				key = name
			}
			if other, twice := seen[key]; twice {
				if other != t.Term {
					l.fatal("glossary.yaml", t.Line, "duplicate", "%q already stands under %q; give one entry both senses", name, other)
				}
				continue
			}
			seen[key] = t.Term
		}
		for _, s := range t.Senses {
			if s.PageID != "" && l.c.pages[s.PageID] == nil {
				l.fatal("glossary.yaml", t.Line, "page", "%s: there is no page %q%s", t.Term, s.PageID, didYouMean(s.PageID, l.c.pages))
			}
			l.checkRoles(Fatal, "glossary.yaml", t.Line, t.Term, s.Roles)
			if t.Ambiguous() && utf8.RuneCountInString(s.Label) > maxShort {
				l.add(Error, "glossary.yaml", t.Line, "short", "%s: the label %q is longer than %d characters", t.Term, s.Label, maxShort)
			}
		}
	}
}

// checkCredentials wants every credential page to say who stands behind it and
// whether it is needed, and every glossary entry that names one to lead there.
func (l *loader) checkCredentials() {
	named := map[string]*Page{}
	for _, p := range l.c.Pages {
		if p.Kind != Certification {
			continue
		}
		for _, name := range credentialNames(p) {
			named[fold(name)] = p
		}
		if p.Issuer == "" {
			l.add(Error, p.File, p.Line, "credential", "a credential page needs \"issuer:\" in its header: who gives it")
		}
		for _, r := range rolesOf(p) {
			if p.Requirement[r] == "" && l.c.Role(r) != nil {
				l.add(Error, p.File, p.Line, "credential", "say whether the role %q needs it: add 'requirement: {%s: …}' with law, employers or voluntary", r, r)
			}
		}
		if len(p.Requirement) == 0 && len(p.Roles) == 0 {
			l.add(Error, p.File, p.Line, "credential", "a credential page needs \"requirement:\" in its header: for each role law, employers or voluntary")
		}
	}
	for _, t := range l.c.Terms {
		for _, s := range t.Senses {
			names := []string{headline(s.Meaning)}
			if !t.Ambiguous() {
				names = append(append(names, t.Term), t.Also...)
			}
			for _, name := range names {
				if p := named[fold(name)]; p != nil && s.PageID == "" {
					l.add(Error, "glossary.yaml", t.Line, "credential", "%s: %q is a credential with a page; add 'page: %s'", t.Term, name, p.ID)
					break
				}
			}
		}
	}
}

// credentialNames returns the ways in which text names the page's credential:
// title, aliases, and the parts of a title such as "CPT, Certified Phlebotomy
// Technician (NHA)" that are spelled out.
func credentialNames(p *Page) []string {
	names := append([]string{p.Title, p.Short}, p.Aliases...)
	for part := range strings.FieldsFuncSeq(p.Title, func(r rune) bool { return r == ',' || r == '(' || r == ')' }) {
		if len(strings.Fields(part)) > 2 {
			names = append(names, part)
		}
	}
	return names
}

// headline is the start of a meaning, up to its first stop.
func headline(meaning string) string {
	head, _, _ := strings.Cut(meaning, ".")
	head, _, _ = strings.Cut(head, ",")
	head, _, _ = strings.Cut(head, "(")
	return head
}

func (l *loader) checkLadder() {
	places := map[string]bool{"start": true}
	for _, p := range l.c.Roles() {
		places[p.Slug] = true
	}
	for _, d := range l.c.Ladder.Destinations {
		if places[d.ID] {
			l.fatal("ladder.yaml", 1, "duplicate", "the destination %q is also a role or stands twice", d.ID)
		}
		places[d.ID] = true
	}
	reached := map[string]bool{}
	for _, s := range l.c.Ladder.Steps {
		reached[s.From], reached[s.To] = true, true
		for _, place := range []string{s.From, s.To} {
			if !places[place] && place != "" {
				l.fatal("ladder.yaml", s.Line, "ladder", "%q is neither a role nor a destination%s", place, didYouMean(place, places))
			}
		}
		if s.To == "start" {
			l.fatal("ladder.yaml", s.Line, "ladder", "no step leads back to start")
		}
	}
	for _, b := range l.c.Ladder.Beliefs {
		for _, place := range []string{b.From, b.To} {
			if !places[place] && place != "" {
				l.fatal("ladder.yaml", b.Line, "ladder", "%q is neither a role nor a destination%s", place, didYouMean(place, places))
			}
		}
	}
	if len(l.c.Ladder.Steps) == 0 {
		return
	}
	for _, t := range l.c.Ladder.Terminals {
		reached[t] = true
		if !places[t] {
			l.fatal("ladder.yaml", 1, "ladder", "terminals names %q, which is neither a role nor a destination", t)
		}
	}
	for _, p := range l.c.Roles() {
		if !reached[p.Slug] {
			l.add(Error, "ladder.yaml", 1, "ladder", "the role %q is on no step; add one, or list it under terminals", p.Slug)
		}
	}
}

func (l *loader) checkTests() {
	for _, t := range l.c.Tests {
		for _, turn := range t.Turns {
			l.checkRoles(Error, t.File, t.Line, "the golden question", turn.Roles)
			for _, topic := range turn.Topics {
				if l.c.topics[topic] == nil && len(l.c.Topics) > 0 {
					l.add(Error, t.File, t.Line, "topic", "%q is no topic of topics.yaml%s", topic, didYouMean(topic, l.c.topics))
				}
			}
			if turn.Passage != "" && l.c.passages[turn.Passage] == nil {
				l.add(Error, t.File, t.Line, "passage", "there is no section %q%s", turn.Passage, didYouMean(turn.Passage, l.c.passages))
			}
			if turn.Reason != "" && turn.Kind != "decline" {
				l.add(Error, t.File, t.Line, "value", "a reason goes with kind: decline")
			}
		}
	}
}

// Overdue returns a warning for every page whose review date lies before now.
func (c *Corpus) Overdue(now time.Time) []Problem {
	var out []Problem
	for _, p := range c.Pages {
		if p.ReviewBy.Before(now) {
			out = append(out, Problem{File: p.File, Line: p.Line, Rule: "review", Level: Warning,
				Message: "the page was due for review by " + p.ReviewBy.String() + "; check its figures, then set reviewed and review_by"})
		}
	}
	return out
}
