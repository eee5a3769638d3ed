package router

import (
	"context"
	"slices"
	"strings"

	"careerbot/bot/router/linear"
	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// Words that show how two names relate, and words that only point back.
var (
	compareWords  = wordSet("vs versus or same difference differences different better compare compared comparison than between")
	pathWords     = wordSet("become becoming bridge transition transitioning cross crossing switch switching upgrade upgrading")
	onwardWords   = wordSet("after next from into upgrade bridge become lead leads open opens beyond")
	becomeWords   = wordSet("become turn into lead leads open opens doors bridge")
	goalWords     = wordSet("to into become becoming")
	ellipsisWords = wordSet("first second third former latter 1st 2nd and for what about how whats the a an same with or ok okay then now also in case of as so but pls please is it that them those they one ones again instead no not i meant mean tell me")
	contrastWords = wordSet("vs versus compare compared comparing than difference differences diff differ better against stack same")
	besideWords   = wordSet("vs versus compare compared comparing difference differences diff comparison")
	otherWords    = wordSet("other")
	bothWords     = wordSet("which both either each them those two more less")
)

// decide settles subjects, topics and the kind of reply.
func (rd *reading) decide(ctx context.Context) (Intent, error) {
	in := Intent{Kind: KindAnswer, Subjects: rd.subjects, Confidence: rd.conf}
	in.Repaired = slices.ContainsFunc(rd.found, func(m mention) bool { return m.slips > 0 && m.page != nil })
	if rd.fromChoice(&in) {
		return rd.answer(ctx, in)
	}
	if m, ok := rd.match(); ok {
		return rd.withReading(ctx, m)
	}
	if open := rd.openMention(); open != nil && len(in.Subjects) == 0 {
		return rd.clarifySense(in, open), nil
	}
	if (rd.uncovered() || rd.elsewhere()) && len(in.Subjects) == 0 {
		in.Kind, in.Reason = KindDecline, "other-career"
		return in, nil
	}
	rd.fillFromContext(&in)
	if len(in.Subjects) == 0 {
		in.Subjects = rd.hinted()
	}
	if list, ok := rd.finder(in); ok {
		return list, nil
	}
	in.Topics = rd.wanted()
	if rd.onlyNames() && len(rd.subjects) == 1 && len(rd.found) == 1 && rd.ctx.Topic == "" && isSubject(rd.subjects[0]) {
		return rd.overview(in), nil
	}
	if rd.pointsBack() && rd.ctx.Topic != "" {
		in.Topics = []TopicScore{{rd.ctx.Topic, 1}}
		in.FromContext = true
		in.Confidence = max(in.Confidence, 0.8)
	}
	if beside, ok := rd.beside(in); ok {
		return beside, nil
	}
	if in.From, in.To = rd.ordinalPath(); in.To != "" {
		in.Kind, in.Subjects = KindPath, []*corpus.Page{rd.c.Role(in.From), rd.c.Role(in.To)}
		in.Topics = []TopicScore{{"advancement", 1}}
		in.Confidence = max(in.Confidence, 0.8)
		return in, nil
	}
	switch places := rd.comparable(in.Subjects); {
	case rd.isPath(places):
		in.Kind = KindPath
		return rd.path(in), nil
	case len(places) > 1 && (in.FromContext || rd.hasWord(compareWords) || rd.contrasts() || rd.topTopic("compare") || len(rd.toks) <= 2*len(places)+2):
		in.Kind, in.Subjects = KindCompare, places
		in.Confidence = max(in.Confidence, 0.8)
		if len(in.Topics) == 0 || in.Topics[0].Topic != "compare" {
			in.Topics = append([]TopicScore{{"compare", 1}}, in.Topics...)
		}
		in.Topics = rd.withAspects(in.Topics)
		return in, nil
	case rd.best.kind == KindMatch && rd.conf >= rd.answerAt/2 && len(in.Subjects) == 0:
		in.Kind = KindMatch // in a folder without questions to match by
	}
	return rd.answer(ctx, in)
}

// withAspects adds what the comparison is to look at by its words: when nothing
// but comparing is known, the topic that such a word stands for ("which pays
// more"); then those likely topics that one of their own words names ("growth of
// A and B").
func (rd *reading) withAspects(topics []TopicScore) []TopicScore {
	const likeliest = 3 // comparing itself is one of them
	if len(topics) == 1 {
		i := slices.IndexFunc(rd.c.Comparisons.Aspects, func(a *corpus.Aspect) bool { return rd.says(a.Words) })
		if i >= 0 {
			topics = append(topics, TopicScore{rd.c.Comparisons.Aspects[i].Topic, 1})
		}
	}
	for _, t := range rd.topics[:min(likeliest, len(rd.topics))] {
		known := slices.ContainsFunc(topics, func(h TopicScore) bool { return h.Topic == t.Topic })
		if !known && rd.says(rd.c.Topic(t.Topic).Words) {
			topics = append(topics, t)
		}
	}
	return topics
}

func (rd *reading) hasWord(set map[string]bool) bool {
	return slices.ContainsFunc(rd.toks, func(t token) bool { return set[t.text] })
}

func (rd *reading) topTopic(topic string) bool {
	return len(rd.topics) > 0 && rd.topics[0].Topic == topic
}

// wanted returns the topics the question asks: the first, and others nearly as
// likely.
func (rd *reading) wanted() []TopicScore {
	var out []TopicScore
	for i, t := range rd.topics {
		if i == 0 || t.Score >= topicAt && len(out) < 3 {
			out = append(out, t)
		}
	}
	return out
}

// says reports whether one of the phrases is among the words.
func (rd *reading) says(phrases []string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool {
		ws := words(tokenize(p))
		for i := 0; i+len(ws) <= len(rd.repaired); i++ {
			if match(rd.repaired[i:i+len(ws)], ws) {
				return true
			}
		}
		return false
	})
}

// openMention returns an ambiguous name that nothing settled.
func (rd *reading) openMention() *mention {
	for i := range rd.found {
		if len(rd.found[i].open) > 0 {
			return &rd.found[i]
		}
	}
	return nil
}

// uncovered reports whether a name was read as something the folder knows of but
// does not cover.
func (rd *reading) uncovered() bool {
	return slices.ContainsFunc(rd.found, func(m mention) bool { return m.sense != nil })
}

// clarifySense offers the readings of an ambiguous name.
func (rd *reading) clarifySense(in Intent, m *mention) Intent {
	in.Kind, in.Term = KindClarify, m.name.term
	in.Topics = rd.wanted()
	topic := ""
	if rd.sureOfTopic() {
		topic = rd.topics[0].Topic
	}
	seen := map[*corpus.Page]bool{}
	for _, s := range m.open {
		p := rd.c.Page(s.PageID)
		if p == nil || seen[p] {
			continue
		}
		seen[p] = true
		in.Senses = append(in.Senses, Sense{Label: s.Label, Page: p, Topic: topic, Sense: s})
		in.Subjects = append(in.Subjects, p)
	}
	if len(in.Senses) == 0 {
		in.Kind, in.Reason = KindDecline, "other-career"
	}
	return in
}

// comparable returns the subjects that can stand side by side: roles, or when
// fewer than two, credentials.
func (rd *reading) comparable(subjects []*corpus.Page) []*corpus.Page {
	var roles, certs []*corpus.Page
	for _, p := range subjects {
		switch p.Kind {
		case corpus.Role:
			roles = append(roles, p)
		case corpus.Certification:
			certs = append(certs, p)
		}
	}
	switch {
	case len(roles) > 1:
		return roles
	case len(certs) > 1:
		return certs
	case len(roles) == 1:
		return roles
	}
	return certs
}

// beside reads comparisons that name a single page: twice, beside a credential of
// its own, or beside something unknown.
func (rd *reading) beside(in Intent) (Intent, bool) {
	if !rd.hasWord(besideWords) || len(rd.dests) > 0 || rd.openMention() != nil || len(rd.subjects) == 0 || len(rd.toks) > maxBesideWords {
		return in, false
	}
	var named []*corpus.Page
	for _, m := range rd.found {
		if m.page != nil && isSubject(m.page) {
			named = append(named, m.page)
		}
	}
	switch kinds := rd.comparable(rd.subjects); {
	case len(named) == 2 && (named[0] == named[1] || named[0].Kind != named[1].Kind) && rd.adjacent():
	case len(kinds) == 1 && len(named) == 1 && !in.FromContext:
		if in.Unknown = rd.unknownSide(); len(in.Unknown) == 0 && !rd.onlyCompare() {
			return in, false
		}
	default:
		return in, false
	}
	in.Kind, in.Subjects = KindCompare, named
	in.Topics = []TopicScore{{"compare", 1}}
	in.Confidence = max(in.Confidence, 0.8)
	return in, true
}

// maxBesideWords bounds a question that is a comparison and nothing else.
const maxBesideWords = 9

// adjacent reports whether a joining word links the two names.
func (rd *reading) adjacent() bool {
	ops := rd.operands()
	return len(ops) == 2 && rd.joined(&ops[0], &ops[1])
}

// onlyCompare reports whether nothing but the wish to compare stands beside the
// name: "compare pharmacy technician".
func (rd *reading) onlyCompare() bool {
	for i, t := range rd.toks {
		inName := slices.ContainsFunc(rd.found, func(m mention) bool { return m.start <= i && i < m.end })
		if !inName && !besideWords[t.text] && !ellipsisWords[t.text] {
			return false
		}
	}
	return true
}

// sectionLike is the likeness to a written comparison from which it answers.
const sectionLike = 0.6

// unknownSide is what stands beside the name and is not known: "phlebotomist vs
// astronaut". A side that a section of the page compares with is known, and so
// are words of the field: "home health PTA vs outpatient".
func (rd *reading) unknownSide() []string {
	for _, ps := range rd.subjects[0].Passages {
		if ps.Topic == "compare" && rd.nearest(rd.asks[ps]) >= sectionLike {
			return nil
		}
	}
	m := rd.found[slices.IndexFunc(rd.found, func(m mention) bool { return m.page == rd.subjects[0] })]
	side := rd.side(m.end, 1)
	if len(side) == 0 {
		side = rd.side(m.start-1, -1)
		slices.Reverse(side)
	}
	if len(side) == 0 || len(side) > 3 || rd.spokenOf(side) || !rd.foreignCareer(side) {
		return nil
	}
	return []string{strings.Join(side, " ")}
}

// spokenOf reports whether the page itself uses one of the words more than in
// passing: "hospital".
func (rd *reading) spokenOf(side []string) bool {
	sections := 0
	for _, ps := range rd.subjects[0].Passages {
		if slices.ContainsFunc(tokenize(ps.Text()), func(t token) bool { return slices.Contains(side, t.text) }) {
			sections++
		}
	}
	return sections > 2
}

// side gathers the words behind a joining word that stands at i, going on by step.
func (rd *reading) side(i, step int) []string {
	if i < 0 || i >= len(rd.toks) || !joiningWords[rd.toks[i].text] {
		return nil
	}
	var out []string
	for i += step; i >= 0 && i < len(rd.toks) && !besideWords[rd.toks[i].text]; i += step {
		if t := rd.toks[i].text; !fillerWords[t] && t != "between" {
			out = append(out, t)
		}
	}
	return out
}

// foreignCareer reports whether the words are unknown to the folder or name a
// career that it declines.
func (rd *reading) foreignCareer(side []string) bool {
	if !slices.ContainsFunc(side, func(w string) bool { return rd.rep.known(w) }) {
		return true
	}
	res := rd.model.Classify(append([]string{"how", "do", "i", "become", "a"}, side...), nil)
	return res.Best != linear.None && rd.labels[res.Best].reason == "other-career"
}

// overview answers a bare name.
func (rd *reading) overview(in Intent) Intent {
	ps := in.Subjects[0].About("overview")
	if ps == nil {
		ps = in.Subjects[0].Passages[0]
	}
	in.Topics = []TopicScore{{ps.Topic, 1}}
	in.Passages = []index.Hit{{Passage: ps, Score: 1}}
	in.Confidence = max(in.Confidence, 0.8)
	return in
}
