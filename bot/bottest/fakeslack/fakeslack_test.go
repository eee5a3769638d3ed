package fakeslack

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call calls a method and returns Slack's answer.
func call(t *testing.T, s *Server, method, token, args string) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+method, strings.NewReader(args))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return map[string]any{"cut": true}
	}
	defer resp.Body.Close()
	out := map[string]any{"status": resp.StatusCode}
	json.NewDecoder(resp.Body).Decode(&out)
	return out
}

func TestWebAPIRefusesWhatSlackWould(t *testing.T) {
	if os.Getenv("CAREERBOT_SHARED") == "" {
		t.Skip("SKIPPED: set CAREERBOT_SHARED to the folder of recorded Slack data")
	}
	s := New(t)
	s.AllowProblems()
	block := func(b string) string { return `{"channel":"C1","text":"x","blocks":[` + b + `]}` }
	long := strings.Repeat("x", 151)
	for _, tc := range []struct{ name, method, token, args, want string }{
		{"a message", "chat.postMessage", BotToken, `{"channel":"C1","text":"hi"}`, ""},
		{"no token", "chat.postMessage", "", `{"channel":"C1","text":"hi"}`, "not_authed"},
		{"a stranger's token", "chat.postMessage", "xoxb-1", `{"channel":"C1","text":"hi"}`, "invalid_auth"},
		{"the app's token", "chat.postMessage", AppToken, `{"channel":"C1","text":"hi"}`, "not_allowed_token_type"},
		{"the bot's token for a link", "apps.connections.open", BotToken, `{}`, "not_allowed_token_type"},
		{"no channel", "chat.postMessage", BotToken, `{"text":"hi"}`, "invalid_arg_name"},
		{"an argument that is none", "chat.postEphemeral", BotToken, `{"channel":"C1","user":"U","text":"hi","unfurl_links":false}`, "invalid_arg_name"},
		{"no text", "chat.postMessage", BotToken, `{"channel":"C1"}`, "invalid_blocks"},
		{"a long header", "chat.postMessage", BotToken, block(`{"type":"header","text":{"type":"plain_text","text":"` + long + `"}}`), "invalid_blocks"},
		{"an unknown field", "chat.postMessage", BotToken, block(`{"type":"divider","color":"red"}`), "invalid_blocks"},
		{"one action id twice", "chat.postMessage", BotToken, block(strings.Repeat(`{"type":"actions","elements":[{"type":"button","action_id":"a","text":{"type":"plain_text","text":"x"}}]},`, 2) + `{"type":"divider"}`), "invalid_blocks"},
		{"two tables", "chat.postMessage", BotToken, block(strings.Repeat(`{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]},`, 2) + `{"type":"divider"}`), "invalid_blocks"},
		{"too much in all", "chat.postMessage", BotToken, block(strings.Repeat(`{"type":"section","text":{"type":"plain_text","text":"`+strings.Repeat("x", 2990)+`"}},`, 5) + `{"type":"divider"}`), "msg_blocks_too_long"},
		{"an unknown method", "chat.shout", BotToken, `{}`, "invalid_arg_name"},
		{"a modal with an input and no submit", "views.open", BotToken, `{"trigger_id":"1","view":{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[{"type":"input","label":{"type":"plain_text","text":"l"},"element":{"type":"plain_text_input"}}]}}`, "invalid_arguments"},
		{"a modal", "views.open", BotToken, `{"trigger_id":"2","view":{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[{"type":"divider"}]}}`, ""},
		{"its trigger again", "views.open", BotToken, `{"trigger_id":"2","view":{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[{"type":"divider"}]}}`, "exchanged_trigger_id"},
	} {
		got := call(t, s, tc.method, tc.token, tc.args)
		if code, _ := got["error"].(string); code != tc.want {
			t.Errorf("%s: %v, want %q", tc.name, got, tc.want)
		}
	}
	if n := len(s.Problems()); n < 8 {
		t.Errorf("only %d problems are noted", n)
	}
}

func TestTriggersAndHashesAge(t *testing.T) {
	s := New(t)
	now := time.Now()
	s.Now = func() time.Time { return now }
	view := `"view":{"type":"modal","title":{"type":"plain_text","text":"t"},"blocks":[{"type":"divider"}]}}`
	old := s.Trigger()
	now = now.Add(4 * time.Second)
	if got := call(t, s, "views.open", BotToken, `{"trigger_id":"`+old+`",`+view); got["error"] != "expired_trigger_id" {
		t.Errorf("got %v", got)
	}
	home := `{"user_id":"U1","hash":"%","view":{"type":"home","blocks":[{"type":"divider"}]}}`
	call(t, s, "views.publish", BotToken, strings.Replace(home, `"hash":"%",`, "", 1))
	if got := call(t, s, "views.publish", BotToken, home); got["error"] != "hash_conflict" {
		t.Errorf("got %v", got)
	}
}

func TestScripts(t *testing.T) {
	s := New(t)
	s.Script("chat.postMessage", Reply{Error: "is_archived"}, Reply{Status: 429, Header: http.Header{"Retry-After": {"7"}}},
		Reply{Cut: true}, Reply{Cut: true, Run: true})
	args := `{"channel":"C1","text":"hi"}`
	if got := call(t, s, "chat.postMessage", BotToken, args); got["error"] != "is_archived" {
		t.Error(got)
	}
	if got := call(t, s, "chat.postMessage", BotToken, args); got["status"] != 429 {
		t.Error(got)
	}
	for range 2 {
		if got := call(t, s, "chat.postMessage", BotToken, args); got["cut"] != true {
			t.Error(got)
		}
	}
	if sent := s.Sent(); len(sent) != 1 || len(s.Calls()) != 4 {
		t.Errorf("%d sent of %d", len(sent), len(s.Calls()))
	}
}

func TestResponseURLHasFiveUses(t *testing.T) {
	s := New(t)
	now := time.Now()
	s.Now = func() time.Time { return now }
	post := func(u string) (int, string) {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Post(u, "application/json", strings.NewReader(`{"text":"hi"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		raw, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, strings.TrimSpace(string(raw))
	}
	u := s.ResponseURL()
	for range 5 {
		if status, body := post(u); status != 200 || body != "ok" {
			t.Fatal(status, body)
		}
	}
	if status, body := post(u); status != 404 || body != "used_url" {
		t.Error(status, body)
	}
	if n := len(s.Posts(u)); n != 5 {
		t.Errorf("%d posts", n)
	}
	late := s.ResponseURL()
	now = now.Add(31 * time.Minute)
	if status, body := post(late); status != 404 || body != "expired_url" {
		t.Error(status, body)
	}
}

// dial opens a link as a bot does.
func dial(t *testing.T, s *Server) *websocket.Conn {
	t.Helper()
	url, _ := call(t, s, "apps.connections.open", AppToken, `{}`)["url"].(string)
	ws, _, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.Close() })
	if hello := next(t, ws); hello["type"] != "hello" {
		t.Fatalf("greeted with %v", hello)
	}
	if _, _, err := websocket.DefaultDialer.DialContext(t.Context(), url, nil); err == nil {
		t.Error("a ticket is good twice")
	}
	return ws
}

func next(t *testing.T, ws *websocket.Conn) map[string]any {
	t.Helper()
	ws.SetReadDeadline(time.Now().Add(5 * time.Second))
	var m map[string]any
	if err := ws.ReadJSON(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSocketRedeliversUntilAcknowledged(t *testing.T) {
	s := New(t)
	s.AckTimeout, s.RetryGaps = 50*time.Millisecond, []time.Duration{0, 0}
	var pings atomic.Int32
	s.PingEvery = 5 * time.Millisecond
	ws := dial(t, s)
	ws.SetPingHandler(func(string) error { pings.Add(1); return nil })
	d := s.Send("events_api", s.DM("D1", "U1", "hi"))
	first := next(t, ws)
	second := next(t, ws)
	if first["retry_attempt"] != 0.0 || second["retry_attempt"] != 1.0 || first["envelope_id"] == second["envelope_id"] {
		t.Errorf("sent %v, then %v", first["retry_attempt"], second["retry_attempt"])
	}
	ws.WriteJSON(map[string]any{"envelope_id": second["envelope_id"]})
	<-d.Acked()
	if d.Attempts() != 2 {
		t.Errorf("%d attempts", d.Attempts())
	}
	s.Disconnect("warning")
	if m := next(t, ws); m["type"] != "disconnect" || m["reason"] != "warning" {
		t.Errorf("got %v", m)
	}
	if pings.Load() == 0 {
		t.Error("no pings")
	}
}

func TestBadAcknowledgementsAreProblems(t *testing.T) {
	s := New(t)
	s.AllowProblems()
	ws := dial(t, s)
	d := s.Send("slash_commands", CommandJSON(s.Command("C1", "U1", "hi")))
	env := next(t, ws)
	if env["accepts_response_payload"] != true {
		t.Error("a command takes an answer")
	}
	ws.WriteJSON(map[string]any{"envelope_id": "nonsense"})
	ws.WriteMessage(websocket.TextMessage, []byte("no json"))
	ws.WriteJSON(map[string]any{"envelope_id": env["envelope_id"], "payload": map[string]any{"text": strings.Repeat("x", maxAck)}})
	s.Await("three problems", func() bool { return len(s.Problems()) == 3 })
	select {
	case <-d.Acked():
		t.Error("an acknowledgement that Slack drops counts")
	default:
	}
}

func TestInletSignsAndRedelivers(t *testing.T) {
	var seen []string
	bot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at := r.Header.Get("X-Slack-Request-Timestamp")
		sec, _ := time.ParseDuration(at + "s")
		if want := Sign("s", time.Unix(int64(sec.Seconds()), 0), body).Get("X-Slack-Signature"); r.Header.Get("X-Slack-Signature") != want {
			t.Error("signed otherwise")
		}
		seen = append(seen, r.Header.Get("X-Slack-Retry-Num"))
		if len(seen) < 3 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer bot.Close()
	in := Inlet{URL: bot.URL, Secret: "s", Client: bot.Client()}
	res, tries, err := in.Deliver(context.Background(), []byte(`{}`), []time.Duration{0, 0, 0})
	if err != nil || res.Status != 200 || tries != 3 || strings.Join(seen, ",") != ",1,2" {
		t.Errorf("%d after %d tries (%q), %v", res.Status, tries, seen, err)
	}
}

func TestOAuthCodesAndRefreshTokensAreGoodOnce(t *testing.T) {
	s := New(t)
	access := func(form string) map[string]any {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"oauth.v2.access", bytes.NewReader([]byte(form)))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(ClientID, ClientSecret)
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		out := map[string]any{}
		json.NewDecoder(resp.Body).Decode(&out)
		return out
	}
	code := s.OAuthCode(Installed{Team: Team, RefreshToken: "x", ExpiresIn: 60})
	first := access("code=" + code)
	if first["ok"] != true || access("code=" + code)["error"] != "invalid_code" {
		t.Errorf("got %v", first)
	}
	renew := "grant_type=refresh_token&refresh_token=" + first["refresh_token"].(string)
	second := access(renew)
	if second["ok"] != true || access(renew)["error"] != "invalid_refresh_token" {
		t.Errorf("got %v", second)
	}
	if got := call(t, s, "auth.test", first["access_token"].(string), `{}`); got["error"] != "invalid_auth" {
		t.Error("the old token still works")
	}
}
