package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"careerbot/bot"
)

var (
	errCrowded = errors.New("too many operations wait for the database")
	errClosed  = errors.New("the store is closed")
	errSlow    = errors.New("the database takes too long")
	errMoved   = errors.New("the database file was moved or removed")
	errAbsent  = errors.New("the database was not reached yet")
)

// decisions are the errors that are answers of a port, not failures.
var decisions = []error{bot.ErrNotFound, bot.ErrTaken, bot.ErrLimit, bot.ErrSettings}

// outage reports whether an error means that the database is away, full, locked
// or broken, so that the same operation may work later. What is left are answers
// of a port, and statements that no waiting makes right.
func outage(err error) bool {
	if err == nil {
		return false
	}
	for _, d := range decisions {
		if errors.Is(err, d) {
			return false
		}
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case lib.SQLITE_ERROR, lib.SQLITE_CONSTRAINT, lib.SQLITE_MISMATCH, lib.SQLITE_RANGE, lib.SQLITE_TOOBIG, lib.SQLITE_MISUSE:
			return false
		}
		return true
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && len(e.Code) == 5 {
		switch e.Code[:2] {
		case "22", "23", "42": // data, integrity, syntax
			return false
		}
	}
	return true
}

// again reports whether a transaction lost against another one and would win on
// a second try: serialization failure, deadlock.
func again(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "40001" || e.Code == "40P01")
}

// misset reports whether the server refuses the settings themselves: password,
// role, database name, rights.
func misset(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(e.Code) != 5 {
		return false
	}
	return e.Code[:2] == "28" || e.Code == "3D000" || e.Code == "42501"
}

// damaged reports whether SQLite found the file broken, or not a database.
func damaged(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return false
	}
	code := e.Code() & 0xff
	return code == lib.SQLITE_CORRUPT || code == lib.SQLITE_NOTADB
}
