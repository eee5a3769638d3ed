package router

import (
	"context"
	"slices"

	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// Words that show how two names relate, and words that only point back.
var (
	compareWords  = wordSet("vs versus or same difference differences different better compare compared comparison than between")
	pathWords     = wordSet("become becoming bridge transition")
	onwardWords   = wordSet("after next from into upgrade bridge become lead leads open opens beyond")
	becomeWords   = wordSet("become turn into lead leads open opens doors bridge")
	ellipsisWords = wordSet("first second third former latter 1st 2nd and for what about how whats the a an same with or ok okay then now also in case of as so but but? pls please is it that them those they one ones again instead no not i meant mean tell me")
	contrastWords = wordSet("vs versus compare compared than difference better against stack same")
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
	switch places := rd.comparable(in.Subjects); {
	case rd.isPath(places):
		in.Kind = KindPath
		return rd.path(in), nil
	case len(places) > 1 && (in.FromContext || rd.hasWord(compareWords) || rd.topTopic("compare") || len(rd.toks) <= 2*len(places)+2):
		in.Kind, in.Subjects = KindCompare, places
		in.Confidence = max(in.Confidence, 0.8)
		if len(in.Topics) == 0 || in.Topics[0].Topic != "compare" {
			in.Topics = append([]TopicScore{{"compare", 1}}, in.Topics...)
		}
		return in, nil
	case rd.best.kind == KindMatch && rd.conf >= answerAt/2 && len(in.Subjects) == 0:
		in.Kind = KindMatch // in a folder without questions to match by
	}
	return rd.answer(ctx, in)
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
