package router

import (
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

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
	case n == 1 && rd.toWhat():
		return true
	case n > 1 && rd.fromThere():
		return true
	case n == 1:
		return rd.hasWord(onwardWords) && rd.best.kind == KindPath || rd.hasWord(becomeWords) && rd.topTopic("advancement")
	case rd.contrasts():
		return false
	case rd.best.kind == KindPath, rd.arrow(), rd.leads(), rd.goal():
		return true
	}
	return rd.hasWord(pathWords) && !rd.hasWord(compareWords) && !rd.topTopic("compare")
}

// contrasts reports whether names are set side by side.
func (rd *reading) contrasts() bool {
	if rd.hasWord(contrastWords) {
		return true
	}
	for i := 1; i < len(rd.toks); i++ {
		if a, b := rd.toks[i-1].text, rd.toks[i].text; a == "next" && b == "to" || a == "side" && b == "by" {
			return true
		}
	}
	return false
}

// fromThere reports whether the one name in the question is where the page in
// play is to lead: "how would I get to MLS from there", "like to surgical tech?"
// when moving up is talked of.
func (rd *reading) fromThere() bool {
	if len(rd.subjects) != 1 || len(rd.ctx.Subjects) == 0 {
		return false
	}
	if rd.hasWord(wordSet("there here this that")) && rd.hasWord(wordSet("from")) {
		return true
	}
	return rd.ctx.Topic == "advancement" && len(rd.toks) <= maxPickWords && rd.found[0].start > 0 && rd.toks[rd.found[0].start-1].text == "to"
}

// toWhat reports whether the question asks where a name leads: "CNA to what".
func (rd *reading) toWhat() bool {
	for _, m := range rd.found {
		if m.end+1 < len(rd.toks) && rd.toks[m.end].text == "to" && (rd.toks[m.end+1].text == "what" || rd.toks[m.end+1].text == "where") {
			return true
		}
	}
	return false
}

// arrow reports whether an arrow stands between names: "phlebotomist -> MLT".
func (rd *reading) arrow() bool {
	return strings.Contains(rd.text, "->") || strings.ContainsRune(rd.text, '→') || strings.Contains(rd.text, "=>")
}

// goal reports whether a later name is a goal: "I am an LPN, how do I get to RN".
func (rd *reading) goal() bool {
	if !rd.topTopic("advancement") && !rd.topTopic("how-to-start") && !rd.topTopic("education") || rd.hasWord(compareWords) {
		return false
	}
	for _, m := range rd.found[min(1, len(rd.found)):] {
		i := m.start - 1
		for i >= 0 && (rd.toks[i].text == "a" || rd.toks[i].text == "an" || rd.toks[i].text == "the") {
			i--
		}
		if i >= 0 && goalWords[rd.toks[i].text] {
			return true
		}
	}
	return false
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

// ordinalPath reads "start with the first, then become the second" after two
// roles came up.
func (rd *reading) ordinalPath() (from, to string) {
	pair := rd.ctx.Pair
	if n := len(rd.ctx.Subjects); len(pair) < 2 && n > 1 {
		pair = []string{rd.ctx.Subjects[1], rd.ctx.Subjects[0]} // in the order they came up
	}
	if len(pair) < 2 || len(rd.subjects) > 0 || !rd.hasWord(pathWords) && !(rd.hasWord(wordSet("from")) && rd.hasWord(wordSet("to go get"))) || !rd.hasWord(wordSet("first former")) || !rd.hasWord(wordSet("second latter other")) {
		return "", ""
	}
	a, b := rd.c.Page(pair[0]), rd.c.Page(pair[1])
	if !isRole(a) || !isRole(b) {
		return "", ""
	}
	if rd.wordAt("second", "latter") < rd.wordAt("first", "former") {
		a, b = b, a
	}
	return a.Slug, b.Slug
}

// wordAt is the place of the first of the words in the question.
func (rd *reading) wordAt(either ...string) int {
	return slices.IndexFunc(rd.toks, func(t token) bool { return slices.Contains(either, t.text) })
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
	if len(named) == 1 && rd.fromThere() {
		if p := rd.c.Page(rd.ctx.Subjects[0]); isRole(p) && p.Slug != named[0].id {
			return p.Slug, named[0].id
		}
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
