package slack

import "careerbot/bot"

func text(s string) []bot.Span { return []bot.Span{{Text: s}} }

func choice(label, role, topic string) bot.FollowUp {
	return bot.FollowUp{Label: label, Ask: label, Choice: bot.Choice{Subjects: []string{role}, Topic: topic}}
}

// samples has an answer of every kind, as the bot composes them.
var samples = map[string]bot.Answer{
	"answer": {
		Kind: bot.KindAnswer, Roles: []string{"phlebotomist"}, Topics: []string{"pay"}, Confidence: 0.94,
		Title: "Phlebotomist: pay",
		Blocks: []bot.Block{
			{Kind: bot.Paragraph, Spans: []bot.Span{{Text: "Half of all phlebotomists earn "}, {Text: "$45,230", Bold: true}, {Text: " a year or more. Hospitals & labs pay about the same <on average>."}}},
			{Kind: bot.Heading, Spans: text("What moves it")},
			{Kind: bot.Bullets, Items: [][]bot.Span{
				text("The state: California pays most."),
				{{Text: "A credential, see the "}, {Text: "ASCP page", Link: "https://www.ascp.org/boc?a=1&b=2"}, {Text: "."}},
				{{Text: "Night shifts", Italic: true}},
			}},
			{Kind: bot.Steps, Items: [][]bot.Span{text("Look up your state."), text("Ask for the range before the interview.")}},
		},
		Facts: []bot.Fact{
			{Label: "Median pay", Value: "$45,230 a year", AsOf: "May 2025", Source: "BLS"},
			{Label: "Top tenth", Value: "$57,750 a year", AsOf: "May 2025", Source: "BLS", Caveat: "all settings"},
		},
		Sources: []bot.Source{
			{Title: "Occupational Employment and Wages", URL: "https://www.bls.gov/oes/current/oes319097.htm?x=1&y=2", AsOf: "2025-05", Label: "BLS <wages>, May 2025"},
			{Title: "Own advice", Label: "Our own advice"},
		},
		Notice: "One figure is past its review date.",
		ReadAs: "pay · phlebotomist",
		Change: []bot.FollowUp{choice("Outlook", "phlebotomist", "outlook"), choice("Advancement", "phlebotomist", "advancement")},
		FollowUps: []bot.FollowUp{
			choice("Which certificate?", "phlebotomist", "certification"), choice("How to start", "phlebotomist", "how-to-start"),
			choice("Hours", "phlebotomist", "schedule"),
		},
		Passages: []bot.Passage{{ID: "roles/phlebotomist#pay", Score: 12}}, Knowledge: "5f3a9c",
	},
	"compare": {
		Kind: bot.KindCompare, Title: "MLT or MLS",
		Blocks: []bot.Block{
			{Kind: bot.Paragraph, Spans: text("An MLS needs a bachelor's degree and earns more; an MLT starts after two years.")},
			{Kind: bot.Table, Rows: [][]string{
				{"", "MLT", "MLS"},
				{"Degree", "Associate", "Bachelor's"},
				{"Median pay", "$61,890", ""},
			}},
		},
		Sources: []bot.Source{{URL: "https://www.bls.gov/", Label: "BLS, May 2025"}}, Passages: []bot.Passage{{ID: "roles/mlt#pay"}},
		FollowUps: []bot.FollowUp{choice("MLT", "medical-laboratory-technician", "overview"), choice("MLS", "medical-laboratory-scientist", "overview")},
	},
	"path": {
		Kind: bot.KindPath, Title: "From phlebotomist to MLT",
		Blocks: []bot.Block{
			{Kind: bot.Paragraph, Spans: text("Two steps, about two years.")},
			{Kind: bot.Steps, Items: [][]bot.Span{text("Finish an accredited MLT program."), text("Pass the ASCP exam.")}},
		},
		Passages: []bot.Passage{{ID: "roles/phlebotomist#advancement"}},
	},
	"match": {
		Kind: bot.KindMatch, Title: "Jobs that may suit you",
		Blocks: []bot.Block{
			{Kind: bot.Paragraph, Spans: text("You like detail and no patients:")},
			{Kind: bot.Bullets, Items: [][]bot.Span{text("Histotechnician: lab work, little contact."), text("Medical coder: desk work, remote.")}},
		},
		FollowUps: []bot.FollowUp{choice("Histotechnician", "histotechnician", "overview")},
	},
	"define": {
		Kind: bot.KindDefine, Title: "CLIA",
		Blocks: []bot.Block{{Kind: bot.Paragraph, Spans: text("The federal rules for testing labs (1988).")}},
	},
	"clarify": {
		Kind: bot.KindClarify, Title: "Which one do you mean?",
		Blocks:  []bot.Block{{Kind: bot.Paragraph, Spans: text("\"Lab tech\" can be several jobs.")}},
		Choices: []bot.FollowUp{choice("MLT", "medical-laboratory-technician", "pay"), choice("MLS", "medical-laboratory-scientist", "pay")},
	},
	"decline": {
		Kind: bot.KindDecline, Reason: "off-topic", Title: "That's outside what I know",
		Blocks:    []bot.Block{{Kind: bot.Paragraph, Spans: text("I only know about careers in health care.")}},
		FollowUps: []bot.FollowUp{choice("Phlebotomist", "phlebotomist", "overview")},
	},
	"emergency": {
		Kind: bot.KindDecline, Reason: "emergency", Title: "Please get help now",
		Blocks: []bot.Block{{Kind: bot.Paragraph, Spans: text("Call your local emergency number now (911 in the US).")}},
	},
	"meta": {
		Kind: bot.KindMeta, Title: "What you can ask",
		Blocks: []bot.Block{
			{Kind: bot.Paragraph, Spans: text("Ask in plain words. For example:")},
			{Kind: bot.Bullets, Items: [][]bot.Span{text("what does a phlebotomist do"), text("is it hard to get in")}},
		},
		FollowUps: []bot.FollowUp{choice("Phlebotomist", "phlebotomist", "overview"), choice("MLT", "medical-laboratory-technician", "overview")},
		Knowledge: "5f3a9c",
	},
}
