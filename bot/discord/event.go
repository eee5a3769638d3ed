package discord

import (
	"encoding/json"
	"errors"
	"fmt"
)

// What Discord sends, as far as we read it. Unknown fields and values are left
// alone, so a new kind of component or channel costs nothing. The same types
// serve the gateway and the HTTP inlet.

// Events of the gateway that ask for a reply.
const (
	eventInteraction = "INTERACTION_CREATE"
	eventMessage     = "MESSAGE_CREATE"
)

// Types of interactions, https://discord.com/developers/docs/interactions/receiving-and-responding
const (
	interactionPing         = 1
	interactionCommand      = 2
	interactionComponent    = 3
	interactionAutocomplete = 4
	interactionModal        = 5
)

// Types of commands and options.
const (
	commandSlash   = 1
	commandMessage = 3

	optionSubcommand = 1
	optionGroup      = 2
	optionString     = 3
	optionChannel    = 7
	optionRole       = 8
)

const flagEphemeral = 1 << 6

type user struct {
	ID  string `json:"id"`
	Bot bool   `json:"bot"`
}

type interaction struct {
	ID          string `json:"id"`
	Application string `json:"application_id"`
	Type        int    `json:"type"`
	Token       Secret `json:"token"`
	Guild       string `json:"guild_id"`
	ChannelID   string `json:"channel_id"`
	Locale      string `json:"locale"`
	Context     int    `json:"context"` // 0 a server, 1 the bot's direct messages, 2 another private channel
	User        *user  `json:"user"`
	Member      *struct {
		User        *user    `json:"user"`
		Permissions string   `json:"permissions"`
		Roles       []string `json:"roles"`
	} `json:"member"`
	Channel *channel `json:"channel"`
	Message *struct {
		ID         string          `json:"id"`
		Flags      int             `json:"flags"`
		Content    string          `json:"content"`
		Embeds     []embed         `json:"embeds"`
		Components json.RawMessage `json:"components"`
	} `json:"message"`
	Data struct {
		Name       string          `json:"name"`
		Type       int             `json:"type"`
		Options    []option        `json:"options"`
		CustomID   string          `json:"custom_id"`
		Values     []string        `json:"values"`
		Target     string          `json:"target_id"`
		Components json.RawMessage `json:"components"` // of a form
		Resolved   struct {
			Messages map[string]struct {
				Content string `json:"content"`
			} `json:"messages"`
		} `json:"resolved"`
	} `json:"data"`
}

type channel struct {
	ID     string `json:"id"`
	Type   int    `json:"type"`
	Parent string `json:"parent_id"`
	Name   string `json:"name"`
	New    bool   `json:"newly_created"` // of a thread's first event
}

// Types of channels whose threads are posts.
const (
	channelForum = 15
	channelMedia = 16
)

// isThread tells whether the channel is an announcement, public or private thread.
func (c *channel) isThread() bool { return c.Type >= 10 && c.Type <= 12 }

type option struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
	Options []option        `json:"options"`
}

// text is a string option's value, "" for one of another kind.
func (o option) text() string {
	var s string
	if json.Unmarshal(o.Value, &s) != nil {
		return ""
	}
	return s
}

type message struct {
	ID       string `json:"id"`
	Type     int    `json:"type"`
	Channel  string `json:"channel_id"`
	Guild    string `json:"guild_id"`
	Content  string `json:"content"`
	Author   user   `json:"author"`
	Webhook  string `json:"webhook_id"`
	Mentions []user `json:"mentions"`
	Replied  *struct {
		Content string `json:"content"`
		Author  user   `json:"author"`
	} `json:"referenced_message"`
}

type ready struct {
	Session     string `json:"session_id"`
	ResumeURL   string `json:"resume_gateway_url"`
	User        user   `json:"user"`
	Application struct {
		ID string `json:"id"`
	} `json:"application"`
}

type guild struct {
	ID          string    `json:"id"`
	Unavailable bool      `json:"unavailable"`
	Threads     []channel `json:"threads"`
	Channels    []channel `json:"channels"`
}

var errEvent = errors.New("not an event as Discord sends it")

// decodeInteraction reads an interaction of either inlet. One without id and
// token cannot be answered and is an error.
func decodeInteraction(b []byte) (*interaction, error) {
	var i interaction
	if err := lenient(b, &i); err != nil {
		return nil, fmt.Errorf("decode interaction: %w", err)
	}
	if i.Type != interactionPing && (!isSnowflake(i.ID) || i.Token == "" || !isSnowflake(i.Application)) {
		return nil, fmt.Errorf("decode interaction: no id, application or token: %w", errEvent)
	}
	return &i, nil
}

func decodeMessage(b []byte) (*message, error) {
	var m message
	if err := lenient(b, &m); err != nil {
		return nil, fmt.Errorf("decode message: %w", err)
	}
	if !isSnowflake(m.ID) || !isSnowflake(m.Channel) || m.Author.ID == "" {
		return nil, fmt.Errorf("decode message: no id, channel or author: %w", errEvent)
	}
	return &m, nil
}

// lenient decodes JSON and leaves out fields that are not of the type we know,
// so that a change in one place of an event does not cost the whole of it. Its
// errors name no content.
func lenient(b []byte, v any) error {
	err := json.Unmarshal(b, v)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok || err == nil {
		return nil
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("%w (syntax at byte %d)", errEvent, e.Offset)
	}
	return errEvent
}

// person is who acted, "" when unknown.
func (i *interaction) person() string {
	switch {
	case i.Member != nil && i.Member.User != nil:
		return i.Member.User.ID
	case i.User != nil:
		return i.User.ID
	}
	return ""
}

// alone tells whether the person and the bot are by themselves.
func (i *interaction) alone() bool { return i.Guild == "" && i.Context != 2 }

// ephemeral tells whether a component's message is seen by one person only.
func (i *interaction) ephemeral() bool { return i.Message != nil && i.Message.Flags&flagEphemeral != 0 }
