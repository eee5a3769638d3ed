package slack

import (
	"context"
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
	fresh     verdict = iota // claimed in the store: may be acknowledged at once
	unsure                   // claimed in this process only: answer before acknowledging
	duplicate                // answered, or being answered so that it cannot get lost
	pending                  // being answered, and it may still fail: let Slack come again
)

// A ledger keeps deliveries from being answered twice, in the store and, for when
// that is slow or down, in this process.
type ledger struct {
	store bot.Claims // nil when the process is all there is
	local bot.Claims
	log   *slog.Logger
	wait  time.Duration

	mu     sync.Mutex
	flying map[string]*flight // by key, while the outcome is open
	slots  chan struct{}
	wg     sync.WaitGroup // claims that nobody waits for any more
	ctx    context.Context
	cancel context.CancelFunc // of those claims
}

// A flight is a delivery whose outcome is open. Once settled is closed, safe
// tells whether it may be acknowledged.
type flight struct {
	settled chan struct{}
	safe    bool
	claimed chan struct{} // closed when the store has decided, late or not at all
}

func newLedger(store bot.Claims, now func() time.Time, log *slog.Logger) *ledger {
	ctx, cancel := context.WithCancel(context.Background())
	return &ledger{
		store: store, local: bot.NewMemoryClaims(now), log: log, wait: claimWait,
		flying: map[string]*flight{}, slots: make(chan struct{}, maxOpenClaims), ctx: ctx, cancel: cancel,
	}
}

// claim decides about a delivery. After fresh or unsure the caller must call
// settle once. A delivery without keys is always fresh.
func (l *ledger) claim(ctx context.Context, keys []string) verdict {
	if len(keys) == 0 {
		return fresh
	}
	mine, other := l.take(keys)
	if other != nil {
		return other.outcome(ctx)
	}
	v := l.decide(ctx, keys, mine)
	if v == duplicate || v == fresh {
		l.land(keys, true)
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

// take registers the delivery, or returns the one that has a key already.
func (l *ledger) take(keys []string) (mine, other *flight) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, k := range keys {
		if f := l.flying[k]; f != nil {
			return nil, f
		}
	}
	f := &flight{settled: make(chan struct{}), claimed: make(chan struct{})}
	for _, k := range keys {
		l.flying[k] = f
	}
	return f, nil
}

// land closes the delivery's outcome for those who wait.
func (l *ledger) land(keys []string, safe bool) *flight {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.flying[keys[0]]
	for _, k := range keys {
		delete(l.flying, k)
	}
	f.safe = safe
	close(f.settled)
	return f
}

// decide claims in the process, then in the store.
func (l *ledger) decide(ctx context.Context, keys []string, f *flight) verdict {
	for _, k := range keys {
		if ok, _ := l.local.Claim(ctx, k); !ok {
			return duplicate
		}
	}
	if l.store == nil {
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
		v := l.ask(ctx, keys)
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

// ask claims every key in the store.
func (l *ledger) ask(ctx context.Context, keys []string) verdict {
	for _, k := range keys {
		ok, err := l.store.Claim(ctx, k)
		if err != nil {
			l.log.Warn("slack: delivery not claimed in the store", "err", err)
			return unsure
		}
		if !ok {
			return duplicate
		}
	}
	return fresh
}

// settle ends a delivery: answered, or failed before anything was sent, so that
// a redelivery may be answered.
func (l *ledger) settle(ctx context.Context, keys []string, v verdict, answered bool) {
	if len(keys) == 0 {
		return
	}
	if !answered {
		for _, k := range keys {
			l.local.Release(ctx, k)
		}
	}
	var f *flight
	if v == unsure {
		f = l.land(keys, answered)
	}
	if answered || l.store == nil {
		return
	}
	l.wg.Go(func() {
		ctx, cancel := context.WithTimeout(l.ctx, claimLimit)
		defer cancel()
		if f != nil {
			<-f.claimed // a late claim must not outlive its delivery
		}
		for _, k := range keys {
			if err := l.store.Release(ctx, k); err != nil {
				l.log.Warn("slack: claim not released", "err", err)
				return
			}
		}
	})
}

// close waits for the claims under way, but not long.
func (l *ledger) close() {
	t := time.AfterFunc(closeWait, l.cancel)
	l.wg.Wait()
	t.Stop()
	l.cancel()
}
