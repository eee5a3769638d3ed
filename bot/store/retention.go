package store

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"careerbot/bot"
)

const (
	// sweepEvery is how often retention runs.
	sweepEvery = 10 * time.Minute
	// sweepBatch is how many rows go in one transaction, so that nobody waits
	// long for theirs.
	sweepBatch = 500
	// leaseRest is how long a lease is kept after its end.
	leaseRest = time.Hour
)

// A broom removes or changes what is past its time, a batch at a time. Its
// statement takes the cutoff and the batch's size.
type broom struct {
	what      string
	keep      time.Duration
	statement string
}

var brooms = []broom{
	{"conversations", bot.ConversationTTL, `DELETE FROM conversations WHERE key IN (SELECT key FROM conversations WHERE saved_at <= $1 LIMIT $2)`},
	{"claims", bot.ClaimTTL, `DELETE FROM claims WHERE key IN (SELECT key FROM claims WHERE claimed_at <= $1 LIMIT $2)`},
	{"feedback", bot.TallyTTL, `DELETE FROM feedback WHERE (passage, knowledge, verdict) IN (SELECT passage, knowledge, verdict FROM feedback WHERE last_at <= $1 LIMIT $2)`},
	{"unanswered questions", bot.UnansweredTTL, `DELETE FROM unanswered WHERE key IN (SELECT key FROM unanswered WHERE last_at <= $1 LIMIT $2)`},
	{"leases", leaseRest, `DELETE FROM leases WHERE name IN (SELECT name FROM leases WHERE until <= $1 LIMIT $2)`},
	{"questions that expire", bot.MentorTTL, `UPDATE mentor_questions SET state = 'expired', changed_at = asked_at + ` + mentorTTL + `, handed_at = 0 WHERE id IN (
		SELECT id FROM mentor_questions WHERE state IN ('open', 'claimed') AND asked_at <= $1 LIMIT $2)`},
	{"askers", bot.MentorTTL + bot.MentorGrace, `UPDATE mentor_questions SET sealed = NULL, person = '', mentor = '' WHERE id IN (
		SELECT id FROM mentor_questions WHERE (sealed IS NOT NULL OR person <> '' OR mentor <> '') AND asked_at <= $1 LIMIT $2)`},
	{"drafts", bot.DraftTTL, `DELETE FROM mentor_questions WHERE id IN (
		SELECT id FROM mentor_questions WHERE state IN ('answered', 'expired') AND changed_at <= $1 LIMIT $2)`},
}

// mentorTTL is [bot.MentorTTL] in a statement.
var mentorTTL = strconv.FormatInt(bot.MentorTTL.Milliseconds(), 10)

// Swept is how many rows were removed or changed, by what they were.
type Swept map[string]int

// Sweep removes everything that is past its time, seals what an older key sealed
// with the newest, and bounds what could grow. Any number of processes may sweep.
func (s *Store) Sweep(ctx context.Context) (Swept, error) {
	swept := Swept{}
	for _, b := range brooms {
		for {
			n, err := s.db.exec(ctx, b.statement, s.before(b.keep), sweepBatch)
			if err != nil {
				return swept, wrap("sweep "+b.what, err)
			}
			swept.add(b.what, int(n))
			if n < sweepBatch {
				break
			}
		}
	}
	n, err := s.db.exec(ctx, `DELETE FROM usage_counts WHERE day < $1`, dayOf(s.now().Add(-bot.TallyTTL)))
	if err != nil {
		return swept, wrap("sweep usage", err)
	}
	swept.add("usage", int(n))
	if n, err = s.db.exec(ctx, `DELETE FROM unanswered WHERE key IN (SELECT key FROM unanswered ORDER BY last_at DESC, key LIMIT $1 OFFSET $2)`,
		sweepBatch, maxUnanswered); err != nil {
		return swept, wrap("bound unanswered questions", err)
	}
	swept.add("unanswered questions", int(n))
	anew, err := installations{s}.reseal(ctx)
	swept.add("installations sealed anew", anew)
	return swept, err
}

func (w Swept) add(what string, n int) {
	if n > 0 {
		w[what] += n
	}
}

// Run sweeps every ten minutes until ctx ends, and then returns nil.
func (s *Store) Run(ctx context.Context) error {
	for {
		s.sweep(ctx)
		// Replicas that started together should not sweep together for ever.
		if !pause(ctx, sweepEvery+rand.N(sweepEvery/10)) {
			return nil
		}
	}
}

// sweep is Sweep for a loop: what went wrong is tried again the next time.
func (s *Store) sweep(ctx context.Context) {
	swept, err := s.Sweep(ctx)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.Warn("store: retention did not finish", "error", err)
	case len(swept) > 0:
		s.log.Debug("store: retention", "removed", swept)
	}
}

// pause waits, and reports whether ctx is still alive after it.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
