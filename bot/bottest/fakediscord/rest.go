package fakediscord

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Routes of the REST interface, as [Request.Route] and [Fault.Route] name them.
const (
	RouteGatewayBot = "/gateway/bot"
	RouteMe         = "/users/@me"
	RouteCommands   = "/applications/{id}/commands"
	RouteCallback   = "/interactions/{id}/{token}/callback"
	RouteOriginal   = "/webhooks/{id}/{token}/messages/@original"
	RouteFollowUp   = "/webhooks/{id}/{token}"
	RouteMessages   = "/channels/{id}/messages"
	RouteMessage    = "/channels/{id}/messages/{message}"
	RouteDMs        = "/users/@me/channels"
)

const apiPrefix = "/api/v10"

// call is one REST request being answered.
type call struct {
	r    *http.Request
	id   string // first path parameter
	tok  string // interaction token
	body []byte // of a form, its payload_json
	json map[string]any

	files []File
}

// reply is an answer of the REST interface.
type reply struct {
	status int
	body   any // nil for none
}

func fail(status, code int, message string) reply {
	return reply{status, map[string]any{"code": code, "message": message}}
}

// routes serves the gateway on every other path than the REST interface's, as
// Discord's gateway is another host.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	handle := func(method, route string, bot bool, do func(*call) reply) {
		mux.HandleFunc(method+" "+apiPrefix+strings.ReplaceAll(route, "@original", "{original}"), func(w http.ResponseWriter, r *http.Request) {
			if o := r.PathValue("original"); o != "" && o != "@original" {
				http.NotFound(w, r)
				return
			}
			s.serve(w, r, route, bot, do)
		})
	}
	handle("GET", RouteGatewayBot, true, s.gatewayBot)
	handle("GET", RouteMe, true, s.me)
	handle("GET", RouteCommands, true, s.getCommands)
	handle("PUT", RouteCommands, true, s.putCommands)
	handle("POST", RouteCallback, false, s.callback)
	handle("GET", RouteOriginal, false, s.original)
	handle("PATCH", RouteOriginal, false, s.original)
	handle("POST", RouteFollowUp, false, s.followUp)
	handle("POST", RouteMessages, true, s.createMessage)
	handle("PATCH", RouteMessage, true, s.editMessage)
	handle("POST", RouteDMs, true, s.createDM)
	mux.HandleFunc(apiPrefix+"/", func(w http.ResponseWriter, r *http.Request) {
		s.problem("no such route: %s %s", r.Method, r.URL.Path)
		write(w, fail(404, 0, "404: Not Found"))
	})
	mux.HandleFunc("/", s.upgrade)
	return mux
}

// serve reads, records, checks and answers one request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, route string, bot bool, do func(*call) reply) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away
	}
	n := s.record(r, route, body)
	f := s.takeFault(r.Method, route)
	if f != nil && f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return
		}
		if f.Status == 0 && f.Cut == 0 {
			f = nil // slow, nothing worse
		}
	}
	if f != nil && !f.After {
		s.misbehave(w, f, n)
		return
	}
	c := &call{r: r, id: r.PathValue("id"), tok: r.PathValue("token"), body: body}
	out := s.answer(c, route, bot, do)
	if f != nil {
		s.misbehave(w, f, n)
		return
	}
	s.change(func() { s.requests[n].Status = out.status })
	for _, p := range s.check.response(r, body, out) {
		s.problem("the fake's own answer to %s %s: %s", r.Method, route, p)
	}
	write(w, out)
}

func (s *Server) record(r *http.Request, route string, body []byte) int {
	req := Request{Method: r.Method, Route: route, Path: r.URL.Path, Auth: r.Header.Get("Authorization"), At: time.Now()}
	if s.keepBodies {
		req.Body = body
	}
	n := 0
	s.change(func() { n = len(s.requests); s.requests = append(s.requests, req) })
	return n
}

// answer checks the request as Discord does and does what it asks.
func (s *Server) answer(c *call, route string, bot bool, do func(*call) reply) reply {
	if bot && c.r.Header.Get("Authorization") != "Bot "+Token {
		return fail(401, 0, "401: Unauthorized")
	}
	if !strings.HasPrefix(c.r.UserAgent(), "DiscordBot (") {
		s.problem("%s %s: user agent %q is not of the required form", c.r.Method, route, c.r.UserAgent())
	}
	if len(c.body) > 0 {
		if err := c.form(); err != nil {
			s.problem("%s %s: %v", c.r.Method, route, err)
		}
		if ct := c.r.Header.Get("Content-Type"); ct != "application/json" {
			s.problem("%s %s: content type %q", c.r.Method, route, ct)
		}
		if err := json.Unmarshal(c.body, &c.json); err != nil && c.body[0] == '{' {
			return fail(400, 50109, "The request body contains invalid JSON.")
		}
	}
	problems := append(s.check.request(c.r, c.body), checkBody(route, c.json)...)
	problems = append(problems, checkFiles(c.json, c.files)...)
	if len(problems) > 0 {
		for _, p := range problems {
			s.problem("%s %s: %s", c.r.Method, route, p)
		}
		return reply{400, map[string]any{"code": 50035, "message": "Invalid Form Body", "errors": map[string]any{}}}
	}
	return do(c)
}

// misbehave answers with a fault.
func (s *Server) misbehave(w http.ResponseWriter, f *Fault, n int) {
	body := f.Body
	if f.Cut != 0 {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		text := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		io.WriteString(conn, text[:min(max(0, f.Cut), len(text))])
		conn.Close()
		return
	}
	s.change(func() { s.requests[n].Status = f.Status })
	w.Header().Set("Content-Type", "application/json")
	for k, v := range f.Header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(f.Status)
	io.WriteString(w, body)
}

func write(w http.ResponseWriter, out reply) {
	if out.body == nil {
		w.WriteHeader(out.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(out.status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(out.body)
}

func (s *Server) gatewayBot(*call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return reply{200, map[string]any{
		"url": "ws" + strings.TrimPrefix(s.base, "http"), "shards": s.shards,
		"session_start_limit": map[string]any{"total": 1000, "remaining": s.remaining, "reset_after": 60_000, "max_concurrency": s.identify},
	}}
}

func (s *Server) me(*call) reply {
	me := user(BotID, "careerbot", true)
	me["mfa_enabled"], me["locale"], me["verified"], me["email"] = true, "en-US", true, nil
	return reply{200, me}
}

// user is a user as responses show one.
func user(id, name string, bot bool) map[string]any {
	return map[string]any{
		"id": id, "username": name, "avatar": nil, "discriminator": "0", "public_flags": 0, "flags": 0,
		"global_name": nil, "primary_guild": nil, "bot": bot,
	}
}

func (s *Server) getCommands(c *call) reply {
	if c.id != ApplicationID {
		return fail(403, 50001, "Missing Access")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []any{}
	for _, cmd := range s.commands {
		shown := clone(cmd).(map[string]any)
		if c.r.URL.Query().Get("with_localizations") != "true" {
			dropKeys(shown, "name_localizations", "description_localizations")
		}
		out = append(out, shown)
	}
	return reply{200, out}
}

// putCommands replaces all commands and shows them with the defaults that
// Discord fills in.
func (s *Server) putCommands(c *call) reply {
	var in []map[string]any
	if err := json.Unmarshal(c.body, &in); err != nil || c.id != ApplicationID {
		return fail(400, 50035, "Invalid Form Body")
	}
	for _, p := range checkCommands(in) {
		s.problem("PUT commands: %s", p)
	}
	s.change(func() {
		s.commandsSet++
		s.commands = nil
		for _, cmd := range in {
			full := map[string]any{
				"id": s.newID(), "application_id": ApplicationID, "version": s.newID(), "default_member_permissions": nil,
				"type": 1, "description": "", "dm_permission": true, "contexts": nil, "integration_types": []any{0}, "nsfw": false,
				"name_localizations": nil, "description_localizations": nil,
			}
			for k, v := range cmd {
				full[k] = v
			}
			s.commands = append(s.commands, full)
		}
	})
	return s.getCommands(c)
}

// Commands returns the registered commands and how often they were set.
func (s *Server) Commands() ([]map[string]any, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands, s.commandsSet
}

func (s *Server) createDM(c *call) reply {
	id, _ := c.json["recipient_id"].(string)
	return reply{200, map[string]any{"id": DMOf(id), "type": 1, "flags": 0, "recipients": []any{user(id, "someone", false)}}}
}

// DMOf is the channel of a person's direct messages with the bot.
func DMOf(person string) string { return "9" + person }

// editMessage changes a message that the bot posted.
func (s *Server) editMessage(c *call) reply {
	id, found := c.r.PathValue("message"), false
	s.change(func() {
		for n := range s.replies {
			if r := &s.replies[n]; r.Message == id && !r.Ephemeral {
				r.Data, r.Files, r.Edits, found = s.keep(c.body), c.files, r.Edits+1, true
			}
		}
	})
	if !found {
		return fail(404, 10008, "Unknown Message")
	}
	return reply{200, message(id, c.id, c.json)}
}

// createMessage posts to a channel; a nonce that is enforced is honoured.
func (s *Server) createMessage(c *call) reply {
	if nonce, ok := c.json["nonce"].(string); ok && c.json["enforce_nonce"] == true {
		s.mu.Lock()
		id := s.nonces[c.id+"/"+nonce]
		s.mu.Unlock()
		if id != "" {
			return reply{200, message(id, c.id, c.json)}
		}
	}
	source := ""
	if ref, ok := c.json["message_reference"].(map[string]any); ok {
		source, _ = ref["message_id"].(string)
	}
	id := s.ID()
	s.change(func() {
		if nonce, ok := c.json["nonce"].(string); ok {
			s.nonces[c.id+"/"+nonce] = id
		}
		s.replies = append(s.replies, Reply{At: time.Now(), Source: source, Channel: c.id, Message: id, Route: RouteMessages, Data: s.keep(c.body), Files: c.files})
	})
	return reply{200, message(id, c.id, c.json)}
}

func (s *Server) keep(body []byte) json.RawMessage {
	if !s.keepBodies {
		return nil
	}
	return bytes.Clone(body)
}

// message is a posted message as responses show one.
func message(id, channel string, in map[string]any) map[string]any {
	m := map[string]any{
		"type": 0, "content": "", "mentions": []any{}, "mention_roles": []any{}, "attachments": []any{}, "embeds": []any{},
		"timestamp": "2026-01-01T00:00:00.000000+00:00", "edited_timestamp": nil, "flags": 0, "components": []any{},
		"id": id, "channel_id": channel, "author": user(BotID, "careerbot", true), "pinned": false, "mention_everyone": false, "tts": false,
	}
	for _, k := range []string{"content", "flags", "nonce"} {
		if v, ok := in[k]; ok && v != nil {
			m[k] = v
		}
	}
	if list, ok := in["embeds"].([]any); ok {
		for _, e := range list {
			shown := clone(e).(map[string]any)
			shown["type"] = "rich"
			m["embeds"] = append(m["embeds"].([]any), shown)
		}
	}
	if list, ok := in["attachments"].([]any); ok {
		for _, v := range list {
			a, _ := v.(map[string]any)
			m["attachments"] = append(m["attachments"].([]any), map[string]any{
				"id": "1", "filename": a["filename"], "description": a["description"], "size": 1, "content_type": "image/png",
				"url": "https://cdn.discord.test/a.png", "proxy_url": "https://cdn.discord.test/a.png",
			})
		}
	}
	if list, ok := in["components"].([]any); ok {
		n := 0
		m["components"] = showComponents(list, &n)
	}
	return m
}

// showComponents returns components with the ids and defaults Discord fills in.
func showComponents(list []any, n *int) []any {
	out := []any{}
	for _, v := range list {
		c, ok := clone(v).(map[string]any)
		if !ok {
			continue
		}
		*n++
		c["id"] = *n
		kind, _ := c["type"].(float64)
		for k, d := range map[int]map[string]any{
			3:  {"min_values": 1, "max_values": 1, "disabled": false},
			14: {"spacing": 1, "divider": true},
			17: {"accent_color": nil, "spoiler": false},
		}[int(kind)] {
			if _, ok := c[k]; !ok {
				c[k] = d
			}
		}
		if items, ok := c["items"].([]any); ok {
			for _, v := range items {
				item, _ := v.(map[string]any)
				item["spoiler"], item["media"] = false, map[string]any{
					"id": "1", "url": "https://cdn.discord.test/a.png", "proxy_url": "https://cdn.discord.test/a.png", "width": 1, "height": 1, "content_type": "image/png",
				}
			}
		}
		if inner, ok := c["components"].([]any); ok {
			c["components"] = showComponents(inner, n)
		}
		out = append(out, c)
	}
	return out
}

// clone copies decoded JSON.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = clone(x)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = clone(x)
		}
		return l
	}
	return v
}

// dropKeys removes keys at every depth.
func dropKeys(v any, keys ...string) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range keys {
			delete(v, k)
		}
		for _, x := range v {
			dropKeys(x, keys...)
		}
	case []any:
		for _, x := range v {
			dropKeys(x, keys...)
		}
	}
}
