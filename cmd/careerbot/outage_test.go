package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"careerbot/bot/bottest/pgtest"
)

// An outage takes a running careerbot's database away and gives it back.
type outage struct {
	pull, lift func()
}

// outages are made once careerbot, the process given, serves from the state folder.
var outages = map[string]func(t *testing.T, state string, served *os.Process) outage{
	"locked": func(t *testing.T, state string, _ *os.Process) outage {
		db, err := sql.Open("sqlite", filepath.Join(state, "careerbot.db")) // the driver comes with package store
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		t.Cleanup(func() { db.Close() })
		run := func(statement string) func() {
			return func() {
				t.Helper()
				if _, err := db.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
		}
		return outage{run("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE"), run("ROLLBACK")}
	},
}

// TestDatabaseAway runs the real binary and takes its database away while it
// answers: answers go on and keep their conversation, the ready page tells, it
// heals by itself, and what was said meanwhile is there after a restart.
func TestDatabaseAway(t *testing.T) {
	bin, pages := binary(t), filepath.Join(root(t), "cmd", "careerbot", "testdata", "roles")
	for name, begin := range outages {
		t.Run("SQLite "+name, func(t *testing.T) {
			state := t.TempDir()
			t.Setenv("CAREERBOT_STATE", state)
			away(t, bin, pages, func(served *os.Process) outage { return begin(t, state, served) })
		})
	}
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Start(t)
		t.Setenv("DATABASE_URL", server.Database())
		away(t, bin, pages, func(*os.Process) outage { return outage{server.Stop, server.Start} })
	})
}

// conversations is how many are held during an outage.
const conversations = 20

func away(t *testing.T, bin, pages string, begin func(*os.Process) outage) {
	cmd, public, admin, stderr := start(t, bin, "--knowledge", pages)
	o := begin(cmd.Process)
	talk(t, public, "before", "what does a card clerk do")
	if got := adminPage(t, admin, "/-/ready"); !strings.Contains(got, "store: ready") {
		t.Errorf("at first: %s", got)
	}
	o.pull()
	asked := 0
	until(t, "the ready page tells of the outage", func() bool {
		asked++
		talk(t, public, fmt.Sprint("noticing ", asked), "what does a card clerk do")
		return strings.Contains(adminPage(t, admin, "/-/ready"), "store: degraded, answers go on without history")
	})
	for i := range conversations {
		session := fmt.Sprint("during ", i)
		talk(t, public, session, "what does a card clerk do")
		if got := talk(t, public, session, "and the pay?"); !strings.Contains(got, "a clerk earns") {
			t.Errorf("the conversation is lost: %s", got)
		}
	}
	if got := talk(t, public, "before", "and the pay?"); !strings.Contains(got, "a clerk earns") {
		t.Errorf("the conversation from before is lost: %s", got)
	}
	o.lift()
	healed := time.Now()
	until(t, "it heals", func() bool { return strings.Contains(adminPage(t, admin, "/-/ready"), "store: ready") })
	t.Logf("FIGURE back %v after the database was", time.Since(healed).Round(time.Millisecond))
	endServer(t, cmd, stderr)

	cmd, public, _, stderr = start(t, bin, "--knowledge", pages)
	again := -1 // a busy machine's database may be too slow for one of them
	until(t, "a conversation from the outage goes on after a restart", func() bool {
		if again++; again == conversations {
			t.Fatal("none of the conversations from the outage is there after a restart")
		}
		return strings.Contains(talk(t, public, fmt.Sprint("during ", again), "and the pay?"), "a clerk earns")
	})
	endServer(t, cmd, stderr)
}

// endServer ends a server as an operator does.
func endServer(t *testing.T, cmd *exec.Cmd, stderr *strings.Builder) {
	t.Helper()
	err := errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
	if err != nil {
		t.Errorf("SIGTERM: got %v, want exit 0\n%s", err, stderr)
	}
}

// talk asks a question of a conversation.
func talk(t *testing.T, public, session, text string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"session": session, "text": text})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post("http://"+public+"/api/v1/ask", "application/json", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return bodyOf(t, resp, http.StatusOK)
}

// adminPage fetches a page of the admin listener. Careerbot is ready all the time.
func adminPage(t *testing.T, admin, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + admin + path)
	if err != nil {
		t.Fatal(err)
	}
	return bodyOf(t, resp, http.StatusOK)
}

func bodyOf(t *testing.T, resp *http.Response, want int) string {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		t.Fatalf("%s: %v\n%s", resp.Status, err, body)
	}
	return string(body)
}
