package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"careerbot/bot"
	"careerbot/bot/chart"
	"careerbot/bot/store"
	"careerbot/bot/web"
	"careerbot/knowledge/corpus"
)

type serveCmd struct {
	source
	Addr           string   `help:"Public listener: chat page, JSON API, signed HTTP of Slack and Discord." env:"CAREERBOT_ADDR" default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	AdminAddr      string   `help:"Admin listener: health, readiness, status, reload, metrics." env:"CAREERBOT_ADMIN_ADDR" default:"127.0.0.1:8081" placeholder:"HOST:PORT"`
	State          string   `help:"Folder of the database; default: careerbot in the user's state folder." env:"CAREERBOT_STATE" placeholder:"DIR" type:"path"`
	DiscordAPI     string   `name:"discord-api-url" help:"Discord's base address, for proxies and tests." env:"DISCORD_API_URL" placeholder:"URL"`
	DiscordKey     string   `name:"discord-public-key" help:"Take interactions over signed HTTP instead of the gateway." env:"DISCORD_PUBLIC_KEY" placeholder:"HEX"`
	DiscordApp     string   `name:"discord-application-id" help:"Default: learned from Discord." env:"DISCORD_APPLICATION_ID" placeholder:"ID"`
	DiscordContent bool     `name:"discord-message-content" help:"Read forum posts whole, with the privileged intent of that name." env:"DISCORD_MESSAGE_CONTENT"`
	DiscordShards  string   `name:"discord-shards" help:"Shards of this process and how many there are, such as 0-3/16; default: all that Discord recommends." env:"DISCORD_SHARDS" placeholder:"FIRST-LAST/COUNT"`
	SlackAPI       string   `name:"slack-api-url" help:"Slack's base address, for proxies and tests." env:"SLACK_API_URL" placeholder:"URL"`
	SlackClientID  string   `name:"slack-client-id" help:"With SLACK_CLIENT_SECRET: installs by OAuth." env:"SLACK_CLIENT_ID" placeholder:"ID"`
	SlackManagers  []string `name:"slack-managers" help:"User ids that may change settings of their whole Slack workspace." env:"SLACK_MANAGERS" placeholder:"U1,U2"`
	Verbose        bool     `help:"Log at debug level. Message text is never logged."`
}

// server is a careerbot that serves.
type server struct {
	cmd      *serveCmd
	log      *slog.Logger
	bot      *bot.Bot
	store    *store.Resilient
	adapters []bot.Adapter
	web      *web.Adapter
	started  time.Time
	services

	reloading sync.Mutex
	mu        sync.Mutex
	loaded    time.Time
	refused   string // why the newest folder was not taken, "" when it was
}

// Run serves until the context ends or an adapter cannot go on.
func (c *serveCmd) Run(ctx context.Context, e env) error {
	start := time.Now()
	level := slog.LevelInfo
	if c.Verbose {
		level = slog.LevelDebug
	}
	s := &server{cmd: c, log: slog.New(slog.NewTextHandler(e.stderr, &slog.HandlerOptions{Level: level})), started: start, loaded: start}
	set, err := e.settings()
	if err != nil {
		return err
	}
	if s.store, err = c.openStore(ctx, set, e, s.log); err != nil {
		return err
	}
	defer s.store.Close()
	snap, err := c.snapshot(e.stderr)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // training leaves several times what serving needs
	s.bot = bot.New(snap, bot.Options{Now: time.Now, Log: s.log, Conversations: s.store.Conversations(), History: true})
	defer s.bot.Close()
	s.serveWith()
	notes, err := s.connect(set)
	if err != nil {
		return err
	}
	admin := web.NewServer(c.AdminAddr, "CAREERBOT_ADMIN_ADDR", web.Admin(s.status, s.reload, s.mounts()), s.log)
	fmt.Fprintf(e.stderr, "careerbot %s, content %s\n", version(), snap.Corpus.Hash)
	fmt.Fprintf(e.stderr, "web:     http://%s/\n", c.Addr)
	for _, n := range notes {
		fmt.Fprintln(e.stderr, n)
	}
	return s.run(ctx, admin)
}

// connect makes the adapters that have credentials, and says of each platform
// whether it is on, and of those that are off which setting turns them on.
func (s *server) connect(set settings) (notes []string, err error) {
	claims := s.store.Claims()
	mounts := map[string]http.Handler{}
	c := s.cmd
	note, err := s.connectSlack(set, claims, mounts)
	if err != nil {
		return nil, err
	}
	notes = append(notes, note)
	if note, err = s.connectDiscord(set, claims, mounts); err != nil {
		return nil, err
	}
	notes = append(notes, note)
	s.web = web.New(web.Config{Addr: c.Addr, Mounts: mounts, Drawer: chart.New(), Feedback: webFeedback{s}, Ladder: s.bot}, s.asker, s.log)
	s.adapters = append(s.adapters, s.web)
	return notes, nil
}

// run runs everything until the context ends or one part cannot go on; then the
// rest is stopped too, and what is under way is finished.
func (s *server) run(ctx context.Context, admin *web.Server) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	part := func(name string, run func(context.Context) error) {
		wg.Go(func() {
			if err := run(ctx); err != nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	part("admin", admin.Run)
	done := s.keep()
	for _, a := range s.adapters {
		part(a.Name(), a.Run)
	}
	<-ctx.Done()
	s.log.Info("stopping")
	wg.Wait()
	done()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// status tells the admin pages how everything is.
func (s *server) status() web.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := web.Status{Version: version(), Started: s.started, Knowledge: web.KnowledgeStatus{Hash: s.bot.Knowledge(), Loaded: s.loaded, Note: s.refused}}
	for _, a := range s.adapters {
		as := web.AdapterStatus{Name: a.Name()}
		if err := a.Ready(); err != nil {
			as.Problem = err.Error()
		}
		st.Adapters = append(st.Adapters, as)
	}
	if err := s.store.Ready(); err != nil {
		st.Store.Problem = err.Error()
	}
	return st
}

// reload takes the knowledge folder anew. A folder with problems changes nothing.
func (s *server) reload(context.Context) error {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	note, err := s.take()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.refused = "a newer folder was refused: " + note
		return err
	}
	s.refused = ""
	return nil
}

// take loads the folder and swaps it in; an unchanged one is left alone.
func (s *server) take() (note string, err error) {
	c, problems, err := s.cmd.load()
	if err != nil {
		err = fmt.Errorf("%w; the old content stays", err)
		return err.Error(), err
	}
	if c == nil {
		errs := []error{errors.New("the knowledge folder has problems; the old content stays")}
		for _, p := range problems {
			if p.Level == corpus.Fatal {
				errs = append(errs, errors.New(p.String()))
			}
		}
		return errs[1].Error(), errors.Join(errs...)
	}
	if c.Hash == s.bot.Knowledge() {
		return "", nil
	}
	if len(c.Pages) == 0 {
		err := errors.New("the knowledge folder holds no pages; the old content stays")
		return err.Error(), err
	}
	snap, err := bot.NewSnapshot(c)
	if err != nil {
		err = fmt.Errorf("%w; the old content stays", err)
		return err.Error(), err
	}
	s.bot.Swap(snap)
	s.mu.Lock()
	s.loaded = time.Now()
	s.mu.Unlock()
	s.log.Info("knowledge loaded", "hash", c.Hash, "pages", len(c.Pages))
	return "", nil
}
