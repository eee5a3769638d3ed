package discord

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"

	"careerbot/bot"
)

// takeMessage queues a message that speaks to the bot and drops every other one.
func (a *Adapter) takeMessage(m *message, raw []byte) {
	self := a.self.Load()
	if self == nil {
		return
	}
	why := unasked(m, *self)
	if why == whyUnasked && m.ID == m.Channel { // a thread's first message has its id
		if p, isPost := a.posts.begun(m, raw); isPost {
			a.journal.note(m.ID, whyForum)
			a.takePost(p)
			return
		}
	}
	if why != "" {
		a.counts.ignored.Add(1)
		a.journal.note(m.ID, why)
		return
	}
	a.journal.note(m.ID, whyWaiting)
	a.admit(delivery{key: "message/" + m.ID, lane: m.lane(), typ: eventMessage, raw: raw},
		func(ctx context.Context) error { return a.message(ctx, m, *self) },
		func(ctx context.Context) error {
			a.journal.note(m.ID, whyBusy)
			return a.post(ctx, m, notice("Many people are asking at the moment. Please try again in a minute."))
		},
		func(context.Context) {},
	)
}

// lane orders messages: one person's in a channel are answered one after the other.
func (m *message) lane() string { return m.Channel + "/" + m.Author.ID }

// Types of messages that people write: a plain one and a reply.
const (
	messageDefault = 0
	messageReply   = 19
)

// unasked returns why a message does not ask the bot, "" when it does: a direct
// message, or one that mentions it, as a reply with a ping does. Bots and
// webhooks are never answered.
func unasked(m *message, self string) string {
	switch {
	case m.Author.Bot || m.Webhook != "" || m.Author.ID == self:
		return whyBot
	case m.Type != messageDefault && m.Type != messageReply:
		return whyNotice
	case m.Guild == "":
		return ""
	}
	for _, u := range m.Mentions {
		if u.ID == self {
			return ""
		}
	}
	return whyUnasked
}

var mention = regexp.MustCompile(`<(@[!&]?|#|/[^:<>]{1,100}:)\d{1,20}>|<a?:(\w{1,40}):\d{1,20}>`)

// words is a message's text without the mention of the bot; emoji keep their names.
func words(m *message, self string) string {
	text := strings.TrimSpace(mention.ReplaceAllString(m.Content, "$2"))
	if text == "" && m.Replied != nil && m.Replied.Author.ID != self && !m.Replied.Author.Bot {
		// "@bot" as a reply to someone's question asks that question.
		text = strings.TrimSpace(mention.ReplaceAllString(m.Replied.Content, "$2"))
	}
	return text
}

// message answers a message in its channel.
func (a *Adapter) message(ctx context.Context, m *message, self string) error {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			a.post(ctx, m, notice("Sorry, something went wrong with this question. Please try another one."))
			panic(p)
		}
	}()
	q := bot.Question{Text: words(m, self), Person: m.Author.ID, Place: a.messagePlace(m)}
	if q.Text == "" {
		q.Text = a.posts.title(m.ID) // a post whose text is the mention alone
	}
	prefs := a.set.Preferences.At(ctx, q.Place)
	if prefs.Answers == "off" {
		a.counts.ignored.Add(1)
		a.journal.note(m.ID, whyOff)
		return nil
	}
	q.Role = prefs.Role
	ans := a.ask.Answer(ctx, q)
	return a.answerMessage(ctx, m, q, &ans)
}

// messagePlace is where a message was written.
func (a *Adapter) messagePlace(m *message) bot.Place {
	p := bot.Place{Platform: "discord", Workspace: m.Guild, Channel: m.Channel}
	if parent := a.threads.parent(m.Channel); parent != "" {
		p.Channel, p.Thread = parent, m.Channel
	}
	return p
}

// answerMessage replies to a message with an answer.
func (a *Adapter) answerMessage(ctx context.Context, m *message, q bot.Question, ans *bot.Answer) error {
	to := audience{others: m.Guild != "", verdicts: a.set.Feedback != nil, extra: a.extras(ctx, q, ans)}
	charts := a.draw(ctx, ans)
	return a.post(ctx, m, func(f form) (*post, int) {
		p := render(ans, to, f.plain)
		if !f.bare {
			illustrate(p, charts, f.plain)
		}
		return p, 0
	})
}

// post replies to a message. The nonce is the message's id: Discord drops a
// second reply with the same one, so trying again is safe.
func (a *Adapter) post(ctx context.Context, m *message, w writer) error {
	err := a.insist(w, func(w writer, f form) (*post, error) {
		p, _ := w(f)
		p.Flags &^= flagEphemeral
		p.Reference, p.Nonce, p.EnforceNonce = &reference{Message: m.ID}, m.ID, true
		return p, a.client.do(ctx, routeMessage, "", []string{m.Channel}, p, nil)
	})
	a.outcome("replying to a message", err)
	switch {
	case err == nil && a.journal.find(m.ID) != whyBusy:
		a.journal.note(m.ID, whyAnswered)
	case errors.Is(err, errRefused):
		a.journal.note(m.ID, whyRefused)
	case err != nil:
		a.journal.note(m.ID, whyFailed)
	}
	return err
}

// threads remembers which channels are threads, and of what. Interactions say so
// themselves, messages do not.
type threads struct {
	mu      sync.Mutex
	parents map[string]string
}

// maxThreads bounds what is remembered; beyond it some are forgotten, which costs
// a conversation its memory at most.
const maxThreads = 50_000

func newThreads() *threads { return &threads{parents: map[string]string{}} }

func (t *threads) add(list ...channel) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range list {
		if !c.isThread() || !isSnowflake(c.ID) || !isSnowflake(c.Parent) {
			continue
		}
		for k := range t.parents {
			if len(t.parents) < maxThreads {
				break
			}
			delete(t.parents, k)
		}
		t.parents[c.ID] = c.Parent
	}
}

func (t *threads) parent(id string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.parents[id]
}
