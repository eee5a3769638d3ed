package router

import (
	"context"
	"slices"
	"strings"

	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// stateTopics are the topics that have an answer of their own for a state.
var stateTopics = []string{"licensure", "pay", "certification"}

// StateMark starts the detail of a structured question about a state: "@tx".
const StateMark = "@"

// places recognises states, by name, abbreviation or city, and places abroad.
type places struct {
	byKey map[string]*place
	most  int // words of the longest name
}

// place is what a name can mean: states, mostly one, or somewhere abroad.
type place struct {
	states  []*corpus.State
	outside *corpus.Place
	abbr    bool // the name is an abbreviation
	word    bool // an abbreviation that is a word of its own: in, or, me
}

func newPlaces(c *corpus.Corpus) *places {
	p := &places{byKey: map[string]*place{}}
	add := func(name string, st *corpus.State, out *corpus.Place, abbr bool) {
		ws := words(tokenize(name))
		key := strings.Join(ws, " ")
		e := p.byKey[key]
		if e == nil {
			e = &place{}
			p.byKey[key] = e
		}
		if e.outside = out; st != nil && !slices.Contains(e.states, st) {
			e.states = append(e.states, st)
		}
		if abbr {
			e.abbr, e.word = true, st.Word
		}
		p.most = max(p.most, len(ws))
	}
	for _, st := range c.States.All {
		for _, n := range slices.Concat([]string{st.Name}, st.Also, st.Cities) {
			add(n, st, nil, false)
		}
		add(st.Abbr, st, nil, true)
	}
	for _, o := range c.States.Outside {
		for _, n := range append([]string{strings.TrimPrefix(o.Name, "the ")}, o.Also...) {
			add(n, nil, o, false)
		}
	}
	return p
}

// placeNames yields every name, for the vocabulary: they are never slips.
func placeNames(c *corpus.Corpus) []string {
	var out []string
	for _, st := range c.States.All {
		out = append(out, slices.Concat([]string{st.Name}, st.Also, st.Cities)...)
	}
	return out
}

// spot is a place found in a question.
type spot struct {
	start, end int
	*place
}

// find returns the places in the tokens, longest names first.
func (p *places) find(toks []token, rep *repairer) []spot {
	var out []spot
	taken := func(i, j int) bool {
		return slices.ContainsFunc(out, func(s spot) bool { return s.start < j && i < s.end })
	}
	shout := !slices.ContainsFunc(toks, func(t token) bool { return !t.upper && len(t.text) > 1 })
	for size := min(p.most, len(toks)); size > 0; size-- {
		for i := 0; i+size <= len(toks); i++ {
			e := p.byKey[strings.Join(words(toks[i:i+size]), " ")]
			if e == nil && size == 1 {
				e = p.slip(toks[i].text, rep)
			}
			if e != nil && !taken(i, i+size) && (!e.abbr || abbreviates(e, toks, i, shout)) {
				out = append(out, spot{i, i + size, e})
			}
		}
	}
	slices.SortFunc(out, func(a, b spot) int { return a.start - b.start })
	return out
}

// inWords come right before a place.
var inWords = wordSet("in near around within inside at")

// abbreviates reports whether a short form stands for a state here. One that is a
// word too must follow "in" and, in small letters, end the question; capitals are
// enough for the others, and where nobody shouts small letters as well.
func abbreviates(e *place, toks []token, i int, shout bool) bool {
	afterIn := i > 0 && (toks[i-1].text == "in" || toks[i-1].text == "near")
	if !e.word {
		return true
	}
	if afterIn {
		return toks[i].upper && !shout || i == len(toks)-1
	}
	return toks[i].upper && !shout && clearCapitals[toks[i].text]
}

// clearCapitals are abbreviations that are words only in small letters: OH in
// capitals is Ohio, while MA may be a medical assistant.
var clearCapitals = wordSet("al ak ar co de ga hi il la mi mo ms ne nd oh ok or sd me")

// slip finds the state that a word unknown to the folder misspells.
func (p *places) slip(word string, rep *repairer) *place {
	if len(word) < 5 || rep.known(word) || !ascii(word) {
		return nil
	}
	var best *place
	bestSlips, tie := 3, false
	for key, e := range p.byKey {
		if e.abbr || len(key) < 5 || strings.ContainsRune(key, ' ') || key[0] != word[0] || len(e.states) == 0 {
			continue
		}
		limit := 1
		if len(key) >= twoSlipsLen {
			limit = 2
		}
		switch d := distance(word, key, limit); {
		case d > limit:
		case d < bestSlips:
			best, bestSlips, tie = e, d, false
		case d == bestSlips && !samePlace(best, e):
			tie = true
		}
	}
	if tie {
		return nil
	}
	return best
}

func samePlace(a, b *place) bool { return slices.Equal(a.states, b.states) }

// without returns the question less its places and the words that lead to them.
func without(toks []token, spots []spot) string {
	drop := make([]bool, len(toks))
	for _, s := range spots {
		for i := s.start; i < s.end; i++ {
			drop[i] = true
		}
		i := s.start - 1
		for i >= 0 && (toks[i].text == "the" || toks[i].text == "state" || toks[i].text == "of") {
			i--
		}
		if i >= 0 && inWords[toks[i].text] {
			for ; i < s.start; i++ {
				drop[i] = true
			}
		}
		if s.end < len(toks) && (toks[s.end].text == "state" || toks[s.end].text == "area") {
			drop[s.end] = true
		}
	}
	var out []string
	for i, t := range toks {
		switch {
		case drop[i]:
		case t.upper:
			out = append(out, strings.ToUpper(t.text))
		default:
			out = append(out, t.text)
		}
	}
	if len(out) == 0 {
		return "and"
	}
	return strings.Join(out, " ")
}

// Words that make a place the origin of a person or a paper, or the goal of a
// move: the question is then not about the rules of one state.
var originWords = wordSet("from trained graduate graduated studied degree foreign abroad moving move moved relocate relocating transfer transfers reciprocity endorsement compact outside")

// inState reads a question that names a place: what is left without the place is
// read as usual, and answered for the place when its topic has such answers.
func (rd *reading) inState(ctx context.Context) (Intent, bool, error) {
	spots := rd.places.find(rd.toks, rd.rep)
	if len(spots) == 0 || rd.hasWord(originWords) {
		return Intent{}, false, nil
	}
	if spots[0].outside != nil {
		return rd.abroad(ctx, spots)
	}
	spots = slices.DeleteFunc(spots, func(s spot) bool { return s.outside != nil })
	rest := without(rd.toks, spots)
	in, ok := rd.goesOn(rest)
	if !ok {
		var err error
		if in, err = rd.read(ctx, rest, rd.ctx, false); err != nil {
			return Intent{}, false, err
		}
	}
	states := statesOf(spots)
	if in.Kind == KindDecline && (in.Reason == "other-career" || in.Reason == "unknown") && rd.asksLicense() {
		in.State = states[0]
		return in, true, nil
	}
	if rd.bareNames(rest) && len(in.Subjects) > 0 && in.Kind == KindAnswer && !in.FromContext {
		in.Topics = []TopicScore{{"licensure", 1}}
	}
	// A word that names a topic counts more than the topic in play.
	if t := rd.namedTopic(); t != "" && in.FromContext && in.Kind == KindAnswer {
		in.Topics = []TopicScore{{t, 1}}
	}
	if !forState(&in) {
		return Intent{}, false, nil
	}
	if in.Topics[0].Topic == "certification" && (rd.asksLicense() || rd.hasWord(lawWords)) {
		in.Topics = []TopicScore{{"licensure", 1}}
	}
	in.State = states[0]
	if in.Kind == KindAnswer && len(rolesOf(rd.c, in.Subjects)) == 0 {
		in.Subjects, in.Passages = nil, nil
		return rd.askRole(in), true, nil
	}
	if len(spots[0].states) > 1 { // a city of two states
		in.Kind, in.States, in.State, in.Senses = KindClarify, spots[0].states, nil, nil
		in.Subjects = rolesOf(rd.c, in.Subjects)
		return in, len(in.Subjects) > 0, nil
	}
	in.States = states[1:]
	return rd.stateAnswer(in), true, nil
}

// goesOn understands a question that is nothing but a place: it goes on with the
// role and topic in play.
func (rd *reading) goesOn(rest string) (Intent, bool) {
	for _, t := range tokenize(rest) {
		if !ellipsisWords[t.text] {
			return Intent{}, false
		}
	}
	var play []*corpus.Page
	for _, id := range rd.ctx.Subjects {
		if p := rd.c.Page(id); p != nil {
			play = append(play, p)
		}
	}
	if len(play) == 0 || !slices.Contains(stateTopics, rd.ctx.Topic) {
		return Intent{}, false
	}
	return Intent{Kind: KindAnswer, Subjects: play[:1], Topics: []TopicScore{{rd.ctx.Topic, 1}}, FromContext: true, Confidence: 0.9}, true
}

func statesOf(spots []spot) []*corpus.State {
	var out []*corpus.State
	for _, s := range spots {
		for _, st := range s.states {
			if !slices.Contains(out, st) {
				out = append(out, st)
			}
		}
	}
	return out
}

// forState reports whether the reading can be answered for a state.
func forState(in *Intent) bool {
	return (in.Kind == KindAnswer || in.Kind == KindClarify) && len(in.Topics) > 0 && slices.Contains(stateTopics, in.Topics[0].Topic)
}

// lawWords ask what a state demands, whatever the paper is called.
var lawWords = wordSet("require requires required requirement requirements mandatory law legal legally need needs needed must")

// asksLicense reports whether a word of the question names the topic of licenses.
func (rd *reading) asksLicense() bool { return rd.topicWord("licensure") }

// topicWord reports whether a word of the question alone names the topic.
func (rd *reading) topicWord(topic string) bool {
	t := rd.c.Topic(topic)
	return t != nil && slices.ContainsFunc(rd.toks, func(tok token) bool { return slices.Contains(t.Words, tok.text) })
}

// namedTopic is the topic that a word of the question names, or "".
func (rd *reading) namedTopic() string {
	i := slices.IndexFunc(stateTopics, rd.topicWord)
	if i < 0 {
		return ""
	}
	return stateTopics[i]
}

// bareNames reports whether a text is nothing but names: "pharmacy tech".
func (rd *reading) bareNames(text string) bool {
	toks := tokenize(text)
	found := rd.names.find(toks)
	for i := range toks {
		if !slices.ContainsFunc(found, func(m mention) bool { return m.start <= i && i < m.end }) {
			return false
		}
	}
	return len(found) > 0
}

// abroad reads a question about a place that the folder does not cover: it is
// answered for what it does cover, and says so.
func (rd *reading) abroad(ctx context.Context, spots []spot) (Intent, bool, error) {
	s := spots[0]
	i := s.start - 1
	if i >= 0 && rd.toks[i].text == "the" {
		i--
	}
	if i < 0 || !inWords[rd.toks[i].text] {
		return Intent{}, false, nil
	}
	rest := without(rd.toks, spots)
	in, ok := rd.goesOn(rest)
	if ok {
		in = rd.section(in, Request{Topic: in.Topics[0].Topic})
	} else {
		var err error
		if in, err = rd.read(ctx, rest, rd.ctx, false); err != nil {
			return Intent{}, false, err
		}
	}
	if in.Kind != KindAnswer && in.Kind != KindClarify {
		return Intent{}, false, nil
	}
	in.Outside = s.outside
	return in, true, nil
}

// stateAnswer settles the role and the passage of an answer about a state.
func (rd *reading) stateAnswer(in Intent) Intent { return stateAnswer(rd.c, in) }

func stateAnswer(c *corpus.Corpus, in Intent) Intent {
	if in.Kind != KindAnswer { // asks which role; its choices carry the topic and the state
		for i := range in.Senses {
			in.Senses[i].Topic = in.Topics[0].Topic
		}
		return in
	}
	roles := rolesOf(c, in.Subjects)
	if len(roles) == 0 {
		return in
	}
	in.Subjects = roles[:1]
	in.Topics = in.Topics[:1]
	in.Passages = nil
	ps := roles[0].About(in.Topics[0].Topic)
	if r := in.State.Rule(roles[0].Slug); r != nil && r.Section != nil && in.Topics[0].Topic == "licensure" {
		ps = r.Section
	}
	if ps != nil {
		in.Passages = []index.Hit{{Passage: ps, Score: 1}}
	}
	in.Confidence = max(in.Confidence, 0.8)
	return in
}

// rolesOf returns the roles that pages are or concern.
func rolesOf(c *corpus.Corpus, pages []*corpus.Page) []*corpus.Page {
	var out []*corpus.Page
	for _, p := range pages {
		slugs := p.Roles
		if p.Kind == corpus.Role {
			slugs = []string{p.Slug}
		}
		for _, s := range slugs {
			if role := c.Role(s); role != nil && !slices.Contains(out, role) {
				out = append(out, role)
			}
		}
	}
	return out
}

// keepState carries the state of a conversation over to a question that goes on
// without naming one: "and the pay?", "and for an MLS?".
func (rd *reading) keepState(in Intent) Intent {
	st := rd.c.States.State(rd.ctx.State)
	if st == nil || in.State != nil || !in.FromContext || !forState(&in) || in.Topics[0].Topic == "certification" {
		return in
	}
	in.State = st
	return rd.stateAnswer(in)
}

// structuredState answers a structured question about a state, which is named by
// abbreviation or in words.
func (r *Router) structuredState(in Intent, q Request) Intent {
	name := strings.TrimPrefix(q.Detail, StateMark)
	if !slices.Contains(stateTopics, q.Topic) {
		q.Topic = "licensure"
	}
	in.Topics = []TopicScore{{q.Topic, 1}}
	if in.State = r.c.States.State(name); in.State == nil {
		e := r.placeNamed(name)
		switch {
		case e != nil && len(e.states) == 1:
			in.State = e.states[0]
		case e != nil && len(e.states) > 1 && len(in.Subjects) > 0:
			in.Kind, in.States = KindClarify, e.states
			return in
		case e != nil && e.outside != nil:
			in.Outside = e.outside
		default:
			in.Outside = &corpus.Place{}
		}
	}
	if len(in.Subjects) == 0 {
		rd := &reading{Router: r}
		return rd.askRole(in)
	}
	if in.State != nil {
		return stateAnswer(r.c, in)
	}
	q.Detail = ""
	outside := in.Outside
	in = r.section(in, q)
	in.Outside = outside
	return in
}

// placeNamed returns the place of that name, forgiving a slip, or nil.
func (r *Router) placeNamed(name string) *place {
	if len(name) > 60 {
		return nil
	}
	toks := tokenize(name)
	if e := r.places.byKey[strings.Join(words(toks), " ")]; e != nil {
		return e
	}
	if spots := r.places.find(toks, r.rep); len(spots) > 0 {
		return spots[0].place
	}
	return nil
}
