package bot

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"careerbot/bot/router"
	"careerbot/knowledge/corpus"
)

// How much a list of fitting jobs shows.
const (
	maxMatches = 5
	minMatches = 3
	maxReasons = 3 // for, and as many against
)

// match asks the next question, or shows the jobs that fit. Everything said so
// far travels in the buttons; nothing is stored.
func (c *composer) match() {
	w, m := c.in.Wish, &c.s.Corpus.Match
	c.a.Topics, c.a.Roles = nil, nil
	if c.s.Corpus.Topic("fit") != nil {
		c.a.Topics = []string{"fit"}
	}
	q := w.Next(m)
	if w.Done || q == nil {
		c.matches()
		return
	}
	c.a.Title = "Which job fits you?"
	if n := len(w.Answers); n > 0 {
		c.tell(Span{Text: "So far: " + c.heard() + "."})
		c.tell(Span{Text: q.Ask, Bold: true})
	} else {
		c.tell(Span{Text: q.Ask, Bold: true})
		c.tell(Span{Text: "Six taps at most, and you can stop at any time. I keep none of your answers. Or write it in one go: \"no blood, no nights, two years of school at most\"."})
	}
	for _, a := range q.Answers {
		c.tap(a.Label, w.With(q, a))
	}
	c.tap("Skip", w.With(q, nil))
	if w.Said() {
		c.tap("Show me now", w.Show())
	}
	c.readNext()
	c.a.ReadAs = "jobs that fit"
}

// readNext offers the page that comes close, where no answer was given yet.
func (c *composer) readNext() {
	if len(c.in.Passages) == 0 {
		return
	}
	ps := c.in.Passages[0].Passage
	f := FollowUp{Label: clip("Read: "+ps.Title, maxLabel), Ask: ps.Title, Choice: Choice{Subjects: []string{subjectCode(ps.Page)}, Topic: ps.Topic, Detail: ps.Detail}}
	if _, ok := f.Choice.Encode(); !ok {
		return
	}
	if len(c.a.Choices) > 0 {
		c.a.Choices = append(c.a.Choices, f)
	} else if len(c.a.FollowUps) < maxFollowUps {
		c.a.FollowUps = append(c.a.FollowUps, f)
	}
}

func wishChoice(w *router.Wish) Choice { return Choice{Kind: KindMatch, Detail: w.Detail()} }

func (c *composer) tap(label string, w *router.Wish) {
	f := FollowUp{Label: label, Ask: label, Choice: wishChoice(w)}
	if _, ok := f.Choice.Encode(); ok {
		c.a.Choices = append(c.a.Choices, f)
	}
}

// heard reads back what was understood.
func (c *composer) heard() string {
	var parts []string
	for _, a := range c.in.Wish.Answers {
		if a.Answer != nil {
			parts = append(parts, a.Answer.Heard)
		}
	}
	if pay := c.in.Wish.Pay; pay > 0 {
		parts = append(parts, "at least $"+strconv.Itoa(pay/1000)+",000 a year")
	}
	if len(parts) == 0 {
		return "nothing to go by yet"
	}
	return strings.Join(parts, "; ")
}

// A suit is how a role fits a wish.
type suit struct {
	role         *corpus.Page
	sum, clashes int      // clashes are what it rules out
	pro, con     []reason // in the order of the wish, heaviest first
}

// A reason speaks for a role or against it.
type reason struct {
	weight int
	text   string
	source *corpus.Source
}

// matches ranks the roles and says why, for and against.
func (c *composer) matches() {
	suits := c.rank()
	c.a.Title = "Jobs that fit what you said"
	c.tell(Span{Text: "You said: ", Bold: true}, Span{Text: c.heard() + "."})
	switch {
	case !c.in.Wish.Said():
		c.a.Title = "Jobs to look at"
		c.tell(Span{Text: "With nothing to rank by, these are simply the jobs we know most about."})
	case suits[0].clashes > 0:
		c.tell(Span{Text: "No job we cover fits all of that. These come closest, and each clashes with something you said."})
	}
	for i, s := range suits {
		c.a.Roles = append(c.a.Roles, s.role.Slug)
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Heading, Spans: []Span{{Text: strconv.Itoa(i+1) + ". " + s.role.Title}}}, Block{Kind: Bullets, Items: c.reasons(s)})
		if f := s.role.Fact("pay-median"); f != nil {
			c.addFactOf(s.role.Short, f)
		}
		if s.role.About("overview") != nil && len(c.a.FollowUps) < maxFollowUps-1 {
			c.offer(FollowUp{Label: s.role.Short, Ask: "what is " + withArticle(s.role.Short), Choice: Choice{Subjects: []string{s.role.Slug}, Topic: "overview"}})
		}
	}
	c.tell(Span{Text: "A list like this is a start, not a verdict: it knows only what you tapped or wrote. Visit a workplace before you pay for school.", Italic: true})
	c.refine()
	c.readNext()
	c.a.ReadAs = "jobs that fit"
}

// refine offers to go on, or to start over.
func (c *composer) refine() {
	w, label := c.in.Wish.More(), "Ask me more"
	if w.Next(&c.s.Corpus.Match) == nil {
		w, label = &router.Wish{}, "Start again"
	}
	c.offer(FollowUp{Label: label, Ask: "which job fits me", Choice: wishChoice(w)})
}

// rank returns the best roles: those that clash with the fewest wishes, then the
// best sum, then the fewest doubts, then the fullest page.
func (c *composer) rank() []suit {
	var all []suit
	for _, role := range c.s.Corpus.Roles() {
		all = append(all, c.suit(role))
	}
	slices.SortStableFunc(all, func(a, b suit) int {
		return cmp.Or(a.clashes-b.clashes, b.sum-a.sum, len(a.con)-len(b.con),
			len(b.role.Passages)-len(a.role.Passages), strings.Compare(a.role.Slug, b.role.Slug))
	})
	all = all[:min(len(all), maxMatches)]
	// Past the third, only what fits is worth reading.
	for len(all) > minMatches && c.in.Wish.Said() && all[len(all)-1].sum <= 0 {
		all = all[:len(all)-1]
	}
	return all
}

func (c *composer) suit(role *corpus.Page) suit {
	s := suit{role: role}
	for _, a := range c.in.Wish.Answers {
		if a.Answer == nil {
			continue
		}
		if t := a.Question.Roles[role.Slug]; t != nil {
			s.add(reason{a.Answer.Fit[t.Level], t.Text, t.Source})
		}
	}
	if f := role.Fact("pay-median"); f != nil && c.in.Wish.Pay > 0 {
		r := reason{1, "Half earn more than " + f.Text + " (" + f.Dated() + ").", f.Source}
		if f.Low < float64(c.in.Wish.Pay) {
			r = reason{-2, "Half earn less than " + f.Text + " (" + f.Dated() + "), and you want more.", f.Source}
		}
		s.add(r)
	}
	byWeight := func(a, b reason) int { return max(b.weight, -b.weight) - max(a.weight, -a.weight) }
	slices.SortStableFunc(s.pro, byWeight)
	slices.SortStableFunc(s.con, byWeight)
	return s
}

func (s *suit) add(r reason) {
	s.sum += r.weight
	switch {
	case r.weight > 0:
		s.pro = append(s.pro, r)
	case r.weight < 0:
		s.con = append(s.con, r)
	}
	if r.weight == -2 {
		s.clashes++
	}
}

// reasons lists what speaks for the role and against it. Where nothing that was
// said speaks against it, its general drawback does.
func (c *composer) reasons(s suit) [][]Span {
	var items [][]Span
	list := func(head string, rs []reason) {
		for _, r := range rs[:min(len(rs), maxReasons)] {
			items = append(items, []Span{{Text: head, Bold: true}, {Text: r.text}})
			c.addSource(r.source)
		}
	}
	list("For: ", s.pro)
	list("Against: ", s.con)
	if d := c.s.Corpus.Match.Drawbacks[s.role.Slug]; d != nil && len(s.con) < 2 {
		list("Against: ", []reason{{-1, d.Text, d.Source}})
	}
	return items
}
