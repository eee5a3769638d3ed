package store

import (
	"context"
	"errors"
	"time"

	"careerbot/bot"
)

// Claims and deliveries of a Resilient: this process decides first, then the
// database, and what one learns the other is told.

func claimDebt(key string) string  { return "claim/" + key }
func finishDebt(key string) string { return "finish/" + key }

// A flight is a claim that is asked for in the database. What happens to it
// meanwhile is told when it lands.
type flight struct{ released, finished bool }

// A claimer asks the database for a claim.
type claimer func(ctx context.Context, s *Store) (bool, error)

// claim asks this process, then the database. When the database does not decide
// in time, this process has.
func (r *Resilient) claim(ctx context.Context, key string, ask claimer) (bool, error) {
	if mine, err := r.local.Claim(ctx, key); err != nil || !mine {
		return false, err
	}
	f := r.fly(key)
	decided := make(chan bool, 1)
	err := r.try(ctx, func(ctx context.Context, s *Store) error {
		mine, err := ask(ctx, s)
		decided <- mine
		return err
	}, func(err error) { r.landed(key, f, <-decided, err) })
	if err == errPending {
		return true, bot.ErrUnsure
	}
	r.land(key, f)
	switch {
	case err == errAway:
		r.owe(claimDebt(key), r.payClaim(key))
		return true, bot.ErrUnsure
	case err != nil:
		return true, errors.Join(bot.ErrUnsure, err)
	case <-decided:
		return true, nil
	}
	// Somebody else's; should they release it, this process may have it.
	return false, r.local.Release(ctx, key)
}

func (r *Resilient) fly(key string) *flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := &flight{}
	r.flying[key] = f
	return f
}

// land ends a flight and returns what happened to it meanwhile.
func (r *Resilient) land(key string, f *flight) flight {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flying[key] == f {
		delete(r.flying, key)
	}
	return *f
}

// tell notes what happens to a claim, and reports whether it is still asked for.
func (r *Resilient) tell(key string, what func(*flight)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.flying[key]
	if f != nil {
		what(f)
	}
	return f != nil
}

// landed hears of a claim that nobody waited for.
func (r *Resilient) landed(key string, f *flight, mine bool, err error) {
	meanwhile := r.land(key, f)
	others := err == nil && !mine
	switch {
	case others:
		r.doubled.Add(1)
	case meanwhile.released: // also after a failure, which may have come after the commit
		r.owe(claimDebt(key), payRelease(key))
	case outage(err):
		r.owe(claimDebt(key), r.payClaim(key))
	}
	if meanwhile.finished { // also another's: it was answered
		r.owe(finishDebt(key), r.payFinish(key))
	}
}

// payClaim tells the database, and so the other processes, of a claim.
func (r *Resilient) payClaim(key string) func(context.Context, *Store, int) error {
	return func(ctx context.Context, s *Store, _ int) error {
		mine, err := s.Claims().Claim(ctx, key)
		if err == nil && !mine {
			r.doubled.Add(1)
		}
		return err
	}
}

func payRelease(key string) func(context.Context, *Store, int) error {
	return func(ctx context.Context, s *Store, _ int) error { return s.Claims().Release(ctx, key) }
}

// payFinish may be paid before or after the claim: that one brings no payload.
func (r *Resilient) payFinish(key string) func(context.Context, *Store, int) error {
	return func(ctx context.Context, s *Store, _ int) error {
		err := inbox{s}.finish(ctx, key)
		if err == nil {
			r.finished.drop(key)
		}
		return err
	}
}

// release forgets the claim here, and in the database after whatever is under
// way for the key.
func (r *Resilient) release(ctx context.Context, key string) error {
	if err := r.local.Release(ctx, key); err != nil {
		return err
	}
	r.debts.drop(claimDebt(key))
	if r.tell(key, func(f *flight) { f.released = true }) {
		return nil
	}
	return r.write(ctx, claimDebt(key), payRelease(key))
}

type rClaims struct{ r *Resilient }

func (c rClaims) Claim(ctx context.Context, key string) (bool, error) {
	return c.r.claim(ctx, key, func(ctx context.Context, s *Store) (bool, error) { return s.Claims().Claim(ctx, key) })
}

func (c rClaims) Release(ctx context.Context, key string) error { return c.r.release(ctx, key) }

type rInbox struct{ r *Resilient }

// Take keeps no payload in this process: unsure of it the caller acknowledges
// only what was answered.
func (i rInbox) Take(ctx context.Context, d bot.Delivery) (bool, error) {
	if err := fits(d); err != nil {
		return false, err
	}
	key := bot.DeliveryClaim(d.Platform, d.Key)
	return i.r.claim(ctx, key, func(ctx context.Context, s *Store) (bool, error) { return s.Inbox().Take(ctx, d) })
}

// Finish is owed when the database is away; until it is paid, this process does
// not take the delivery up again.
func (i rInbox) Finish(ctx context.Context, platform, key string) error {
	key = bot.DeliveryClaim(platform, key)
	i.r.finished.put(key, nil)
	if i.r.tell(key, func(f *flight) { f.finished = true }) {
		return nil
	}
	return i.r.write(ctx, finishDebt(key), i.r.payFinish(key))
}

func (i rInbox) Return(ctx context.Context, platform, key string) error {
	return i.r.release(ctx, bot.DeliveryClaim(platform, key))
}

func (i rInbox) Unfinished(ctx context.Context, platform string, grace time.Duration, max int) ([]bot.Delivery, error) {
	all, err := take(ctx, i.r, func(ctx context.Context, s *Store) ([]bot.Delivery, error) {
		return s.Inbox().Unfinished(ctx, platform, grace, max)
	})
	var open []bot.Delivery
	for _, d := range all {
		if _, err := i.r.finished.find(bot.DeliveryClaim(d.Platform, d.Key)); err != nil {
			open = append(open, d)
		}
	}
	return open, err
}
