package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"careerbot/bot"
)

const (
	// sqliteFile is the database's name in the state folder. SQLite keeps its log
	// beside it, as careerbot.db-wal and careerbot.db-shm.
	sqliteFile = "careerbot.db"
	// lockFile is what processes that start hold while they look at the schema. It
	// is an empty SQLite database, so that its lock ends with its process on every
	// operating system.
	lockFile = "careerbot.lock"
	// lockWait is how long a start waits for another one's migration.
	lockWait = 2 * time.Minute
	// busyTimeout is how long a statement waits for another process's transaction.
	busyTimeout = 5 * time.Second
	// maxReaders is how many queries run at once.
	maxReaders = 4
)

// A sqliteDB is one file with one writing connection, fed by a [writer], and a
// few reading ones: in WAL mode neither side waits for the other.
type sqliteDB struct {
	path    string
	file    os.FileInfo // as it was opened
	db      *sql.DB     // one connection, writing
	readers *sql.DB
	writer  *writer
}

// sqliteDSN puts every pragma into the connection string, for a pragma that is
// executed reaches one pooled connection only.
//
// synchronous is FULL: in WAL mode NORMAL may lose the last commits at a power
// cut, and what was acknowledged must not be lost. Deleted text is overwritten.
func sqliteDSN(path string, read bool) string {
	q := url.Values{
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_dqs":          {"0"},
		"_defensive":    {"1"},
		"_txlock":       {"immediate"},
		"_pragma":       {"trusted_schema(0)", "cell_size_check(1)", "secure_delete(1)", "journal_size_limit(67108864)"},
	}
	if read {
		q.Set("_query_only", "1")
		q.Del("_txlock")
	}
	return fileURL(path, q)
}

func fileURL(path string, q url.Values) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}).String()
}

// openSQLite opens the file in the folder, both made when missing and readable
// by their owner only.
func openSQLite(ctx context.Context, dir string, log *slog.Logger) (_ *sqliteDB, err error) {
	if dir, err = filepath.Abs(dir); err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return nil, fmt.Errorf("CAREERBOT_STATE: the folder cannot be made (%w); name one that can: %w", err, bot.ErrSettings)
	}
	unlock, err := lockSQLite(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	d := &sqliteDB{path: filepath.Join(dir, sqliteFile)}
	if d.file, err = makeFile(d.path); err != nil {
		return nil, fmt.Errorf("CAREERBOT_STATE: %w; it must be a file that the user that runs careerbot can write: %w", err, bot.ErrSettings)
	}
	if err := d.open(ctx, log); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

// makeFile makes sure that the file is there, and returns what it is.
func makeFile(path string) (os.FileInfo, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Stat()
}

// open connects, looks whether the file is sound, and migrates it.
func (d *sqliteDB) open(ctx context.Context, log *slog.Logger) (err error) {
	if d.db, err = sql.Open("sqlite", sqliteDSN(d.path, false)); err != nil {
		return fmt.Errorf("open %s: %w", d.path, err)
	}
	d.db.SetMaxOpenConns(1)
	var verdict string
	err = d.db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict)
	if err == nil && verdict != "ok" {
		return d.broken(verdict)
	}
	if err == nil {
		err = migrate(ctx, goose.DialectSQLite3, d.db, log)
	}
	if damaged(err) {
		return d.broken(err.Error())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", d.path, err)
	}
	if d.readers, err = sql.Open("sqlite", sqliteDSN(d.path, true)); err != nil {
		return fmt.Errorf("open %s: %w", d.path, err)
	}
	d.readers.SetMaxOpenConns(maxReaders)
	d.readers.SetMaxIdleConns(maxReaders)
	d.writer = newWriter(d.db)
	return nil
}

func (d *sqliteDB) broken(how string) error {
	return fmt.Errorf("the database %s is damaged (%s); put back a copy of it, or move it away to begin with an empty one: %w", d.path, how, ErrUnusable)
}

// lockSQLite waits for the folder's lock.
func lockSQLite(ctx context.Context, dir string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	path := filepath.Join(dir, lockFile)
	db, err := sql.Open("sqlite", fileURL(path, url.Values{"_busy_timeout": {fmt.Sprint(lockWait.Milliseconds())}}))
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, "BEGIN EXCLUSIVE")
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, errors.Join(err, db.Close()))
	}
	return func() {
		conn.Close()
		db.Close() // ends the transaction, and the lock with it
	}, nil
}

func (d *sqliteDB) reader() querier { return d.readers }

func (d *sqliteDB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	n := make(chan int64, 1) // the write may outlive this call
	err := d.writer.do(ctx, func(ctx context.Context, q querier) error {
		r, err := q.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		rows, err := r.RowsAffected()
		replace(n, rows)
		return err
	})
	if err != nil {
		return 0, err
	}
	return <-n, nil
}

func (d *sqliteDB) write(ctx context.Context, fn func(context.Context, querier) error) error {
	return d.writer.do(ctx, fn)
}

func (d *sqliteDB) clock() string { return "CAST(unixepoch('subsec') * 1000 AS INTEGER)" }

// check reports a file that was replaced under us: SQLite would go on writing to
// the one that nobody will ever open again.
func (d *sqliteDB) check() error {
	now, err := os.Stat(d.path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !os.SameFile(now, d.file) {
		return fmt.Errorf("%s: %w", d.path, errMoved)
	}
	return err
}

func (d *sqliteDB) close() error {
	if d.writer != nil {
		d.writer.close()
	}
	var errs []error
	for _, db := range []*sql.DB{d.readers, d.db} { // the writing one last: it folds the log in
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
