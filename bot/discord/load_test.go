package discord

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
	"careerbot/knowledge"
	"careerbot/knowledge/corpus"
)

// soakEnv sets how long the load lasts, such as 10m; a few seconds unless set.
const soakEnv = "CAREERBOT_SOAK"

// questions that are asked in turn.
var questions = []string{
	"what is a phlebotomist?", "can u live off phlebotomy pay", "mlt vs mls", "how do I get from phlebotomist to MLT", "I like labs but hate needles",
	"what does CLIA mean", "lab tech salary", "is my lump cancer", "hello", "how to boil an egg",
}

// prefixes are what is typed of a role.
var prefixes = []string{"", "p", "ph", "phl", "MLT", "flebotomist", "lab", "nurs", "zzzzzzzzzz", "sonografer"}

// every is the time between events of the load: 200 a second.
const every = 5 * time.Millisecond

// onSockets starts an adapter against a fake on real sockets.
func onSockets(t *testing.T, ask Asker, claims bot.Claims) (*fakediscord.Server, *Adapter) {
	t.Helper()
	s := fakediscord.New(t, fakediscord.Unchecked())
	a, err := New(Config{Token: fakediscord.Token, API: s.URL()}, ask, claims, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	if !s.AwaitConnected(t.Context(), 1) {
		t.Fatal("not connected")
	}
	return s, a
}

var made atomic.Bool

// realBot is the bot with the content of the repository, made once. It learns for
// minutes under the race detector; where names are all that matters, from a few
// of the examples only.
var realBot = sync.OnceValue(func() *bot.Bot {
	made.Store(true)
	c, problems := corpus.Load(knowledge.FS)
	if c == nil {
		panic(fmt.Sprint("the knowledge folder has problems: ", problems))
	}
	if r := c.Router; os.Getenv(soakEnv) == "" {
		r.Share = 0.02
		c = c.WithRouter(r)
	}
	snap, err := bot.NewSnapshot(c)
	if err != nil {
		panic(err)
	}
	return bot.New(snap, bot.Options{Now: time.Now, Conversations: bot.NewMemoryConversations(time.Now)})
})

// forgetful answers and keeps nothing.
type forgetful struct{ asker }

func (*forgetful) Answer(context.Context, bot.Question) bot.Answer { return sample() }

// settle waits until cond holds, at most a minute.
func settle(t *testing.T, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !cond(); <-tick.C {
		if time.Now().After(end) {
			t.Error("not settled after a minute")
			return
		}
	}
}

// percentiles of durations, as text.
func percentiles(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	slices.Sort(d)
	at := func(p float64) time.Duration {
		return d[min(len(d)-1, int(p*float64(len(d))))].Round(10 * time.Microsecond)
	}
	return fmt.Sprintf("%d: p50 %v, p99 %v, p99.9 %v, most %v", len(d), at(0.5), at(0.99), at(0.999), d[len(d)-1].Round(10*time.Microsecond))
}

// TestLoad sends 200 mixed events a second to the bot with its real content, with
// the connection cut now and then, and looks that each has exactly one reply.
//
// The ten minutes:
//
//	CAREERBOT_SOAK=10m go test -run 'TestLoad$' -timeout 20m -v ./bot/discord
func TestLoad(t *testing.T) {
	length := 3 * time.Second
	var answers Asker = &forgetful{}
	if v := os.Getenv(soakEnv); v != "" {
		var err error
		if length, err = time.ParseDuration(v); err != nil {
			t.Fatal(err)
		}
		answers = realBot()
	}
	s, a := onSockets(t, answers, nil)
	sent := map[string]time.Time{}
	typed := map[string]time.Time{} // autocomplete
	recent := map[string]time.Time{}
	kindOf := map[string]string{}
	late := map[string]bool{} // sent around a cut: an interaction may then be too late, by Discord's rule
	began := time.Now()
	lastCut, cuts, cutEvery := began, 0, 20*time.Second
	for n := 0; n < int(length/every); n++ {
		// By the clock, so that a pause of the machine is made up for.
		if wait := time.Until(began.Add(time.Duration(n) * every)); wait > 0 {
			<-time.After(wait)
		}
		now := time.Now()
		if length > 10*time.Second && now.Sub(lastCut) > cutEvery {
			s.Cut()
			lastCut, cuts = now, cuts+1
			for id, at := range recent { // on its way when the connection broke
				if now.Sub(at) < time.Second {
					late[id] = true
				}
			}
			clear(recent)
		}
		if len(recent) > 2000 {
			maps.DeleteFunc(recent, func(_ string, at time.Time) bool { return now.Sub(at) > time.Second })
		}
		near := cuts > 0 && now.Sub(lastCut) < 6*time.Second
		var id, kind string
		switch n % 4 {
		case 0:
			id = s.Interact(ask(questions[n/4%len(questions)])).ID
		case 1:
			kind = "message"
			id = s.Message(fakediscord.Message{Text: "and the pay?", Mention: true, Channel: fmt.Sprint(300000000000000000 + n%50), User: fmt.Sprint(400000000000000000 + n%500)}).ID
		case 2:
			id = s.Interact(fakediscord.Interaction{Type: fakediscord.Component, Data: map[string]any{"custom_id": "a:q1||phlebotomist|pay"}, Message: map[string]any{"id": "5", "flags": 64}}).ID
		case 3:
			if near { // suggestions that come a second late are of no use to anybody
				kind, id = "message", s.Message(fakediscord.Message{Text: "what does an mlt do", DM: true, Channel: fmt.Sprint(300000000000000000 + n)}).ID
				break
			}
			o := map[string]any{"name": "role", "type": 3, "value": prefixes[n/4%len(prefixes)], "focused": true}
			id = s.Interact(fakediscord.Interaction{Type: fakediscord.Autocomplete, Data: slash("role", o)}).ID
			typed[id], recent[id] = now, now
			continue
		}
		sent[id], recent[id], kindOf[id], late[id] = now, now, kind, near
	}
	took200 := time.Since(began)
	settle(t, func() bool {
		c := a.Counts()
		done := c["answered"] + c["suggested"] + c["expired"] + c["failed"] + c["duplicate"]
		return int(done) >= len(sent)+len(typed) && a.work.length() == 0 && a.quick.length() == 0
	})
	count := map[string]int{}
	var took, tookTyped, tookLate []time.Duration
	for _, r := range s.Replies() {
		count[r.Source]++
		d := r.At.Sub(sent[r.Source])
		if late[r.Source] {
			tookLate = append(tookLate, d)
		} else {
			took = append(took, d)
		}
	}
	expired := 0
	for id := range sent {
		switch {
		case count[id] == 0 && late[id] && kindOf[id] != "message":
			expired++
		case count[id] != 1:
			t.Errorf("%s %s has %d replies", kindOf[id], id, count[id])
		}
	}
	answered := map[string]bool{}
	for _, r := range s.Requests("POST", fakediscord.RouteCallback) {
		id := strings.Split(r.Path, "/")[4]
		if r.Status == 204 {
			answered[id] = true
		}
		if at, ok := typed[id]; ok && !late[id] {
			tookTyped = append(tookTyped, r.At.Sub(at))
		}
	}
	for id := range typed {
		if !answered[id] && !late[id] {
			t.Errorf("autocomplete %s has no answer", id)
		}
	}
	t.Logf("%.1f events a second", float64(len(sent)+len(typed))/took200.Seconds())
	t.Logf("%v, %d events, %d cuts, %d interactions around a cut past their three seconds; counts %v", length, len(sent)+len(typed), cuts, expired, a.Counts())
	t.Logf("event to reply: %s", percentiles(took))
	t.Logf("event to reply around a cut: %s", percentiles(tookLate))
	t.Logf("event to suggestions: %s", percentiles(tookTyped))
}

// allClaims gives every delivery to everyone, so that only the adapter's memory counts.
type allClaims struct{}

func (allClaims) Claim(context.Context, string) (bool, error) { return true, nil }
func (allClaims) Release(context.Context, string) error       { return nil }

// TestFlat handles many interactions: goroutines and memory end where they were.
// All 50,000 of them:
//
//	CAREERBOT_SOAK=1s go test -run TestFlat -v ./bot/discord
func TestFlat(t *testing.T) {
	many := 3000
	if os.Getenv(soakEnv) != "" {
		many = 50_000
	}
	s, a := onSockets(t, &forgetful{}, allClaims{})
	batch := func(n int) {
		before := a.Counts()["answered"]
		for range n {
			s.Interact(ask("what is a phlebotomist?"))
		}
		settle(t, func() bool { return a.Counts()["answered"] == before+int64(n) && a.work.length() == 0 })
		s.Forget()
	}
	measure := func() (goroutines int, heap uint64) {
		a.client.http.CloseIdleConnections()
		last := 0
		settle(t, func() bool { // connections close in their own time
			n := runtime.NumGoroutine()
			same := n == last
			last = n
			return same
		})
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return runtime.NumGoroutine(), m.HeapAlloc
	}
	batch(500)
	g0, h0 := measure()
	for done := 0; done < many; done += 500 {
		batch(500)
	}
	g1, h1 := measure()
	t.Logf("%d interactions: goroutines %d to %d, heap %d KiB to %d KiB", many, g0, g1, h0>>10, h1>>10)
	if g1 > g0+5 {
		t.Errorf("goroutines grew from %d to %d", g0, g1)
	}
	if h1 > h0+8<<20 {
		t.Errorf("heap grew from %d to %d", h0, h1)
	}
}
