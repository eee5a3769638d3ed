package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	payBatch  = 256                    // debts paid at once
	payLimit  = 2 * time.Second        // on paying before answers use the database again
	healFirst = 100 * time.Millisecond // pause before trying again, doubled up to
	healMost  = time.Second
	// checkLimit ends a look at the database; anything near it is too slow anyway.
	checkLimit = 2 * time.Second
	beatEvery  = 5 * time.Second // how often a quiet database is looked at
)

// Run keeps the database's state, and retention, until ctx ends. It returns nil.
func (r *Resilient) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { r.sweepAll(ctx) })
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.wake:
		case <-beat.C:
			r.beat(ctx)
		}
		for wait := healFirst; r.ailing(); wait = min(2*wait, healMost) {
			if !pause(ctx, wait+rand.N(wait/2)) {
				return nil
			}
			r.heal(ctx)
		}
	}
}

func (r *Resilient) sweepAll(ctx context.Context) {
	for {
		if s := r.well(); s != nil {
			s.sweep(ctx)
		}
		if !pause(ctx, sweepEvery+rand.N(sweepEvery/10)) {
			return
		}
	}
}

// ailing reports whether the database is not well or owed something.
func (r *Resilient) ailing() bool {
	owed, _ := r.debts.state()
	return owed > 0 || r.well() == nil
}

// beat looks at a database that may be away without anybody having noticed.
func (r *Resilient) beat(ctx context.Context) {
	if s := r.well(); s != nil {
		if err := r.check(ctx, s); err != nil && ctx.Err() == nil {
			r.fail(err)
		}
	}
}

// check looks whether the database takes writes in good time. Of two looks the
// quicker one counts: the first may have had to connect.
func (r *Resilient) check(ctx context.Context, s *Store) error {
	for range 2 {
		began := time.Now()
		if err := glance(ctx, s); err != nil {
			return err
		}
		if time.Since(began) <= r.patience {
			return nil
		}
	}
	return errSlow
}

func glance(ctx context.Context, s *Store) error {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	return s.Check(ctx)
}

// heal opens the database if need be, looks at it, and pays what it is owed.
func (r *Resilient) heal(ctx context.Context) {
	opening, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	if err := r.connect(opening); err != nil {
		r.sick(ctx, err)
		return
	}
	s := r.opened()
	err := r.check(ctx, s)
	if errors.Is(err, errMoved) {
		r.abandon(s)
		r.sick(ctx, err)
		return
	}
	// A database that is only slow is worth paying; it is well once it is quick.
	if err == nil || errors.Is(err, errSlow) {
		if unpaid := r.payAll(ctx, s, payLimit); unpaid != nil {
			err = unpaid
		}
	}
	if err != nil {
		r.sick(ctx, err)
		return
	}
	r.recover()
}

// sick notes why it is still not well.
func (r *Resilient) sick(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.fail(err)
	}
}

// abandon lets go of a database whose file is not ours any more.
func (r *Resilient) abandon(s *Store) {
	r.mu.Lock()
	r.store = nil
	r.mu.Unlock()
	if err := s.Close(); err != nil {
		r.log.Warn("store: the lost database was not closed", "error", err)
	}
}

// payAll pays all debts of now, or returns why it cannot. After limit it leaves
// the rest, as it leaves those that come up meanwhile, to be paid beside answers.
func (r *Resilient) payAll(ctx context.Context, s *Store, limit time.Duration) error {
	for began := time.Now(); time.Since(began) < limit; {
		batch := r.debts.take(payBatch)
		if err := r.pay(ctx, s, batch); err != nil {
			return err
		}
		if len(batch) < payBatch {
			break
		}
	}
	return nil
}

// pay pays debts all at once, so that they share commits. What fails is owed
// still, unless no waiting would help it.
func (r *Resilient) pay(ctx context.Context, s *Store, batch []*debt) error {
	ctx, cancel := context.WithTimeout(ctx, opLimit)
	defer cancel()
	errs := make([]error, len(batch))
	var wg sync.WaitGroup
	for i, d := range batch {
		wg.Go(func() { errs[i] = d.pay(ctx, s, d.n) })
	}
	wg.Wait()
	var unpaid error
	for i, err := range errs {
		switch {
		case outage(err):
			unpaid = err
			r.debts.back(batch[i])
		case err != nil:
			r.refused.Add(1)
			r.log.Error("store: a write is refused, and dropped", "error", err)
		}
	}
	return unpaid
}

// recover makes operations go to the database again. A debt that came up since
// the last payment is paid beside them.
func (r *Resilient) recover() {
	r.mu.Lock()
	ill, since := r.why != nil, r.since
	if ill {
		r.why, r.since = nil, r.now()
	}
	r.mu.Unlock()
	if ill {
		r.log.Info("store: the database is well again", "after", r.now().Sub(since).Round(time.Millisecond))
	}
}
