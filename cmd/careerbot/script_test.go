package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(sweeping{m}, map[string]func(){
		"careerbot": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			os.Exit(run(ctx, os.Args[1:], env{os.Stdin, os.Stdout, os.Stderr, os.Getenv}))
		},
	})
}

// TestScripts runs whole command lines; see testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPO", root(t))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"noted": noted,
			// occupy NAME: listen on a free port and set NAME to its address.
			"occupy": func(ts *testscript.TestScript, _ bool, args []string) {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				ts.Check(err)
				ts.Defer(func() { l.Close() })
				ts.Setenv(args[0], l.Addr().String())
			},
		},
	})
}

// TestExitCodes: 0 good, 1 problems found, 2 wrong usage or settings.
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "guides")
	if err := os.MkdirAll(broken, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "a.md"), []byte("no header"), 0o644); err != nil {
		t.Fatal(err)
	}
	small := filepath.Join(root(t), "cmd", "careerbot", "testdata", "small")
	for _, tc := range []struct {
		args []string
		env  map[string]string
		want int
	}{
		{[]string{"version"}, nil, exitOK},
		{[]string{"--help"}, nil, exitOK},
		{[]string{"check", small}, nil, exitOK},
		{[]string{"check", dir}, nil, exitProblem},
		{[]string{"ask", "--knowledge", dir, "x"}, nil, exitProblem},
		{[]string{"check", filepath.Join(dir, "nowhere")}, nil, exitUsage},
		{[]string{"ask"}, nil, exitUsage},
		{[]string{"nonsense"}, nil, exitUsage},
		{[]string{"--no-such-flag"}, nil, exitUsage},
		{[]string{"serve", "--knowledge", small}, map[string]string{"SLACK_BOT_TOKEN": "bad", "SLACK_APP_TOKEN": "bad"}, exitUsage},
		{[]string{"serve", "--knowledge", small}, map[string]string{"DISCORD_TOKEN": "bad"}, exitUsage},
		{[]string{"serve", "--knowledge", small, "--addr", "nonsense"}, nil, exitUsage},
		{[]string{"health", "--admin-addr", "127.0.0.1:1"}, nil, exitProblem},
		{[]string{"slack", "manifest", "--http", "ftp://x"}, nil, exitUsage},
		{[]string{"slack", "manifest"}, nil, exitOK},
		{[]string{"discord", "invite", "--application-id", "x"}, nil, exitUsage},
		{[]string{"discord", "invite", "--application-id", "123456789012345678"}, nil, exitOK},
	} {
		var out, errs strings.Builder
		vars := map[string]string{"XDG_STATE_HOME": dir}
		maps.Copy(vars, tc.env)
		got := run(t.Context(), tc.args, env{strings.NewReader(""), &out, &errs, func(k string) string { return vars[k] }})
		if got != tc.want {
			t.Errorf("%v %v: exit %d, want %d\n%s", tc.args, tc.env, got, tc.want, errs.String())
		}
		if got == exitUsage && strings.Count(strings.TrimSpace(errs.String()), "\n") > 30 {
			t.Errorf("%v: a long-winded error:\n%s", tc.args, errs.String())
		}
	}
}

// addresses returns two free loopback addresses.
func addresses(t *testing.T) (public, admin string) {
	t.Helper()
	var out [2]string
	for i := range out {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		out[i] = l.Addr().String()
	}
	return out[0], out[1]
}

// built is the real binary, built once for all tests.
var built = sync.OnceValues(func() (path string, err error) {
	if builtIn, err = os.MkdirTemp("", "careerbot-test-"); err != nil {
		return "", err
	}
	path = filepath.Join(builtIn, "careerbot")
	if out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

var builtIn string // the folder that holds it, "" before

// sweeping runs the tests and then removes what they share.
type sweeping struct{ *testing.M }

func (s sweeping) Run() int {
	defer func() { os.RemoveAll(builtIn) }()
	return s.M.Run()
}

// binary returns the path of the real binary.
func binary(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start runs the binary's server and waits until it is ready.
func start(t *testing.T, bin string, more ...string) (cmd *exec.Cmd, public, admin string, stderr *strings.Builder) {
	t.Helper()
	public, admin = addresses(t)
	cmd = exec.Command(bin, append([]string{"--addr", public, "--admin-addr", admin}, more...)...)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
	stderr = &strings.Builder{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	until(t, "the server is ready", func() bool {
		resp, err := http.Get("http://" + admin + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return cmd, public, admin, stderr
}

// until polls a state with a deadline.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		<-tick.C
	}
}

func ask(t *testing.T, public, text string) string {
	t.Helper()
	resp, err := http.Post("http://"+public+"/api/v1/ask", "application/json", strings.NewReader(fmt.Sprintf(`{"text":%q}`, text)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v\n%s", resp.Status, err, body)
	}
	return string(body)
}

// measured checks lines of the admin listener's metrics.
func measured(t *testing.T, admin string, want ...string) {
	t.Helper()
	resp, err := http.Get("http://" + admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	for _, line := range want {
		if !strings.Contains(string(body), "\n"+line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

// TestServe runs the real binary: it answers, reports health, reloads a folder
// only when it is sound, and ends cleanly on a signal.
func TestServe(t *testing.T) {
	bin := binary(t)
	dir := t.TempDir()
	page := func(text string) {
		t.Helper()
		data := "---\ntitle: Card arrival\nasks:\n  overview: [where is my new card, when will my card get here]\n---\n## Card arrival {#overview}\n" + text + "\n"
		path := filepath.Join(dir, "guides", "card.md")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page("Cards arrive within five working days.")
	cmd, public, admin, stderr := start(t, bin, "--knowledge", dir)

	if got := ask(t, public, "where is my new card"); !strings.Contains(got, "five working days") {
		t.Errorf("got %s", got)
	}
	health := exec.Command(bin, "health", "--ready", "--admin-addr", admin)
	if out, err := health.CombinedOutput(); err != nil {
		t.Errorf("health: %v\n%s", err, out)
	}
	reload := func() (int, string) {
		t.Helper()
		resp, err := http.Post("http://"+admin+"/-/reload", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	page("Broken [link](javascript:x).")
	if code, body := reload(); code != http.StatusConflict || !strings.Contains(body, "guides/card.md:7:") {
		t.Errorf("reload of a broken folder: got %d %s", code, body)
	}
	measured(t, admin, `knowledge_last_reload_successful 0`)
	if got := ask(t, public, "where is my new card"); !strings.Contains(got, "five working days") {
		t.Errorf("after a refused reload: got %s", got)
	}
	page("Cards arrive within two working days.")
	if code, body := reload(); code != http.StatusOK {
		t.Errorf("reload: got %d %s", code, body)
	}
	if got := ask(t, public, "where is my new card"); !strings.Contains(got, "two working days") {
		t.Errorf("after a reload: got %s", got)
	}
	measured(t, admin, `knowledge_last_reload_successful 1`, `careerbot_answers_total{kind="answer",platform="web"} 3`, `careerbot_store_well 1`)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("SIGTERM: got %v, want exit 0\n%s", err, stderr)
	}
	if strings.Contains(stderr.String(), "new card") {
		t.Errorf("a question's words are in the log:\n%s", stderr)
	}
	if out, err := exec.Command(bin, "health", "--admin-addr", admin).CombinedOutput(); err == nil {
		t.Errorf("health of a stopped server: exit 0\n%s", out)
	}
}

// TestReadme runs every command line of README.md's code blocks that starts with
// "$ " and compares what it prints with what the README shows, "…" standing for
// anything.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if n := strings.Count(text, "\n"); n > 200 {
		t.Errorf("the README has %d lines; at most 200", n)
	}
	bin := binary(t)
	ran := 0
	for _, block := range strings.Split(text, "```")[1:] {
		_, block, _ = strings.Cut(block, "\n")
		for _, part := range strings.Split("\n"+block, "\n$ ")[1:] {
			line, want, _ := strings.Cut(part, "\n")
			if !runnable(line) {
				continue
			}
			ran++
			cmd := exec.Command("sh", "-c", strings.ReplaceAll(line, "go run ./cmd/careerbot", bin))
			cmd.Dir = root(t)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("$ %s\n%v\n%s", line, err, out)
			}
			if !like(strings.TrimSpace(string(out)), strings.TrimSpace(want)) {
				t.Errorf("$ %s\nprints:\n%s\nthe README shows:\n%s", line, out, want)
			}
		}
	}
	if ran < 4 {
		t.Errorf("only %d commands of the README were run", ran)
	}
	for _, must := range []string{"go run ./cmd/careerbot", "go test ./..."} {
		if !strings.Contains(text, must) {
			t.Errorf("the README lacks %q", must)
		}
	}
}

// TestReadmeSettings: the README names every setting that serve takes.
func TestReadmeSettings(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var help strings.Builder
	run(t.Context(), []string{"serve", "--help"}, env{strings.NewReader(""), &help, &help, func(string) string { return "" }})
	flags := regexp.MustCompile(`\$([A-Z_]{6,})`).FindAllStringSubmatch(help.String(), -1)
	if len(flags) < 10 {
		t.Fatalf("the help names only %d settings:\n%s", len(flags), help.String())
	}
	names := slices.Clone(secrets)
	for _, f := range flags {
		names = append(names, f[1])
	}
	for _, name := range names {
		if !strings.Contains(string(data), "`"+name+"`") {
			t.Errorf("the README lacks the setting %s", name)
		}
	}
}

// runnable leaves out what needs credentials, builds an image, or does not end by
// itself; TestServe covers serving.
func runnable(line string) bool {
	return line != "go run ./cmd/careerbot" && strings.HasPrefix(line, "go run ./cmd/careerbot") ||
		strings.Contains(line, "| go run ./cmd/careerbot")
}

// like compares line by line; "…" in want stands for anything, on a line of its
// own for any number of lines.
func like(got, want string) bool {
	if want == "" {
		return true
	}
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	var match func(g, w []string) bool
	match = func(g, w []string) bool {
		if len(w) == 0 {
			return len(g) == 0
		}
		if strings.TrimSpace(w[0]) == "…" {
			for i := 0; i <= len(g); i++ {
				if match(g[i:], w[1:]) {
					return true
				}
			}
			return false
		}
		return len(g) > 0 && lineLike(strings.TrimRight(g[0], " "), strings.TrimRight(w[0], " ")) && match(g[1:], w[1:])
	}
	return match(g, w)
}

func lineLike(got, want string) bool {
	head, tail, found := strings.Cut(want, "…")
	if !found {
		return got == want
	}
	return len(got) >= len(head)+len(tail) && strings.HasPrefix(got, head) && strings.HasSuffix(got, tail)
}
