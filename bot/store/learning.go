package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"careerbot/bot"
)

// What the bot learns from: counts and unanswered questions, without people.

const (
	// maxUnanswered is how many different questions are kept; the ones asked
	// longest ago go first.
	maxUnanswered = 20_000
	// maxTextBytes bounds a question's text; [bot.Redact] leaves 500 characters.
	maxTextBytes = 4 << 10
)

type feedback struct{ s *Store }

// Record implements [bot.FeedbackBook].
func (f feedback) Record(ctx context.Context, passage, knowledge string, v bot.Verdict) error {
	return f.add(ctx, passage, knowledge, v, 1)
}

func (f feedback) add(ctx context.Context, passage, knowledge string, v bot.Verdict, n int) error {
	if !slices.Contains(bot.Verdicts, v) {
		return fmt.Errorf("verdict: %w", bot.ErrNotFound)
	}
	_, err := f.s.db.exec(ctx, `INSERT INTO feedback (passage, knowledge, verdict, count, last_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (passage, knowledge, verdict) DO UPDATE SET count = feedback.count + excluded.count, last_at = excluded.last_at`,
		slug(passage), slug(knowledge), string(v), n, f.s.millis())
	return wrap("record feedback", err)
}

// Tallies implements [bot.FeedbackBook].
func (f feedback) Tallies(ctx context.Context, since time.Time) ([]bot.Tally, error) {
	type row struct {
		passage, knowledge, verdict string
		count                       int
		last                        int64
	}
	rows, err := f.s.db.reader().QueryContext(ctx, `SELECT passage, knowledge, verdict, count, last_at FROM feedback ORDER BY passage, knowledge`)
	all, err := collect(rows, err, func(r *sql.Rows) (v row, err error) {
		return v, r.Scan(&v.passage, &v.knowledge, &v.verdict, &v.count, &v.last)
	})
	if err != nil {
		return nil, wrap("feedback", err)
	}
	var tallies []bot.Tally
	for _, r := range all {
		n := len(tallies)
		if n == 0 || tallies[n-1].Passage != r.passage || tallies[n-1].Knowledge != r.knowledge {
			tallies = append(tallies, bot.Tally{Passage: r.passage, Knowledge: r.knowledge, Counts: map[bot.Verdict]int{}})
			n++
		}
		t := &tallies[n-1]
		t.Counts[bot.Verdict(r.verdict)] = r.count
		if last := fromMillis(r.last); last.After(t.Last) {
			t.Last = last
		}
	}
	tallies = slices.DeleteFunc(tallies, func(t bot.Tally) bool { return t.Last.Before(since) })
	slices.SortStableFunc(tallies, func(a, b bot.Tally) int {
		return cmp.Compare(b.Counts[bot.NotHelpful], a.Counts[bot.NotHelpful])
	})
	return tallies, nil
}

type usage struct{ s *Store }

// dayOf is a day as the tables hold it.
func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// Count implements [bot.Usage].
func (u usage) Count(ctx context.Context, use bot.Use) error {
	return u.add(ctx, dayOf(u.s.now()), use, 1)
}

func (u usage) add(ctx context.Context, day string, use bot.Use, n int) error {
	_, err := u.s.db.exec(ctx, `INSERT INTO usage_counts (day, platform, role, topic, kind, count) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (day, platform, role, topic, kind) DO UPDATE SET count = usage_counts.count + excluded.count`,
		day, slug(use.Platform), slug(use.Role), slug(use.Topic), slug(string(use.Kind)), n)
	return wrap("count a use", err)
}

// Uses implements [bot.Usage].
func (u usage) Uses(ctx context.Context, from, to time.Time) ([]bot.UseCount, error) {
	rows, err := u.s.db.reader().QueryContext(ctx, `SELECT day, platform, role, topic, kind, count FROM usage_counts
		WHERE day >= $1 AND day <= $2 ORDER BY day, count DESC, platform, role, topic, kind`, dayOf(from), dayOf(to))
	all, err := collect(rows, err, func(r *sql.Rows) (v bot.UseCount, err error) {
		return v, r.Scan(&v.Day, &v.Platform, &v.Role, &v.Topic, &v.Kind, &v.Count)
	})
	return all, wrap("uses", err)
}

type unanswered struct{ s *Store }

// textKey makes the same words in other case the same question.
func textKey(text string) []byte {
	sum := sha256.Sum256([]byte(strings.ToLower(text)))
	return sum[:16]
}

// Note implements [bot.Unanswered].
func (u unanswered) Note(ctx context.Context, text bot.Redacted, reason, nearest string) error {
	return u.add(ctx, text, reason, nearest, 1)
}

func (u unanswered) add(ctx context.Context, text bot.Redacted, reason, nearest string, n int) error {
	words := plain(string(text), maxTextBytes)
	_, err := u.s.db.exec(ctx, `INSERT INTO unanswered (key, text, reason, nearest, count, first_at, last_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
		ON CONFLICT (key) DO UPDATE SET reason = excluded.reason, nearest = excluded.nearest,
		count = unanswered.count + excluded.count, last_at = excluded.last_at`,
		textKey(words), words, slug(reason), slug(nearest), n, u.s.millis())
	return wrap("note an unanswered question", err)
}

// Questions implements [bot.Unanswered].
func (u unanswered) Questions(ctx context.Context, since time.Time, max int) ([]bot.UnansweredQuestion, error) {
	cutoff := u.s.before(bot.UnansweredTTL) // what is past its time is not shown, swept or not
	if ms := since.UnixMilli(); ms > cutoff {
		cutoff = ms
	}
	rows, err := u.s.db.reader().QueryContext(ctx, `SELECT text, reason, nearest, count, first_at, last_at FROM unanswered
		WHERE last_at >= $1 ORDER BY count DESC, last_at DESC, text LIMIT $2`, cutoff, max)
	all, err := collect(rows, err, func(r *sql.Rows) (q bot.UnansweredQuestion, err error) {
		var first, last int64
		err = r.Scan(&q.Text, &q.Reason, &q.Nearest, &q.Count, &first, &last)
		q.First, q.Last = fromMillis(first), fromMillis(last)
		return q, err
	})
	return all, wrap("unanswered questions", err)
}
