package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
)

// A faultyDB does what its fault says before each statement: wait, or fail.
type faultyDB struct {
	database
	fault atomic.Pointer[func(ctx context.Context) error]
	fired atomic.Int64
}

func (f *faultyDB) set(fault func(ctx context.Context) error) {
	if fault == nil {
		f.fault.Store(nil)
		return
	}
	f.fault.Store(&fault)
}

func (f *faultyDB) hit(ctx context.Context) error {
	fault := f.fault.Load()
	if fault == nil {
		return nil
	}
	f.fired.Add(1)
	return (*fault)(ctx)
}

func (f *faultyDB) reader() querier { return faultyQuerier{f.database.reader(), f} }

func (f *faultyDB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := f.hit(ctx); err != nil {
		return 0, err
	}
	return f.database.exec(ctx, query, args...)
}

func (f *faultyDB) write(ctx context.Context, fn func(context.Context, querier) error) error {
	if err := f.hit(ctx); err != nil {
		return err
	}
	return f.database.write(ctx, fn)
}

var errFault = errors.New("a fault of the test")

func fails(context.Context) error { return errFault }

// takes returns a fault that only takes time.
func takes(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		if !pause(ctx, d) {
			return ctx.Err()
		}
		return nil
	}
}

// A world is a Resilient over a database with faults.
type world struct {
	t      *testing.T
	r      *Resilient
	faults *faultyDB
	refuse atomic.Int64 // how many more attempts to open fail
}

// newWorld opens a world and runs it, in a synctest bubble: time is fake, and only
// faults take any.
func newWorld(t *testing.T, refuse int) *world {
	t.Helper()
	w := &world{t: t, faults: &faultyDB{}}
	w.refuse.Store(int64(refuse))
	cfg := Config{Dir: t.TempDir(), Keys: newKey(), Now: time.Now, Log: testLog(t)}
	w.r = newResilient(func(ctx context.Context) (*Store, error) {
		if w.refuse.Add(-1) >= 0 {
			return nil, errFault
		}
		s, err := Open(ctx, cfg)
		if err == nil {
			w.faults.database, s.db = s.db, w.faults
		}
		return s, err
	}, cfg)
	if err := w.r.connect(t.Context()); err != nil {
		w.r.fail(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
		w.faults.set(nil)
		if err := w.r.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	synctest.Wait() // retention has run
	return w
}

// took runs something and returns how long it took.
func took(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

// claim claims and wants to hear so.
func (w *world) claim(key string, mine bool, want error) {
	w.t.Helper()
	got, err := w.r.Claims().Claim(context.Background(), key)
	if got != mine || !errors.Is(err, want) || want == nil && err != nil {
		w.t.Errorf("claim of %s: %v, %v, want %v, %v", key, got, err, mine, want)
	}
}

// healed waits for the database to be well and owed nothing.
func (w *world) healed() {
	w.t.Helper()
	eventually(w.t, "the database is well", func() bool { return w.r.Ready() == nil && w.r.Health().Owed == 0 })
}

// TestSlowDatabase: the first answer waits 50 ms, no other waits, and the slow
// claim still counts.
func TestSlowDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		ctx := t.Context()
		must(t, w.r.Conversations().Save(ctx, "p:c", convWith("pay")))
		w.faults.set(takes(time.Second))
		if got := took(func() { w.claim("a", true, bot.ErrUnsure) }); got != patience {
			t.Errorf("the first answer waited %v, want %v", got, patience)
		}
		if err := w.r.Ready(); err == nil || !strings.Contains(err.Error(), "too long") {
			t.Errorf("ready page: %v", err)
		}
		got := took(func() {
			w.claim("a", false, nil)
			w.claim("b", true, bot.ErrUnsure)
			if c, err := w.r.Conversations().Load(ctx, "p:c"); err != nil || c.Topic != "pay" {
				t.Errorf("conversation: %+v, %v", c, err)
			}
			must(t, w.r.Conversations().Save(ctx, "p:c", convWith("exam")))
			must(t, w.r.Usage().Count(ctx, bot.Use{Topic: "exam"}))
			must(t, w.r.Claims().Release(ctx, "unknown"))
		})
		if got != 0 {
			t.Errorf("further answers waited %v", got)
		}
		w.faults.set(nil)
		w.healed()
		pause(ctx, time.Second) // the first claim ends
		s := w.r.opened()
		for _, key := range []string{"a", "b"} {
			if mine, err := s.Claims().Claim(ctx, key); err != nil || mine {
				t.Errorf("the claim of %s is not in the database: %v, %v", key, mine, err)
			}
		}
		if c, err := s.Conversations().Load(ctx, "p:c"); err != nil || c.Topic != "exam" {
			t.Errorf("in the database: %+v, %v, want exam", c, err)
		}
		if h := w.r.Health(); h.Outages != 1 || h.Doubled != 0 || h.Lost != 0 || h.Without < 5 {
			t.Errorf("health: %+v", h)
		}
	})
}

// TestPatienceIsShared: operations of one answer together hold it for as long as
// one may; that alone does not make the database slow, one that goes on does.
func TestPatienceIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		answer := func(key string) time.Duration {
			ctx := bot.WithPatience(t.Context())
			return took(func() {
				w.r.Claims().Claim(ctx, key)
				w.r.Conversations().Load(ctx, "p:c")
				w.r.Conversations().Save(ctx, "p:c", convWith(key))
				w.r.Usage().Count(bot.WithPatience(ctx), bot.Use{Topic: key})
			})
		}
		w.faults.set(takes(20 * time.Millisecond))
		if got := answer("a"); got != patience {
			t.Errorf("an answer was held back for %v, want %v", got, patience)
		}
		pause(t.Context(), time.Second)
		if h := w.r.Health(); !h.Well || h.Outages != 0 || h.Owed != 0 {
			t.Errorf("operations of 20 ms each: %+v", h)
		}
		var n atomic.Int64
		w.faults.set(func(ctx context.Context) error { // only what comes second hangs
			if n.Add(1) == 2 {
				return takes(time.Second)(ctx)
			}
			return takes(20 * time.Millisecond)(ctx)
		})
		if got := answer("b"); got != patience {
			t.Errorf("an answer was held back for %v, want %v", got, patience)
		}
		pause(t.Context(), patience)
		if h := w.r.Health(); h.Outages != 1 {
			t.Errorf("one that hangs: %+v", h)
		}
		w.faults.set(nil)
		w.healed()
		if c, err := w.r.opened().Conversations().Load(t.Context(), "p:c"); err != nil || c.Topic != "b" {
			t.Errorf("in the database: %+v, %v, want b", c, err)
		}
	})
}

// TestFailingDatabase: nothing fails on the answer's way; what is off it says so.
func TestFailingDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		ctx := t.Context()
		place := bot.Place{Platform: "slack", Workspace: "T1"}
		must(t, w.r.Installations().Save(ctx, "slack/T1", []byte("token")))
		must(t, w.r.Settings().Save(ctx, place, []byte(`{}`)))
		for range 2 { // the second round reads what the first one saw
			if data, err := w.r.Installations().Find(ctx, "slack/T1"); err != nil || string(data) != "token" {
				t.Errorf("installation: %q, %v", data, err)
			}
			if doc, err := w.r.Settings().Load(ctx, place); err != nil || string(doc) != "{}" {
				t.Errorf("settings: %q, %v", doc, err)
			}
			w.faults.set(fails)
		}
		if _, err := w.r.Installations().Find(ctx, "slack/T2"); err == nil || errors.Is(err, bot.ErrNotFound) {
			t.Errorf("an installation nobody saw: %v, want one that says the database is away", err)
		}
		for range 3 {
			must(t, w.r.Feedback().Record(ctx, "p", "h", bot.Helpful))
			must(t, w.r.Usage().Count(ctx, bot.Use{Topic: "pay"}))
			must(t, w.r.Unanswered().Note(ctx, "why", "unknown", ""))
		}
		if _, err := w.r.Mentors().Ask(ctx, bot.MentorQuestion{ID: "q"}); err == nil {
			t.Error("a question was taken that nobody keeps")
		}
		if err := w.r.Installations().Save(ctx, "slack/T3", nil); err == nil {
			t.Error("an installation was taken that nobody keeps")
		}
		if _, err := w.r.People().Forget(ctx, "p"); err == nil {
			t.Error("it says a person is forgotten who is not")
		}
		day := time.Now()
		pause(ctx, 20*time.Hour) // it is another day when it heals
		w.faults.set(nil)
		w.healed()
		tallies, err := w.r.Feedback().Tallies(ctx, time.Time{})
		must(t, err)
		uses, err := w.r.Usage().Uses(ctx, day, day)
		must(t, err)
		questions, err := w.r.Unanswered().Questions(ctx, time.Time{}, 9)
		must(t, err)
		if len(tallies) != 1 || tallies[0].Counts[bot.Helpful] != 3 || len(uses) != 1 || uses[0].Count != 3 || len(questions) != 1 || questions[0].Count != 3 {
			t.Errorf("after healing: %+v, %+v, %+v, want three of each", tallies, uses, questions)
		}
	})
}

// TestDecisionsAreNoFailures: what a port decides does not make the database ill.
func TestDecisionsAreNoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		ctx := t.Context()
		_, err := w.r.Mentors().Claim(ctx, "unknown", "mia")
		if !errors.Is(err, bot.ErrNotFound) {
			t.Error(err)
		}
		if err := w.r.Feedback().Record(ctx, "p", "h", "splendid"); !errors.Is(err, bot.ErrNotFound) {
			t.Error(err)
		}
		hurried, cancel := context.WithCancel(ctx)
		cancel()
		w.faults.set(takes(time.Millisecond))
		if _, err := w.r.Claims().Claim(hurried, "k"); !errors.Is(err, bot.ErrUnsure) {
			t.Error(err)
		}
		if _, err := w.r.People().Export(hurried, "p"); err == nil {
			t.Error("no error for a caller who left")
		}
		if err := w.r.Ready(); err != nil {
			t.Error(err)
		}
	})
}

// TestLateClaims: how a claim ends that nobody waited for.
func TestLateClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, 0)
		s := w.r.opened()
		outcome := make(chan error)
		late := func(key string, meanwhile func(), ends error) {
			w.faults.set(func(context.Context) error { return <-outcome })
			w.claim(key, true, bot.ErrUnsure)
			w.faults.set(nil)
			meanwhile()
			outcome <- ends
			synctest.Wait()
			w.healed()
		}
		claimed := func(key string, want bool) {
			t.Helper()
			mine, err := s.Claims().Claim(ctx, key)
			must(t, err)
			if mine == want {
				t.Errorf("%s is claimed in the database: %v, want %v", key, !mine, want)
			}
		}
		late("succeeds", func() {}, nil)
		claimed("succeeds", true)
		late("fails", func() {}, errFault)
		claimed("fails", true)
		late("released, then succeeds", func() { must(t, w.r.Claims().Release(ctx, "released, then succeeds")) }, nil)
		claimed("released, then succeeds", false)
		late("released, then fails", func() { must(t, w.r.Claims().Release(ctx, "released, then fails")) }, errFault)
		claimed("released, then fails", false)
		if got := w.r.Health().Doubled; got != 0 {
			t.Errorf("%d doubled, want none yet", got)
		}
		late("another's", func() { s.Claims().Claim(ctx, "another's") }, nil)
		claimed("another's", true)
		if got := w.r.Health().Doubled; got != 1 {
			t.Errorf("%d doubled, want 1", got)
		}
	})
}

// TestReleasedWhileAway: a delivery that failed may be answered when it comes
// again, here and in other processes.
func TestReleasedWhileAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, 0)
		w.claim("before", true, nil)
		w.faults.set(fails)
		w.claim("during", true, bot.ErrUnsure)
		for _, key := range []string{"before", "during"} {
			must(t, w.r.Claims().Release(ctx, key))
			w.claim(key, true, bot.ErrUnsure)
			must(t, w.r.Claims().Release(ctx, key))
		}
		w.faults.set(nil)
		w.healed()
		for _, key := range []string{"before", "during"} {
			if mine, err := w.r.opened().Claims().Claim(ctx, key); err != nil || !mine {
				t.Errorf("%s, in another process: %v, %v, want it", key, mine, err)
			}
		}
	})
}

// TestForgottenWhileOwed: what a person is owed does not come back after they
// were forgotten.
func TestForgottenWhileOwed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, 0)
		w.faults.set(fails)
		must(t, w.r.Conversations().Save(ctx, "anna:c", convWith("pay")))
		must(t, w.r.Conversations().Save(ctx, "bert:c", convWith("pay")))
		w.r.People().Forget(ctx, "anna")
		w.faults.set(nil)
		w.healed()
		for key, want := range map[string]string{"anna:c": "", "bert:c": "pay"} {
			for what, c := range map[string]bot.Conversations{"memory": w.r.memory, "database": w.r.opened().Conversations()} {
				if got, err := c.Load(ctx, key); err != nil || got.Topic != want {
					t.Errorf("%s in %s: %+v, %v, want %q", key, what, got, err, want)
				}
			}
		}
	})
}

// TestStartWithoutDatabase: the bot answers from the start, and finds its database
// later.
func TestStartWithoutDatabase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		w := newWorld(t, 3)
		w.claim("k", true, bot.ErrUnsure)
		w.claim("k", false, nil)
		must(t, w.r.Conversations().Save(ctx, "p:c", convWith("pay")))
		if c, err := w.r.Conversations().Load(ctx, "p:c"); err != nil || c.Topic != "pay" {
			t.Errorf("conversation: %+v, %v", c, err)
		}
		if _, err := w.r.Leases().Acquire(ctx, "shard/0", "a", time.Minute); err == nil {
			t.Error("a lease without a database")
		}
		if _, err := w.r.Installations().Lock(ctx, "slack/T1"); err == nil {
			t.Error("a lock without a database")
		}
		w.healed()
		if mine, err := w.r.opened().Claims().Claim(ctx, "k"); err != nil || mine {
			t.Errorf("the claim is not in the database: %v, %v", mine, err)
		}
	})
}

// TestMovedFile: a database whose file is taken away is noticed without any
// question, and a new one begun.
func TestMovedFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		d := w.faults.database.(*sqliteDB)
		w.claim("before", true, nil)
		must(t, os.Rename(d.path, filepath.Join(filepath.Dir(d.path), "moved")))
		eventually(t, "the loss is noticed", func() bool { return w.r.Health().Outages == 1 })
		w.healed()
		if _, err := os.Stat(d.path); err != nil {
			t.Errorf("the new file: %v", err)
		}
		w.claim("after", true, nil)
	})
}

// TestDebtsAreBounded: a long outage costs memory up to a bound, then history.
func TestDebtsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		const bound = 2000
		w.r.debts.max = bound
		w.faults.set(fails)
		for i := range bound + 100 {
			w.claim(fmt.Sprint(i), true, bot.ErrUnsure)
		}
		if h := w.r.Health(); h.Owed != bound || h.Lost != 100 {
			t.Errorf("owed %d, lost %d, want %d, 100", h.Owed, h.Lost, bound)
		}
		w.faults.set(nil)
		w.healed()
		if mine, err := w.r.opened().Claims().Claim(t.Context(), fmt.Sprint(bound-1)); err != nil || mine {
			t.Errorf("the last of the debts: %v, %v", mine, err)
		}
	})
}

// TestRefusedDebt: a write that can never work is dropped and does not hold up
// the others.
func TestRefusedDebt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		w.faults.set(fails)
		w.claim("before", true, bot.ErrUnsure)
		w.r.owe("bad", func(ctx context.Context, s *Store, _ int) error {
			_, err := s.db.exec(ctx, `INSERT INTO nowhere VALUES (1)`)
			return err
		})
		w.claim("after", true, bot.ErrUnsure)
		w.faults.set(nil)
		w.healed()
		if h := w.r.Health(); h.Lost != 1 {
			t.Errorf("lost %d, want 1", h.Lost)
		}
		for _, key := range []string{"before", "after"} {
			if mine, err := w.r.opened().Claims().Claim(t.Context(), key); err != nil || mine {
				t.Errorf("%s: %v, %v", key, mine, err)
			}
		}
	})
}

// TestCloseTakesWhatIsOwed: what came up during an outage is written at the end.
func TestClosePays(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Log: testLog(t)}
	r, err := OpenResilient(t.Context(), cfg)
	must(t, err)
	r.fail(errFault) // nobody runs it, so it stays ill
	if _, err := r.Claims().Claim(t.Context(), "k"); !errors.Is(err, bot.ErrUnsure) {
		t.Error(err)
	}
	must(t, r.Close())
	if mine, err := open(t, cfg).Claims().Claim(t.Context(), "k"); err != nil || mine {
		t.Errorf("after a restart: %v, %v, want it claimed", mine, err)
	}
}

// TestUnusableEndsTheStart: a database that somebody must look at is not worked
// around.
func TestUnusableEndsTheStart(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, sqliteFile), []byte(strings.Repeat("no database\n", 500)), 0o600))
	if _, err := OpenResilient(t.Context(), Config{Dir: dir}); !errors.Is(err, ErrUnusable) {
		t.Errorf("a damaged file: %v", err)
	}
	if _, err := OpenResilient(t.Context(), Config{Dir: t.TempDir(), Keys: "nonsense"}); !errors.Is(err, bot.ErrSettings) {
		t.Errorf("a key that is none: %v", err)
	}
}

// TestRandomFaults: whatever happens when, nothing that was counted is lost or
// counted twice, and no two callers have the same claim.
func TestRandomFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		w := newWorld(t, 0)
		var dice sync.Mutex
		random := rand.New(rand.NewPCG(seed, 1))
		roll := func(n int) int {
			dice.Lock()
			defer dice.Unlock()
			return random.IntN(n)
		}
		w.faults.set(func(ctx context.Context) error {
			if time.Now().UnixMilli()/500%2 == 0 { // bad half seconds, good half seconds
				return nil
			}
			switch roll(10) {
			case 0:
				return errFault
			case 1:
				return takes(time.Duration(roll(300)) * time.Millisecond)(ctx)
			}
			return nil
		})
		const workers, rounds = 8, 200
		var claimed atomic.Int64
		var wg sync.WaitGroup
		for worker := range workers {
			wg.Go(func() {
				ctx := context.Background()
				for i := range rounds {
					held := took(func() {
						mine, err := w.r.Claims().Claim(ctx, fmt.Sprint(i))
						if err != nil && !errors.Is(err, bot.ErrUnsure) {
							t.Error(err)
						}
						if mine {
							claimed.Add(1)
						}
						if err := w.r.Conversations().Save(ctx, fmt.Sprintf("p%d:c", worker), convWith(fmt.Sprint(i))); err != nil {
							t.Error(err)
						}
						if err := w.r.Usage().Count(ctx, bot.Use{Topic: fmt.Sprint(i % 7)}); err != nil {
							t.Error(err)
						}
					})
					if held > 3*patience { // three healings apart, at the very worst
						t.Errorf("an answer was held back for %v", held)
					}
					pause(ctx, time.Duration(roll(100))*time.Millisecond)
				}
			})
		}
		day := time.Now()
		wg.Wait()
		if w.faults.fired.Load() == 0 {
			t.Error("no fault was fired")
		}
		w.faults.set(nil)
		pause(t.Context(), 2*opLimit) // what is under way ends
		w.healed()
		if got := claimed.Load(); got != rounds {
			t.Errorf("%d claims of %d keys", got, rounds)
		}
		total := 0
		uses, err := w.r.Usage().Uses(t.Context(), day, time.Now())
		must(t, err)
		for _, u := range uses {
			total += u.Count
		}
		if total != workers*rounds {
			t.Errorf("%d counted, want %d", total, workers*rounds)
		}
		for worker := range workers {
			c, err := w.r.opened().Conversations().Load(t.Context(), fmt.Sprintf("p%d:c", worker))
			must(t, err)
			if want := fmt.Sprint(rounds - 1); c.Topic != want {
				t.Errorf("conversation %d is at %s, want %s", worker, c.Topic, want)
			}
		}
		t.Logf("%+v", w.r.Health())
	})
}
