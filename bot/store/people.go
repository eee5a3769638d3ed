package store

import (
	"context"
	"database/sql"
	"encoding/json"

	"careerbot/bot"
	"careerbot/bot/router"
)

type people struct{ s *Store }

// Export implements [bot.People].
func (p people) Export(ctx context.Context, person string) (kept bot.Kept, err error) {
	if person == "" {
		return kept, nil
	}
	person = slug(person)
	rows, err := p.s.db.reader().QueryContext(ctx, `SELECT context FROM conversations WHERE person = $1 AND saved_at > $2 ORDER BY saved_at`,
		person, p.s.before(bot.ConversationTTL))
	kept.Conversations, err = collect(rows, err, func(r *sql.Rows) (c router.Context, err error) {
		var doc string
		if err = r.Scan(&doc); err == nil {
			err = json.Unmarshal([]byte(doc), &c)
		}
		return c, err
	})
	if err != nil {
		return kept, wrap("export conversations", err)
	}
	rows, err = p.s.db.reader().QueryContext(ctx, `SELECT `+mentorColumns+` FROM mentor_questions WHERE person = $1 ORDER BY asked_at`, person)
	kept.Questions, err = collect(rows, err, func(r *sql.Rows) (bot.MentorQuestion, error) { return p.s.question(r) })
	return kept, wrap("export questions", err)
}

// Forget implements [bot.People]. A question that the person has claimed as a
// mentor is open again.
func (p people) Forget(ctx context.Context, person string) (int, error) {
	if person == "" {
		return 0, nil
	}
	person = slug(person)
	gone := make(chan int, 1)
	err := p.s.db.write(ctx, func(ctx context.Context, db querier) error {
		n := 0
		for _, statement := range []string{
			`DELETE FROM conversations WHERE person = $1`,
			`DELETE FROM mentor_questions WHERE person = $1`,
			`UPDATE mentor_questions SET mentor = '', state = CASE state WHEN 'claimed' THEN 'open' ELSE state END WHERE mentor = $1`,
		} {
			r, err := db.ExecContext(ctx, statement, person)
			if err != nil {
				return err
			}
			rows, err := r.RowsAffected()
			if err != nil {
				return err
			}
			n += int(rows)
		}
		replace(gone, n)
		return nil
	})
	if err != nil {
		return 0, wrap("forget a person", err)
	}
	return <-gone, nil
}
