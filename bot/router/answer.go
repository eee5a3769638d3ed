package router

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"careerbot/bot/router/linear"
	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// Weights of the fusion: how far a passage's topic, its likeness to the question's
// wording, its page and its words count.
const (
	fuseTopic = 3.0
	fuseAsks  = 2.0
	fuseWords = 0.5
	fusePage  = 0.7
	fusePlain = 0.2 // for a topic's first section over its details
)

// credentialTopics are the topics that a credential nobody named may answer for a
// role.
var credentialTopics = wordSet("certification exam renewal licensure")

// guideAt is the likeness from which a general page answers a question that names
// no role.
const guideAt = 0.4

// namedShare is the part of the threshold that is enough where a role or a
// credential is named: the question belongs here, only its topic is less sure.
const namedShare = 0.6

// hintedAt is the confidence from which the words of a trade may settle what a
// question is about.
const hintedAt = 0.42

// maxRoleChoices is how many roles a clarifying question offers.
const maxRoleChoices = 5

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
		if rd.c.Topic("fit") != nil {
			in.Topics = []TopicScore{{"fit", 1}}
		}
		return in, nil
	}
	weak := in.Confidence < rd.answerAt && !(in.FromContext && in.Confidence >= rd.answerAt/2)
	if slices.ContainsFunc(in.Subjects, isSubject) && in.Confidence >= namedShare*rd.answerAt && !rd.strange() {
		weak = false
	}
	if len(in.Subjects) == 0 && (!weak && rd.needsRole(in) || weak && in.Confidence >= hintedAt) {
		if hinted, ok := rd.fromTrade(in); ok {
			return rd.answer(ctx, hinted)
		}
	}
	if weak {
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
	if in.Confidence < rd.answerAt {
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
		switch {
		case slices.Contains(in.Subjects, h.Passage.Page):
			h.Score += fusePage
		case h.Passage.Page.Kind == corpus.Certification && len(in.Subjects) > 0 && !credentialTopics[h.Passage.Topic]:
			h.Score -= fusePage
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
