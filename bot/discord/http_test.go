package discord

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

// overHTTP makes a world take interactions over HTTP.
func overHTTP(w *setup) {
	var key string
	w.before = func(s *fakediscord.Server) { key = s.PublicKey() }
	w.config = func(c *Config) { c.PublicKey, c.NoGateway, c.ApplicationID = key, true, fakediscord.ApplicationID }
}

func TestHTTPAnswers(t *testing.T) {
	var s setup
	overHTTP(&s)
	bubble(t, s, func(t *testing.T, w *world) {
		i, res := w.fake.Post(w.adapter.Handler(), ask("what is a phlebotomist?"))
		if res.Code != 200 || len(w.fake.RepliesTo(i.ID)) != 1 {
			t.Errorf("status %d, body %s", res.Code, res.Body)
		}
		if n := len(w.fake.Requests("POST", fakediscord.RouteCallback)); n != 0 {
			t.Errorf("%d callbacks, want the response inline", n)
		}
		_, res = w.fake.Post(w.adapter.Handler(), fakediscord.Interaction{Type: fakediscord.Ping})
		if res.Code != 200 || res.Body.String() != `{"type":1}` {
			t.Errorf("ping: %d %s", res.Code, res.Body)
		}
		o := map[string]any{"name": "role", "type": 3, "value": "phl", "focused": true}
		_, res = w.fake.Post(w.adapter.Handler(), fakediscord.Interaction{Type: fakediscord.Autocomplete, Data: slash("role", o)})
		if res.Code != 200 || !strings.Contains(res.Body.String(), "=phlebotomist") {
			t.Errorf("autocomplete: %d %s", res.Code, res.Body)
		}
		w.until("commands registered", func() bool { _, n := w.fake.Commands(); return n == 1 })
		w.opened(0, 0)
	})
}

// TestHTTPDefers: over HTTP too, a slow answer is deferred and edited in.
func TestHTTPDefers(t *testing.T) {
	s := setup{asker: &asker{answer: func(ctx context.Context, q bot.Question) bot.Answer {
		<-time.After(4 * time.Second)
		return sample()
	}}}
	overHTTP(&s)
	bubble(t, s, func(t *testing.T, w *world) {
		i, res := w.fake.Post(w.adapter.Handler(), ask("a"))
		if !strings.Contains(res.Body.String(), `"type":5`) {
			t.Errorf("response %s, want a deferral", res.Body)
		}
		w.wait(5 * time.Second)
		if got := w.fake.RepliesTo(i.ID); len(got) != 1 || got[0].Route != fakediscord.RouteOriginal {
			t.Errorf("replies %+v", got)
		}
	})
}

// TestHTTPReplay sends one valid request many times at once: one answer.
func TestHTTPReplay(t *testing.T) {
	var s setup
	overHTTP(&s)
	bubble(t, s, func(t *testing.T, w *world) {
		body := w.fake.NewInteraction(ask("a")).JSON()
		var answers atomic.Int64
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				res := httptest.NewRecorder()
				w.adapter.Handler().ServeHTTP(res, w.fake.Sign(body))
				if res.Code == 200 {
					answers.Add(1)
				}
			})
		}
		all.Wait()
		if n := answers.Load(); n != 1 {
			t.Errorf("%d answers, want 1", n)
		}
	})
}

// TestSignatures tries whatever is not Discord's own signature over the request.
func TestSignatures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		public, private, _ := ed25519.GenerateKey(nil)
		_, other, _ := ed25519.GenerateKey(nil)
		var lines logs
		a, err := New(Config{PublicKey: hex.EncodeToString(public)}, &asker{}, nil, slog.New(slog.NewTextHandler(&lines, nil)))
		if err != nil {
			t.Fatal(err)
		}
		body := []byte(`{"type":1}`)
		now := strconv.FormatInt(time.Now().Unix(), 10)
		sign := func(key ed25519.PrivateKey, stamp string, body []byte) string {
			return hex.EncodeToString(ed25519.Sign(key, append([]byte(stamp), body...)))
		}
		good := sign(private, now, body)
		at := func(d time.Duration) string { return strconv.FormatInt(time.Now().Add(d).Unix(), 10) }
		type try struct {
			name, signature, stamp string
			body                   []byte
			ok                     bool
		}
		tries := []try{
			{"good", good, now, body, true},
			{"almost five minutes old", sign(private, at(-299*time.Second), body), at(-299 * time.Second), body, true},
			{"almost five minutes ahead", sign(private, at(299*time.Second), body), at(299 * time.Second), body, true},
			{"too old", sign(private, at(-301*time.Second), body), at(-301 * time.Second), body, false},
			{"too far ahead", sign(private, at(301*time.Second), body), at(301 * time.Second), body, false},
			{"upper case", strings.ToUpper(good), now, body, false},
			{"prefix", "v0=" + good, now, body, false},
			{"hex prefix", "0x" + good, now, body, false},
			{"short", good[:126], now, body, false},
			{"long", good + "00", now, body, false},
			{"odd", good[:127], now, body, false},
			{"not hex", strings.Repeat("zz", 64), now, body, false},
			{"zero", strings.Repeat("00", 64), now, body, false},
			{"space after", good + " ", now, body, false},
			{"another application's key", sign(other, now, body), now, body, false},
			{"signed without timestamp", sign(private, "", body), now, body, false},
			{"timestamp after the body", hex.EncodeToString(ed25519.Sign(private, append(bytes.Clone(body), now...))), now, body, false},
			{"other timestamp", good, at(time.Second), body, false},
			{"body with a space", good, now, []byte(`{"type": 1}`), false},
			{"body cut", good, now, body[:9], false},
			{"body empty", good, now, nil, false},
			{"body doubled", good, now, append(bytes.Clone(body), body...), false},
			{"byte order mark", good, now, append([]byte("\ufeff"), body...), false},
		}
		for _, stamp := range []string{"0", "-1", "junk", "", " " + now, now + ".0", "+" + now, "1e9", "9223372036854775807", "9223372036854775808", "18446744073709551616", "٠", now + "\x00", "0x10"} {
			tries = append(tries, try{"timestamp " + strconv.Quote(stamp), sign(private, stamp, body), stamp, body, false})
		}
		for n := range 32 { // every byte of a signature counts
			b, _ := hex.DecodeString(good)
			b[2*n] ^= 1 << (n % 8)
			tries = append(tries, try{fmt.Sprint("bit of byte ", 2*n), hex.EncodeToString(b), now, body, false})
		}
		answers := map[string]bool{}
		for _, tc := range tries {
			r := httptest.NewRequest("POST", "/discord/interactions", bytes.NewReader(tc.body))
			r.Header["X-Signature-Ed25519"], r.Header["X-Signature-Timestamp"] = []string{tc.signature}, []string{tc.stamp}
			code, text := serve(a.Handler(), r)
			if tc.ok != (code == 200) || !tc.ok && code != 401 {
				t.Errorf("%s: %d %s", tc.name, code, text)
			}
			if !tc.ok {
				answers[text] = true
			}
		}
		for name, change := range map[string]func(http.Header){
			"no signature": func(h http.Header) { h.Del("X-Signature-Ed25519") }, "no timestamp": func(h http.Header) { h.Del("X-Signature-Timestamp") },
			"two signatures": func(h http.Header) { h.Add("X-Signature-Ed25519", good) }, "two timestamps": func(h http.Header) { h.Add("X-Signature-Timestamp", now) },
		} {
			r := httptest.NewRequest("POST", "/discord/interactions", bytes.NewReader(body))
			r.Header.Set("X-Signature-Ed25519", good)
			r.Header.Set("X-Signature-Timestamp", now)
			change(r.Header)
			code, text := serve(a.Handler(), r)
			if code != 401 {
				t.Errorf("%s: %d", name, code)
			}
			answers[text] = true
		}
		if len(tries) < 60 || len(answers) != 1 {
			t.Errorf("%d tries, different answers: %v", len(tries), answers)
		}
		if strings.Contains(lines.String(), good) || strings.Contains(lines.String(), now) {
			t.Error("a signature or timestamp is in the logs")
		}
	})
}

func serve(h http.Handler, r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// endless is a body that never ends.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) { e.read += len(p); return len(p), nil }

func TestBodies(t *testing.T) {
	var s setup
	overHTTP(&s)
	bubble(t, s, func(t *testing.T, w *world) {
		h := w.adapter.Handler()
		for name, tc := range map[string]struct {
			body string
			want int
		}{
			"empty":             {"", 400},
			"not JSON":          {"nonsense", 400},
			"null":              {"null", 400},
			"array":             {"[]", 400},
			"deep":              {strings.Repeat("[", 100_000), 400},
			"deep value":        {`{"id":"1","token":"t","application_id":"1","type":2,"data":` + strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000) + `}`, 200},
			"invalid UTF-8":     {"{\"type\":1,\"x\":\"\xff\"}", 200},
			"duplicate keys":    {`{"type":2,"type":1}`, 200},
			"no id":             {`{"type":2,"token":"t","application_id":"1"}`, 400},
			"id not a number":   {`{"type":2,"id":"../..","token":"t","application_id":"1"}`, 400},
			"type not a number": {`{"type":"2","id":"5","token":"t","application_id":"1"}`, 200},
		} {
			code, text := serve(h, w.fake.Sign([]byte(tc.body)))
			if code != tc.want {
				t.Errorf("%s: %d %s, want %d", name, code, text, tc.want)
			}
		}
		e := &endless{}
		r := httptest.NewRequest("POST", "/discord/interactions", io.NopCloser(e))
		if code, _ := serve(h, r); code != http.StatusRequestEntityTooLarge || e.read > 4<<20 {
			t.Errorf("endless body: %d after %d bytes", code, e.read)
		}
		if code, _ := serve(h, httptest.NewRequest("GET", "/discord/interactions", nil)); code != http.StatusMethodNotAllowed {
			t.Errorf("GET: %d", code)
		}
		w.cancel()
		synctest.Wait()
		if code, _ := serve(h, w.fake.Sign(w.fake.NewInteraction(ask("a")).JSON())); code != http.StatusServiceUnavailable {
			t.Errorf("after the end: %d", code)
		}
	})
}

func TestSettings(t *testing.T) {
	key := strings.Repeat("ab", 32)
	for _, tc := range []struct {
		name    string
		cfg     Config
		setting string // "" when it is fine
	}{
		{"token", Config{Token: fakediscord.Token}, ""},
		{"token with its word", Config{Token: "Bot " + fakediscord.Token}, ""},
		{"key", Config{PublicKey: key}, ""},
		{"nothing", Config{}, "DISCORD_TOKEN"},
		{"token without parts", Config{Token: "canary-secret-token-without-parts"}, "DISCORD_TOKEN"},
		{"token with a line break", Config{Token: "canary.secret.token\nwith-a-break"}, "DISCORD_TOKEN"},
		{"short key", Config{PublicKey: key[:62]}, "DISCORD_PUBLIC_KEY"},
		{"key not hex", Config{PublicKey: strings.Repeat("zz", 32)}, "DISCORD_PUBLIC_KEY"},
		{"no inlet", Config{Token: fakediscord.Token, NoGateway: true}, "DISCORD_PUBLIC_KEY"},
		{"application", Config{PublicKey: key, ApplicationID: "my app"}, "DISCORD_APPLICATION_ID"},
		{"address", Config{PublicKey: key, API: "discord.com"}, "DISCORD_API_URL"},
		{"address with a password", Config{PublicKey: key, API: "https://u:p@discord.com"}, "DISCORD_API_URL"},
		{"shards", Config{Token: fakediscord.Token, Shards: 2, LastShard: 2}, "shards"},
	} {
		_, err := New(tc.cfg, &asker{}, nil, nil)
		switch {
		case tc.setting == "" && err != nil:
			t.Errorf("%s: %v", tc.name, err)
		case tc.setting != "" && (!errors.Is(err, bot.ErrSettings) || !strings.HasPrefix(err.Error(), tc.setting+" ") || strings.Contains(err.Error(), "\n")):
			t.Errorf("%s: %v, want one line that names %s", tc.name, err, tc.setting)
		case err != nil && strings.Contains(err.Error(), "canary"):
			t.Errorf("%s: the error holds the secret: %v", tc.name, err)
		}
	}
}

func TestSecret(t *testing.T) {
	s := Secret("canary")
	type holder struct{ S Secret }
	var lines logs
	slog.New(slog.NewTextHandler(&lines, nil)).Info("x", "s", s, "h", Config{Token: s})
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("x", "s", s, "h", holder{s})
	j, _ := encode(holder{s})
	for _, got := range []string{fmt.Sprintf("%v %s %q %x %d %+v %#v", s, s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", holder{s}, &holder{s}, holder{s}), lines.String(), string(j), s.String()} {
		if strings.Contains(got, "canary") || strings.Contains(got, "63616e617279") || !strings.Contains(got, "<redacted>") && !strings.Contains(got, `redacted`) {
			t.Errorf("secret shows: %s", got)
		}
	}
}

func TestInviteURL(t *testing.T) {
	got, err := InviteURL("123456789012345678")
	want := "https://discord.com/oauth2/authorize?client_id=123456789012345678&integration_type=0&permissions=274878024704&scope=bot+applications.commands"
	if got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	got, err = PersonalURL("123456789012345678")
	if want := "https://discord.com/oauth2/authorize?client_id=123456789012345678&integration_type=1&scope=applications.commands"; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := InviteURL("me"); !errors.Is(err, bot.ErrSettings) {
		t.Errorf("bad id: %v", err)
	}
}
