package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"careerbot/bot/bottest/fakeslack"
)

func signRaw(secret, s string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(s))
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// recorded is a payload that Slack's own test suites hold.
type recorded struct {
	File      string `json:"file"`
	Transport string `json:"transport"`
	raw       []byte
}

// wantKinds says what each recorded payload is to us.
var wantKinds = map[string]kind{
	"slash_command.form": command, "slash_command_fields_blank.json": ignored,
	"event_app_mention.json": mention, "event_message_channel.json": ignored, "event_message_im_thread.json": direct,
	"event_message_im_assistant_action_token.json": direct, "event_assistant_thread_started.json": ignored,
	"event_assistant_thread_context_changed.json": ignored, "event_url_verification.json": challenge,
	"event_app_uninstalled.json": uninstalled, "event_tokens_revoked.json": revoked, "event_reaction_added.json": ignored,
	"event_app_home_opened.json": homeOpened, "event_app_rate_limited_blank.json": ignored, "event_blank_message.json": ignored,
	"event_blank_appmention.json": ignored, "interaction_block_actions.json": action, "interaction_block_suggestion.json": options,
	"interaction_view_submission.json": submission, "interaction_view_submission_response_urls.json": submission,
	"interaction_view_closed.json": ignored, "interaction_shortcut_global.json": shortcut, "interaction_shortcut_message.json": messageShortcut,
	"interaction_block_actions_recorded.json": action, "interaction_block_suggestion_recorded.json": options,
	"socket_hello.json": ignored, "socket_disconnect_too_many_websockets.json": ignored, "socket_envelope_slash_commands.json": command,
	"socket_envelope_app_mention.json": mention, "socket_envelope_shortcut.json": shortcut, "socket_envelope_message.json": ignored,
	"socket_envelope_block_actions.json": action,
}

// payloads returns every recorded payload.
func payloads(t testing.TB) []recorded {
	dir := filepath.Join(shared(t), "payloads")
	raw, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []recorded
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].raw, err = os.ReadFile(filepath.Join(dir, list[i].File)); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// decode reads a recorded payload the way its transport brings it.
func (r recorded) decode() (inbound, error) {
	switch r.Transport {
	case "http_json":
		return decodeEvent(r.raw)
	case "http_payload_form":
		return decodeInteraction(r.raw)
	case "http_form":
		form, err := url.ParseQuery(string(r.raw))
		return decodeForm(form), err
	case "fields_only":
		return decodeCommandJSON(r.raw)
	}
	var env struct {
		Type    string          `json:"type"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(r.raw, &env); err != nil {
		return inbound{}, err
	}
	return decodeEnvelope(env.Type, env.Payload)
}

func TestRecordedPayloadsDecode(t *testing.T) {
	seen := 0
	for _, r := range payloads(t) {
		if r.Transport == "web_response" || r.Transport == "signature" {
			continue // answers to us, and the vector: see their own tests
		}
		seen++
		t.Run(r.File, func(t *testing.T) {
			in, err := r.decode()
			if err != nil {
				t.Fatal(err)
			}
			want, ok := wantKinds[r.File]
			if !ok || in.kind != want {
				t.Errorf("is %q, want %q", in.kind, want)
			}
			if in.kind != ignored && in.kind != challenge && (in.team == "" || in.key() == "" && in.kind != options) {
				t.Errorf("team %q, key %q", in.team, in.key())
			}
		})
	}
	if seen != len(wantKinds) {
		t.Errorf("%d payloads, want %d", seen, len(wantKinds))
	}
}

func TestRecordedAnswersOfTheWebAPI(t *testing.T) {
	for _, r := range payloads(t) {
		if r.Transport != "web_response" {
			continue
		}
		var answers []json.RawMessage
		if err := json.Unmarshal(r.raw, &answers); err != nil {
			t.Fatal(err)
		}
		for i, raw := range answers {
			var a struct {
				OK    bool   `json:"ok"`
				Error string `json:"error"`
			}
			json.Unmarshal(raw, &a)
			code, ok := outcome(http.StatusOK, raw)
			if ok != a.OK || code != a.Error {
				t.Errorf("%s[%d]: ok %v, code %q", r.File, i, ok, code)
			}
		}
	}
}

// Every recorded payload comes in on every address and by Socket Mode, is
// acknowledged, and what Slack would redeliver is answered once.
func TestRecordedPayloadsAreHandled(t *testing.T) {
	list := payloads(t)
	t.Run("http", func(t *testing.T) {
		r := start(t, false, nil)
		r.AllowProblems() // recorded response URLs lead nowhere
		for _, p := range list {
			body, kind := p.raw, "application/json"
			switch p.Transport {
			case "http_json":
			case "http_payload_form":
				body, kind = []byte(url.Values{"payload": {string(p.raw)}}.Encode()), "application/x-www-form-urlencoded"
			case "http_form":
				kind = "application/x-www-form-urlencoded"
			default:
				continue
			}
			for _, path := range []string{"/slack/events", "/slack/commands", "/slack/interactivity"} {
				res, err := r.inlet.Post(t.Context(), path, http.Header{"Content-Type": {kind}}, body)
				if err != nil || res.Status != http.StatusOK {
					t.Errorf("%s to %s: status %d, %v", p.File, path, res.Status, err)
				}
				if p.File == "event_url_verification.json" && string(res.Body) != "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P" {
					t.Errorf("challenge answered with %q", res.Body)
				}
			}
		}
	})
	t.Run("socket", func(t *testing.T) {
		r := start(t, true, nil)
		r.AllowProblems()
		for _, p := range list {
			kind, raw := "events_api", json.RawMessage(p.raw)
			switch p.Transport {
			case "http_json":
			case "http_payload_form":
				kind = "interactive"
			case "fields_only":
				kind = "slash_commands"
			case "ws_frame":
				var env struct {
					Type    string          `json:"type"`
					Payload json.RawMessage `json:"payload"`
				}
				json.Unmarshal(p.raw, &env)
				if kind, raw = env.Type, env.Payload; raw == nil {
					continue // hello and disconnect take no acknowledgement
				}
			default:
				continue
			}
			<-r.Send(kind, raw).Acked()
		}
	})
}

func TestWhatIsIgnored(t *testing.T) {
	s := fakeslack.New(t)
	base := func(change func(map[string]any)) []byte {
		p := s.DM("D1", "U1", "pay")
		change(p["event"].(map[string]any))
		return p.JSON()
	}
	for _, tc := range []struct {
		name   string
		change func(map[string]any)
		want   kind
	}{
		{"a direct message", func(map[string]any) {}, direct},
		{"with a file", func(e map[string]any) { e["subtype"] = "file_share" }, direct},
		{"null bot profile", func(e map[string]any) { e["bot_profile"] = nil }, direct},
		{"odd attachment ids", func(e map[string]any) { e["attachments"] = []any{map[string]any{"id": "1"}} }, direct},
		{"unknown block", func(e map[string]any) { e["blocks"] = []any{map[string]any{"type": "hologram"}} }, direct},
		{"a field of another type", func(e map[string]any) { e["hidden"], e["subtype"] = []any{1}, 7 }, direct},
		{"an edit", func(e map[string]any) { e["subtype"] = "message_changed" }, ignored},
		{"a deletion", func(e map[string]any) { e["subtype"] = "message_deleted" }, ignored},
		{"somebody joined", func(e map[string]any) { e["subtype"] = "channel_join" }, ignored},
		{"a bot", func(e map[string]any) { e["bot_id"] = "B1" }, ignored},
		{"an old bot", func(e map[string]any) { e["subtype"] = "bot_message" }, ignored},
		{"our own", func(e map[string]any) { e["bot_profile"] = map[string]any{"id": fakeslack.BotID} }, ignored},
		{"Slackbot", func(e map[string]any) { e["user"] = "USLACKBOT" }, ignored},
		{"nobody", func(e map[string]any) { delete(e, "user") }, ignored},
		{"hidden", func(e map[string]any) { e["hidden"] = true }, ignored},
		{"a channel message", func(e map[string]any) { e["channel_type"] = "channel" }, ignored},
		{"a group message", func(e map[string]any) { e["channel_type"] = "mpim" }, ignored},
		{"a huddle", func(e map[string]any) { e["subtype"] = "huddle_thread" }, ignored},
		{"an unknown event", func(e map[string]any) { e["type"] = "galaxy_formed" }, ignored},
		{"no timestamp", func(e map[string]any) { delete(e, "ts") }, ignored},
		{"home, other tab", func(e map[string]any) { e["type"], e["tab"] = "app_home_opened", "messages" }, ignored},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in, err := decodeEvent(base(tc.change))
			if err != nil || in.kind != tc.want {
				t.Errorf("is %q (%v), want %q", in.kind, err, tc.want)
			}
		})
	}
}

func TestInstallationOfAPayload(t *testing.T) {
	for _, tc := range []struct {
		name, raw string
		want      Workspace
	}{
		{"a team", `{"type":"event_callback","team_id":"T1"}`, Workspace{Team: "T1"}},
		{"Slack Connect: the sender's team outside", `{"type":"event_callback","team_id":"T9","authorizations":[{"team_id":"T1","is_bot":true}]}`, Workspace{Team: "T1"}},
		{"org-wide", `{"type":"event_callback","team_id":"T9","authorizations":[{"enterprise_id":"E1","team_id":null,"is_enterprise_install":true}]}`, Workspace{Enterprise: "E1"}},
		{"org-wide, no team", `{"type":"event_callback","enterprise_id":"E1"}`, Workspace{Enterprise: "E1"}},
	} {
		in, err := decodeEvent([]byte(tc.raw))
		if err != nil || in.installation() != tc.want {
			t.Errorf("%s: %+v (%v), want %+v", tc.name, in.installation(), err, tc.want)
		}
	}
	in, _ := decodeInteraction([]byte(`{"type":"shortcut","team":null,"enterprise":{"id":"E1"},"is_enterprise_install":"true","user":{"id":"U1"}}`))
	if want := (Workspace{Enterprise: "E1"}); in.installation() != want {
		t.Errorf("interaction: %+v, want %+v", in.installation(), want)
	}
}

func TestKeysAreTheSameForTheSameMessage(t *testing.T) {
	a := inbound{kind: mention, team: "T", channel: "C", ts: "1.2", eventID: "Ev1"}
	edited := inbound{kind: mention, team: "T", channel: "C", ts: "1.2", eventID: "Ev2"}
	if a.key() != edited.key() {
		t.Error("an edit counts as another message")
	}
}

func FuzzDecode(f *testing.F) {
	if dir := os.Getenv("CAREERBOT_SHARED"); dir != "" {
		for _, r := range payloads(f) {
			f.Add(r.raw)
		}
	}
	for _, s := range []string{`{}`, `null`, `[]`, `{"event":null}`, strings.Repeat("[", 20000), `{"event":{"user":{"id":3}}}`, "payload=%zz"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if in, err := unpack(raw); err == nil {
			in.key()
			in.origin()
			in.carriedBy(in.value)
		}
		for _, decode := range []func([]byte) (inbound, error){decodeEvent, decodeInteraction, decodeCommandJSON, func(b []byte) (inbound, error) {
			form, _ := url.ParseQuery(string(b))
			return decodeRequest(form, b)
		}} {
			in, err := decode(raw)
			if err != nil && in.kind != ignored {
				t.Errorf("an error (%v) with kind %q", err, in.kind)
			}
			if n := len([]rune(in.text)); n > maxQuestion {
				t.Errorf("a question of %d characters", n)
			}
			if c := in.claim(); c.payload != nil {
				back, err := unpack(c.payload)
				if err != nil || back.key() != "" && in.trigger == "" && in.eventID == "" && in.view.hash == "" && back.key() != in.key() {
					t.Errorf("packed and unpacked: %v", err)
				}
			}
			in.installation()
		}
	})
}
