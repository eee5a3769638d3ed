package discord

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"careerbot/bot"
)

// Sizes of forms. https://discord.com/developers/docs/components/reference#text-input
const (
	maxNonce      = 25
	inputID       = "text"
	maxCarried    = maxCustomID - len(tapAsk)
	maxMentorText = 3500 // of what a mentor answers, so that it can be shown in one message
)

// hasMentors tells whether questions can be handed to people: who is to be told
// is written to with the bot's token.
func (a *Adapter) hasMentors() bool { return a.set.Mentors != nil && a.set.Token != "" }

// extras are the buttons that belong under an answer in its place: handing the
// question to mentors, or what concerns the person's data.
func (a *Adapter) extras(ctx context.Context, q bot.Question, ans *bot.Answer) []component {
	if ans.Kind == bot.KindMeta && ans.Meta == "privacy" {
		return a.privacyButtons()
	}
	if a.hasMentors() && a.set.Mentors.Offer(ctx, q.Place, ans) {
		return []component{button("Ask a person", askID(q, ans))}
	}
	return nil
}

// askID is the custom_id that hands a question to mentors. It carries the whole
// question, or as much as fits for a form in which the person completes it.
func askID(q bot.Question, ans *bot.Answer) string {
	if ans.Kind == bot.KindMeta { // "can I talk to a person": the question is yet to come
		return tapWrite
	}
	if q.Choice != nil {
		if code, ok := q.Choice.Encode(); ok && units(tapChoice+code) <= maxCarried {
			return tapAsk + tapChoice + code
		}
		return tapWrite + clip(ans.ReadAs, maxCarried)
	}
	text := clip(q.Text, 2*maxCustomID)
	if units(tapText+text) <= maxCarried && text != "" {
		return tapAsk + tapText + text
	}
	return tapWrite + clip(text, maxCarried)
}

// address is how somebody is told what became of their question. Channel and
// message are of the bot's answer when everyone there has seen it.
type address struct {
	User    string `json:"u"`
	Channel string `json:"c,omitempty"`
	Message string `json:"m,omitempty"`
}

// askPerson handles a tap on "Ask a person".
func (a *Adapter) askPerson(ctx context.Context, x *exchange) error {
	if !a.hasMentors() || x.i.Message == nil {
		return a.sayErr(ctx, x, bot.MentorsRefused(bot.ErrNotFound))
	}
	id := x.i.Data.CustomID
	if carried, whole := strings.CutPrefix(id, tapAsk); whole {
		q, ok := question(carried)
		if !ok {
			return a.reply(ctx, x, notice("This button is from an older version. Please ask again."))
		}
		return a.handOver(ctx, x, q, x.i.Message.ID)
	}
	m := &modal{CustomID: formAsk + x.i.Message.ID, Title: "Ask a person", Components: []component{
		input("Your question", "The mentors here see it without your name.", strings.TrimPrefix(id, tapWrite), maxQuestion),
	}}
	if err := a.open(ctx, x, m); !errors.Is(err, errDeferred) {
		return err
	}
	return a.reply(ctx, x, notice("That took too long. Please tap again."))
}

func (a *Adapter) sayErr(ctx context.Context, x *exchange, ans bot.Answer) error {
	return a.say(ctx, x, &ans, only, callbackMessage)
}

// handOver gives a question, asked under the message named, to the mentors of its place.
func (a *Adapter) handOver(ctx context.Context, x *exchange, q bot.Question, under string) error {
	q.Place, q.Person, q.Locale, q.Role, q.Again = a.place(x.i), x.i.person(), x.i.Locale, x.prefs.Role, true
	ans := a.ask.Answer(ctx, q)
	to := address{User: q.Person}
	if x.i.Guild != "" && !x.i.ephemeral() {
		to.Channel, to.Message = x.i.ChannelID, under
	}
	sealed, err := json.Marshal(to)
	if err != nil {
		return err
	}
	m, isNew, err := a.set.Mentors.Ask(ctx, under, q, ans, string(sealed))
	if err == nil && isNew {
		if err = a.notify(ctx, x.prefs, m); err != nil {
			a.set.Mentors.NotShown(m)
		}
	}
	if err != nil {
		a.log.Info("a question was not handed to mentors", "error", err.Error())
		return a.sayErr(ctx, x, bot.MentorsRefused(err))
	}
	return a.sayErr(ctx, x, bot.MentorsAsked())
}

// notify shows a question in the mentors' channel. Their role is named, not
// pinged: no message of ours pings anybody.
func (a *Adapter) notify(ctx context.Context, prefs bot.Preferences, m bot.MentorQuestion) error {
	return a.insist(mentorNotice(m, prefs.MentorRole), func(w writer, f form) (*post, error) {
		p, _ := w(f)
		p.Nonce, p.EnforceNonce = clip(m.ID, maxNonce), true
		return p, a.client.do(ctx, routeMessage, "", []string{prefs.MentorChannel}, p, nil)
	})
}

// mentorNotice renders a question for the mentors' channel.
func mentorNotice(m bot.MentorQuestion, role string) writer {
	ans := bot.MentorNotice(m)
	var to audience
	if m.State == bot.MentorOpen || m.State == bot.MentorClaimed {
		to.extra = []component{button("Claim", tapClaim+m.ID)}
	}
	return func(f form) (*post, int) {
		p := render(&ans, to, f.plain)
		if isSnowflake(role) {
			footnote(p, "-# For <@&"+role+">")
		}
		return p, callbackUpdate
	}
}

// footnote adds a line of our own to a rendered message.
func footnote(p *post, line string) {
	if len(p.Components) > 0 && p.Components[0].Type == componentContainer {
		p.Components[0].Components = append(p.Components[0].Components, component{Type: componentText, Content: line})
		return
	}
	if units(p.Content)+units(line) < maxContent {
		p.Content = strings.TrimPrefix(p.Content+"\n"+line, "\n")
	}
}

// mentors tells whether whoever acted may answer for the place: with the mentors'
// role or, where none is set, anybody who can see their channel.
func (x *exchange) mentors() bool {
	role := x.prefs.MentorRole
	return role == "" || x.i.Member != nil && slices.Contains(x.i.Member.Roles, role) || x.i.manages()
}

// claimed handles a tap on "Claim": the question is the mentor's, and the form to
// answer it opens.
func (a *Adapter) claimed(ctx context.Context, x *exchange) error {
	id := strings.TrimPrefix(x.i.Data.CustomID, tapClaim)
	switch {
	case !a.hasMentors():
		return a.sayErr(ctx, x, bot.MentorRefused(bot.ErrNotFound))
	case !x.mentors():
		return a.reply(ctx, x, notice("Only mentors of this server can claim a question."))
	}
	m, err := a.set.Mentors.Claim(ctx, id, a.place(x.i), x.i.person())
	if err != nil {
		return a.sayErr(ctx, x, bot.MentorRefused(err))
	}
	opened := a.open(ctx, x, &modal{CustomID: formAnswer + id, Title: "Answer as a mentor", Components: []component{
		input("Your answer", clip(string(m.Text), maxOptionText), "", maxMentorText),
	}})
	if errors.Is(opened, errDeferred) {
		opened = a.reply(ctx, x, notice("It is yours for an hour. Please tap \"Claim\" again to write your answer."))
	}
	m.State = bot.MentorClaimed
	a.rewrite(ctx, x, m)
	return opened
}

// rewrite shows in the mentors' channel how a question stands. Failing costs nothing
// else: a tap on the old message is answered all the same.
func (a *Adapter) rewrite(ctx context.Context, x *exchange, m bot.MentorQuestion) {
	if x.i.Message == nil {
		return
	}
	err := a.insist(mentorNotice(m, x.prefs.MentorRole), func(w writer, f form) (*post, error) {
		p, _ := w(f)
		return p, a.client.do(ctx, routeEdit, "", []string{x.i.ChannelID, x.i.Message.ID}, p, nil)
	})
	if err != nil {
		a.log.Info("a notice for mentors stays as it was", "error", err.Error())
	}
}

// submitted handles a form that was sent.
func (a *Adapter) submitted(ctx context.Context, x *exchange) error {
	id, text := x.i.Data.CustomID, inputOf(x.i.Data.Components)
	if under, is := strings.CutPrefix(id, formAsk); is && isSnowflake(under) && a.hasMentors() {
		if strings.TrimSpace(text) == "" {
			return a.reply(ctx, x, notice("That was empty, so nothing was passed on."))
		}
		return a.handOver(ctx, x, bot.Question{Text: text}, under)
	}
	question, is := strings.CutPrefix(id, formAnswer)
	switch {
	case !is || !a.hasMentors():
		return a.reply(ctx, x, notice("This form is from an older version. Please ask again."))
	case !x.mentors():
		return a.reply(ctx, x, notice("Only mentors of this server can answer a question."))
	}
	m, err := a.set.Mentors.Answer(ctx, question, a.place(x.i), x.i.person(), text)
	if err != nil {
		refused := bot.MentorRefused(err)
		// What they wrote is theirs to keep: the form is gone.
		refused.Blocks = append(refused.Blocks, bot.Block{Kind: bot.Paragraph, Spans: []bot.Span{{Text: "You wrote: "}, {Text: text, Italic: true}}})
		return a.say(ctx, x, &refused, only, callbackMessage)
	}
	return a.reply(ctx, x, mentorNotice(m, x.prefs.MentorRole))
}

// tell writes to an asker: in a direct message or, when they take none, under the
// bot's answer if everyone there has seen it. It returns nil when they were told
// or never can be.
func (a *Adapter) tell(ctx context.Context, m bot.MentorQuestion) error {
	var to address
	if json.Unmarshal([]byte(m.Asker), &to) != nil || !isSnowflake(to.User) {
		return nil
	}
	ans := bot.MentorReply(m)
	send := func(channel string, ref *reference) error {
		return a.insist(func(f form) (*post, int) { return render(&ans, audience{}, f.plain), 0 }, func(w writer, f form) (*post, error) {
			p, _ := w(f)
			p.Reference, p.Nonce, p.EnforceNonce = ref, clip(m.ID, maxNonce), true
			if ref != nil {
				footnote(p, "-# For <@"+to.User+">")
			}
			return p, a.client.do(ctx, routeMessage, "", []string{channel}, p, nil)
		})
	}
	var dm channel
	err := a.client.do(ctx, routeDM, "", nil, map[string]string{"recipient_id": to.User}, &dm)
	if err == nil {
		err = send(dm.ID, nil)
	}
	if errors.Is(err, errRefused) && isSnowflake(to.Channel) {
		err = send(to.Channel, &reference{Message: to.Message})
	}
	if err != nil && mayPass(err) {
		return err
	}
	if err != nil {
		a.log.Info("an asker cannot be told", "error", err.Error())
	}
	return nil
}

// input is a labelled field for several lines of text.
func input(label, description, value string, max int) component {
	return component{Type: componentLabel, Label: label, Description: description, Component: &component{
		Type: componentInput, CustomID: inputID, Style: styleParagraph, Value: value, MaxLength: max,
	}}
}

// inputOf returns the text of a form.
func inputOf(raw json.RawMessage) string { return inputAt(raw, 4) }

func inputAt(raw json.RawMessage, depth int) string {
	type node struct {
		CustomID   string          `json:"custom_id"`
		Value      string          `json:"value"`
		Component  json.RawMessage `json:"component"`
		Components json.RawMessage `json:"components"`
	}
	var list []node
	if len(raw) == 0 || depth == 0 || lenient(raw, &list) != nil {
		return ""
	}
	for _, n := range list {
		if n.CustomID == inputID {
			return n.Value
		}
		if len(n.Component) > 0 {
			if text := inputAt(slices.Concat([]byte("["), n.Component, []byte("]")), depth-1); text != "" {
				return text
			}
		}
		if text := inputAt(n.Components, depth-1); text != "" {
			return text
		}
	}
	return ""
}

// errDeferred: the first response is already made, and a form must be one.
var errDeferred = errors.New("the response was deferred")

// open shows a form.
func (a *Adapter) open(ctx context.Context, x *exchange, m *modal) error {
	select {
	case <-x.sending:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { x.sending <- struct{}{} }()
	if x.deferred {
		return errDeferred
	}
	within, cancel := context.WithDeadline(ctx, x.arrived.Add(firstBy))
	defer cancel()
	err := x.first(within, x, callback{callbackModal, m})
	x.finished = err == nil
	a.outcome("opening a form", err)
	return err
}
