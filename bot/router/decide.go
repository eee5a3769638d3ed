package router

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"careerbot/bot/router/linear"
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
	in.Topics = rd.wanted()
	if rd.onlyNames() && len(rd.subjects) == 1 && rd.ctx.Topic == "" && isSubject(rd.subjects[0]) {
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
		in.Kind = KindMatch
	}
	return rd.answer(ctx, in)
}

// fromChoice understands words that pick one of the readings just offered.
func (rd *reading) fromChoice(in *Intent) bool {
	if len(rd.ctx.Open) == 0 || len(rd.toks) > 8 {
		return false
	}
	var picked *corpus.Page
	bestHits := 0
	for i, id := range rd.ctx.Open {
		p := rd.c.Page(id)
		if p == nil {
			continue
		}
		if slices.Contains(rd.subjects, p) {
			picked, bestHits = p, 100
			break
		}
		hits := 0
		for _, t := range rd.toks {
			if n, ok := ordinals[t.text]; ok && n == i || t.text == strconv.Itoa(i+1) {
				hits += 10
			}
			for _, w := range tokenize(p.Title + " " + strings.Join(p.Aliases, " ")) {
				if len(t.text) > 2 && strings.HasPrefix(w.text, t.text) {
					hits++
					break
				}
			}
		}
		if hits > bestHits {
			picked, bestHits = p, hits
		}
	}
	if picked == nil {
		return false
	}
	in.Subjects, in.FromContext = []*corpus.Page{picked}, true
	in.Topics = rd.wanted()
	if rd.ctx.Topic != "" && !rd.sureOfTopic() {
		in.Topics = []TopicScore{{rd.ctx.Topic, 1}}
	}
	in.Confidence = max(in.Confidence, 0.8)
	return true
}

// sureOfTopic reports whether the question itself names a topic.
func (rd *reading) sureOfTopic() bool {
	return !rd.onlyNames() && rd.conf >= answerAt && rd.best.topic != ""
}

// onlyNames reports whether nothing but names and filler is there.
func (rd *reading) onlyNames() bool {
	for i, t := range rd.toks {
		if ellipsisWords[t.text] || slices.ContainsFunc(rd.found, func(m mention) bool { return m.start <= i && i < m.end }) {
			continue
		}
		return false
	}
	return true
}

// pointsBack reports whether the question leans on the topic in play: "and for mls?".
func (rd *reading) pointsBack() bool {
	return rd.onlyNames() || len(rd.toks) <= 6 && rd.hasWord(otherWords)
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

// hinted returns the role that the words of the trade point at when no role is
// named: "does the EKG machine do it all". Terms of several roles point nowhere.
func (rd *reading) hinted() []*corpus.Page {
	var hint *corpus.Page
	for _, m := range rd.found {
		var roles []string
		switch {
		case m.page != nil:
			roles = m.page.Roles
		case m.name.term != nil && !m.name.term.Ambiguous():
			roles = m.name.term.Senses[0].Roles
		}
		if len(roles) != 1 {
			continue
		}
		p := rd.c.Role(roles[0])
		if p == nil || hint != nil && hint != p {
			return nil
		}
		hint = p
	}
	if hint == nil {
		return nil
	}
	return []*corpus.Page{hint}
}

// fillFromContext takes the subject from the conversation when the question
// names none.
func (rd *reading) fillFromContext(in *Intent) {
	var play []*corpus.Page
	for _, id := range rd.ctx.Subjects {
		if p := rd.c.Page(id); p != nil {
			play = append(play, p)
		}
	}
	if len(play) == 0 {
		return
	}
	switch {
	case len(in.Subjects) == 0:
		in.FromContext = true
		in.Subjects = rd.meantFrom(play)
		if rd.best.topic != "" {
			in.Confidence = max(in.Confidence, (in.Confidence+1)/2)
		}
	case len(in.Subjects) == 1 && in.Subjects[0] != play[0] && rd.comparesWithContext():
		in.Subjects = append(in.Subjects, play[0])
		in.FromContext = true
	case len(in.Subjects) == 1 && in.Subjects[0] != play[0] && rd.hasWord(wordSet("there here this that")) && rd.hasWord(wordSet("from")):
		in.Subjects = append(in.Subjects, play[0]) // "how do I get to MLS from there"
	}
}

// meantFrom picks what a question without a name is about from the pages in play,
// most recent first.
func (rd *reading) meantFrom(play []*corpus.Page) []*corpus.Page {
	var pair []*corpus.Page
	for _, id := range rd.ctx.Pair {
		if p := rd.c.Page(id); p != nil {
			pair = append(pair, p)
		}
	}
	if len(pair) > 1 {
		if i := rd.ordinal(); i >= 0 && i < len(pair) {
			return pair[i : i+1]
		}
	}
	switch {
	case rd.hasWord(otherWords) && len(pair) == 2 && !rd.ctx.Compared:
		if play[0] == pair[0] {
			return pair[1:]
		}
		return pair[:1]
	case rd.hasWord(otherWords) && len(play) > 1:
		return play[1:2]
	case rd.ctx.Compared && len(pair) > 1:
		return pair
	case len(play) > 1 && (rd.hasWord(compareWords) || rd.hasWord(bothWords)):
		return play[:2]
	}
	return play[:1]
}

// ordinals point at one of several things just named.
var ordinals = map[string]int{"first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "latter": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}

// ordinal returns the place an ordinal in the question points at, or -1.
func (rd *reading) ordinal() int {
	for _, t := range rd.toks {
		if i, ok := ordinals[t.text]; ok {
			return i
		}
	}
	return -1
}

// comparesWithContext reports whether one name is set against the one in play:
// "is it better than phlebotomy".
func (rd *reading) comparesWithContext() bool {
	return rd.hasWord(contrastWords)
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

// isPath reports whether the question asks how one place leads to another.
func (rd *reading) isPath(places []*corpus.Page) bool {
	n := len(rd.dests)
	for _, p := range places {
		covered := slices.ContainsFunc(rd.found, func(m mention) bool { return m.page == p && m.dest != nil }) &&
			!slices.ContainsFunc(rd.found, func(m mention) bool { return m.page == p && m.dest == nil })
		if p.Kind == corpus.Role && !covered {
			n++
		}
	}
	switch {
	case n == 0:
		return false
	case n == 1:
		return rd.hasWord(onwardWords) && rd.best.kind == KindPath || rd.hasWord(becomeWords) && rd.topTopic("advancement")
	case rd.best.kind == KindPath:
		return true
	}
	if rd.leads() {
		return true
	}
	return rd.hasWord(pathWords) && !rd.hasWord(compareWords) && !rd.topTopic("compare")
}

// leads reports whether two names are joined by a word that leads from one to the
// other: "phlebotomist to MLT".
func (rd *reading) leads() bool {
	for i := 1; i < len(rd.found); i++ {
		between := rd.toks[rd.found[i-1].end:rd.found[i].start]
		if len(between) == 0 || len(between) > 5 || rd.hasWord(compareWords) {
			continue
		}
		for _, t := range between {
			if t.text == "to" || t.text == "into" || t.text == "become" || t.text == "becoming" {
				return true
			}
		}
	}
	return false
}

// elsewhere reports whether only a place is named that the ladder leads to and no
// page covers, with nothing in play to start from.
func (rd *reading) elsewhere() bool {
	return slices.ContainsFunc(rd.dests, func(d *corpus.Destination) bool { return !rd.coveredDest(d) }) && len(rd.ctx.Subjects) == 0
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

// coveredDest reports whether a page answers for the destination.
func (rd *reading) coveredDest(d *corpus.Destination) bool {
	return slices.ContainsFunc(rd.found, func(m mention) bool { return m.dest == d && m.page != nil })
}

// path fills in a question for the way between places.
func (rd *reading) path(in Intent) Intent {
	in.From, in.To = rd.ends(in.Subjects)
	in.Confidence = max(in.Confidence, 0.8)
	in.Topics = slices.DeleteFunc(in.Topics, func(t TopicScore) bool { return t.Topic == "advancement" })
	in.Topics = append([]TopicScore{{"advancement", 1}}, in.Topics...)
	return in
}

// ends returns where a path starts and where it leads, in ladder places. The
// words decide the direction; without a hint the first named is the start.
func (rd *reading) ends(subjects []*corpus.Page) (from, to string) {
	type place struct {
		id    string
		start int
	}
	var named []place
	for _, m := range rd.found {
		switch {
		case m.dest != nil:
			named = append(named, place{m.dest.ID, m.start})
		case m.page != nil && m.page.Kind == corpus.Role:
			named = append(named, place{m.page.Slug, m.start})
		}
	}
	named = slices.CompactFunc(named, func(a, b place) bool { return a.id == b.id })
	word := func(i int) string {
		for ; i >= 0; i-- {
			if w := rd.toks[i].text; w != "a" && w != "an" && w != "the" {
				return w
			}
		}
		return ""
	}
	if len(named) == 1 {
		switch word(named[0].start - 1) {
		case "become", "becoming", "be", "to", "into":
			for _, p := range subjects {
				if p.Kind == corpus.Role && p.Slug != named[0].id {
					return p.Slug, named[0].id
				}
			}
			if len(rd.ctx.Subjects) > 0 {
				if p := rd.c.Page(rd.ctx.Subjects[0]); p != nil && p.Kind == corpus.Role && p.Slug != named[0].id {
					return p.Slug, named[0].id
				}
			}
		}
		return named[0].id, ""
	}
	if len(named) == 0 {
		for _, p := range subjects {
			if p.Kind == corpus.Role {
				return p.Slug, ""
			}
		}
		return "", ""
	}
	a, b := named[0], named[1]
	switch word(a.start - 1) {
	case "become", "becoming", "to", "into":
		if w := word(b.start - 1); w != "become" && w != "becoming" && w != "to" && w != "into" {
			return b.id, a.id
		}
	}
	if w := word(b.start - 1); w == "from" || w == "as" {
		return b.id, a.id
	}
	return a.id, b.id
}

// answer finds the passages and checks that they carry the reading.
func (rd *reading) answer(ctx context.Context, in Intent) (Intent, error) {
	if rd.best.page != nil {
		return rd.answerPage(in), nil
	}
	q := index.Query{Text: rd.searchText(), Size: 20}
	for _, t := range in.Topics {
		q.Topics = append(q.Topics, t.Topic)
	}
	for _, p := range in.Subjects {
		q.Pages = append(q.Pages, p.ID)
		if p.Kind == corpus.Role {
			q.Roles = append(q.Roles, p.Slug)
		}
	}
	if len(in.Subjects) == 0 {
		q.Kinds = []corpus.Kind{corpus.Guide, corpus.Skill, corpus.Pitfall}
	}
	hits, err := rd.ix.Search(ctx, q)
	if err != nil {
		return Intent{}, err
	}
	in.Passages = rd.rank(hits, in)
	if in.Kind == KindMatch {
		return in, nil
	}
	if in.Confidence < answerAt && !(in.FromContext && in.Confidence >= answerAt/2) {
		return rd.unsure(in), nil
	}
	if len(in.Subjects) == 0 && rd.needsRole(in) {
		return rd.askRole(in), nil
	}
	if len(in.Passages) == 0 {
		in.Kind, in.Reason = KindDecline, "unknown"
		return in, nil
	}
	top := in.Passages[0].Passage.Topic
	if i := slices.IndexFunc(in.Topics, func(t TopicScore) bool { return t.Topic == top }); i > 0 {
		t := in.Topics[i]
		in.Topics = append([]TopicScore{t}, slices.Delete(slices.Clone(in.Topics), i, i+1)...)
	} else if i < 0 {
		in.Topics = append([]TopicScore{{top, 0}}, in.Topics...)
	}
	return in, nil
}

// answerPage answers in a folder whose classes are pages.
func (rd *reading) answerPage(in Intent) Intent {
	add := func(p *corpus.Page, score float64) {
		if p != nil {
			in.Subjects = append(in.Subjects, p)
			in.Passages = append(in.Passages, index.Hit{Passage: rd.bestSection(p), Score: score})
		}
	}
	in.Subjects = nil
	add(rd.best.page, in.Confidence)
	in.Topics = []TopicScore{{in.Passages[0].Passage.Topic, 1}}
	if second := rd.result.Second; second != linear.None {
		add(rd.labels[second].page, 1-in.Confidence)
	}
	in.Subjects = in.Subjects[:1]
	if in.Confidence < answerAt {
		in.Kind, in.Reason = KindDecline, "unknown"
	}
	return in
}

// bestSection is the page's section whose example questions come closest.
func (rd *reading) bestSection(p *corpus.Page) *corpus.Passage {
	best := p.Passages[0]
	if len(p.Passages) == 1 {
		return best
	}
	for _, ps := range p.Passages[1:] {
		if rd.likeness(ps) > rd.likeness(best) {
			best = ps
		}
	}
	return best
}

// searchText is the question with slips repaired.
func (rd *reading) searchText() string { return strings.Join(words(rd.repaired), " ") }

// Weights of the fusion: how far a passage's topic, its likeness to the question's
// wording, its page and its words count.
const (
	fuseTopic = 3.0
	fuseAsks  = 2.0
	fuseWords = 0.5
	fusePage  = 0.7
	fusePlain = 0.2 // for a topic's first section over its details
)

// rank fuses word scores with the topics' shares and the subject.
func (rd *reading) rank(hits []index.Hit, in Intent) []index.Hit {
	if len(hits) == 0 {
		return nil
	}
	best := hits[0].Score
	for _, h := range hits {
		best = max(best, h.Score)
	}
	share := map[string]float64{}
	for _, t := range rd.topics {
		share[t.Topic] = t.Score
	}
	if in.FromContext && len(in.Topics) == 1 && in.Topics[0].Score == 1 {
		clear(share)
		share[in.Topics[0].Topic] = 1
	}
	out := slices.Clone(hits)
	for i := range out {
		h := &out[i]
		if best > 0 {
			h.Score *= fuseWords / best
		}
		h.Score += fuseTopic*share[h.Passage.Topic] + fuseAsks*rd.likeness(h.Passage)
		if h.Passage.Detail == "" {
			h.Score += fusePlain
		}
		if slices.Contains(in.Subjects, h.Passage.Page) {
			h.Score += fusePage
		}
	}
	slices.SortStableFunc(out, func(a, b index.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(a.Passage.ID, b.Passage.ID))
	})
	return out
}

// unsure handles a reading below the threshold: with a role named, ask what
// about it; else say so.
func (rd *reading) unsure(in Intent) Intent {
	if slices.ContainsFunc(in.Subjects, isSubject) && !in.FromContext {
		in.Kind = KindClarify
		for _, t := range rd.topics {
			if ps := in.Subjects[0].About(t.Topic); ps != nil && len(in.Senses) < 4 {
				in.Senses = append(in.Senses, Sense{Label: rd.c.Topic(t.Topic).Title, Page: in.Subjects[0], Topic: t.Topic})
			}
		}
		in.Subjects = in.Subjects[:1]
		return in
	}
	in.Kind, in.Reason = KindDecline, "unknown"
	return in
}

// needsRole reports whether the topic can only be answered for a role and no
// general page fits.
func (rd *reading) needsRole(in Intent) bool {
	if len(rd.c.Roles()) == 0 {
		return false
	}
	if len(in.Passages) == 0 {
		return true
	}
	return rd.likeness(in.Passages[0].Passage) < guideAt
}

// guideAt is the likeness from which a general page answers a question that names
// no role.
const guideAt = 0.4

// maxRoleChoices is how many roles a clarifying question offers.
const maxRoleChoices = 5

// askRole offers roles to choose from.
func (rd *reading) askRole(in Intent) Intent {
	in.Kind = KindClarify
	// Roles with the fullest pages are the ones people ask about.
	roles := rd.c.Roles()
	slices.SortStableFunc(roles, func(a, b *corpus.Page) int { return cmp.Compare(len(b.Passages), len(a.Passages)) })
	for _, p := range roles {
		if len(in.Senses) == maxRoleChoices {
			break
		}
		if p.About(in.Topics[0].Topic) != nil {
			in.Senses = append(in.Senses, Sense{Label: p.Short, Page: p, Topic: in.Topics[0].Topic})
		}
	}
	return in
}
