package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"careerbot/bot"
)

const (
	maxConns     = 10
	connLife     = 30 * time.Minute // so that a fail-over is noticed by idle ones too
	connIdle     = 5 * time.Minute
	connectLimit = 2 * time.Second
	// statementLimit ends what hangs on a connection that is gone without a word,
	// so that it does not keep its place in the pool: nothing of ours takes long.
	statementLimit = 3 * time.Second
	maxTries       = 4 // of a transaction that loses against others
)

// A postgresDB is a pool of connections. The server commits concurrent
// transactions in groups by itself, so there is no [writer] here.
type postgresDB struct{ db *sql.DB }

// openPostgres connects and migrates. The address may carry any parameter of
// pgx; behind a pooler that hands out connections per transaction it needs
// default_query_exec_mode=exec, and migrations a direct address.
func openPostgres(ctx context.Context, address Secret, log *slog.Logger) (*postgresDB, error) {
	p, err := connectPostgres(ctx, address, false)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, goose.DialectPostgres, p.db, log); err != nil {
		return nil, errors.Join(refused(err), p.close())
	}
	return p, nil
}

// connectPostgres makes a pool and one connection of it.
func connectPostgres(ctx context.Context, address Secret, read bool) (*postgresDB, error) {
	cfg, err := pgx.ParseConfig(string(address))
	if err != nil { // its text may hold the password
		return nil, fmt.Errorf("DATABASE_URL should look like postgres://user:password@host:5432/database: %w", bot.ErrSettings)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectLimit
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "careerbot"
	}
	if read {
		cfg.RuntimeParams["default_transaction_read_only"] = "on"
	}
	p := &postgresDB{db: stdlib.OpenDB(*cfg)}
	p.db.SetMaxOpenConns(maxConns)
	p.db.SetMaxIdleConns(maxConns)
	p.db.SetConnMaxLifetime(connLife)
	p.db.SetConnMaxIdleTime(connIdle)
	if err := p.db.PingContext(ctx); err != nil {
		return nil, errors.Join(refused(err), p.close())
	}
	return p, nil
}

// refused names the setting when it is at fault.
func refused(err error) error {
	if misset(err) {
		return fmt.Errorf("DATABASE_URL: the server refuses (%w): %w", err, bot.ErrSettings)
	}
	return fmt.Errorf("open PostgreSQL at DATABASE_URL: %w", err)
}

func (p *postgresDB) reader() querier { return p.db }

func (p *postgresDB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	var err error
	for range maxTries {
		var r sql.Result
		if r, err = p.db.ExecContext(ctx, query, args...); err == nil {
			return r.RowsAffected()
		}
		if !again(err) {
			break
		}
	}
	return 0, err
}

func (p *postgresDB) write(ctx context.Context, fn func(context.Context, querier) error) error {
	ctx, cancel := context.WithTimeout(ctx, statementLimit)
	defer cancel()
	var err error
	for range maxTries {
		if err = p.transact(ctx, fn); err == nil || !again(err) {
			break
		}
	}
	return err
}

func (p *postgresDB) transact(ctx context.Context, fn func(context.Context, querier) error) error {
	tx, err := p.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := fn(ctx, tx); err != nil {
		tx.Rollback() // the connection may be gone, and the transaction with it
		return err
	}
	return tx.Commit()
}

func (p *postgresDB) clock() string {
	return "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
}

func (p *postgresDB) check() error { return nil }
func (p *postgresDB) close() error { return p.db.Close() }
