package bot

import (
	"slices"
	"strings"
	"time"

	"careerbot/bot/router"
	"careerbot/knowledge/corpus"
)

// composer makes one answer from an intent.
type composer struct {
	s   *Snapshot
	in  router.Intent
	now func() time.Time
	a   Answer

	history bool // see [Options.History]
}

func (c *composer) compose() Answer {
	c.a = Answer{
		Kind: c.in.Kind, Reason: c.in.Reason, Confidence: round(c.in.Confidence),
		Knowledge: c.s.Corpus.Hash,
	}
	for _, t := range c.in.Topics {
		c.a.Topics = append(c.a.Topics, t.Topic)
	}
	for _, p := range c.in.Subjects {
		c.addRole(p)
	}
	for i, h := range c.in.Passages {
		if i == maxPassages {
			break
		}
		c.a.Passages = append(c.a.Passages, Passage{h.Passage.ID, round(h.Score)})
	}
	switch c.in.Kind {
	case KindMatch:
		if c.in.Wish != nil {
			c.match()
			break
		}
		c.answer()
	case KindAnswer:
		if c.in.State != nil && len(c.in.Subjects) > 0 {
			c.inState()
			break
		}
		if c.in.Find != "" && len(c.in.Subjects) > 0 {
			c.find()
			break
		}
		c.answer()
		c.aboutCredential()
	case KindCompare:
		c.compare()
	case KindPath:
		c.path()
	case KindDefine:
		c.define()
	case KindClarify:
		c.clarify()
	case KindDecline:
		c.decline()
	case KindMeta:
		c.meta()
	}
	c.pictures()
	if c.in.Outside != nil && c.a.Kind != KindDecline {
		c.abroad()
	}
	return c.a
}

// maxPassages is how many passages an answer names.
const maxPassages = 5

// addRole lists the role a page is, or the roles a credential is for.
func (c *composer) addRole(p *corpus.Page) {
	roles := p.Roles
	if p.Kind == corpus.Role {
		roles = []string{p.Slug}
	}
	for _, r := range roles {
		if !slices.Contains(c.a.Roles, r) {
			c.a.Roles = append(c.a.Roles, r)
		}
	}
}

func (c *composer) answer() {
	if len(c.in.Passages) == 0 {
		c.in.Kind, c.in.Reason = KindDecline, "unknown"
		c.a.Kind, c.a.Reason = KindDecline, "unknown"
		c.decline()
		return
	}
	ps := c.in.Passages[0].Passage
	c.a.Title = ps.Page.Title
	if len(ps.Page.Passages) > 1 && !strings.EqualFold(ps.Title, ps.Page.Title) {
		c.a.Title += ": " + ps.Title
	}
	c.addPassage(ps)
	for _, more := range c.shown()[1:] {
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Heading, Spans: []Span{{Text: more.Title}}})
		c.addPassage(more)
	}
	c.readAs(c.topicTitle(ps.Topic), ps.Page)
	c.notice(ps.Page)
	c.changes(ps)
	c.followUps(ps)
}

// shown returns the sections that answer: the best one, and the one on a second
// topic that was asked in the same breath.
func (c *composer) shown() []*corpus.Passage {
	if len(c.in.Passages) == 0 {
		return nil
	}
	ps := c.in.Passages[0].Passage
	for _, t := range c.in.Topics[min(1, len(c.in.Topics)):] {
		if more := c.sectionOn(ps.Page, t.Topic); more != nil && more != ps && ps.Page.Kind == corpus.Role {
			return []*corpus.Passage{ps, more}
		}
	}
	return []*corpus.Passage{ps}
}

// sectionOn is the page's section on the topic that fits the question best: the
// first of those found, else the topic's first section.
func (c *composer) sectionOn(p *corpus.Page, topic string) *corpus.Passage {
	for _, h := range c.in.Passages {
		if h.Passage.Page == p && h.Passage.Topic == topic {
			return h.Passage
		}
	}
	return p.About(topic)
}

// addPassage appends the passage's text, figures and sources.
func (c *composer) addPassage(ps *corpus.Passage) {
	for _, b := range ps.Blocks {
		c.a.Blocks = append(c.a.Blocks, block(b))
	}
	for _, f := range ps.Facts {
		if f.Page != ps.Page && (f.Page.Kind == corpus.Role || f.Page.Kind == corpus.Certification) {
			c.addFactOf(f.Page.Short, f)
			continue
		}
		c.addFact(f)
	}
	for _, s := range ps.Sources {
		c.addSource(s)
	}
}

func block(b corpus.Block) Block {
	spans := func(in []corpus.Span) []Span {
		out := make([]Span, len(in))
		for i, s := range in {
			out[i] = Span{Text: s.Text, Bold: s.Bold, Italic: s.Italic, Link: s.Link}
		}
		return out
	}
	out := Block{Kind: BlockKind(b.Kind)}
	if b.Kind == corpus.Paragraph {
		out.Spans = spans(b.Spans)
		return out
	}
	for _, it := range b.Items {
		out.Items = append(out.Items, spans(it))
	}
	return out
}

func (c *composer) addFact(f *corpus.Fact) { c.addFactOf("", f) }

// addFactOf lists a figure, with the subject's name where several stand together.
func (c *composer) addFactOf(subject string, f *corpus.Fact) {
	if len(c.a.Facts) == MaxFacts {
		return
	}
	label := f.Label
	if subject != "" {
		label = subject + ": " + strings.ToLower(label[:1]) + label[1:]
	}
	if fact := factOf(label, f); !slices.Contains(c.a.Facts, fact) {
		c.a.Facts = append(c.a.Facts, fact)
	}
}

// factOf is the figure as a reader sees it.
func factOf(label string, f *corpus.Fact) Fact {
	fact := Fact{Label: label, Value: f.Text, AsOf: f.Dated(), Caveat: f.Caveat()}
	if f.Source != nil {
		fact.Source = f.Source.Publisher
		if fact.Source == "" {
			fact.Source = f.Source.Title
		}
	}
	return fact
}

func (c *composer) addSource(s *corpus.Source) {
	if s == nil {
		return
	}
	src := Source{Title: s.Title, URL: s.URL, AsOf: s.AsOf.String(), Label: s.Label()}
	if !slices.Contains(c.a.Sources, src) {
		c.a.Sources = append(c.a.Sources, src)
	}
}

func (c *composer) topicTitle(slug string) string {
	if t := c.s.Corpus.Topic(slug); t != nil {
		return t.Title
	}
	return ""
}

// readAs says what was understood, most specific last.
func (c *composer) readAs(topic string, pages ...*corpus.Page) {
	var parts []string
	if topic != "" {
		parts = append(parts, strings.ToLower(topic))
	}
	for _, p := range pages {
		parts = append(parts, p.Short)
	}
	c.a.ReadAs = strings.Join(parts, " · ")
}

// notice warns when a page's figures are past their review date.
func (c *composer) notice(pages ...*corpus.Page) {
	if c.now == nil {
		return
	}
	for _, p := range pages {
		if p.ReviewBy.Before(c.now()) {
			c.a.Notice = "This page was due for review by " + p.ReviewBy.Words() + ", so its figures may be out of date."
			return
		}
	}
}

// Most entries of the menus under an answer.
const (
	maxFollowUps = 4
	maxChanges   = 10
)

// changes offers other readings: other topics of the same page, then the same
// topic for other roles that were close.
func (c *composer) changes(ps *corpus.Passage) {
	for _, t := range c.s.Corpus.Topics {
		if len(c.a.Change) == maxChanges {
			return
		}
		if t.Slug != ps.Topic && ps.Page.About(t.Slug) != nil {
			c.a.Change = append(c.a.Change, c.followUp(ps.Page, t.Slug, t.Title))
		}
	}
}

// followUp builds a question about a page's topic.
func (c *composer) followUp(p *corpus.Page, topic, label string) FollowUp {
	ask := strings.ToLower(label) + " for " + p.Short
	if p.Kind == corpus.Role {
		ask = p.Short + ": " + strings.ToLower(label)
	}
	return FollowUp{Label: clip(label, maxLabel), Ask: ask,
		Choice: Choice{Subjects: []string{subjectCode(p)}, Topic: topic}}
}

// withArticle puts a or an before a name, by how it sounds: an MLT, a CNA.
func withArticle(name string) string {
	word, _, _ := strings.Cut(name, " ")
	vowels := "aeiouAEIOU"
	if len(word) > 1 && word == strings.ToUpper(word) {
		vowels = "AEFHILMNORSX" // letters said one by one
	}
	if name != "" && strings.ContainsRune(vowels, rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// maxLabel is the longest button label that every platform shows whole.
const maxLabel = 34

// clip cuts a label at a word.
func clip(s string, most int) string {
	rs := []rune(s)
	if len(rs) <= most {
		return s
	}
	cut := string(rs[:most-1])
	if i := strings.LastIndexByte(cut, ' '); i > most/2 {
		cut = cut[:i]
	}
	return cut + "…"
}

// followUps offers what people ask next: the topic's own list, then what else
// the page has.
func (c *composer) followUps(ps *corpus.Passage) {
	page := ps.Page
	var topics []string
	if t := c.s.Corpus.Topic(ps.Topic); t != nil {
		topics = append(topics, t.Next...)
	}
	for _, other := range page.Passages {
		topics = append(topics, other.Topic)
	}
	seen := map[string]bool{ps.Topic: true}
	for _, topic := range topics {
		if len(c.a.FollowUps) == maxFollowUps {
			return
		}
		if seen[topic] {
			continue
		}
		seen[topic] = true
		switch {
		case topic == corpus.NextPath:
			if page.Kind == corpus.Role && len(stepsFrom(&c.s.Corpus.Ladder, page.Slug)) > 0 {
				c.offerPath(page.Slug, "")
			}
		case topic == "compare" && len(c.usual(page)) > 0:
			c.offerCompare(page, c.usual(page)[0])
		case page.About(topic) != nil:
			c.addFollowUp(page, topic)
		}
	}
	// Other sections on the same topic, for short pages.
	for _, other := range page.Passages {
		if len(c.a.FollowUps) == maxFollowUps || other == ps || other.Topic != ps.Topic {
			continue
		}
		f := c.followUp(page, other.Topic, other.Title)
		f.Choice.Detail = other.Detail
		c.offer(f)
	}
	// The comparisons people ask for, after a comparison.
	if ps.Topic == "compare" {
		for _, q := range c.usual(page) {
			if len(c.a.FollowUps) < maxFollowUps {
				c.offerCompare(page, q)
			}
		}
	}
	// The roles a credential, skill, pitfall or guide is about.
	for _, r := range page.Roles {
		if role := c.s.Corpus.Role(r); role != nil && len(c.a.FollowUps) < maxFollowUps && role.About("overview") != nil {
			c.offer(FollowUp{Label: role.Short, Ask: "what is " + withArticle(role.Short), Choice: Choice{Subjects: []string{r}, Topic: "overview"}})
		}
	}
}

func (c *composer) addFollowUp(p *corpus.Page, topic string) {
	label := p.About(topic).Title
	if t := c.topicTitle(topic); t != "" {
		label = t
	}
	c.offer(c.followUp(p, topic, label))
}

// offer adds a follow-up whose choice fits a button.
func (c *composer) offer(f FollowUp) {
	code, ok := f.Choice.Encode()
	twice := slices.ContainsFunc(c.a.FollowUps, func(o FollowUp) bool {
		other, _ := o.Choice.Encode()
		return other == code || strings.EqualFold(o.Label, f.Label)
	})
	if ok && !twice {
		c.a.FollowUps = append(c.a.FollowUps, f)
	}
}

// firstPassage is where reading about a page starts.
func firstPassage(p *corpus.Page) *corpus.Passage {
	if ps := p.About("overview"); ps != nil {
		return ps
	}
	if len(p.Passages) > 0 {
		return p.Passages[0]
	}
	return nil
}

func (c *composer) clarify() {
	if len(c.in.States) > 1 {
		c.chooseState()
		return
	}
	text := "Which one do you mean?"
	switch {
	case c.in.Term != nil:
		text = "“" + c.in.Term.Term + "” can mean more than one thing. Which one do you mean?"
	case len(c.in.Senses) > 0 && allSamePage(c.in.Senses):
		text = "What would you like to know about " + c.in.Senses[0].Page.Short + "?"
	case len(c.in.Topics) > 0:
		text = "Which job is your question about?"
	}
	c.a.Title = "One question first"
	c.a.Blocks = []Block{{Kind: Paragraph, Spans: []Span{{Text: text}}}}
	for _, s := range c.in.Senses {
		topic, ps := s.Topic, (*corpus.Passage)(nil)
		if topic != "" {
			ps = s.Page.About(topic)
		}
		if ps == nil {
			if ps = firstPassage(s.Page); ps == nil {
				continue
			}
			topic = ps.Topic
		}
		f := FollowUp{Label: clip(s.Label, maxLabel), Ask: s.Label, Choice: Choice{Subjects: []string{subjectCode(s.Page)}, Topic: topic}}
		switch {
		case c.in.Find != "" && c.in.State == nil:
			f.Choice.Detail = string(c.in.Find)
		case c.in.State != nil:
			f.Choice.Detail = StateMark + strings.ToLower(c.in.State.Abbr)
		}
		if _, ok := f.Choice.Encode(); ok {
			c.a.Choices = append(c.a.Choices, f)
		}
		c.addRole(s.Page)
	}
}

func allSamePage(senses []router.Sense) bool {
	return !slices.ContainsFunc(senses, func(s router.Sense) bool { return s.Page != senses[0].Page })
}

// credentialTopics are the topics under which a credential's page answers what
// the credential is, who may have it, and what it is worth.
var credentialTopics = []string{"overview", "how-to-start", "fit"}

// aboutCredential puts certification before the section's own topic: which
// credential, who may take it and what it is worth is what that topic means.
func (c *composer) aboutCredential() {
	if len(c.in.Passages) == 0 || len(c.a.Topics) == 0 || c.s.Corpus.Topic("certification") == nil {
		return
	}
	if p := c.in.Passages[0].Passage; p.Page.Kind == corpus.Certification && slices.Contains(credentialTopics, c.a.Topics[0]) {
		c.a.Topics = append([]string{"certification"}, slices.DeleteFunc(c.a.Topics, func(t string) bool { return t == "certification" })...)
	}
}
