package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"careerbot/bot"
)

// kills is how often TestKilled kills; the nightly run asks for more.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("CAREERBOT_KILLS")); err == nil {
		return n
	}
	return 20
}

// loadChild is a process that writes to the store in DIR as fast as it can and
// prints a line for every write that was acknowledged, after it was.
func loadChild() int {
	s, err := Open(context.Background(), Config{Dir: os.Getenv("DIR"), Keys: Secret(os.Getenv("KEYS"))})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	round := os.Getenv("ROUND")
	out := make(chan string)
	for worker := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%s.%d.%d", round, worker, i)
				if line, err := loadOnce(s, worker, i, name); err != nil {
					fmt.Fprintln(os.Stderr, err)
				} else {
					out <- line
				}
			}
		}()
	}
	for line := range out { // until we are killed
		os.Stdout.WriteString(line + "\n")
	}
	return 0
}

func init() { children["load"] = loadChild }

// loadOnce does one write and returns what TestKilled must find again.
func loadOnce(s *Store, worker, i int, name string) (string, error) {
	ctx := context.Background()
	switch i % 7 {
	case 0, 1:
		mine, err := s.Claims().Claim(ctx, name)
		if err == nil && !mine {
			err = fmt.Errorf("%s was claimed before", name)
		}
		return "claim " + name, err
	case 2:
		return fmt.Sprintf("conversation w%d:c %s", worker, name), s.Conversations().Save(ctx, fmt.Sprintf("w%d:c", worker), convWith(name))
	case 3:
		return fmt.Sprintf("feedback w%d", worker), s.Feedback().Record(ctx, fmt.Sprintf("w%d", worker), "h", bot.Helpful)
	case 4:
		return "installation " + name, s.Installations().Save(ctx, name, []byte(strings.Repeat(name, 20)))
	}
	if i%7 == 5 {
		mine, err := s.Inbox().Take(ctx, bot.Delivery{Platform: "slack", Key: name, Payload: []byte(name)})
		if err == nil && !mine {
			err = fmt.Errorf("%s was taken before", name)
		}
		return "delivery " + name, err
	}
	added, err := s.Mentors().Ask(ctx, bot.MentorQuestion{ID: name, Text: "pay?", Asker: name})
	if err == nil && !added {
		err = fmt.Errorf("%s was asked before", name)
	}
	return "question " + name, err
}

// TestKilled kills a process under load at random points, again and again on one
// file. Each time the file must be sound and hold everything acknowledged.
func TestKilled(t *testing.T) {
	dir, keys := t.TempDir(), newKey()
	found := &acknowledged{deliveries: map[string]bool{}, conversations: map[string]string{}, feedback: map[string]int{}}
	for round := range kills() {
		cmd := child(t, "load", "DIR="+dir, "KEYS="+string(keys), fmt.Sprint("ROUND=", round))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		lines := bufio.NewReader(out)
		kill := time.AfterFunc(longest, func() { cmd.Process.Kill() })
		for range 1 + rand.IntN(soaked(600, 3000)) {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("the process under load ended by itself: %v", err)
			}
			found.add(t, line)
		}
		kill.Stop()
		must(t, cmd.Process.Kill())
		rest, _ := io.ReadAll(lines) // what was acknowledged until it died
		for line := range strings.SplitAfterSeq(string(rest), "\n") {
			if strings.HasSuffix(line, "\n") {
				found.add(t, line)
			}
		}
		cmd.Wait()
		s := open(t, Config{Dir: dir, Keys: keys})
		sound(t, lite(s).db)
		found.check(t, s)
		must(t, s.Close())
	}
	t.Logf("%d kills, %d writes acknowledged, 0 lost", kills(), found.total)
}

// acknowledged is what a store must hold, since the last check where that suffices.
type acknowledged struct {
	total                            int
	claims, installations, questions []string
	deliveries                       map[string]bool
	conversations                    map[string]string
	feedback                         map[string]int
}

func (a *acknowledged) add(t *testing.T, line string) {
	t.Helper()
	f := strings.Fields(line)
	a.total++
	switch {
	case f[0] == "claim" && len(f) == 2:
		a.claims = append(a.claims, f[1])
	case f[0] == "conversation" && len(f) == 3:
		a.conversations[f[1]] = f[2]
	case f[0] == "feedback" && len(f) == 2:
		a.feedback[f[1]]++
	case f[0] == "installation" && len(f) == 2:
		a.installations = append(a.installations, f[1])
	case f[0] == "delivery" && len(f) == 2:
		a.deliveries[f[1]] = true
	case f[0] == "question" && len(f) == 2:
		a.questions = append(a.questions, f[1])
	default:
		t.Fatalf("not a line of the process under load: %q", line)
	}
}

// check finds everything again. What it claims to see whether it is claimed would
// be found the next time, so lists start anew.
func (a *acknowledged) check(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	var wg sync.WaitGroup
	each := func(names []string, kept func(name string) bool) {
		for _, name := range names {
			wg.Go(func() {
				if !kept(name) {
					t.Errorf("%s was acknowledged and is lost", name)
				}
			})
		}
		wg.Wait()
	}
	each(a.claims, func(name string) bool { mine, err := s.Claims().Claim(ctx, name); return err == nil && !mine })
	each(a.installations, func(name string) bool {
		data, err := s.Installations().Find(ctx, name)
		return err == nil && string(data) == strings.Repeat(name, 20)
	})
	each(a.questions, func(name string) bool {
		q, err := s.Mentors().Claim(ctx, name, "mia")
		return err == nil && q.Asker == name
	})
	a.claims, a.installations, a.questions = nil, nil, nil
	a.takeUp(t, s)
	for key, name := range a.conversations {
		c, err := s.Conversations().Load(ctx, key)
		must(t, err)
		if step(c.Topic) < step(name) || !strings.HasPrefix(c.Topic, name[:strings.LastIndexByte(name, '.')]) {
			t.Errorf("conversation %s: %s was acknowledged, %s is kept", key, name, c.Topic)
		}
		delete(a.conversations, key)
	}
	tallies, err := s.Feedback().Tallies(ctx, fromMillis(0))
	must(t, err)
	counted := map[string]int{}
	for _, tally := range tallies {
		counted[tally.Passage] = tally.Counts[bot.Helpful]
	}
	for passage, n := range a.feedback {
		if counted[passage] < n {
			t.Errorf("feedback on %s: %d acknowledged, %d kept", passage, n, counted[passage])
		}
	}
}

// takeUp finishes every delivery that was not; those acknowledged are among them.
func (a *acknowledged) takeUp(t *testing.T, s *Store) {
	t.Helper()
	for {
		all, err := s.Inbox().Unfinished(t.Context(), "slack", 0, 500)
		must(t, err)
		if len(all) == 0 {
			break
		}
		for _, d := range all {
			if string(d.Payload) != d.Key {
				t.Errorf("delivery %s holds %q", d.Key, d.Payload)
			}
			delete(a.deliveries, d.Key)
		}
	}
	for name := range a.deliveries {
		t.Errorf("delivery %s was acknowledged and is lost", name)
	}
	clear(a.deliveries)
}

// step is the last number of a name: 3.1.17 is 17.
func step(name string) int {
	n, _ := strconv.Atoi(name[strings.LastIndexByte(name, '.')+1:])
	return n
}
