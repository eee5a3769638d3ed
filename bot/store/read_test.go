package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"careerbot/bot"
	"careerbot/bot/bottest/pgtest"
)

// TestRead: a reader sees what a server commits, while that goes on committing,
// and changes nothing.
func TestRead(t *testing.T) {
	ctx := t.Context()
	for name, cfg := range map[string]Config{"sqlite": {Dir: t.TempDir()}, "postgres": {URL: Secret(pgtest.Start(t).Database())}} {
		server := open(t, cfg)
		must(t, server.Unanswered().Note(ctx, "before", "unknown", ""))
		r, err := Read(ctx, cfg)
		must(t, err)
		must(t, server.Unanswered().Note(ctx, "after", "unknown", ""))
		if all, err := r.Unanswered().Questions(ctx, fromMillis(0), 9); err != nil || len(all) != 2 {
			t.Errorf("%s: %+v, %v, want both questions", name, all, err)
		}
		if err := r.Unanswered().Note(ctx, "by the reader", "unknown", ""); !errors.Is(err, errReading) {
			t.Errorf("%s: a reader writes: %v", name, err)
		}
		if _, err := r.db.reader().ExecContext(ctx, `DELETE FROM unanswered`); err == nil {
			t.Errorf("%s: a reader's connection writes", name)
		}
		must(t, r.Close())
		must(t, server.Unanswered().Note(ctx, "after", "unknown", ""))
	}
}

// TestReadRefuses: what is not there is not made, and what is not ours, or of
// another version, is left alone.
func TestReadRefuses(t *testing.T) {
	ctx := t.Context()
	dir := filepath.Join(t.TempDir(), "nowhere")
	if _, err := Read(ctx, Config{Dir: dir}); !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "CAREERBOT_STATE") {
		t.Errorf("no folder: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made")
	}
	old := Config{Dir: t.TempDir()}
	begin(t, goose.DialectSQLite3, old, 2)
	if _, err := Read(ctx, old); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "serve from it once") {
		t.Errorf("an older schema: %v", err)
	}
	if got := reached("sqlite", old); got != "version 2" {
		t.Errorf("it was migrated to %s", got)
	}
	other := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(other, sqliteFile))
	must(t, err)
	_, err = db.Exec(`CREATE TABLE theirs (n INTEGER)`)
	must(t, errors.Join(err, db.Close()))
	if _, err := Read(ctx, Config{Dir: other}); !errors.Is(err, ErrUnusable) {
		t.Errorf("somebody else's database: %v", err)
	}
	if _, err := Read(ctx, Config{URL: "postgres://nobody@127.0.0.1:1/none"}); err == nil || errors.Is(err, bot.ErrSettings) {
		t.Errorf("a server that is away: %v", err)
	}
}
