package discord

import (
	"strconv"
	"strings"

	"careerbot/bot"
)

// What a component's custom_id starts with. The rest is all that is needed to act
// on it, so components survive a restart and any replica can serve them. These
// prefixes are kept for good: old messages still hold them.
const (
	tapChoice  = "a:"  // a question: an encoded bot.Choice
	tapPick    = "c:"  // the same, of a reading to choose: the answer takes the place of the question for it
	tapText    = "t:"  // a question in words that has no short structured form
	tapSelect  = "sel" // a menu; its values are questions as above, or the digits after it
	tapShare   = "share"
	tapGood    = "f1:" // a verdict of an older version, on the passage or kind named after it
	tapBad     = "f0:"
	tapVerdict = "f2:" // a verdict: its letter, the content's hash and the passage or kind
	tapAsk     = "m1:" // hands the question after it, as in the first two, to mentors
	tapWrite   = "m2:" // likewise, of words that may be incomplete: the person is shown them first
	tapClaim   = "mc:" // a mentor takes the question of that id
	tapShow    = "p:show"
	tapForget  = "p:forget"

	formAsk    = "fa:" // a form with a question for mentors, asked under the message of that id
	formAnswer = "fm:" // a form with a mentor's answer to the question of that id
)

func itoa(n int) string { return strconv.Itoa(n) }

// tap returns the custom_id that asks the follow-up, "" when none is short enough.
func tap(f bot.FollowUp) string {
	if code, ok := f.Choice.Encode(); ok && (f.Choice.Kind != "" || len(f.Choice.Subjects) > 0 || f.Choice.Topic != "") {
		return tapChoice + code
	}
	text := strings.TrimSpace(strings.Map(visible, f.Ask))
	if id := tapText + text; text != "" && units(id) <= maxCustomID {
		return id
	}
	return ""
}

// question reads a custom_id or menu value back.
func question(id string) (q bot.Question, ok bool) {
	code, is := strings.CutPrefix(id, tapChoice)
	if !is {
		code, is = strings.CutPrefix(id, tapPick)
	}
	if is {
		c, err := bot.ParseChoice(code)
		if err != nil {
			return q, false
		}
		return bot.Question{Choice: &c}, true
	}
	if text, is := strings.CutPrefix(id, tapText); is && text != "" {
		return bot.Question{Text: text}, true
	}
	return q, false
}

// taps returns a row of buttons for the follow-ups or choices, and a menu of
// other readings. Choices that are too many for a row go into a menu.
func taps(a *bot.Answer) []component {
	seen := map[string]bool{}
	var out []component
	switch {
	case len(a.Choices) > maxRowButtons:
		out = appendRow(out, menu(tapSelect+"1", "Which one do you mean?", a.Choices))
	case len(a.Choices) > 0:
		row := buttons(a.Choices, seen)
		for n := range row {
			if code, is := strings.CutPrefix(row[n].CustomID, tapChoice); is {
				row[n].CustomID = tapPick + code
			}
		}
		out = appendRow(out, row...)
	default:
		out = appendRow(out, buttons(a.FollowUps, seen)...)
	}
	return appendRow(out, menu(tapSelect+"2", "Not what you meant?", a.Change))
}

func appendRow(rows []component, inner ...component) []component {
	var row []component
	for _, c := range inner {
		if c.Type != 0 {
			row = append(row, c)
		}
	}
	if len(row) == 0 {
		return rows
	}
	return append(rows, component{Type: componentRow, Components: row})
}

func buttons(list []bot.FollowUp, seen map[string]bool) []component {
	var out []component
	for _, f := range list {
		id, label := tap(f), clip(f.Label, adviceLabel)
		if id == "" || label == "" || seen[id] || len(out) == maxRowButtons {
			continue
		}
		seen[id] = true
		out = append(out, button(label, id))
	}
	return out
}

func button(label, id string) component {
	return component{Type: componentButton, Style: styleSecondary, Label: label, CustomID: id}
}

// menu returns a select, or nothing when there is nothing to select.
func menu(id, placeholder string, list []bot.FollowUp) component {
	var options []selectOption
	seen := map[string]bool{}
	for _, f := range list {
		value, label := tap(f), clip(f.Label, maxOptionText)
		if value == "" || label == "" || seen[value] || len(options) == maxOptions {
			continue
		}
		seen[value] = true
		options = append(options, selectOption{label, value})
	}
	if len(options) == 0 {
		return component{}
	}
	return component{Type: componentSelect, CustomID: id, Placeholder: placeholder, Options: options}
}

// utilities is the row for what concerns the reply itself: sharing it, and
// telling whether it helped.
func utilities(a *bot.Answer, to audience) component {
	row := component{Type: componentRow}
	real := a.Kind != bot.KindClarify && a.Kind != bot.KindMeta && a.Kind != bot.KindDecline
	if real && to.ephemeral && to.others {
		row.Components = append(row.Components, button("Share with the channel", tapShare))
	}
	if real && to.verdicts {
		row.Components = append(row.Components, verdictButton(a, bot.Helpful), verdictButton(a, bot.NotHelpful))
	}
	row.Components = append(row.Components, to.extra...)
	return row
}
