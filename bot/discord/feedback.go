package discord

import (
	"context"
	"errors"
	"strings"

	"careerbot/bot"
)

// verdictCodes are the letters of verdicts in a custom_id.
var verdictCodes = map[string]bot.Verdict{
	"h": bot.Helpful, "n": bot.NotHelpful, "j": bot.WrongJob, "t": bot.WrongTopic, "e": bot.NotEnough,
}

// verdictID is the custom_id that gives a verdict on a passage as it read then.
func verdictID(v bot.Verdict, knowledge, passage string) string {
	for code, w := range verdictCodes {
		if v == w {
			return tapVerdict + code + ":" + knowledge + ":" + passage
		}
	}
	return ""
}

// verdictButton gives a verdict on an answer: on the passage it was taken from, or
// on its kind.
func verdictButton(a *bot.Answer, v bot.Verdict) component {
	id := verdictID(v, a.Knowledge, string(a.Kind))
	if len(a.Passages) > 0 {
		if exact := verdictID(v, a.Knowledge, a.Passages[0].ID); units(exact) <= maxCustomID {
			id = exact
		}
	}
	return button(v.Label(), id)
}

// readVerdict reads what verdictID wrote, in this version or the one before.
func readVerdict(id string) (v bot.Verdict, knowledge, passage string) {
	if passage, old := strings.CutPrefix(id, tapGood); old {
		return bot.Helpful, "", passage
	}
	if passage, old := strings.CutPrefix(id, tapBad); old {
		return bot.NotHelpful, "", passage
	}
	code, rest, _ := strings.Cut(strings.TrimPrefix(id, tapVerdict), ":")
	knowledge, passage, _ = strings.Cut(rest, ":")
	return verdictCodes[code], knowledge, passage
}

// feedback takes a verdict. "Not helpful" is followed by the reasons, in one tap.
func (a *Adapter) feedback(ctx context.Context, x *exchange) error {
	v, knowledge, passage := readVerdict(x.i.Data.CustomID)
	if a.set.Feedback == nil {
		return a.reply(ctx, x, notice("This bot counts no verdicts at the moment."))
	}
	_, err := a.set.Feedback.Give(ctx, a.place(x.i), x.i.person(), passage, knowledge, v)
	switch {
	case errors.Is(err, bot.ErrNotFound):
		return a.reply(ctx, x, notice("This button is from an older version. Please ask again."))
	case err != nil:
		a.log.Warn("a verdict was not counted", "error", err.Error())
		return a.reply(ctx, x, notice("I can't keep anything at the moment, so this was not counted. Please tap again later."))
	}
	thanks := bot.ThankFor(v)
	to := audience{ephemeral: true}
	kind := callbackMessage
	switch v {
	case bot.NotHelpful:
		for _, r := range bot.Reasons {
			to.extra = append(to.extra, button(r.Label(), verdictID(r, knowledge, passage)))
		}
	case bot.Helpful:
	default:
		kind = callbackUpdate // a reason takes the place of the question for it
	}
	return a.say(ctx, x, &thanks, to, kind)
}

// say replies with a text of the bot's own.
func (a *Adapter) say(ctx context.Context, x *exchange, ans *bot.Answer, to audience, kind int) error {
	return a.reply(ctx, x, func(f form) (*post, int) { return render(ans, to, f.plain), kind })
}

// only is who a private reply is for.
var only = audience{ephemeral: true}
