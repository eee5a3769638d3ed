package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"careerbot/bot/bottest/fakeslack"
)

// Every error that Slack documents for the methods we may call has a class.
func TestEveryDocumentedErrorIsDecided(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t), "webapi", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := map[string]bool{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			Errors map[string]string `json:"errors"`
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		for code := range m.Errors {
			seen[code] = true
			if _, ok := classes[code]; !ok {
				t.Errorf("%s of %s is not decided", code, filepath.Base(f))
			}
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d codes", len(seen))
	}
}

// wantClass is the decision for every status without a code.
func wantClass(status int) class {
	switch {
	case status == 200:
		return classOK
	case status == 429 || status == 503:
		return classBusy
	case status == 401 || status == 403:
		return classToken
	case status == 404 || status == 410:
		return classStale
	case status == 413:
		return classContent
	case status == 408 || status >= 500:
		return classDown
	case status >= 400:
		return classBug
	}
	return classOther
}

func TestEveryStatusIsDecided(t *testing.T) {
	for status := 100; status <= 599; status++ {
		c := classify(status, "")
		if c != wantClass(status) {
			t.Errorf("%d is %v, want %v", status, c, wantClass(status))
		}
		for _, twice := range []bool{false, true} {
			_, again := retryIn(c, status, "1", twice, 1)
			want := status == 429 || status == 503 || twice && c == classDown
			if again != want {
				t.Errorf("%d, may be done twice %v: again %v, want %v", status, twice, again, want)
			}
			if _, again := retryIn(c, status, "1", twice, maxTries); again {
				t.Errorf("%d is tried more than %d times", status, maxTries)
			}
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for header, want := range map[string]struct {
		wait time.Duration
		ok   bool
	}{
		"0": {0, true}, "1": {time.Second, true}, "60": {time.Minute, true}, "": {}, "soon": {}, "-1": {}, "1.5": {},
		"99999999999999999999": {}, "Wed, 21 Oct 2026 07:28:00 GMT": {},
	} {
		wait, ok := retryIn(classBusy, 429, header, false, 1)
		if ok != want.ok || ok && wait != want.wait {
			t.Errorf("429 with Retry-After %q: wait %v, again %v", header, wait, ok)
		}
	}
}

// probe returns a client of a fake.
func probe(t *testing.T) (*fakeslack.Server, *client) {
	t.Helper()
	s := fakeslack.New(t)
	c, err := newClient(s.URL(), defaultTransport())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.http.CloseIdleConnections)
	return s, c
}

func say(ctx context.Context, c *client) error {
	return c.call(ctx, "chat.postMessage", fakeslack.BotToken, post{message: message{Text: "hi"}, Channel: "C1"}, nil)
}

// On the wire: each status once for a post, which must not be doubled.
func TestEveryStatusOnTheWire(t *testing.T) {
	s, c := probe(t)
	for status := 100; status <= 599; status++ {
		switch status {
		case 429, 503: // tried again: see below
			continue
		}
		s.Forget()
		s.Script("chat.postMessage", fakeslack.Reply{Status: status, Body: "<html>xoxb-leak</html>"})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := say(ctx, c)
		cancel()
		if n := len(s.Calls("chat.postMessage")); err == nil || n != 1 {
			t.Errorf("%d: %d calls, error %v", status, n, err)
		}
		if err != nil && strings.Contains(err.Error(), "xoxb") {
			t.Errorf("%d: the error holds the answer: %v", status, err)
		}
	}
}

func TestBusySlackIsAskedAgain(t *testing.T) {
	s, c := probe(t)
	soon := http.Header{"Retry-After": {"0"}}
	s.Script("chat.postMessage", fakeslack.Reply{Status: 429, Header: soon}, fakeslack.Reply{Error: "ratelimited", Header: soon},
		fakeslack.Reply{Status: 503, Header: soon})
	if err := say(t.Context(), c); err != nil {
		t.Error(err)
	}
	if n := len(s.Calls("chat.postMessage")); n != 4 {
		t.Errorf("%d calls, want 4", n)
	}
	s.Forget()
	s.Script("chat.postMessage", fakeslack.Reply{Status: 429})
	if err := say(t.Context(), c); classOf(err) != classBusy || len(s.Calls()) != 1 {
		t.Errorf("without Retry-After: %v after %d calls", err, len(s.Calls()))
	}
	s.Forget()
	s.Script("chat.postMessage", fakeslack.Reply{Status: 429, Header: http.Header{"Retry-After": {"60"}}})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := say(ctx, c); classOf(err) != classBusy || len(s.Calls()) != 1 || ctx.Err() != nil {
		t.Errorf("a wait past the deadline: %v after %d calls", err, len(s.Calls()))
	}
	s.Forget()
	for range maxTries + 2 {
		s.Script("chat.postMessage", fakeslack.Reply{Status: 429, Header: soon})
	}
	if err := say(t.Context(), c); classOf(err) != classBusy || len(s.Calls()) != maxTries {
		t.Errorf("busy for ever: %v after %d calls", err, len(s.Calls()))
	}
}

func TestLostAnswerIsNotPostedTwice(t *testing.T) {
	s, c := probe(t)
	s.Script("chat.postMessage", fakeslack.Reply{Cut: true, Run: true})
	if err := say(t.Context(), c); classOf(err) != classDown {
		t.Errorf("got %v", err)
	}
	if n := len(s.Sent()); n != 1 {
		t.Errorf("posted %d times", n)
	}
	s.Script("views.publish", fakeslack.Reply{Status: 500})
	v := waiting()
	v.Type, v.Title, v.Close = "home", nil, nil
	if err := c.call(t.Context(), "views.publish", fakeslack.BotToken, viewArgs{User: "U1", View: v}, nil); err != nil {
		t.Errorf("what may be done twice is tried again: %v", err)
	}
}

func TestUnreachableSlackIsTriedAgain(t *testing.T) {
	c, err := newClient("http://127.0.0.1:1/api/", defaultTransport())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 800*time.Millisecond)
	defer cancel()
	err = say(ctx, c)
	if e, ok := errors.AsType[*apiError](err); !ok || e.sent || e.code != "dial failed" {
		t.Errorf("got %#v", err)
	}
}

func TestResponseURLs(t *testing.T) {
	s, c := probe(t)
	for address, want := range map[string]bool{
		"https://hooks.slack.com/commands/T1/2/x": true, "https://hooks.slack-gov.com/x": true, s.ResponseURL(): true,
		"http://hooks.slack.com/x": false, "https://hooks.slack.com.evil.example/x": false, "https://evil.example/hooks.slack.com": false,
		"https://hooks.slack.com@evil.example/": false, "https://u:p@hooks.slack.com/": false, "https://hooks.slack.com:8443/": false,
		"//hooks.slack.com/x": false, "": false, "file:///etc/passwd": false, "http://169.254.169.254/": false, "https://HOOKS.slack.com\x00/": false,
	} {
		if got := c.postable(address); got != want {
			t.Errorf("postable(%q) = %v", address, got)
		}
	}
	for _, tc := range []struct {
		reply fakeslack.Reply
		want  class
	}{
		{fakeslack.Reply{Body: `{"ok":false,"error":"invalid_blocks"}`}, classContent}, {fakeslack.Reply{Body: `{"ok":true}`}, classOK},
		{fakeslack.Reply{Status: 400, Body: "invalid_blocks\n"}, classContent}, {fakeslack.Reply{Status: 404, Body: "used_url"}, classStale},
		{fakeslack.Reply{Status: 404, Body: `{"ok":false,"error":"expired_url"}`}, classStale}, {fakeslack.Reply{Status: 500, Body: "oops"}, classDown},
		{fakeslack.Reply{Body: "<html>login</html>"}, classOther}, {fakeslack.Reply{Status: 302, Header: http.Header{"Location": {"https://evil.example/"}}}, classOther},
	} {
		s.Script("response_url", tc.reply)
		err := c.respond(t.Context(), s.ResponseURL(), post{message: message{Text: "hi"}})
		if classOf(err) != tc.want {
			t.Errorf("%+v: %v, want %v", tc.reply, err, tc.want)
		}
	}
	u := s.ResponseURL()
	for n := range 6 {
		err := c.respond(t.Context(), u, post{message: message{Text: "hi"}})
		if (err == nil) != (n < 5) || n == 5 && classOf(err) != classStale {
			t.Errorf("use %d: %v", n+1, err)
		}
	}
}

func TestErrorsHoldNoSecrets(t *testing.T) {
	s, c := probe(t)
	canary := Secret("xoxb-canary-canary")
	hook := s.ResponseURL() + "canary"
	var errs []error
	for _, r := range []fakeslack.Reply{{Cut: true}, {Status: 500, Body: "xoxb-canary-canary"}, {Body: "canary"}, {Error: "canary: " + string(canary)}, {Status: 302}} {
		s.Script("chat.postMessage", r)
		errs = append(errs, c.call(t.Context(), "chat.postMessage", canary, post{message: message{Text: "canary"}, Channel: "C"}, nil))
		s.Script("response_url", r)
		errs = append(errs, c.respond(t.Context(), hook, post{message: message{Text: "canary"}}))
	}
	dead, err := newClient("http://127.0.0.1:1/canary/", defaultTransport())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	errs = append(errs, say(ctx, dead), dead.respond(t.Context(), "https://evil.example/canary", post{}))
	for _, err := range errs {
		if err == nil {
			t.Error("no error")
			continue
		}
		if got := fmt.Sprintf("%v %+v %#v %s", err, err, err, errors.Unwrap(err)); strings.Contains(got, "canary") {
			t.Errorf("the error holds a secret: %s", got)
		}
	}
}

func TestTokenNeverFollowsARedirect(t *testing.T) {
	s, c := probe(t)
	s.Script("auth.test", fakeslack.Reply{Status: 307, Header: http.Header{"Location": {s.URL() + "chat.postMessage"}}})
	if err := c.call(t.Context(), "auth.test", fakeslack.BotToken, struct{}{}, nil); err == nil {
		t.Error("a redirect counts as success")
	}
	if n := len(s.Calls("chat.postMessage")); n != 0 {
		t.Error("the redirect was followed")
	}
}
