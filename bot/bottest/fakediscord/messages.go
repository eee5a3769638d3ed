package fakediscord

import "time"

// A Message is what a person wrote, to be sent to the bot. Zero fields are filled in.
type Message struct {
	ID      string
	Type    int
	Guild   string // "" with DM set
	DM      bool
	Channel string
	User    string
	Bot     bool
	Webhook string
	Text    string
	Mention bool   // the text starts with a mention of the bot
	Replied string // text of the message it replies to
	// RepliedTo is who wrote that message, the bot unless set.
	RepliedTo string
}

// A Post is what a person opens in a forum. Zero fields are filled in.
type Post struct {
	Forum       string
	Title       string
	User        string
	Text        string
	Mention     bool // the text starts with a mention of the bot
	Bot         bool // a bot opened it
	LateThread  bool // the message's event comes before the thread's
	OtherThread bool // it is a thread of a usual channel
}

// OpenPost opens a post over the gateway and returns its first message, which has the
// thread's id. The forum itself is announced as a server's only channel.
func (s *Server) OpenPost(p Post) Message {
	const guild = "200000000000000001"
	kind := 15
	if p.OtherThread {
		kind = 0
	}
	if p.Forum == "" {
		p.Forum = "300000000000000015"
	}
	s.Dispatch("GUILD_CREATE", map[string]any{"id": guild, "threads": []any{}, "channels": []any{map[string]any{"id": p.Forum, "type": kind, "name": "forum"}}})
	id := s.ID()
	thread := func() {
		s.Dispatch("THREAD_CREATE", map[string]any{
			"id": id, "type": 11, "parent_id": p.Forum, "guild_id": guild, "name": p.Title, "newly_created": true, "owner_id": p.User,
			"message_count": 0, "member_count": 1, "applied_tags": []any{}, "thread_metadata": map[string]any{"archived": false, "locked": false},
		})
	}
	if !p.LateThread {
		thread()
	}
	m := s.Message(Message{ID: id, Channel: id, User: p.User, Text: p.Text, Mention: p.Mention, Bot: p.Bot})
	if p.LateThread {
		thread()
	}
	return m
}

// Message sends a message over the gateway and returns it with its id. As
// Discord does for bots without the intent for it, it leaves out the text of
// messages that do not concern the bot.
func (s *Server) Message(m Message) Message {
	if m.ID == "" {
		m.ID = s.ID()
	}
	if m.Guild == "" && !m.DM {
		m.Guild = "200000000000000001"
	}
	if m.Channel == "" {
		m.Channel = "300000000000000001"
	}
	if m.User == "" {
		m.User = "400000000000000001"
	}
	text := m.Text
	mentions := []any{}
	if m.Mention {
		text = "<@" + BotID + "> " + text
		mentions = append(mentions, user(BotID, "careerbot", true))
	} else if !m.DM && m.User != BotID && !s.granted {
		text = ""
	}
	d := map[string]any{
		"id": m.ID, "type": m.Type, "channel_id": m.Channel, "content": text, "author": user(m.User, "someone", m.Bot), "mentions": mentions,
		"timestamp": time.Now().UTC().Format(time.RFC3339), "edited_timestamp": nil, "tts": false, "mention_everyone": false, "mention_roles": []any{},
		"attachments": []any{}, "embeds": []any{}, "pinned": false, "components": []any{}, "flags": 0,
	}
	if m.Guild != "" {
		d["guild_id"] = m.Guild
		d["member"] = map[string]any{"roles": []any{}, "joined_at": "2024-01-01T00:00:00+00:00"}
	}
	if m.Webhook != "" {
		d["webhook_id"] = m.Webhook
	}
	if m.Replied != "" {
		author := m.RepliedTo
		if author == "" {
			author = BotID
		}
		d["type"] = 19
		d["referenced_message"] = map[string]any{"id": "1", "content": m.Replied, "author": user(author, "another", author == BotID)}
	}
	s.Dispatch("MESSAGE_CREATE", d)
	return m
}
