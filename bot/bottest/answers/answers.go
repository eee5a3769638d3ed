// Package answers holds one rich answer of every kind, and a small asker that
// gives them, so that renderers and pages are tested on what the bot can say
// without the bot.
package answers

import (
	"context"
	"slices"
	"strings"
	"sync"

	"careerbot/bot"
)

// Asker answers with this package's answers by the words of the question, and
// remembers what it was asked. Its zero value is ready to use.
type Asker struct {
	mu    sync.Mutex
	asked []bot.Question
}

// Asked returns the questions so far, in order.
func (f *Asker) Asked() []bot.Question {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.asked)
}

// Answer returns the answer whose trigger the question holds, or one that says
// the bot does not know.
func (f *Asker) Answer(_ context.Context, q bot.Question) bot.Answer {
	f.mu.Lock()
	f.asked = append(f.asked, q)
	f.mu.Unlock()
	if q.Choice != nil {
		return byChoice(*q.Choice)
	}
	text := strings.ToLower(q.Text)
	for _, row := range []struct {
		word   string
		answer func() bot.Answer
	}{
		{"hostile", Hostile}, {"vs", Compare}, {"pay", Pay}, {"from", Path}, {"suits me", Match},
		{"what is a cbc", Define}, {"lab tech", Clarify}, {"hurt myself", Emergency}, {"help", Help}, {"hello", Greeting},
	} {
		if strings.Contains(text, row.word) {
			return row.answer()
		}
	}
	return Unknown()
}

func byChoice(c bot.Choice) bot.Answer {
	switch {
	case c.Kind == bot.KindMeta && c.Topic == "help":
		return Help()
	case c.Kind == bot.KindMeta:
		return Greeting()
	case c.Topic == "pay":
		return Pay()
	case c.Kind == bot.KindCompare:
		return Compare()
	}
	return Steps(c)
}

// All returns every answer by the name of its case.
func All() map[string]bot.Answer {
	return map[string]bot.Answer{
		"answer": Pay(), "steps": Steps(Start), "compare": Compare(), "path": Path(), "match": Match(), "define": Define(),
		"clarify": Clarify(), "decline": Unknown(), "emergency": Emergency(), "meta": Help(), "hostile": Hostile(),
	}
}

// Start is the choice of the first follow-up of [Pay].
var Start = bot.Choice{Subjects: []string{"phlebotomist"}, Topic: "how-to-start"}

const knowledge = "5f3c9a1e7b20"

// plain returns a span without style.
func plain(s string) bot.Span { return bot.Span{Text: s} }

func paragraph(spans ...bot.Span) bot.Block { return bot.Block{Kind: bot.Paragraph, Spans: spans} }

func heading(s string) bot.Block {
	return bot.Block{Kind: bot.Heading, Spans: []bot.Span{plain(s)}}
}

func list(kind bot.BlockKind, items ...string) bot.Block {
	b := bot.Block{Kind: kind}
	for _, it := range items {
		head, rest, ok := strings.Cut(it, "|")
		spans := []bot.Span{plain(head)}
		if ok {
			spans = []bot.Span{{Text: head, Bold: true}, plain(rest)}
		}
		b.Items = append(b.Items, spans)
	}
	return b
}

func about(label, ask, role, topic string) bot.FollowUp {
	return bot.FollowUp{Label: label, Ask: ask, Choice: bot.Choice{Subjects: []string{role}, Topic: topic}}
}

var oews = bot.Source{
	Title: "Occupational Employment and Wage Statistics: Phlebotomists", URL: "https://www.bls.gov/oes/current/oes319097.htm",
	AsOf: "2025-05", Label: "Occupational Employment and Wage Statistics: Phlebotomists, May 2025",
}

// Pay is an answer with figures, caveats, sources, other readings and a notice.
func Pay() bot.Answer {
	a := bot.Answer{
		Kind: bot.KindAnswer, Roles: []string{"phlebotomist"}, Topics: []string{"pay"}, Confidence: 0.94,
		Title: "Phlebotomist: Pay",
		Blocks: []bot.Block{
			paragraph(bot.Span{Text: "Half of all phlebotomists earn more than $45,230 a year", Bold: true}, plain(", about $21.75 an hour. Most people who start out earn nearer $36,000, and the well paid tenth more than $58,000.")),
			list(bot.Bullets,
				"Where you work|: outpatient centers and mobile donor teams tend to pay more than doctors’ offices.",
				"When you work|: evening, night and weekend shifts usually add one to four dollars an hour.",
				"What you hold|: many hospitals start certified people higher."),
			heading("What moves it"),
			paragraph(plain("Rural employers pay less on paper, but rents differ more than wages do. The "),
				bot.Span{Text: "state wage tables", Link: "https://www.bls.gov/oes/current/oessrcst.htm"}, plain(" show your own area. Ask for the range "), bot.Span{Text: "before", Italic: true}, plain(" the interview.")),
		},
		Facts: []bot.Fact{
			{Label: "Median pay", Value: "$45,230 a year", AsOf: "May 2025", Source: "US Bureau of Labor Statistics"},
			{Label: "Lowest tenth earn up to", Value: "$35,780 a year", AsOf: "May 2025", Source: "US Bureau of Labor Statistics"},
			{Label: "Night premium", Value: "$1–4 an hour", AsOf: "undated", Source: "Employer postings", Caveat: "second-hand; covers hospitals only"},
		},
		Sources: []bot.Source{oews, {Title: "Our own advice", Label: "Our own advice"}},
		Notice:  "This page was due for review by May 2026, so its figures may be out of date.",
		ReadAs:  "pay · phlebotomist",
		Change: []bot.FollowUp{
			about("Duties", "phlebotomist: duties", "phlebotomist", "duties"),
			about("Education", "phlebotomist: education", "phlebotomist", "education"),
			about("Medical assistant pay", "medical assistant: pay", "medical-assistant", "pay"),
		},
		FollowUps: []bot.FollowUp{
			{Label: "How to start", Ask: "how do i become a phlebotomist", Choice: Start},
			about("Certification", "phlebotomist: certification", "phlebotomist", "certification"),
			about("Advancement", "phlebotomist: advancement", "phlebotomist", "advancement"),
			about("Is it worth it for someone like me", "is phlebotomy worth it", "phlebotomist", "fit"),
		},
		Passages:  []bot.Passage{{ID: "roles/phlebotomist#pay", Score: 12.3}},
		Knowledge: knowledge,
	}
	return a
}

// Steps is an answer with numbered steps, titled after what was chosen.
func Steps(c bot.Choice) bot.Answer {
	title := c.Topic
	if c.Topic == Start.Topic {
		title = "How to start"
	}
	return bot.Answer{
		Kind: bot.KindAnswer, Roles: c.Subjects, Topics: []string{c.Topic}, Confidence: 1,
		Title: "Phlebotomist: " + title,
		Blocks: []bot.Block{
			paragraph(plain("Most people are ready to apply within four to eight months.")),
			list(bot.Steps,
				"Finish high school|, or pass an equivalency exam.",
				"Take a program|. Look for at least 40 hours of class and 100 successful draws, and ask who arranges the externship before you pay.",
				"Sit one national exam|. Employers near you decide which one counts.",
				"Apply widely|, donor centers included: they train."),
		},
		Sources: []bot.Source{{Title: "Phlebotomy Technician, PBT(ASCP)", URL: "https://www.ascp.org/boc/us-certification/pbt", AsOf: "2026", Label: "Phlebotomy Technician, PBT(ASCP), 2026"}},
		ReadAs:  title + " · phlebotomist",
		FollowUps: []bot.FollowUp{
			about("Pay", "phlebotomist: pay", "phlebotomist", "pay"),
			about("Education", "phlebotomist: education", "phlebotomist", "education"),
		},
		Knowledge: knowledge,
	}
}

// Compare is a table of three roles.
func Compare() bot.Answer {
	return bot.Answer{
		Kind: bot.KindCompare, Roles: []string{"medical-laboratory-technician", "medical-laboratory-scientist"}, Topics: []string{"compare"}, Confidence: 0.97,
		Title: "MLT or MLS",
		Blocks: []bot.Block{
			paragraph(plain("Both test patients’ samples. The scientist has the longer degree, releases the difficult results and earns more.")),
			{Kind: bot.Table, Rows: [][]string{
				{"", "Medical laboratory technician (MLT)", "Medical laboratory scientist (MLS)"},
				{"School", "Associate degree", "Bachelor’s degree, often with a clinical year"},
				{"Training time", "about 2 years", "about 4 to 5 years"},
				{"Median pay", "$61,890 a year", "$61,890 a year"},
				{"License", "in 11 states", "in 11 states"},
			}},
			paragraph(bot.Span{Text: "MLT: Median pay covers technologists and technicians together.", Italic: true}),
		},
		Facts:     []bot.Fact{{Label: "Median pay", Value: "$61,890 a year", AsOf: "May 2025", Source: "US Bureau of Labor Statistics", Caveat: "covers technologists and technicians together"}},
		Sources:   []bot.Source{oews},
		ReadAs:    "compare · MLT · MLS",
		FollowUps: []bot.FollowUp{about("MLT", "what is a MLT", "medical-laboratory-technician", "overview"), about("MLS", "what is a MLS", "medical-laboratory-scientist", "overview")},
		Knowledge: knowledge,
	}
}

// Path is the way from one role to another.
func Path() bot.Answer {
	return bot.Answer{
		Kind: bot.KindPath, Roles: []string{"phlebotomist", "medical-laboratory-scientist"}, Topics: []string{"advancement"}, Confidence: 0.9,
		Title: "Phlebotomist to MLS",
		Blocks: []bot.Block{list(bot.Steps,
			"Phlebotomist to MLT (2 years; opens with MLT(ASCP))|. An associate degree; few credits of a phlebotomy course count.",
			"MLT to MLS (2 to 3 years)|. A bridge program, often online beside work. This is not confirmed by the publisher; check before you plan on it.")},
		ReadAs:    "path · Phlebotomist to MLS",
		FollowUps: []bot.FollowUp{about("Start as MLS", "how do i become a MLS", "medical-laboratory-scientist", "how-to-start")},
		Knowledge: knowledge,
	}
}

// Match is an answer to someone who described themselves.
func Match() bot.Answer {
	return bot.Answer{
		Kind: bot.KindMatch, Roles: []string{"medical-coder", "histotechnician"}, Topics: []string{"fit"}, Confidence: 0.7,
		Title:     "Roles that may suit you",
		Blocks:    []bot.Block{list(bot.Bullets, "Medical coder|: no patients and often remote; the work is repetitive.", "Histotechnician|: careful handwork in a quiet lab; few openings in small towns.")},
		ReadAs:    "fit · quiet work",
		FollowUps: []bot.FollowUp{about("Medical coder", "what is a medical coder", "medical-coder", "overview")},
		Knowledge: knowledge,
	}
}

// Define explains a term.
func Define() bot.Answer {
	return bot.Answer{
		Kind: bot.KindDefine, Topics: []string{"glossary"}, Confidence: 1, Title: "CBC",
		Blocks: []bot.Block{paragraph(plain("Complete blood count: how many red cells, white cells and platelets a sample holds."), bot.Span{Text: " (hematology)", Italic: true})},
		ReadAs: "meaning of CBC", Knowledge: knowledge,
	}
}

// Clarify asks which of three readings is meant.
func Clarify() bot.Answer {
	return bot.Answer{
		Kind: bot.KindClarify, Confidence: 0.5, Title: "One question first",
		Blocks: []bot.Block{paragraph(plain("“lab tech” can mean more than one thing. Which one do you mean?"))},
		Choices: []bot.FollowUp{
			about("Medical laboratory technician", "Medical laboratory technician", "medical-laboratory-technician", "pay"),
			about("Medical laboratory scientist", "Medical laboratory scientist", "medical-laboratory-scientist", "overview"),
			about("Pharmacy technician", "Pharmacy technician", "pharmacy-technician", "overview"),
		},
		Knowledge: knowledge,
	}
}

// Unknown declines and offers ways on.
func Unknown() bot.Answer {
	return bot.Answer{
		Kind: bot.KindDecline, Reason: "unknown", Confidence: 0.2, Title: "I don’t know that one",
		Blocks:    []bot.Block{paragraph(plain("I don’t have a reviewed answer to that, and I’d rather not guess. Try other words, or pick one of these."))},
		FollowUps: suggestions(), Knowledge: knowledge,
	}
}

// Emergency declines with nothing else beside it.
func Emergency() bot.Answer {
	return bot.Answer{
		Kind: bot.KindDecline, Reason: "emergency", Confidence: 1, Title: "Please get help now",
		Blocks:    []bot.Block{paragraph(plain("If you or someone else is in danger, call your local emergency number now (911 in the US). In the US you can call or text 988 at any hour to reach someone who will listen."))},
		Knowledge: knowledge,
	}
}

// Greeting opens a conversation.
func Greeting() bot.Answer {
	return bot.Answer{
		Kind: bot.KindMeta, Confidence: 1, Title: "Hello",
		Blocks:    []bot.Block{paragraph(plain("Hi! Ask me about a job in plain words: what it is, how to start, what it pays, which certificate counts."))},
		FollowUps: suggestions(), Knowledge: knowledge,
	}
}

// Help tells what can be asked.
func Help() bot.Answer {
	return bot.Answer{
		Kind: bot.KindMeta, Confidence: 1, Title: "What you can ask",
		Blocks: []bot.Block{
			paragraph(plain("Ask in plain words. Typing slips and short forms are fine. For example:")),
			list(bot.Bullets, "what does a phlebotomist do all day", "MLT vs MLS", "how do i get from phlebotomist to MLS"),
		},
		FollowUps: suggestions(), Knowledge: knowledge,
	}
}

func suggestions() []bot.FollowUp {
	return []bot.FollowUp{
		about("Phlebotomist", "what is a phlebotomist", "phlebotomist", "overview"),
		about("Pharmacy technician", "what is a pharmacy technician", "pharmacy-technician", "overview"),
	}
}

// Hostile puts markup, terminal codes, other alphabets and scripts where text
// belongs, in every field.
func Hostile() bot.Answer {
	const evil = "<script>alert(1)</script>\x1b[2J\x1b]0;owned\x07\u202egnp\u0000 日本語の説明 👩‍🔬 e\u0301"
	wall := strings.Repeat("supercalifragilistic", 12)
	link := bot.Span{Text: evil, Link: "javascript:alert(1)"}
	return bot.Answer{
		Kind: bot.KindAnswer, Confidence: 1, Title: evil,
		Blocks: []bot.Block{
			paragraph(plain(evil), link, plain(wall)),
			{Kind: bot.Heading, Spans: []bot.Span{plain(evil)}},
			{Kind: bot.Bullets, Items: [][]bot.Span{{plain(wall)}, {link}}},
			{Kind: bot.Table, Rows: [][]string{{"", evil}, {evil, wall}}},
			{Kind: "unheard-of", Spans: []bot.Span{plain("A block of a later version.")}},
		},
		Facts:     []bot.Fact{{Label: evil, Value: wall, AsOf: evil, Source: evil, Caveat: evil}},
		Sources:   []bot.Source{{Title: evil, URL: "javascript:alert(1)", AsOf: evil, Label: evil}},
		Notice:    evil,
		ReadAs:    evil,
		Change:    []bot.FollowUp{{Label: evil, Ask: evil, Choice: bot.Choice{Subjects: []string{"\"><b>"}, Topic: "\r\nX: y"}}},
		FollowUps: []bot.FollowUp{{Label: wall, Ask: evil, Choice: bot.Choice{Topic: "<i>"}}},
		Knowledge: knowledge,
	}
}
