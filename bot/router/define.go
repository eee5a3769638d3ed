package router

import (
	"cmp"
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

// defineWords may surround a term in a question that only asks what it means;
// meaningWords make it one even beside a few other words.
var (
	defineWords = wordSet("what whats wat wats wuts is are a an the does do did mean means meaning stand stands for of define definition " +
		"explain term word abbreviation acronym letters in by tell me about pls please exactly hell even this that idk who or and with it its thing stuff like ur your")
	askingWords  = wordSet("what whats wat wats wuts explain who tell idk hell")
	meaningWords = wordSet("mean means meaning stand stands define defined definition abbreviation acronym short")
)

// maxStrayWords is how many other words a question for a meaning may hold.
const maxStrayWords = 3

func wordSet(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// termIn returns the mention as one of a glossary term: its own, or the term that
// starts a longer name, as MLT starts MLT(ASCP).
func (rd *reading) termIn(m *mention) *mention {
	if m.name.term != nil {
		return m
	}
	e := rd.names.byKey[rd.toks[m.start].text]
	if e == nil || e.term == nil || m.end-m.start > 2 {
		return rd.termSpelled(m)
	}
	inner := *m
	inner.name = e
	return &inner
}

// termSpelled returns the mention of a page as one of the term that its name is a
// slip of: pages have more spellings than terms.
func (rd *reading) termSpelled(m *mention) *mention {
	if m.page == nil || isSubject(m.page) {
		return nil
	}
	key := m.name.key
	for _, t := range rd.nearTerms([]string{key}) {
		if farness(key, nil, words(tokenize(t.Term))) > 2 {
			continue
		}
		inner, named := *m, *m.name
		named.term = t
		inner.name = &named
		return &inner
	}
	return nil
}

// A meaningAsked is a question for a meaning: of which term, and how it is put.
type meaningAsked struct {
	term            *mention
	meaning, asking bool // "what does … mean", "what is …"
	stray           int  // words that belong to neither
}

func (rd *reading) meaningAsked() meaningAsked {
	var q meaningAsked
	for i, t := range rd.toks {
		j := slices.IndexFunc(rd.found, func(m mention) bool { return m.start <= i && i < m.end })
		switch {
		case j >= 0:
			if m := rd.termIn(&rd.found[j]); m != nil && (q.term == nil || q.term.page != nil && m.page == nil) {
				q.term = m
			}
		case meaningWords[t.text]:
			q.meaning = true
		case !defineWords[t.text]:
			q.stray++
		}
		q.asking = q.asking || askingWords[t.text]
	}
	return q
}

// define recognises questions for the meaning of a glossary term.
func (rd *reading) define() (Intent, bool) {
	q := rd.meaningAsked()
	term := q.term
	if term == nil || !q.asking && !q.meaning || len(rd.toks) == term.end-term.start {
		return Intent{}, false // a bare name is not a question for its meaning
	}
	glossary := rd.topTopic("glossary")
	if q.stray > 1 && !(q.meaning && q.stray <= maxStrayWords && glossary) || q.stray == 1 && !q.meaning {
		return Intent{}, false
	}
	// "What is an MLT" asks about the job; "what does MLT mean" about the word.
	if !q.meaning && rd.namesPage(term) {
		return Intent{}, false
	}
	in := meaningOf(rd.c, term.name.term)
	in.Confidence, in.Repaired = max(rd.conf, 0.9), term.slips > 0
	return in, true
}

// namesPage reports whether a term is settled to be a page's own name, or a job's.
func (rd *reading) namesPage(term *mention) bool {
	return term.name.page != nil || term.page != nil && (term.page.Kind == corpus.Role || term.name.term.Ambiguous())
}

// meaningOf is a term with its meanings.
func meaningOf(c *corpus.Corpus, t *corpus.Term) Intent {
	in := Intent{Kind: KindDefine, Term: t, Confidence: 1}
	for i := range t.Senses {
		s := &t.Senses[i]
		in.Senses = append(in.Senses, Sense{Label: s.Label, Page: c.Page(s.PageID), Sense: s})
	}
	if c.Topic("glossary") != nil {
		in.Topics = []TopicScore{{"glossary", 1}}
	}
	return in
}

// defineInstead answers a question that would be declined, but asks no more than
// what a term of the glossary means: "assisted living meaning". Words that settle a
// boundary alone are never put aside.
func (rd *reading) defineInstead(declined Intent) (Intent, bool) {
	q := rd.meaningAsked()
	switch {
	case q.term == nil || declined.Confidence == 1:
		return Intent{}, false
	case final[declined.Reason] && q.stray > 0:
		return Intent{}, false
	case declined.Reason == "emergency" && (q.term.slips > 0 || q.term.name.tokens < 2):
		return Intent{}, false
	}
	return rd.define()
}

// near adds the terms that come close to the one asked for, where the glossary has
// none of that name.
func (rd *reading) near(in Intent) Intent {
	q := rd.meaningAsked()
	if q.term != nil || !q.meaning && !q.asking || len(rd.subjects) > 0 {
		return in
	}
	var asked []string
	known := false
	for _, t := range rd.toks {
		if !defineWords[t.text] && !meaningWords[t.text] {
			asked = append(asked, t.text)
			known = known || rd.rep.known(t.text)
		}
	}
	unanswered := in.Kind == KindDecline && in.Reason == "unknown" || in.Kind == KindClarify || q.meaning && in.Kind == KindAnswer
	if len(asked) == 0 || len(asked) > maxStrayWords || !unanswered || known && in.Kind != KindDecline {
		return in
	}
	return Intent{Kind: KindDecline, Reason: "unknown", Confidence: in.Confidence, Near: rd.nearTerms(asked), Passages: in.Passages, NoTerm: true}
}

// maxNear is how many terms are offered in place of an unknown one.
const maxNear = 4

// nearTerms returns the terms closest to some words: those a slip or two away,
// then those that share a word.
func (r *Router) nearTerms(asked []string) []*corpus.Term {
	key := strings.Join(asked, "")
	type candidate struct {
		term *corpus.Term
		far  int
	}
	var found []candidate
	for _, t := range r.c.Terms {
		far := 99
		for _, name := range append([]string{t.Term}, t.Also...) {
			far = min(far, farness(key, asked, words(tokenize(name))))
		}
		if far < 99 {
			found = append(found, candidate{t, far})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.far, b.far) })
	var out []*corpus.Term
	for _, c := range found[:min(len(found), maxNear)] {
		out = append(out, c.term)
	}
	return out
}

// farness is how far a name is from the words asked, 99 when it is no match: 1 and
// 2 are slips, 3 a start in common, 4 a word in common.
func farness(key string, asked, name []string) int {
	joined := strings.Join(name, "")
	limit := 1
	if len(key) >= 6 {
		limit = 2
	}
	if d := distance(key, joined, limit); d <= limit {
		return d
	}
	if len(key) >= 4 && strings.HasPrefix(joined, key[:4]) {
		return 3
	}
	for _, w := range asked {
		if len(w) >= 4 && slices.Contains(name, w) {
			return 4
		}
	}
	return 99
}

// defineTerm is the meaning of a glossary term by name, forgiving a slip, or what
// comes close to it.
func (r *Router) defineTerm(s string) Intent {
	unknown := Intent{Kind: KindDecline, Reason: "unknown", Confidence: 1}
	toks := tokenize(s)
	if len(s) > 100 || len(toks) == 0 {
		return unknown
	}
	if e := r.names.byKey[joined(toks)]; e != nil && e.term != nil {
		return meaningOf(r.c, e.term)
	}
	for _, m := range r.names.find(toks) {
		if m.name.term != nil && m.start == 0 && m.end == len(toks) {
			return meaningOf(r.c, m.name.term)
		}
	}
	unknown.Near, unknown.NoTerm = r.nearTerms(words(toks)), true
	return unknown
}
