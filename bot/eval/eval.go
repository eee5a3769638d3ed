// Package eval scores a bot on labelled questions.
//
// The central type is [Report]: what came back for every turn of the golden
// questions, and the shares that were right. Questions labelled "measure" are
// never looked at while the bot is improved; the report keeps the halves apart.
package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"careerbot/bot"
	"careerbot/knowledge/corpus"
)

// Asker answers questions; [bot.Bot] is one.
type Asker interface {
	Answer(ctx context.Context, q bot.Question) bot.Answer
}

// A Result is one turn with what came back.
type Result struct {
	Test   *corpus.Test
	Turn   corpus.Turn
	Answer bot.Answer
	// What was wrong, each empty when right or not asked.
	Kind, Roles, Topic, Passage string
}

// OK reports whether everything the turn expects came back.
func (r *Result) OK() bool { return r.Kind == "" && r.Roles == "" && r.Topic == "" && r.Passage == "" }

// A Report holds the results in the order of the tests.
type Report struct {
	Results []Result
}

// Run asks every turn of the tests; each test is a conversation of its own.
func Run(ctx context.Context, ask Asker, tests []*corpus.Test) Report {
	var rep Report
	for i, t := range tests {
		place := bot.Place{Platform: "eval", Channel: fmt.Sprint(i)}
		for _, turn := range t.Turns {
			a := ask.Answer(ctx, bot.Question{Text: turn.Ask, Place: place, Person: "eval"})
			rep.Results = append(rep.Results, Judge(t, turn, a))
		}
	}
	return rep
}

// Judge compares an answer with what the turn expects.
//
// A role is right when every expected role came back, and none came back where
// none may; a topic when the first one is among the acceptable; a clarifying
// question when the expected roles are among its choices. An answer that puts
// pages side by side has the topic compare by nature.
func Judge(t *corpus.Test, turn corpus.Turn, a bot.Answer) Result {
	r := Result{Test: t, Turn: turn, Answer: a}
	if turn.Kind != "" && string(a.Kind) != turn.Kind {
		r.Kind = fmt.Sprintf("%s instead of %s", a.Kind, turn.Kind)
	}
	if turn.Reason != "" && a.Kind == bot.KindDecline && a.Reason != turn.Reason {
		r.Kind = fmt.Sprintf("decline %s instead of %s", a.Reason, turn.Reason)
	}
	if missing := without(turn.Roles, a.Roles); len(missing) > 0 {
		r.Roles = fmt.Sprintf("%s instead of %s", list(a.Roles), list(turn.Roles))
	}
	if len(turn.Topics) > 0 && !acceptable(turn.Topics, a) {
		r.Topic = fmt.Sprintf("%s instead of %s", list(a.Topics[:min(1, len(a.Topics))]), list(turn.Topics))
	}
	if turn.Passage != "" && (len(a.Passages) == 0 || a.Passages[0].ID != turn.Passage) {
		got := "none"
		if len(a.Passages) > 0 {
			got = a.Passages[0].ID
		}
		r.Passage = fmt.Sprintf("%s instead of %s", got, turn.Passage)
	}
	return r
}

func acceptable(topics []string, a bot.Answer) bool {
	if len(a.Topics) == 0 {
		return false
	}
	return slices.Contains(topics, a.Topics[0])
}

func without(want, got []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(s string) bool { return slices.Contains(got, s) })
}

func list(s []string) string {
	if len(s) == 0 {
		return "none"
	}
	return strings.Join(s, ",")
}

// A Share is a count of right ones.
type Share struct{ Right, Of int }

// Percent is the share in hundredths, 0 for an empty one.
func (s Share) Percent() float64 {
	if s.Of == 0 {
		return 0
	}
	return 100 * float64(s.Right) / float64(s.Of)
}

func (s Share) String() string { return fmt.Sprintf("%5.1f %% (%d of %d)", s.Percent(), s.Right, s.Of) }

// A Line is a named share.
type Line struct {
	Name string
	Share
}

// Summary returns the shares over the results that keep accepts.
func (rep Report) Summary(keep func(*Result) bool) []Line {
	shares := map[string]*Share{}
	add := func(name string, right bool) {
		s := shares[name]
		if s == nil {
			s = &Share{}
			shares[name] = s
		}
		s.Of++
		if right {
			s.Right++
		}
	}
	for i := range rep.Results {
		r := &rep.Results[i]
		if !keep(r) {
			continue
		}
		add("0 all turns, everything right", r.OK())
		if r.Turn.Kind != "" {
			add("1 kind "+r.Turn.Kind, r.Kind == "")
		}
		if r.Turn.Kind == "answer" || r.Turn.Kind == "" {
			if len(r.Turn.Roles) > 0 {
				add("2 answer: role", r.Roles == "")
			}
			if len(r.Turn.Topics) > 0 {
				add("3 answer: topic among the acceptable", r.Topic == "")
				add("4 answer: both", r.Topic == "" && r.Roles == "" && r.Kind == "")
			}
			add("5 answer: asked back", r.Answer.Kind == bot.KindClarify)
		}
		if r.Turn.Kind == "decline" {
			add("6 out of scope: wrongly answered", r.Answer.Kind != bot.KindDecline && r.Answer.Kind != bot.KindClarify && r.Answer.Kind != bot.KindMeta)
			if r.Turn.Reason == "emergency" {
				add("7 emergency recognised", r.Kind == "")
			}
		}
		if len(r.Test.Turns) > 1 && r.Turn.Ask != r.Test.Turns[0].Ask {
			add("8 follow-up turns right", r.OK())
		}
	}
	lines := make([]Line, 0, len(shares))
	for name, s := range shares {
		lines = append(lines, Line{name, *s})
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(a.Name, b.Name) })
	for i := range lines {
		lines[i].Name = lines[i].Name[2:]
	}
	return lines
}
