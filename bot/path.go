package bot

import (
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

// startPlace is the ladder's place before the first job.
const startPlace = "start"

// A Route is one way along the ladder.
type Route struct {
	Steps []RouteStep
}

// A RouteStep leads from one place to the next.
type RouteStep struct {
	From, To     string // names
	FromID, ToID string // role slugs, ids of destinations, or "start"
	Time         string
	Credential   string // what opens the door
	Cost         string // what is known of it, with its date, "" when nothing is
	Detail       string
	AsOf, Source string
	Caveat       string // what qualifies it, "" when nothing does
	Shortcut     bool   // a real bridge that makes the way shorter
}

// maxOnward is how many next steps one answer lists.
const maxOnward = 7

// path shows how one place on the ladder leads to another, or where one leads.
func (c *composer) path() {
	from, to := c.in.From, c.in.To
	if len(c.in.Unknown) > 0 && (from != "" || to != "") {
		c.say("I do not know " + listed(quoted(c.in.Unknown), "or") + " as a job, so here is what I know of the other.")
	}
	switch {
	case from == "" && to == "":
		c.a.Kind, c.a.Reason = KindDecline, "unknown"
		c.decline()
		return
	case from == to:
		c.a.Title = "What next after " + c.place(from)
		c.say("Start and goal are the same, so here is where it leads.")
		c.onward(from)
	case from != "" && to != "":
		c.a.Title = c.place(from) + " to " + c.place(to)
		c.between(from, to)
	case from == "":
		c.a.Title = "How to become: " + c.place(to)
		c.between(startPlace, to)
	default:
		c.a.Title = "What next after " + c.place(from)
		c.onward(from)
	}
	c.ladderPicture()
	c.pathNext(from, to)
	c.a.ReadAs = strings.Join([]string{"path", c.a.Title}, " · ")
}

// between shows the shortest way and an alternative, or says that there is none
// and what people do instead.
func (c *composer) between(from, to string) {
	l := &c.s.Corpus.Ladder
	b := belief(l, from, to)
	if b != nil {
		c.say("Many believe this: “" + b.Belief + "” " + b.Truth)
		c.addSource(b.Source)
	}
	best := shortest(l, from, to)
	if best == nil {
		c.noBridge(from, to)
		return
	}
	if b == nil {
		c.say(c.summary(best))
	}
	c.steps(best)
	if other := alternative(l, from, to, best); other != nil {
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Heading, Spans: []Span{{Text: "Another way, by " + c.via(other)}}})
		c.steps(other)
	}
	c.say("Ask each school in writing what it accepts from before.")
}

// summary says in one sentence how long the way is.
func (c *composer) summary(steps []*corpus.Step) string {
	last := steps[len(steps)-1]
	if len(steps) == 1 {
		text := "One step: " + last.Time + "."
		if last.Time == "" {
			text = "One step."
		}
		if last.Shortcut {
			text += " This is one of the few real bridges."
		}
		return text
	}
	return "It takes " + spelled(min(len(steps), 5)) + " steps, by " + c.via(steps) + "."
}

// via names the places between the ends of a way.
func (c *composer) via(steps []*corpus.Step) string {
	if len(steps) == 1 {
		return "the direct step"
	}
	var names []string
	for _, s := range steps[:len(steps)-1] {
		names = append(names, c.place(s.To))
	}
	return listed(names, "and")
}

// noBridge says that nothing leads there, and what people do instead: they enter
// as anyone does, or by the places that lead to it.
func (c *composer) noBridge(from, to string) {
	l := &c.s.Corpus.Ladder
	c.say("There is no bridge from " + c.place(from) + " to " + c.place(to) + " that we know of. Ask the school in writing whether any of your credits count.")
	if steps := shortest(l, startPlace, to); steps != nil {
		c.say("What people do instead is enter it the way anyone does:")
		c.steps(steps)
	} else if into := stepsInto(l, to); len(into) > 0 {
		c.say("People come to it from these:")
		c.list(into)
	}
	if on := stepsFrom(l, from); len(on) > 0 && from != startPlace {
		c.say("What does lead on from " + c.place(from) + ": " + listed(c.ends(on), "and") + ".")
	}
}

// ends are the places where the steps lead, at most a few.
func (c *composer) ends(steps []*corpus.Step) []string {
	var names []string
	for _, s := range steps[:min(len(steps), 4)] {
		names = append(names, c.place(s.To))
	}
	return names
}

// pathNext offers what people ask after a way: the goal, its pay, and further on.
func (c *composer) pathNext(from, to string) {
	role := func(id string) *corpus.Page { return c.s.Corpus.Role(id) }
	if p := role(to); p != nil && from != to {
		c.offerTopic(p, "how-to-start", "Start as "+p.Short, "how do i become "+withArticle(p.Short))
		c.offerTopic(p, "pay", "Pay of "+p.Short, "what does "+withArticle(p.Short)+" make")
		if q := role(from); q != nil {
			c.offerCompare(q, p)
		}
	}
	if p := role(from); p != nil {
		if to == "" || from == to {
			for _, s := range stepsFrom(&c.s.Corpus.Ladder, from) {
				if q := role(s.To); q != nil && len(c.a.FollowUps) < 2 {
					c.offerPath(from, s.To)
					c.offerCompare(p, q)
				}
			}
		} else {
			c.offerPath(from, "")
		}
		c.offerTopic(p, "pay", "Pay of "+p.Short, "what does "+withArticle(p.Short)+" make")
		c.offerTopic(p, "advancement", p.Short+": moving up", "how do i move up as "+withArticle(p.Short))
	}
	if p := role(to); p != nil && from != to {
		c.offerPath(to, "")
	}
	// Between places without a page: the roles that lead to the first.
	for _, s := range stepsInto(&c.s.Corpus.Ladder, from) {
		if len(c.a.FollowUps) == 0 && s.From != startPlace {
			c.offerPath(s.From, from)
			c.offerPath(s.From, "")
		}
	}
	c.a.FollowUps = c.a.FollowUps[:min(len(c.a.FollowUps), maxFollowUps)]
}

func (c *composer) offerTopic(p *corpus.Page, topic, label, ask string) {
	if p.About(topic) != nil {
		c.offer(FollowUp{Label: clip(label, maxLabel), Ask: ask, Choice: Choice{Subjects: []string{subjectCode(p)}, Topic: topic}})
	}
}

// offerPath offers the way between two places, or onward from one.
func (c *composer) offerPath(from, to string) {
	f := FollowUp{Label: "What next after " + c.place(from), Ask: "what can i become from " + c.place(from), Choice: Choice{Kind: KindPath, Subjects: []string{from}}}
	if to != "" {
		f = FollowUp{Label: c.place(from) + " to " + c.place(to), Ask: "how do i get from " + c.place(from) + " to " + c.place(to),
			Choice: Choice{Kind: KindPath, Subjects: []string{from, to}}}
	}
	f.Label = clip(f.Label, maxLabel)
	c.offer(f)
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
	if id == startPlace {
		return "the start"
	}
	return id
}

// placeShort names a rung where there is little room.
func (c *composer) placeShort(id string) string {
	if p := c.s.Corpus.Role(id); p != nil {
		return c.name(p)
	}
	if id == startPlace {
		return "Start"
	}
	return c.place(id)
}

func belief(l *corpus.Ladder, from, to string) *corpus.Belief {
	i := slices.IndexFunc(l.Beliefs, func(b *corpus.Belief) bool { return b.From == from && b.To == to })
	if i < 0 {
		return nil
	}
	return l.Beliefs[i]
}

func stepsFrom(l *corpus.Ladder, from string) []*corpus.Step {
	return stepsWhere(l, func(s *corpus.Step) bool { return s.From == from })
}

func stepsInto(l *corpus.Ladder, to string) []*corpus.Step {
	return stepsWhere(l, func(s *corpus.Step) bool { return s.To == to })
}

func stepsWhere(l *corpus.Ladder, fits func(*corpus.Step) bool) []*corpus.Step {
	var out []*corpus.Step
	for _, s := range l.Steps {
		if fits(s) {
			out = append(out, s)
		}
	}
	return out
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

// maxDetour is how many steps more than the shortest way an alternative may have.
const maxDetour = 2

// alternative returns another way that starts with another step: one with a real
// bridge before one without, then the one of fewest steps; nil when there is none
// that is not much longer.
func alternative(l *corpus.Ladder, from, to string, best []*corpus.Step) []*corpus.Step {
	var found []*corpus.Step
	for _, first := range stepsFrom(l, from) {
		if first == best[0] || first.To == to {
			continue
		}
		rest := shortest(l, first.To, to)
		way := append([]*corpus.Step{first}, rest...)
		if rest == nil || len(way) > len(best)+maxDetour || slices.ContainsFunc(rest, func(s *corpus.Step) bool { return s.To == from }) {
			continue
		}
		if found == nil || bridged(way) && !bridged(found) || bridged(way) == bridged(found) && len(way) < len(found) {
			found = way
		}
	}
	return found
}

// bridged reports whether the way has a real shortcut.
func bridged(steps []*corpus.Step) bool {
	return slices.ContainsFunc(steps, func(s *corpus.Step) bool { return s.Shortcut })
}

// steps shows a way as a numbered list and keeps it as data.
func (c *composer) steps(steps []*corpus.Step) { c.layOut(Steps, steps, true) }

// list shows steps that do not follow each other.
func (c *composer) list(steps []*corpus.Step) {
	c.layOut(Bullets, steps[:min(len(steps), maxOnward)], false)
}

func (c *composer) layOut(kind BlockKind, steps []*corpus.Step, follow bool) {
	b := Block{Kind: kind}
	var all []RouteStep
	for _, s := range steps {
		r := c.routeStep(s)
		all = append(all, r)
		b.Items = append(b.Items, r.spans(s))
		c.addSource(s.Source)
		for _, f := range s.Costs {
			c.addSource(f.Source)
		}
	}
	c.a.Blocks = append(c.a.Blocks, b)
	if follow {
		c.a.Routes = append(c.a.Routes, Route{all})
		return
	}
	for _, r := range all {
		c.a.Routes = append(c.a.Routes, Route{[]RouteStep{r}})
	}
}

// routeStep is the step as data.
func (c *composer) routeStep(s *corpus.Step) RouteStep {
	r := RouteStep{
		From: c.place(s.From), To: c.place(s.To), FromID: s.From, ToID: s.To, Time: s.Time, Credential: s.Credential,
		Cost: c.costs(s), Detail: s.Detail, AsOf: "undated", Shortcut: s.Shortcut,
	}
	if !s.AsOf.IsZero() {
		r.AsOf = s.AsOf.Words()
	}
	if s.Source != nil {
		r.Source = s.Source.Publisher
	}
	switch s.Confidence {
	case "secondary":
		r.Caveat = "second-hand"
	case "conflicting":
		r.Caveat = "sources disagree"
	case "unverified":
		r.Caveat = "not confirmed"
	}
	return r
}

// costs says what is known of a step's price: "exam CST (NBSTSA) $340 (undated)".
func (c *composer) costs(s *corpus.Step) string {
	var out []string
	for _, f := range s.Costs {
		label := strings.ToLower(f.Label[:1]) + f.Label[1:]
		if f.Page.Kind == corpus.Certification && slices.Contains(f.Page.Roles, s.To) {
			label = "exam " + c.name(f.Page)
		}
		out = append(out, label+" "+f.Text+" ("+f.Dated()+")")
	}
	return strings.Join(out, "; ")
}

// spans lays a step out: where it leads, then time, credential, cost and source
// each with its word.
func (r *RouteStep) spans(s *corpus.Step) []Span {
	head := r.From + " to " + r.To
	if s.From == startPlace {
		head = "Start as " + r.To
	}
	out := []Span{{Text: head + ".", Bold: true}}
	add := func(label, text string) {
		if text != "" {
			out = append(out, Span{Text: " " + label + ": ", Italic: true}, Span{Text: strings.TrimSuffix(text, ".") + "."})
		}
	}
	add("Time", r.Time)
	add("Opens with", r.Credential)
	cost := r.Cost
	if cost == "" {
		cost = "not known, ask the school"
	}
	add("Cost", cost)
	out = append(out, Span{Text: " " + s.Detail})
	from := r.Source
	for _, more := range []string{r.AsOf, r.Caveat} {
		if more != "" {
			from += ", " + more
		}
	}
	return append(out, Span{Text: " (" + strings.TrimPrefix(from, ", ") + ")", Italic: true})
}

// onward lists where a place leads.
func (c *composer) onward(from string) {
	steps := stepsFrom(&c.s.Corpus.Ladder, from)
	if len(steps) == 0 {
		c.say("I know of no set next step from " + c.place(from) + ". Many people move up by taking on more duties or a specialty.")
		return
	}
	c.say("From " + c.place(from) + " people go on to these. A new license or registry program is nearly always part of it.")
	c.list(steps)
	if more := len(steps) - maxOnward; more > 0 {
		c.say("Also: " + listed(c.ends(steps[maxOnward:]), "and") + ".")
	}
}

// ladderPicture draws the places and steps that the answer names.
func (c *composer) ladderPicture() {
	if len(c.a.Routes) == 0 {
		return
	}
	p := Picture{Kind: PictureLadder, Title: c.a.Title}
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			p.Rows = append(p.Rows, rowOf(id, c.placeShort(id)))
		}
	}
	var alt []string
	done := map[[2]string]bool{}
	for _, r := range c.a.Routes {
		for _, s := range r.Steps {
			add(s.FromID)
			add(s.ToID)
			if key := [2]string{s.FromID, s.ToID}; !done[key] {
				done[key] = true
				p.Steps = append(p.Steps, PictureStep{From: s.FromID, To: s.ToID, Label: s.Time})
				alt = append(alt, c.placeShort(s.FromID)+" to "+c.placeShort(s.ToID)+": "+s.Time)
			}
		}
	}
	p.Alt = strings.Join(alt, "; ") + "."
	p.Note = "Times are added to what you have."
	c.a.Pictures = append(c.a.Pictures, p)
}
