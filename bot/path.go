package bot

import (
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

// path shows how one place on the ladder leads to another, or where one leads.
func (c *composer) path() {
	from, to := c.in.From, c.in.To
	l := &c.s.Corpus.Ladder
	switch {
	case from != "" && to != "":
		c.a.Title = c.place(from) + " to " + c.place(to)
		if b := belief(l, from, to); b != nil {
			c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: b.Truth}}})
			c.addSource(b.Source)
		}
		if steps := shortest(l, from, to); steps != nil {
			c.steps(steps)
			break
		}
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: "There is no bridge from " + c.place(from) + " to " + c.place(to) + " that I know of. People enter it the way anyone does."}}})
		if steps := shortest(l, "start", to); steps != nil {
			c.steps(steps)
		}
	default:
		from = from + to // only one is set
		c.a.Title = "From " + c.place(from) + ", what next"
		c.onward(from)
	}
	for _, id := range []string{from, to} {
		if p := c.s.Corpus.Role(id); p != nil && p.About("how-to-start") != nil {
			c.offer(FollowUp{Label: clip("Start as "+p.Short, maxLabel), Ask: "how do i become a " + p.Short, Choice: Choice{Subjects: []string{id}, Topic: "how-to-start"}})
		}
	}
	for _, id := range []string{to, from} {
		if p := c.s.Corpus.Role(id); p != nil && p.About("pay") != nil {
			c.offer(FollowUp{Label: clip("Pay of "+p.Short, maxLabel), Ask: "what does a " + p.Short + " make", Choice: Choice{Subjects: []string{id}, Topic: "pay"}})
		}
	}
	c.a.FollowUps = c.a.FollowUps[:min(len(c.a.FollowUps), maxFollowUps)]
	c.a.ReadAs = strings.Join([]string{"path", c.a.Title}, " · ")
}

// place names a rung of the ladder.
func (c *composer) place(id string) string {
	if p := c.s.Corpus.Role(id); p != nil {
		return p.Short
	}
	for _, d := range c.s.Corpus.Ladder.Destinations {
		if d.ID == id {
			return d.Title
		}
	}
	if id == "start" {
		return "the start"
	}
	return id
}

func belief(l *corpus.Ladder, from, to string) *corpus.Belief {
	i := slices.IndexFunc(l.Beliefs, func(b *corpus.Belief) bool { return b.From == from && b.To == to })
	if i < 0 {
		return nil
	}
	return l.Beliefs[i]
}

// shortest returns the fewest steps between two places, the first listed where
// there are several, or nil.
func shortest(l *corpus.Ladder, from, to string) []*corpus.Step {
	via := map[string]*corpus.Step{from: nil}
	queue := []string{from}
	for len(queue) > 0 && queue[0] != to {
		here := queue[0]
		queue = queue[1:]
		for _, s := range l.Steps {
			if s.From != here {
				continue
			}
			if _, seen := via[s.To]; !seen {
				via[s.To] = s
				queue = append(queue, s.To)
			}
		}
	}
	if via[to] == nil {
		return nil
	}
	var steps []*corpus.Step
	for at := to; via[at] != nil; at = via[at].From {
		steps = append(steps, via[at])
	}
	slices.Reverse(steps)
	return steps
}

func (c *composer) steps(steps []*corpus.Step) {
	b := Block{Kind: Steps}
	for _, s := range steps {
		b.Items = append(b.Items, c.step(s))
		c.addSource(s.Source)
	}
	c.a.Blocks = append(c.a.Blocks, b)
}

func (c *composer) step(s *corpus.Step) []Span {
	head := c.place(s.From) + " to " + c.place(s.To)
	if s.From == "start" {
		head = "Start as " + c.place(s.To)
	}
	var extra []string
	if s.Time != "" {
		extra = append(extra, s.Time)
	}
	if s.Credential != "" {
		extra = append(extra, "opens with "+s.Credential)
	}
	if len(extra) > 0 {
		head += " (" + strings.Join(extra, "; ") + ")"
	}
	text := ". " + s.Detail
	if s.Confidence != "primary" && s.Confidence != "" {
		text += " This is not confirmed by the publisher; check before you plan on it."
	}
	return []Span{{Text: head, Bold: true}, {Text: text}}
}

// onward lists where a place leads.
func (c *composer) onward(from string) {
	var steps []*corpus.Step
	for _, s := range c.s.Corpus.Ladder.Steps {
		if s.From == from && len(steps) < 7 {
			steps = append(steps, s)
		}
	}
	if len(steps) == 0 {
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: "I know of no set next step from " + c.place(from) + ". Many people move up by taking on more duties or a specialty."}}})
		return
	}
	c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: "From " + c.place(from) + ", people most often go on to these. Ask each school in writing what it accepts from before."}}})
	b := Block{Kind: Bullets}
	for _, s := range steps {
		b.Items = append(b.Items, c.step(s))
		c.addSource(s.Source)
	}
	c.a.Blocks = append(c.a.Blocks, b)
}
