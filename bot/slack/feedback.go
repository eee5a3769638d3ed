package slack

import (
	"context"
	"errors"
	"strings"

	"careerbot/bot"
)

var notNoted = note("I could not note that just now. Please tap again in a minute.")

// about names what an answer was taken from, for feedback: the passage, or the
// kind of answer, and the content it belongs to. "" is for answers that nobody
// should judge.
func about(ans *bot.Answer) string {
	passage := strings.Trim(string(ans.Kind)+"/"+ans.Reason, "/")
	switch {
	case ans.Kind == bot.KindMeta || ans.Kind == bot.KindClarify || ans.Reason == "emergency" || ans.Reason == "abuse":
		return ""
	case len(ans.Passages) > 0:
		passage = ans.Passages[0].ID
	}
	return clip(oneLine(passage), 300) + "|" + clip(oneLine(ans.Knowledge), 100)
}

// verdictValue is what the button of a verdict carries.
func verdictValue(v bot.Verdict, about string) string {
	return verdictVersion + "|" + string(v) + "|" + about
}

// feedback takes a verdict and says so, to whoever tapped. A reason takes the
// place of the question for it.
func (a *Adapter) feedback(ctx context.Context, in *inbound) error {
	rest, ok := versioned(verdictVersion, in.value)
	parts := strings.Split(rest, "|")
	if !ok || len(parts) != 3 {
		return a.answer(ctx, in, oldButton)
	}
	if a.cfg.Feedback == nil {
		return nil
	}
	v := bot.Verdict(parts[0])
	_, err := a.cfg.Feedback.Give(ctx, in.place(), in.user, parts[1], parts[2], v)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		return a.answer(ctx, in, oldButton)
	case err != nil:
		a.log.Warn("slack: feedback not counted", "err", err)
		return a.answer(ctx, in, notNoted)
	}
	ans, l := bot.ThankFor(v), look{}
	if v == bot.NotHelpful {
		l.reasons = parts[1] + "|" + parts[2]
	}
	return a.tell(ctx, in, ans, l, strings.HasPrefix(in.actionID, actReason))
}

// tell says something to whoever tapped, alone: below what was tapped, or in its
// place.
func (a *Adapter) tell(ctx context.Context, in *inbound, ans bot.Answer, l look, instead bool) error {
	return a.respond(ctx, in, &ans, l, post{ResponseType: ephemeral, ThreadTS: in.thread, Replace: &instead})
}
