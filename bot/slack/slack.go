// Package slack connects the bot to Slack workspaces.
//
// The central type is [Adapter]. Payloads reach it over Socket Mode or as signed
// HTTP requests; both transports only verify, decode and acknowledge, and hand
// over to one dispatcher. A question goes to the [Asker]; its answer is rendered
// as Block Kit, checked against Slack's limits and sent. When Slack refuses the
// blocks the person still gets the text.
//
// The files follow a payload's way: verify.go, decode.go, http.go and socket.go
// (in), deliver.go and ledger.go (once, acknowledged in time), surface.go and
// views.go (what to answer where), render.go and blocks.go (layout and limits),
// client.go and retry.go (out). The SDK carries Socket Mode links only; decoding,
// routing, retries and supervision are ours because of the shapes it refuses and
// the errors it retries for ever.
package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"careerbot/bot"
)

// platform is Slack's name in places and keys.
const platform = "slack"

// DefaultAPIURL is where the Web API is.
const DefaultAPIURL = "https://slack.com/api/"

// An Asker answers questions. It always has an answer, and is called from many
// goroutines.
type Asker interface {
	Answer(ctx context.Context, q bot.Question) bot.Answer
}

// A Suggester completes names that people type, as [bot.Bot.Suggest] does. An
// Asker that is one gives the "Ask" form a menu of jobs.
type Suggester interface {
	Suggest(kind, prefix string, max int) []bot.Suggestion
}

// Config says how the adapter reaches Slack. Socket Mode needs AppToken and
// BotToken; HTTP needs SigningSecret, and BotToken or OAuth.
type Config struct {
	AppToken      Secret // SLACK_APP_TOKEN, xapp-…
	BotToken      Secret // SLACK_BOT_TOKEN, xoxb-…
	SigningSecret Secret // SLACK_SIGNING_SECRET

	ClientID      string // SLACK_CLIENT_ID, with ClientSecret and Installations: OAuth
	ClientSecret  Secret // SLACK_CLIENT_SECRET
	RedirectURL   string // address of /slack/oauth/callback, "" to let Slack choose
	Installations Installations

	APIURL string // SLACK_API_URL, default [DefaultAPIURL]
	Links  int    // Socket Mode connections, default 2, so that a refresh leaves one open

	Workers int // deliveries answered at once, default 256
	Queue   int // deliveries waiting, default 2048; past it Slack is told to come again

	// Inbox keeps what was acknowledged until it is answered, so that a restart
	// takes it up again; nil leaves that to this process.
	Inbox bot.Inbox

	// What is nil of these is left out.
	Preferences *bot.PreferenceBook
	Feedback    *bot.FeedbackDesk
	Mentors     *bot.MentorDesk // needs Preferences
	People      bot.People
	About       func() bot.About // for the Home tab
	Popular     *bot.Popular     // what is asked most, likewise

	// Managers are user ids that may change a workspace's settings, beside
	// whoever installed the app.
	Managers []string

	// Transport carries requests to Slack, default a pooled transport.
	Transport http.RoundTripper
}

// An Adapter answers in Slack. Use [New].
type Adapter struct {
	cfg       Config
	asker     Asker
	suggester Suggester // nil without one
	log       *slog.Logger
	client    *client
	ledger    *ledger
	pool      *pool
	oauth     *oauth // nil without OAuth
	tokens    tokens
	now       func() time.Time

	base    context.Context // of the work; outlives Run's context by the drain
	stop    context.CancelFunc
	running atomic.Bool
	started atomic.Bool

	mu       sync.Mutex
	links    []*link
	verified bool // Slack took the bot token
}

var _ bot.Adapter = (*Adapter)(nil)

// New returns an adapter. The error wraps [bot.ErrSettings], names the setting
// and says what it should look like; it never holds a value. With claims nil,
// deliveries are remembered in this process only.
func New(cfg Config, ask Asker, claims bot.Claims, log *slog.Logger) (*Adapter, error) {
	cfg.defaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	cl, err := newClient(cfg.APIURL, cfg.Transport)
	if err != nil {
		return nil, setting("SLACK_API_URL", "should be an address such as "+DefaultAPIURL)
	}
	a := &Adapter{
		cfg: cfg, asker: ask, log: log, client: cl, now: time.Now,
		ledger: newLedger(claims, cfg.Inbox, time.Now, log), pool: newPool(cfg.Queue),
	}
	a.suggester, _ = ask.(Suggester)
	a.base, a.stop = context.WithCancel(context.Background())
	a.tokens = tokens{fixed: cfg.BotToken, store: cfg.Installations, cfg: &a.cfg, client: cl, now: time.Now}
	if cfg.ClientID != "" && cfg.Installations != nil {
		a.oauth = newOAuth(a)
	}
	return a, nil
}

func (c *Config) defaults() {
	if c.APIURL == "" {
		c.APIURL = DefaultAPIURL
	}
	if c.Links <= 0 {
		c.Links = 2
	}
	if c.Workers <= 0 {
		c.Workers = 256
	}
	if c.Queue <= 0 {
		c.Queue = 2048
	}
	if c.Transport == nil {
		c.Transport = defaultTransport()
	}
}

// setting returns the error for a setting; it says what is wrong on one line.
func setting(name, should string) error {
	return fmt.Errorf("%w: %s: %s", bot.ErrSettings, name, should)
}

func (c *Config) validate() error {
	var errs []error
	bad := func(name, should string) { errs = append(errs, setting(name, should)) }
	oauth := c.ClientID != "" && c.ClientSecret != "" && c.Installations != nil
	if c.AppToken != "" && !tokenShape(string(c.AppToken), "xapp-") {
		bad("SLACK_APP_TOKEN", "should be an app-level token, xapp-…, from Basic Information > App-Level Tokens")
	}
	if c.BotToken != "" && !tokenShape(string(c.BotToken), "xoxb-") && !tokenShape(string(c.BotToken), "xoxe.xoxb-") {
		bad("SLACK_BOT_TOKEN", "should be a bot token, xoxb-…, from OAuth & Permissions")
	}
	if c.SigningSecret != "" && !secretShape(string(c.SigningSecret)) {
		bad("SLACK_SIGNING_SECRET", "should be the signing secret from Basic Information: 32 letters and digits, no token")
	}
	if (c.ClientID == "") != (c.ClientSecret == "") {
		bad("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET", "should be set together, both from Basic Information")
	}
	switch {
	case c.AppToken == "" && c.SigningSecret == "":
		bad("SLACK_APP_TOKEN or SLACK_SIGNING_SECRET", "should be set: the first for Socket Mode, the second for HTTP")
	case c.BotToken != "" && oauth:
		bad("SLACK_BOT_TOKEN", "should not be set together with SLACK_CLIENT_ID: each workspace gets a token when it installs the app")
	case c.BotToken == "" && !oauth:
		bad("SLACK_BOT_TOKEN", "should be set to the bot token, xoxb-…, from OAuth & Permissions")
	}
	return errors.Join(errs...)
}

// tokenShape reports whether a token has a prefix, something after it, and only
// the characters that tokens have: a quote or line break was pasted along.
func tokenShape(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	return ok && len(rest) >= 3 && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

func secretShape(s string) bool {
	return len(s) >= 16 && !strings.HasPrefix(s, "xox") && !strings.HasPrefix(s, "xapp-") && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// Name implements [bot.Adapter].
func (a *Adapter) Name() string { return platform }

// Run implements [bot.Adapter]: it answers until ctx ends, then finishes what is
// under way, for at most 20 seconds. It can be called once.
func (a *Adapter) Run(ctx context.Context) error {
	if a.started.Swap(true) {
		return errors.New("slack: Run was called before")
	}
	a.pool.start(a.cfg.Workers, a.work)
	a.running.Store(true)
	err := a.serve(ctx)
	a.log.Info("slack: stopped")
	return err
}

// serve runs the transports and ends them in order: take nothing new, finish the
// work, close the links.
func (a *Adapter) serve(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	linkCtx, closeLinks := context.WithCancel(a.base)
	defer closeLinks()
	var wg sync.WaitGroup
	run := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil {
				fail(err)
			}
		})
	}
	if a.cfg.BotToken != "" {
		run(func() error { return a.verifyToken(ctx) })
	}
	if a.cfg.AppToken != "" {
		a.openLinks(linkCtx, run)
	}
	if a.cfg.Mentors != nil {
		run(func() error { return a.cfg.Mentors.Deliver(ctx, platform, a.tellAsker) })
	}
	if a.cfg.Inbox != nil {
		run(func() error { return a.resume(ctx) })
	}
	<-ctx.Done()
	a.running.Store(false)
	a.finish()
	closeLinks()
	a.stop()
	wg.Wait()
	a.ledger.close()
	a.client.http.CloseIdleConnections()
	if err := context.Cause(ctx); errors.Is(err, bot.ErrSettings) {
		return err
	}
	return nil
}

func (a *Adapter) openLinks(ctx context.Context, run func(func() error)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for range a.cfg.Links {
		l := a.newLink()
		a.links = append(a.links, l)
		run(func() error { return l.run(ctx) })
	}
}

// finish waits for the work under way, but not for ever.
func (a *Adapter) finish() {
	limit := time.NewTimer(drainLimit)
	defer limit.Stop()
	done := a.pool.drain()
	select {
	case <-done:
	case <-limit.C:
		a.log.Warn("slack: work left undone at the end")
		a.stop()
		<-done
	}
	if len(a.links) > 0 {
		flush := time.NewTimer(flushWait)
		<-flush.C
	}
}

// verifyToken asks Slack whether the bot token is good, until Slack says.
func (a *Adapter) verifyToken(ctx context.Context) error {
	for pause := time.Second; ; pause = min(2*pause, time.Minute) {
		err := a.client.call(ctx, "auth.test", a.cfg.BotToken, struct{}{}, nil)
		if err == nil {
			a.mu.Lock()
			a.verified = true
			a.mu.Unlock()
			return nil
		}
		if e, ok := errors.AsType[*apiError](err); ok && classes[e.code] == classToken {
			return refusedToken("SLACK_BOT_TOKEN", errors.New(e.code))
		}
		a.log.Warn("slack: bot token not verified yet", "err", err)
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil
		}
	}
}

// Ready implements [bot.Adapter].
func (a *Adapter) Ready() error {
	if !a.running.Load() {
		return errors.New("slack: not running")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cfg.BotToken != "" && !a.verified {
		return errors.New("slack: the bot token is not verified yet")
	}
	if a.cfg.AppToken == "" {
		return nil
	}
	for _, l := range a.links {
		if l.up.Load() {
			return nil
		}
	}
	return errors.New("slack: no Socket Mode link is open")
}
