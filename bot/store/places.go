package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"careerbot/bot"
)

// What belongs to a workspace or to this bot: installations, settings, leases.

type installations struct{ s *Store }

func aboutInstallation(key string) string { return "installation/" + key }

// Find implements [bot.Installations].
func (i installations) Find(ctx context.Context, key string) ([]byte, error) {
	key = slug(key)
	var sealed []byte
	err := i.s.db.reader().QueryRowContext(ctx, `SELECT sealed FROM installations WHERE key = $1`, key).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("installation: %w", bot.ErrNotFound)
	}
	if err != nil {
		return nil, wrap("find an installation", err)
	}
	if i.s.sealer == nil {
		return nil, noKey("to read installations")
	}
	data, err := i.s.sealer.Open(sealed, aboutInstallation(key))
	return data, wrap("open an installation", err)
}

// Save implements [bot.Installations].
func (i installations) Save(ctx context.Context, key string, data []byte) error {
	switch {
	case !i.s.shared:
		return noKey("to keep installations")
	case len(data) > bot.MaxInstallationBytes:
		return fmt.Errorf("installation of %d bytes: %w", len(data), bot.ErrLimit)
	}
	key = slug(key)
	_, err := i.s.db.exec(ctx, `INSERT INTO installations (key, sealed, saved_at) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET sealed = excluded.sealed, saved_at = excluded.saved_at`,
		key, i.s.sealer.Seal(data, aboutInstallation(key)), i.s.millis())
	return wrap("save an installation", err)
}

// Delete implements [bot.Installations].
func (i installations) Delete(ctx context.Context, key string) error {
	_, err := i.s.db.exec(ctx, `DELETE FROM installations WHERE key = $1`, slug(key))
	return wrap("delete an installation", err)
}

// reseal seals with the newest key what an older one sealed, so that the older
// one can be dropped, and returns how many that were. What no key opens stays.
func (i installations) reseal(ctx context.Context) (int, error) {
	if !i.s.shared {
		return 0, nil
	}
	type row struct {
		key    string
		sealed []byte
	}
	rows, err := i.s.db.reader().QueryContext(ctx, `SELECT key, sealed FROM installations WHERE substr(sealed, 1, $1) <> $2`, sealHeader, i.s.sealer.header())
	old, err := collect(rows, err, func(r *sql.Rows) (v row, err error) { return v, r.Scan(&v.key, &v.sealed) })
	if err != nil {
		return 0, wrap("installations to seal anew", err)
	}
	n := 0
	for _, r := range old {
		data, err := i.s.sealer.Open(r.sealed, aboutInstallation(r.key))
		if err != nil {
			i.s.log.Warn("store: an installation cannot be opened", "error", err)
			continue
		}
		done, err := i.s.db.exec(ctx, `UPDATE installations SET sealed = $1 WHERE key = $2 AND sealed = $3`,
			i.s.sealer.Seal(data, aboutInstallation(r.key)), r.key, r.sealed)
		if err != nil {
			return n, wrap("seal an installation anew", err)
		}
		n += int(done)
	}
	return n, nil
}

func noKey(what string) error {
	return fmt.Errorf("CAREERBOT_SECRET_KEY is needed %s; it %s: %w", what, keyHelp, bot.ErrSettings)
}

const (
	// lockLife is after how long a lock ends whose holder died.
	lockLife = 2 * time.Minute
	// lockPause is how long to wait before asking for a lock again, at first.
	lockPause    = 10 * time.Millisecond
	maxLockPause = 500 * time.Millisecond
)

// Lock implements [bot.Installations].
func (i installations) Lock(ctx context.Context, key string) (unlock func(), err error) {
	name, holder := "installation/"+slug(key), rand.Text()
	l := leases(i)
	for wait := lockPause; ; wait = min(2*wait, maxLockPause) {
		mine, err := l.Acquire(ctx, name, holder, lockLife)
		if err != nil {
			return nil, wrap("lock an installation", err)
		}
		if mine {
			break
		}
		if !pause(ctx, wait) {
			return nil, wrap("lock an installation", ctx.Err())
		}
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), busyTimeout)
		defer cancel()
		if err := l.Drop(ctx, name, holder); err != nil {
			i.s.log.Warn("store: a lock was not given back; it ends by itself", "error", err)
		}
	}, nil
}

type leases struct{ s *Store }

// Acquire implements [bot.Leases].
func (l leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	now := l.s.db.clock()
	n, err := l.s.db.exec(ctx, `INSERT INTO leases (name, holder, until) VALUES ($1, $2, `+now+` + $3)
		ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
		WHERE leases.holder = excluded.holder OR leases.until <= `+now, slug(name), slug(holder), ttl.Milliseconds())
	return n == 1, wrap("acquire a lease", err)
}

// Drop implements [bot.Leases].
func (l leases) Drop(ctx context.Context, name, holder string) error {
	_, err := l.s.db.exec(ctx, `DELETE FROM leases WHERE name = $1 AND holder = $2`, slug(name), slug(holder))
	return wrap("drop a lease", err)
}

type settings struct{ s *Store }

// Load implements [bot.Settings].
func (c settings) Load(ctx context.Context, at bot.Place) ([]byte, error) {
	var doc string
	err := c.s.db.reader().QueryRowContext(ctx, `SELECT doc FROM settings WHERE platform = $1 AND workspace = $2 AND channel = $3`,
		slug(at.Platform), slug(at.Workspace), slug(at.Channel)).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("load settings", err)
	}
	return []byte(doc), nil
}

// Save implements [bot.Settings].
func (c settings) Save(ctx context.Context, at bot.Place, doc []byte) (err error) {
	platform, workspace, channel := slug(at.Platform), slug(at.Workspace), slug(at.Channel)
	switch {
	case len(doc) == 0:
		_, err = c.s.db.exec(ctx, `DELETE FROM settings WHERE platform = $1 AND workspace = $2 AND channel = $3`, platform, workspace, channel)
	case len(doc) > bot.MaxSettingsBytes:
		return fmt.Errorf("settings of %d bytes: %w", len(doc), bot.ErrLimit)
	case !json.Valid(doc):
		return errors.New("save settings: not JSON")
	default:
		_, err = c.s.db.exec(ctx, `INSERT INTO settings (platform, workspace, channel, doc, saved_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (platform, workspace, channel) DO UPDATE SET doc = excluded.doc, saved_at = excluded.saved_at`,
			platform, workspace, channel, plain(string(doc), bot.MaxSettingsBytes), c.s.millis())
	}
	return wrap("save settings", err)
}
