package slack

import (
	"strings"

	"careerbot/bot"
)

// carried is a question as a button carries it, so that any replica can ask it
// again: "c" and the choice's code, or "t" and the words.
func carried(q bot.Question) string {
	if q.Choice != nil {
		code, _ := q.Choice.Encode()
		return "c|" + code
	}
	return "t|" + clean(q.Text)
}

// carriedBy reads what carried wrote. It was answered before and is asked to be
// shown once more.
func (in *inbound) carriedBy(s string) (bot.Question, bool) {
	q := bot.Question{Place: in.place(), Person: in.user, Again: true}
	how, what, ok := strings.Cut(s, "|")
	switch {
	case ok && how == "t":
		q.Text = what
		return q, true
	case ok && how == "c":
		c, err := bot.ParseChoice(what)
		q.Choice = &c
		return q, err == nil
	}
	return q, false
}

// Versions of what buttons carry; a change of form takes the next one.
const (
	shareVersion   = "s1" // |fingerprint|thread|question
	moreVersion    = "r1" // |question
	personVersion  = "p1" // |question
	verdictVersion = "f1" // |verdict|passage|knowledge
	claimVersion   = "m1" // |id of a mentors' question
)

// versioned returns what follows the version in a button's value.
func versioned(version, value string) (string, bool) {
	return strings.CutPrefix(value, version+"|")
}
