package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
)

// callAPI posts a body to the API and decodes what comes back into out.
func callAPI(t *testing.T, h http.Handler, body string, out any) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", "/api/v1/ask", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := serve(h, r)
	if got := w.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Fatalf("Content-Type = %q", got)
	}
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return w
}

func TestAPIAnswers(t *testing.T) {
	h, ask := newSite()
	var got bot.AnswerJSON
	w := callAPI(t, h, `{"id":"7","text":"what is the pay","later":"fields are ignored"}`, &got)
	want := bot.EncodeAnswer("7", answers.Pay(), 0)
	got.TookMicros = 0
	g, _ := json.Marshal(got)
	if e, _ := json.Marshal(want); string(g) != string(e) {
		t.Errorf("answered\n%s\nwant\n%s", g, e)
	}
	if w.Code != 200 || w.Header().Get("Cache-Control") != "no-store" || len(w.Result().Cookies()) != 0 {
		t.Errorf("status %d, header %v", w.Code, w.Header())
	}
	if q := ask.Asked()[0]; q.Person != "" || q.Place != (bot.Place{Platform: "web"}) {
		t.Errorf("asked %+v, want nobody's question", q)
	}

	// A follow-up's choice leads on.
	callAPI(t, h, `{"choice":"`+got.FollowUps[0].Choice+`"}`, &got)
	if q := ask.Asked()[1]; q.Choice == nil || q.Choice.Topic != answers.Start.Topic || got.Title != "Phlebotomist: How to start" {
		t.Errorf("the choice asked %+v and got %q", q, got.Title)
	}
}

func TestAPIConversations(t *testing.T) {
	h, ask := newSite()
	var one bot.AnswerJSON
	callAPI(t, h, `{"text":"pay","session":"s1"}`, &one)
	callAPI(t, h, `{"text":"and the exam","session":"s1"}`, &one)
	callAPI(t, h, `{"text":"pay","session":"s2"}`, &one)
	asked := ask.Asked()
	if asked[0].Person != asked[1].Person || asked[0].Person == asked[2].Person || asked[0].Person == "" {
		t.Errorf("persons %q, %q, %q", asked[0].Person, asked[1].Person, asked[2].Person)
	}

	var many turnsJSON
	callAPI(t, h, `{"id":"t","turns":["what is the pay","MLT vs MLS"]}`, &many)
	if len(many.Answers) != 2 || many.ID != "t" || many.Answers[1].Kind != bot.KindCompare {
		t.Errorf("turns gave %+v", many)
	}
	callAPI(t, h, `{"turns":["pay"]}`, &many)
	asked = ask.Asked()[3:]
	if asked[0].Person == "" || asked[0].Person != asked[1].Person || asked[0].Person == asked[2].Person {
		t.Errorf("turns were asked by %q, %q, %q", asked[0].Person, asked[1].Person, asked[2].Person)
	}
}

func TestAPIUsesTheBrowsersConversation(t *testing.T) {
	h, ask := newSite()
	id := strings.Repeat("A", idLength)
	r := httptest.NewRequest("POST", "/api/v1/ask", strings.NewReader(`{"text":"pay"}`))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.AddCookie(&http.Cookie{Name: cookieName, Value: id})
	serve(h, r)
	if q := ask.Asked()[0]; q.Person != "browser:"+id {
		t.Errorf("asked by %q", q.Person)
	}
}

func TestAPIRefuses(t *testing.T) {
	h, ask := newSite()
	long := strings.Repeat("x", maxIDBytes+1)
	for _, tc := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"not JSON", `text=pay`, 400, `send {"text"`},
		{"empty", ``, 400, `send {"text"`},
		{"array", `["pay"]`, 400, `send {"text"`},
		{"text is a number", `{"text":1}`, 400, `"text" has the wrong type`},
		{"turns is a string", `{"turns":"pay"}`, 400, `"turns" has the wrong type`},
		{"more after it", `{"text":"pay"}{}`, 400, "not a JSON object"},
		{"nothing asked", `{"id":"1"}`, 400, "exactly one of"},
		{"null", `{"text":null}`, 400, "exactly one of"},
		{"text and turns", `{"text":"a","turns":["b"]}`, 400, "exactly one of"},
		{"no turns", `{"turns":[]}`, 400, "1 to 50"},
		{"too many turns", `{"turns":["a"` + strings.Repeat(`,"a"`, maxTurns) + `]}`, 400, "1 to 50"},
		{"choice of another version", `{"choice":"q9|answer"}`, 400, "choice of a follow-up"},
		{"long session", `{"text":"a","session":"` + long + `"}`, 400, "at most 128"},
		{"long id", `{"text":"a","id":"` + long + `"}`, 400, "at most 128"},
		{"too long", `{"text":"` + strings.Repeat("a", maxBodyBytes) + `"}`, 413, "64 KiB"},
		{"deep", strings.Repeat(`{"text":`, 8000), 400, "not a JSON object"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got struct{ Error string }
			w := callAPI(t, h, tc.body, &got)
			if w.Code != tc.status || !strings.Contains(got.Error, tc.says) {
				t.Errorf("answered %d %q, want %d with %q", w.Code, got.Error, tc.status, tc.says)
			}
		})
	}
	if n := len(ask.Asked()); n != 0 {
		t.Errorf("refused requests asked %d questions", n)
	}
}

func TestAPIHeaders(t *testing.T) {
	h, _ := newSite()
	for _, tc := range []struct {
		name, method, path string
		header             map[string]string
		status             int
	}{
		{"GET", "GET", "/api/v1/ask", nil, 405},
		{"PUT", "PUT", "/api/v1/ask", nil, 405},
		{"form", "POST", "/api/v1/ask", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"plain text", "POST", "/api/v1/ask", map[string]string{"Content-Type": "text/plain"}, 415},
		{"no type", "POST", "/api/v1/ask", nil, 415},
		{"compressed", "POST", "/api/v1/ask", map[string]string{"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415},
		{"another site", "POST", "/api/v1/ask", map[string]string{"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"}, 403},
		{"unknown method", "POST", "/api/v2/ask", nil, 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest(tc.method, tc.path, strings.NewReader(`{"text":"pay"}`))
			for k, v := range tc.header {
				r.Header.Set(k, v)
			}
			w := serve(h, r)
			var got struct{ Error string }
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Error == "" || w.Code != tc.status {
				t.Errorf("answered %d %s, want %d and an error", w.Code, w.Body, tc.status)
			}
			if (w.Header().Get("Allow") == "POST") != (tc.status == 405) {
				t.Errorf("Allow = %q", w.Header().Get("Allow"))
			}
		})
	}
}

// FuzzAPI feeds foreign bytes to the API: it never panics, and answers JSON.
func FuzzAPI(f *testing.F) {
	f.Add([]byte(`{"id":"1","text":"what is the pay"}`))
	f.Add([]byte(`{"turns":["a","b"],"session":"s"}`))
	f.Add([]byte(`{"choice":"q1|answer|phlebotomist|pay"}`))
	h, _ := newSite()
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest("POST", "/api/v1/ask", strings.NewReader(string(body)))
		r.Header.Set("Content-Type", "application/json")
		w := serve(h, r)
		if !json.Valid(w.Body.Bytes()) || w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("answered %d %q", w.Code, w.Body)
		}
	})
}
