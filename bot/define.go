package bot

// define gives the meanings of a term, each with the field it belongs to, and
// leads to the pages that tell more.
func (c *composer) define() {
	t := c.in.Term
	c.a.Title = t.Term
	if len(c.in.Senses) > 1 {
		c.tell(Span{Text: "“" + t.Term + "” means more than one thing:"})
	}
	for _, s := range c.in.Senses {
		spans := []Span{{Text: s.Sense.Meaning}}
		if len(c.in.Senses) > 1 {
			spans = []Span{{Text: s.Sense.Label, Bold: true}}
			if s.Sense.Field != "" {
				spans = append(spans, Span{Text: " (" + s.Sense.Field + ")", Italic: true})
			}
			spans = append(spans, Span{Text: ": " + s.Sense.Meaning})
		} else if s.Sense.Field != "" {
			spans = append(spans, Span{Text: " (" + s.Sense.Field + ")", Italic: true})
		}
		c.tell(spans...)
		if s.Page != nil {
			c.addRole(s.Page)
			if ps := firstPassage(s.Page); ps != nil && len(c.a.FollowUps) < maxFollowUps {
				c.offer(FollowUp{Label: clip(s.Page.Short, maxLabel), Ask: "what is " + s.Page.Short,
					Choice: Choice{Subjects: []string{subjectCode(s.Page)}, Topic: ps.Topic}})
			}
		}
		for _, r := range s.Sense.Roles {
			if role := c.s.Corpus.Role(r); role != nil && len(c.a.FollowUps) < maxFollowUps && s.Page == nil {
				c.offer(FollowUp{Label: role.Short, Ask: "what is " + withArticle(role.Short), Choice: Choice{Subjects: []string{r}, Topic: "overview"}})
			}
		}
	}
	c.a.ReadAs = "meaning of " + t.Term
}

// noTerm says that the glossary lacks a term, and offers those that come close.
func (c *composer) noTerm() {
	c.a.Title = "I have no entry for that term"
	c.a.Blocks, c.a.Roles, c.a.Topics = nil, nil, nil
	if len(c.in.Near) == 0 {
		c.tell(Span{Text: "My glossary has words and short forms of twenty health jobs, and this is not among them. Write where you saw it, or ask about the job it belongs to."})
		c.suggestions()
		return
	}
	c.tell(Span{Text: "My glossary does not have it. If it is a slip, you may mean one of these:"})
	b := Block{Kind: Bullets}
	for _, t := range c.in.Near {
		meaning := t.Senses[0].Meaning
		if t.Ambiguous() {
			meaning = "several meanings."
		}
		b.Items = append(b.Items, []Span{{Text: t.Term, Bold: true}, {Text: ": " + meaning}})
		c.offer(FollowUp{Label: clip(t.Term, maxLabel), Ask: "what does " + t.Term + " mean", Choice: Choice{Kind: KindDefine, Detail: t.Term}})
	}
	c.a.Blocks = append(c.a.Blocks, b)
}
