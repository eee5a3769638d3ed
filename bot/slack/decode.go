package slack

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// A kind says what an inbound payload asks of us.
type kind string

const (
	ignored         kind = "ignored"
	challenge       kind = "challenge"
	mention         kind = "mention"
	direct          kind = "direct_message"
	homeOpened      kind = "app_home_opened"
	uninstalled     kind = "app_uninstalled"
	revoked         kind = "tokens_revoked"
	command         kind = "command"
	action          kind = "action"
	options         kind = "options"
	submission      kind = "submission"
	shortcut        kind = "shortcut"
	messageShortcut kind = "message_shortcut"
)

// event reports whether Slack delivers the kind again until it is acknowledged.
func (k kind) event() bool {
	switch k {
	case mention, direct, homeOpened, uninstalled, revoked:
		return true
	}
	return false
}

// inbound is what we read of a payload; nothing else of it is kept. Values are
// hostile until checked.
type inbound struct {
	kind       kind
	team       string // of the installation
	enterprise string
	orgWide    bool
	user       string
	bot        string // our user there, "" when not told
	channel    string
	thread     string // timestamp of the thread's first message, "" outside one
	ts         string // of the message
	text       string
	eventID    string
	trigger    string
	respond    string // response URL
	challenge  string

	callback string // of shortcuts and submissions
	actionID string
	value    string // of the action; the typed prefix of options
	private  bool   // the action is on an ephemeral message
	botToken bool   // of revoked: the bot's token is among them

	view view
}

// view is the modal or Home tab that an interaction belongs to.
type view struct {
	id, kind, hash, meta string
	values               map[string]map[string]stateValue
}

// boolean is a boolean that Slack sends as a string in forms.
type boolean bool

func (b *boolean) UnmarshalJSON(raw []byte) error {
	*b = boolean(strings.Trim(string(raw), `"`) == "true")
	return nil
}

// ref is an id that comes alone or in an object.
type ref string

func (r *ref) UnmarshalJSON(b []byte) error {
	var o struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(b, &o) == nil {
		*r = ref(o.ID)
		return nil
	}
	var s string
	json.Unmarshal(b, &s)
	*r = ref(s)
	return nil
}

// lenient unmarshals; a field of another type than ours is left out, for Slack
// adds shapes without notice and one odd field must not cost the message.
func lenient(raw []byte, v any) error {
	err := json.Unmarshal(raw, v)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return nil
	}
	return err
}

type eventPayload struct {
	Type           string `json:"type"`
	Challenge      string `json:"challenge"`
	TeamID         string `json:"team_id"`
	EnterpriseID   string `json:"enterprise_id"`
	ContextTeamID  string `json:"context_team_id"`
	EventID        string `json:"event_id"`
	Authorizations []struct {
		EnterpriseID        string  `json:"enterprise_id"`
		TeamID              string  `json:"team_id"`
		UserID              string  `json:"user_id"`
		IsBot               boolean `json:"is_bot"`
		IsEnterpriseInstall boolean `json:"is_enterprise_install"`
	} `json:"authorizations"`
	Event innerEvent `json:"event"`
}

type innerEvent struct {
	Type        string          `json:"type"`
	Subtype     string          `json:"subtype"`
	User        ref             `json:"user"`
	BotID       string          `json:"bot_id"`
	BotProfile  json.RawMessage `json:"bot_profile"`
	Hidden      boolean         `json:"hidden"`
	Text        string          `json:"text"`
	TS          string          `json:"ts"`
	ThreadTS    string          `json:"thread_ts"`
	Channel     ref             `json:"channel"`
	ChannelType string          `json:"channel_type"`
	Tab         string          `json:"tab"`
	View        viewPayload     `json:"view"`
	Tokens      struct {
		Bot []string `json:"bot"`
	} `json:"tokens"`
}

// decodeEvent reads an Events API payload.
func decodeEvent(raw []byte) (inbound, error) {
	var p eventPayload
	if err := lenient(raw, &p); err != nil {
		return inbound{kind: ignored}, err
	}
	if p.Type == "url_verification" {
		return inbound{kind: challenge, challenge: p.Challenge}, nil
	}
	e := p.Event
	in := inbound{
		kind: e.kind(), team: p.TeamID, enterprise: p.EnterpriseID, eventID: p.EventID,
		user: string(e.User), channel: string(e.Channel), thread: e.ThreadTS, ts: e.TS,
		botToken: len(e.Tokens.Bot) > 0, view: e.View.view(),
	}
	// With Slack Connect the outer team is the sender's; the installation is named
	// by the first authorization.
	if len(p.Authorizations) > 0 {
		a := p.Authorizations[0]
		if a.TeamID != "" {
			in.team = a.TeamID
		}
		if a.EnterpriseID != "" {
			in.enterprise = a.EnterpriseID
		}
		in.orgWide = bool(a.IsEnterpriseInstall)
		if a.IsBot {
			in.bot = a.UserID
		}
	}
	if in.kind == mention || in.kind == direct {
		in.text = question(e.Text)
	}
	if p.Type != "event_callback" {
		in.kind = ignored
	}
	return in, nil
}

// kind decides what an event is to us: most are nothing.
func (e *innerEvent) kind() kind {
	isBot := e.BotID != "" || len(e.BotProfile) > 0 && string(e.BotProfile) != "null"
	fromPerson := e.User != "" && e.User != "USLACKBOT" && !isBot && !bool(e.Hidden)
	switch e.Type {
	case "app_mention":
		if fromPerson && e.Channel != "" && e.TS != "" {
			return mention
		}
	case "message":
		im := e.ChannelType == "im" || e.ChannelType == "" && strings.HasPrefix(string(e.Channel), "D")
		words := e.Subtype == "" || e.Subtype == "file_share" || e.Subtype == "thread_broadcast"
		if im && words && fromPerson && e.Channel != "" && e.TS != "" {
			return direct
		}
	case "app_home_opened":
		if e.Tab == "home" && e.User != "" {
			return homeOpened
		}
	case "app_uninstalled":
		return uninstalled
	case "tokens_revoked":
		return revoked
	}
	return ignored
}

type viewPayload struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Hash    string `json:"hash"`
	Meta    string `json:"private_metadata"`
	Call    string `json:"callback_id"`
	AppTeam string `json:"app_installed_team_id"`
	State   struct {
		Values map[string]map[string]stateValue `json:"values"`
	} `json:"state"`
}

func (v *viewPayload) view() view {
	return view{id: v.ID, kind: v.Type, hash: v.Hash, meta: v.Meta, values: v.State.Values}
}

// stateValue is what an input holds.
type stateValue struct {
	Value    string       `json:"value"`
	Selected optionChosen `json:"selected_option"`
}

type optionChosen struct {
	Value string `json:"value"`
	Text  struct {
		Text string `json:"text"`
	} `json:"text"`
}

type interactionPayload struct {
	Type                string      `json:"type"`
	Team                ref         `json:"team"`
	Enterprise          ref         `json:"enterprise"`
	IsEnterpriseInstall boolean     `json:"is_enterprise_install"`
	User                interactor  `json:"user"`
	Channel             ref         `json:"channel"`
	CallbackID          string      `json:"callback_id"`
	TriggerID           string      `json:"trigger_id"`
	ResponseURL         string      `json:"response_url"`
	MessageTS           string      `json:"message_ts"`
	ActionID            string      `json:"action_id"`
	Value               string      `json:"value"`
	View                viewPayload `json:"view"`
	Message             struct {
		Text     string `json:"text"`
		TS       string `json:"ts"`
		ThreadTS string `json:"thread_ts"`
	} `json:"message"`
	Container struct {
		MessageTS   string  `json:"message_ts"`
		ThreadTS    string  `json:"thread_ts"`
		ChannelID   string  `json:"channel_id"`
		IsEphemeral boolean `json:"is_ephemeral"`
	} `json:"container"`
	Actions []struct {
		ActionID string       `json:"action_id"`
		Value    string       `json:"value"`
		Selected optionChosen `json:"selected_option"`
	} `json:"actions"`
}

type interactor struct {
	ID     string `json:"id"`
	TeamID string `json:"team_id"`
}

// decodeInteraction reads the payload of a button, menu, view or shortcut.
func decodeInteraction(raw []byte) (inbound, error) {
	var p interactionPayload
	if err := lenient(raw, &p); err != nil {
		return inbound{kind: ignored}, err
	}
	in := inbound{
		kind: ignored, team: string(p.Team), enterprise: string(p.Enterprise), orgWide: bool(p.IsEnterpriseInstall),
		user: p.User.ID, channel: string(p.Channel), callback: p.CallbackID, trigger: p.TriggerID,
		respond: p.ResponseURL, view: p.View.view(), private: bool(p.Container.IsEphemeral),
		ts: first(p.Container.MessageTS, p.MessageTS, p.Message.TS), thread: first(p.Container.ThreadTS, p.Message.ThreadTS),
	}
	in.channel = first(in.channel, p.Container.ChannelID)
	in.team = first(p.View.AppTeam, in.team, p.User.TeamID)
	switch p.Type {
	case "block_actions":
		if len(p.Actions) > 0 {
			in.kind, in.actionID = action, p.Actions[0].ActionID
			in.value = first(p.Actions[0].Value, p.Actions[0].Selected.Value)
		}
	case "block_suggestion":
		in.kind, in.actionID, in.value = options, p.ActionID, typed(p.Value)
	case "view_submission":
		in.kind, in.callback = submission, p.View.Call
	case "shortcut":
		in.kind = shortcut
	case "message_action":
		in.kind, in.text = messageShortcut, question(p.Message.Text)
	}
	if in.user == "" {
		in.kind = ignored
	}
	return in, nil
}

// decodeForm reads a slash command as HTTP brings it.
func decodeForm(form url.Values) inbound { return decodeCommand(form.Get) }

// decodeCommandJSON reads a slash command as Socket Mode brings it.
func decodeCommandJSON(raw []byte) (inbound, error) {
	var fields map[string]any
	if err := json.Unmarshal(raw, &fields); err != nil {
		return inbound{kind: ignored}, err
	}
	return decodeCommand(func(key string) string {
		switch v := fields[key].(type) {
		case string:
			return v
		case bool:
			if v {
				return "true"
			}
		}
		return ""
	}), nil
}

func decodeCommand(get func(string) string) inbound {
	in := inbound{
		kind: command, team: get("team_id"), enterprise: get("enterprise_id"),
		orgWide: get("is_enterprise_install") == "true",
		user:    get("user_id"), channel: get("channel_id"), text: typed(get("text")),
		trigger: get("trigger_id"), respond: get("response_url"),
	}
	if get("command") == "" || in.user == "" {
		in.kind = ignored
	}
	return in
}

// first returns the first string that is not empty.
func first(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// key names the delivery for de-duplication: the same key is the same question,
// however often and by whichever way it comes. "" is for what may be answered any
// number of times.
func (in *inbound) key() string {
	key := func(parts ...string) string { return strings.Join(parts, "/") }
	switch {
	case in.kind == options: // asked at every key pressed, and always answered
	case in.kind == mention || in.kind == direct:
		// An edit comes as a new event with the message's own timestamp.
		return key("message", in.team, in.channel, in.ts)
	case in.kind.event():
		if in.eventID != "" {
			return key("event", in.team, in.eventID)
		}
	case in.kind == submission && in.view.hash != "":
		return key("view", in.team, in.view.id, in.view.hash)
	case in.trigger != "":
		return key("trigger", in.team, in.trigger, in.actionID)
	}
	return ""
}
