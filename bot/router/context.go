package router

import (
	"slices"
	"strconv"
	"strings"

	"careerbot/knowledge/corpus"
)

// ordinals point at one of several things just named.
var ordinals = map[string]int{"first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "latter": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}

// maxPickWords bounds a message that only picks one of the readings offered.
const maxPickWords = 8

// fromChoice understands words that pick one of the readings just offered: a
// name, "the second", "the 2", or words that tell the readings apart.
func (rd *reading) fromChoice(in *Intent) bool {
	if len(rd.ctx.Open) < 2 || len(rd.toks) > maxPickWords {
		return false
	}
	var picked *corpus.Page
	best, tie := 0, false
	for i, id := range rd.ctx.Open {
		p := rd.c.Page(id)
		if p == nil {
			continue
		}
		switch n := rd.pickScore(p, i); {
		case n > best:
			picked, best, tie = p, n, false
		case n == best && n > 0:
			tie = true
		}
	}
	if picked == nil || tie {
		return false
	}
	in.Subjects, in.FromContext = []*corpus.Page{picked}, true
	in.Topics = rd.wanted()
	if rd.ctx.Topic != "" && !(rd.sureOfTopic() && rd.conf >= sureAt) {
		in.Topics = []TopicScore{{rd.ctx.Topic, 1}}
	}
	in.Confidence = max(in.Confidence, 0.8)
	return true
}

// sureAt is the confidence from which a message that picks a reading asks
// something else as well.
const sureAt = 0.9

// pickScore is how well the message points at the i-th page offered.
func (rd *reading) pickScore(p *corpus.Page, i int) int {
	score := 0
	if slices.Contains(rd.subjects, p) {
		score += 100
	}
	if rd.ordinal() == i || len(rd.toks) <= 2 && slices.ContainsFunc(rd.toks, func(t token) bool { return t.text == strconv.Itoa(i+1) }) {
		score += 10
	}
	own := tokenize(p.Title + " " + strings.Join(p.Aliases, " "))
	for _, t := range rd.toks {
		if len(t.text) > 2 && slices.ContainsFunc(own, func(w token) bool { return strings.HasPrefix(w.text, t.text) }) {
			score++
		}
	}
	for _, cue := range rd.cuesOf[p.ID] {
		if len(cue) <= len(rd.toks) {
			for j := 0; j+len(cue) <= len(rd.toks); j++ {
				if match(rd.toks[j:j+len(cue)], cue) {
					score += 2
					break
				}
			}
		}
	}
	return score
}

// sureOfTopic reports whether the question itself names a topic.
func (rd *reading) sureOfTopic() bool {
	return !rd.onlyNames() && rd.conf >= rd.answerAt && rd.best.topic != ""
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

// pointsBack reports whether the question leans on the topic in play: "and for
// mls?", "plasma centers too?".
func (rd *reading) pointsBack() bool {
	switch {
	case rd.onlyNames(), len(rd.toks) <= 6 && rd.hasWord(otherWords):
		return true
	case len(rd.toks) > maxPickWords || rd.conf >= sureAt:
		return false
	}
	first, last := rd.toks[0].text, rd.toks[len(rd.toks)-1].text
	return (first == "and" || last == "too") && (rd.conf < rd.answerAt || rd.topTopic("overview"))
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
		if rd.best.topic != "" && len(rd.toks) <= maxPickWords {
			in.Confidence = (in.Confidence + 1) / 2 // short words continue what is in play
		}
	case len(in.Subjects) == 1 && in.Subjects[0] != play[0] && rd.comparesWithContext():
		in.Subjects = []*corpus.Page{play[0], in.Subjects[0]} // in the order they came up
		in.FromContext = true
	case len(in.Subjects) == 1 && in.Subjects[0] != play[0] && rd.fromThere():
		in.Subjects = append(in.Subjects, play[0])
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
		if p := rd.theOne(pair); p != nil {
			return []*corpus.Page{p}
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
		return []*corpus.Page{play[1], play[0]} // in the order they came up
	}
	return play[:1]
}

// theOne returns the page that words beside "one" point at: "the pharmacy one".
func (rd *reading) theOne(pages []*corpus.Page) *corpus.Page {
	at := rd.wordAt("one")
	if at < 1 {
		return nil
	}
	var found *corpus.Page
	for _, p := range pages {
		for _, w := range tokenize(p.Title + " " + strings.Join(p.Aliases, " ")) {
			if t := rd.toks[at-1].text; len(t) > 2 && strings.HasPrefix(w.text, t) {
				if found != nil && found != p {
					return nil
				}
				found = p
			}
		}
	}
	return found
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
	if rd.hasWord(contrastWords) {
		return true
	}
	first := rd.toks[0].text
	return len(rd.toks) <= maxPickWords && !rd.hasWord(correctionWords) && (first == "or" || rd.hasWord(insteadWords))
}

// correctionWords take back what was understood; insteadWords weigh one thing
// against another.
var (
	correctionWords = wordSet("no not meant mean actually wrong sorry oops nah")
	insteadWords    = wordSet("instead rather")
)

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
