package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrations are ordered by number. A released one never changes: what is wrong
// is put right by a further one. Each runs in a transaction together with the
// note that it ran.
//
//go:embed migrations
var migrations embed.FS

const (
	// migrationLock is careerbot's number among PostgreSQL's advisory locks.
	migrationLock = 0x63617265657262
	// migrationWait is how many seconds a start waits for another one's migration.
	migrationWait = 120
)

// provider returns the migrations of a dialect.
func provider(dialect goose.Dialect, db *sql.DB, log *slog.Logger) (*goose.Provider, error) {
	folder, opts := "migrations/sqlite", []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(log)}
	if dialect == goose.DialectPostgres {
		folder = "migrations/postgres"
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock), lock.WithLockTimeout(1, migrationWait), lock.WithUnlockTimeout(1, 5))
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, db, files, opts...)
}

// migrate brings the schema up to date. On SQLite the caller holds the folder's
// lock; on PostgreSQL the provider takes its own. A schema that is ahead of this
// program is left alone and refused.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, log *slog.Logger) error {
	p, err := provider(dialect, db, log)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	at, newest, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("version of the schema: %w", err)
	}
	if at > newest {
		return newer(at, newest)
	}
	if len(done) > 0 {
		log.Info("store: schema migrated", "version", at, "steps", len(done))
	}
	return nil
}

func newer(at, newest int64) error {
	return fmt.Errorf("its schema has version %d, this program knows %d: a newer careerbot wrote it: %w", at, newest, ErrUnusable)
}
