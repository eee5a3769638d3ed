package slack

import (
	"context"

	"careerbot/bot"
)

// kept shows somebody what is kept about them.
func (a *Adapter) kept(ctx context.Context, in *inbound) error {
	if a.cfg.People == nil {
		return nil
	}
	k, err := a.cfg.People.Export(ctx, bot.PersonKey(in.place(), in.user))
	if err != nil {
		a.log.Warn("slack: what is kept of a person not found out", "err", err)
		return a.tell(ctx, in, bot.PrivacyAway(), look{}, false)
	}
	return a.tell(ctx, in, bot.ShowKept(k), look{}, false)
}

// forget deletes what is kept about somebody, who has confirmed it.
func (a *Adapter) forget(ctx context.Context, in *inbound) error {
	if a.cfg.People == nil {
		return nil
	}
	n, err := a.cfg.People.Forget(ctx, bot.PersonKey(in.place(), in.user))
	if err != nil {
		a.log.Warn("slack: what is kept of a person not deleted", "err", err)
		return a.tell(ctx, in, bot.PrivacyAway(), look{}, false)
	}
	return a.tell(ctx, in, bot.Forgotten(n), look{}, false)
}

// privacyButtons let people see and delete what is kept about them.
func privacyButtons() []any {
	return []any{
		&button{Type: "button", ActionID: actKept, Text: plain("Show what you keep about me", maxButtonText), Value: "1"},
		&button{Type: "button", ActionID: actForget, Text: plain("Delete it", maxButtonText), Value: "1", Style: "danger", Confirm: &confirm{
			Title: plain("Delete what I keep about you?", maxConfirmTitle), Text: plain("Conversations end, and questions that wait for a mentor are taken back. This cannot be undone.", maxConfirmText),
			Confirm: plain("Delete", maxConfirmButton), Deny: plain("Keep it", maxConfirmButton),
		}},
	}
}
