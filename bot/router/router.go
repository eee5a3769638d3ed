package router

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"careerbot/bot/router/linear"
	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// Thresholds of the decision.
const (
	// defaultAnswerAt is the confidence from which a reading is answered, unless
	// the folder says otherwise: of the validation questions of CLINC150 it answers
	// 88.6 % rightly and holds back 92 % of those out of scope.
	defaultAnswerAt = 0.62
	// topicAt is the share of belief a topic needs to stand beside the first.
	topicAt = 0.25
)

// stack holds the weights of the logistic regression that turns a classifier's
// result into the probability that it is right: see [evidence] for the order.
// They were learnt on the validation part of CLINC150, with likeness to the
// declined examples and all, and carry over to other data.
var stack = [...]float64{3.619, 1.637, 1.889, 0.655, -1.681, 1.928, -4.519, -4.028}

// evidence is what speaks for and against a classifier's result.
func evidence(r *linear.Result) [len(stack)]float64 {
	return [...]float64{
		r.Top(), r.Margin(), r.Known, math.Log(float64(r.Words + 1)), r.Top() * r.Known, r.KnownWords, r.None, 1,
	}
}

// probability is the logistic of the weighted evidence and what a name adds,
// calibrated for the folder.
func (r *Router) probability(res *linear.Result, bonus float64) float64 {
	z := bonus
	for i, x := range evidence(res) {
		z += stack[i] * x
	}
	return 1 / (1 + math.Exp(-(r.slope*z + r.offset)))
}

// A Router reads questions against one corpus. It is immutable and safe for
// concurrent use.
type Router struct {
	c        *corpus.Corpus
	ix       *index.Index
	rep      *repairer
	names    *names
	hints    *hints
	places   *places
	model    *linear.Model
	labels   []label
	phrase   []phrase
	standIns []standIn

	answerAt      float64 // confidence from which a reading is answered
	slope, offset float64 // of the calibration

	cuesOf map[string][][]string // words that point at a page, from the glossary's senses
	// Example questions of each passage, and the words that name each topic.
	asks       map[*corpus.Passage][]linear.Vector
	topicWords map[string][]linear.Vector
}

// phrase is a run of words that settles a boundary alone.
type phrase struct {
	words  []string
	reason string
}

// New trains a router on the corpus: some hundred milliseconds for thousands of
// example questions. The index must be of the same corpus.
func New(c *corpus.Corpus, ix *index.Index) (*Router, error) {
	r := &Router{
		c: c, ix: ix, rep: newRepairer(vocabulary(c)),
		answerAt: cmp.Or(c.Router.AnswerAt, defaultAnswerAt), slope: cmp.Or(c.Router.Slope, 1), offset: c.Router.Offset,
	}
	r.names = newNames(c, r.rep)
	r.hints = newHints(c)
	r.standIns = newStandIns(c)
	r.places = newPlaces(c)
	t, err := train(c, r.names)
	if err != nil {
		return nil, err
	}
	r.model, r.labels, r.asks = t.model, t.labels, map[*corpus.Passage][]linear.Vector{}
	r.topicWords = map[string][]linear.Vector{}
	for topic, asks := range t.topicWords {
		for _, masked := range asks {
			r.topicWords[topic] = append(r.topicWords[topic], r.model.Vector(masked))
		}
	}
	for ps, asks := range t.asks {
		for _, masked := range asks {
			r.asks[ps] = append(r.asks[ps], r.model.Vector(masked))
		}
	}
	r.cuesOf = map[string][][]string{}
	for _, term := range c.Terms {
		for _, s := range term.Senses {
			for _, cue := range s.Cues {
				if term.Ambiguous() && s.PageID != "" {
					r.cuesOf[s.PageID] = append(r.cuesOf[s.PageID], words(tokenize(cue)))
				}
			}
		}
	}
	for _, b := range c.Boundaries {
		for _, p := range b.Phrases {
			r.phrase = append(r.phrase, phrase{words(tokenize(p)), b.Reason})
		}
	}
	return r, nil
}

// reading is a question on its way to an [Intent].
type reading struct {
	*Router
	text     string
	toks     []token
	found    []mention
	repaired []token
	masked   []string
	scores   []float32
	vector   linear.Vector
	conf     float64
	best     label
	result   linear.Result

	topicLikeness float64 // to the words that name the best topic, 0 before it is known
	topics        []TopicScore
	subjects      []*corpus.Page // named in the question
	dests         []*corpus.Destination
	ctx           Context
}

// Read understands a question in the light of a conversation.
func (r *Router) Read(ctx context.Context, text string, conv Context) (Intent, error) {
	return r.read(ctx, text, conv, true)
}

// read is Read; places tells whether states and countries are looked for.
func (r *Router) read(ctx context.Context, text string, conv Context, places bool) (Intent, error) {
	rd := &reading{Router: r, text: text, toks: tokenize(text), ctx: conv}
	switch {
	case foreign(text):
		return Intent{Kind: KindMeta, Meta: "language", Confidence: 1}, nil
	case len(rd.toks) == 0: // only signs or pictures
		return Intent{Kind: KindMeta, Meta: "help", Confidence: 1}, nil
	}
	rd.found = r.names.find(rd.toks)
	rd.resolveMentions()
	rd.classify()
	declined, stop := rd.boundary()
	if places && (!stop || !final[declined.Reason]) {
		if in, done, err := rd.inState(ctx); done || err != nil {
			return in, err
		}
	}
	if stop {
		if in, done := rd.defineInstead(declined); done {
			return in, nil
		}
		return declined, nil
	}
	if in, done := rd.meta(); done {
		return in, nil
	}
	if in, done := rd.define(); done {
		return in, nil
	}
	in, err := rd.decide(ctx)
	if places {
		in = rd.keepState(in)
	}
	return rd.near(in), err
}

// final are the reasons that hold whatever else a message says.
var final = map[string]bool{"emergency": true, "medical-advice": true, "abuse": true, "exam-content": true}

// classify scores the masked question and sorts the topics.
func (rd *reading) classify() {
	toks := rd.rep.repairAll(rd.toks, func(i int) bool {
		return slices.ContainsFunc(rd.found, func(m mention) bool { return m.start <= i && i < m.end })
	})
	rd.repaired = toks
	rd.masked = mask(toks, rd.found)
	res := rd.model.Classify(rd.masked, nil)
	rd.vector = rd.model.Vector(rd.masked)
	if &toks[0] != &rd.toks[0] {
		// A repaired word is less sure than one typed right: count it half.
		n, w := rd.model.Familiar(mask(rd.toks, rd.found))
		res.Known, res.KnownWords = (res.Known+n)/2, (res.KnownWords+w)/2
	}
	rd.result = res
	rd.scores = res.Scores
	if res.Best != linear.None {
		rd.best = rd.labels[res.Best]
	}
	// A name of this field is evidence that the question belongs here.
	bonus := 0.0
	if len(rd.subjects) > 0 {
		bonus = 1.5
	}
	rd.conf = rd.probability(&res, bonus)
	if rd.strange() {
		rd.conf = min(rd.conf, strangeCap) // a name among words of another language
	}
	sum := 0.0
	for i, l := range rd.labels {
		if l.topic == "" {
			continue
		}
		s := math.Exp(topicHeat * float64(rd.scores[i]))
		sum += s
		rd.topics = append(rd.topics, TopicScore{l.topic, s})
	}
	for i := range rd.topics {
		rd.topics[i].Score /= sum
	}
	slices.SortStableFunc(rd.topics, func(a, b TopicScore) int { return cmp.Compare(b.Score, a.Score) })
}

// strangeCap is the confidence in a reading of mostly unknown words: enough to ask
// back, not to answer.
const strangeCap = 0.5

// strange reports whether half the words beside the names are unknown to the
// folder; one that is a slip away from a known word counts half.
func (rd *reading) strange() bool {
	words, unknown := 0.0, 0.0
	for i, t := range rd.toks {
		if slices.ContainsFunc(rd.found, func(m mention) bool { return m.start <= i && i < m.end }) {
			continue
		}
		words++
		switch {
		case rd.rep.known(t.text):
		case rd.rep.known(rd.repaired[i].text):
			unknown += 0.5
		default:
			unknown++
		}
	}
	return words > 2 && 2*unknown >= words
}

// topicHeat turns the topics' scores into shares: the higher, the more the best
// one takes.
const topicHeat = 6

// likeness is how close the question comes to one of the passage's example
// questions, from 0 to 1. The first section on a topic also answers to the words
// that name the topic.
func (rd *reading) likeness(ps *corpus.Passage) float64 {
	best := rd.nearest(rd.asks[ps])
	if ps.Detail == "" && rd.topTopic(ps.Topic) {
		if rd.topicLikeness == 0 {
			rd.topicLikeness = rd.nearest(rd.topicWords[ps.Topic])
		}
		best = max(best, wordsWeight*rd.topicLikeness)
	}
	return best
}

// wordsWeight keeps the bare words of a topic below an example that says more.
const wordsWeight = 0.8

// nearest is the highest cosine of the question with one of the vectors.
func (rd *reading) nearest(vectors []linear.Vector) float64 {
	best := 0.0
	for _, v := range vectors {
		best = max(best, rd.vector.Cosine(v))
	}
	return best
}

// resolveMentions settles which page each name means, as far as it can be.
func (rd *reading) resolveMentions() {
	for i := range rd.found {
		m := &rd.found[i]
		switch {
		case m.name.page != nil:
			m.page, m.dest = m.name.page, m.name.dest
		case m.name.dest != nil:
			m.dest = m.name.dest
		case m.name.term != nil:
			rd.resolveTerm(m)
		}
	}
	// Pages named outright first, so that they can settle ambiguous words.
	for i := range rd.found {
		if m := &rd.found[i]; len(m.open) > 0 {
			rd.settleByCompany(m)
		}
	}
	for i := range rd.found {
		if m := &rd.found[i]; len(m.open) > 0 {
			rd.settleByTrade(m)
		}
	}
	rd.standFor()
	rd.dests = nil
	for _, m := range rd.found {
		if m.dest != nil {
			rd.dests = append(rd.dests, m.dest)
		}
		if m.page != nil && !slices.Contains(rd.subjects, m.page) {
			rd.subjects = append(rd.subjects, m.page)
		}
	}
}

// resolveTerm reads a glossary term: a term of one sense is its page, an
// ambiguous one is settled by the cue words around it, then by the conversation.
func (rd *reading) resolveTerm(m *mention) {
	t := m.name.term
	if !t.Ambiguous() {
		m.page = rd.c.Page(t.Senses[0].PageID)
		return
	}
	best, count := -1, 0
	tie := false
	for i := range t.Senses {
		n := rd.cues(&t.Senses[i], m)
		switch {
		case n > count:
			best, count, tie = i, n, false
		case n == count && n > 0:
			tie = true
		}
	}
	if best >= 0 && !tie {
		rd.settle(m, &t.Senses[best])
		return
	}
	for _, id := range rd.ctx.Subjects {
		for i := range t.Senses {
			s := &t.Senses[i]
			if s.PageID == id || strings.HasPrefix(s.PageID, "certifications/") && rd.concerns(s.PageID, id) {
				rd.settle(m, s)
				return
			}
		}
	}
	for i := range t.Senses {
		m.open = append(m.open, &t.Senses[i])
	}
}

func (rd *reading) settle(m *mention, s *corpus.Sense) {
	m.open = nil
	if m.page = rd.c.Page(s.PageID); m.page == nil {
		m.sense = s
	}
}

// concerns reports whether the page is about the role.
func (rd *reading) concerns(pageID, roleID string) bool {
	p := rd.c.Page(pageID)
	return p != nil && slices.Contains(p.Roles, strings.TrimPrefix(roleID, "roles/"))
}

// settleByCompany reads an ambiguous word by the pages named beside it.
func (rd *reading) settleByCompany(m *mention) {
	var fit []*corpus.Sense
	for _, s := range m.open {
		for _, other := range rd.found {
			if other.page == nil {
				continue
			}
			if other.page.Kind == corpus.Role && rd.concerns(s.PageID, other.page.ID) ||
				rd.c.Page(s.PageID) != nil && rd.concerns(other.page.ID, s.PageID) {
				fit = append(fit, s)
				break
			}
		}
	}
	if len(fit) == 1 {
		rd.settle(m, fit[0])
	}
}

// cues counts the sense's cue words in the rest of the question.
func (rd *reading) cues(s *corpus.Sense, m *mention) int {
	n := 0
	for _, cue := range s.Cues {
		ct := words(tokenize(cue))
		for i := 0; i+len(ct) <= len(rd.toks); i++ {
			if i < m.end && m.start < i+len(ct) {
				continue
			}
			if match(rd.toks[i:i+len(ct)], ct) {
				n++
				break
			}
		}
	}
	return n
}

// match compares words, forgiving a plural.
func match(toks []token, ws []string) bool {
	for i, w := range ws {
		if t := toks[i].text; t != w && !slices.Contains(plurals(w), t) && !slices.Contains(plurals(t), w) {
			return false
		}
	}
	return len(ws) > 0
}

// boundary declines what must not be answered.
func (rd *reading) boundary() (Intent, bool) {
	for _, p := range rd.phrase {
		for i := 0; i+len(p.words) <= len(rd.toks); i++ {
			if match(rd.toks[i:i+len(p.words)], p.words) {
				return Intent{Kind: KindDecline, Reason: p.reason, Confidence: 1}, true
			}
		}
	}
	if rd.crisis() {
		return Intent{Kind: KindDecline, Reason: "emergency", Confidence: max(rd.conf, 0.5)}, true
	}
	reason, score, lead := rd.leaning()
	if reason == "" || rd.strange() || rd.conf < noiseBelow && score < 0 { // noise is not another career
		return Intent{}, false
	}
	// A few words that continue a conversation are not off its topic.
	if reason != "abuse" && (len(rd.ctx.Subjects) > 0 && len(rd.toks) <= 3 || len(rd.ctx.Open) > 1 && rd.fromChoice(&Intent{})) {
		return Intent{}, false
	}
	named := slices.ContainsFunc(rd.subjects, isSubject)
	at, known := openLeans[reason]
	if named {
		at, known = namedLeans[reason]
	}
	switch {
	case known && rd.best.meta == "" && score > at.score && lead > at.lead:
	case !named && rd.best.reason == reason:
	default:
		return Intent{}, false
	}
	return Intent{Kind: KindDecline, Reason: reason, Confidence: rd.conf}, true
}

// noiseBelow is the confidence below which a message that scores for nothing is
// noise.
const noiseBelow = 0.2

// lean is what a reason to decline must score, and by how much more than the best
// topic, which may be less than nothing.
type lean struct{ score, lead float32 }

// Where a covered role is named outright the message must lean clearly to
// decline; for the reasons that are missing nothing is enough. Where none is
// named the best reading decides, and these decide although a topic is better:
// a wrong answer to them harms more than a question too many.
var (
	namedLeans = map[string]lean{
		"medical-advice": {-0.4, 0.1}, "legal-advice": {-0.5, 0.15}, "exam-content": {-0.42, -0.4}, "abuse": {-0.5, 0.3},
	}
	openLeans = map[string]lean{"medical-advice": {-0.48, -0.3}, "exam-content": {-0.42, -0.4}}
)

// leaning returns the reason that scores best, its score, and how far that lies
// above the best topic. Emergencies are not among them.
func (rd *reading) leaning() (reason string, score, lead float32) {
	score, topic := float32(math.Inf(-1)), float32(math.Inf(-1))
	for i, l := range rd.labels {
		switch {
		case l.topic != "":
			topic = max(topic, rd.scores[i])
		case l.reason != "" && l.reason != "emergency" && rd.scores[i] > score:
			reason, score = l.reason, rd.scores[i]
		}
	}
	return reason, score, score - topic
}

// Scores from which a message, or one clause of it, counts as a crisis although
// another class may score higher.
const (
	crisisAt       = -0.2
	crisisClauseAt = 0.2
)

// crisis reports whether someone may be in danger. A crisis hides in one clause of
// many, so each is read alone too.
func (rd *reading) crisis() bool {
	emergency := label{reason: "emergency"}
	score, known := rd.scoreOf(emergency)
	if !known {
		return false
	}
	if score > crisisAt || rd.best == emergency && len(rd.subjects) == 0 {
		return true
	}
	class := slices.Index(rd.labels, emergency)
	for i, clause := range clauses(rd.text) {
		if i == maxClauses {
			break
		}
		toks := rd.rep.repairAll(tokenize(clause), func(int) bool { return false })
		if len(toks) < 3 {
			continue
		}
		if rd.model.Classify(mask(toks, rd.names.find(toks)), nil).Scores[class] > crisisClauseAt {
			return true
		}
	}
	return false
}

// clauses splits a text at stops and at the words that join clauses. A text of
// one clause has none to read alone.
func clauses(text string) []string {
	var out []string
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(".!?;,\n", r) }) {
		start := 0
		words := strings.Fields(s)
		for i, w := range words {
			if clauseWords[strings.ToLower(w)] {
				out = append(out, strings.Join(words[start:i], " "))
				start = i + 1
			}
		}
		out = append(out, strings.Join(words[start:], " "))
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

var clauseWords = wordSet("since because cause cuz bc but so and anyway then when while though although after before if now also")

// maxClauses bounds how many clauses are read alone.
const maxClauses = 16

// scoreOf returns the classifier's score of a label, if it knows it.
func (rd *reading) scoreOf(l label) (float32, bool) {
	i := slices.Index(rd.labels, l)
	if i < 0 {
		return 0, false
	}
	return rd.scores[i], true
}

func isSubject(p *corpus.Page) bool { return p.Kind == corpus.Role || p.Kind == corpus.Certification }

// maxMetaWords bounds turns about the bot: longer ones ask something.
const maxMetaWords = 14

func (rd *reading) meta() (Intent, bool) {
	if rd.best.meta == "" || slices.ContainsFunc(rd.subjects, isSubject) || len(rd.toks) > maxMetaWords || rd.conf < 0.35 {
		return Intent{}, false
	}
	return Intent{Kind: KindMeta, Meta: rd.best.meta, Confidence: rd.conf}, true
}
