package bot

import (
	"context"
	"sync/atomic"
	"time"
)

// A Patience sums up how long the storage has held one answer back, so that
// several operations on its way together stay within what one may take.
type Patience struct{ spent atomic.Int64 }

type patienceKey struct{}

// WithPatience returns a context whose operations on the ports share one
// [Patience]. Whoever begins an answer calls it, once; [Bot.Answer] does so for
// its own. A context that has one already is returned as it is.
func WithPatience(ctx context.Context) context.Context {
	if PatienceOf(ctx) != nil {
		return ctx
	}
	return context.WithValue(ctx, patienceKey{}, &Patience{})
}

// PatienceOf returns the patience of a context, or nil, on which methods work too.
func PatienceOf(ctx context.Context) *Patience {
	p, _ := ctx.Value(patienceKey{}).(*Patience)
	return p
}

// Spend adds to what was spent.
func (p *Patience) Spend(d time.Duration) {
	if p != nil {
		p.spent.Add(int64(d))
	}
}

// Spent returns what was spent so far.
func (p *Patience) Spent() time.Duration {
	if p == nil {
		return 0
	}
	return time.Duration(p.spent.Load())
}
