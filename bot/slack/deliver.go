package slack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// inlineWait is how long a command or submission waits for its answer to go
	// out with the acknowledgement; Slack gives three seconds in all.
	inlineWait = 1500 * time.Millisecond
	// ackLimit is when a delivery that is not acknowledged is refused, so that
	// Slack sends it again.
	ackLimit = 2400 * time.Millisecond
	// jobLimit bounds the work for one delivery, waiting for a busy Slack included.
	jobLimit = 30 * time.Second
	// drainLimit bounds finishing the work under way at the end of Run.
	drainLimit = 20 * time.Second
)

// A delivery is a payload on its way through the bot. Its acknowledgement can be
// used once.
type delivery struct {
	in     inbound
	at     time.Time           // received
	inline int                 // bytes an acknowledgement may carry, 0 when it can carry none
	prompt bool                // send never waits
	send   func(reaction) bool // transmits; false when it is too late or there is no link
	acked  atomic.Bool
	sure   bool // it cannot get lost: it may be acknowledged before it is answered

	resumed *claim    // of a delivery from the inbox: it is claimed already
	taken   time.Time // when that was acknowledged first
}

// A reaction is what a transport tells Slack.
type reaction struct {
	refused bool   // do not count as delivered: Slack is to send it again
	text    string // of a challenge, as plain text
	json    []byte // a message, view response or options
}

// ack acknowledges, with nothing, and reports whether this was in time.
func (d *delivery) ack() bool { return d.react(reaction{}) }

// early acknowledges before the answer is out, if that is safe.
func (d *delivery) early() bool { return d.sure && d.ack() }

// refuse tells Slack to deliver again.
func (d *delivery) refuse() bool { return d.react(reaction{refused: true}) }

// reply acknowledges with a JSON body.
func (d *delivery) reply(body []byte) bool {
	if len(body) > d.inline {
		return false
	}
	return d.react(reaction{json: body})
}

func (d *delivery) react(r reaction) bool {
	return !d.acked.Swap(true) && d.send(r)
}

// A pool runs deliveries on a bounded number of goroutines.
type pool struct {
	jobs chan *delivery
	wg   sync.WaitGroup

	mu     sync.Mutex
	closed bool
}

func newPool(queue int) *pool { return &pool{jobs: make(chan *delivery, queue)} }

// start starts the workers.
func (p *pool) start(workers int, work func(*delivery)) {
	for range workers {
		p.wg.Go(func() {
			for d := range p.jobs {
				work(d)
			}
		})
	}
}

// offer hands a delivery over, or reports false when the queue is full or closed.
func (p *pool) offer(d *delivery) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	select {
	case p.jobs <- d:
		return true
	default:
		return false
	}
}

// drain takes no more deliveries and waits for the rest; done is closed then.
func (p *pool) drain() (done <-chan struct{}) {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.jobs)
	}
	p.mu.Unlock()
	c := make(chan struct{})
	go func() {
		p.wg.Wait()
		close(c)
	}()
	return c
}

// accept queues a delivery from a transport. What cannot be taken is refused, so
// that Slack sends events again; a person who typed a command is told.
func (a *Adapter) accept(d *delivery) {
	if d.in.kind == challenge {
		d.react(reaction{text: d.in.challenge})
		return
	}
	if d.prompt && d.in.kind == ignored {
		d.ack()
		return
	}
	if a.pool.offer(d) {
		return
	}
	a.log.Warn("slack: too busy", "kind", d.in.kind, "team", d.in.team)
	if d.in.kind == command && d.reply(encode(busyMessage)) {
		return
	}
	d.refuse()
}

// work answers one delivery from the queue.
func (a *Adapter) work(d *delivery) {
	ctx, cancel := context.WithTimeout(a.base, jobLimit)
	defer cancel()
	start := time.Now()
	outcome := "answered"
	if err := a.process(ctx, d); err != nil {
		outcome = classOf(err).String()
		a.log.Warn("slack: not answered", "kind", d.in.kind, "team", d.in.team, "err", err)
	}
	a.log.LogAttrs(ctx, slog.LevelDebug, "slack: done", slog.String("kind", string(d.in.kind)), slog.String("team", d.in.team),
		slog.Duration("queued", start.Sub(d.at)), slog.Duration("took", time.Since(start)), slog.String("outcome", outcome))
}

// process claims, acknowledges and answers, in the order that neither loses nor
// doubles: an event that the store has claimed is acknowledged at once, one that
// it has not is acknowledged once the answer is out. Errors have no content.
func (a *Adapter) process(ctx context.Context, d *delivery) (err error) {
	if d.in.kind == ignored {
		d.ack()
		return nil
	}
	c, v := d.in.claim(), fresh
	if d.resumed != nil {
		c = *d.resumed
	} else {
		v = a.ledger.claim(ctx, c)
	}
	switch v {
	case duplicate:
		d.ack()
		return nil
	case pending:
		d.refuse()
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			// The panic's value may hold a message's words; its type and place do not.
			a.log.Error("slack: panic", "kind", d.in.kind, "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic of type %T", p)
		}
		how := a.ending(d, c, v, err)
		a.ledger.settle(ctx, c, v, how)
		if how == returned {
			d.refuse()
			return
		}
		d.ack()
	}()
	d.sure = v == fresh
	if d.in.kind.event() {
		d.early()
	}
	return a.route(ctx, d)
}

// ending decides what becomes of a delivery.
func (a *Adapter) ending(d *delivery, c claim, v verdict, err error) ending {
	switch {
	case err == nil || !mayHelp(err):
		return final
	case v != fresh || !a.ledger.keeps(c):
		return returned
	case d.resumed != nil && time.Since(d.taken) > giveUp:
		return final
	}
	return left
}

// mayHelp reports whether answering the same delivery later could work.
func mayHelp(err error) bool {
	if errors.Is(err, ErrNotInstalled) {
		return false
	}
	switch classOf(err) {
	case classPlace, classToken, classStale, classBug, classContent:
		return false
	}
	return true
}

// route hands a delivery to its surface.
func (a *Adapter) route(ctx context.Context, d *delivery) error {
	switch d.in.kind {
	case mention, direct:
		return a.message(ctx, d)
	case command:
		return a.command(ctx, d)
	case action:
		return a.action(ctx, d)
	case options:
		return a.options(d)
	case submission:
		return a.submission(ctx, d)
	case shortcut:
		return a.shortcut(ctx, d)
	case messageShortcut:
		return a.messageShortcut(ctx, d)
	case homeOpened:
		return a.home(ctx, d)
	case uninstalled, revoked:
		return a.uninstall(ctx, d)
	}
	return nil
}
