package main

import (
	"context"
	"errors"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"careerbot/bot"
	"careerbot/bot/store"
)

// noted is a command of test scripts: it fills the database in a folder with a
// month that a report can be made of.
func noted(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	s, err := store.Open(ctx, store.Config{Dir: ts.MkAbs(args[0])})
	ts.Check(err)
	ts.Defer(func() { s.Close() }) // a server that goes on
	for range 3 {
		err = errors.Join(err, s.Unanswered().Note(ctx, bot.Redact("can I bring my dog"), "unknown", ""))
	}
	err = errors.Join(err, s.Unanswered().Note(ctx, bot.Redact("dogs allowed? mail anna@example.com"), "unknown", ""))
	err = errors.Join(err, s.Unanswered().Note(ctx, bot.Redact("card arrival days?"), "unknown", "guides/card#overview"))
	err = errors.Join(err, s.Feedback().Record(ctx, "guides/card#overview", "before", bot.NotHelpful))
	err = errors.Join(err, s.Feedback().Record(ctx, "guides/card#overview", "before", bot.NotEnough))
	err = errors.Join(err, s.Usage().Count(ctx, bot.Use{Platform: "slack", Role: "phlebotomist", Topic: "pay", Kind: bot.KindAnswer}))
	_, asked := s.Mentors().Ask(ctx, bot.MentorQuestion{ID: "4fd1c9aa03", Text: "can a card be lent?", Role: "phlebotomist", Topic: "pay", Asker: "dm:1"})
	_, answered := s.Mentors().Answer(ctx, "4fd1c9aa03", "mia", "No.\n--- never: <b>never</b>")
	ts.Check(errors.Join(err, asked, answered))
	_, err = s.Unanswered().Questions(ctx, time.Time{}, 1)
	ts.Check(err)
}
