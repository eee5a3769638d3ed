package router

import (
	"slices"

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
	case n == 1:
		return rd.hasWord(onwardWords) && rd.best.kind == KindPath || rd.hasWord(becomeWords) && rd.topTopic("advancement")
	case rd.hasWord(contrastWords):
		return false
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
