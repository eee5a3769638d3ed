package discord

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// A shard that two processes open delivers every event twice. With leases a
// process holds a shard's lease while it is connected; the others stand by.
const (
	leaseFor   = 60 * time.Second
	leaseEvery = 15 * time.Second // extended
	leaseTry   = 5 * time.Second  // asked for while another process has it
)

// holding runs the shard whenever this process has its lease, until ctx ends or
// the shard cannot go on.
func (a *Adapter) holding(ctx context.Context, h *shard) error {
	if a.set.Leases == nil {
		return h.run(ctx)
	}
	name := fmt.Sprintf("discord/shard/%s/%d/%d", a.botID(), h.id, h.count)
	holder := rand.Text()
	for ctx.Err() == nil {
		has, err := a.acquire(ctx, name, holder)
		switch {
		case err != nil:
			h.stand(false, "its lease cannot be asked for")
			a.log.Warn("a shard's lease cannot be asked for", "shard", h.id, "error", err.Error())
		case has:
			h.stand(false, "not yet opened")
			if err := a.whileHeld(ctx, name, holder, h); err != nil {
				return err
			}
			continue
		default:
			h.stand(true, "another process has it")
		}
		pause(ctx, jitter(leaseTry))
	}
	return nil
}

func (a *Adapter) acquire(ctx context.Context, name, holder string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, leaseTry)
	defer cancel()
	return a.set.Leases.Acquire(ctx, name, holder, leaseFor)
}

// whileHeld runs the shard until the lease is lost: another process has it, or it
// could not be extended before it ends.
func (a *Adapter) whileHeld(ctx context.Context, name, holder string, h *shard) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- h.run(ctx) }()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTry)
		defer cancel()
		if err := a.set.Leases.Drop(ctx, name, holder); err != nil {
			a.log.Warn("a shard's lease was not given back", "shard", h.id, "error", err.Error())
		}
	}()
	tick := time.NewTicker(leaseEvery)
	defer tick.Stop()
	for last := time.Now(); ; {
		select {
		case err := <-done:
			return err
		case <-tick.C:
		}
		asked := time.Now()
		has, err := a.acquire(ctx, name, holder)
		if err == nil && has {
			last = asked
			continue
		}
		if err == nil || time.Since(last) > leaseFor-leaseEvery {
			a.log.Warn("a shard's lease is lost", "shard", h.id)
			cancel()
			return <-done
		}
	}
}

// stand notes that the shard is left to another process, or no longer.
func (h *shard) stand(by bool, why string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.standby, h.isReady, h.why = by, false, why
}
