package slack

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"careerbot/bot/bottest/fakeslack"
)

// Every recorded answer of Slack's to our calls is read for what it is.
func TestRecordedAnswersAreRead(t *testing.T) {
	r := start(t, false, nil)
	n := 0
	for _, p := range payloads(t) {
		if p.Transport == "web_response" {
			n++
			t.Run(p.File, func(t *testing.T) { readAnswer(t, r, p) })
		}
	}
	if n != 11 {
		t.Errorf("%d answers", n)
	}
}

// readAnswer has the client read the recorded answers of a method.
func readAnswer(t *testing.T, r *rig, rec recorded) {
	t.Helper()
	method := strings.TrimSuffix(strings.TrimPrefix(rec.File, "webapi_response_"), ".json")
	var answers []json.RawMessage
	if err := json.Unmarshal(rec.raw, &answers); err != nil || len(answers) == 0 {
		t.Fatal(len(answers), err)
	}
	for _, raw := range answers {
		var want struct {
			OK    bool   `json:"ok"`
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		r.Script(method, fakeslack.Reply{Body: string(raw)})
		if method == "oauth.v2.access" {
			in, err := r.adapter.tokens.access(t.Context(), url.Values{"code": {"x"}})
			if good := err == nil && in.Workspace != (Workspace{}); good != (want.Token != "") || string(in.BotToken) != want.Token {
				t.Errorf("good %v, %v", good, err)
			}
			continue
		}
		err := r.adapter.client.call(t.Context(), method, fakeslack.BotToken, struct{}{}, nil)
		if (err == nil) != want.OK {
			t.Errorf("ok is %v, read as %v", want.OK, err)
		}
	}
}
