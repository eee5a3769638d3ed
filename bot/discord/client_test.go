package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

// TestJudge decides over every status code there is.
func TestJudge(t *testing.T) {
	for status := 100; status < 600; status++ {
		for _, r := range []route{routeMessage, routeCallback, routeOriginal, routeFollowUp, routeGatewayBot} {
			res := result{status: status, header: http.Header{}, body: []byte(`{"code":0,"message":"x"}`)}
			v := judge(r, res, 1)
			var kind error
			again := false
			switch {
			case status >= 200 && status < 300:
			case status == 429:
				kind, again = errLimited, true
			case status == 401 && r.bot:
				kind = errUnauthorized
			case status == 400:
				kind = errInvalid
			case status == 408 || status >= 500:
				kind, again = errUnavailable, r.repeats || status == 503
			default:
				kind = errRefused
			}
			if kind == nil && v.err != nil || kind != nil && !errors.Is(v.err, kind) || v.again != again {
				t.Errorf("%s %d: %v again %v, want %v again %v", r, status, v.err, v.again, kind, again)
			}
			if v.again && (v.wait <= 0 || v.wait > 2*time.Minute) {
				t.Errorf("%s %d: waits %v", r, status, v.wait)
			}
			if last := judge(r, res, maxTries); last.again {
				t.Errorf("%s %d: again after %d tries", r, status, maxTries)
			}
		}
	}
	for code, want := range map[int]error{
		10062: errExpired, 50027: errExpired, 10015: errExpired, 40060: nil, 50013: errRefused, 50001: errRefused, 10003: errRefused, 10008: errRefused,
		160002: errRefused, 50007: errRefused, 50035: errInvalid,
	} {
		status := 403
		if want == errInvalid {
			status = 400
		}
		v := judge(routeCallback, result{status: status, header: http.Header{}, body: fmt.Appendf(nil, `{"code":%d}`, code)}, 1)
		if !errors.Is(v.err, want) || v.again {
			t.Errorf("code %d: %v again %v, want %v", code, v.err, v.again, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for _, tc := range []struct {
		body, header, want string
	}{
		{`{"retry_after":0}`, "", "20ms"}, {`{"retry_after":1.5}`, "9", "1.52s"}, {`{"retry_after":60}`, "", "1m0.02s"}, {`{}`, "2", "2.02s"},
		{`<html>`, "3", "3.02s"}, {`{"retry_after":"soon"}`, "", "1s"}, {`{"retry_after":-1}`, "", "1s"}, {`{"retry_after":1e300}`, "", "1s"},
		{``, "garbage", "1s"}, {``, "NaN", "1s"}, {``, "-5", "1s"}, {``, "", "1s"},
	} {
		h := http.Header{}
		h.Set("Retry-After", tc.header)
		v := judge(routeMessage, result{status: 429, header: h, body: []byte(tc.body)}, 1)
		if v.wait.String() != tc.want {
			t.Errorf("body %s, header %q: %v, want %s", tc.body, tc.header, v.wait, tc.want)
		}
	}
}

// TestFaults lets requests fail on the wire and looks at what people see.
func TestFaults(t *testing.T) {
	type fault = fakediscord.Fault
	limited := func(after string) fault {
		return fault{Route: fakediscord.RouteMessages, Status: 429, Body: `{"message":"limited","code":0,"retry_after":` + after + `,"global":false}`}
	}
	code := func(route string, status, code int) fault {
		return fault{Route: route, Status: status, Body: fmt.Sprintf(`{"message":"x","code":%d}`, code)}
	}
	times := func(n int, f fault) fault { f.Times = n; return f }
	for _, tc := range []struct {
		name    string
		faults  []fault
		message bool
		replies int
		within  time.Duration
	}{
		{"none", nil, true, 1, 0},
		{"server errors", []fault{times(3, code(fakediscord.RouteMessages, 502, 0))}, true, 1, 5 * time.Second},
		{"done but not said", []fault{{Route: fakediscord.RouteMessages, Status: 500, After: true, Body: "{}"}}, true, 1, time.Second},
		{"cut before the answer", []fault{{Route: fakediscord.RouteMessages, Cut: -1}}, true, 1, time.Second},
		{"cut in the answer", []fault{{Route: fakediscord.RouteMessages, Cut: 60, Body: `{"id":"1"}`}}, true, 1, time.Second},
		{"limit of the route", []fault{limited("2.5")}, true, 1, 4 * time.Second},
		{"limit without end", []fault{times(5, limited("1"))}, true, 0, 8 * time.Second},
		{"limit longer than the question lives", []fault{limited("3600")}, true, 0, time.Second},
		{"HTML in place of a limit", []fault{{Route: fakediscord.RouteMessages, Status: 429, Body: "<html>1015</html>", Header: map[string]string{"Retry-After": "7", "Content-Type": "text/html"}}}, true, 1, 9 * time.Second},
		{"no permission", []fault{code(fakediscord.RouteMessages, 403, 50013)}, true, 0, time.Second},
		{"no direct messages", []fault{code(fakediscord.RouteMessages, 403, 50007)}, true, 0, time.Second},
		{"channel gone", []fault{code(fakediscord.RouteMessages, 404, 10003)}, true, 0, time.Second},
		{"body refused", []fault{code(fakediscord.RouteMessages, 400, 50035)}, true, 1, time.Second},
		{"body refused twice", []fault{times(2, code(fakediscord.RouteMessages, 400, 50035))}, true, 1, time.Second},
		{"slow", []fault{{Route: fakediscord.RouteMessages, Delay: 12 * time.Second, Optional: true}}, true, 1, 15 * time.Second},
		{"interaction over", []fault{code(fakediscord.RouteCallback, 404, 10062)}, false, 0, time.Second},
		{"already answered", []fault{{Route: fakediscord.RouteCallback, Status: 500, After: true, Body: "{}"}}, false, 1, time.Second},
		{"callback fails first", []fault{times(2, code(fakediscord.RouteCallback, 503, 0))}, false, 1, 3 * time.Second},
		{"callback's body refused", []fault{code(fakediscord.RouteCallback, 400, 50035)}, false, 1, time.Second},
		{"callback limited past its time", []fault{{Route: fakediscord.RouteCallback, Status: 429, Body: `{"retry_after":5,"global":false}`}}, false, 0, time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, setup{}, func(t *testing.T, w *world) {
				w.wait(10 * time.Second)
				for _, f := range tc.faults {
					w.fake.Fail(f)
				}
				start := time.Now()
				var id string
				if tc.message {
					id = w.fake.Message(fakediscord.Message{Text: "a", Mention: true}).ID
				} else {
					id = w.fake.Interact(ask("a")).ID
				}
				w.until("settled", func() bool {
					c := w.adapter.Counts()
					return c["answered"]+c["failed"]+c["expired"] > 0
				})
				took := time.Since(start)
				w.wait(time.Minute)
				if got := w.fake.RepliesTo(id); len(got) != tc.replies {
					t.Errorf("replies %+v, want %d", got, tc.replies)
				}
				if tc.within > 0 && took > tc.within {
					t.Errorf("took %v, want at most %v", took, tc.within)
				}
				w.works()
			})
		})
	}
}

// TestGlobalLimit holds back every channel, but not interactions.
func TestGlobalLimit(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		w.fake.Fail(fakediscord.Fault{Route: fakediscord.RouteMessages, Status: 429, Body: `{"retry_after":5,"global":true}`})
		a := w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: "300000000000000001"})
		synctest.Wait()
		b := w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: "300000000000000002"})
		i := w.fake.Interact(ask("a"))
		w.wait(4 * time.Second)
		if len(w.fake.RepliesTo(i.ID)) != 1 || len(w.fake.RepliesTo(b.ID)) != 0 {
			t.Error("want the interaction answered and the other channel held back")
		}
		w.wait(2 * time.Second)
		if len(w.fake.RepliesTo(a.ID)) != 1 || len(w.fake.RepliesTo(b.ID)) != 1 {
			t.Error("want both messages answered after the limit")
		}
	})
}

// TestOneSlowChannel: a channel's limit holds up nobody else.
func TestOneSlowChannel(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		w.fake.Fail(fakediscord.Fault{Route: fakediscord.RouteMessages, Status: 429, Body: `{"retry_after":30,"global":false}`})
		for range 100 {
			w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: "300000000000000001"})
		}
		synctest.Wait()
		w.works()
		b := w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: "300000000000000002"})
		w.wait(time.Second)
		if len(w.fake.RepliesTo(b.ID)) != 1 {
			t.Error("the other channel has no answer")
		}
		w.until("drained", func() bool { return len(w.fake.Replies()) == 102 })
	})
}

// TestUnauthorized: the first 401 stops the bot with a reason.
func TestUnauthorized(t *testing.T) {
	for name, route := range map[string]string{"at the start": fakediscord.RouteMe, "later": fakediscord.RouteMessages} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{before: func(s *fakediscord.Server) {
					s.Fail(fakediscord.Fault{Route: route, Status: 401, Body: `{"message":"401: Unauthorized","code":0}`})
				}})
				if route == fakediscord.RouteMessages {
					w.ready()
					w.fake.Message(fakediscord.Message{Text: "a", Mention: true})
				}
				w.wait(5 * time.Second)
				if err := w.stop(); !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "DISCORD_TOKEN") {
					t.Errorf("Run: %v", err)
				}
				if n := len(w.fake.Requests("", route)); n != 1 {
					t.Errorf("%d requests after the refusal", n-1)
				}
			})
		})
	}
}

// TestBudget: refused requests are stopped long before Discord blocks the address.
func TestBudget(t *testing.T) {
	bubble(t, setup{fake: []fakediscord.Option{fakediscord.Unchecked()}}, func(t *testing.T, w *world) {
		w.fake.Fail(fakediscord.Fault{Route: fakediscord.RouteMessages, Status: 403, Body: `{"code":50013}`, Times: 1000, Optional: true})
		for range 300 {
			w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: w.fake.ID()})
		}
		synctest.Wait()
		if n := len(w.fake.Requests("POST", fakediscord.RouteMessages)); n < budgetSize || n > budgetSize+workers {
			t.Errorf("%d requests, want about %d", n, budgetSize)
		}
		w.works() // interactions go on
	})
}

// TestPreemptive: a channel whose bucket is empty is waited for, not refused.
func TestPreemptive(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		w.fake.Fail(fakediscord.Fault{
			Route: fakediscord.RouteMessages, Status: 200, Body: `{}`, Header: map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "3.0"},
		})
		w.fake.Message(fakediscord.Message{Text: "a", Mention: true})
		synctest.Wait()
		start := time.Now()
		m := w.fake.Message(fakediscord.Message{Text: "a", Mention: true})
		w.until("answered", func() bool { return len(w.fake.RepliesTo(m.ID)) == 1 })
		if d := time.Since(start); d < 3*time.Second {
			t.Errorf("sent after %v, want 3 s", d)
		}
	})
}

// TestErrorsHoldNoSecret makes requests fail in every way and looks for tokens,
// addresses and bodies in the errors.
func TestErrorsHoldNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fakediscord.New(t, fakediscord.Memory())
		set, err := Config{Token: fakediscord.Token, API: s.URL(), Dial: s.Dial}.validate()
		if err != nil {
			t.Fatal(err)
		}
		c := newClient(set, slog.New(slog.DiscardHandler), func(error) {})
		defer c.http.CloseIdleConnections()
		for _, f := range []fakediscord.Fault{{Cut: -1}, {Cut: 20, Body: "x"}, {Status: 500, Body: "canary"}, {Status: 400, Body: `{"code":50035,"message":"canary"}`}, {Status: 401, Body: `{"code":50027}`}, {Status: 302, Header: map[string]string{"Location": "/canary"}}, {Delay: time.Minute}} {
			f.Times, f.Optional = 20, true
			s.Fail(f)
			for _, r := range []route{routeCallback, routeOriginal, routeFollowUp, routeMessage} {
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				err := c.do(ctx, r, "", []string{"1", "canary-token"}, post{Content: "canary"}, nil)
				cancel()
				text := fmt.Sprintf("%v %+v %#v", err, err, err)
				if err == nil || strings.Contains(text, "canary") || strings.Contains(text, fakediscord.Token) || strings.Contains(text, "127.0.0.1") {
					t.Errorf("%+v %s: %s", f, r, text)
				}
			}
			s.ClearFaults()
		}
		s.Problems()
	})
}
