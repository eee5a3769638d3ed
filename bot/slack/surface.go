package slack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"careerbot/bot"
)

// Messages of our own, for when there is no answer to show.
var (
	busyMessage    = note("I have a lot of questions at once right now. Please ask again in a minute.")
	failedAnswer   = bot.Answer{Kind: bot.KindDecline, Reason: "unknown", Blocks: sentence("Something went wrong on my side. Please ask again in a minute.")}
	oldButton      = note("That button comes from an earlier version of me. Please ask again with `/career`.")
	changedMessage = note("The answer has changed since. Please ask again and share the new one.")
)

func sentence(s string) []bot.Block {
	return []bot.Block{{Kind: bot.Paragraph, Spans: []bot.Span{{Text: s}}}}
}

// note is an ephemeral message of one sentence.
func note(text string) post {
	return post{message: message{Text: text}, ResponseType: ephemeral}
}

// Visibility of what is posted to a response URL.
const (
	ephemeral = "ephemeral"
	inChannel = "in_channel"
)

// A post is a message with its addressing: the arguments of chat.postMessage and
// chat.postEphemeral, and the body of a response URL.
type post struct {
	message
	Channel      string `json:"channel,omitempty"`
	User         string `json:"user,omitempty"`
	ThreadTS     string `json:"thread_ts,omitempty"`
	ResponseType string `json:"response_type,omitempty"`
	Replace      *bool  `json:"replace_original,omitempty"` // of response URLs
	UnfurlLinks  *bool  `json:"unfurl_links,omitempty"`     // not of chat.postEphemeral
	UnfurlMedia  *bool  `json:"unfurl_media,omitempty"`
}

var no = false

// encode marshals what this package builds from plain structs.
func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // unreachable: no type here can fail
	}
	return raw
}

// place is where a payload's question is asked.
func (in *inbound) place() bot.Place {
	return bot.Place{Platform: platform, Workspace: first(in.team, in.enterprise), Channel: in.channel, Thread: in.thread}
}

// words reads text as a question; help, about and privacy are turns about the
// bot, and no words ask for help.
func (in *inbound) words(text string) bot.Question {
	q := bot.Question{Text: text, Place: in.place(), Person: in.user}
	switch w := strings.ToLower(strings.Trim(text, " ?!.")); w {
	case "", "help":
		q.Choice = &bot.Choice{Kind: bot.KindMeta, Topic: "help"}
	case "about", "privacy":
		q.Choice = &bot.Choice{Kind: bot.KindMeta, Topic: w}
	}
	return q
}

// ask asks; a panic costs this answer, not the process.
func (a *Adapter) ask(ctx context.Context, in *inbound, q bot.Question) (ans bot.Answer) {
	start := time.Now()
	q.Role = a.cfg.Preferences.At(ctx, q.Place).Role
	defer func() {
		if p := recover(); p != nil {
			a.log.Error("slack: panic while answering", "type", fmt.Sprintf("%T", p))
			ans = failedAnswer
		}
		a.log.Info("slack: answered", "surface", in.kind, "team", in.team, "kind", ans.Kind, "reason", ans.Reason, "took", time.Since(start))
	}()
	return a.asker.Answer(ctx, q)
}

// look lays an answer to a question out with everything that goes below it. It
// may change the answer: see [bot.MentorDesk.Offer].
func (a *Adapter) look(ctx context.Context, in *inbound, q bot.Question, ans *bot.Answer) look {
	l := look{more: moreVersion + "|" + carried(q), privacy: a.cfg.People != nil && ans.Meta == "privacy"}
	if a.cfg.Feedback != nil {
		l.feedback = about(ans)
	}
	if a.cfg.Mentors.Offer(ctx, in.place(), ans) {
		l.person = personVersion + "|" + carried(q)
	}
	return l
}

// looks returns the layouts to try in turn; the answer's text alone comes after.
func looks(l look) []look {
	simple := l
	simple.simple = true
	return []look{l, simple}
}

// deliver sends an answer by the first layout that is within the limits and that
// Slack takes, at last as text only.
func (a *Adapter) deliver(ans *bot.Answer, l look, send func(message) error) error {
	for _, l := range looks(l) {
		m, err := safeRender(ans, l)
		if err == nil {
			err = send(m)
			if classOf(err) != classContent {
				return err
			}
		}
		a.log.Warn("slack: blocks not sent", "kind", ans.Kind, "err", err)
	}
	return send(textOnly(ans))
}

// safeRender renders a message and checks it.
func safeRender(ans *bot.Answer, l look) (message, error) {
	m, err := drawn(ans, l)
	if err != nil {
		return m, err
	}
	return m, m.check()
}

// drawn renders; a panic costs the layout only.
func drawn(ans *bot.Answer, l look) (m message, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic of type %T while rendering", p)
		}
	}()
	return render(ans, l), nil
}

// message answers a mention in its thread, and a direct message where it was
// written.
func (a *Adapter) message(ctx context.Context, d *delivery) error {
	in := d.in
	token, err := a.tokens.find(ctx, &in)
	if err != nil {
		return err
	}
	if in.kind == mention {
		in.thread = first(in.thread, in.ts)
	}
	if a.switchedOff(ctx, &in) {
		return a.answer(ctx, &in, offHere)
	}
	q := in.words(in.text)
	ans := a.ask(ctx, &in, q)
	return a.deliver(&ans, a.look(ctx, &in, q, &ans), func(m message) error {
		p := post{message: m, Channel: in.channel, ThreadTS: in.thread, UnfurlLinks: &no, UnfurlMedia: &no}
		err := a.client.call(ctx, "chat.postMessage", token, p, nil)
		if in.thread != "" && noThread(err) {
			p.ThreadTS = ""
			err = a.client.call(ctx, "chat.postMessage", token, p, nil)
		}
		return err
	})
}

// noThread reports that a message or channel takes no replies.
func noThread(err error) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && (e.code == "cannot_reply_to_message" || e.code == "restricted_action_non_threadable_channel")
}

// command answers a slash command: with the acknowledgement when that is quick
// enough and sure to be taken, otherwise by the response URL.
func (a *Adapter) command(ctx context.Context, d *delivery) error {
	if strings.ToLower(strings.Trim(d.in.text, " ?!.")) == "settings" {
		return a.settings(ctx, d)
	}
	early := time.AfterFunc(inlineWait-time.Since(d.at), func() { d.early() })
	defer early.Stop()
	in := d.in
	if a.switchedOff(ctx, &in) {
		d.reply(encode(offHere))
		d.early()
		return nil
	}
	q := in.words(in.text)
	ans := a.ask(ctx, &in, q)
	l := a.look(ctx, &in, q, &ans)
	how := ephemeral
	if a.cfg.Preferences.At(ctx, q.Place).Replies == "public" && about(&ans) != "" {
		how = inChannel
	} else {
		l.share = shareValue(q, &ans, in.thread)
	}
	// Nobody learns whether Slack took the blocks of an acknowledgement, so it
	// carries only kinds that Slack has had for years. A table goes where its
	// refusal shows.
	simple := looks(l)[1]
	if m, err := safeRender(&ans, simple); err == nil && !tabular(&ans) {
		if d.reply(encode(post{message: m, ResponseType: how})) {
			return nil
		}
	}
	d.early()
	return a.respond(ctx, &in, &ans, l, post{ResponseType: how})
}

// tabular reports whether an answer is best shown with a table or a chart.
func tabular(ans *bot.Answer) bool {
	return len(charted(ans)) > 0 || slices.ContainsFunc(ans.Blocks, func(b bot.Block) bool { return b.Kind == bot.Table })
}

// respond sends an answer to the payload's response URL with the addressing of
// p, or without one ephemerally to whoever asked.
func (a *Adapter) respond(ctx context.Context, in *inbound, ans *bot.Answer, l look, p post) error {
	return a.deliver(ans, l, func(m message) error {
		p.message = m
		return a.answer(ctx, in, p)
	})
}

// answer posts to the response URL or, when there is none, to the person.
func (a *Adapter) answer(ctx context.Context, in *inbound, p post) error {
	if in.respond != "" {
		if p.Replace == nil {
			p.Replace = &no
		}
		p.UnfurlLinks, p.UnfurlMedia = &no, &no
		return a.client.respond(ctx, in.respond, p)
	}
	token, err := a.tokens.find(ctx, in)
	if err != nil {
		return err
	}
	return a.client.call(ctx, "chat.postEphemeral", token, post{
		message: p.message, Channel: in.channel, User: in.user, ThreadTS: in.thread,
	}, nil)
}

// messageShortcut answers somebody's message, to the person who asked only.
func (a *Adapter) messageShortcut(ctx context.Context, d *delivery) error {
	in := d.in
	if in.callback != callAnswer {
		return nil
	}
	d.early()
	if a.switchedOff(ctx, &in) {
		return a.answer(ctx, &in, offHere)
	}
	thread := first(in.thread, in.ts)
	q := in.words(in.text)
	ans := a.ask(ctx, &in, q)
	l := a.look(ctx, &in, q, &ans)
	l.share = shareValue(q, &ans, thread)
	return a.respond(ctx, &in, &ans, l, post{ResponseType: ephemeral})
}

// action handles a tapped button or menu.
func (a *Adapter) action(ctx context.Context, d *delivery) error {
	d.early()
	in := d.in
	switch id := in.actionID; {
	case strings.HasPrefix(id, actAsk), strings.HasPrefix(id, actPick), id == actChange:
		return a.choice(ctx, &in)
	case id == actShare:
		return a.share(ctx, &in, d.resumed != nil)
	case strings.HasPrefix(id, actFeedback), strings.HasPrefix(id, actReason):
		return a.feedback(ctx, &in)
	case id == actMore:
		return a.readMore(ctx, &in)
	case id == actPerson:
		return a.askPerson(ctx, &in)
	case id == actClaim:
		return a.takeQuestion(ctx, &in)
	case id == actKept:
		return a.kept(ctx, &in)
	case id == actForget:
		return a.forget(ctx, &in)
	case id == actSearch:
		return a.openForm(ctx, &in)
	}
	return nil
}

// choice answers a button or menu that carries a whole question.
func (a *Adapter) choice(ctx context.Context, in *inbound) error {
	c, err := bot.ParseChoice(in.value)
	if err != nil {
		if in.view.id != "" {
			return nil // a view of ours is redrawn when it is opened next
		}
		return a.answer(ctx, in, oldButton)
	}
	q := bot.Question{Choice: &c, Place: in.place(), Person: in.user}
	ans := a.ask(ctx, in, q)
	if in.view.id != "" {
		return a.showAnswer(ctx, in, &ans)
	}
	l := a.look(ctx, in, q, &ans)
	p := post{ResponseType: ephemeral}
	// What the person did not mean is replaced; what comes next is added.
	instead := in.actionID == actChange || strings.HasPrefix(in.actionID, actPick)
	switch {
	case in.private || a.switchedOff(ctx, in):
		l.share = shareValue(q, &ans, in.thread)
		p.Replace = &instead
	case strings.HasPrefix(in.channel, "D"):
		p.ResponseType, p.ThreadTS, p.Replace = inChannel, in.thread, &instead
	case in.thread != "":
		p.ResponseType, p.ThreadTS = inChannel, in.thread
	default: // below a shared answer: the channel has seen enough
		l.share = shareValue(q, &ans, "")
	}
	return a.respond(ctx, in, &ans, l, p)
}

// shareValue returns what the button must carry for any replica to post the same
// answer again, or "" when the answer is not for a channel.
func shareValue(q bot.Question, ans *bot.Answer, thread string) string {
	if about(ans) == "" || ans.Kind == bot.KindDecline {
		return ""
	}
	return strings.Join([]string{shareVersion, fingerprint(ans), thread, carried(q)}, "|")
}

// fingerprint tells whether two answers read the same.
func fingerprint(ans *bot.Answer) string {
	sum := sha256.Sum256([]byte(ans.Title + "\x00" + ans.Text()))
	return hex.EncodeToString(sum[:6])
}

// share posts an ephemeral answer for everybody. An ephemeral message cannot be
// read back, so the question is asked again; only an answer that reads the same
// is posted, for nobody should publish what they have not seen. One that is taken
// up again may have been claimed by the process that died.
func (a *Adapter) share(ctx context.Context, in *inbound, resumed bool) error {
	rest, ok := versioned(shareVersion, in.value)
	parts := strings.SplitN(rest, "|", 3)
	if !ok || len(parts) != 3 {
		return a.answer(ctx, in, oldButton)
	}
	q, ok := in.carriedBy(parts[2])
	switch {
	case !ok:
		return a.answer(ctx, in, oldButton)
	case a.switchedOff(ctx, in):
		return a.answer(ctx, in, offHere)
	}
	ans := a.ask(ctx, in, q)
	if fingerprint(&ans) != parts[0] {
		return a.answer(ctx, in, changedMessage)
	}
	// A second tap must not post a second time.
	once := claim{key: strings.Join([]string{"share", in.team, in.channel, in.ts, parts[0]}, "/")}
	v := a.ledger.claim(ctx, once)
	if (v == duplicate || v == pending) && !resumed {
		return nil
	}
	err := a.respond(ctx, in, &ans, a.look(ctx, in, q, &ans), post{ResponseType: inChannel, ThreadTS: parts[1]})
	how := final
	if err != nil {
		how = returned
	}
	if v == fresh || v == unsure {
		a.ledger.settle(ctx, once, v, how)
	}
	return err
}

// uninstall forgets a workspace that removed the app. Slack may tell it twice
// and in any order.
func (a *Adapter) uninstall(ctx context.Context, d *delivery) error {
	in := &d.in
	if a.cfg.Installations == nil || in.kind == revoked && !in.botToken {
		return nil
	}
	a.log.Info("slack: app removed", "team", in.team)
	return a.cfg.Installations.Delete(ctx, in.installation())
}
