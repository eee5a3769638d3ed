package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"careerbot/bot"
)

// lite returns the SQLite side of a store.
func lite(s *Store) *sqliteDB { return s.db.(*sqliteDB) }

// TestEveryConnectionHasThePragmas: whichever connection of a pool runs a
// statement, it is durable and waits for locks.
func TestEveryConnectionHasThePragmas(t *testing.T) {
	d := lite(open(t, Config{Dir: t.TempDir()}))
	for name, pool := range map[string]*sql.DB{"writing": d.db, "reading": d.readers} {
		for i := range pool.Stats().MaxOpenConnections {
			conn, err := pool.Conn(t.Context()) // held, so that the next one is another
			must(t, err)
			defer conn.Close()
			for pragma, want := range map[string]string{
				"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000", "secure_delete": "1", "trusted_schema": "0", "cell_size_check": "1",
				"query_only": map[string]string{"writing": "0", "reading": "1"}[name],
			} {
				var got string
				must(t, conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got))
				if got != want {
					t.Errorf("%s connection %d: %s is %s, want %s", name, i, pragma, got, want)
				}
			}
		}
	}
}

// TestStateFolder: nobody else may read it, and names are no obstacle.
func TestStateFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a b?c#d%20é", "state")
	s := open(t, Config{Dir: dir})
	must(t, s.Conversations().Save(t.Context(), "p:c", convWith("pay")))
	for name, want := range map[string]os.FileMode{"": 0o700, sqliteFile: 0o600, sqliteFile + "-wal": 0o600, localKey: 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q may be used as %v, want %v", name, got, want)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	if _, err := Open(t.Context(), Config{Dir: filepath.Join(file, "state")}); !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "CAREERBOT_STATE") {
		t.Errorf("a folder that cannot be made: %v", err)
	}
}

// TestDamagedFile flips or cuts bytes all over the file. It must be refused by
// name, or work as far as it goes; it must not bring the process down.
func TestDamagedFile(t *testing.T) {
	good := filledFile(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	refused := 0
	rounds := soaked(40, 400)
	for i := range rounds {
		data := append([]byte(nil), good...)
		if i%4 == 0 {
			data = data[:dice.IntN(len(data))]
		}
		for range dice.IntN(26) * min(len(data), 1) {
			at := dice.IntN(len(data))
			if i%2 == 0 {
				at = dice.IntN(min(len(data), 100)) // the header
			}
			data[at] = byte(dice.Uint32())
		}
		dir := t.TempDir()
		path := filepath.Join(dir, sqliteFile)
		must(t, os.WriteFile(path, data, 0o600))
		s, err := Open(t.Context(), Config{Dir: dir})
		if err != nil {
			refused++
			if !strings.Contains(err.Error(), path) {
				t.Errorf("refused without its name: %v", err)
			}
			continue
		}
		useAll(s) // what can be read is read; errors are errors
		s.Close()
	}
	t.Logf("%d of %d damaged files refused", refused, rounds)
	if refused < rounds/4 {
		t.Errorf("only %d of %d damaged files were noticed", refused, rounds)
	}
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, sqliteFile), []byte(strings.Repeat("not a database\n", 1000)), 0o600))
	if _, err := Open(t.Context(), Config{Dir: dir}); !errors.Is(err, ErrUnusable) {
		t.Errorf("a text file: %v", err)
	}
}

// filledFile returns the bytes of a database of some hundred pages.
func filledFile(t *testing.T) []byte {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	var wg sync.WaitGroup
	for i := range 2000 {
		wg.Go(func() {
			ctx := context.Background()
			s.Claims().Claim(ctx, fmt.Sprint(i))
			s.Conversations().Save(ctx, fmt.Sprintf("p%d:c", i), convWith("pay"))
			s.Unanswered().Note(ctx, bot.Redacted(fmt.Sprint("question ", i)), "unknown", "")
		})
	}
	wg.Wait()
	must(t, s.Close())
	data, err := os.ReadFile(filepath.Join(dir, sqliteFile))
	must(t, err)
	return data
}

// useAll touches every table, all at once so that writes share their commits.
func useAll(s *Store) {
	ctx := context.Background()
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			s.Claims().Claim(ctx, fmt.Sprint(i*41))
			s.Conversations().Load(ctx, fmt.Sprintf("p%d:c", i*41))
			s.Conversations().Save(ctx, fmt.Sprintf("p%d:c", i*41), convWith("exam"))
			s.Unanswered().Note(ctx, bot.Redacted(fmt.Sprint("question ", i*41)), "unknown", "")
		})
	}
	wg.Wait()
	s.Inbox().Unfinished(ctx, "slack", 0, 100)
	s.Unanswered().Questions(ctx, fromMillis(0), 5000)
	s.People().Forget(ctx, "p7")
	s.Check(ctx)
	s.Sweep(ctx)
}

// TestOwnFile: a database from a newer version is left alone, and so is one of
// somebody else.
func TestNewerSchema(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Dir: dir})
	_, err := lite(s).db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, 1)`)
	must(t, err)
	if _, err := Open(t.Context(), Config{Dir: dir}); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer schema: %v", err)
	}
}

// TestFullDisk: with no page left writes fail and say so, and once there is room
// they go on; nothing that was kept is lost.
func TestFullDisk(t *testing.T) {
	ctx := t.Context()
	s := open(t, Config{Dir: t.TempDir()})
	kept := 0
	capPages(t, s, 0)
	var failed error
	for i := 0; failed == nil && i < 100_000; i++ {
		if failed = s.Unanswered().Note(ctx, bot.Redacted(fmt.Sprint(strings.Repeat("long ", 90), i)), "unknown", ""); failed == nil {
			kept++
		}
	}
	if !outage(failed) {
		t.Fatalf("a full disk: %v", failed)
	}
	if _, err := s.Conversations().Load(ctx, "p:c"); err != nil {
		t.Errorf("reading on a full disk: %v", err)
	}
	capPages(t, s, 1_000_000)
	must(t, s.Unanswered().Note(ctx, "there is room again", "unknown", ""))
	all, err := s.Unanswered().Questions(ctx, fromMillis(0), 200_000)
	must(t, err)
	if len(all) != kept+1 {
		t.Errorf("%d questions, want the %d that were kept and one", len(all), kept)
	}
	sound(t, lite(s).db)
}

// capPages bounds the file at so many pages more than now.
func capPages(t testing.TB, s *Store, more int) {
	t.Helper()
	var pages int
	must(t, lite(s).db.QueryRow("PRAGMA page_count").Scan(&pages))
	_, err := lite(s).db.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages+more))
	must(t, err)
}

// sound checks the file's integrity.
func sound(t testing.TB, db *sql.DB) {
	t.Helper()
	var verdict string
	must(t, db.QueryRow("PRAGMA integrity_check").Scan(&verdict))
	if verdict != "ok" {
		t.Errorf("integrity check: %s", verdict)
	}
}

// TestBounded: what strangers can add to stays bounded.
func TestBoundedUnanswered(t *testing.T) {
	s := open(t, Config{Dir: t.TempDir()})
	must(t, s.db.write(t.Context(), func(ctx context.Context, q querier) error {
		_, err := q.ExecContext(ctx, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			INSERT INTO unanswered SELECT CAST(i AS BLOB), 'question ' || i, '', '', 1, $2, $2 + i FROM n`, maxUnanswered+sweepBatch+100, s.millis())
		return err
	}))
	for range 3 {
		_, err := s.Sweep(t.Context())
		must(t, err)
	}
	var n, oldest int64
	must(t, s.db.reader().QueryRowContext(t.Context(), `SELECT count(*), min(last_at - first_at) FROM unanswered`).Scan(&n, &oldest))
	if n != maxUnanswered || oldest != sweepBatch+101 {
		t.Errorf("%d questions from the %dth on, want %d from the %dth", n, oldest, maxUnanswered, sweepBatch+101)
	}
}
