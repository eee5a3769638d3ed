package store

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"careerbot/bot/router"
)

// longest is far longer than anything here should take.
const longest = 60 * time.Second

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func convWith(topic string) router.Context { return router.Context{Topic: topic} }

// filesOf reads every file of a folder.
func filesOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all[d.Name()] = string(data)
		return err
	}))
	return all
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	limit := time.NewTimer(longest)
	defer limit.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-limit.C:
			t.Fatalf("it never came to be that %s", what)
		}
	}
}

// childVariable names what a re-executed test binary is to be.
const childVariable = "CAREERBOT_STORE_CHILD"

// children are those processes. Each returns its exit code.
var children = map[string]func() int{}

// child prepares this test binary to run as a child.
func child(t *testing.T, name string, env ...string) *exec.Cmd {
	t.Helper()
	if children[name] == nil {
		t.Fatal(errors.New("no such child"))
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, childVariable+"="+name, "GORACE=atexit_sleep_ms=0")...)
	return cmd
}
