// Package journal notes what was asked once it has been answered: how often each
// job and topic came up, and the words, redacted, of what could not be answered.
//
// The central type is [Journal]. It answers questions as the bot does and hands
// what there is to note to one writer behind a bounded queue, so that no answer
// ever waits for bookkeeping; when the queue is full the note is dropped and
// counted. No person, place or message is noted.
package journal

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"careerbot/bot"
)

// An Asker answers questions and completes names, as [bot.Bot] does.
type Asker interface {
	Answer(ctx context.Context, q bot.Question) bot.Answer
	Suggest(kind, prefix string, max int) []bot.Suggestion
}

const (
	maxQueued = 4096             // notes that wait; some megabytes at worst
	writeTime = 10 * time.Second // for one note
	drainTime = 5 * time.Second  // for those left when the journal stops
)

// unanswered are the reasons of declines whose words are worth keeping: the
// knowledge could grow there. Of the others (an emergency, another person's body,
// a quarrel) nothing is kept. A clarifying question is no miss: its buttons lead
// to answers.
var unanswered = []string{"unknown", "other-career"}

// A Journal is an [Asker] that notes. Use [New]; without [Journal.Run] nothing is
// written.
type Journal struct {
	Asker
	usage   bot.Usage
	missing bot.Unanswered
	queue   chan note
	dropped atomic.Uint64
	failed  atomic.Uint64
}

// note is what is kept of a question.
type note struct {
	use     bot.Use
	text    string // cleaned, not yet redacted, which takes its time; "" unless it was not answered
	reason  string
	nearest string
}

// New returns a journal of what ask is asked.
func New(ask Asker, usage bot.Usage, missing bot.Unanswered) *Journal {
	return &Journal{Asker: ask, usage: usage, missing: missing, queue: make(chan note, maxQueued)}
}

// Answer answers the question and leaves a note, unless it is only shown again.
func (j *Journal) Answer(ctx context.Context, q bot.Question) bot.Answer {
	a := j.Asker.Answer(ctx, q)
	if q.Again {
		return a
	}
	select {
	case j.queue <- noteOf(&q, &a):
	default:
		j.dropped.Add(1)
	}
	return a
}

func noteOf(q *bot.Question, a *bot.Answer) note {
	n := note{use: bot.Use{Platform: q.Place.Platform, Role: first(a.Roles), Topic: first(a.Topics), Kind: a.Kind}}
	if a.Kind == bot.KindDecline && slices.Contains(unanswered, a.Reason) && q.Choice == nil {
		n.text, n.reason = bot.Clean(q.Text), a.Reason
		if len(a.Passages) > 0 {
			n.nearest = a.Passages[0].ID
		}
	}
	return n
}

func first(slugs []string) string {
	if len(slugs) == 0 {
		return ""
	}
	return slugs[0]
}

// Run writes notes until ctx ends, then what is left, for at most 5 seconds, and
// returns nil. Let it end after the adapters and before the store.
func (j *Journal) Run(ctx context.Context) error {
	for {
		select {
		case n := <-j.queue:
			j.write(context.WithoutCancel(ctx), n)
		case <-ctx.Done():
			j.drain(context.WithoutCancel(ctx))
			return nil
		}
	}
}

func (j *Journal) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	for {
		select {
		case n := <-j.queue:
			if ctx.Err() != nil {
				j.dropped.Add(1)
				continue
			}
			j.write(ctx, n)
		default:
			return
		}
	}
}

func (j *Journal) write(ctx context.Context, n note) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	if j.usage.Count(ctx, n.use) != nil {
		j.failed.Add(1)
	}
	text := bot.Redact(n.text)
	if text == "" {
		return
	}
	if j.missing.Note(ctx, text, n.reason, n.nearest) != nil {
		j.failed.Add(1)
	}
}

// Lost is how many notes were dropped because the queue was full, and how many
// the storage refused.
func (j *Journal) Lost() (dropped, refused uint64) { return j.dropped.Load(), j.failed.Load() }
