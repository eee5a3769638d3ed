package bot

import (
	"slices"

	"careerbot/knowledge/corpus"
)

// Replies for boundaries whose folder writes none.
var declineReplies = map[string]string{
	"emergency":      "If you or someone else is in danger, call your local emergency number now (911 in the US). In the US you can call or text 988 at any hour to reach someone who will listen.",
	"medical-advice": "I can't help with medical questions. Please ask a doctor, nurse or pharmacist.",
	"legal-advice":   "I can't give legal advice. A lawyer or a legal aid office can.",
	"abuse":          "I'd like to keep this friendly. Ask me about the work whenever you like.",
	"exam-content":   "I can't share exam questions or answers. I can tell you what an exam covers and how people prepare.",
	"other-career":   "I don't cover that career.",
	"off-topic":      "That is outside what I know.",
	"unknown":        "I don't have a reviewed answer to that, and I'd rather not guess. Try asking in other words, or pick one of these.",
}

var declineTitles = map[string]string{
	"emergency":      "Please get help now",
	"medical-advice": "Please ask a health professional",
	"legal-advice":   "This needs legal advice",
	"abuse":          "Let's keep it friendly",
	"exam-content":   "I can't share exam content",
	"other-career":   "I don't cover that career",
	"off-topic":      "That's outside what I know",
	"unknown":        "I don't know that one",
}

func (c *composer) decline() {
	reason := c.in.Reason
	text := declineReplies[reason]
	if b := c.s.Corpus.Boundary(reason); b != nil && b.Reply != "" {
		text = b.Reply
	}
	c.a.Title = declineTitles[reason]
	c.a.Blocks = []Block{{Kind: Paragraph, Spans: []Span{{Text: text}}}}
	if c.in.State != nil {
		c.otherJob()
	}
	if c.in.NoTerm {
		c.noTerm()
		return
	}
	// Nothing is understood that the person should see named.
	c.a.Roles, c.a.Topics = nil, nil
	if reason != "unknown" {
		c.a.Passages = nil // of an unknown question, the nearest pages help maintainers
	}
	if reason == "emergency" || reason == "abuse" {
		return // never beside career content
	}
	c.suggestions()
}

// suggestions offers starting points: what a new person may ask.
func (c *composer) suggestions() {
	roles := c.s.Corpus.Roles()
	// The fullest pages first: they are on what most people ask about.
	slices.SortStableFunc(roles, func(a, b *corpus.Page) int { return len(b.Passages) - len(a.Passages) })
	for _, p := range roles {
		if len(c.a.FollowUps) == maxFollowUps {
			return
		}
		if p.About("overview") != nil && len(p.Passages) >= coreSections {
			c.offer(FollowUp{Label: p.Short, Ask: "what is " + withArticle(p.Short), Choice: Choice{Subjects: []string{p.Slug}, Topic: "overview"}})
		}
	}
}

// coreSections is how many sections a role page in full depth has at least.
const coreSections = 30

// Replies to turns about the bot itself.
var metaReplies = map[string]struct{ title, text string }{
	"greeting":   {"Hello", "Hi! Ask me about a job in plain words: what it is, how to start, what it pays, which certificate counts."},
	"thanks":     {"You're welcome", "Glad it helped. Ask away if something else comes up."},
	"bye":        {"Goodbye", "Good luck! I'm here whenever you have another question."},
	"help":       {"What you can ask", ""},
	"about":      {"About careerbot", ""},
	"privacy":    {"Privacy", ""},
	"human":      {"Asking a person", "I'm a program and can't pass you on from here. Ask in this channel, or look for a mentor, teacher or career adviser in your community."},
	"language":   {"English only, for now", "I answer in English only. Short, simple questions work best."},
	"repeat":     {"Nothing to repeat yet", "I have no earlier answer of this conversation. Please ask again."},
	"feedback":   {"Thank you for telling me", "I'm sorry that was not right. Say it again in other words and name the job, and I'll try once more. The people who keep my pages read reports in their issue tracker."},
	"start-over": {"Fresh start", "Done: I've let go of the earlier questions. What would you like to know?"},
	"small-talk": {"I'm a simple bot", "I'm better at jobs than at small talk. Want to hear what a day at work looks like?"},
}

func (c *composer) meta() {
	r, ok := metaReplies[c.in.Meta]
	c.a.Meta = c.in.Meta
	if !ok {
		r, c.a.Meta = metaReplies["help"], "help"
	}
	c.a.Title = r.title
	c.a.Topics = nil
	if r.text != "" {
		c.a.Blocks = []Block{{Kind: Paragraph, Spans: []Span{{Text: r.text}}}}
	}
	switch c.in.Meta {
	case "help", "greeting", "start-over", "small-talk", "repeat", "language", "feedback":
		if c.in.Meta == "help" || !ok {
			c.help()
		}
		c.suggestions()
	case "privacy":
		c.a.Blocks = privacy(c.history)
	case "about":
		c.about()
		c.suggestions()
	}
}

func (c *composer) help() {
	c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: "Ask in plain words. Typing slips and short forms are fine. For example:"}}})
	examples := Block{Kind: Bullets}
	for _, t := range c.s.Corpus.Topics {
		if len(examples.Items) == 5 {
			break
		}
		for _, p := range c.s.Corpus.Roles() {
			if ps := p.About(t.Slug); ps != nil && len(ps.Asks) > 0 && len(p.Passages) >= coreSections {
				examples.Items = append(examples.Items, []Span{{Text: ps.Asks[0]}})
				break
			}
		}
	}
	if len(examples.Items) > 0 {
		c.a.Blocks = append(c.a.Blocks, examples)
	}
	c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: "You can also compare (\"MLT vs MLS\"), ask for a way from one job to another, or ask what a term means. After an answer, a short follow-up such as \"and the pay?\" is enough."}}})
}

func (c *composer) about() {
	n := map[corpus.Kind]int{}
	for _, p := range c.s.Corpus.Pages {
		n[p.Kind]++
	}
	text := "Every answer was written and reviewed by a person, and every figure names its source and date. No text is generated. " +
		"I know " + count(n[corpus.Role], "job") + ", " + count(n[corpus.Certification], "credential") + ", " +
		count(len(c.s.Corpus.Terms), "term") + " and " + count(len(c.s.Corpus.Sources), "source") + ". Content version " + c.s.Corpus.Hash + "."
	c.a.Blocks = append(c.a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: text}}})
}
