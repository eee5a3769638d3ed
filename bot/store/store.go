// Package store keeps what must outlive a message: it implements the ports of
// package bot over database/sql, in two dialects.
//
// The central type is [Store]. By default it is one SQLite file, careerbot.db, in
// the state folder; with a DATABASE_URL it is PostgreSQL, shared by any number
// of replicas. [Open] migrates the schema, once though several processes start
// together, and what a method has returned nil for is on the disk.
//
// A database that is slow, full, locked or away must cost history, never an
// answer. That is what [Resilient] is for: it puts bounded memory in front of a
// Store, waits 50 milliseconds at most, catches up once the database is well
// again, and tells how things are. Serve through it; use a Store directly in
// tools that would rather fail, and one of [Read] beside a server.
//
// Of people it holds hashed keys only. Tokens, addresses and mentors' words are
// sealed by a [Sealer]; questions pass [bot.Redact]; everything expires (see
// [Store.Sweep]).
//
// Drivers: modernc.org/sqlite needs no cgo, so the binary stays static; pgx is
// the maintained PostgreSQL driver; goose keeps migrations ordered and once each.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode/utf8"

	"careerbot/bot"
)

// ErrUnusable: the database cannot be used as it is, and trying again will not
// help: it is damaged, or was written by a newer version. The message names it.
var ErrUnusable = errors.New("database cannot be used")

// Config says where things are kept.
type Config struct {
	URL  Secret           // DATABASE_URL, postgres://…; "" for SQLite
	Dir  string           // state folder, for SQLite; made when missing
	Keys Secret           // CAREERBOT_SECRET_KEY, see [NewSealer]; "" for none
	Now  func() time.Time // default: time.Now
	Log  *slog.Logger     // default: discard
}

// A querier runs statements, inside a transaction or not.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A database is what the two dialects have in common. Statements are written
// once, with $1 for the first argument.
type database interface {
	// reader runs queries outside any transaction.
	reader() querier
	// exec runs one statement, durable when it returns nil, and returns how many
	// rows it touched.
	exec(ctx context.Context, query string, args ...any) (int64, error)
	// write runs fn in a transaction: all of it is durable when write returns
	// nil, none otherwise. fn may be run again, so it must not add to what it
	// captured, and it uses the context it is given.
	write(ctx context.Context, fn func(ctx context.Context, q querier) error) error
	// clock is an SQL expression: the database's own time in milliseconds.
	clock() string
	// check finds out what no statement would: that the file is not ours any more.
	check() error
	close() error
}

// A Store implements [bot.Store]. It is safe for concurrent use.
type Store struct {
	db     database
	sealer *Sealer // nil without any key
	shared bool    // the sealer's key came from the operator, not from the state folder
	now    func() time.Time
	log    *slog.Logger
}

var _ bot.Store = (*Store)(nil)

// Open opens the database and brings its schema up to date: some milliseconds
// for SQLite, a connection for PostgreSQL. The error wraps [bot.ErrSettings] when
// a setting is wrong, and ErrUnusable when the database must be looked at by
// somebody; any other may pass.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{now: cfg.Now, log: cfg.Log}
	if cfg.Keys != "" {
		var err error
		if s.sealer, err = NewSealer(cfg.Keys); err != nil {
			return nil, err
		}
		s.shared = true
	}
	if cfg.URL != "" {
		db, err := openPostgres(ctx, cfg.URL, cfg.Log)
		if err != nil {
			return nil, err
		}
		s.db = db
		return s, nil
	}
	db, err := openSQLite(ctx, cfg.Dir, cfg.Log)
	if err != nil {
		return nil, err
	}
	s.db = db
	if s.sealer == nil {
		if s.sealer, err = localSealer(cfg.Dir); err != nil {
			return nil, errors.Join(err, db.close())
		}
	}
	return s, nil
}

// Close ends what is under way and closes the database. Methods fail afterwards.
func (s *Store) Close() error { return s.db.close() }

// Check writes one row, so that a database that only takes reads is noticed.
func (s *Store) Check(ctx context.Context) error {
	if err := s.db.check(); err != nil {
		return err
	}
	_, err := s.db.exec(ctx, `INSERT INTO heartbeat (id, at) VALUES (1, $1)
		ON CONFLICT (id) DO UPDATE SET at = excluded.at`, s.millis())
	return wrap("heartbeat", err)
}

// The ports.

func (s *Store) Conversations() bot.Conversations { return conversations{s} }
func (s *Store) Claims() bot.Claims               { return claims{s} }
func (s *Store) Inbox() bot.Inbox                 { return inbox{s} }
func (s *Store) Installations() bot.Installations { return installations{s} }
func (s *Store) Leases() bot.Leases               { return leases{s} }
func (s *Store) Settings() bot.Settings           { return settings{s} }
func (s *Store) Feedback() bot.FeedbackBook       { return feedback{s} }
func (s *Store) Usage() bot.Usage                 { return usage{s} }
func (s *Store) Unanswered() bot.Unanswered       { return unanswered{s} }
func (s *Store) Mentors() bot.Mentors             { return mentors{s} }
func (s *Store) Outbox() bot.Outbox               { return outbox{s} }
func (s *Store) Drafts() bot.Drafts               { return drafts{s} }
func (s *Store) People() bot.People               { return people{s} }

// millis is the time as the tables hold it.
func (s *Store) millis() int64 { return s.now().UnixMilli() }

// before is a time so long ago, as the tables hold it.
func (s *Store) before(d time.Duration) int64 { return s.now().Add(-d).UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// wrap says what was attempted.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// plain makes text fit for a column: PostgreSQL refuses NUL and what is not
// UTF-8. What is longer than max bytes is cut.
func plain(s string, max int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}

// maxSlug bounds ids and slugs, which index entries hold.
const maxSlug = 200

// slug is [plain] for ids and slugs.
func slug(s string) string { return plain(s, maxSlug) }

// collect reads all rows of a query.
func collect[T any](rows *sql.Rows, err error, scan func(*sql.Rows) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
