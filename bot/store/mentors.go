package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"careerbot/bot"
)

// handedFor is how long a finished question stays with who took it to tell the
// asker, before somebody else may.
const handedFor = 5 * time.Minute

// hidden is what a mentor question holds sealed: all that leads to the asker, and
// the answer as it was written.
type hidden struct {
	Channel string `json:"channel,omitempty"`
	Thread  string `json:"thread,omitempty"`
	Asker   string `json:"asker,omitempty"`
	Answer  string `json:"answer,omitempty"`
}

func aboutMentor(id string) string { return "mentor/" + id }

// seal packs what must not be read from the database.
func (s *Store) seal(q *bot.MentorQuestion) ([]byte, error) {
	data, err := json.Marshal(hidden{Channel: q.Place.Channel, Thread: q.Place.Thread, Asker: q.Asker, Answer: q.Answer})
	if err != nil {
		return nil, err
	}
	return s.sealer.Seal(data, aboutMentor(q.ID)), nil
}

const mentorColumns = `id, platform, workspace, person, text, read_as, role, topic, state, mentor, answer, sealed, asked_at, changed_at`

// question reads a row of mentorColumns and opens what is sealed.
func (s *Store) question(row interface{ Scan(...any) error }) (q bot.MentorQuestion, err error) {
	var sealed []byte
	var asked, changed int64
	err = row.Scan(&q.ID, &q.Place.Platform, &q.Place.Workspace, &q.Person, &q.Text, &q.ReadAs, &q.Role, &q.Topic, &q.State, &q.Mentor,
		&q.Answer, &sealed, &asked, &changed)
	q.Asked, q.Changed = fromMillis(asked), fromMillis(changed)
	if errors.Is(err, sql.ErrNoRows) {
		err = bot.ErrNotFound
	}
	if err != nil || len(sealed) == 0 {
		return q, err
	}
	if s.sealer == nil {
		return q, noKey("to read questions for mentors")
	}
	data, err := s.sealer.Open(sealed, aboutMentor(q.ID))
	if err != nil {
		return q, err
	}
	var h hidden
	if err := json.Unmarshal(data, &h); err != nil {
		return q, err
	}
	q.Place.Channel, q.Place.Thread, q.Asker = h.Channel, h.Thread, h.Asker
	if h.Answer != "" {
		q.Answer = h.Answer
	}
	return q, nil
}

// locked returns a question that nobody else can change until the transaction
// ends. Touching the row locks it in both dialects.
func (s *Store) locked(ctx context.Context, q querier, id string) (bot.MentorQuestion, error) {
	return s.question(q.QueryRowContext(ctx, `UPDATE mentor_questions SET handed_at = handed_at WHERE id = $1 RETURNING `+mentorColumns, slug(id)))
}

type mentors struct{ s *Store }

// Ask implements [bot.Mentors].
func (m mentors) Ask(ctx context.Context, q bot.MentorQuestion) (bool, error) {
	if m.s.sealer == nil {
		return false, noKey("to hand questions to mentors")
	}
	q.ID, q.Answer = slug(q.ID), ""
	sealed, err := m.s.seal(&q)
	if err != nil {
		return false, wrap("ask the mentors", err)
	}
	added := make(chan bool, 1)
	err = m.s.db.write(ctx, func(ctx context.Context, db querier) error {
		isNew, err := m.insert(ctx, db, &q, sealed)
		replace(added, isNew)
		return err
	})
	if err != nil {
		return false, wrap("ask the mentors", err)
	}
	return <-added, nil
}

// insert adds the question unless it is there, or the person has too many.
func (m mentors) insert(ctx context.Context, db querier, q *bot.MentorQuestion, sealed []byte) (bool, error) {
	var known, waiting int
	err := db.QueryRowContext(ctx, `SELECT count(*) FROM mentor_questions WHERE id = $1`, q.ID).Scan(&known)
	if err != nil || known > 0 {
		return false, err
	}
	if q.Person != "" {
		err := db.QueryRowContext(ctx, `SELECT count(*) FROM mentor_questions WHERE person = $1 AND state IN ('open', 'claimed')`, slug(q.Person)).Scan(&waiting)
		if err != nil {
			return false, err
		}
		if waiting >= bot.MaxOpenQuestions {
			return false, fmt.Errorf("%d questions wait already: %w", waiting, bot.ErrLimit)
		}
	}
	now := m.s.millis()
	r, err := db.ExecContext(ctx, `INSERT INTO mentor_questions (id, platform, workspace, person, text, read_as, role, topic, state, mentor,
		answer, sealed, asked_at, changed_at, handed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', '', '', $9, $10, $10, 0)
		ON CONFLICT (id) DO NOTHING`, q.ID, slug(q.Place.Platform), slug(q.Place.Workspace), slug(q.Person),
		plain(string(q.Text), maxTextBytes), slug(q.ReadAs), slug(q.Role), slug(q.Topic), sealed, now)
	if err != nil {
		return false, err
	}
	n, err := r.RowsAffected()
	return n == 1, err
}

// Claim implements [bot.Mentors].
func (m mentors) Claim(ctx context.Context, id, mentor string) (bot.MentorQuestion, error) {
	return m.change(ctx, "claim a question", id, func(q *bot.MentorQuestion) error {
		if err := m.free(q, mentor); err != nil {
			return err
		}
		q.State, q.Mentor = bot.MentorClaimed, slug(mentor)
		return nil
	})
}

// Answer implements [bot.Mentors].
func (m mentors) Answer(ctx context.Context, id, mentor, text string) (bot.MentorQuestion, error) {
	if len(text) > bot.MaxMentorAnswerBytes {
		return bot.MentorQuestion{}, fmt.Errorf("answer of %d bytes: %w", len(text), bot.ErrLimit)
	}
	text = plain(text, bot.MaxMentorAnswerBytes)
	return m.change(ctx, "answer a question", id, func(q *bot.MentorQuestion) error {
		if q.State == bot.MentorAnswered && q.Mentor == slug(mentor) && bot.RedactText(q.Answer) == bot.RedactText(text) {
			return errSame
		}
		if err := m.free(q, mentor); err != nil {
			return err
		}
		q.State, q.Mentor, q.Answer = bot.MentorAnswered, slug(mentor), text
		return nil
	})
}

// errSame: the change was made before.
var errSame = errors.New("no change")

// free reports whether the mentor may have the question.
func (m mentors) free(q *bot.MentorQuestion, mentor string) error {
	now := m.s.now()
	switch {
	case q.State == bot.MentorExpired, now.Sub(q.Asked) >= bot.MentorTTL && q.State != bot.MentorAnswered:
		return bot.ErrNotFound
	case q.State == bot.MentorAnswered, q.State == bot.MentorClaimed && q.Mentor != slug(mentor) && now.Sub(q.Changed) < bot.MentorHold:
		return bot.ErrTaken
	}
	return nil
}

// change lets decide alter a question that nobody else can touch meanwhile.
func (m mentors) change(ctx context.Context, what, id string, decide func(*bot.MentorQuestion) error) (bot.MentorQuestion, error) {
	changed := make(chan bot.MentorQuestion, 1)
	err := m.s.db.write(ctx, func(ctx context.Context, db querier) error {
		q, err := m.s.locked(ctx, db, id)
		if err != nil {
			return err
		}
		switch err := decide(&q); {
		case errors.Is(err, errSame):
			replace(changed, q)
			return nil
		case err != nil:
			return err
		}
		sealed, err := m.s.seal(&q)
		if err != nil {
			return err
		}
		now := m.s.millis()
		q.Changed = fromMillis(now)
		replace(changed, q)
		_, err = db.ExecContext(ctx, `UPDATE mentor_questions SET state = $1, mentor = $2, answer = $3, sealed = $4, changed_at = $5, handed_at = $5 WHERE id = $6`,
			string(q.State), q.Mentor, string(bot.RedactText(q.Answer)), sealed, now, q.ID)
		return err
	})
	if err != nil {
		return bot.MentorQuestion{}, wrap(what, err)
	}
	return <-changed, nil
}

// replace puts a value into a channel of one, in place of what a run before left
// there. A result travels so because a write may outlive who waits for it.
func replace[T any](c chan T, v T) {
	select {
	case <-c:
	default:
	}
	c <- v
}

type outbox struct{ s *Store }

// Untold implements [bot.Outbox].
func (o outbox) Untold(ctx context.Context, platform string, max int) ([]bot.MentorQuestion, error) {
	taken := make(chan []bot.MentorQuestion, 1)
	err := o.s.db.write(ctx, func(ctx context.Context, db querier) error {
		// The condition stands twice: whoever waited for the other's transaction
		// looks again.
		rows, err := db.QueryContext(ctx, `UPDATE mentor_questions SET handed_at = $1 WHERE handed_at <= $2 AND id IN (
			SELECT id FROM mentor_questions WHERE platform = $3 AND state IN ('answered', 'expired') AND sealed IS NOT NULL AND handed_at <= $2
			ORDER BY changed_at LIMIT $4) RETURNING `+mentorColumns, o.s.millis(), o.s.before(handedFor), slug(platform), max)
		qs, err := collect(rows, err, func(r *sql.Rows) (bot.MentorQuestion, error) { return o.s.question(r) })
		replace(taken, qs)
		return err
	})
	if err != nil {
		return nil, wrap("untold questions", err)
	}
	return <-taken, nil
}

// Told implements [bot.Outbox].
func (o outbox) Told(ctx context.Context, id string) error {
	_, err := o.s.db.exec(ctx, `UPDATE mentor_questions SET sealed = NULL, person = '', mentor = '' WHERE id = $1 AND state IN ('answered', 'expired')`, slug(id))
	return wrap("told", err)
}

type drafts struct{ s *Store }

// Exchanges implements [bot.Drafts].
func (d drafts) Exchanges(ctx context.Context, since time.Time) ([]bot.MentorQuestion, error) {
	rows, err := d.s.db.reader().QueryContext(ctx, `SELECT id, platform, workspace, '', text, read_as, role, topic, state, '', answer, NULL, asked_at, changed_at
		FROM mentor_questions WHERE state = 'answered' AND changed_at >= $1 ORDER BY changed_at DESC, id`, since.UnixMilli())
	all, err := collect(rows, err, func(r *sql.Rows) (bot.MentorQuestion, error) { return d.s.question(r) })
	return all, wrap("exchanges", err)
}
