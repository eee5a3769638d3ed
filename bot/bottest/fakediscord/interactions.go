package fakediscord

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// Interaction types.
const (
	Ping         = 1
	Command      = 2
	Component    = 3
	Autocomplete = 4
	Modal        = 5
)

// An Interaction is what a person did, to be sent to the bot. Zero fields are
// filled in: a slash command in a server's channel.
type Interaction struct {
	ID, Token     string
	Type          int
	Data          any
	Guild         string // "" with DM set
	DM            bool
	Group         bool // with DM: a private channel of several people
	Channel       string
	Parent        string // the channel a thread hangs on; set for a thread
	User          string
	Locale        string
	Message       any      // of a component
	UserInstalled bool     // the person added the app, the server did not
	Manager       bool     // the person may manage the server
	Roles         []string // of the person in the server
}

type interaction struct {
	token    string
	kind     int
	arrived  time.Time
	answered bool
	deferred bool
	hidden   bool // deferred as ephemeral
	message  string
	channel  string
}

// A Reply is a message that someone in Discord can see.
type Reply struct {
	Source    string // interaction or message it replies to
	Channel   string
	Message   string
	Route     string // how it arrived; "inline" for the body of an HTTP response
	Ephemeral bool
	Edits     int
	Update    bool // it replaced the message whose component was used
	At        time.Time
	Data      json.RawMessage // the message as sent
	Files     []File          // what is attached to it
}

// A Form is what opened in front of a person.
type Form struct {
	Source string // the interaction that opened it
	Data   json.RawMessage
}

// Forms returns all forms that were opened so far, in order.
func (s *Server) Forms() []Form {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Form(nil), s.forms...)
}

// Replies returns all visible replies so far, in order.
func (s *Server) Replies() []Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Reply(nil), s.replies...)
}

// RepliesTo returns the visible replies to an interaction or message.
func (s *Server) RepliesTo(source string) []Reply {
	var out []Reply
	for _, r := range s.Replies() {
		if r.Source == source {
			out = append(out, r)
		}
	}
	return out
}

// NewInteraction fills in what is missing and makes the interaction known.
func (s *Server) NewInteraction(i Interaction) Interaction {
	if i.ID == "" {
		i.ID = s.ID()
	}
	if i.Token == "" {
		i.Token = "aW50ZXJhY3Rpb24-canary-" + i.ID
	}
	if i.Type == 0 {
		i.Type = Command
	}
	if i.Guild == "" && !i.DM {
		i.Guild = "200000000000000001"
	}
	if i.Channel == "" {
		i.Channel = "300000000000000001"
	}
	if i.User == "" {
		i.User = "400000000000000001"
	}
	if i.Locale == "" {
		i.Locale = "en-US"
	}
	s.change(func() {
		s.tokens[i.Token] = i.ID
		s.interactions[i.ID] = &interaction{token: i.Token, kind: i.Type, arrived: time.Now(), channel: i.Channel}
	})
	return i
}

// JSON is the interaction as Discord sends it.
func (i Interaction) JSON() []byte {
	person := map[string]any{"id": i.User, "username": "someone", "discriminator": "0", "global_name": "Some One", "avatar": nil, "public_flags": 0}
	channel := map[string]any{"id": i.Channel, "type": 0, "name": "general"}
	if i.Parent != "" {
		channel["type"], channel["parent_id"] = 11, i.Parent
	}
	m := map[string]any{
		"id": i.ID, "application_id": ApplicationID, "type": i.Type, "token": i.Token, "version": 1,
		"channel_id": i.Channel, "channel": channel, "locale": i.Locale, "app_permissions": "562949953601536",
		"entitlements": []any{}, "attachment_size_limit": 10485760, "context": 0,
		"authorizing_integration_owners": map[string]string{"0": i.Guild},
	}
	if i.UserInstalled {
		m["authorizing_integration_owners"] = map[string]string{"1": i.User}
	}
	if i.DM {
		channel["type"], m["context"], m["user"] = 1, 1, person
		if i.Group {
			channel["type"], m["context"] = 3, 2
		}
		if !i.UserInstalled {
			m["authorizing_integration_owners"] = map[string]string{"0": "0"}
		}
	} else {
		m["guild_id"], m["guild_locale"] = i.Guild, "en-US"
		m["guild"] = map[string]any{"id": i.Guild, "locale": "en-US", "features": []any{}}
		permissions := "562949953601536"
		if i.Manager {
			permissions = "562949953601568"
		}
		m["member"] = map[string]any{"user": person, "roles": append([]string{}, i.Roles...), "permissions": permissions, "joined_at": "2024-01-01T00:00:00+00:00"}
	}
	if i.Data != nil {
		m["data"] = i.Data
	}
	if i.Message != nil {
		m["message"] = i.Message
	}
	if i.Type == Ping {
		m = map[string]any{"id": i.ID, "application_id": ApplicationID, "type": Ping, "token": i.Token, "version": 1}
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // a test's own data
	}
	return b
}

// Interact sends an interaction over the gateway and returns it with its id.
func (s *Server) Interact(i Interaction) Interaction {
	i = s.NewInteraction(i)
	s.Dispatch("INTERACTION_CREATE", json.RawMessage(i.JSON()))
	return i
}

// Sign returns a request as Discord sends it to an interactions endpoint.
func (s *Server) Sign(body []byte) *http.Request {
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	r := httptest.NewRequest("POST", "/discord/interactions", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Signature-Timestamp", stamp)
	r.Header.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(s.private, append([]byte(stamp), body...))))
	return r
}

// Post sends an interaction to an HTTP endpoint, checks the inline response as
// Discord would and returns it.
func (s *Server) Post(h http.Handler, i Interaction) (Interaction, *httptest.ResponseRecorder) {
	i = s.NewInteraction(i)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, s.Sign(i.JSON()))
	if w.Code != http.StatusOK {
		return i, w
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/json" {
		s.problem("inline response: content type %q", ct)
	}
	body := w.Body.Bytes()
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		s.problem("inline response is not JSON: %v", err)
		return i, w
	}
	path := fmt.Sprintf("%s%s/interactions/%s/%s/callback", s.base, apiPrefix, i.ID, i.Token)
	r := httptest.NewRequest("POST", path, bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	for _, p := range append(s.check.request(r, body), checkBody(RouteCallback, in)...) {
		s.problem("inline response: %s", p)
	}
	s.accept(i.ID, in, "inline", nil)
	return i, w
}

// callback takes the first response to an interaction.
func (s *Server) callback(c *call) reply {
	s.mu.Lock()
	i := s.interactions[c.id]
	s.mu.Unlock()
	if i == nil || i.token != c.tok || time.Since(i.arrived) > responseWindow {
		return fail(404, 10062, "Unknown interaction")
	}
	if !s.accept(c.id, c.json, RouteCallback, c.files) {
		return fail(400, 40060, "Interaction has already been acknowledged.")
	}
	return reply{204, nil}
}

// accept notes a first response; it reports false for a second one.
func (s *Server) accept(id string, in map[string]any, route string, files []File) bool {
	kind, _ := in["type"].(float64)
	data, _ := in["data"].(map[string]any)
	raw, _ := json.Marshal(data)
	first := false
	s.change(func() {
		i := s.interactions[id]
		if i.answered {
			return
		}
		first, i.answered, i.message = true, true, s.newID()
		flags, _ := data["flags"].(float64)
		switch int(kind) {
		case 5, 6:
			i.deferred, i.hidden = true, int(flags)&64 != 0
		case 9:
			s.forms = append(s.forms, Form{id, raw})
		case 4, 7:
			s.replies = append(s.replies, Reply{
				At: time.Now(), Source: id, Channel: i.channel, Message: i.message, Route: route, Ephemeral: int(flags)&64 != 0,
				Update: kind == 7, Data: s.keep(raw), Files: files,
			})
		}
	})
	if kind == 9 {
		s.mu.Lock()
		if s.interactions[id].kind == Modal {
			s.problems = append(s.problems, "a form in answer to a form")
		}
		s.mu.Unlock()
	}
	if wrong := map[int]string{1: "a pong to", 8: "autocomplete choices for"}[int(kind)]; wrong != "" && first {
		s.mu.Lock()
		k := s.interactions[id].kind
		s.mu.Unlock()
		if (kind == 1) != (k == Ping) || (kind == 8) != (k == Autocomplete) {
			s.problem("%s an interaction of type %d", wrong, k)
		}
	}
	return first
}

// byToken finds an interaction whose token still serves.
func (s *Server) byToken(token string) (string, *interaction) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.tokens[token]
	if i := s.interactions[id]; i != nil && time.Since(i.arrived) < tokenLife {
		return id, i
	}
	return "", nil
}

// original reads or edits the first response.
func (s *Server) original(c *call) reply {
	id, i := s.byToken(c.tok)
	if i == nil {
		return fail(401, 50027, "Invalid Webhook Token")
	}
	if !i.answered {
		return fail(404, 10015, "Unknown Webhook")
	}
	if c.r.Method == "PATCH" {
		s.change(func() {
			for n := range s.replies {
				if s.replies[n].Message == i.message {
					s.replies[n].Data, s.replies[n].Files, s.replies[n].Edits = s.keep(c.body), c.files, s.replies[n].Edits+1
					return
				}
			}
			s.replies = append(s.replies, Reply{At: time.Now(), Source: id, Channel: i.channel, Message: i.message, Route: RouteOriginal, Ephemeral: i.hidden, Data: s.keep(c.body), Files: c.files})
		})
	}
	return reply{200, message(i.message, i.channel, c.json)}
}

// followUp posts another message with an interaction's token.
func (s *Server) followUp(c *call) reply {
	id, i := s.byToken(c.tok)
	if i == nil {
		return fail(401, 50027, "Invalid Webhook Token")
	}
	if !i.answered {
		return fail(404, 10015, "Unknown Webhook")
	}
	msg := s.ID()
	flags, _ := c.json["flags"].(float64)
	s.change(func() {
		s.replies = append(s.replies, Reply{
			At: time.Now(), Source: id, Channel: i.channel, Message: msg, Route: RouteFollowUp, Ephemeral: int(flags)&64 != 0, Data: s.keep(c.body), Files: c.files,
		})
	})
	return reply{200, message(msg, i.channel, c.json)}
}
