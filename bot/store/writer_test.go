package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// blocked makes the writer wait inside a transaction until release is called.
func blocked(t *testing.T, w *writer) (release func()) {
	t.Helper()
	inside, free, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- w.do(context.Background(), func(context.Context, querier) error {
			close(inside)
			<-free
			return nil
		})
	}()
	<-inside
	return func() {
		close(free)
		must(t, <-done)
	}
}

// TestGroupCommit: writes that come while the writer is busy share a commit, and
// each still learns its own outcome.
func TestGroupCommit(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	w := lite(s).writer
	release := blocked(t, w)
	const n = 100
	var wg sync.WaitGroup
	var won atomic.Int64
	for i := range n {
		wg.Go(func() {
			mine, err := s.Claims().Claim(t.Context(), fmt.Sprint(i/2))
			if err != nil {
				t.Error(err)
			}
			if mine {
				won.Add(1)
			}
		})
	}
	eventually(t, "all claims wait", func() bool { return len(w.jobs) == n })
	before := w.commits.Load()
	release()
	wg.Wait()
	if got := w.commits.Load() - before; got != 2 { // the blocked one and the group
		t.Errorf("%d commits, want 2", got)
	}
	if won.Load() != n/2 {
		t.Errorf("%d claims of %d keys", won.Load(), n/2)
	}
}

// TestOneBadWrite: in a group, a statement that cannot work fails alone.
func TestOneBadWrite(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	w := lite(s).writer
	release := blocked(t, w)
	errs := make([]error, 30)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			statement := fmt.Sprintf(`INSERT INTO heartbeat (id, at) VALUES (%d, 0)`, 100+i)
			if i%10 == 3 {
				statement = `INSERT INTO nowhere VALUES (1)`
			}
			_, errs[i] = s.db.exec(t.Context(), statement)
		})
	}
	eventually(t, "all writes wait", func() bool { return len(w.jobs) == len(errs) })
	release()
	wg.Wait()
	for i, err := range errs {
		if bad := i%10 == 3; bad != (err != nil) {
			t.Errorf("write %d: %v", i, err)
		}
	}
	var n int
	must(t, s.db.reader().QueryRowContext(t.Context(), `SELECT count(*) FROM heartbeat`).Scan(&n))
	if n != 27 {
		t.Errorf("%d rows, want 27", n)
	}
}

// TestGivenUp: a write whose caller left before it began does not happen.
func TestGivenUp(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	release := blocked(t, lite(s).writer)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Claims().Claim(ctx, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who left: %v", err)
	}
	release()
	if mine, err := s.Claims().Claim(t.Context(), "k"); err != nil || !mine {
		t.Errorf("the next caller: %v, %v, want it", mine, err)
	}
}

// TestWriterBounds: more writes than may wait fail at once; after the end all do.
func TestWriterBounds(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	w := lite(s).writer
	release := blocked(t, w)
	for range maxWaiting {
		w.jobs <- &job{fn: func(context.Context, querier) error { return nil }, done: make(chan error, 1)}
	}
	if err := s.Check(t.Context()); !errors.Is(err, errCrowded) {
		t.Errorf("one too many: %v", err)
	}
	release()
	must(t, s.Close())
	if err := s.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") && !strings.Contains(err.Error(), "heartbeat") {
		t.Errorf("after the end: %v", err)
	}
}
