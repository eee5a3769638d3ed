// Package discord connects the bot to Discord.
//
// The central type is [Adapter]. What happens in Discord reaches it over the
// gateway (a WebSocket, kept up by a supervisor per shard) or, for interactions
// only, over HTTP; both end in one dispatcher, which decodes, claims, asks,
// renders and sends. Package discordgo carries the gateway and nothing else:
// decoding, supervision, limits, retries and sending are done here, because of
// what its version 0.29.0 does when the connection fails (see wire.go and
// gateway.go, where each such place is named).
//
// The files, from the outside in: config.go (settings), http.go, gateway.go and
// wire.go (the two inlets), lease.go (who has a shard), event.go (decoding),
// dispatch.go and messages.go (one event's way), ledger.go (each once, and none
// forgotten), commands.go (slash commands),
// preferences.go (what a server's managers decide), feedback.go, mentors.go and
// privacy.go (what can be tapped beside follow-ups), forum.go (posts), render.go, taps.go and
// markup.go (an answer as a message), client.go, retry.go and limits.go (sending).
package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"careerbot/bot"
)

// Asker answers questions. Answer never fails and returns within moments.
type Asker interface {
	Answer(ctx context.Context, q bot.Question) bot.Answer
}

// A Suggester is an [Asker] that also completes what someone is typing: at most
// max entries of the kind "role", "certification", "topic", "term" or "state", none of
// a kind that it does not know.
type Suggester interface {
	Suggest(kind, prefix string, max int) []bot.Suggestion
}

// Bounds of the work in progress.
const (
	maxQueued    = 2000 // questions waiting or under way; more are told to come back
	takers       = 64   // taking deliveries up, waiting for the storage
	workers      = 32   // at work on questions, mostly waiting for Discord
	quickWorkers = 4    // for autocomplete, which must not wait behind answers
	maxQuick     = 500
	busyWorkers  = 2
	maxBusy      = 200

	drainWait = 20 * time.Second // for questions under way when the bot stops
)

// Adapter is the bot on Discord. Make one with [New]; Run it once.
type Adapter struct {
	set     settings
	ask     Asker
	claims  bot.Claims
	own     bot.Claims // in this process, for when claims fail
	log     *slog.Logger
	client  *client
	held    sync.Map // keys of the deliveries this process works on
	intake  *lanes
	work    *lanes
	quick   *lanes
	busy    *lanes
	threads *threads
	posts   *posts
	journal *journal // nil without preferences
	turns   *turns
	counts  counts

	serving atomic.Bool
	self    atomic.Pointer[string] // the bot's user id
	app     atomic.Pointer[string] // the application's id
	known   signal                 // app is there

	mu     sync.Mutex
	shards []*shard
	why    string // why it is not ready, before there are shards
	cancel context.CancelCauseFunc
}

var _ bot.Adapter = (*Adapter)(nil)

// New returns an adapter that answers from ask and takes up each delivery once
// by claims. Its error wraps [bot.ErrSettings]. It does not touch the network.
func New(cfg Config, ask Asker, claims bot.Claims, log *slog.Logger) (*Adapter, error) {
	set, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	own := bot.NewMemoryClaims(time.Now)
	if claims == nil {
		claims = own
	}
	a := &Adapter{
		set: set, ask: ask, claims: claims, own: own, log: log, threads: newThreads(), posts: newPosts(), turns: newTurns(), why: "not running",
		intake: newLanes(maxQueued, log), work: newLanes(maxQueued, log), quick: newLanes(maxQuick, log), busy: newLanes(maxBusy, log),
	}
	if set.Preferences != nil {
		a.journal = newJournal()
	}
	a.client = newClient(set, log, a.fail)
	a.known.c = make(chan struct{})
	a.learnApplication(set.ApplicationID)
	return a, nil
}

// learnApplication keeps the first id that is known.
func (a *Adapter) learnApplication(id string) {
	if id != "" && a.app.CompareAndSwap(nil, &id) {
		a.known.set()
	}
}

// Name returns "discord".
func (a *Adapter) Name() string { return "discord" }

// gateway tells whether this adapter connects to the gateway.
func (a *Adapter) gateway() bool { return a.set.Token != "" && !a.set.NoGateway }

// Ready returns nil while questions reach the bot: every shard of this process
// is connected or, without the gateway, interactions are served.
func (a *Adapter) Ready() error {
	a.mu.Lock()
	shards, why := a.shards, a.why
	a.mu.Unlock()
	if !a.serving.Load() && why == "" {
		why = "stopping"
	}
	if why != "" {
		return fmt.Errorf("discord: %s", why)
	}
	var errs []error
	for _, h := range shards {
		errs = append(errs, h.status())
	}
	return errors.Join(errs...)
}

func (a *Adapter) notReady(why string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.why = why
}

// fail stops the adapter for a reason that the operator has to see.
func (a *Adapter) fail(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cancel != nil {
		a.cancel(err)
	}
}

// Run connects and serves until ctx ends; then it takes no more questions,
// finishes those under way within 20 seconds and returns nil. An error wraps
// [bot.ErrSettings].
func (a *Adapter) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a.mu.Lock()
	a.cancel = cancel
	a.mu.Unlock()

	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	a.intake.start(working, takers)
	a.work.start(working, workers)
	a.quick.start(working, quickWorkers)
	a.busy.start(working, busyWorkers)
	a.notReady("starting")
	a.serving.Store(true)

	var up sync.WaitGroup
	if a.set.Token != "" {
		up.Go(func() { a.keepCommands(ctx) })
	}
	if a.set.Inbox != nil {
		up.Go(func() { a.resume(ctx) })
	}
	if a.hasMentors() {
		up.Go(func() { a.set.Mentors.Deliver(ctx, "discord", a.tell) }) // it returns nil
	}
	if a.gateway() {
		up.Go(func() { a.runGateway(ctx) })
	} else {
		a.notReady("")
	}
	<-ctx.Done()
	a.serving.Store(false)
	up.Wait()
	a.drain(stopWork)
	a.client.http.CloseIdleConnections()
	a.notReady("stopped")
	if err := context.Cause(ctx); errors.Is(err, bot.ErrSettings) {
		return fmt.Errorf("discord: %w", err)
	}
	return nil
}

// drain finishes what is queued, at most for drainWait.
func (a *Adapter) drain(stopWork func()) {
	t := time.NewTimer(drainWait)
	defer t.Stop()
	for _, l := range []*lanes{a.intake, a.work, a.quick, a.busy} {
		done := l.close()
		select {
		case <-done:
		case <-t.C:
			a.log.Warn("questions were still under way when the bot stopped", "count", l.length())
			stopWork()
			<-done
			t.Reset(0)
		}
	}
}

// again runs do until it succeeds or ctx ends, with growing pauses.
func (a *Adapter) again(ctx context.Context, what string, do func() error) bool {
	for wait := time.Second; ctx.Err() == nil; wait = min(2*wait, maxBackoff) {
		err := do()
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			a.log.Warn(what, "error", err.Error())
		}
		pause(ctx, jitter(wait)*2/3)
	}
	return false
}

// runGateway finds out who the bot is and how many shards there are, then runs
// this process's shards until ctx ends or one of them cannot go on.
func (a *Adapter) runGateway(ctx context.Context) {
	var me user
	known := a.again(ctx, "asking Discord who the bot is", func() error {
		return a.client.do(ctx, routeMe, "", nil, nil, &me)
	})
	if !known {
		return
	}
	a.self.Store(&me.ID)
	count, first, last := a.set.Shards, a.set.FirstShard, a.set.LastShard
	if count == 0 {
		known = a.again(ctx, "asking Discord for the number of shards", func() error {
			g, err := a.gatewayBot(ctx)
			count = max(1, g.Shards)
			return err
		})
		if !known {
			return
		}
		last = count - 1
	}
	var shards []*shard
	for id := first; id <= last; id++ {
		shards = append(shards, a.newShard(id, count))
	}
	a.mu.Lock()
	a.shards, a.why = shards, ""
	a.mu.Unlock()
	var up sync.WaitGroup
	for _, h := range shards {
		up.Go(func() {
			if err := a.holding(ctx, h); err != nil {
				a.fail(err)
			}
		})
	}
	up.Wait()
}

// botID is the bot's user id; it is known once the gateway runs.
func (a *Adapter) botID() string { return *a.self.Load() }

func (a *Adapter) newShard(id, count int) *shard {
	return &shard{
		id: id, count: count, set: &a.set, log: a.log, event: a.event,
		gateway: func(ctx context.Context) (string, error) { return a.gatewayAddress(ctx, id) },
	}
}

type gatewayBot struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Limit  struct {
		Remaining   int   `json:"remaining"`
		ResetAfter  int64 `json:"reset_after"` // milliseconds
		Concurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

func (a *Adapter) gatewayBot(ctx context.Context) (gatewayBot, error) {
	var g gatewayBot
	return g, a.client.do(ctx, routeGatewayBot, "", nil, nil, &g)
}

// gatewayAddress returns the gateway's address once it is the shard's turn to
// identify: by the daily allowance and by how many may do so at once.
func (a *Adapter) gatewayAddress(ctx context.Context, id int) (string, error) {
	for {
		g, err := a.gatewayBot(ctx)
		if err != nil {
			return "", err
		}
		if g.URL == "" {
			return "", fmt.Errorf("%s: no address: %w", routeGatewayBot, errUnavailable)
		}
		if g.Limit.Remaining > 0 {
			return g.URL, a.turns.wait(ctx, id%max(1, g.Limit.Concurrency))
		}
		wait := max(time.Minute, time.Duration(g.Limit.ResetAfter)*time.Millisecond)
		a.log.Warn("no sessions may be started until the daily allowance returns", "wait", wait)
		if err := pause(ctx, wait); err != nil {
			return "", err
		}
	}
}

// turns spaces IDENTIFY packets: one in five seconds for each of Discord's keys.
// https://discord.com/developers/docs/events/gateway#rate-limiting
type turns struct {
	mu   sync.Mutex
	next map[int]time.Time
}

func newTurns() *turns { return &turns{next: map[int]time.Time{}} }

const identifyEvery = 5*time.Second + 250*time.Millisecond

func (t *turns) wait(ctx context.Context, key int) error {
	t.mu.Lock()
	at := later(t.next[key], time.Now())
	t.next[key] = at.Add(identifyEvery)
	t.mu.Unlock()
	return pause(ctx, time.Until(at))
}

// keepCommands registers the commands once the application is known.
func (a *Adapter) keepCommands(ctx context.Context) {
	select {
	case <-a.known.c:
	case <-ctx.Done():
		return
	}
	a.again(ctx, "registering commands", func() error {
		changed, err := a.client.syncCommands(ctx, *a.app.Load(), a.commands())
		if err == nil {
			a.log.Info("commands are registered", "changed", changed)
		}
		if errors.Is(err, errRefused) || errors.Is(err, errInvalid) {
			a.log.Error("commands cannot be registered", "error", err.Error())
			return nil // the same again would be refused again
		}
		return err
	})
}
