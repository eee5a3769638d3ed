package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"careerbot/bot/bottest/answers"
)

func TestHeaders(t *testing.T) {
	h, _ := newSite()
	for _, path := range []string{"/", "/no/such/page", "/robots.txt", "/api/v1/ask", assetPath("chat.js")} {
		got := get(h, path).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy": contentPolicy, "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "same-origin", "X-Frame-Options": "DENY",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got.Get(name), want)
			}
		}
	}
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(contentPolicy, part) {
			t.Errorf("the policy lacks %s", part)
		}
	}
	if strings.Contains(contentPolicy, "unsafe") || strings.Contains(contentPolicy, "*") {
		t.Errorf("the policy is not strict: %s", contentPolicy)
	}
	if got := get(h, "/").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page may be stored: %q", got)
	}
}

func TestCrossSitePosts(t *testing.T) {
	h, ask := newSite()
	for _, tc := range []struct {
		name   string
		header map[string]string
		status int
	}{
		{"program", nil, 200},
		{"own form", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"typed by the person", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		{"another site", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"sibling host", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"old browser, own form", map[string]string{"Origin": "http://example.com"}, 200},
		{"old browser, another site", map[string]string{"Origin": "https://evil.example"}, 403},
		{"hidden origin", map[string]string{"Origin": "null"}, 403},
	} {
		for _, path := range []string{"/", "/turn"} {
			r := httptest.NewRequest("POST", "http://example.com"+path, strings.NewReader("text=pay"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			for k, v := range tc.header {
				r.Header.Set(k, v)
			}
			before := len(ask.Asked())
			if w := serve(h, r); w.Code != tc.status {
				t.Errorf("%s to %s: status %d, want %d", tc.name, path, w.Code, tc.status)
			}
			if asked := len(ask.Asked()) > before; asked != (tc.status == 200) {
				t.Errorf("%s to %s: asked = %v", tc.name, path, asked)
			}
		}
	}
}

func TestMethods(t *testing.T) {
	h, _ := newSite()
	for _, tc := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"HEAD", "/", 200, ""},
		{"PUT", "/", 405, "GET, POST"},
		{"DELETE", "/robots.txt", 405, "GET"},
		{"GET", "/turn", 405, "POST"},
		{"POST", "/nowhere", 404, ""},
	} {
		w := serve(h, httptest.NewRequest(tc.method, tc.path, nil))
		if w.Code != tc.status || w.Header().Get("Allow") != tc.allow {
			t.Errorf("%s %s: %d, Allow %q, want %d, %q", tc.method, tc.path, w.Code, w.Header().Get("Allow"), tc.status, tc.allow)
		}
	}
}

// TestHostileRequests sends what must neither break a header nor reach a page as
// markup. (Line ends in headers do not get past net/http.)
func TestHostileRequests(t *testing.T) {
	h, _ := newSite()
	evil := "x\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>"
	for _, form := range []map[string][]string{
		{"text": {evil}}, {"text": {"pay"}, "past": {"t:" + evil}}, {"choice": {"q1|answer|" + evil}}, {"choice": {evil}},
	} {
		for _, path := range []string{"/", "/turn"} {
			w := post(h, path, form)
			if strings.Contains(w.Body.String(), "<script>alert") {
				t.Errorf("%s with %q: markup on the page", path, form)
			}
			for k, values := range w.Header() {
				if strings.ContainsAny(k+strings.Join(values, ""), "\r\n") || strings.Contains(strings.Join(values, ""), "a=b") {
					t.Errorf("%s with %q: header %s %q", path, form, k, values)
				}
			}
		}
	}
	for _, path := range []string{"/..%2f..%2fetc/passwd", "/static/../chat.js", "//evil.example/", "/static/%00", "/?text=pay", "/%3Cscript%3E"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.Path, r.URL.RawPath = mustPath(t, path), ""
		w := serve(h, r)
		if strings.Contains(w.Body.String(), "<script>") || strings.HasPrefix(w.Header().Get("Location"), "//") {
			t.Errorf("%s: %d %v\n%s", path, w.Code, w.Header(), w.Body)
		}
	}
}

func mustPath(t *testing.T, s string) string {
	t.Helper()
	r, err := http.NewRequest("GET", "http://example.com"+s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r.URL.Path
}

// TestPanicIsCaught checks that the process lives, the person is told, and the
// log names the place but not the words.
func TestPanicIsCaught(t *testing.T) {
	var log bytes.Buffer
	mounts := map[string]http.Handler{
		"/boom":  http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret question") }),
		"/abort": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	}
	h := New(Config{Mounts: mounts}, &answers.Asker{}, slog.New(slog.NewTextHandler(&log, nil))).Handler()
	if w := get(h, "/boom"); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if line := log.String(); strings.Contains(line, "secret") || !strings.Contains(line, "guard_test.go:") {
		t.Errorf("logged %s", line)
	}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the agreed way to drop a connection is caught")
		}
	}()
	get(h, "/abort")
}

// TestNothingIsLogged asks in every way at debug level: neither words nor ids
// reach the log.
func TestNothingIsLogged(t *testing.T) {
	var log bytes.Buffer
	h := New(Config{}, &answers.Asker{}, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))).Handler()
	post(h, "/", map[string][]string{"text": {"canary"}, "past": {"t:canary"}})
	post(h, "/turn", map[string][]string{"text": {"canary"}})
	r := httptest.NewRequest("POST", "/api/v1/ask", strings.NewReader(`{"text":"canary","session":"canary"}`))
	r.Header.Set("Content-Type", "application/json")
	serve(h, r)
	if log.Len() != 0 {
		t.Errorf("logged %s", &log)
	}
}
