package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Call is a request to the Web API or, with Method "response_url", to a
// response URL.
type Call struct {
	Method string
	Token  string
	Args   map[string]any
	At     time.Time
	OK     bool   // it was carried out
	Hook   string // id of the response URL
}

// Text returns the text argument.
func (c Call) Text() string { s, _ := c.Args["text"].(string); return s }

// JSON returns the arguments as indented JSON.
func (c Call) JSON() string {
	raw, _ := json.MarshalIndent(c.Args, "", "  ")
	return string(raw)
}

// A Reply is a scripted answer to one call.
type Reply struct {
	Status int         // default 200
	Header http.Header // such as Retry-After
	Error  string      // sends {"ok":false,"error":…}
	Body   string      // sent as it is, wins over Error
	Cut    bool        // the connection ends without an answer
	Run    bool        // the call is carried out first: with Cut, its answer is lost
	Hang   bool        // nothing is answered until the caller gives up
}

// Script queues replies for the next calls of a method ("response_url" for
// response URLs). Calls past the queue are answered as usual.
func (s *Server) Script(method string, replies ...Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[method] = append(s.scripts[method], replies...)
}

// Calls returns the calls of the methods in order of arrival, of all methods
// when none is named.
func (s *Server) Calls(methods ...string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.calls {
		if len(methods) == 0 {
			out = append(out, c)
		}
		for _, m := range methods {
			if c.Method == m {
				out = append(out, c)
			}
		}
	}
	return out
}

// Sent returns what people got to see: posts that were carried out.
func (s *Server) Sent() []Call {
	var out []Call
	for _, c := range s.Calls("chat.postMessage", "chat.postEphemeral", "response_url") {
		if c.OK {
			out = append(out, c)
		}
	}
	return out
}

// Forget drops the record of calls.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// take records a call and returns its index and scripted reply.
func (s *Server) take(c Call) (int, *Reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.At = time.Now()
	s.calls = append(s.calls, c)
	s.change()
	queue := s.scripts[c.Method]
	if len(queue) == 0 {
		return len(s.calls) - 1, nil
	}
	s.scripts[c.Method] = queue[1:]
	return len(s.calls) - 1, &queue[0]
}

// done marks a call as carried out.
func (s *Server) done(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < len(s.calls) {
		s.calls[i].OK = true
	}
	s.change()
}

// play sends a scripted reply.
func play(w http.ResponseWriter, r *http.Request, rep *Reply) {
	if rep.Hang {
		<-r.Context().Done()
		return
	}
	if rep.Cut {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			conn.Close()
		}
		return
	}
	maps.Copy(w.Header(), rep.Header)
	status := rep.Status
	if status == 0 {
		status = http.StatusOK
	}
	body := rep.Body
	if body == "" && rep.Error != "" {
		body = fmt.Sprintf(`{"ok":false,"error":%q}`, rep.Error)
	}
	if status < 200 { // an informational status is no answer: Go would wait for one
		if conn, buf, err := http.NewResponseController(w).Hijack(); err == nil {
			fmt.Fprintf(buf, "HTTP/1.1 %d Odd\r\nConnection: close\r\n\r\n", status)
			buf.Flush()
			conn.Close()
		}
		return
	}
	w.WriteHeader(status)
	if status != http.StatusNoContent && status != http.StatusNotModified {
		io.WriteString(w, body)
	}
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	args, err := readArgs(r)
	if err != nil {
		s.problem("%s: %v", name, err)
		reply(w, "invalid_form_data", nil)
		return
	}
	token := strings.TrimSpace(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer"))
	if t, ok := args["token"].(string); ok {
		token = t
		delete(args, "token")
	}
	i, script := s.take(Call{Method: name, Token: token, Args: args})
	if script != nil && !script.Run {
		play(w, r, script)
		return
	}
	code, body := s.run(name, token, args, r)
	if code == "" {
		s.done(i)
	}
	if script != nil {
		play(w, r, script)
		return
	}
	reply(w, code, body)
}

// readArgs reads JSON or form arguments; JSON inside form values is decoded.
func readArgs(r *http.Request) (map[string]any, error) {
	if r.Method != http.MethodPost {
		return nil, fmt.Errorf("called with %s", r.Method)
	}
	args := map[string]any{}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind == "application/json" {
		raw, err := io.ReadAll(r.Body)
		if err != nil || len(raw) == 0 {
			return args, err
		}
		return args, json.Unmarshal(raw, &args)
	}
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	for k, v := range r.Form {
		args[k] = v[0]
		if k == "blocks" || k == "view" || k == "metadata" {
			var dec any
			if err := json.Unmarshal([]byte(v[0]), &dec); err != nil {
				return nil, fmt.Errorf("%s: %w", k, err)
			}
			args[k] = dec
		}
	}
	return args, nil
}

func reply(w http.ResponseWriter, code string, body map[string]any) {
	if body == nil {
		body = map[string]any{}
	}
	body["ok"] = code == ""
	if code != "" {
		body["error"] = code
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(body)
}

// run carries out a call and returns Slack's error code, or "" and the answer.
func (s *Server) run(name, token string, args map[string]any, r *http.Request) (string, map[string]any) {
	if err := s.checks.args(name, args); err != nil {
		s.problem("%s: %v", name, err)
		return "invalid_arg_name", nil
	}
	if name == "oauth.v2.access" {
		return s.oauthAccess(args, r)
	}
	s.mu.Lock()
	in, known := s.tokens[token]
	s.mu.Unlock()
	want := "bot"
	if name == "apps.connections.open" {
		want = "app"
	}
	switch {
	case token == "":
		return "not_authed", nil
	case !known:
		return "invalid_auth", nil
	case in.Kind != want && name != "auth.test":
		return "not_allowed_token_type", nil
	}
	switch name {
	case "auth.test":
		return "", map[string]any{
			"url": "https://fake.slack.com/", "team": "Fake", "user": "careerbot", "team_id": in.Team,
			"user_id": BotUser, "bot_id": BotID, "enterprise_id": in.Enterprise,
		}
	case "apps.connections.open":
		return "", map[string]any{"url": s.ticket()}
	case "chat.postMessage", "chat.postEphemeral", "chat.update":
		return s.chat(name, args)
	case "views.open", "views.push", "views.update", "views.publish":
		return s.view(name, args)
	case "conversations.open":
		return "", map[string]any{"channel": map[string]any{"id": "D0FAKE"}}
	case "auth.revoke":
		s.RevokeToken(token)
		return "", map[string]any{"revoked": true}
	}
	return "unknown_method", nil
}

func (s *Server) chat(name string, args map[string]any) (string, map[string]any) {
	if code, err := s.checks.checkMessage(args); err != nil {
		s.problem("%s: %v", name, err)
		return code, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ts, _ := args["ts"].(string)
	if ts == "" {
		ts = s.ts()
	}
	body := map[string]any{"channel": args["channel"], "ts": ts}
	if name == "chat.postEphemeral" {
		body = map[string]any{"message_ts": ts}
	}
	return "", body
}

// Trigger issues a trigger id; it lives for 3 seconds and opens one view.
func (s *Server) Trigger() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("111.222.trigger%d", s.next())
	s.triggers[id] = s.Now()
	return id
}

// spend uses up a trigger id. An id the server did not issue is taken as fresh,
// so that recorded payloads work. The caller holds the lock.
func (s *Server) spend(id string) string {
	at, issued := s.triggers[id]
	s.triggers[id] = time.Time{}
	switch {
	case id == "":
		return "invalid_trigger_id"
	case issued && at.IsZero():
		return "exchanged_trigger_id"
	case issued && s.Now().Sub(at) > 3*time.Second:
		return "expired_trigger_id"
	}
	return ""
}

func (s *Server) view(name string, args map[string]any) (string, map[string]any) {
	if err := s.checks.checkView(args["view"]); err != nil {
		s.problem("%s: %v", name, err)
		return "invalid_arguments", nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var id string
	switch name {
	case "views.open", "views.push":
		trigger, _ := args["trigger_id"].(string)
		if code := s.spend(trigger); code != "" {
			return code, nil
		}
		id = fmt.Sprintf("V%d", s.next())
	case "views.update":
		id, _ = args["view_id"].(string)
		if id == "" {
			return "not_found", nil
		}
	case "views.publish":
		user, _ := args["user_id"].(string)
		id = "home:" + user
	}
	if want, ok := args["hash"].(string); ok && s.views[id] != "" && s.views[id] != want {
		return "hash_conflict", nil
	}
	hash := "hash" + strconv.FormatInt(s.next(), 10)
	s.views[id] = hash
	view, _ := args["view"].(map[string]any)
	out := maps.Clone(view)
	out["id"], out["hash"] = id, hash
	return "", map[string]any{"view": out}
}

// OAuthCode issues a code that oauth.v2.access exchanges once.
func (s *Server) OAuthCode(in Installed) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := fmt.Sprintf("code-%d", s.next())
	s.codes[code] = in
	return code
}

// oauthAccess exchanges a code or a refresh token for a bot token. Both are good
// for one use.
func (s *Server) oauthAccess(args map[string]any, r *http.Request) (string, map[string]any) {
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, _ = args["client_id"].(string)
		secret, _ = args["client_secret"].(string)
	}
	if id != ClientID {
		return "invalid_client_id", nil
	}
	if secret != ClientSecret {
		return "bad_client_secret", nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var in Installed
	if args["grant_type"] == "refresh_token" {
		old, found := s.refresh(args["refresh_token"])
		if !found {
			return "invalid_refresh_token", nil
		}
		in = old
	} else {
		code, _ := args["code"].(string)
		if in, ok = s.codes[code]; !ok {
			return "invalid_code", nil
		}
		delete(s.codes, code)
	}
	token := fmt.Sprintf("xoxb-oauth-%d", s.next())
	in.Kind = "bot"
	body := map[string]any{
		"access_token": token, "token_type": "bot", "scope": "commands,chat:write,app_mentions:read,im:history",
		"bot_user_id": BotUser, "app_id": AppID, "team": nil, "enterprise": nil,
		"is_enterprise_install": in.Team == "", "authed_user": map[string]any{"id": "U0ADMIN"},
	}
	if in.Team != "" {
		body["team"] = map[string]any{"id": in.Team, "name": "Fake"}
	}
	if in.Enterprise != "" {
		body["enterprise"] = map[string]any{"id": in.Enterprise, "name": "Fake org"}
	}
	if in.RefreshToken != "" {
		in.RefreshToken = fmt.Sprintf("xoxe-1-refresh-%d", s.next())
		body["refresh_token"], body["expires_in"] = in.RefreshToken, in.ExpiresIn
	}
	s.tokens[token] = in
	return "", body
}

// refresh finds and uses up a refresh token; the caller holds the lock.
func (s *Server) refresh(token any) (Installed, bool) {
	for t, in := range s.tokens {
		if in.RefreshToken != "" && in.RefreshToken == token {
			delete(s.tokens, t)
			return in, true
		}
	}
	return Installed{}, false
}
