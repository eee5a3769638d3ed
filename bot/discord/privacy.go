package discord

import (
	"context"

	"careerbot/bot"
)

// privacyButtons show and delete what is tied to a person.
func (a *Adapter) privacyButtons() []component {
	if a.set.People == nil {
		return nil
	}
	return []component{button("Show what you keep about me", tapShow), button("Delete it", tapForget)}
}

// person shows or deletes what is tied to whoever taps, and to nobody else.
func (a *Adapter) person(ctx context.Context, x *exchange) error {
	key := bot.PersonKey(a.place(x.i), x.i.person())
	if a.set.People == nil || key == "" {
		return a.reply(ctx, x, notice("I keep nothing that is tied to you."))
	}
	if x.i.Data.CustomID == tapForget {
		n, err := a.set.People.Forget(ctx, key)
		if err != nil {
			return a.personAway(ctx, x, err)
		}
		done := bot.Forgotten(n)
		return a.say(ctx, x, &done, only, callbackMessage)
	}
	all, err := a.set.People.Export(ctx, key)
	if err != nil {
		return a.personAway(ctx, x, err)
	}
	shown := bot.ShowKept(all)
	return a.say(ctx, x, &shown, audience{ephemeral: true, extra: a.privacyButtons()[1:]}, callbackMessage)
}

func (a *Adapter) personAway(ctx context.Context, x *exchange, err error) error {
	a.log.Warn("what is kept of a person could not be reached", "error", err.Error())
	away := bot.PrivacyAway()
	return a.say(ctx, x, &away, only, callbackMessage)
}
