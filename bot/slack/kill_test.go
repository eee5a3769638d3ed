package slack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"careerbot/bot/bottest/fakeslack"
	"careerbot/bot/store"
)

// victimEnv makes this test binary a bot over a real database: its value is the
// state folder and Slack's address.
const victimEnv = "CAREERBOT_TEST_VICTIM"

// TestVictim is not a test but the process that TestKilledProcessLosesNothing
// kills.
func TestVictim(t *testing.T) {
	dir, api, ok := strings.Cut(os.Getenv(victimEnv), "|")
	if !ok {
		return
	}
	s, err := store.OpenResilient(t.Context(), store.Config{Dir: dir, Keys: store.Secret(strings.Repeat("ab", 32)), Now: time.Now, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(Config{
		BotToken: fakeslack.BotToken, SigningSecret: fakeslack.SigningSecret, APIURL: api, Inbox: s.Inbox(),
	}, &fakeAsker{}, s.Claims(), discard())
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(a.Handler())
	go a.Run(context.Background())
	for a.Ready() != nil {
		<-time.After(time.Millisecond)
	}
	fmt.Println("at", srv.URL)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() { // whoever asks takes up what is unfinished, without the minute's wait
		a.takeUp(context.Background(), 0)
	}
}

// victim starts the process and returns it with the way to it.
func victim(t *testing.T, dir string, s *fakeslack.Server) (kill func(), resume func(), inlet fakeslack.Inlet) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), victimEnv+"="+dir+"|"+s.URL())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		cmd.Process.Kill() // SIGKILL
		cmd.Wait()
	}
	t.Cleanup(kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if at, ok := strings.CutPrefix(lines.Text(), "at "); ok {
			return kill, func() { fmt.Fprintln(in) }, fakeslack.Inlet{URL: at, Secret: fakeslack.SigningSecret}
		}
	}
	t.Fatal("the process ends before it listens")
	return nil, nil, inlet
}

// A process that is killed between acknowledgement and answer leaves nothing
// unanswered, and what it had answered is not answered again.
func TestKilledProcessLosesNothing(t *testing.T) {
	s := fakeslack.New(t)
	dir := t.TempDir()
	kill, _, inlet := victim(t, dir, s)
	deliver := func(in fakeslack.Inlet, p fakeslack.Payload) {
		t.Helper()
		if res, err := in.Event(t.Context(), p.JSON(), 0); err != nil || res.Status != 200 {
			t.Fatalf("status %d, %v", res.Status, err)
		}
	}
	answered := s.Mention("C1", "", "U1", "pay")
	deliver(inlet, answered)
	s.Await("an answer", func() bool { return len(s.Sent()) == 1 })

	const n = 20
	var open []fakeslack.Payload
	hang := make([]fakeslack.Reply, n)
	for i := range hang {
		hang[i].Hang = true
	}
	s.Script("chat.postMessage", hang...)
	for i := range n {
		p := s.Mention("C1", "", "U1", fmt.Sprint("pay ", i))
		deliver(inlet, p)
		open = append(open, p)
	}
	s.Await("all to be under way", func() bool { return len(s.Calls("chat.postMessage")) == n+1 })
	kill()

	_, resume, inlet := victim(t, dir, s)
	for _, p := range append(open, answered) { // Slack may not have seen our 200
		deliver(inlet, p)
	}
	resume()
	s.Await("all answers", func() bool { return len(s.Sent()) == n+1 })
	resume()
	last := s.Mention("C1", "", "U1", "pay at last")
	deliver(inlet, last)
	s.Await("the last answer", func() bool { return threads(s)[ts(last)] == 1 })
	for _, p := range append(open, answered) {
		if got := threads(s)[ts(p)]; got != 1 {
			t.Errorf("%s is answered %d times", ts(p), got)
		}
	}
}

func ts(p fakeslack.Payload) string { return p["event"].(map[string]any)["ts"].(string) }

// threads counts the answers by thread.
func threads(s *fakeslack.Server) map[string]int {
	count := map[string]int{}
	for _, c := range s.Sent() {
		raw, _ := json.Marshal(c.Args["thread_ts"])
		count[strings.Trim(string(raw), `"`)]++
	}
	return count
}
