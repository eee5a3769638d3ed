package bot

import (
	"slices"
	"strings"

	"careerbot/bot/router"
	"careerbot/knowledge/corpus"
)

// StateMark starts the [Choice.Detail] that asks about one state: "@tx" beside
// the topics licensure, pay and certification. A name in words ("@Ohio") works
// too, so that a form may pass on what was typed.
const StateMark = router.StateMark

// careerOneStop finds the office for any job in any state.
var careerOneStop = Span{Text: "CareerOneStop (US Department of Labor)", Link: "https://www.careeronestop.org/"}

// inState answers about one state.
func (c *composer) inState() {
	role, topic := c.in.Subjects[0], c.in.Topics[0].Topic
	c.a.Title = role.Title + ": " + c.topicWord(topic) + " in " + c.in.State.Name
	switch topic {
	case "pay":
		c.payIn(role)
	case "certification":
		c.acceptedIn(role)
	default:
		c.licenseIn(role)
	}
	c.a.ReadAs = strings.Join([]string{c.topicWord(topic), inSentence(role.Title), c.in.State.Name}, " · ")
	c.notice(role)
	c.stateFollowUps(role, topic)
	if ps := role.About(topic); ps != nil {
		c.changes(ps)
	}
}

// topicWord is the first word that names the topic: "license" for state rules.
func (c *composer) topicWord(slug string) string {
	if t := c.s.Corpus.Topic(slug); t != nil && len(t.Words) > 0 {
		return t.Words[0]
	}
	return slug
}

func (c *composer) tell(spans ...Span) {
	c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: spans})
}

// licenseIn tells what is known of a license, or the honest default.
func (c *composer) licenseIn(role *corpus.Page) {
	st, s := c.in.State, &c.s.Corpus.States
	everywhere := s.For(role.Slug)
	switch rule := st.Rule(role.Slug); {
	case rule != nil:
		c.rule(rule)
	case everywhere != nil && everywhere.Rule != nil:
		c.rule(everywhere.Rule)
		c.tell(Span{Text: "We have no rule on file that is " + st.Name + "'s alone."})
	default:
		office := "the state"
		if everywhere != nil {
			office = everywhere.Office.Name
		}
		c.tell(Span{Text: strings.NewReplacer("{role}", plural(role), "{state}", theState(st), "{office}", office).Replace(s.Unknown)})
		c.inGeneral(role)
	}
	c.tell(c.whomToAsk(role, everywhere)...)
}

// rule shows what is known and how far it can be relied on.
func (c *composer) rule(r *corpus.Rule) {
	c.tell(Span{Text: r.Text})
	c.tell(Span{Text: reliance(r), Italic: true})
	for _, f := range r.Facts {
		c.addFact(f)
	}
	c.addSource(r.Source)
}

// reliance says where a rule comes from, when, and what to do about it.
func reliance(r *corpus.Rule) string {
	who := r.Source.Publisher
	if who == "" {
		who = r.Source.Title
	}
	dated := ", as of " + r.Dated() + "."
	if r.AsOf.IsZero() {
		dated = ", undated."
	}
	switch r.Confidence {
	case "secondary":
		return "Second-hand, from " + who + dated + " Confirm it with the office."
	case "conflicting":
		return "Sources disagree; this is from " + who + dated + " Only the office can settle it."
	case "unverified":
		return "Not confirmed; from " + who + dated + " Ask the office."
	}
	return "From " + who + dated + " Rules change, so check before you act."
}

// inGeneral adds what holds for the role without regard to the state.
func (c *composer) inGeneral(role *corpus.Page) {
	f := role.Fact("license")
	if f == nil {
		return
	}
	c.tell(Span{Text: "In general: ", Bold: true}, Span{Text: strings.TrimSuffix(f.Text, ".") + "."})
	c.addFact(f)
	c.addSource(f.Source)
}

// whomToAsk names the office with its link, or the list that leads to it.
func (c *composer) whomToAsk(role *corpus.Page, everywhere *corpus.Licensing) []Span {
	st := c.in.State
	if o := st.Office(role.Slug); o != nil {
		return []Span{{Text: "Ask: ", Bold: true}, {Text: o.Name, Link: o.Link}}
	}
	if everywhere == nil {
		return []Span{{Text: "Find the office: ", Bold: true}, careerOneStop}
	}
	return []Span{{Text: "Ask " + everywhere.Office.Name + ". Start here: ", Bold: true}, {Text: hostOf(everywhere.Office.Link), Link: everywhere.Office.Link}}
}

// hostOf is the name of a site, for a link's text.
func hostOf(link string) string {
	s := strings.TrimPrefix(strings.TrimPrefix(link, "https://"), "www.")
	host, _, _ := strings.Cut(s, "/")
	return host
}

// payIn gives the state's pay beside the country's, or the country's alone.
func (c *composer) payIn(role *corpus.Page) {
	st, s := c.in.State, &c.s.Corpus.States
	here, national := s.Pay(role, st), role.Fact("pay-median")
	in, who := theState(st), "half of all "+plural(role)+" earn"
	if national != nil && national.Covers != "" { // the figure is a group's, not this job's
		who = "half of the people counted earn"
	}
	if here != nil {
		c.tell(Span{Text: "In " + in + ", " + who + " more than "}, Span{Text: here.Median.Text, Bold: true}, Span{Text: " (" + here.Median.Dated() + ")."})
	} else {
		c.tell(Span{Text: "We hold no pay figure for " + plural(role) + " in " + in + ", and " + in + " may be well above or below the country."})
	}
	if national != nil {
		c.tell(Span{Text: "Nationwide", Bold: true}, Span{Text: ", " + who + " more than "}, Span{Text: national.Text, Bold: here == nil}, Span{Text: " (" + national.Dated() + ")."})
		if national.Covers != "" {
			c.tell(Span{Text: "The figures count " + national.Covers + ".", Italic: true})
		}
	}
	if here != nil && here.P10 != nil && here.P90 != nil {
		c.tell(Span{Text: "In " + in + ", the lowest tenth earn under " + here.P10.Text + ", the highest tenth over " + here.P90.Text + "."})
	}
	c.tell(Span{Text: "A median is not a starting wage, and it says nothing about rent or other costs of living."})
	c.payFacts(here, national, st)
	if s.PayPage != "" {
		link := strings.ReplaceAll(s.PayPage, "{state}", strings.ToLower(st.Abbr))
		c.tell(Span{Text: "Look it up: ", Bold: true}, Span{Text: "BLS pay tables for " + st.Name, Link: link})
	}
}

func (c *composer) payFacts(here *corpus.StatePay, national *corpus.Fact, st *corpus.State) {
	if here != nil {
		for _, f := range []*corpus.Fact{here.Median, here.P10, here.P90} {
			if f != nil {
				own := *f
				if national != nil {
					own.Covers = national.Covers
				}
				c.addFactOf(st.Name, &own)
			}
		}
		c.addSource(here.Median.Source)
	}
	if national != nil {
		c.addFactOf("Nationwide", national)
		c.addSource(national.Source)
	}
}

// stateFollowUps leads on: the state's other answer, the longer section, the role.
func (c *composer) stateFollowUps(role *corpus.Page, topic string) {
	st := c.in.State
	about := func(topic, label string) {
		c.offer(FollowUp{Label: clip(label, maxLabel), Ask: role.Short + ": " + c.topicWord(topic) + " in " + st.Name,
			Choice: Choice{Subjects: []string{role.Slug}, Topic: topic, Detail: StateMark + strings.ToLower(st.Abbr)}})
	}
	if r := st.Rule(role.Slug); topic == "licensure" && r != nil && r.Section != nil {
		c.offer(FollowUp{Label: clip("More: "+r.Section.Title, maxLabel), Ask: r.Section.Title,
			Choice: Choice{Subjects: []string{subjectCode(r.Section.Page)}, Topic: r.Section.Topic, Detail: r.Section.Detail}})
	}
	if topic != "licensure" || len(c.s.Corpus.Credentials(role.Slug)) > 0 {
		c.addFind(role, router.FindAll)
	}
	for _, t := range []string{"licensure", "pay"} {
		if t != topic && len(c.a.FollowUps) < maxFollowUps && role.About(t) != nil {
			about(t, capital(c.topicWord(t))+" in "+st.Name)
		}
	}
	for _, other := range c.in.States {
		if len(c.a.FollowUps) < maxFollowUps {
			c.offer(FollowUp{Label: clip(capital(c.topicWord(topic))+" in "+other.Name, maxLabel), Ask: "and in " + other.Name,
				Choice: Choice{Subjects: []string{role.Slug}, Topic: topic, Detail: StateMark + strings.ToLower(other.Abbr)}})
		}
	}
	if ps := role.About(topic); ps != nil && len(c.a.FollowUps) < maxFollowUps {
		c.addFollowUp(role, topic)
	}
}

// chooseState asks which of several states a city is in.
func (c *composer) chooseState() {
	c.a.Title = "One question first"
	c.tell(Span{Text: "Which state do you mean?"})
	for _, st := range c.in.States {
		f := FollowUp{Label: st.Name, Ask: st.Name, Choice: Choice{Subjects: []string{subjectCode(c.in.Subjects[0])}, Topic: c.in.Topics[0].Topic, Detail: StateMark + strings.ToLower(st.Abbr)}}
		c.a.Choices = append(c.a.Choices, f)
	}
}

// abroad says that a place is not covered, above an answer that is for the US.
func (c *composer) abroad() {
	text := "That is not a US state we know, so this answer is for the whole country."
	if p := c.in.Outside; p.Name != "" {
		text = "We cover the United States only. What follows is for the US; in " + p.Name + " the rules, pay and titles differ, so ask an office there."
	}
	c.a.Blocks = slices.Insert(c.a.Blocks, 0, Block{Kind: Paragraph, Spans: []Span{{Text: text, Bold: true}}})
}

// otherJob leads on from a question about the license of a job that is not
// covered: the state's office can still be found.
func (c *composer) otherJob() {
	c.tell(Span{Text: "For the license rules of any job in " + theState(c.in.State) + ", use "}, careerOneStop, Span{Text: "."})
}

// theState is the state's name as it stands in a sentence.
func theState(st *corpus.State) string {
	if strings.HasPrefix(st.Name, "District") || strings.HasPrefix(st.Name, "U.S.") {
		return "the " + st.Name
	}
	return st.Name
}

// plural names the people of a role: "phlebotomists".
func plural(role *corpus.Page) string {
	name, _, _ := strings.Cut(role.Title, " (")
	return inSentence(name) + "s"
}

// inSentence drops a title's first capital, unless more of them follow.
func inSentence(s string) string {
	if len(s) > 1 && s[1] >= 'a' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
