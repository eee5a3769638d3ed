package bot

import (
	"cmp"
	"slices"
	"strings"

	"careerbot/bot/router"
	"careerbot/knowledge/corpus"
)

// groups head the parts of a list of credentials, by what stands behind them.
var groups = []struct{ need, title string }{
	{"law", "Required by law"}, {"employers", "Wanted by employers"}, {"voluntary", "Voluntary"},
}

// find lists a role's credentials.
func (c *composer) find() {
	role := c.in.Subjects[0]
	creds := c.s.Corpus.Credentials(role.Slug)
	c.a.Title = "Certificates for " + plural(role)
	if len(creds) == 0 {
		c.tell(Span{Text: "We have no page on a certificate for " + plural(role) + "."})
	}
	switch c.in.Find {
	case router.FindCheapest:
		c.cheapest(role, creds)
	case router.FindByWork:
		c.byWork(role, creds)
	default:
		c.grouped(role, creds)
	}
	c.tell(Span{Text: "Fees change, and application, course or state fees may come on top. Before you pay, read a few ads near you and ask the state.", Italic: true})
	c.a.ReadAs = "certificates · " + inSentence(role.Title)
	c.notice(creds...)
	for _, find := range []router.Find{router.FindAll, router.FindCheapest, router.FindByWork} {
		if find != c.in.Find {
			c.addFind(role, find)
		}
	}
	for _, p := range creds {
		if ps := firstPassage(p); ps != nil && len(c.a.FollowUps) < maxFollowUps && p.Requirement[role.Slug] != "voluntary" {
			c.offer(FollowUp{Label: clip(p.Short, maxLabel), Ask: "what is " + p.Short, Choice: Choice{Subjects: []string{subjectCode(p)}, Topic: ps.Topic}})
		}
	}
	if ps := role.About("certification"); ps != nil {
		c.changes(ps)
	}
}

// findLabels name the lists on buttons.
var findLabels = map[router.Find]string{
	router.FindAll: "All certificates", router.FindCheapest: "Cheapest first", router.FindByWork: "Without a school",
}

func (c *composer) addFind(role *corpus.Page, find router.Find) {
	if find == router.FindByWork && !slices.ContainsFunc(c.s.Corpus.Credentials(role.Slug), func(p *corpus.Page) bool { return p.ByWork != nil }) {
		return
	}
	label := findLabels[find]
	c.offer(FollowUp{Label: label, Ask: role.Short + ": certificates, " + inSentence(label),
		Choice: Choice{Subjects: []string{role.Slug}, Topic: "certification", Detail: string(find)}})
}

// grouped lists them by what stands behind each.
func (c *composer) grouped(role *corpus.Page, creds []*corpus.Page) {
	for _, g := range groups {
		b := Block{Kind: Bullets}
		for _, p := range creds {
			if p.Requirement[role.Slug] == g.need {
				b.Items = append(b.Items, c.credential(p))
			}
		}
		if len(b.Items) > 0 {
			c.a.Blocks = append(c.a.Blocks, Block{Kind: Heading, Spans: []Span{{Text: g.title}}}, b)
		}
	}
}

// credential is one line of a list: name, issuer, where it holds, exam fee.
func (c *composer) credential(p *corpus.Page) []Span {
	text := ": " + p.Issuer
	if names := c.stateNames(p.States); names != "" {
		text += "; only in " + names
	}
	if f := p.Fact("exam-fee"); f != nil {
		text += "; exam " + f.Text + " (" + dated(f) + ")"
		c.addFactOf(p.Short, f)
		c.addSource(f.Source)
	} else if p.Requirement != nil && len(p.States) == 0 {
		text += "; we have no exam fee"
	}
	return []Span{{Text: p.Short, Bold: true}, {Text: text + "."}}
}

// dated is the figure's date and what qualifies it, in a few words.
func dated(f *corpus.Fact) string {
	text := f.Dated()
	switch f.Confidence {
	case "secondary":
		text += ", second-hand"
	case "conflicting":
		text += ", sources disagree"
	case "unverified":
		text += ", not confirmed"
	}
	return text
}

func (c *composer) stateNames(abbrs []string) string {
	var names []string
	for _, a := range abbrs {
		if st := c.s.Corpus.States.State(a); st != nil {
			names = append(names, st.Name)
		}
	}
	return strings.Join(names, ", ")
}

// maxFeeYears is the age at which a fee is no longer compared.
const maxFeeYears = 5

// cheapest lists them by exam fee, lowest first; a range counts by its low end.
func (c *composer) cheapest(role *corpus.Page, creds []*corpus.Page) {
	var priced, old, rest []*corpus.Page
	for _, p := range creds {
		switch f := p.Fact("exam-fee"); {
		case f == nil:
			rest = append(rest, p)
		case f.AsOf.Year > 0 && p.Reviewed.Year-f.AsOf.Year > maxFeeYears:
			old = append(old, p)
		default:
			priced = append(priced, p)
		}
	}
	slices.SortStableFunc(priced, func(a, b *corpus.Page) int {
		fa, fb := a.Fact("exam-fee"), b.Fact("exam-fee")
		return cmp.Or(cmp.Compare(fa.Low, fb.Low), cmp.Compare(fa.High, fb.High))
	})
	if len(priced) == 0 {
		c.tell(Span{Text: "We hold no recent exam fees for " + plural(role) + ". Ask the issuers."})
	} else {
		c.tell(Span{Text: "By exam fee, lowest first. The dates differ, so compare with care, and a low fee is worth little if employers near you want another one."})
		b := Block{Kind: Bullets}
		for _, p := range priced {
			item := c.credential(p)
			b.Items = append(b.Items, append(item, Span{Text: " " + standing[p.Requirement[role.Slug]]}))
		}
		c.a.Blocks = append(c.a.Blocks, b)
	}
	for _, p := range old {
		c.tell(append([]Span{{Text: "Only an old fee: "}}, c.credential(p)...)...)
	}
	if len(rest) > 0 {
		c.tell(Span{Text: "No fee on file: " + strings.Join(shorts(rest), "; ") + "."})
	}
}

// standing says in a sentence what stands behind a credential.
var standing = map[string]string{"law": "Required by law.", "employers": "Wanted by employers.", "voluntary": "Voluntary."}

// byWork lists those that are open to people without a course.
func (c *composer) byWork(role *corpus.Page, creds []*corpus.Page) {
	var rest []*corpus.Page
	b := Block{Kind: Bullets}
	for _, p := range creds {
		if p.ByWork == nil {
			rest = append(rest, p)
			continue
		}
		b.Items = append(b.Items, []Span{{Text: p.Short, Bold: true}, {Text: ": " + p.ByWork.Text}})
		for _, f := range p.ByWork.Facts {
			c.addFactOf(p.Short, f)
		}
		c.addSource(p.ByWork.Source)
	}
	if len(b.Items) == 0 {
		c.tell(Span{Text: "We know of no certificate for " + plural(role) + " that is open without a school or training program."})
	} else {
		c.tell(Span{Text: "These can be reached without a school or course. Mostly work takes its place, so you need a job that trains you."})
		c.a.Blocks = append(c.a.Blocks, b)
	}
	if len(rest) > 0 {
		c.tell(Span{Text: "We know of no such way for: " + strings.Join(shorts(rest), "; ") + "."})
	}
}

// acceptedIn lists what a state has of its own, what it is known to accept, and
// whom to ask about the rest.
func (c *composer) acceptedIn(role *corpus.Page) {
	st := c.in.State
	own, taken := Block{Kind: Bullets}, Block{Kind: Bullets}
	var rest []*corpus.Page
	for _, p := range c.s.Corpus.Credentials(role.Slug) {
		switch a := p.AcceptedIn(st.Abbr); {
		case slices.Contains(p.States, st.Abbr):
			own.Items = append(own.Items, c.credential(p))
		case a != nil:
			who := cmp.Or(a.Source.Publisher, a.Source.Title)
			taken.Items = append(taken.Items, []Span{{Text: p.Short, Bold: true}, {Text: ": named by " + who + ", " + a.Dated() + "."}})
			c.addSource(a.Source)
		case len(p.States) == 0 && p.Requirement[role.Slug] != "voluntary":
			rest = append(rest, p)
		}
	}
	if r := st.Rule(role.Slug); r != nil {
		c.rule(r)
	}
	c.part("The state's own", own)
	c.part("Known to count there", taken)
	if len(taken.Items) == 0 {
		c.tell(Span{Text: "We hold no checked list of the certificates that count in " + theState(st) + "; that we name none does not mean that none does."})
	}
	if len(rest) > 0 {
		c.tell(Span{Text: "Ask whether these count: " + strings.Join(shorts(rest), "; ") + "."})
	}
	c.tell(c.whomToAsk(role, c.s.Corpus.States.For(role.Slug))...)
}

func (c *composer) part(title string, b Block) {
	if len(b.Items) > 0 {
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Heading, Spans: []Span{{Text: title}}}, b)
	}
}
