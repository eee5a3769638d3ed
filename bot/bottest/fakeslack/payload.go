package fakeslack

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// A Payload is the JSON of an event or interaction under construction.
type Payload map[string]any

// JSON returns the payload's bytes.
func (p Payload) JSON() []byte {
	raw, err := json.Marshal(p)
	if err != nil {
		panic(err) // only values of this package's making
	}
	return raw
}

// Event wraps an inner event in a callback with a new event_id.
func (s *Server) Event(inner map[string]any) Payload {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Payload{
		"token": "verification-token", "team_id": Team, "api_app_id": AppID, "type": "event_callback",
		"event": inner, "event_id": fmt.Sprintf("Ev%d", s.next()), "event_time": 1700000000,
		"authorizations": []any{map[string]any{
			"enterprise_id": nil, "team_id": Team, "user_id": BotUser, "is_bot": true, "is_enterprise_install": false,
		}},
	}
}

func (s *Server) newTS() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ts()
}

// Mention is somebody mentioning the bot in a channel; thread is "" outside one.
func (s *Server) Mention(channel, thread, user, text string) Payload {
	inner := map[string]any{
		"type": "app_mention", "text": "<@" + BotUser + "> " + text, "user": user,
		"ts": s.newTS(), "team": Team, "channel": channel,
	}
	if thread != "" {
		inner["thread_ts"] = thread
	}
	return s.Event(inner)
}

// DM is a direct message to the bot.
func (s *Server) DM(channel, user, text string) Payload {
	return s.Event(map[string]any{
		"type": "message", "channel_type": "im", "text": text, "user": user,
		"ts": s.newTS(), "team": Team, "channel": channel,
	})
}

// HomeOpened is somebody opening a tab of the bot's page: "home" or "messages".
func (s *Server) HomeOpened(user, tab string) Payload {
	return s.Event(map[string]any{"type": "app_home_opened", "user": user, "channel": "D0FAKE", "tab": tab})
}

// Command is a slash command with a response URL.
func (s *Server) Command(channel, user, text string) url.Values {
	return url.Values{
		"token": {"verification-token"}, "team_id": {Team}, "team_domain": {"fake"}, "channel_id": {channel},
		"channel_name": {"general"}, "user_id": {user}, "user_name": {"somebody"}, "command": {"/career"},
		"text": {text}, "api_app_id": {AppID}, "is_enterprise_install": {"false"},
		"response_url": {s.ResponseURL()}, "trigger_id": {s.Trigger()},
	}
}

// CommandJSON is the form as Socket Mode carries it.
func CommandJSON(form url.Values) Payload {
	p := Payload{}
	for k := range form {
		p[k] = form.Get(k)
	}
	return p
}

// Interactive is an interaction of a type by a user, with a fresh trigger.
func (s *Server) Interactive(typ, user string) Payload {
	return Payload{
		"type": typ, "team": map[string]any{"id": Team, "domain": "fake"}, "api_app_id": AppID,
		"user":  map[string]any{"id": user, "username": "somebody", "team_id": Team},
		"token": "verification-token", "trigger_id": s.Trigger(), "enterprise": nil, "is_enterprise_install": false,
	}
}

// Tap is somebody tapping a button of a message in a channel. The action is the
// button as it was sent; an ephemeral message carries no message.
func (s *Server) Tap(channel, thread, user string, ephemeral bool, action map[string]any) Payload {
	p := s.Interactive("block_actions", user)
	ts := s.newTS()
	container := map[string]any{"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": ephemeral}
	if thread != "" {
		container["thread_ts"] = thread
	}
	p["container"] = container
	p["channel"] = map[string]any{"id": channel, "name": "general"}
	p["response_url"] = s.ResponseURL()
	if !ephemeral {
		m := map[string]any{"type": "message", "ts": ts, "user": BotUser, "bot_id": BotID, "text": "…"}
		if thread != "" {
			m["thread_ts"] = thread
		}
		p["message"] = m
	}
	p["actions"] = []any{action}
	return p
}

// TapView is somebody tapping a button of a view.
func (s *Server) TapView(user, viewType, viewID, hash string, action map[string]any) Payload {
	p := s.Interactive("block_actions", user)
	p["container"] = map[string]any{"type": "view", "view_id": viewID}
	p["view"] = map[string]any{"id": viewID, "type": viewType, "hash": hash, "private_metadata": "", "callback_id": ""}
	p["actions"] = []any{action}
	return p
}

// Submit is somebody submitting a modal; values maps block id to action id to
// the element's state.
func (s *Server) Submit(user, callback, viewID string, values map[string]any) Payload {
	p := s.Interactive("view_submission", user)
	p["view"] = map[string]any{
		"id": viewID, "type": "modal", "callback_id": callback, "hash": "h" + s.newTS(),
		"private_metadata": "", "state": map[string]any{"values": values},
	}
	p["response_urls"] = []any{}
	return p
}

// Actions returns the interactive elements of a message or view that was sent,
// as a tap on each would carry them: menus with their first option chosen.
func Actions(args map[string]any) []map[string]any {
	var out []map[string]any
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if id, ok := v["action_id"].(string); ok {
				a := map[string]any{"type": v["type"], "action_id": id, "block_id": "b", "action_ts": "1"}
				switch v["type"] {
				case "static_select":
					opts, _ := v["options"].([]any)
					if len(opts) > 0 {
						a["selected_option"] = opts[0]
					}
				case "feedback_buttons":
					b, _ := v["positive_button"].(map[string]any)
					a["value"] = b["value"]
				default:
					a["value"] = v["value"]
				}
				a["text"] = v["text"]
				out = append(out, a)
			}
			for _, key := range []string{"blocks", "elements", "accessory", "view"} {
				if e, ok := v[key]; ok {
					walk(e)
				}
			}
		}
	}
	walk(args)
	return out
}
