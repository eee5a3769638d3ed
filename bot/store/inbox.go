package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"careerbot/bot"
)

// An inbox keeps a delivery in the row of its claim, so that one statement does
// both or neither, in either dialect.
type inbox struct{ s *Store }

// delivered is what a claim holds sealed: keys of platforms name messages.
type delivered struct {
	Key     []byte `json:"key"`
	Payload []byte `json:"payload"`
}

func aboutDelivery(key []byte) string { return "delivery/" + hex.EncodeToString(key) }

// fits reports whether a delivery may be kept.
func fits(d bot.Delivery) error {
	if n := len(d.Payload); n > bot.MaxPayloadBytes {
		return fmt.Errorf("delivery of %d bytes: %w", n, bot.ErrLimit)
	}
	return nil
}

// Take implements [bot.Inbox].
func (i inbox) Take(ctx context.Context, d bot.Delivery) (bool, error) {
	if err := fits(d); err != nil {
		return false, err
	}
	key := claimKey(bot.DeliveryClaim(d.Platform, d.Key))
	var sealed any // NULL without a key
	if i.s.sealer != nil {
		data, err := json.Marshal(delivered{[]byte(d.Key), d.Payload})
		if err != nil {
			return false, wrap("take a delivery", err)
		}
		sealed = i.s.sealer.Seal(data, aboutDelivery(key))
	}
	n, err := i.s.db.exec(ctx, `INSERT INTO claims (key, claimed_at, platform, sealed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO UPDATE SET claimed_at = excluded.claimed_at, platform = excluded.platform, sealed = excluded.sealed, handed_at = 0
		WHERE claims.claimed_at <= $5`, key, i.s.millis(), slug(d.Platform), sealed, i.s.before(bot.ClaimTTL))
	return n == 1, wrap("take a delivery", err)
}

// Finish implements [bot.Inbox].
func (i inbox) Finish(ctx context.Context, platform, key string) error {
	return i.finish(ctx, bot.DeliveryClaim(platform, key))
}

func (i inbox) finish(ctx context.Context, claim string) error {
	_, err := i.s.db.exec(ctx, `UPDATE claims SET sealed = NULL WHERE key = $1 AND sealed IS NOT NULL`, claimKey(claim))
	return wrap("finish a delivery", err)
}

// Return implements [bot.Inbox].
func (i inbox) Return(ctx context.Context, platform, key string) error {
	return claims(i).Release(ctx, bot.DeliveryClaim(platform, key))
}

// Unfinished implements [bot.Inbox].
func (i inbox) Unfinished(ctx context.Context, platform string, grace time.Duration, max int) ([]bot.Delivery, error) {
	type row struct {
		key, sealed []byte
		taken       int64
	}
	handed := make(chan []row, 1)
	err := i.s.db.write(ctx, func(ctx context.Context, db querier) error {
		// Conditions stand twice: whoever waited for the other's transaction looks
		// again.
		rows, err := db.QueryContext(ctx, `UPDATE claims SET handed_at = $1 WHERE handed_at <= $2 AND sealed IS NOT NULL AND key IN (
			SELECT key FROM claims WHERE platform = $3 AND sealed IS NOT NULL AND claimed_at > $4 AND claimed_at <= $5 AND handed_at <= $2
			ORDER BY claimed_at, key LIMIT $6) RETURNING key, sealed, claimed_at`,
			i.s.millis(), i.s.before(handedFor), slug(platform), i.s.before(bot.ClaimTTL), i.s.before(grace), max)
		all, err := collect(rows, err, func(r *sql.Rows) (v row, err error) { return v, r.Scan(&v.key, &v.sealed, &v.taken) })
		replace(handed, all)
		return err
	})
	if err != nil {
		return nil, wrap("unfinished deliveries", err)
	}
	var all []bot.Delivery
	for _, r := range <-handed {
		d, err := i.open(r.key, r.sealed)
		if err != nil { // one that no key opens must not keep the others back
			i.s.log.Warn("store: a delivery cannot be opened", "error", err)
			continue
		}
		d.Platform, d.Taken = platform, fromMillis(r.taken)
		all = append(all, d)
	}
	slices.SortStableFunc(all, func(a, b bot.Delivery) int { return cmp.Or(a.Taken.Compare(b.Taken), cmp.Compare(a.Key, b.Key)) })
	return all, nil
}

// open reads what Take sealed.
func (i inbox) open(key, sealed []byte) (bot.Delivery, error) {
	if i.s.sealer == nil {
		return bot.Delivery{}, noKey("to read deliveries")
	}
	data, err := i.s.sealer.Open(sealed, aboutDelivery(key))
	if err != nil {
		return bot.Delivery{}, err
	}
	var d delivered
	err = json.Unmarshal(data, &d)
	return bot.Delivery{Key: string(d.Key), Payload: d.Payload}, err
}
