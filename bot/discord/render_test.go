package discord

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
	"careerbot/bot/bottest/fakediscord"
)

var update = flag.Bool("update", false, "write the golden files anew")

func text(s string) []bot.Span { return []bot.Span{{Text: s}} }

func paragraph(s string) bot.Block { return bot.Block{Kind: bot.Paragraph, Spans: text(s)} }

func choiceOf(label, role, topic string) bot.FollowUp {
	return bot.FollowUp{Label: label, Ask: label, Choice: bot.Choice{Subjects: []string{role}, Topic: topic}}
}

// samples is one answer of every kind and of every awkward form.
func samples() map[string]bot.Answer {
	many := bot.Answer{Kind: bot.KindClarify, Title: "Which one do you mean?", Blocks: []bot.Block{paragraph("Several jobs are called lab tech.")}}
	for _, s := range []string{"mlt", "mls", "phlebotomist", "histotechnician", "pharmacy-technician", "medical-assistant"} {
		many.Choices = append(many.Choices, choiceOf(strings.ToUpper(s), s, "pay"))
	}
	long := bot.Answer{Kind: bot.KindAnswer, Title: strings.Repeat("A long title ", 40), ReadAs: strings.Repeat("read ", 100), Notice: strings.Repeat("note ", 200)}
	for range 60 {
		long.Blocks = append(long.Blocks, paragraph(strings.Repeat("Every sentence was written by a person. ", 8)))
		long.Facts = append(long.Facts, bot.Fact{Label: strings.Repeat("label ", 20), Value: "$1", AsOf: "2025", Source: strings.Repeat("source ", 20)})
		long.Sources = append(long.Sources, bot.Source{URL: "https://example.org/" + strings.Repeat("x", 60), Label: strings.Repeat("title ", 20)})
		long.FollowUps = append(long.FollowUps, choiceOf("Same", "same", "pay"), choiceOf(strings.Repeat("long label ", 10), strings.Repeat("x", 80), strings.Repeat("y", 80)))
		long.Change = append(long.Change, choiceOf("Change", strings.Repeat("a", len(long.Change)), "pay"))
	}
	long.Passages = []bot.Passage{{ID: strings.Repeat("roles/", 30)}}
	return map[string]bot.Answer{
		"answer": sample(),
		"compare": {
			Kind: bot.KindCompare, Title: "MLT or MLS", Roles: []string{"mlt", "mls"},
			Blocks: []bot.Block{paragraph("They differ in schooling first."), {Kind: bot.Table, Rows: [][]string{
				{"", "MLT", "MLS"}, {"Pay", "$60,000", "$75,000"}, {"School", "2 years", "4 years"},
			}}},
			FollowUps: []bot.FollowUp{choiceOf("Pay of an MLT", "medical-laboratory-technician", "pay")}, Passages: []bot.Passage{{ID: "roles/mlt#overview"}},
		},
		"path": {
			Kind: bot.KindPath, Title: "From phlebotomist to MLT", Passages: []bot.Passage{{ID: "ladder"}},
			Blocks: []bot.Block{paragraph("Two steps, about two years."), {Kind: bot.Steps, Items: [][]bot.Span{text("Finish an associate degree."), {{Text: "Sit the "}, {Text: "ASCP MLT", Bold: true}, {Text: " exam."}}}}},
		},
		"match": {
			Kind: bot.KindMatch, Title: "Jobs that fit", Passages: []bot.Passage{{ID: "m"}},
			Blocks: []bot.Block{paragraph("You like detail and dislike needles."), {Kind: bot.Heading, Spans: text("For you")}, {Kind: bot.Bullets, Items: [][]bot.Span{text("Histotechnician: quiet, exact work."), text("Medical coder: no patients.")}}},
		},
		"define": {Kind: bot.KindDefine, Title: "CLIA", Blocks: []bot.Block{paragraph("Rules for laboratories in the United States.")}, Passages: []bot.Passage{{ID: "terms/CLIA"}}},
		"clarify": {
			Kind: bot.KindClarify, Title: "Which one do you mean?", Blocks: []bot.Block{paragraph("Lab tech can mean two jobs.")},
			Choices: []bot.FollowUp{choiceOf("MLT", "medical-laboratory-technician", "pay"), choiceOf("MLS", "medical-laboratory-scientist", "pay")},
		},
		"clarify-many": many,
		"decline": {
			Kind: bot.KindDecline, Reason: "medical-advice", Title: "I can't help with that", Blocks: []bot.Block{paragraph("Please ask a doctor or pharmacist.")},
			FollowUps: []bot.FollowUp{choiceOf("What a pharmacy technician does", "pharmacy-technician", "duties")},
		},
		"emergency": {Kind: bot.KindDecline, Reason: "emergency", Title: "Please get help now", Blocks: []bot.Block{paragraph("Call or text 988.")}},
		"meta":      {Kind: bot.KindMeta, Title: "Hello", Blocks: []bot.Block{paragraph("Ask me about a job.")}, FollowUps: []bot.FollowUp{{Label: "Jobs", Ask: "which jobs do you know"}}},
		"notice": {
			Kind: bot.KindAnswer, Title: "Pay", Notice: "Figures are past their review date.", Blocks: []bot.Block{paragraph("About $45,000.")},
			Sources: []bot.Source{{Label: "Our own advice"}, {Label: "A [page] (2025)", URL: "https://example.org/a_(b)?c=d e"}, {Label: "Not safe", URL: "javascript:alert(1)"}},
		},
		"hostile": {
			Kind: bot.KindAnswer, Title: "@everyone # **title** <@123456789012345678>",
			Blocks: []bot.Block{
				paragraph("# heading\n> quote\n- list\n1. first https://evil.example/x [click](https://evil.example) @here `code` ```block``` ||spoiler|| <#123> </cmd:1> \u202etxt.exe discord.gg/abc <t:1:R> <https://evil.example>"),
				{Kind: bot.Bullets, Items: [][]bot.Span{{{Text: "a*b_c~d"}, {Text: "bold**", Bold: true}, {Text: "x", Italic: true}, {Text: " y ", Bold: true, Italic: true}}, {{Text: "[label](https://evil.example)", Link: "https://example.org/"}}}},
			},
		},
		"empty": {},
		"long":  long,
	}
}

// TestGolden renders every kind of answer as Components V2 and as plain message.
func TestGolden(t *testing.T) {
	for name, a := range samples() {
		for form, plain := range map[string]bool{"": false, "-plain": true} {
			t.Run(name+form, func(t *testing.T) {
				p := render(&a, audience{ephemeral: true, others: true, verdicts: true}, plain)
				checkPost(t, p)
				golden(t, filepath.Join("testdata", name+form+".json"), indented(p))
			})
		}
	}
}

// TestGoldenOthers renders what is no answer of the bot's: charts, a question shown
// to mentors, what its asker is told, and the form between them.
func TestGoldenOthers(t *testing.T) {
	answer := sample()
	q := bot.MentorQuestion{ID: "0123456789abcdef0123456789abcdef", Text: "do phlebotomists juggle?", ReadAs: "phlebotomist", State: bot.MentorOpen}
	told := q
	told.State, told.Answer = bot.MentorAnswered, "Only on breaks."
	reply := bot.MentorReply(told)
	for name, make := range map[string]func(plain bool) *post{
		"charts": func(plain bool) *post {
			p := render(&answer, audience{others: true, verdicts: true}, plain)
			illustrate(p, []chart{{"chart1.png", "Median pay: $45,230 a year.", nil}}, plain)
			return p
		},
		"mentor-notice": func(plain bool) *post { p, _ := mentorNotice(q, mentorRole)(form{plain: plain}); return p },
		"mentor-reply":  func(plain bool) *post { return render(&reply, audience{}, plain) },
	} {
		for form, plain := range map[string]bool{"": false, "-plain": true} {
			p := make(plain)
			checkPost(t, p)
			golden(t, filepath.Join("testdata", name+form+".json"), indented(p))
		}
	}
	golden(t, filepath.Join("testdata", "form.json"), indented(callback{callbackModal, &modal{
		CustomID: formAnswer + q.ID, Title: "Answer as a mentor", Components: []component{input("Your answer", string(q.Text), "", maxMentorText)},
	}}))
}

// indented is JSON as people read it.
func indented(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	enc.Encode(v)
	return b.Bytes()
}

// TestSharedAnswers renders the answers that every adapter is tested on, for
// every audience.
func TestSharedAnswers(t *testing.T) {
	for name, a := range answers.All() {
		for _, plain := range []bool{false, true} {
			for _, to := range []audience{{}, {others: true}, {ephemeral: true, others: true, verdicts: true}} {
				p := render(&a, to, plain)
				checkPost(t, p)
				if name != "hostile" && !strings.Contains(strings.Join(markdown(p), "\n"), escapeAll(strings.Fields(a.Title)[0])) {
					t.Errorf("%s: the title is not shown", name)
				}
			}
		}
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; run with -update and look at the difference.\ngot:\n%s", file, got)
	}
}

// checkPost holds a message against everything Discord states.
func checkPost(t testing.TB, p *post) {
	t.Helper()
	b, err := encode(callback{callbackMessage, p})
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range fakediscord.CheckBody(t, "POST", fakediscord.RouteCallback, b) {
		t.Errorf("%s\n%s", problem, b)
	}
}

func TestEscape(t *testing.T) {
	for _, tc := range []struct {
		in, want string
	}{
		{"plain words, and/or more.", "plain words, and/or more."},
		{"# not a heading", `\# not a heading`},
		{"-# small", `\-# small`},
		{"1. not a list", `1\. not a list`},
		{"12) neither", `12\) neither`},
		{"> quote", `\> quote`},
		{"a*b _c_ ~~d~~ `e` ||f||", "a\\*b \\_c\\_ \\~\\~d\\~\\~ \\`e\\` \\|\\|f\\|\\|"},
		{"[a](https://x.y/z)", `\[a\](https\://x.y\/z)`},
		{"<@1> <#2> </a:3> <t:1>", `\<@1> \<#2> \</a:3> \<t:1>`},
		{"@everyone @Here @you", "@\u200beveryone @\u200bHere @you"},
		{"discord.gg/abc", `discord.gg\/abc`},
		{`back\slash`, `back\\slash`},
		{"a\u202eb\u2066c\U000e0041d", "abcd"},
		{"line\nbreak\ttab", "line break tab"},
		{"3.5 and 1990", "3.5 and 1990"},
	} {
		p := newPad(1000)
		p.text(tc.in)
		if got := p.String(); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestSpans(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spans []bot.Span
		want  string
	}{
		{"spaces stay outside of markers", []bot.Span{{Text: "a"}, {Text: " b ", Bold: true}, {Text: "c"}}, "a **b** c"},
		{"no space is invented", []bot.Span{{Text: "("}, {Text: "b", Bold: true}, {Text: ")."}}, "(**b**)."},
		{"neighbours of one style", []bot.Span{{Text: "a", Bold: true}, {Text: "b", Bold: true}}, "**ab**"},
		{"neighbours of two styles", []bot.Span{{Text: "a", Bold: true}, {Text: "b", Italic: true}}, "**a**\u200b*b*"},
		{"both styles", []bot.Span{{Text: "a", Bold: true, Italic: true}}, "***a***"},
		{"link", []bot.Span{{Text: "see "}, {Text: "the page", Link: "https://example.org/a"}, {Text: "."}}, "see [the page](https://example.org/a)."},
		{"link in brackets", []bot.Span{{Text: "[x]", Link: "https://example.org/(a)"}}, "[(x)](https://example.org/%28a%29)"},
		{"link that is none", []bot.Span{{Text: "x", Link: "http://example.org/"}}, "x"},
		{"empty bold", []bot.Span{{Text: "a"}, {Text: " ", Bold: true}, {Text: "b"}}, "a b"},
	} {
		p := newPad(1000)
		p.spans(tc.spans)
		if got := p.String(); got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, got, tc.want)
		}
	}
}

// TestCut cuts styled text at every length: it never exceeds the limit and never
// leaves a marker or an escape open.
func TestCut(t *testing.T) {
	spans := []bot.Span{{Text: "some words "}, {Text: "bold *words* here", Bold: true}, {Text: " and "}, {Text: "link", Link: "https://example.org/"}, {Text: " \U0001F600\U0001F600 end"}}
	for max := range 120 {
		p := newPad(max)
		p.spans(spans)
		got := p.String()
		if n := units(got); n > max && max > 2 {
			t.Fatalf("%d units, want at most %d: %q", n, max, got)
		}
		if strings.Count(got, "**")%2 != 0 || strings.Count(got, "[") != strings.Count(got, "](") {
			t.Errorf("max %d: markers are open: %q", max, got)
		}
	}
}

func TestTapsReadBack(t *testing.T) {
	for name, a := range samples() {
		p := render(&a, audience{}, false)
		var walk func(list []component)
		walk = func(list []component) {
			for _, c := range list {
				walk(c.Components)
				ids := []string{c.CustomID}
				for _, o := range c.Options {
					ids = append(ids, o.Value)
				}
				for _, id := range ids {
					if strings.HasPrefix(id, tapChoice) || strings.HasPrefix(id, tapPick) || strings.HasPrefix(id, tapText) {
						if _, ok := question(id); !ok {
							t.Errorf("%s: %q cannot be read back", name, id)
						}
					}
				}
			}
		}
		walk(p.Components)
	}
}
