package store

import (
	"context"
	"database/sql"
)

// A faultyQuerier is the reading side of a [faultyDB].
type faultyQuerier struct {
	querier
	faults *faultyDB
}

func (q faultyQuerier) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := q.faults.hit(ctx); err != nil {
		return nil, err
	}
	return q.querier.QueryContext(ctx, query, args...)
}

// QueryRowContext cannot return the fault itself: a row that fails is one of a
// context that has ended.
func (q faultyQuerier) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if q.faults.hit(ctx) != nil {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		ctx = ended
	}
	return q.querier.QueryRowContext(ctx, query, args...)
}
