package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"careerbot/bot/bottest/pgtest"
)

// released are the migrations that are out there, by the hash of their file. They
// do not change any more: a database that ran them would not run them again.
var released = map[string]string{
	"migrations/postgres/00001_conversations.sql": "fe525eac65ea4e5c",
	"migrations/postgres/00002_places.sql":        "34f29de1fb24edf8",
	"migrations/postgres/00003_learning.sql":      "11b4648e57cafb03",
	"migrations/postgres/00004_mentors.sql":       "4dbee88e99108f0a",
	"migrations/postgres/00005_inbox.sql":         "dbde2fee80732497",
	"migrations/sqlite/00001_conversations.sql":   "72939e9f1b2438ed",
	"migrations/sqlite/00002_places.sql":          "8bed3128f82b9141",
	"migrations/sqlite/00003_learning.sql":        "08103285079356e2",
	"migrations/sqlite/00004_mentors.sql":         "2b24c47f0ffb24d2",
	"migrations/sqlite/00005_inbox.sql":           "2591ebd3917d2a52",
}

// TestMigrationsStayAsReleased keeps the list of migrations honest, and the two
// dialects in step.
func TestMigrationsStayAsReleased(t *testing.T) {
	var names [2][]string
	for i, dialect := range []string{"sqlite", "postgres"} {
		files, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
		must(t, err)
		for _, file := range files {
			names[i] = append(names[i], path.Base(file))
			data, err := migrations.ReadFile(file)
			must(t, err)
			sum := fmt.Sprintf("%x", sha256.Sum256(data))[:16]
			switch want, ok := released[file]; {
			case !ok:
				t.Errorf("%s (%s) has no place in the list", file, sum)
			case want != sum:
				t.Errorf("%s has changed (%s) since it was released (%s): add a further migration instead", file, sum, want)
			}
		}
	}
	if !slices.Equal(names[0], names[1]) {
		t.Errorf("the dialects differ: %v, %v", names[0], names[1])
	}
}

// schema describes every table and index.
func schema(t testing.TB, s *Store) string {
	t.Helper()
	query := `SELECT coalesce(sql, name) FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name`
	if _, ok := s.db.(*postgresDB); ok {
		query = `SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line FROM information_schema.columns
			WHERE table_schema = 'public' UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY line`
	}
	rows, err := s.db.reader().QueryContext(t.Context(), query)
	lines, err := collect(rows, err, func(r *sql.Rows) (line string, err error) { return line, r.Scan(&line) })
	must(t, err)
	return strings.Join(lines, "\n")
}

// steps returns how often each migration is noted to have run.
func steps(t testing.TB, s *Store) string {
	t.Helper()
	rows, err := s.db.reader().QueryContext(t.Context(), `SELECT version_id, count(*) FROM goose_db_version GROUP BY version_id ORDER BY version_id`)
	all, err := collect(rows, err, func(r *sql.Rows) (step string, err error) {
		var version, times int
		err = r.Scan(&version, &times)
		return fmt.Sprintf("%d:%d", version, times), err
	})
	must(t, err)
	return strings.Join(all, " ")
}

const allSteps = "0:1 1:1 2:1 3:1 4:1 5:1"

// TestEveryVersionMigrates: from every earlier version, and twice, the schema
// ends the same.
func TestEveryVersionMigrates(t *testing.T) {
	server := pgtest.Start(t)
	for _, dialect := range []goose.Dialect{goose.DialectSQLite3, goose.DialectPostgres} {
		config := func() Config {
			if dialect == goose.DialectPostgres {
				return Config{URL: Secret(server.Database())}
			}
			return Config{Dir: t.TempDir()}
		}
		want := schema(t, open(t, config()))
		if len(strings.Split(want, "\n")) < 15 {
			t.Fatalf("the schema looks too small:\n%s", want)
		}
		for version := range int64(5) {
			cfg := config()
			begin(t, dialect, cfg, version)
			open(t, cfg)
			s := open(t, cfg)
			if got := schema(t, s); got != want {
				t.Errorf("%s from version %d:\n%s\nwant\n%s", dialect, version, got, want)
			}
			if got := steps(t, s); got != allSteps {
				t.Errorf("%s from version %d: steps %s, want %s", dialect, version, got, allSteps)
			}
		}
	}
}

// begin makes a database of an earlier version.
func begin(t *testing.T, dialect goose.Dialect, cfg Config, version int64) {
	t.Helper()
	driver, dsn := "pgx", string(cfg.URL)
	if dialect == goose.DialectSQLite3 {
		driver, dsn = "sqlite", sqliteDSN(filepath.Join(cfg.Dir, sqliteFile), false)
	}
	db, err := sql.Open(driver, dsn)
	must(t, err)
	defer db.Close()
	p, err := provider(dialect, db, slog.New(slog.DiscardHandler))
	must(t, err)
	if version > 0 {
		_, err = p.UpTo(t.Context(), version)
		must(t, err)
	}
}

// openChild is a process that opens the store that its environment names, and
// reports whether it could.
func openChild() int {
	fmt.Println("opening")
	s, err := Open(context.Background(), Config{Dir: os.Getenv("DIR"), URL: Secret(os.Getenv("URL"))})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Stdout.Close() // tells how long it took, which the end of a process under -race does not
	s.Close()
	return 0
}

func init() { children["open"] = openChild }

// TestStartersAtOnce: of several processes that start together on an empty
// database, all start, and each migration runs once.
func TestStartersAtOnce(t *testing.T) {
	server := pgtest.Start(t)
	for name, cfg := range map[string]Config{"sqlite": {Dir: t.TempDir()}, "postgres": {URL: Secret(server.Database())}} {
		var wg sync.WaitGroup
		for range 4 {
			cmd := child(t, "open", "DIR="+cfg.Dir, "URL="+string(cfg.URL))
			wg.Go(func() {
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%s: a starter fails: %v\n%s", name, err, out)
				}
			})
		}
		wg.Wait()
		if got := steps(t, open(t, cfg)); got != allSteps {
			t.Errorf("%s: steps %s, want %s", name, got, allSteps)
		}
	}
}

// TestKilledMigration: a process that is killed while it migrates leaves whole
// steps, and the next start does the rest.
func TestKilledMigration(t *testing.T) {
	server := pgtest.Start(t)
	want := map[string]string{"sqlite": schema(t, open(t, Config{Dir: t.TempDir()})), "postgres": schema(t, open(t, Config{URL: Secret(server.Database())}))}
	whole := openAndKill(t, Config{Dir: t.TempDir()}, longest)
	found := map[string]int{}
	for i := range soaked(10, 40) {
		name, cfg := "sqlite", Config{Dir: t.TempDir()}
		if i%4 == 3 {
			name, cfg = "postgres", Config{URL: Secret(server.Database())}
		}
		openAndKill(t, cfg, rand.N(whole))
		found[name+" at "+reached(name, cfg)]++
		s := open(t, cfg)
		if got := schema(t, s); got != want[name] {
			t.Errorf("%s after a kill:\n%s\nwant\n%s", name, got, want[name])
		}
		if got := steps(t, s); got != allSteps {
			t.Errorf("%s after a kill: steps %s, want %s", name, got, allSteps)
		}
	}
	t.Logf("killed with the schema of %v", found)
}

// openAndKill opens the store in another process, which it kills a while after
// that began, and returns how long opening took.
func openAndKill(t *testing.T, cfg Config, after time.Duration) time.Duration {
	t.Helper()
	cmd := child(t, "open", "DIR="+cfg.Dir, "URL="+string(cfg.URL))
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	kill := time.AfterFunc(after, func() { cmd.Process.Kill() })
	opening := took(func() { io.Copy(io.Discard, out) })
	cmd.Wait()
	kill.Stop()
	return opening
}

// reached returns the version that a killed process came to.
func reached(name string, cfg Config) string {
	driver, dsn := "pgx", string(cfg.URL)
	if name == "sqlite" {
		driver, dsn = "sqlite", fileURL(filepath.Join(cfg.Dir, sqliteFile), url.Values{"mode": {"ro"}})
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return "unknown"
	}
	defer db.Close()
	var version int
	if db.QueryRow(`SELECT max(version_id) FROM goose_db_version`).Scan(&version) != nil {
		return "nothing"
	}
	return fmt.Sprint("version ", version)
}
