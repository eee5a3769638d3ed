package router

import (
	"slices"
	"strconv"
	"strings"

	"careerbot/knowledge/corpus"
)

// ordinals point at one of several things just named.
var ordinals = map[string]int{"first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "latter": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}

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
