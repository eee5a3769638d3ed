package discord

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"careerbot/bot"
)

// What Discord handed over is kept until it has its final state, so that a killed
// process leaves nothing unanswered that can still be answered. A message can be
// for as long as it is kept. An interaction can when its reply was deferred or
// sent before: its token serves fifteen minutes, but not for a first response
// after three seconds. What arrives while no session of the gateway can be
// resumed was never received, and Discord does not deliver it again.

const (
	keptPlatform = "discord"

	tokenLife   = 15 * time.Minute
	resumeGrace = questionTime + 15*time.Second // after which whoever took a delivery no longer works on it
	resumeEvery = time.Minute
	resumeBatch = 50
	settleWait  = 5 * time.Second
)

// A delivery is an event that asks for a reply.
type delivery struct {
	key  string // names it: "interaction/" or "message/" and its id
	lane string // deliveries of one lane are worked on in their order
	typ  string // the gateway's name of the event
	raw  []byte // as it came

	wanted func(context.Context) bool // decides whether to take it up at all; nil takes every one
}

// kept is a delivery's payload in a [bot.Inbox].
type kept struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// admit takes a delivery up and queues the work on it. duplicate is called when
// somebody else has it; busy when there is no room for the work. It reports false
// when there is no room even for saying so.
func (a *Adapter) admit(d delivery, work, busy func(context.Context) error, duplicate func(context.Context)) bool {
	shed := func() bool {
		a.counts.shed.Add(1)
		said := a.busy.submit(d.lane, func(ctx context.Context) { a.settle(ctx, d.key, busy(ctx)) })
		if !said {
			a.held.Delete(d.key) // it may be taken up again when there is room
		}
		return said
	}
	taken := a.intake.submit(d.lane, func(ctx context.Context) {
		if d.wanted != nil && !d.wanted(ctx) {
			return
		}
		if !a.takeUp(ctx, d) {
			duplicate(ctx)
			return
		}
		if !a.work.submit(d.lane, func(ctx context.Context) { a.carry(ctx, d.key, work) }) {
			shed()
		}
	})
	return taken || shed()
}

// takeUp claims a delivery, true for one caller only, and keeps it until
// [Adapter.settle]. Should the storage fail, this process's own claims decide, so
// that a question is not lost; a reply that is sent twice then is dropped by
// Discord (nonce, code 40060).
func (a *Adapter) takeUp(ctx context.Context, d delivery) bool {
	if a.set.Inbox == nil {
		return a.hold(d.key, a.claim(ctx, d.key))
	}
	payload, err := json.Marshal(kept{d.typ, d.raw})
	if err != nil {
		return a.hold(d.key, a.claim(ctx, d.key))
	}
	within, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	mine, err := a.set.Inbox.Take(within, bot.Delivery{Platform: keptPlatform, Key: d.key, Payload: payload})
	switch {
	case errors.Is(err, bot.ErrLimit): // too long to be kept; it is still answered once
		return a.hold(d.key, a.claim(ctx, d.key))
	case err != nil:
		mine = a.unsure(ctx, d.key, mine, err)
	}
	if !mine {
		a.counts.duplicate.Add(1)
	}
	return a.hold(d.key, mine)
}

// claim takes something up by its key alone, true for one caller only.
func (a *Adapter) claim(ctx context.Context, key string) bool {
	within, cancel := context.WithTimeout(ctx, claimWait)
	defer cancel()
	mine, err := a.claims.Claim(within, keptPlatform+"/"+key)
	if err != nil {
		mine = a.unsure(ctx, key, mine, err)
	}
	if !mine {
		a.counts.duplicate.Add(1)
	}
	return mine
}

// unsure decides when the storage could not.
func (a *Adapter) unsure(ctx context.Context, key string, mine bool, err error) bool {
	a.log.Warn("claims are kept in this process only", "error", err.Error())
	if !errors.Is(err, bot.ErrUnsure) { // else they decided as we would
		mine, _ = a.own.Claim(ctx, keptPlatform+"/"+key)
	}
	return mine
}

// hold notes that this process works on a delivery.
func (a *Adapter) hold(key string, mine bool) bool {
	if mine {
		a.held.Store(key, true)
	}
	return mine
}

// carry does the work on a delivery and settles what became of it.
func (a *Adapter) carry(ctx context.Context, key string, work func(context.Context) error) {
	defer func() {
		if p := recover(); p != nil {
			a.settle(ctx, key, nil) // the same again would panic again
			panic(p)                // the lane logs it
		}
	}()
	a.settle(ctx, key, work(ctx))
}

// mayPass tells whether an error may be over when the same is tried later.
func mayPass(err error) bool {
	return err != nil && !errors.Is(err, errExpired) && !errors.Is(err, errRefused) && !errors.Is(err, errInvalid)
}

// settle ends the work on a delivery. One whose reply failed in a way that may
// pass stays kept, and is taken up again.
func (a *Adapter) settle(ctx context.Context, key string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWait)
	defer cancel()
	defer a.held.Delete(key)
	var failed error
	switch {
	case a.set.Inbox != nil && !mayPass(err):
		failed = a.set.Inbox.Finish(ctx, keptPlatform, key)
	case a.set.Inbox == nil && mayPass(err):
		a.own.Release(ctx, keptPlatform+"/"+key)
		failed = a.claims.Release(ctx, keptPlatform+"/"+key)
	}
	if failed != nil {
		a.log.Warn("the storage did not note what became of a question", "error", failed.Error())
	}
}

// resume takes up what a process that is gone left unfinished, now and every
// minute until ctx ends.
func (a *Adapter) resume(ctx context.Context) {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	for {
		a.resumeOnce(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (a *Adapter) resumeOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	list, err := a.set.Inbox.Unfinished(ctx, keptPlatform, resumeGrace, resumeBatch)
	if err != nil {
		a.log.Warn("unfinished questions cannot be asked for", "error", err.Error())
		return
	}
	for _, d := range list {
		if _, ours := a.held.Load(d.Key); !ours && !a.resumeDelivery(d) {
			a.settle(ctx, d.Key, nil)
		}
	}
}

// resumeDelivery queues a kept delivery. It reports false when nothing can be done about it.
func (a *Adapter) resumeDelivery(d bot.Delivery) bool {
	var k kept
	if json.Unmarshal(d.Payload, &k) != nil {
		return false
	}
	switch k.Type {
	case eventInteraction:
		i, err := decodeInteraction(k.Data)
		if err != nil {
			return false
		}
		if time.Since(d.Taken) > tokenLife {
			a.counts.expired.Add(1)
			return false
		}
		x := a.exchange(i, k.Data, func(context.Context, *exchange, callback) error { return errExpired })
		// Its reply goes in the place of what was sent or deferred.
		x.arrived, x.deferred, x.resumed = d.Taken, true, true
		return a.requeue(d.Key, i.ID, func(ctx context.Context) error { return a.interact(ctx, x) })
	case eventPost:
		var p forumPost
		if json.Unmarshal(k.Data, &p) != nil {
			return false
		}
		m, err := decodeMessage(p.Message)
		if err != nil {
			return false
		}
		return a.requeue(d.Key, m.lane(), func(ctx context.Context) error { return a.answerPost(ctx, m, p.Title) })
	case eventMessage:
		m, err := decodeMessage(k.Data)
		self := a.self.Load()
		if err != nil {
			return false
		}
		if self == nil {
			return true // not yet known: it will be handed out again
		}
		return a.requeue(d.Key, m.lane(), func(ctx context.Context) error { return a.message(ctx, m, *self) })
	}
	return false
}

// requeue queues the work on a delivery that was taken up before. Without room
// for it, it will be handed out again.
func (a *Adapter) requeue(key, lane string, work func(context.Context) error) bool {
	a.hold(key, true)
	if a.work.submit(lane, func(ctx context.Context) { a.carry(ctx, key, work) }) {
		a.counts.resumed.Add(1)
	} else {
		a.held.Delete(key)
	}
	return true
}
