package main

import (
	"bytes"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"careerbot/bot/bottest/fakeslack"
)

// A slackProcess is the real binary, connected to a Slack that runs in the test
// and to a state folder that outlives it.
type slackProcess struct {
	t     *testing.T
	cmd   *exec.Cmd
	inlet fakeslack.Inlet
	log   *lockedLog
}

// A lockedLog is a process's log that can be read while it runs.
type lockedLog struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serveSlack starts the binary and waits until it is ready.
func serveSlack(t *testing.T, bin, state string, sl *fakeslack.Server, env ...string) *slackProcess {
	t.Helper()
	public, admin := addresses(t)
	p := &slackProcess{t: t, cmd: exec.Command(bin, "--addr", public, "--admin-addr", admin, "--verbose"), log: &lockedLog{}}
	p.cmd.Env = append(os.Environ(), "CAREERBOT_STATE="+state, "SLACK_API_URL="+sl.URL(), "SLACK_SIGNING_SECRET="+fakeslack.SigningSecret)
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	p.inlet = fakeslack.Inlet{URL: "http://" + public, Secret: fakeslack.SigningSecret}
	until(t, "the binary is ready", func() bool {
		resp, err := http.Get("http://" + admin + "/-/ready")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return p
}

// event delivers an event and wants it taken.
func (p *slackProcess) event(payload fakeslack.Payload) {
	p.t.Helper()
	gaps := []time.Duration{time.Second, time.Second, time.Second} // a busy machine may ask Slack to try again
	if r, _, err := p.inlet.Deliver(p.t.Context(), payload.JSON(), gaps); err != nil || r.Status != http.StatusOK {
		p.t.Fatalf("event: status %d, %v", r.Status, err)
	}
}

// install goes through the pages of an installation as a browser does, and
// returns the last one's status.
func (p *slackProcess) install(sl *fakeslack.Server, as fakeslack.Installed) int {
	p.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(p.inlet.URL + "/slack/install")
	if err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusFound {
		p.t.Fatalf("/slack/install: status %d, %v", resp.StatusCode, err)
	}
	q := url.Values{"state": {to.Query().Get("state")}, "code": {sl.OAuthCode(as)}}
	req, err := http.NewRequest(http.MethodGet, p.inlet.URL+"/slack/oauth/callback?"+q.Encode(), nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, c := range resp.Cookies() {
		req.AddCookie(c) // the cookie is for https, which a proxy in front speaks
	}
	if resp, err = client.Do(req); err != nil {
		p.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// stop ends the process as an operator does.
func (p *slackProcess) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("SIGTERM: %v", err)
	}
}

// TestSlackInstallations runs the real binary over a real database: a workspace
// installs the app, its token survives a restart, is renewed when it rotates, is
// readable in no file, and is gone once the app is removed.
func TestSlackInstallations(t *testing.T) {
	sl := fakeslack.New(t)
	bin, state := binary(t), t.TempDir()
	env := []string{
		"SLACK_CLIENT_ID=" + fakeslack.ClientID, "SLACK_CLIENT_SECRET=" + fakeslack.ClientSecret,
		"CAREERBOT_SECRET_KEY=" + strings.Repeat("ab", 32),
	}
	p := serveSlack(t, bin, state, sl, env...)
	if got := p.install(sl, fakeslack.Installed{Team: fakeslack.Team}); got != http.StatusOK {
		t.Fatalf("installed with status %d\n%s", got, p.log)
	}
	if got := p.install(sl, fakeslack.Installed{Enterprise: "E1", RefreshToken: "rotates", ExpiresIn: 3600}); got != http.StatusOK {
		t.Fatalf("installed for an organization with status %d\n%s", got, p.log)
	}
	answered := func(n int) string {
		t.Helper()
		sl.Await("an answer", func() bool { return len(sl.Sent()) == n })
		return sl.Sent()[n-1].Token
	}
	p.event(sl.Mention("C1", "", "U1", "what does an MLT do"))
	team := answered(1)
	p.stop()

	p = serveSlack(t, bin, state, sl, env...)
	p.event(sl.Mention("C1", "", "U1", "and the pay"))
	if again := answered(2); again != team {
		t.Error("after a restart another token is used")
	}
	org := sl.Mention("C2", "", "U2", "what does an MLT do")
	org["team_id"], org["enterprise_id"] = "T9", "E1"
	org["authorizations"] = []any{map[string]any{"enterprise_id": "E1", "team_id": nil, "is_bot": true, "is_enterprise_install": true}}
	p.event(org)
	renewed := answered(3)
	if n := len(sl.Calls("oauth.v2.access")); n != 3 {
		t.Errorf("oauth.v2.access was called %d times, want two installations and a renewal", n)
	}
	p.event(sl.Event(map[string]any{"type": "app_uninstalled"}))
	until(t, "the installation is gone", func() bool {
		p.event(sl.Mention("C1", "", "U1", "what does an MLT do"))
		return strings.Contains(p.log.String(), "app not installed there")
	})
	p.stop()
	if n := len(sl.Sent()); n < 3 {
		t.Errorf("%d answers", n)
	}
	secrets := []string{team, renewed, fakeslack.ClientSecret, fakeslack.SigningSecret}
	for _, secret := range secrets {
		if strings.Contains(p.log.String(), secret) {
			t.Error("the log holds a secret")
		}
	}
	unreadable(t, state, secrets)
}

// unreadable fails when a file of the folder holds one of the words.
func unreadable(t *testing.T, dir string, words []string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, w := range words {
			if bytes.Contains(data, []byte(w)) {
				t.Errorf("%s holds a secret in clear", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// TestSlackInstallationNeedsAKey: tokens of other people's workspaces are never
// kept in clear.
func TestSlackInstallationNeedsAKey(t *testing.T) {
	cmd := exec.Command(binary(t), "--addr", "127.0.0.1:0", "--admin-addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "CAREERBOT_STATE="+t.TempDir(), "SLACK_SIGNING_SECRET="+fakeslack.SigningSecret,
		"SLACK_CLIENT_ID="+fakeslack.ClientID, "SLACK_CLIENT_SECRET="+fakeslack.ClientSecret)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != exitUsage || !bytes.Contains(out, []byte("CAREERBOT_SECRET_KEY")) {
		t.Errorf("exit %v:\n%s", err, out)
	}
}
