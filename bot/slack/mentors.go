package slack

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"careerbot/bot"
)

// mentorWait bounds the storage while a trigger or submission waits for it.
const mentorWait = 2 * time.Second

// An asker is how somebody who asked a person is reached: in the thread where the
// bot answered for all to see, otherwise by direct message.
type asker struct {
	Team       string `json:"t,omitempty"`
	Enterprise string `json:"e,omitempty"`
	OrgWide    bool   `json:"o,omitempty"`
	User       string `json:"u"`
	Channel    string `json:"c,omitempty"` // with Thread
	Thread     string `json:"th,omitempty"`
}

// asker names whoever tapped.
func (in *inbound) asker() asker {
	who := asker{Team: in.team, Enterprise: in.enterprise, OrgWide: in.orgWide, User: in.user}
	if !in.private && in.thread != "" {
		who.Channel, who.Thread = in.channel, in.thread
	}
	return who
}

// origin is the private metadata of our forms: where they were opened.
type origin struct {
	Asker   asker  `json:"asker,omitzero"` // of a question for a person
	ID      string `json:"id,omitempty"`   // of a mentors' question
	Channel string `json:"channel,omitempty"`
	TS      string `json:"ts,omitempty"` // of the notice
	Respond string `json:"respond,omitempty"`
}

func (in *inbound) origin() (o origin) {
	// What cannot be read leads nowhere, as if it were empty.
	_ = json.Unmarshal([]byte(in.view.meta), &o)
	return o
}

// askPerson hands the question of an answer to the mentors. Somebody who asked
// for a person and nothing else is asked what for.
func (a *Adapter) askPerson(ctx context.Context, in *inbound) error {
	rest, ok := versioned(personVersion, in.value)
	if !ok || a.cfg.Mentors == nil {
		return a.answer(ctx, in, oldButton)
	}
	q, ok := in.carriedBy(rest)
	if !ok {
		return a.answer(ctx, in, oldButton)
	}
	ans := a.ask(ctx, in, q)
	if ans.Kind == bot.KindMeta {
		return a.openView(ctx, in, personForm(origin{Asker: in.asker(), Channel: in.channel}))
	}
	return a.tell(ctx, in, a.pass(ctx, in, in.ts, q, &ans, in.asker()), look{}, false)
}

// pass hands a question to the mentors and returns what to tell the person. id is
// the message or form it was asked in.
func (a *Adapter) pass(ctx context.Context, in *inbound, id string, q bot.Question, ans *bot.Answer, who asker) bot.Answer {
	m, isNew, err := a.cfg.Mentors.Ask(ctx, in.channel+"/"+id, q, *ans, string(encode(who)))
	if err == nil && isNew {
		if err = a.noticeMentors(ctx, in, m); err != nil {
			a.cfg.Mentors.NotShown(m)
		}
	}
	if err != nil {
		a.log.Warn("slack: question not passed on to mentors", "team", in.team, "err", err)
		return bot.MentorsRefused(err)
	}
	return bot.MentorsAsked()
}

// noticeMentors shows a question in the mentors' channel.
func (a *Adapter) noticeMentors(ctx context.Context, in *inbound, m bot.MentorQuestion) error {
	token, err := a.tokens.find(ctx, in)
	if err != nil {
		return err
	}
	channel := a.cfg.Preferences.At(ctx, in.place()).MentorChannel
	ans := bot.MentorNotice(m)
	return a.deliver(&ans, look{claim: m.ID}, func(msg message) error {
		return a.client.call(ctx, "chat.postMessage", token, post{message: msg, Channel: channel, UnfurlLinks: &no, UnfurlMedia: &no}, nil)
	})
}

// personForm asks what to pass on.
func personForm(o origin) viewBody {
	return viewBody{
		Type: "modal", CallbackID: callPerson, Title: plain("Ask a person", maxTitle), Meta: string(encode(o)),
		Submit: plain("Pass it on", maxTitle), Close: plain("Cancel", maxTitle),
		Blocks: []block{
			&inputBlock{Type: "input", BlockID: blockWords, Label: plain("Your question", maxLabel), Element: &textInput{
				Type: "plain_text_input", ActionID: actWords, Multiline: true, MaxLength: maxQuestion, Focus: true,
			}},
			&contextBlock{"context", []*textBody{plain("The mentors of this workspace see it without your name. I tell you when one has answered.", maxField)}},
		},
	}
}

// personAsked takes the form of personForm.
func (a *Adapter) personAsked(ctx context.Context, d *delivery) error {
	in, o := d.in, d.in.origin()
	text := typed(in.view.values[blockWords][actWords].Value)
	if text == "" || a.cfg.Mentors == nil {
		d.reply(encode(viewResponse{Action: "errors", Errors: map[string]string{blockWords: "Write a question."}}))
		return nil
	}
	in.channel = o.Channel
	q := bot.Question{Text: text, Place: in.place(), Person: in.user, Again: true}
	ctx, cancel := context.WithTimeout(ctx, mentorWait)
	defer cancel()
	ans := a.ask(ctx, &in, q)
	if ans.Kind == bot.KindMeta || ans.Kind == bot.KindClarify {
		ans = bot.Answer{Kind: bot.KindDecline, Reason: "unknown"} // whatever it is, a person will see
	}
	told := a.pass(ctx, &in, in.view.id, q, &ans, o.Asker)
	return a.closeWith(ctx, d, &told)
}

// closeWith shows an answer in the modal that was submitted.
func (a *Adapter) closeWith(ctx context.Context, d *delivery, ans *bot.Answer) error {
	v := result(ans)
	if d.reply(encode(viewResponse{Action: "update", View: &v})) {
		return nil
	}
	d.early()
	return a.updateView(ctx, &d.in, ans, "")
}

// takeQuestion gives a question to the mentor who tapped and opens the form to
// answer it in.
func (a *Adapter) takeQuestion(ctx context.Context, in *inbound) error {
	id, ok := versioned(claimVersion, in.value)
	if !ok || a.cfg.Mentors == nil {
		return a.answer(ctx, in, oldButton)
	}
	limited, cancel := context.WithTimeout(ctx, mentorWait)
	m, err := a.cfg.Mentors.Claim(limited, id, in.place(), in.user)
	cancel()
	if err != nil {
		return a.tell(ctx, in, bot.MentorRefused(err), look{}, false)
	}
	if err := a.openView(ctx, in, mentorForm(m, origin{ID: id, Channel: in.channel, TS: in.ts})); err != nil {
		return err
	}
	ans, instead := bot.MentorNotice(m), true
	return a.respond(ctx, in, &ans, look{claim: id}, post{ResponseType: inChannel, Replace: &instead})
}

// mentorForm is the modal a mentor answers in.
func mentorForm(m bot.MentorQuestion, o origin) viewBody {
	asked := []bot.Block{{Kind: bot.Paragraph, Spans: []bot.Span{{Text: string(m.Text)}}}}
	v := viewBody{
		Type: "modal", CallbackID: callMentor, Title: plain("Answer a question", maxTitle), Meta: string(encode(o)),
		Submit: plain("Send", maxTitle), Close: plain("Cancel", maxTitle), Blocks: bodyBlocks(asked, look{view: true}),
	}
	v.Blocks = append(v.Blocks, &inputBlock{Type: "input", BlockID: blockWords, Label: plain("Your answer", maxLabel), Element: &textInput{
		Type: "plain_text_input", ActionID: actWords, Multiline: true, MaxLength: maxMentorAnswer, Focus: true,
	}})
	return v
}

// mentorAnswered takes the form of mentorForm.
func (a *Adapter) mentorAnswered(ctx context.Context, d *delivery) error {
	in, o := &d.in, d.in.origin()
	if a.cfg.Mentors == nil {
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, mentorWait)
	m, err := a.cfg.Mentors.Answer(limited, o.ID, in.place(), in.user, clean(in.view.values[blockWords][actWords].Value))
	cancel()
	if err != nil {
		told := bot.MentorRefused(err)
		if !errors.Is(err, bot.ErrTaken) && !errors.Is(err, bot.ErrNotFound) { // the words stay in the form, to try again
			text := strings.TrimSpace(told.Text())
			if d.reply(encode(viewResponse{Action: "errors", Errors: map[string]string{blockWords: clip(text, 150)}})) {
				return nil
			}
		}
		return a.closeWith(ctx, d, &told)
	}
	thanks := bot.MentorThanks()
	return errors.Join(a.closeWith(ctx, d, &thanks), a.closeNotice(ctx, in, o, m))
}

// closeNotice shows in the mentors' channel that a question is answered. One who
// cannot be told so loses nothing.
func (a *Adapter) closeNotice(ctx context.Context, in *inbound, o origin, m bot.MentorQuestion) error {
	token, err := a.tokens.find(ctx, in)
	if err != nil {
		return err
	}
	ans := bot.MentorNotice(m)
	msg, err := safeRender(&ans, look{})
	if err != nil {
		msg = textOnly(&ans)
	}
	err = a.client.call(ctx, "chat.update", token, updateArgs{message: msg, Channel: o.Channel, TS: o.TS}, nil)
	if err != nil {
		a.log.Warn("slack: mentors' notice not updated", "err", err)
	}
	return nil
}

// updateArgs are the arguments of chat.update.
type updateArgs struct {
	message
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// tellAsker tells somebody how their question to a person ended. It returns nil
// when they know, or never can.
func (a *Adapter) tellAsker(ctx context.Context, m bot.MentorQuestion) error {
	var who asker
	if json.Unmarshal([]byte(m.Asker), &who) != nil || who.User == "" {
		return nil
	}
	in := inbound{team: who.Team, enterprise: who.Enterprise, orgWide: who.OrgWide}
	token, err := a.tokens.find(ctx, &in)
	if err == nil {
		ans := bot.MentorReply(m)
		err = a.deliver(&ans, look{}, func(msg message) error {
			return a.client.call(ctx, "chat.postMessage", token, post{
				message: msg, Channel: first(who.Channel, who.User), ThreadTS: who.Thread, UnfurlLinks: &no, UnfurlMedia: &no,
			}, nil)
		})
	}
	if err != nil {
		a.log.Warn("slack: asker not told how their question ended", "team", who.Team, "err", err)
		if !mayHelp(err) {
			return nil
		}
	}
	return err
}
