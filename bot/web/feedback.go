package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"careerbot/bot"
)

// Feedback takes what readers say about answers.
type Feedback interface {
	// Take counts a person's verdict on an answer, named by the passage it was
	// taken from and the content it was given with. It counts a person once an
	// answer, and refuses what it has no answer for by an error that wraps
	// [bot.ErrNotFound].
	Take(ctx context.Context, person, passage, knowledge string, v bot.Verdict) error
}

// Longest values of a feedback form; what we put into it is shorter.
const (
	maxPassageBytes   = 200
	maxKnowledgeBytes = 64
)

// An opinion is a verdict on one answer, and the form that asks for it.
type opinion struct {
	Passage, Knowledge string
	Given              bot.Verdict // "" while nothing was said
	Title              string      // of the page without script
}

// A verdictButton is a verdict in words.
type verdictButton struct {
	Verdict bot.Verdict
	Label   string
}

// Buttons offers what can be said now: first yes or no, after a no the reason.
func (o opinion) Buttons() []verdictButton {
	switch o.Given {
	case "":
		return []verdictButton{{bot.Helpful, "Yes, helpful"}, {bot.NotHelpful, "No"}}
	case bot.NotHelpful:
		return []verdictButton{{bot.WrongJob, "Wrong job"}, {bot.WrongTopic, "Wrong topic"}, {bot.NotEnough, "Not enough"}}
	}
	return nil
}

// Question is what the buttons answer.
func (o opinion) Question() string {
	switch o.Given {
	case "":
		return "Was this helpful?"
	case bot.NotHelpful:
		return "Thank you. What was wrong with it?"
	}
	return "Thank you, noted."
}

// Opinion returns the form under an answer, nil where there is nothing to judge.
func (t turn) Opinion() *opinion {
	if !t.Judged || len(t.Answer.Passages) == 0 || t.Answer.Kind == bot.KindDecline {
		return nil
	}
	return &opinion{Passage: t.Answer.Passages[0].ID, Knowledge: t.Answer.Knowledge}
}

// opine answers POST /feedback: with a page, or for the page's script with what
// takes the form's place.
func (s *site) opine(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	o := opinion{Passage: r.PostForm.Get("passage"), Knowledge: r.PostForm.Get("knowledge"), Given: bot.Verdict(r.PostForm.Get("verdict"))}
	if s.feedback == nil || !slices.Contains(bot.Verdicts, o.Given) || o.Passage == "" ||
		len(o.Passage) > maxPassageBytes || len(o.Knowledge) > maxKnowledgeBytes || strings.ContainsFunc(o.Passage+o.Knowledge, notPrintable) {
		refuse(w, r, http.StatusBadRequest, "That is no feedback on an answer of ours.")
		return
	}
	switch err := s.feedback.Take(r.Context(), browser(w, r), o.Passage, o.Knowledge, o.Given); {
	case errors.Is(err, bot.ErrNotFound):
		refuse(w, r, http.StatusNotFound, "There is no such answer any more.")
		return
	case err != nil:
		s.log.Warn("feedback not kept", "err", err)
		refuse(w, r, http.StatusServiceUnavailable, "Your feedback could not be kept just now. Please try again later.")
		return
	}
	if r.PostForm.Get("part") != "" {
		render(w, http.StatusOK, "feedback", o)
		return
	}
	o.Title = "Feedback"
	render(w, http.StatusOK, "feedback-page", o)
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }
