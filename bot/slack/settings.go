package slack

import (
	"context"
	"slices"
	"strings"

	"careerbot/bot"
)

// Who may change settings. Slack tells an app nothing about who is an admin
// unless it may read everybody's profile (users:read), which is more than this
// app asks for. So a channel's settings belong to its members, as inviting and
// removing apps does, and every change is announced in the channel; settings of
// the whole workspace belong to the managers: whoever installed the app, and
// those the operator names.

// Block ids of the settings form: of the channel, and of the workspace.
const (
	ofChannel   = "channel_"
	ofWorkspace = "workspace_"
)

// undecided is the option that takes a decision back.
const undecided = "-"

// A wish is a setting that the form offers.
type wish struct {
	key     string // of [bot.PreferenceBook.Decide]
	label   string
	options [][2]string // value and label, the first one undecided; none for a job
	wide    bool        // for the workspace only
}

func wishes(here string) []wish {
	return []wish{
		{key: bot.PreferAnswers, label: "Answers", options: [][2]string{{undecided, "As usual"}, {"on", "On"}, {"off", "Off"}}},
		{key: bot.PreferReplies, label: "Replies to /career", options: [][2]string{{undecided, "As usual"}, {"private", "Only to whoever asks"}, {"public", "For everybody in the channel"}}},
		{key: bot.PreferRole, label: "About one job"},
		{key: bot.PreferMentorChannel, label: "Questions for mentors", options: [][2]string{{undecided, "Nowhere: there are no mentors"}, {here, "To this channel"}}, wide: true},
	}
}

// manages reports whether whoever acted may change the workspace's settings.
func (a *Adapter) manages(ctx context.Context, in *inbound) bool {
	if slices.Contains(a.cfg.Managers, in.user) {
		return true
	}
	if a.cfg.Installations == nil {
		return false
	}
	found, err := a.tokens.installation(ctx, in)
	return err == nil && found.InstalledBy == in.user
}

var (
	noSettings    = note("I keep no settings here.")
	channelOnly   = note("Settings belong to a channel. Please use `/career settings` in the one you mean.")
	notSavedError = "The settings could not be saved. Please try again in a minute."
)

// settings opens the form for the channel and, for managers, the workspace.
func (a *Adapter) settings(ctx context.Context, d *delivery) error {
	in := &d.in
	d.early()
	channel, manager := !strings.HasPrefix(in.channel, "D"), a.manages(ctx, in)
	switch {
	case a.cfg.Preferences == nil:
		return a.answer(ctx, in, noSettings)
	case !channel && !manager:
		return a.answer(ctx, in, channelOnly)
	}
	return a.openView(ctx, in, a.settingsForm(ctx, in, channel, manager))
}

func (a *Adapter) settingsForm(ctx context.Context, in *inbound, channel, manager bool) viewBody {
	v := viewBody{
		Type: "modal", CallbackID: callSettings, Title: plain("Settings", maxTitle), Submit: plain("Save", maxTitle), Close: plain("Cancel", maxTitle),
		Meta: string(encode(origin{Channel: in.channel, Respond: in.respond})),
	}
	part := func(title, prefix string, at bot.Place, wide bool) {
		decided := a.cfg.Preferences.Of(ctx, at)
		v.Blocks = append(v.Blocks, &headerBlock{"header", plain(title, maxHeader)})
		for _, w := range wishes(in.channel) {
			if (!w.wide || wide) && (w.options != nil || a.suggester != nil) {
				v.Blocks = append(v.Blocks, w.input(prefix, value(decided, w.key)))
			}
		}
	}
	if channel {
		part("This channel", ofChannel, in.place(), false)
	}
	if manager {
		part("The whole workspace", ofWorkspace, in.workspace(), channel)
	}
	small := "Everybody in the channel may change its settings, and is told of it."
	if !manager {
		small += " Settings of the whole workspace belong to whoever installed me and to managers the operator names."
	}
	v.Blocks = append(v.Blocks, &contextBlock{"context", []*textBody{plain(small, maxField)}})
	return v
}

// workspace is the place of the whole workspace.
func (in *inbound) workspace() bot.Place {
	p := in.place()
	return bot.Place{Platform: p.Platform, Workspace: p.Workspace}
}

// value is what was decided, "" for nothing.
func value(p bot.Preferences, key string) string {
	switch key {
	case bot.PreferAnswers:
		return p.Answers
	case bot.PreferReplies:
		return p.Replies
	case bot.PreferRole:
		return p.Role
	case bot.PreferMentorChannel:
		return p.MentorChannel
	}
	return ""
}

// input is the wish's menu with what holds chosen.
func (w wish) input(prefix, now string) *inputBlock {
	in := &inputBlock{Type: "input", BlockID: prefix + w.key, Label: plain(w.label, maxLabel), Optional: true}
	if w.options == nil {
		none := 0
		m := &selectMenu{Type: "external_select", ActionID: actRole + prefix, Placeholder: plain("No particular job", maxPlaceholder), MinQuery: &none}
		if now != "" {
			m.Initial = &option{plain(strings.ReplaceAll(now, "-", " "), maxOptionText), now}
		}
		in.Element = m
		return in
	}
	m := &selectMenu{Type: "static_select", ActionID: actWish + prefix + w.key, Placeholder: plain(w.options[0][1], maxPlaceholder)}
	known := now == ""
	for _, o := range w.options {
		m.Options = append(m.Options, option{plain(o[1], maxOptionText), o[0]})
		known = known || o[0] == now
	}
	if !known {
		m.Options = append(m.Options, option{plain("As it is now (another channel)", maxOptionText), now})
	}
	for i, o := range m.Options {
		if o.Value == first(now, undecided) {
			m.Initial = &m.Options[i]
		}
	}
	in.Element = m
	return in
}

// chosen is what the form says of a wish, and whether it is in the form at all.
func (in *inbound) chosen(block string) (string, bool) {
	for _, v := range in.view.values[block] {
		if v.Selected.Value == undecided {
			return "", true
		}
		return v.Selected.Value, true
	}
	return "", false
}

// settingsChosen saves the settings form. What is not a manager's to change is
// left alone, whatever the form says.
func (a *Adapter) settingsChosen(ctx context.Context, d *delivery) error {
	in, o := d.in, d.in.origin()
	if a.cfg.Preferences == nil {
		return nil
	}
	in.channel, in.respond = o.Channel, o.Respond
	var changes []string
	save := func(prefix, where string, at bot.Place) error {
		decided := a.cfg.Preferences.Of(ctx, at)
		for _, w := range wishes(in.channel) {
			want, there := in.chosen(prefix + w.key)
			if !there || want == value(decided, w.key) || w.wide && prefix == ofChannel {
				continue
			}
			if err := a.cfg.Preferences.Decide(ctx, at, w.key, want); err != nil {
				d.reply(encode(viewResponse{Action: "errors", Errors: map[string]string{prefix + w.key: notSavedError}}))
				return err
			}
			changes = append(changes, w.said(want)+where)
		}
		return nil
	}
	var err error
	if !strings.HasPrefix(in.channel, "D") {
		err = save(ofChannel, "", in.place())
	}
	if err == nil && a.manages(ctx, &in) {
		err = save(ofWorkspace, " in the whole workspace", in.workspace())
	}
	d.ack()
	if err != nil {
		a.log.Warn("slack: settings not saved", "team", in.team, "err", err)
		return nil
	}
	return a.announce(ctx, &in, changes)
}

// said puts a decision into words.
func (w wish) said(want string) string {
	for _, o := range w.options {
		if o[0] == first(want, undecided) {
			return w.label + ": " + o[1]
		}
	}
	return w.label + ": " + first(strings.ReplaceAll(want, "-", " "), "as usual")
}

// announce tells the channel what was changed, and by whom.
func (a *Adapter) announce(ctx context.Context, in *inbound, changes []string) error {
	if len(changes) == 0 {
		return nil
	}
	who := "Somebody"
	if isUser(in.user) {
		who = "<@" + in.user + ">"
	}
	text := who + " changed my settings here.\n" + escape(strings.Join(changes, "\n"))
	how := inChannel
	if strings.HasPrefix(in.channel, "D") {
		how = ephemeral
	}
	return a.answer(ctx, in, post{message: message{Text: clip(text, maxText)}, ResponseType: how})
}

// isUser reports whether an id is one of a person, which may be mentioned.
func isUser(id string) bool {
	return len(id) > 1 && len(id) < 30 && (id[0] == 'U' || id[0] == 'W') && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z')
	})
}

// switchedOff answers, to whoever asked, where the bot is switched off. Direct
// messages are nobody's to switch off but the person's.
func (a *Adapter) switchedOff(ctx context.Context, in *inbound) bool {
	return !strings.HasPrefix(in.channel, "D") && a.cfg.Preferences.At(ctx, in.place()).Answers == "off"
}

var offHere = note("I am switched off in this channel. You can ask me in a direct message.")
