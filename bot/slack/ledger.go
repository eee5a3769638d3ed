package slack

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"careerbot/bot"
)

const (
	// claimWait is how long an answer waits for the store. Past it, or with the
	// store down, the answer goes out first and the acknowledgement after.
	claimWait = 500 * time.Millisecond
	// pendingWait is how long a redelivery waits to hear of the first one.
	pendingWait = 2 * time.Second
	// claimLimit ends a claim that the answer no longer waits for.
	claimLimit = 10 * time.Second
	// closeWait is what late claims get at the end.
	closeWait = 3 * time.Second
	// maxOpenClaims bounds the claims under way; past it the store counts as down.
	maxOpenClaims = 1024
)

// A verdict says whether a delivery is ours to answer.
type verdict uint8

const (
	fresh     verdict = iota // claimed, and kept if it has a payload: may be acknowledged at once
	unsure                   // claimed in this process only: answer before acknowledging
	duplicate                // answered, or being answered so that it cannot get lost
	pending                  // being answered, and it may still fail: let Slack come again
)

// A claim names a delivery or a deed that must happen once.
type claim struct {
	key     string // "" for what may happen any number of times
	payload []byte // what a restart needs to do it; nil when it cannot be done later
}

// An ending is how a claimed delivery came out.
type ending uint8

const (
	final    ending = iota // answered, or never to be answered
	returned               // failed before anything was sent, and Slack delivers again
	left                   // failed, acknowledged and kept: taken up again later
)

// A ledger keeps deliveries from being answered twice and from getting lost: in
// the store and, for when that is slow or down, in this process.
type ledger struct {
	claims bot.Claims // nil when the process is all there is
	inbox  bot.Inbox  // nil when nothing outlives the process
	local  bot.Claims
	log    *slog.Logger
	wait   time.Duration

	mu     sync.Mutex
	flying map[string]*flight // by key, while the outcome is open
	slots  chan struct{}
	wg     sync.WaitGroup // of what nobody waits for any more
	ctx    context.Context
	cancel context.CancelFunc // of that
}

// A flight is a delivery whose outcome is open. Once settled is closed, safe
// tells whether it may be acknowledged.
type flight struct {
	settled chan struct{}
	safe    bool
	claimed chan struct{} // closed when the store has decided, late or not at all
}

func newLedger(claims bot.Claims, inbox bot.Inbox, now func() time.Time, log *slog.Logger) *ledger {
	ctx, cancel := context.WithCancel(context.Background())
	return &ledger{
		claims: claims, inbox: inbox, local: bot.NewMemoryClaims(now), log: log, wait: claimWait,
		flying: map[string]*flight{}, slots: make(chan struct{}, maxOpenClaims), ctx: ctx, cancel: cancel,
	}
}

// keeps reports whether the claim outlives the process.
func (l *ledger) keeps(c claim) bool { return l.inbox != nil && c.payload != nil }

// claim decides about a delivery. After fresh or unsure the caller must call
// settle once. One without a key is always fresh.
func (l *ledger) claim(ctx context.Context, c claim) verdict {
	if c.key == "" {
		return fresh
	}
	mine, other := l.take(c.key)
	if other != nil {
		return other.outcome(ctx)
	}
	v := l.decide(ctx, c, mine)
	if v == duplicate || v == fresh {
		l.land(c.key, true)
	}
	return v
}

// outcome waits for another delivery of the same key.
func (f *flight) outcome(ctx context.Context) verdict {
	t := time.NewTimer(pendingWait)
	defer t.Stop()
	select {
	case <-f.settled:
		if f.safe {
			return duplicate
		}
	case <-t.C:
	case <-ctx.Done():
	}
	return pending
}

// take registers the delivery, or returns the one that has the key already.
func (l *ledger) take(key string) (mine, other *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f := l.flying[key]; f != nil {
		return nil, f
	}
	f := &flight{settled: make(chan struct{}), claimed: make(chan struct{})}
	l.flying[key] = f
	return f, nil
}

// land closes the delivery's outcome for those who wait.
func (l *ledger) land(key string, safe bool) *flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.flying[key]
	delete(l.flying, key)
	f.safe = safe
	close(f.settled)
	return f
}

// decide claims in the process, then in the store.
func (l *ledger) decide(ctx context.Context, c claim, f *flight) verdict {
	if ok, _ := l.local.Claim(ctx, c.key); !ok {
		return duplicate
	}
	if l.claims == nil && !l.keeps(c) {
		return fresh
	}
	select {
	case l.slots <- struct{}{}:
	default:
		close(f.claimed)
		return unsure
	}
	answer := make(chan verdict, 1)
	waiting := make(chan struct{})
	l.wg.Go(func() {
		defer func() { close(f.claimed); <-l.slots }()
		ctx, cancel := context.WithTimeout(l.ctx, claimLimit)
		defer cancel()
		v := l.ask(ctx, c)
		answer <- v
		select {
		case <-waiting: // the answer has gone ahead
			if v == duplicate {
				l.log.Warn("slack: answered although another replica did")
			}
		default:
		}
	})
	t := time.NewTimer(l.wait)
	defer t.Stop()
	select {
	case v := <-answer:
		return v
	case <-t.C:
	case <-ctx.Done():
	}
	close(waiting)
	return unsure
}

// ask claims in the store.
func (l *ledger) ask(ctx context.Context, c claim) verdict {
	var ok bool
	var err error
	if l.keeps(c) {
		ok, err = l.inbox.Take(ctx, bot.Delivery{Platform: platform, Key: c.key, Payload: c.payload})
	} else {
		ok, err = l.claims.Claim(ctx, platform+"/"+c.key)
	}
	switch {
	case err == nil && ok:
		return fresh
	case err == nil, errors.Is(err, bot.ErrUnsure) && !ok:
		return duplicate
	}
	l.log.Warn("slack: delivery not claimed in the store", "err", err)
	return unsure
}

// settle ends a delivery that was claimed with the verdict v.
func (l *ledger) settle(ctx context.Context, c claim, v verdict, how ending) {
	if c.key == "" {
		return
	}
	if how == returned {
		l.local.Release(ctx, c.key)
	}
	var f *flight
	if v == unsure {
		f = l.land(c.key, how == final)
	}
	end := l.end(c, how)
	if end == nil {
		return
	}
	l.wg.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, claimLimit)
		defer cancel()
		if f != nil {
			<-f.claimed // a late claim must not outlive its delivery
		}
		if err := end(ctx); err != nil {
			l.log.Warn("slack: end of a delivery not written", "err", err)
		}
	})
}

// end is what the store has to be told, nil for nothing.
func (l *ledger) end(c claim, how ending) func(context.Context) error {
	switch {
	case how == final && l.keeps(c):
		return func(ctx context.Context) error { return l.inbox.Finish(ctx, platform, c.key) }
	case how == returned && l.keeps(c):
		return func(ctx context.Context) error { return l.inbox.Return(ctx, platform, c.key) }
	case how == returned && l.claims != nil:
		return func(ctx context.Context) error { return l.claims.Release(ctx, platform+"/"+c.key) }
	}
	return nil
}

// close waits for what is under way, but not long.
func (l *ledger) close() {
	t := time.AfterFunc(closeWait, l.cancel)
	l.wg.Wait()
	t.Stop()
	l.cancel()
}
