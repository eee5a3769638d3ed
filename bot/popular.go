package bot

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

// Of what [Popular] counts, and how often it counts anew.
const (
	PopularWindow = 30 * 24 * time.Hour
	PopularEvery  = 10 * time.Minute
)

// Popular knows what has been asked most of late, so that a typeahead in which
// nothing is typed yet can show that first. A nil Popular knows nothing.
type Popular struct {
	usage  Usage
	now    func() time.Time
	counts atomic.Pointer[map[string]int] // by kind and value
}

// NewPopular returns one that counts once it runs.
func NewPopular(u Usage, now func() time.Time) *Popular { return &Popular{usage: u, now: now} }

// Run counts now and every [PopularEvery] until ctx ends; while the storage is
// away the last counts stay.
func (p *Popular) Run(ctx context.Context) error {
	tick := time.NewTicker(PopularEvery)
	defer tick.Stop()
	for {
		_ = p.Count(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Count counts anew.
func (p *Popular) Count(ctx context.Context) error {
	now := p.now()
	uses, err := p.usage.Uses(ctx, now.Add(-PopularWindow), now)
	if err != nil {
		return fmt.Errorf("count what was asked: %w", err)
	}
	counts := map[string]int{}
	for _, u := range uses {
		if u.Role != "" {
			counts["role/"+u.Role] += u.Count
		}
		if u.Topic != "" {
			counts["topic/"+u.Topic] += u.Count
		}
	}
	p.counts.Store(&counts)
	return nil
}

// Sort puts the most asked suggestions of a kind first; those asked equally often
// keep their order.
func (p *Popular) Sort(kind string, list []Suggestion) {
	if p == nil || p.counts.Load() == nil {
		return
	}
	counts := *p.counts.Load()
	slices.SortStableFunc(list, func(a, b Suggestion) int { return counts[kind+"/"+b.Value] - counts[kind+"/"+a.Value] })
}
