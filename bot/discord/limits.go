package discord

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// gates hold requests back while a limit lasts: one route's, the bot's, or the
// whole address's.
type gates struct {
	mu     sync.Mutex
	all    time.Time // also interactions: Discord's front door refuses the address
	bot    time.Time
	routes map[string]time.Time
}

// maxGates bounds how many routes are remembered; limits that are over go first.
const maxGates = 10_000

func newGates() *gates { return &gates{routes: map[string]time.Time{}} }

// wait blocks until a request may go, or fails at once when that is after the
// context's deadline.
func (g *gates) wait(ctx context.Context, r route, key string) error {
	for {
		g.mu.Lock()
		until := g.all
		if r.bot && g.bot.After(until) {
			until = g.bot
		}
		if t := g.routes[key]; t.After(until) {
			until = t
		}
		g.mu.Unlock()
		d := time.Until(until)
		if d <= 0 {
			return ctx.Err()
		}
		if err := pause(ctx, d); err != nil {
			return err
		}
	}
}

// learn notes what an answer says about limits.
func (g *gates) learn(r route, key string, res result, v verdict) {
	var d time.Duration
	switch {
	case res.status == http.StatusTooManyRequests:
		d = v.wait
	case key != "" && res.header.Get("X-RateLimit-Remaining") == "0":
		f, err := strconv.ParseFloat(res.header.Get("X-RateLimit-Reset-After"), 64)
		if err != nil {
			return
		}
		d, _ = seconds(f)
	}
	if d <= 0 {
		return
	}
	until := time.Now().Add(d)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case v.banned:
		g.all = later(g.all, until)
	case v.global:
		g.bot = later(g.bot, until)
	case key != "":
		g.tidy()
		g.routes[key] = later(g.routes[key], until)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// tidy makes room for another route; the caller holds the lock.
func (g *gates) tidy() {
	if len(g.routes) < maxGates {
		return
	}
	now := time.Now()
	for k, t := range g.routes {
		if !t.After(now) || len(g.routes) >= maxGates {
			delete(g.routes, k)
		}
	}
}

// Discord blocks an address for a while after 10,000 answers of 401, 403 or 429
// within ten minutes. We stop at a hundredth of it.
// https://discord.com/developers/docs/topics/rate-limits
const (
	budgetSize   = 100
	budgetWindow = 10 * time.Minute
)

// budget counts refused requests in a sliding window.
type budget struct {
	mu   sync.Mutex
	last []time.Time // oldest first, at most budgetSize
}

func (b *budget) add() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.last) == budgetSize {
		b.last = b.last[1:]
	}
	b.last = append(b.last, time.Now())
}

// spent tells whether the window is full.
func (b *budget) spent() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.last) == budgetSize && time.Since(b.last[0]) < budgetWindow
}
