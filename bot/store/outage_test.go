package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/pgtest"
	"careerbot/bot/bottest/proxy"
)

// A load asks a Resilient for what an answer needs, from several goroutines,
// until it is stopped.
type load struct {
	t    *testing.T
	r    *Resilient
	stop chan struct{}
	wg   sync.WaitGroup

	mu     sync.Mutex
	held   []time.Duration // by the store, per answer
	unsure int
	began  time.Time
	late   time.Duration // how late the machine woke a goroutine that did nothing else
}

// beginLoad starts a load of 4 workers, 200 answers a second in all.
func beginLoad(t *testing.T, r *Resilient) *load {
	l := &load{t: t, r: r, stop: make(chan struct{}), began: time.Now()}
	for worker := range 4 {
		l.wg.Go(func() {
			rest := time.NewTicker(20 * time.Millisecond)
			defer rest.Stop()
			for i := 0; ; i++ {
				select {
				case <-l.stop:
					return
				case <-rest.C:
					l.answer(fmt.Sprintf("w%d", worker), fmt.Sprint(i))
				}
			}
		})
	}
	l.wg.Go(l.control)
	return l
}

// control measures what the machine adds to everything that waits.
func (l *load) control() {
	for {
		begin := time.Now()
		t := time.NewTimer(5 * time.Millisecond)
		select {
		case <-l.stop:
			t.Stop()
			return
		case <-t.C:
		}
		late := time.Since(begin) - 5*time.Millisecond
		l.mu.Lock()
		l.late = max(l.late, late)
		l.mu.Unlock()
	}
}

// answer does what one answer does, in order.
func (l *load) answer(worker, i string) {
	ctx := bot.WithPatience(context.Background())
	var errs [4]error
	var mine bool
	held := took(func() {
		mine, errs[0] = l.r.Claims().Claim(ctx, worker+"/"+i)
		_, errs[1] = l.r.Conversations().Load(ctx, worker+":c")
		errs[2] = l.r.Conversations().Save(ctx, worker+":c", convWith(i))
		errs[3] = l.r.Usage().Count(ctx, bot.Use{Platform: "slack", Topic: "pay", Kind: bot.KindAnswer})
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, held)
	if errors.Is(errs[0], bot.ErrUnsure) {
		l.unsure++
		errs[0] = nil
	}
	if !mine {
		l.t.Errorf("a delivery that came once was claimed before")
	}
	if err := errors.Join(errs[:]...); err != nil {
		l.t.Errorf("an answer failed: %v", err)
	}
}

// answers returns how many there were so far.
func (l *load) answers() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.held)
}

// more waits for so many more answers.
func (l *load) more(n int) {
	l.t.Helper()
	before := l.answers()
	eventually(l.t, "answers go on", func() bool { return l.answers() >= before+n })
}

// ill waits until the outage is noticed.
func (l *load) ill() {
	l.t.Helper()
	eventually(l.t, "the ready page tells of the outage", func() bool { return l.r.Ready() != nil })
}

// back waits until answers use the database again, and returns how long that took.
func (l *load) back() time.Duration {
	l.t.Helper()
	return took(func() {
		eventually(l.t, "the database is back", func() bool { return l.r.Ready() == nil })
	})
}

// end stops the load, checks that every answer was counted, and prints figures.
func (l *load) end(what string, back time.Duration) {
	l.t.Helper()
	close(l.stop)
	l.wg.Wait()
	slices.Sort(l.held)
	n := len(l.held)
	l.t.Logf("FIGURE %s: %d answers, none failed, %d claims in memory; held by the store: median %v, p99 %v, most %v (the machine itself was late by up to %v); back after %v; %d outages, %d writes lost",
		what, n, l.unsure, l.held[n/2], l.held[n*99/100], l.held[n-1], l.late.Round(time.Millisecond), back.Round(time.Millisecond), l.r.Health().Outages, l.r.Health().Lost)
	eventually(l.t, "all answers are counted", func() bool {
		uses, err := l.r.Usage().Uses(context.Background(), l.began, time.Now())
		total := 0
		for _, u := range uses {
			total += u.Count
		}
		return err == nil && total >= n
	})
}

// served opens a Resilient and runs it.
func served(t testing.TB, cfg Config) *Resilient {
	t.Helper()
	cfg.Log = testLog(t)
	r, err := OpenResilient(t.Context(), cfg)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		must(t, <-done)
		if err := r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

// TestFullDiskUnderLoad: the disk fills up and is freed.
func TestFullDiskUnderLoad(t *testing.T) {
	r := served(t, Config{Dir: t.TempDir()})
	l := beginLoad(t, r)
	l.more(100)
	capPages(t, r.opened(), 0)
	l.ill()
	l.more(soaked(200, 2000))
	capPages(t, r.opened(), 1_000_000)
	l.end("disk full", l.back())
	sound(t, lite(r.opened()).db)
}

// TestLockedUnderLoad: another process holds the file's lock for longer than
// anybody waits.
func TestLockedUnderLoad(t *testing.T) {
	dir := t.TempDir()
	r := served(t, Config{Dir: dir})
	other := lite(open(t, Config{Dir: dir}))
	l := beginLoad(t, r)
	l.more(100)
	tx, err := other.db.Begin() // takes the lock for writing at once
	must(t, err)
	l.ill()
	l.more(soaked(200, 2000))
	must(t, tx.Rollback())
	l.end("file locked", l.back())
	if other.path != filepath.Join(dir, sqliteFile) {
		t.Errorf("the other process has %s", other.path)
	}
}

// TestPostgresStoppedUnderLoad: the server is stopped, killed, and started again.
func TestPostgresStoppedUnderLoad(t *testing.T) {
	server := pgtest.Start(t)
	r := served(t, Config{URL: Secret(server.Database())})
	l := beginLoad(t, r)
	var slowest time.Duration
	for _, end := range []func(){server.Stop, server.Kill} {
		l.more(100)
		end()
		l.ill()
		l.more(soaked(100, 2000))
		server.Start()
		slowest = max(slowest, l.back())
	}
	if slowest > recovery {
		t.Errorf("the pool was back only after %v", slowest)
	}
	l.end("PostgreSQL stopped and started", slowest)
}

// TestBadNetwork puts a network in front of PostgreSQL that goes bad in every way
// there is. Answers go on; the ready page tells whether they have their history.
func TestBadNetwork(t *testing.T) {
	server := pgtest.Start(t)
	for _, tc := range []struct {
		name  string
		toxic proxy.Toxic
		well  bool // a database behind it still works
	}{
		{"down", proxy.Toxic{Down: true}, false},
		{"latency of 5 s", proxy.Toxic{Latency: 5 * time.Second}, false},
		{"100 bytes a second", proxy.Toxic{Rate: 100}, false},
		{"slices of a byte", proxy.Toxic{Slice: 1, Latency: 10 * time.Millisecond}, false},
		{"silence", proxy.Toxic{Hole: true}, false},
		{"reset", proxy.Toxic{Reset: true}, false},
		{"slow close", proxy.Toxic{SlowClose: 5 * time.Second}, true},
		{"limit of data", proxy.Toxic{Limit: 2000}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := proxy.Start(t, server.Dial)
			r := served(t, Config{URL: Secret(pgtest.Through(server.Database(), p.Port()))})
			l := beginLoad(t, r)
			l.more(30)
			p.Set(tc.toxic)
			if tc.well {
				l.back() // from a start that took too long
			} else {
				l.ill()
			}
			l.more(soaked(60, 2000))
			p.Set(proxy.Toxic{})
			back := l.back()
			if back > recovery {
				t.Errorf("back only after %v", back)
			}
			l.end(tc.name, back)
		})
	}
}

// recovery is the bound on how long it takes until answers use a database again
// that is well again.
const recovery = 10 * time.Second

// soaked is how many of something: more in the long variant of a test.
func soaked(short, long int) int {
	if os.Getenv("CAREERBOT_SOAK") != "" {
		return long
	}
	return short
}

// TestPostgresAwayAtStart: the bot answers before its server is there.
func TestPostgresAwayAtStart(t *testing.T) {
	server := pgtest.Start(t)
	url := server.Database()
	server.Stop()
	r := served(t, Config{URL: Secret(url)})
	l := beginLoad(t, r)
	l.more(100)
	server.Start()
	l.end("PostgreSQL away at the start", l.back())
}

// TestTwoReplicas: two replicas are given the same deliveries at once, in
// different orders. Each delivery is one's.
func TestTwoReplicas(t *testing.T) {
	server := pgtest.Start(t)
	for _, tc := range []struct {
		name string
		cfg  Config
		keys int
	}{
		{"PostgreSQL", Config{URL: Secret(server.Database())}, 10_000},
		{"SQLite", Config{Dir: t.TempDir()}, 1000}, // two processes on one file: not for speed
	} {
		t.Run(tc.name, func(t *testing.T) {
			const workers = 8
			keys := tc.keys
			claimed := make([]atomic.Int32, keys)
			var wg sync.WaitGroup
			began := time.Now()
			for replica := range 2 {
				s := open(t, tc.cfg)
				for worker := range workers {
					wg.Go(func() {
						for i := worker; i < keys; i += workers {
							k := i
							if replica == 1 && worker%2 == 1 {
								k = keys - workers + 2*worker - i // the other way round
							}
							mine, err := s.Claims().Claim(context.Background(), fmt.Sprint("delivery ", k))
							if err != nil {
								t.Error(err)
								return
							}
							if mine {
								claimed[k].Add(1)
							}
						}
					})
				}
			}
			wg.Wait()
			spent := time.Since(began)
			never, twice := 0, 0
			for k := range claimed {
				switch n := claimed[k].Load(); {
				case n == 0:
					never++
				case n > 1:
					twice++
				}
			}
			if never+twice > 0 {
				t.Errorf("of %d deliveries %d were never claimed and %d more than once", keys, never, twice)
			}
			t.Logf("FIGURE two replicas on %s: %d deliveries to both, each claimed once, %.0f claims/s", tc.name, keys, float64(2*keys)/spent.Seconds())
		})
	}
}
