package discord

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

// works checks that a question is answered once.
func (w *world) works() {
	w.t.Helper()
	i := w.fake.Interact(ask("does it work?"))
	w.until("answered", func() bool { return len(w.fake.RepliesTo(i.ID)) > 0 })
	w.wait(time.Second)
	if got := w.fake.RepliesTo(i.ID); len(got) != 1 {
		w.t.Errorf("%d replies, want 1", len(got))
	}
}

func (w *world) opened(identifies, resumes int) {
	w.t.Helper()
	if i, r := w.fake.Opened(); i != identifies || r != resumes {
		w.t.Errorf("%d identifies and %d resumes, want %d and %d", i, r, identifies, resumes)
	}
}

// TestOpenings tries everything that can happen to a connection before it works.
func TestOpenings(t *testing.T) {
	type opening = fakediscord.Opening
	for _, tc := range []struct {
		name       string
		why        string
		openings   []opening
		identifies int
		resumes    int
	}{
		{"usual", "nothing in the way", nil, 1, 0},
		{"op 7 first", "discordgo locks itself up on it", []opening{{First: `{"op":7,"d":null,"s":null,"t":null}`}}, 1, 0},
		{"op 9 true first", "nothing to resume yet", []opening{{First: `{"op":9,"d":true,"s":null,"t":null}`}}, 1, 0},
		{"op 9 false first", "the same", []opening{{First: `{"op":9,"d":false,"s":null,"t":null}`}}, 1, 0},
		{"no hello", "discordgo waits for ever", []opening{{Silent: true}}, 1, 0},
		{"op 7 after identify", "", []opening{{Op7: true}}, 2, 0},
		{"op 9 true after identify", "", []opening{{Invalid: "true"}}, 2, 0},
		{"op 9 false after identify", "discordgo reports success without READY", []opening{{Invalid: "false"}}, 2, 0},
		{"no ready", "deaf although open", []opening{{Deaf: true}}, 2, 0},
		{"dropped after identify", "", []opening{{Drop: true}}, 2, 0},
		{"refused upgrades", "an outage of Discord's front", []opening{{Refuse: 503}, {Refuse: 429}, {Refuse: 200}}, 1, 0},
		{"not JSON", "", []opening{{First: "<html>"}}, 1, 0},
		{"garbage in place of zlib", "", []opening{{Garbage: true}}, 1, 0},
		{"hello without interval", "", []opening{{First: `{"op":10,"d":{}}`}}, 1, 0},
		{"no acknowledgements", "a zombie from the start is resumed", []opening{{NoAcks: true}}, 1, 1},
		{"asked for a heartbeat", "", []opening{{AskBeat: true}}, 1, 0},
		{"many in a row", "", []opening{{Op7: true}, {Silent: true}, {Drop: true}, {Invalid: "false"}, {Refuse: 502}}, 4, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{before: func(s *fakediscord.Server) { s.NextOpenings(tc.openings...) }})
				w.ready()
				w.wait(2 * time.Minute)
				w.ready()
				w.works()
				if tc.name == "garbage in place of zlib" || tc.name == "not JSON" {
					return // whether IDENTIFY was sent before the garbage was read is a race
				}
				w.opened(tc.identifies, tc.resumes)
			})
		})
	}
}

// TestCloseCodes closes a working connection with every code there is.
func TestCloseCodes(t *testing.T) {
	for code, want := range map[int]string{
		1000: "resume", 1001: "resume", 1006: "resume", 1011: "resume", 4000: "resume", 4001: "resume", 4002: "resume", 4003: "fresh",
		4004: "stop", 4005: "resume", 4006: "resume", 4007: "fresh", 4008: "resume", 4009: "fresh", 4010: "stop", 4011: "stop", 4012: "stop",
		4013: "stop", 4014: "stop", 4015: "resume", 4999: "resume",
	} {
		t.Run(fmt.Sprint(code, " ", want), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{})
				w.ready()
				w.fake.CloseWith(code)
				if want == "stop" {
					w.wait(10 * time.Second)
					err := w.stop()
					if !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "DISCORD_TOKEN") || !strings.Contains(err.Error(), fmt.Sprint(code)) {
						t.Errorf("Run: %v, want a reason that names DISCORD_TOKEN and %d", err, code)
					}
					if w.adapter.Ready() == nil {
						t.Error("ready after the end")
					}
					w.opened(1, 0)
					return
				}
				w.wait(20 * time.Second)
				w.ready()
				w.works()
				if want == "fresh" {
					w.opened(2, 0)
				} else {
					w.opened(1, 1)
				}
			})
		})
	}
}

// TestInterruptions interrupts a working connection in the other ways there are. What
// was dispatched meanwhile must arrive where Discord keeps it.
func TestInterruptions(t *testing.T) {
	for _, tc := range []struct {
		name       string
		do         func(*fakediscord.Server)
		identifies int
		resumes    int
	}{
		{"op 7", (*fakediscord.Server).Reconnect, 1, 1},
		{"op 9 true", func(s *fakediscord.Server) { s.Invalidate(true) }, 1, 1},
		{"op 9 false", func(s *fakediscord.Server) { s.Invalidate(false) }, 2, 0},
		{"cut", (*fakediscord.Server).Cut, 1, 1},
		{"half open", (*fakediscord.Server).HalfOpen, 1, 1},
		{"asked for a heartbeat", (*fakediscord.Server).AskHeartbeat, 1, 0},
		{"unknown op", func(s *fakediscord.Server) { s.Raw(`{"op":99,"d":{}}`) }, 1, 0},
		{"unknown event", func(s *fakediscord.Server) { s.Dispatch("SOMETHING_NEW", map[string]any{"x": 1}) }, 1, 0},
		{"megabyte event", func(s *fakediscord.Server) {
			s.Dispatch("GUILD_CREATE", map[string]any{"id": "1", "name": strings.Repeat("x", 1<<20)})
		}, 1, 0},
		{"not JSON", func(s *fakediscord.Server) { s.Raw("\x00") }, 1, 1},
		{"null", func(s *fakediscord.Server) { s.Raw("null") }, 1, 1},
		{"an array", func(s *fakediscord.Server) { s.Raw("[]") }, 1, 1},
		{"no opcode", func(s *fakediscord.Server) { s.Raw("{}") }, 1, 1},
		{"server that is null", func(s *fakediscord.Server) { s.Dispatch("GUILD_CREATE", json.RawMessage("null")) }, 1, 0},
		{"component of a new type", func(s *fakediscord.Server) {
			s.Dispatch("MESSAGE_CREATE", map[string]any{"id": "1", "channel_id": "2", "author": nil, "components": []any{map[string]any{"type": 999}}})
		}, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{})
				w.ready()
				w.wait(time.Minute)
				tc.do(w.fake)
				var meanwhile []string
				if tc.identifies == 1 {
					for n := range 5 {
						i := w.fake.Interact(ask(fmt.Sprint("question ", n)))
						meanwhile = append(meanwhile, i.ID)
						// A token lives 15 minutes but the first response has 3 s: messages
						// show better that nothing is lost.
						m := w.fake.Message(fakediscord.Message{Text: "what is a phlebotomist?", Mention: true})
						meanwhile = append(meanwhile, m.ID)
					}
				}
				w.wait(2 * time.Minute)
				w.ready()
				w.works()
				w.opened(tc.identifies, tc.resumes)
				if len(w.asker.questions()) != len(meanwhile)+1 {
					t.Errorf("%d questions reached the bot, want %d", len(w.asker.questions()), len(meanwhile)+1)
				}
			})
		})
	}
}

// TestHundredCuts cuts the connection a hundred times, in different ways, while
// messages come in; each is answered exactly once.
func TestHundredCuts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{})
		w.ready()
		ways := []func(){
			w.fake.Cut, w.fake.Reconnect, w.fake.HalfOpen, func() { w.fake.CloseWith(4000) }, func() { w.fake.Invalidate(true) },
			func() { w.fake.Raw("{") },
		}
		var sent []string
		send := func(n int) {
			for range n {
				sent = append(sent, w.fake.Message(fakediscord.Message{Text: "what is a phlebotomist?", Mention: true}).ID)
			}
		}
		for n := range 100 {
			send(3)
			ways[n%len(ways)]()
			send(3)
			w.until("resumed", func() bool { _, r := w.fake.Opened(); return r == n+1 && w.adapter.Ready() == nil })
			send(1)
			w.wait(time.Duration(n%7) * time.Second)
		}
		w.wait(time.Minute)
		w.opened(1, 100)
		for _, id := range sent {
			if got := len(w.fake.RepliesTo(id)); got != 1 {
				t.Errorf("message %s has %d replies", id, got)
			}
		}
	})
}

// TestResumeFails cuts a working connection and lets the next ones fail too.
func TestResumeFails(t *testing.T) {
	type opening = fakediscord.Opening
	for _, tc := range []struct {
		name       string
		openings   []opening
		identifies int
		resumes    int
	}{
		{"refused once", []opening{{Refuse: 503}}, 1, 1},
		{"no hello", []opening{{Silent: true}}, 1, 1},
		{"op 7", []opening{{Op7: true}}, 1, 2},
		{"op 9 true", []opening{{Invalid: "true"}}, 1, 2},
		{"op 9 false", []opening{{Invalid: "false"}}, 2, 1},
		{"neither resumed nor refused", []opening{{Deaf: true}}, 1, 2},
		{"dropped", []opening{{Drop: true}, {Drop: true}}, 1, 3},
		{"session timed out", []opening{{Close: 4009}}, 2, 1},
		{"invalid sequence", []opening{{Close: 4007}}, 2, 1},
		{"unknown error", []opening{{Close: 4000}}, 1, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, setup{})
				w.ready()
				w.fake.NextOpenings(tc.openings...)
				w.fake.Cut()
				w.wait(3 * time.Minute)
				w.ready()
				w.works()
				w.opened(tc.identifies, tc.resumes)
			})
		})
	}
}

// TestHang: a connection that cannot even be dialled or given up does not hold
// up the next one.
func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		stuck := true
		w := newWorld(t, setup{config: func(c *Config) {
			dial := c.Dial
			n := 0
			c.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if n++; n == 2 && stuck { // the first is for REST
					stuck = false
					<-release // deaf to its context
				}
				return dial(ctx, network, addr)
			}
		}})
		w.ready()
		w.works()
		close(release)
	})
}

// TestEncrypted runs over TLS, as in production, on sockets and through a proxy.
func TestEncrypted(t *testing.T) {
	for _, proxied := range []bool{false, true} {
		s := fakediscord.New(t, fakediscord.TLS())
		cfg := Config{Token: fakediscord.Token, API: s.URL(), TLS: &tls.Config{RootCAs: s.Authorities()}}
		tunnels := 0
		if proxied {
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth(); user != "me" || password != "secret" {
					http.Error(w, "who?", http.StatusProxyAuthRequired)
					return
				}
				tunnels++
				up, err := net.Dial("tcp", r.Host)
				if err != nil {
					http.Error(w, "unreachable", http.StatusBadGateway)
					return
				}
				w.WriteHeader(http.StatusOK)
				down, _, _ := http.NewResponseController(w).Hijack()
				go func() { io.Copy(up, down); up.Close() }()
				io.Copy(down, up)
				down.Close()
			}))
			defer proxy.Close()
			u, _ := url.Parse(proxy.URL)
			u.User = url.UserPassword("me", "secret")
			cfg.Proxy = http.ProxyURL(u)
		}
		a, err := New(cfg, &asker{}, nil, slog.New(slog.NewTextHandler(t.Output(), nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- a.Run(ctx) }()
		settle(t, func() bool { return a.Ready() == nil })
		i := s.Interact(ask("a"))
		settle(t, func() bool { return len(s.RepliesTo(i.ID)) == 1 })
		s.Cut()
		settle(t, func() bool { _, r := s.Opened(); return r == 1 && a.Ready() == nil })
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if proxied && tunnels < 2 {
			t.Errorf("%d tunnels, want one for REST and one for the gateway", tunnels)
		}
	}
}

func TestShards(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{fake: []fakediscord.Option{fakediscord.Shards(4, 2)}})
		w.ready()
		if got := w.fake.Connected(); got != 4 {
			t.Errorf("%d connections, want 4", got)
		}
		for n := range 8 {
			i := w.fake.Interact(fakediscord.Interaction{Guild: fmt.Sprint((n + 1) << 22), Data: slash("help")})
			w.until("answered", func() bool { return len(w.fake.RepliesTo(i.ID)) == 1 })
		}
	})
}

func TestNoSessionsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{before: func(s *fakediscord.Server) { s.SetRemaining(0) }})
		w.wait(30 * time.Second)
		w.opened(0, 0)
		w.fake.SetRemaining(10)
		w.ready()
		w.opened(1, 0)
	})
}

// TestCutAgainAndAgain: a connection that works between its cuts is back within
// moments each time, also after many.
func TestCutAgainAndAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{})
		w.ready()
		for n := range 20 {
			w.wait(20 * time.Second)
			w.fake.Cut()
			start := time.Now()
			w.until("resumed", func() bool { _, r := w.fake.Opened(); return r == n+1 && w.adapter.Ready() == nil })
			if d := time.Since(start); d > 3*time.Second {
				t.Fatalf("cut %d: back after %v", n, d)
			}
		}
	})
}

// TestBackoff keeps the gateway away for long: attempts thin out, none is more
// than a minute apart, and no burst follows.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refused []fakediscord.Opening
		for range 30 {
			refused = append(refused, fakediscord.Opening{Refuse: 503})
		}
		w := newWorld(t, setup{before: func(s *fakediscord.Server) { s.NextOpenings(refused...) }})
		start := time.Now()
		for w.adapter.Ready() != nil && time.Since(start) < time.Hour {
			w.wait(time.Second)
		}
		took := time.Since(start)
		if took < 8*time.Minute || took > 30*time.Minute {
			t.Errorf("30 refusals took %v", took)
		}
	})
}
