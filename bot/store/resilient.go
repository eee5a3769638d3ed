package store

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

const (
	// patience is how long an answer waits for the database in all, some
	// milliseconds less than the 50 that are promised: the machine adds its own.
	// The first operation that takes longer makes the following ones go on without.
	patience = 45 * time.Millisecond
	// opLimit ends an operation that nobody waits for any more.
	opLimit = 3 * time.Second
	// askLimit bounds what is not on an answer's way.
	askLimit = 5 * time.Second
	// openLimit is how long a start waits for the database before it goes on without.
	openLimit = 10 * time.Second
	// closeLimit is how long Close works on what is open.
	closeLimit = 5 * time.Second
	// maxUnderWay bounds the operations under way; a further one goes without.
	maxUnderWay = 256
)

var (
	errAway    = errors.New("the database is away")        // the caller goes on without
	errPending = errors.New("the database is still at it") // likewise; the operation may still succeed
)

// Resilient is a [Store] that costs history when its database fails, never an
// answer. In front of the database it keeps conversations and claims in bounded
// memory.
//
// On an answer's way (conversations, claims, deliveries, counts, and reading
// installations and settings) it waits 50 milliseconds at most, in all when the
// context carries a [bot.Patience]. Then, or when the database fails, the answer
// goes on: with what this process remembers, and with [bot.ErrUnsure] for
// a claim. What could not be written is owed, in bounded number, and paid once
// the database is well; until then nothing waits for it. Everything else
// (saving installations and settings, mentors, people, reports) takes the time it
// takes, at most 5 seconds, and fails when it fails: nobody is told that something
// is kept which is not.
//
// [Resilient.Run] heals it; nothing else does.
type Resilient struct {
	open     func(context.Context) (*Store, error)
	now      func() time.Time
	log      *slog.Logger
	patience time.Duration

	memory bot.Conversations
	local  bot.Claims
	seen   lastSeen
	debts  debts

	finished lastSeen // deliveries whose payload the database has yet to forget

	ctx      context.Context // of operations under way
	cancel   context.CancelFunc
	wg       sync.WaitGroup // of operations under way
	underWay chan struct{}
	wake     chan struct{} // there is something to heal or to pay

	mu     sync.Mutex
	store  *Store    // nil until it was opened
	why    error     // nil while well
	since  time.Time // of why, or of being well
	flying map[string]*flight

	outages, without, doubled, refused atomic.Uint64
}

var _ bot.Store = (*Resilient)(nil)

// OpenResilient opens the database as [Open] does. One that cannot be reached is
// no error: the bot starts without it, and [Resilient.Run] goes on trying. The
// error wraps [bot.ErrSettings] or [ErrUnusable].
func OpenResilient(ctx context.Context, cfg Config) (*Resilient, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	r := newResilient(func(ctx context.Context) (*Store, error) { return Open(ctx, cfg) }, cfg)
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	if err := r.connect(ctx); err != nil {
		if errors.Is(err, bot.ErrSettings) || errors.Is(err, ErrUnusable) {
			r.cancel()
			return nil, err
		}
		r.fail(err)
	}
	return r, nil
}

func newResilient(open func(context.Context) (*Store, error), cfg Config) *Resilient {
	r := &Resilient{
		open: open, now: cfg.Now, log: cfg.Log, patience: patience,
		memory: bot.NewMemoryConversations(cfg.Now), local: bot.NewMemoryClaims(cfg.Now),
		underWay: make(chan struct{}, maxUnderWay), wake: make(chan struct{}, 1),
		since: cfg.Now(), debts: debts{max: maxDebts}, flying: map[string]*flight{},
	}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r
}

// connect opens the database if it is not.
func (r *Resilient) connect(ctx context.Context) error {
	if r.opened() != nil {
		return nil
	}
	s, err := r.open(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.store = s
	return nil
}

func (r *Resilient) opened() *Store {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store
}

// well returns the store while it is well, nil otherwise.
func (r *Resilient) well() *Store {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why != nil {
		return nil
	}
	return r.store
}

// fail notes that the database is not well. Answers go on without it from here on.
func (r *Resilient) fail(err error) {
	r.mu.Lock()
	if r.why == nil {
		r.since = r.now()
		r.outages.Add(1)
		// Not here: whoever reads the log slowly must not hold an answer back.
		r.wg.Go(func() { r.log.Warn("store: the database fails; answers go on without history", "error", err) })
	}
	r.why = err
	r.mu.Unlock()
	r.rouse()
}

// rouse makes Run look.
func (r *Resilient) rouse() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// try runs op on the database while an answer waits, patience at most. It
// returns nil, op's own decision or failure, errAway when the answer goes on
// without, or errPending when it does so while op goes on; late then hears how
// it ended.
func (r *Resilient) try(ctx context.Context, op func(context.Context, *Store) error, late func(error)) error {
	s := r.well()
	if s == nil {
		r.without.Add(1)
		return errAway
	}
	select {
	case r.underWay <- struct{}{}:
	default:
		r.without.Add(1)
		return errAway
	}
	f := &waited{done: make(chan error, 1), ended: make(chan struct{})}
	r.wg.Go(func() {
		defer func() { close(f.ended); <-r.underWay }()
		ctx, cancel := context.WithTimeout(r.ctx, opLimit)
		defer cancel()
		err := op(ctx, s)
		if f.left.CompareAndSwap(false, true) {
			f.done <- err
			return
		}
		if outage(err) {
			r.fail(err)
		}
		late(err)
	})
	return r.await(ctx, f)
}

// waited is an operation that an answer waits for.
type waited struct {
	done  chan error
	ended chan struct{} // closed when the operation is over
	left  atomic.Bool   // whoever sets it first, the operation or the answer, has the outcome
}

// await waits for an operation, but not long.
func (r *Resilient) await(ctx context.Context, f *waited) error {
	began, p := time.Now(), bot.PatienceOf(ctx)
	defer func() { p.Spend(time.Since(began)) }()
	allowed := max(0, r.patience-p.Spent())
	t := time.NewTimer(allowed)
	defer t.Stop()
	slow := false
	select {
	case err := <-f.done:
		return r.outcome(err)
	case <-t.C:
		slow = true
	case <-ctx.Done(): // the caller's own hurry says nothing about the database
	}
	if !f.left.CompareAndSwap(false, true) {
		return r.outcome(<-f.done)
	}
	if slow {
		r.judge(f, r.patience-allowed)
	}
	r.without.Add(1)
	return errPending
}

// judge calls the database slow when an operation goes on for that much longer:
// one that had little time left, after others of its answer, is not slow yet.
func (r *Resilient) judge(f *waited, rest time.Duration) {
	if rest <= 0 {
		r.fail(errSlow)
		return
	}
	time.AfterFunc(rest, func() {
		select {
		case <-f.ended:
		default:
			r.fail(errSlow)
		}
	})
}

// outcome is what an operation that ended in time means for the answer.
func (r *Resilient) outcome(err error) error {
	if !outage(err) {
		return err
	}
	r.fail(err)
	r.without.Add(1)
	return errAway
}

// ask runs op on the database, well or not, and takes its time.
func (r *Resilient) ask(ctx context.Context, op func(context.Context, *Store) error) error {
	s := r.opened()
	if s == nil {
		return fmt.Errorf("store: %w", errAbsent)
	}
	limited, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	err := op(limited, s)
	if outage(err) && ctx.Err() == nil {
		r.fail(err)
	}
	return err
}

// owe notes a write for later.
func (r *Resilient) owe(key string, pay func(context.Context, *Store, int) error) {
	r.debts.owe(key, 1, pay)
	r.rouse()
}

// write runs a write that is owed when it fails.
func (r *Resilient) write(ctx context.Context, key string, pay func(context.Context, *Store, int) error) error {
	op := func(ctx context.Context, s *Store) error { return pay(ctx, s, 1) }
	err := r.try(ctx, op, func(err error) {
		if outage(err) {
			r.owe(key, pay)
		}
	})
	switch err {
	case errAway:
		r.owe(key, pay)
		return nil
	case errPending:
		return nil
	}
	return err
}

// Health is how the database does, for metrics and the admin pages.
type Health struct {
	Well  bool
	Since time.Time // it has been so
	Why   string    // it is not well, "" when it is
	Owed  int       // writes that wait for it

	Outages uint64 // how often it stopped being well
	Without uint64 // operations that answers went on without
	Doubled uint64 // claims that turned out to be another process's, after the work was done
	Lost    uint64 // writes for which there was no room, or that the database refused
}

// Health returns the state of now.
func (r *Resilient) Health() Health {
	owed, lost := r.debts.state()
	r.mu.Lock()
	defer r.mu.Unlock()
	h := Health{
		Well: r.why == nil, Since: r.since, Owed: owed,
		Outages: r.outages.Load(), Without: r.without.Load(), Doubled: r.doubled.Load(), Lost: lost + r.refused.Load(),
	}
	if r.why != nil {
		h.Why = r.why.Error()
	}
	return h
}

// Ready returns nil while the database is well, or what is wrong with it. Answers
// are given either way.
func (r *Resilient) Ready() error {
	h := r.Health()
	if h.Well {
		return nil
	}
	return fmt.Errorf("store: answers go on without history since %s: %s; %d writes wait", h.Since.UTC().Format(time.RFC3339), h.Why, h.Owed)
}

// Close pays what can be paid, ends what is under way, and closes the database,
// within 5 seconds. Call it after Run has returned.
func (r *Resilient) Close() error {
	done := make(chan error, 1)
	go func() { done <- r.shut() }()
	t := time.NewTimer(closeLimit)
	defer t.Stop()
	select {
	case err := <-done:
		return err
	case <-t.C:
		return errors.New("store: the database did not close in time")
	}
}

func (r *Resilient) shut() error {
	r.mu.Lock()
	if r.why == nil {
		r.why = errClosed
	}
	r.mu.Unlock()
	t := time.AfterFunc(closeLimit/2, r.cancel) // ends what does not end by itself
	r.wg.Wait()
	var err error
	s := r.opened()
	if s != nil {
		err = r.payAll(r.ctx, s, closeLimit)
	}
	t.Stop()
	r.cancel()
	if s != nil {
		err = errors.Join(err, s.Close())
	}
	if owed, _ := r.debts.state(); owed > 0 {
		r.log.Warn("store: stopped with writes unpaid", "writes", owed)
	}
	return err
}
