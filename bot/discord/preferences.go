package discord

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"careerbot/bot"
)

// Permissions that let someone change a server's settings.
const (
	permAdministrator = 1 << 3
	permManageServer  = 1 << 5
)

// manages tells whether whoever acted may change the server's settings.
func (i *interaction) manages() bool {
	if i.Guild == "" || i.Member == nil {
		return false
	}
	p, err := strconv.ParseUint(i.Member.Permissions, 10, 64)
	return err == nil && p&(permAdministrator|permManageServer) != 0
}

// settings handles /career settings.
func (a *Adapter) settings(ctx context.Context, x *exchange, sub option) error {
	switch {
	case a.set.Preferences == nil:
		return a.reply(ctx, x, notice("This bot keeps no settings."))
	case x.i.Guild == "":
		return a.reply(ctx, x, notice("Settings belong to a server. Please use this command in one."))
	case !x.i.manages():
		return a.reply(ctx, x, notice("Only members who may manage the server can see and change its settings."))
	}
	place := bot.Place{Platform: "discord", Workspace: x.i.Guild}
	about := "the server"
	if c := slotOf(sub.Options, "channel").value; isSnowflake(c) {
		place.Channel, about = c, "<#"+c+">"
	}
	switch sub.Name {
	case "why":
		return a.reply(ctx, x, notice(a.explain(slotOf(sub.Options, "message").value)))
	case "show":
		here := a.place(x.i)
		return a.reply(ctx, x, notice("The server:\n"+a.describe(ctx, bot.Place{Platform: here.Platform, Workspace: here.Workspace})+"\nThis channel:\n"+a.describe(ctx, here)))
	}
	changes, wrong := a.changes(sub)
	if wrong != "" {
		return a.reply(ctx, x, notice(wrong))
	}
	for _, c := range changes {
		if err := a.set.Preferences.Decide(ctx, place, c.key, c.value); err != nil {
			a.log.Warn("settings were not saved", "error", err.Error())
			return a.reply(ctx, x, notice("The settings could not be saved. Please try again in a minute."))
		}
	}
	return a.reply(ctx, x, notice("Saved for "+about+".\n"+a.describe(ctx, place)))
}

// change is one decision; value is "" to take it back.
type change struct{ key, value string }

// changes reads what a subcommand decides, or says what is wrong with it.
func (a *Adapter) changes(sub option) (list []change, wrong string) {
	value := func(name string) string { return slotOf(sub.Options, name).value }
	switch sub.Name {
	case "answers", "replies", "forum":
		v := value("value")
		if v == "default" {
			v = ""
		}
		return []change{{map[string]string{"answers": bot.PreferAnswers, "replies": bot.PreferReplies, "forum": bot.PreferForum}[sub.Name], v}}, ""
	case "job":
		slug, ok := a.roleNamed(slotOf(sub.Options, "role"))
		if !ok {
			return nil, "I don't know this job. Please pick one of the suggestions."
		}
		return []change{{bot.PreferRole, slug}}, ""
	case "mentors":
		if !a.hasMentors() {
			return nil, "This bot can't hand questions to mentors: whoever runs it has to set that up."
		}
		to, role := value("in"), value("role")
		if to == "" && role != "" {
			return nil, "Please name the mentors' channel as well."
		}
		return []change{{bot.PreferMentorChannel, to}, {bot.PreferMentorRole, role}}, ""
	}
	return nil, "I don't know this command any more. Please type it again."
}

// roleNamed is the slug of a job that was picked or typed; none was named is fine.
func (a *Adapter) roleNamed(s slot) (slug string, ok bool) {
	if s.picked || s.value == "" {
		return s.value, true
	}
	if sg, can := a.ask.(Suggester); can {
		if list := sg.Suggest("role", s.value, 1); len(list) > 0 {
			return list[0].Value, true
		}
	}
	return "", false
}

// describe puts what holds in a place into words.
func (a *Adapter) describe(ctx context.Context, place bot.Place) string {
	p := a.set.Preferences.At(ctx, place)
	answers, replies, role, mentors, forum := "on", "private, with a button to share", "none", "none", "only posts that mention me"
	if p.Answers == "off" {
		answers = "off"
	}
	if a.public(p) {
		replies = "public"
	}
	if p.Role != "" {
		role = strings.ReplaceAll(p.Role, "-", " ")
	}
	if isSnowflake(p.MentorChannel) {
		mentors = "in <#" + p.MentorChannel + ">"
		if isSnowflake(p.MentorRole) {
			mentors += ", for <@&" + p.MentorRole + ">"
		}
	}
	if p.Forum == "on" {
		forum = "every new one I have an answer to, by its title"
		if a.set.MessageContent {
			forum = "every new one I have an answer to"
		}
	}
	return fmt.Sprintf("- Answers: %s\n- Replies to commands: %s\n- The job questions are about when they name none: %s\n- Mentors: %s\n- Forum posts: %s", answers, replies, role, mentors, forum)
}

// public tells whether replies to commands are for everyone.
func (a *Adapter) public(p bot.Preferences) bool {
	return p.Replies == "public" || p.Replies == "" && a.set.Public
}

// What became of a message, for /career settings why.
const (
	whyAnswered = "I answered it."
	whyBot      = "It was written by a bot or a webhook. I never answer those."
	whyNotice   = "It is a notice of Discord's own, not something a person wrote."
	whyUnasked  = "It does not mention me, so Discord does not show me its text."
	whyForum    = "It is a forum post that does not mention me, and the forum is not switched on (see /career settings forum)."
	whySilent   = "It is a forum post to which I have no reviewed answer, so I kept out of it."
	whyOff      = "I am switched off there (see /career settings)."
	whyBusy     = "Too many questions were waiting, so I asked to come back."
	whyRefused  = "I had an answer, but Discord refused it: I may lack the permission to write there."
	whyFailed   = "I had an answer, but it could not be sent."
	whyWaiting  = "I am working on it."
)

// journal remembers for a while what became of messages, to explain it.
type journal struct {
	mu    sync.Mutex
	why   map[string]string
	order []string // a ring of ids, the oldest at next
	next  int
}

const maxJournal = 10_000

func newJournal() *journal {
	return &journal{why: map[string]string{}, order: make([]string, maxJournal)}
}

func (j *journal) note(id, why string) {
	if j == nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, known := j.why[id]; !known {
		delete(j.why, j.order[j.next])
		j.order[j.next] = id
		j.next = (j.next + 1) % maxJournal
	}
	j.why[id] = why
}

func (j *journal) find(id string) string {
	if j == nil {
		return ""
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.why[id]
}

// explain says what became of a message, named by its id or its link.
func (a *Adapter) explain(message string) string {
	id := message[strings.LastIndexByte(message, '/')+1:]
	if !isSnowflake(id) {
		return "Please give the message's link (\"Copy Message Link\" in its menu) or its id."
	}
	if why := a.journal.find(id); why != "" {
		return why
	}
	return "I don't know this message. It may be from before I was started, in a channel I can't see, or one of many since."
}
