package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"careerbot/bot"
	"careerbot/bot/router"
)

// What a process would keep in memory if it were alone: conversations and claims.

type conversations struct{ s *Store }

// personOf is the part of a [bot.ConversationKey] that names the person.
func personOf(key string) string {
	person, _, _ := strings.Cut(key, ":")
	return person
}

// Load implements [bot.Conversations].
func (c conversations) Load(ctx context.Context, key string) (conv router.Context, err error) {
	var doc string
	err = c.s.db.reader().QueryRowContext(ctx, `SELECT context FROM conversations WHERE key = $1 AND saved_at > $2`,
		slug(key), c.s.before(bot.ConversationTTL)).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return router.Context{}, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(doc), &conv)
	}
	return conv, wrap("load a conversation", err)
}

// Save implements [bot.Conversations].
func (c conversations) Save(ctx context.Context, key string, conv router.Context) error {
	doc, err := json.Marshal(conv)
	if err == nil {
		key = slug(key)
		_, err = c.s.db.exec(ctx, `INSERT INTO conversations (key, person, context, saved_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (key) DO UPDATE SET context = excluded.context, saved_at = excluded.saved_at`,
			key, personOf(key), plain(string(doc), 1<<20), c.s.millis())
	}
	return wrap("save a conversation", err)
}

type claims struct{ s *Store }

// claimKey keeps delivery ids out of the database, and keys short.
func claimKey(key string) []byte {
	sum := sha256.Sum256([]byte(key))
	return sum[:16]
}

// Claim implements [bot.Claims]. The statement decides: of any number of
// processes one inserts the row, or renews one that is past its time.
func (c claims) Claim(ctx context.Context, key string) (bool, error) {
	n, err := c.s.db.exec(ctx, `INSERT INTO claims (key, claimed_at) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET claimed_at = excluded.claimed_at, sealed = NULL WHERE claims.claimed_at <= $3`,
		claimKey(key), c.s.millis(), c.s.before(bot.ClaimTTL))
	return n == 1, wrap("claim a delivery", err)
}

// Release implements [bot.Claims].
func (c claims) Release(ctx context.Context, key string) error {
	_, err := c.s.db.exec(ctx, `DELETE FROM claims WHERE key = $1`, claimKey(key))
	return wrap("release a delivery", err)
}
