package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"

	"careerbot/bot"
)

// errReading: this store was opened by Read.
var errReading = errors.New("the database was opened for reading only")

// Read opens an existing database to read it beside the process that serves from
// it, which notices nothing: nothing is made, migrated or written, and methods
// that write fail. Of cfg it uses URL, Dir and Now. The error wraps
// [bot.ErrSettings] when there is no database there, and ErrUnusable when its
// schema is not the one that this program knows.
func Read(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	db, dialect, err := openReading(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := current(ctx, dialect, db); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Store{db: &readingDB{db}, now: cfg.Now, log: slog.New(slog.DiscardHandler)}, nil
}

func openReading(ctx context.Context, cfg Config) (*sql.DB, goose.Dialect, error) {
	if cfg.URL != "" {
		pg, err := connectPostgres(ctx, cfg.URL, true)
		if err != nil {
			return nil, "", err
		}
		return pg.db, goose.DialectPostgres, nil
	}
	dir, err := filepath.Abs(cfg.Dir)
	path := filepath.Join(dir, sqliteFile)
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		return nil, "", fmt.Errorf("CAREERBOT_STATE: no database was found (%w); name the folder that careerbot serves from: %w", err, bot.ErrSettings)
	}
	db, err := sql.Open("sqlite", sqliteDSN(path, true))
	if err != nil {
		return nil, "", fmt.Errorf("open %s: %w", path, err)
	}
	return db, goose.DialectSQLite3, nil
}

// current reports whether the schema is the one that this program knows.
func current(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	p, err := provider(dialect, db, slog.New(slog.DiscardHandler))
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	var at, newest int64
	for _, s := range p.ListSources() {
		newest = max(newest, s.Version)
	}
	err = db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&at)
	switch {
	case damaged(err):
		return fmt.Errorf("the database is damaged: %w: %w", err, ErrUnusable)
	case outage(err):
		return fmt.Errorf("version of the schema: %w", err)
	case err != nil: // no such table
		return fmt.Errorf("the database holds no schema of careerbot's; serve from it once: %w", ErrUnusable)
	case at < newest:
		return fmt.Errorf("its schema has version %d, this program knows %d: serve from it once with this careerbot, which migrates it: %w", at, newest, ErrUnusable)
	case at > newest:
		return newer(at, newest)
	}
	return nil
}

// A readingDB refuses to write.
type readingDB struct{ db *sql.DB }

func (d *readingDB) reader() querier                                     { return d.db }
func (d *readingDB) exec(context.Context, string, ...any) (int64, error) { return 0, errReading }
func (d *readingDB) write(context.Context, func(context.Context, querier) error) error {
	return errReading
}
func (d *readingDB) clock() string { return "" }
func (d *readingDB) check() error  { return nil }
func (d *readingDB) close() error  { return d.db.Close() }
