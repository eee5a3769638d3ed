package bot

import (
	"slices"
	"strconv"
	"strings"

	"careerbot/knowledge/corpus"
)

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// MaxCompared is how many pages stand side by side.
const MaxCompared = 4

// compare puts roles or credentials side by side. With nothing to put beside the
// first it says what it is and offers the comparisons people ask for.
func (c *composer) compare() {
	all := distinct(c.in.Subjects)
	pages := all[:min(len(all), MaxCompared)]
	c.a.Title = listed(shorts(pages), "or")
	c.readAs("compare", pages...)
	c.notice(pages...)
	c.remarks(all)
	switch {
	case len(pages) == 0:
		c.a.Kind, c.a.Reason = KindDecline, "unknown"
		c.decline()
	case len(pages) == 1:
		c.compareOne(pages[0])
	case slices.ContainsFunc(pages, func(p *corpus.Page) bool { return p.Kind != pages[0].Kind }):
		c.compareMixed(pages)
	default:
		c.sideBySide(pages)
		c.compareNext(pages, all)
	}
}

func distinct(pages []*corpus.Page) []*corpus.Page {
	var out []*corpus.Page
	for _, p := range pages {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// shorts are the pages' short titles.
func shorts(pages []*corpus.Page) []string {
	names := make([]string, len(pages))
	for i, p := range pages {
		names[i] = p.Short
	}
	return names
}

// listed joins names as in a sentence: "a, b and c".
func listed(names []string, last string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	n := len(names) - 1
	return strings.Join(names[:n], ", ") + " " + last + " " + names[n]
}

// remarks says what of the question the comparison leaves out.
func (c *composer) remarks(all []*corpus.Page) {
	if len(c.in.Unknown) > 0 {
		c.say("I have no page on " + listed(quoted(c.in.Unknown), "or") + ", so that is left out.")
	}
	if len(all) > MaxCompared {
		c.say("I can put " + spelled(MaxCompared) + " side by side, so " + listed(shorts(all[MaxCompared:]), "and") + " is left out. Ask about it next.")
	}
	if len(all) == 1 && len(c.in.Subjects) > 1 {
		c.say("Both names mean the same: " + all[0].Title + ".")
	}
}

func spelled(n int) string { return [...]string{"none", "one", "two", "three", "four", "five"}[n] }

func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = "“" + clip(w, maxLabel) + "”"
	}
	return out
}

func (c *composer) sayAll(lines []string) {
	for _, line := range lines {
		c.say(line)
	}
}

// say appends a paragraph.
func (c *composer) say(text string) {
	c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: text}}})
}

// sideBySide shows what each is, the table, what its marks mean and how to
// choose.
func (c *composer) sideBySide(pages []*corpus.Page) {
	t := c.table(pages)
	first := c.asked(t)
	c.what(pages)
	if len(t.block.Rows) > 1 {
		c.a.Blocks = append(c.a.Blocks, t.block)
	}
	if !first {
		c.sayAll(t.unlike())
	}
	if len(t.marks) > 0 {
		c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: t.legend(), Italic: true}}})
	}
	if text := c.choose(pages); text != "" {
		c.say(text)
	}
	if ps := c.comparePassage(pages); ps != nil {
		c.a.Passages = append([]Passage{{ps.ID, 1}}, c.a.Passages...)
	}
}

// topicRows are the rows that answer for a topic.
var topicRows = map[string][]string{
	"pay": {"Median pay", "Eight in ten earn"}, "outlook": {"Job growth, ten years", "Openings a year"},
	"education": {"School", "Time"}, "how-to-start": {"School", "Time", "Who may take it"},
	"schedule": {"Schedule"}, "certification": {"Certificate", "Needed?"}, "licensure": {"License", "Needed?"},
	"pitfalls": {"Typical pitfalls"}, "exam": {"Exam", "Exam fee"}, "renewal": {"Renewal"},
}

// asked puts the rows first that the question is about, the highest figure first
// where figures compare, and reports whether it said what does not compare.
func (c *composer) asked(t *table) bool {
	unlike := false
	for _, topic := range c.in.Topics {
		labels := topicRows[topic.Topic]
		if labels == nil || topic.Topic == "compare" {
			continue
		}
		for i, r := range t.block.Table {
			if !slices.Contains(labels, r.Label) {
				continue
			}
			unlike = unlike || r.Unlike != ""
			b := Block{Kind: Bullets}
			for _, j := range t.order(i) {
				b.Items = append(b.Items, []Span{{Text: t.names[j] + ": ", Bold: true}, {Text: t.block.Rows[i+1][j+1]}})
			}
			c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: t.block.Rows[i+1][0], Bold: true}}}, b)
		}
		if unlike {
			c.sayAll(t.unlike())
		}
		return unlike
	}
	return false
}

// what lists in one line each what the pages are.
func (c *composer) what(pages []*corpus.Page) {
	b := Block{Kind: Bullets}
	for _, p := range pages {
		if s := c.s.Corpus.Comparisons.Subject(p); s != nil {
			b.Items = append(b.Items, []Span{{Text: s.Name + ": ", Bold: true}, {Text: lowerFirst(s.Does)}})
		}
	}
	if len(b.Items) > 0 {
		c.a.Blocks = append(c.a.Blocks, b)
	}
}

// lowerFirst makes a sentence go on after a colon; abbreviations stay.
func lowerFirst(s string) string {
	if len(s) < 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'a' || s[1] > 'z' {
		return s
	}
	if first, _, _ := strings.Cut(s, " "); strings.HasSuffix(first, "'s") {
		return s // somebody's
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// choose is how to choose, in three sentences: when to take each of two, and what
// decides between them; when to take each of more.
func (c *composer) choose(pages []*corpus.Page) string {
	cmp := &c.s.Corpus.Comparisons
	var out []string
	for _, p := range pages {
		if s := cmp.Subject(p); s != nil {
			out = append(out, s.Choose)
		}
	}
	if len(pages) != 2 {
		return strings.Join(out, " ")
	}
	last := cmp.Closing[pages[0].Kind]
	if pair := cmp.Between(pages[0], pages[1]); pair != nil {
		last = pair.Decide
		c.addSource(pair.Source)
	}
	if last != "" {
		out = append(out, last)
	}
	return strings.Join(out, " ")
}

// compareNext offers what people ask after a comparison.
func (c *composer) compareNext(pages, all []*corpus.Page) {
	if len(all) > MaxCompared {
		c.offerCompare(pages[0], all[MaxCompared])
	}
	if ps := c.comparePassage(pages); ps != nil {
		f := c.followUp(ps.Page, ps.Topic, ps.Title)
		f.Choice.Detail = ps.Detail
		c.offer(f)
	}
	if c.stepsBetween(pages) {
		c.offer(FollowUp{Label: clip(c.name(pages[0])+" to "+c.name(pages[1]), maxLabel), Ask: "how do i get from " + pages[0].Short + " to " + pages[1].Short,
			Choice: Choice{Kind: KindPath, Subjects: []string{pages[0].Slug, pages[1].Slug}}})
	}
	for _, p := range pages {
		if ps := firstPassage(p); ps != nil {
			c.offer(FollowUp{Label: clip(p.Short, maxLabel), Ask: "what is " + withArticle(p.Short), Choice: Choice{Subjects: []string{subjectCode(p)}, Topic: ps.Topic}})
		}
	}
	for _, topic := range []string{"pitfalls", "fit", "how-to-start"} {
		for _, p := range pages {
			if p.About(topic) != nil && len(c.a.FollowUps) < maxFollowUps {
				c.offerTopic(p, topic, c.name(p)+": "+strings.ToLower(c.topicTitle(topic)), p.Short+": "+strings.ToLower(c.topicTitle(topic)))
			}
		}
	}
	c.a.FollowUps = c.a.FollowUps[:min(len(c.a.FollowUps), maxFollowUps)]
}

// stepsBetween reports whether the ladder leads from the first of two roles to
// the second.
func (c *composer) stepsBetween(pages []*corpus.Page) bool {
	return len(pages) == 2 && pages[0].Kind == corpus.Role &&
		slices.ContainsFunc(c.s.Corpus.Ladder.Steps, func(s *corpus.Step) bool { return s.From == pages[0].Slug && s.To == pages[1].Slug })
}

// name is the page's short name in a comparison.
func (c *composer) name(p *corpus.Page) string {
	if s := c.s.Corpus.Comparisons.Subject(p); s != nil {
		return s.Name
	}
	return p.Short
}

func (c *composer) offerCompare(p, q *corpus.Page) {
	c.offer(FollowUp{
		Label:  clip(c.name(p)+" or "+c.name(q), maxLabel),
		Ask:    "compare " + p.Short + " and " + q.Short,
		Choice: Choice{Kind: KindCompare, Subjects: []string{subjectCode(p), subjectCode(q)}},
	})
}

// compareOne answers a comparison that names only one: what it is, how it
// compares in general, and the comparisons people ask for.
func (c *composer) compareOne(p *corpus.Page) {
	c.a.Kind = KindAnswer
	c.a.Title = p.Short + " compared"
	for _, q := range c.usual(p) {
		c.offerCompare(p, q)
	}
	if len(c.a.FollowUps) > 0 {
		c.say("Name one to three more to put beside it, or tap one below.")
	}
	ps := p.About("compare")
	if ps == nil {
		ps = firstPassage(p)
	}
	if ps != nil {
		c.addPassage(ps)
		c.a.Passages = append([]Passage{{ps.ID, 1}}, c.a.Passages...)
	}
}

// usual are the comparisons that people ask for.
func (c *composer) usual(p *corpus.Page) []*corpus.Page {
	if s := c.s.Corpus.Comparisons.Subject(p); s != nil {
		return s.With[:min(len(s.With), maxFollowUps)]
	}
	return nil
}

// compareMixed answers for a job beside a credential: they are not alternatives,
// so it says what each is and how they belong together.
func (c *composer) compareMixed(pages []*corpus.Page) {
	c.say("One of these is a job and another a credential, so they cannot stand side by side.")
	c.what(pages)
	b := Block{Kind: Bullets}
	for _, p := range pages {
		for _, role := range pages {
			if p.Kind == corpus.Certification && role.Kind == corpus.Role {
				b.Items = append(b.Items, []Span{{Text: c.name(p) + ": ", Bold: true}, {Text: belongs(p, role)}})
			}
		}
	}
	c.a.Blocks = append(c.a.Blocks, b)
	for _, p := range pages {
		if ps := firstPassage(p); ps != nil {
			c.offer(FollowUp{Label: clip(p.Short, maxLabel), Ask: "what is " + withArticle(p.Short), Choice: Choice{Subjects: []string{subjectCode(p)}, Topic: ps.Topic}})
		}
	}
	for _, p := range pages {
		if with := c.usual(p); len(with) > 0 && len(c.a.FollowUps) < maxFollowUps {
			c.offerCompare(p, with[0])
		}
	}
	c.a.FollowUps = c.a.FollowUps[:min(len(c.a.FollowUps), maxFollowUps)]
}

// belongs says how a credential stands to a job.
func belongs(cert, role *corpus.Page) string {
	switch cert.Requirement[role.Slug] {
	case "law":
		return "the law asks for it in the job " + role.Short + ", at least in some places."
	case "employers":
		return "for the job " + role.Short + "; employers often want it."
	case "voluntary":
		return "an extra for the job " + role.Short + "; nobody has to have it."
	}
	return "it belongs to another job than " + role.Short + "."
}

// comparePassage finds a written comparison of the pages: a compare section of
// one of them whose title names another.
func (c *composer) comparePassage(pages []*corpus.Page) *corpus.Passage {
	for _, p := range pages {
		for _, ps := range p.Passages {
			if ps.Topic == "compare" && slices.ContainsFunc(pages, func(o *corpus.Page) bool { return o != p && names(ps.Title, o) }) {
				return ps
			}
		}
	}
	return nil
}

// names reports whether a title names the page.
func names(title string, p *corpus.Page) bool {
	fold := func(s string) string {
		return " " + strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune(" ,.?()/-", r) }), " ") + " "
	}
	title = fold(title)
	return slices.ContainsFunc(append([]string{p.Title, p.Short}, p.Aliases...), func(a string) bool { return strings.Contains(title, fold(a)) })
}
