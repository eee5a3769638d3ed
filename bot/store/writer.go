package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
)

const (
	// maxBatch is how many writes share a commit: with some 20 µs each, they
	// delay one another by less than 5 ms.
	maxBatch = 128
	// maxWaiting is how many writes wait; further ones fail at once.
	maxWaiting = 4096
)

// A writer commits what gathers while it is busy with the commit before. SQLite
// has one writer at a time, and each commit waits for the disk; so a lone write
// waits for nobody, and many share the wait.
type writer struct {
	db   *sql.DB
	jobs chan *job
	stop chan struct{} // closed to end
	once sync.Once
	gone chan struct{} // closed at the end

	commits atomic.Uint64
}

// A job is one write. Whoever sets taken first, the writer or a caller that
// waits no longer, has it.
type job struct {
	fn    func(context.Context, querier) error
	taken atomic.Bool
	done  chan error
}

func newWriter(db *sql.DB) *writer {
	w := &writer{db: db, jobs: make(chan *job, maxWaiting), stop: make(chan struct{}), gone: make(chan struct{})}
	go w.run()
	return w
}

// do runs fn in a transaction that may hold others' writes too, and returns once
// it is on the disk. When ctx ends first, the write may still happen if it had
// begun.
func (w *writer) do(ctx context.Context, fn func(context.Context, querier) error) error {
	j := &job{fn: fn, done: make(chan error, 1)}
	select {
	case <-w.stop:
		return errClosed
	default:
	}
	select {
	case w.jobs <- j:
	default:
		return errCrowded
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		if j.taken.CompareAndSwap(false, true) {
			return ctx.Err()
		}
		select {
		case err := <-j.done:
			return err
		case <-w.gone:
		}
	case <-w.gone:
	}
	select {
	case err := <-j.done:
		return err
	default:
		return errClosed
	}
}

func (w *writer) run() {
	defer close(w.gone)
	for {
		select {
		case j := <-w.jobs:
			w.commit(w.gather(j))
		case <-w.stop:
			for len(w.jobs) > 0 {
				w.commit(w.gather(<-w.jobs))
			}
			return
		}
	}
}

// close finishes what waits.
func (w *writer) close() {
	w.once.Do(func() { close(w.stop) })
	<-w.gone
}

// gather returns the job with those that wait already, without the abandoned.
func (w *writer) gather(j *job) []*job {
	var batch []*job
	for {
		if j.taken.CompareAndSwap(false, true) {
			batch = append(batch, j)
		}
		if len(batch) == maxBatch {
			return batch
		}
		select {
		case j = <-w.jobs:
		default:
			return batch
		}
	}
}

// commit runs a batch in one transaction. When one job's statement is at fault,
// each gets a transaction of its own, so that only that one fails.
func (w *writer) commit(batch []*job) {
	if len(batch) == 0 {
		return
	}
	err := w.transact(batch)
	if err == nil || len(batch) == 1 || outage(err) {
		for _, j := range batch {
			j.done <- err
		}
		return
	}
	for i := range batch {
		batch[i].done <- w.transact(batch[i : i+1])
	}
}

// transact has no deadline: cutting a shared transaction short would fail the
// others in it, and waiting for locks is bounded by busy_timeout.
func (w *writer) transact(batch []*job) error {
	ctx := context.Background()
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, j := range batch {
		if err := j.fn(ctx, tx); err != nil {
			tx.Rollback() // SQLite may have rolled back itself
			return err
		}
	}
	w.commits.Add(1)
	return tx.Commit()
}
