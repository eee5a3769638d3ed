package discord

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"careerbot/bot"
)

// A forum's posts are threads that somebody opens with a title and a first message.
// They rarely mention the bot; a moderator may still want them answered, with
// /career settings forum. Of what Discord sends without a privileged intent the
// title is there (it is the thread's name) and the message's text is not. So the
// title is what is answered: people mostly put their question into it. With
// MESSAGE_CONTENT (DISCORD_MESSAGE_CONTENT) the text is read as well. A post that
// the bot has no reviewed answer to stays without one: nobody asked the bot.

// eventPost is a post's name in a [bot.Inbox]; it is none of the gateway's.
const eventPost = "FORUM_POST"

// postWait is how far a post's two events may be apart.
const postWait = time.Minute

// maxPosts bounds the posts of which one event has come.
const maxPosts = 2000

// post is a forum's post: a thread and its first message.
type forumPost struct {
	Title   string          `json:"title"`
	Message json.RawMessage `json:"message"` // as it came

	m     *message
	until time.Time
}

// posts brings the two events of a post together, in whichever order they come.
type posts struct {
	mu     sync.Mutex
	forums map[string]bool // channels whose threads are posts
	half   map[string]forumPost
}

func newPosts() *posts { return &posts{forums: map[string]bool{}, half: map[string]forumPost{}} }

// forum notes which channels are forums.
func (p *posts) forum(list ...channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range list {
		if (c.Type == channelForum || c.Type == channelMedia) && len(p.forums) < maxThreads {
			p.forums[c.ID] = true
		}
	}
}

// opened takes a thread's event. It returns the post once both events are there.
func (p *posts) opened(c channel) forumPost {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !c.New || !p.forums[c.Parent] || strings.TrimSpace(c.Name) == "" {
		return forumPost{}
	}
	half, waiting := p.half[c.ID]
	if waiting && half.m != nil {
		delete(p.half, c.ID)
		half.Title = c.Name
		return half
	}
	p.keep(c.ID, forumPost{Title: c.Name})
	return forumPost{}
}

// begun takes a thread's first message. It returns the post once both events are
// there, and whether the message may be a post's at all.
func (p *posts) begun(m *message, raw []byte) (_ forumPost, isPost bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.forums) == 0 {
		return forumPost{}, false
	}
	half := p.half[m.ID]
	half.Message, half.m = raw, m
	if half.Title != "" {
		delete(p.half, m.ID)
		return half, true
	}
	p.keep(m.ID, half)
	return forumPost{}, true
}

// title is what a post is called that was opened within a minute, "" when unknown.
func (p *posts) title(id string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.half[id].Title
}

// keep keeps half a post for a while; the caller holds the lock.
func (p *posts) keep(id string, half forumPost) {
	now := time.Now()
	if len(p.half) >= maxPosts/2 {
		for k, h := range p.half {
			if now.After(h.until) || len(p.half) >= maxPosts {
				delete(p.half, k)
			}
		}
	}
	half.until = now.Add(postWait)
	p.half[id] = half
}

// takePost queues a post whose both events are there.
func (a *Adapter) takePost(p forumPost) {
	if p.m == nil || p.Title == "" {
		return
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return
	}
	m := p.m
	a.admit(delivery{
		key: "message/" + m.ID, lane: m.lane(), typ: eventPost, raw: raw,
		wanted: func(ctx context.Context) bool {
			if prefs := a.set.Preferences.At(ctx, a.messagePlace(m)); prefs.Forum == "on" && prefs.Answers != "off" {
				a.journal.note(m.ID, whyWaiting)
				return true
			}
			a.counts.ignored.Add(1)
			a.journal.note(m.ID, whyForum)
			return false
		},
	},
		func(ctx context.Context) error { return a.answerPost(ctx, m, p.Title) },
		func(context.Context) error { a.journal.note(m.ID, whyBusy); return nil }, // nobody asked
		func(context.Context) {},
	)
}

// answerPost answers a post in place, or stays silent.
func (a *Adapter) answerPost(ctx context.Context, m *message, title string) error {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	q := bot.Question{Text: title, Person: m.Author.ID, Place: a.messagePlace(m)}
	if text := words(m, ""); text != "" {
		q.Text = title + "\n" + text
	}
	q.Role = a.set.Preferences.At(ctx, q.Place).Role
	ans := a.ask.Answer(ctx, q)
	if ans.Kind == bot.KindMeta || ans.Kind == bot.KindDecline && ans.Reason != "emergency" {
		a.counts.ignored.Add(1)
		a.journal.note(m.ID, whySilent)
		return nil
	}
	return a.answerMessage(ctx, m, q, &ans)
}
