package discord

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
)

// lanes is a bounded queue in front of a fixed number of workers. Jobs of one key
// run one after the other, in the order in which they came; jobs of different
// keys run side by side, so a channel that Discord slows down holds up nobody else.
type lanes struct {
	max int
	log *slog.Logger

	mu      sync.Mutex
	queued  int
	closed  bool
	waiting map[string][]job // behind the job of the same key that runs or is due
	due     chan lane        // never blocks: it has room for every queued job
	workers sync.WaitGroup
}

type job func(ctx context.Context)

type lane struct {
	key string
	job job
}

func newLanes(max int, log *slog.Logger) *lanes {
	return &lanes{max: max, log: log, waiting: map[string][]job{}, due: make(chan lane, max)}
}

// start runs n workers; jobs get ctx.
func (l *lanes) start(ctx context.Context, n int) {
	for range n {
		l.workers.Go(func() {
			for x := range l.due {
				l.run(ctx, x.job)
				l.next(x.key)
			}
		})
	}
}

// submit queues a job, or reports false when the queue is full or closed.
func (l *lanes) submit(key string, j job) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.queued == l.max {
		return false
	}
	l.queued++
	if behind, busy := l.waiting[key]; busy {
		l.waiting[key] = append(behind, j)
	} else {
		l.waiting[key] = nil
		l.due <- lane{key, j}
	}
	return true
}

// next makes the next job of a key due.
func (l *lanes) next(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued--
	if behind := l.waiting[key]; len(behind) > 0 {
		l.waiting[key] = behind[1:]
		l.due <- lane{key, behind[0]}
	} else {
		delete(l.waiting, key)
	}
	if l.closed && l.queued == 0 {
		close(l.due)
	}
}

// run runs a job; a panic ends that job only.
func (l *lanes) run(ctx context.Context, j job) {
	defer func() {
		if p := recover(); p != nil {
			l.log.Error("a question's handling panicked", "stack", string(debug.Stack()))
		}
	}()
	j(ctx)
}

// close takes no more jobs. The returned channel is closed once all are done.
func (l *lanes) close() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		if l.queued == 0 {
			close(l.due)
		}
	}
	done := make(chan struct{})
	go func() { l.workers.Wait(); close(done) }()
	return done
}

// length is how many jobs are queued or running.
func (l *lanes) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queued
}
