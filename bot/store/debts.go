package store

import (
	"container/list"
	"context"
	"strings"
	"sync"
)

// maxDebts is how many writes the database may be owed; further ones are lost.
const maxDebts = 20_000

// A debt is a write that the database is owed: the same thing n times.
type debt struct {
	key string
	n   int
	pay func(ctx context.Context, s *Store, n int) error
}

// debts are paid in the order in which they were first owed. A further debt of
// the same key adds up, and its way to pay replaces the earlier one.
type debts struct {
	max   int // of them
	mu    sync.Mutex
	order list.List // of *debt
	byKey map[string]*list.Element
	lost  uint64
}

// owe adds a debt; with no room left it is lost.
func (d *debts) owe(key string, n int, pay func(context.Context, *Store, int) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if e := d.byKey[key]; e != nil {
		have := e.Value.(*debt)
		have.n, have.pay = have.n+n, pay
		return
	}
	if d.order.Len() >= d.max {
		d.lost++
		return
	}
	if d.byKey == nil {
		d.byKey = map[string]*list.Element{}
	}
	d.byKey[key] = d.order.PushBack(&debt{key, n, pay})
}

// back returns a debt that could not be paid. One that came up meanwhile has the
// newer way to pay.
func (d *debts) back(o *debt) {
	d.mu.Lock()
	e := d.byKey[o.key]
	if e != nil {
		e.Value.(*debt).n += o.n
	}
	d.mu.Unlock()
	if e == nil {
		d.owe(o.key, o.n, o.pay)
	}
}

// take removes and returns the oldest debts, at most max.
func (d *debts) take(max int) []*debt {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []*debt
	for e := d.order.Front(); e != nil && len(all) < max; e = d.order.Front() {
		all = append(all, d.remove(e))
	}
	return all
}

// drop removes a debt, and reports whether it was there.
func (d *debts) drop(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.byKey[key]
	if e != nil {
		d.remove(e)
	}
	return e != nil
}

// has reports whether there is a debt.
func (d *debts) has(key string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.byKey[key] != nil
}

// dropPrefix removes all debts whose key starts so.
func (d *debts) dropPrefix(prefix string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, e := range d.byKey {
		if strings.HasPrefix(key, prefix) {
			d.remove(e)
		}
	}
}

func (d *debts) remove(e *list.Element) *debt {
	o := d.order.Remove(e).(*debt)
	delete(d.byKey, o.key)
	return o
}

// state returns how many debts there are and how many were lost.
func (d *debts) state() (owed int, lost uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.order.Len(), d.lost
}
