package router

import (
	"context"
	"slices"
	"strings"

	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// A Request is a question in structured form, as a button carries it. Its values
// come from outside and are only looked up.
type Request struct {
	Kind     Kind     // "" means KindAnswer
	Subjects []string // role slugs, or folder and slug of other pages
	Topic    string   // topic slug; for KindMeta the name of the turn
	Detail   string   // anchor detail, [StateMark] and a state, a [Find]; for KindDefine the term; for KindMatch a [Wish]
}

// Structured answers a request without guessing: what it names is found or the
// intent declines.
func (r *Router) Structured(ctx context.Context, q Request) (Intent, error) {
	in := Intent{Kind: q.Kind, Confidence: 1}
	if in.Kind == "" {
		in.Kind = KindAnswer
	}
	unknown := Intent{Kind: KindDecline, Reason: "unknown", Confidence: 1}
	for _, s := range q.Subjects {
		p := r.Subject(s)
		switch {
		case p != nil:
			in.Subjects = append(in.Subjects, p)
		case in.Kind == KindCompare:
			in.Unknown = append(in.Unknown, s)
		case in.Kind != KindPath:
			return unknown, nil
		}
	}
	switch in.Kind {
	case KindMeta:
		in.Meta = q.Topic
		return in, nil
	case KindDefine:
		return r.defineTerm(q.Detail), nil
	case KindCompare:
		in.Topics = []TopicScore{{"compare", 1}}
		if q.Topic != "compare" && r.c.Topic(q.Topic) != nil {
			in.Topics = append(in.Topics, TopicScore{q.Topic, 1}) // what to look at
		}
		return in, nil
	case KindPath:
		return r.structuredPath(in, q), nil
	case KindMatch:
		if len(r.c.Match.Questions) == 0 {
			return unknown, nil
		}
		in.Wish = parseWish(&r.c.Match, q.Detail)
		return in, nil
	case KindAnswer:
	default:
		return unknown, nil
	}
	if strings.HasPrefix(q.Detail, StateMark) {
		return r.structuredState(in, q), nil
	}
	if strings.HasPrefix(q.Detail, string(FindAll)) {
		return r.structuredFind(in, q), nil
	}
	if len(in.Subjects) == 0 {
		return unknown, nil
	}
	return r.section(in, q), nil
}

// structuredPath reads the ends of a path: the first subject is where it starts,
// the second where it leads; either may be "". Ends that are not on the ladder are
// kept as unknown.
func (r *Router) structuredPath(in Intent, q Request) Intent {
	in.Topics = []TopicScore{{"advancement", 1}}
	for i, s := range q.Subjects[:min(len(q.Subjects), 2)] {
		place := r.place(s)
		switch {
		case place == "" && s != "":
			in.Unknown = append(in.Unknown, s)
		case i == 0:
			in.From = place
		default:
			in.To = place
		}
	}
	return in
}

// place finds the ladder's place that a structured question names, "" when there
// is none.
func (r *Router) place(s string) string {
	if p := r.Subject(s); isRole(p) {
		return p.Slug
	}
	toks := tokenize(strings.ReplaceAll(s, "-", " "))
	if len(toks) == 0 || len(s) > maxNameBytes {
		return ""
	}
	for _, d := range r.c.Ladder.Destinations {
		for _, name := range append(append([]string{d.ID, d.Title}, d.Aliases...), d.Also...) {
			if joined(tokenize(name)) == joined(toks) {
				return d.ID
			}
		}
	}
	return ""
}

// maxNameBytes bounds a name that comes from outside.
const maxNameBytes = 100

// section picks the page's section on the topic and detail asked.
func (r *Router) section(in Intent, q Request) Intent {
	page := in.Subjects[0]
	if q.Topic == "" {
		q.Topic = "overview"
	}
	i := slices.IndexFunc(page.Passages, func(ps *corpus.Passage) bool { return ps.Topic == q.Topic && ps.Detail == q.Detail })
	var ps *corpus.Passage
	switch {
	case i >= 0:
		ps = page.Passages[i]
	case page.About(q.Topic) != nil:
		ps = page.About(q.Topic)
	case q.Topic == "overview" && len(page.Passages) > 0:
		ps = page.Passages[0]
	default:
		return Intent{Kind: KindDecline, Reason: "unknown", Confidence: 1}
	}
	in.Topics = []TopicScore{{ps.Topic, 1}}
	in.Passages = []index.Hit{{Passage: ps, Score: 1}}
	return in
}

// Subject finds the page a structured question names: by role slug, by folder
// and slug, or by any unambiguous name; nil when there is none.
func (r *Router) Subject(s string) *corpus.Page {
	if p := r.c.Role(s); p != nil {
		return p
	}
	if p := r.c.Page(s); p != nil {
		return p
	}
	if len(s) > maxNameBytes {
		return nil
	}
	toks := tokenize(strings.ReplaceAll(s, "/", " "))
	for _, m := range r.names.find(toks) {
		if m.name.page != nil && m.start == 0 && m.end == len(toks) {
			return m.name.page
		}
	}
	return nil
}
