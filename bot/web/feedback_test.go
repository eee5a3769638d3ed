package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
	"careerbot/bot/chart"
)

// box is a feedback box that keeps what it is given.
type box struct {
	mu    sync.Mutex
	taken []string
	err   error
}

func (b *box) Take(_ context.Context, person, passage, knowledge string, v bot.Verdict) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.taken = append(b.taken, strings.Join([]string{passage, knowledge, string(v)}, " "))
	}
	if !strings.HasPrefix(person, "browser:") {
		b.taken = append(b.taken, "by "+person)
	}
	return b.err
}

func (b *box) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.taken)
}

// newJudged returns a site that takes feedback and draws.
func newJudged() (http.Handler, *box) {
	var b box
	return New(Config{Feedback: &b, Drawer: chart.New()}, &charted{}, slog.New(slog.DiscardHandler)).Handler(), &b
}

// TestFeedbackWithoutScript says no, and then why.
func TestFeedbackWithoutScript(t *testing.T) {
	h, b := newJudged()
	doc := parse(t, post(h, "/", url.Values{"text": {"what is the pay"}}))
	for _, step := range []struct{ button, says string }{{"No", "What was wrong"}, {"Wrong topic", "Thank you, noted."}} {
		forms := withClass(doc, "feedback")
		if len(forms) != 1 || attr(forms[0], "method") != "post" || attr(forms[0], "action") != "/feedback" {
			t.Fatalf("%d feedback forms", len(forms))
		}
		form := url.Values{}
		for _, in := range all(forms[0], "input") {
			form.Set(attr(in, "name"), attr(in, "value"))
		}
		for _, e := range all(forms[0], "button") {
			if words(e) == step.button {
				form.Set(attr(e, "name"), attr(e, "value"))
			}
		}
		w := post(h, "/feedback", form)
		if doc = parse(t, w); w.Code != 200 || !strings.Contains(words(doc), step.says) {
			t.Fatalf("%s: %d %s", step.button, w.Code, words(doc))
		}
	}
	if n := len(all(withClass(doc, "feedback")[0], "button")); n != 0 {
		t.Errorf("%d buttons after the last word", n)
	}
	if want := []string{"roles/phlebotomist#pay 5f3c9a1e7b20 not-helpful", "roles/phlebotomist#pay 5f3c9a1e7b20 wrong-topic"}; !slices.Equal(b.all(), want) {
		t.Errorf("taken %q, want %q", b.all(), want)
	}
}

func TestFeedbackIsNotAskedFor(t *testing.T) {
	h, _ := newJudged()
	for _, text := range []string{"hurt myself", "hello", "what's this", "lab tech"} {
		if n := len(withClass(parse(t, post(h, "/turn", url.Values{"text": {text}})), "feedback")); n != 0 {
			t.Errorf("%q: feedback is asked for", text)
		}
	}
	plain, _ := newSite()
	if n := len(withClass(parse(t, post(plain, "/turn", url.Values{"text": {"what is the pay"}})), "feedback")); n != 0 {
		t.Error("feedback is asked for although nobody takes it")
	}
}

func TestFeedbackRefused(t *testing.T) {
	good := func() url.Values {
		return url.Values{"passage": {"roles/phlebotomist#pay"}, "knowledge": {"5f3c"}, "verdict": {"helpful"}}
	}
	for _, tc := range []struct {
		name, field, value string
		err                error
		status             int
	}{
		{"unheard-of verdict", "verdict", "great", nil, 400},
		{"no passage", "passage", "", nil, 400},
		{"long passage", "passage", strings.Repeat("a", 201), nil, 400},
		{"hidden characters", "passage", "a\u202eb", nil, 400},
		{"long knowledge", "knowledge", strings.Repeat("a", 65), nil, 400},
		{"gone", "", "", bot.ErrNotFound, 404},
		{"database away", "", "", errors.New("secret of the database"), 503},
	} {
		for _, part := range []string{"", "1"} {
			b := box{err: tc.err}
			h := New(Config{Feedback: &b}, &answers.Asker{}, slog.New(slog.DiscardHandler)).Handler()
			form := good()
			if tc.field != "" {
				form.Set(tc.field, tc.value)
			}
			if part != "" {
				form.Set("part", part)
			}
			w := post(h, "/feedback", form)
			wantType := "text/html; charset=utf-8"
			if part != "" {
				wantType = "text/plain; charset=utf-8"
			}
			if w.Code != tc.status || w.Header().Get("Content-Type") != wantType || strings.Contains(w.Body.String(), "secret") || len(b.all()) > 0 {
				t.Errorf("%s: %d as %s: %s; taken %q", tc.name, w.Code, w.Header().Get("Content-Type"), w.Body, b.all())
			}
		}
	}
	h, _ := newSite()
	if w := post(h, "/feedback", good()); w.Code != 400 {
		t.Errorf("nobody takes feedback: %d", w.Code)
	}
	h, _ = newJudged()
	r := httptest.NewRequest("POST", "/feedback", strings.NewReader(good().Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if w := serve(h, r); w.Code != 403 {
		t.Errorf("another site's feedback: %d", w.Code)
	}
}

// TestBrowserFeedback judges an answer by keyboard on a phone.
func TestBrowserFeedback(t *testing.T) {
	h, box := newJudged()
	srv := httptest.NewServer(h)
	defer srv.Close()
	b := open(t, srv.URL, phoneWidth, phoneHeight)
	b.tabTo(`.id === "text"`)
	b.keys("what is the pay")
	b.keys(kb.Enter)
	b.wait(`document.querySelectorAll(".answer").length === 2`)
	b.shiftTab()
	b.want(focused+`.textContent`, "No")
	b.want(focused+`.getBoundingClientRect().height >= 44`, "true")
	b.keys(kb.Enter)
	b.wait(`document.querySelectorAll(".feedback button").length === 3`)
	b.want(focused+`.textContent`, "Thank you. What was wrong with it?")
	b.keys(kb.Tab)
	b.want(focused+`.textContent`, "Wrong job")
	b.keys(kb.Enter)
	b.wait(`document.querySelectorAll(".feedback button").length === 0`)
	b.want(`document.querySelector(".feedback").textContent.trim()`, "Thank you, noted.")
	b.want(`document.querySelectorAll(".answer").length`, "2") // nothing was asked
	b.want(overflow, "0")
	if got := box.all(); len(got) != 2 || !strings.HasSuffix(got[1], " wrong-job") {
		t.Errorf("taken %q", got)
	}
}
