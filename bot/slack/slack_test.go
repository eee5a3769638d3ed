package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"careerbot/bot"
	"careerbot/bot/bottest/fakeslack"
)

// The index that package bot links in starts its workers before main.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// shared returns the folder of recorded data, or skips.
func shared(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("CAREERBOT_SHARED")
	if dir == "" {
		t.Skip("SKIPPED: set CAREERBOT_SHARED to the folder of recorded Slack data")
	}
	return filepath.Join(dir, "slack")
}

// A fakeAsker answers by the first word of the question, and remembers what it
// was asked.
type fakeAsker struct {
	mu    sync.Mutex
	asked []bot.Question
	hold  chan struct{} // when set, answers wait for it
}

func (f *fakeAsker) Answer(ctx context.Context, q bot.Question) bot.Answer {
	f.mu.Lock()
	f.asked = append(f.asked, q)
	hold := f.hold
	f.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	if q.Choice != nil {
		return sampleFor(string(q.Choice.Kind))
	}
	word, _, _ := strings.Cut(q.Text, " ")
	if word == "panic" {
		panic(q.Text)
	}
	return sampleFor(word)
}

func (f *fakeAsker) Suggest(kind, prefix string, max int) []bot.Suggestion {
	if kind != "role" || !strings.HasPrefix("phlebotomist", strings.ToLower(prefix)) {
		return nil
	}
	return []bot.Suggestion{{Label: "Phlebotomist", Value: "phlebotomist"}}
}

func (f *fakeAsker) questions() []bot.Question {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]bot.Question(nil), f.asked...)
}

// sampleFor returns the sample of a kind, an answer about pay for others.
func sampleFor(kind string) bot.Answer {
	if a, ok := samples[kind]; ok {
		return a
	}
	return samples["answer"]
}

// A rig is an adapter that runs against a fake Slack.
type rig struct {
	*fakeslack.Server
	t       testing.TB
	adapter *Adapter
	asker   *fakeAsker
	inlet   fakeslack.Inlet
	logs    *bytes.Buffer
	stop    func() error
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// start runs an adapter: over Socket Mode when socket is set, else over HTTP.
func start(t testing.TB, socket bool, claims bot.Claims, change ...func(*Config)) *rig {
	t.Helper()
	return startOn(t, fakeslack.New(t), socket, claims, change...)
}

// startOn is start against a Slack that is there already.
func startOn(t testing.TB, s *fakeslack.Server, socket bool, claims bot.Claims, change ...func(*Config)) *rig {
	t.Helper()
	known := len(s.Calls("auth.test"))
	r := &rig{Server: s, t: t, asker: &fakeAsker{}, logs: &bytes.Buffer{}}
	cfg := Config{BotToken: fakeslack.BotToken, APIURL: r.URL(), Workers: 64}
	if socket {
		cfg.AppToken = fakeslack.AppToken
	} else {
		cfg.SigningSecret = fakeslack.SigningSecret
	}
	for _, c := range change {
		c(&cfg)
	}
	log := slog.New(slog.NewTextHandler(&lockedBuffer{b: r.logs}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	a, err := New(cfg, r.asker, claims, log)
	if err != nil {
		t.Fatal(err)
	}
	r.adapter = a
	srv := httptest.NewServer(a.Handler())
	r.inlet = fakeslack.Inlet{URL: srv.URL, Secret: fakeslack.SigningSecret}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	r.stop = sync.OnceValue(func() error {
		cancel()
		err := <-done
		srv.Close()
		http.DefaultClient.CloseIdleConnections()
		return err
	})
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	r.Await("the adapter to be ready", func() bool { return len(r.Calls("auth.test")) > known && (!socket || r.Links() == a.cfg.Links) })
	return r
}

// send delivers an event over HTTP and wants a 200.
func (r *rig) event(p fakeslack.Payload) {
	r.t.Helper()
	res, err := r.inlet.Event(r.t.Context(), p.JSON(), 0)
	if err != nil || res.Status != http.StatusOK {
		r.t.Fatalf("event: status %d, %v", res.Status, err)
	}
}

// tap delivers an interaction over HTTP and returns the body of the answer.
func (r *rig) interaction(p fakeslack.Payload) []byte {
	r.t.Helper()
	res, err := r.inlet.Interaction(r.t.Context(), p)
	if err != nil || res.Status != http.StatusOK {
		r.t.Fatalf("interaction: status %d, %v", res.Status, err)
	}
	return res.Body
}

// awaitCalls waits for n calls of a method and returns them.
func (r *rig) awaitCalls(method string, n int) []fakeslack.Call {
	r.t.Helper()
	r.Await(fmt.Sprintf("%d × %s", n, method), func() bool {
		ok := 0
		for _, c := range r.Calls(method) {
			if c.OK {
				ok++
			}
		}
		return ok >= n
	})
	return r.Calls(method)
}

func TestMentionIsAnsweredInItsThread(t *testing.T) {
	r := start(t, false, nil)
	p := r.Mention("C1", "", "U1", "what does it pay &amp; where")
	r.event(p)
	call := r.awaitCalls("chat.postMessage", 1)[0]
	ts := p["event"].(map[string]any)["ts"]
	if call.Args["thread_ts"] != ts || call.Args["channel"] != "C1" {
		t.Errorf("posted to %v in thread %v, want C1 in thread %v", call.Args["channel"], call.Args["thread_ts"], ts)
	}
	if call.Args["unfurl_links"] != false || call.Args["unfurl_media"] != false {
		t.Error("links unfurl")
	}
	q := r.asker.questions()[0]
	want := bot.Question{Text: "what does it pay & where", Person: "U1",
		Place: bot.Place{Platform: "slack", Workspace: fakeslack.Team, Channel: "C1", Thread: ts.(string)}}
	if q.Text != want.Text || q.Place != want.Place || q.Person != want.Person {
		t.Errorf("asked %+v, want %+v", q, want)
	}
}

func TestDirectMessageIsAnsweredInPlace(t *testing.T) {
	r := start(t, true, nil)
	d := r.Send("events_api", r.DM("D1", "U1", "pay"))
	call := r.awaitCalls("chat.postMessage", 1)[0]
	if call.Args["thread_ts"] != nil || call.Args["channel"] != "D1" {
		t.Errorf("posted to %v, thread %v", call.Args["channel"], call.Args["thread_ts"])
	}
	<-d.Acked()
}

func TestCommandIsAnsweredInline(t *testing.T) {
	r := start(t, false, nil)
	res, err := r.inlet.Command(t.Context(), r.Command("C1", "U1", "pay"))
	if err != nil || res.Status != 200 {
		t.Fatal(res.Status, err)
	}
	if err := r.CheckMessage(res.Body); err != nil {
		t.Error(err)
	}
	if !bytes.Contains(res.Body, []byte(`"response_type":"ephemeral"`)) {
		t.Error("not ephemeral")
	}
	if n := len(r.Calls("response_url")); n != 0 {
		t.Errorf("%d posts to the response URL", n)
	}
}

func TestCommandOverSocketIsAnsweredInTheAcknowledgement(t *testing.T) {
	r := start(t, true, nil)
	d := r.Send("slash_commands", fakeslack.CommandJSON(r.Command("C1", "U1", "pay")))
	<-d.Acked()
	if !bytes.Contains(d.Ack(), []byte(`"response_type":"ephemeral"`)) {
		t.Errorf("acknowledged with %.80q", d.Ack())
	}
}

func TestSlowCommandIsAnsweredByResponseURL(t *testing.T) {
	r := start(t, false, nil)
	r.asker.hold = make(chan struct{})
	cmd := r.Command("C1", "U1", "pay")
	res, err := r.inlet.Command(t.Context(), cmd)
	if err != nil || res.Status != 200 || len(res.Body) != 0 {
		t.Fatalf("%d %q %v, want an empty 200", res.Status, res.Body, err)
	}
	close(r.asker.hold)
	r.awaitCalls("response_url", 1)
	if got := r.Posts(cmd.Get("response_url")); len(got) != 1 || got[0].Args["response_type"] != "ephemeral" {
		t.Errorf("posted %v", got)
	}
}

func TestComparisonGoesWhereARefusalShows(t *testing.T) {
	r := start(t, false, nil)
	r.Script("response_url", fakeslack.Reply{Status: 400, Body: "invalid_blocks"})
	if _, err := r.inlet.Command(t.Context(), r.Command("C1", "U1", "compare MLT vs MLS")); err != nil {
		t.Fatal(err)
	}
	calls := r.awaitCalls("response_url", 1)
	if len(calls) != 2 {
		t.Fatalf("%d posts, want the table and then the list", len(calls))
	}
	if s := calls[0].JSON(); !strings.Contains(s, `"table"`) {
		t.Error("first try has no table")
	}
	if s := calls[1].JSON(); strings.Contains(s, `"table"`) || !strings.Contains(s, "rich_text_list") {
		t.Error("second try should show lists")
	}
}

func TestRefusedBlocksStillGiveTheText(t *testing.T) {
	for _, code := range []string{"invalid_blocks", "msg_blocks_too_long"} {
		t.Run(code, func(t *testing.T) {
			r := start(t, false, nil)
			r.Script("chat.postMessage", fakeslack.Reply{Error: code}, fakeslack.Reply{Error: code})
			r.event(r.Mention("C1", "", "U1", "pay"))
			calls := r.awaitCalls("chat.postMessage", 1)
			last := calls[len(calls)-1]
			if len(calls) != 3 || last.Args["blocks"] != nil || !strings.Contains(last.Text(), "$45,230") {
				t.Errorf("%d calls, the last: %s", len(calls), last.JSON())
			}
		})
	}
}

func TestPanicWhileAnsweringIsToldAndContained(t *testing.T) {
	r := start(t, false, nil)
	r.event(r.Mention("C1", "", "U1", "panic sesame"))
	if got := r.awaitCalls("chat.postMessage", 1)[0].Text(); !strings.Contains(got, "went wrong") {
		t.Errorf("said %q", got)
	}
	r.event(r.Mention("C1", "", "U1", "pay"))
	r.awaitCalls("chat.postMessage", 2)
	if strings.Contains(r.log(), "sesame") {
		t.Error("the log holds the message")
	}
}

// log returns the log after the adapter has stopped.
func (r *rig) log() string {
	if err := r.stop(); err != nil {
		r.t.Error(err)
	}
	return r.logs.String()
}

func TestSettingsErrors(t *testing.T) {
	good := Config{AppToken: fakeslack.AppToken, BotToken: fakeslack.BotToken}
	for _, tc := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"nothing", func(c *Config) { *c = Config{} }, "SLACK_APP_TOKEN or SLACK_SIGNING_SECRET"},
		{"swapped tokens", func(c *Config) { c.AppToken, c.BotToken = c.BotToken, c.AppToken }, "SLACK_APP_TOKEN"},
		{"no bot token", func(c *Config) { c.BotToken = "" }, "SLACK_BOT_TOKEN"},
		{"user token", func(c *Config) { c.BotToken = "xoxp-123-456" }, "SLACK_BOT_TOKEN"},
		{"quoted token", func(c *Config) { c.BotToken = `"xoxb-123-456"` }, "SLACK_BOT_TOKEN"},
		{"line break", func(c *Config) { c.BotToken = "xoxb-123-456\n" }, "SLACK_BOT_TOKEN"},
		{"token as secret", func(c *Config) { c.SigningSecret = "xoxb-123-456-789-000" }, "SLACK_SIGNING_SECRET"},
		{"half of OAuth", func(c *Config) { c.ClientID = "1.2" }, "SLACK_CLIENT_SECRET"},
		{"a token beside OAuth", func(c *Config) {
			c.ClientID, c.ClientSecret, c.Installations = "1.2", "secret", newMemoryInstallations()
		}, "SLACK_CLIENT_ID"},
		{"bad address", func(c *Config) { c.APIURL = "slack.com" }, "SLACK_API_URL"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := good
			tc.change(&cfg)
			_, err := New(cfg, &fakeAsker{}, nil, nil)
			if !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want an error about %s", err, tc.want)
			}
			if strings.Contains(err.Error(), "123-456") || strings.Contains(err.Error(), "fake") {
				t.Errorf("the error holds a value: %v", err)
			}
		})
	}
}

func TestSecretNeverPrints(t *testing.T) {
	s := Secret("xoxb-canary")
	cfg := Config{BotToken: s}
	raw, _ := json.Marshal(cfg.BotToken)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", s, "cfg", struct{ T Secret }{s})
	for _, got := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %q %x %s %d", s, s, s, s, s, s, s), fmt.Sprintf("%+v %#v", cfg, cfg), string(raw), log.String(),
		fmt.Sprint(&cfg), fmt.Sprint([]Secret{s}),
	} {
		if strings.Contains(got, "canary") || strings.Contains(got, "786f7862") {
			t.Errorf("printed %s", got)
		}
	}
}

func TestRunEndsWithAdviceWhenTheTokenIsRefused(t *testing.T) {
	for _, tc := range []struct {
		name, method, code, want string
	}{
		{"bot token revoked", "auth.test", "token_revoked", "SLACK_BOT_TOKEN"},
		{"bot token invalid", "auth.test", "invalid_auth", "SLACK_BOT_TOKEN"},
		{"app token invalid", "apps.connections.open", "invalid_auth", "SLACK_APP_TOKEN"},
		{"app token without scope", "apps.connections.open", "missing_scope", "connections:write"},
		{"app token of another kind", "apps.connections.open", "not_allowed_token_type", "xapp-"},
		{"app token expired", "apps.connections.open", "token_expired", "SLACK_APP_TOKEN"},
		{"team forbidden", "apps.connections.open", "forbidden_team", "owner"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := fakeslack.New(t)
			s.Script(tc.method, fakeslack.Reply{Error: tc.code}, fakeslack.Reply{Error: tc.code}, fakeslack.Reply{Error: tc.code})
			a, err := New(Config{AppToken: fakeslack.AppToken, BotToken: fakeslack.BotToken, APIURL: s.URL()}, &fakeAsker{}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			err = a.Run(ctx)
			if !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), tc.code) {
				t.Errorf("Run: %v, want %s and %s", err, tc.want, tc.code)
			}
			if a.Ready() == nil {
				t.Error("still ready")
			}
		})
	}
}
