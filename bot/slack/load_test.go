package slack

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"careerbot/bot/bottest/fakeslack"
)

// span is how long a figure is taken: the variable's duration, or a second to
// see that the test itself works.
func span(t *testing.T, variable string) time.Duration {
	d, err := time.ParseDuration(os.Getenv(variable))
	if err != nil || d <= 0 {
		t.Logf("%s is not set: one second only, no figures to go by", variable)
		return time.Second
	}
	return d
}

// latencies are reported, not asserted: a busy machine must not fail a build.
func report(t *testing.T, what string, all []time.Duration) {
	slices.Sort(all)
	at := func(q float64) time.Duration {
		return all[min(len(all)-1, int(q*float64(len(all))))].Round(10 * time.Microsecond)
	}
	t.Logf("%s: %d, p50 %v, p99 %v, p99.9 %v, max %v", what, len(all), at(0.5), at(0.99), at(0.999), all[len(all)-1].Round(10*time.Microsecond))
}

// TestLoad delivers 200 events a second over HTTP as Slack does, each up to four
// times, and reports how long acknowledgements take.
func TestLoad(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fault func(*faultyClaims)
	}{
		{"store healthy", func(*faultyClaims) {}},
		{"store slowed to 2 s", func(f *faultyClaims) { f.set(2*time.Second, nil) }},
		{"store down", func(f *faultyClaims) { f.set(0, errors.New("down")) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			inbox := newMemoryInbox()
			tc.fault(inbox.faultyClaims)
			r := start(t, false, inbox, func(c *Config) { c.Workers, c.Inbox = 0, inbox })
			var mu sync.Mutex
			var acks []time.Duration
			var wg sync.WaitGroup
			const every = time.Second / 200
			n := int(span(t, "CAREERBOT_LOAD") / every)
			begin := time.Now()
			for i := range n { // by the clock: a late one does not make the rest later
				<-time.After(time.Until(begin.Add(time.Duration(i) * every)))
				body := r.Mention(fmt.Sprint("C", i%50), "", "U1", "pay").JSON()
				wg.Go(func() {
					res, tries, err := r.inlet.Deliver(t.Context(), body, []time.Duration{0, 0, 0})
					if err != nil || res.Status != 200 {
						t.Errorf("%d after %d tries, %v", res.Status, tries, err)
					}
					if rand.IntN(4) == 0 { // again, although it was acknowledged
						r.inlet.Event(t.Context(), body, 1)
					}
					mu.Lock()
					defer mu.Unlock()
					acks = append(acks, res.Took)
				})
			}
			wg.Wait()
			r.stop()
			report(t, tc.name+", acknowledgements", acks)
			if got := len(r.Sent()); got != n {
				t.Errorf("%d answers to %d events", got, n)
			}
		})
	}
}

// TestSoak keeps Socket Mode busy while Slack takes links away in every way it
// has: nothing is lost, nothing doubled, and nothing is left over.
func TestSoak(t *testing.T) {
	base := runtime.NumGoroutine()
	r := start(t, true, newFaultyClaims(), func(c *Config) { c.Links = 3 })
	r.RetryGaps, r.AckTimeout = []time.Duration{0, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second}, 2*time.Second
	reasons := []string{"warning", "refresh_requested", "too_many_websockets", "drop"}
	length := span(t, "CAREERBOT_SOAK")
	disturb := time.NewTicker(max(length/30, 300*time.Millisecond))
	defer disturb.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var sent []*fakeslack.Delivery
	cuts := 0
	for end := time.Now().Add(length); time.Now().Before(end); {
		select {
		case <-tick.C:
			sent = append(sent, r.Send("events_api", r.DM(fmt.Sprint("D", len(sent)%50), "U1", "pay")))
		case <-disturb.C:
			if why := reasons[cuts%len(reasons)]; why == "drop" {
				r.Drop()
			} else {
				r.DisconnectOne(why)
			}
			cuts++
		}
	}
	var acks []time.Duration
	again := 0
	for _, d := range sent {
		select {
		case <-d.Acked():
		case <-time.After(2 * time.Minute):
			t.Fatalf("a message is not acknowledged after %d attempts; %d links are open; %q", d.Attempts(), r.Links(), r.Problems())
		}
		acks = append(acks, d.Took())
		again += d.Attempts() - 1
	}
	r.awaitCalls("chat.postMessage", len(sent))
	opens := len(r.Calls("apps.connections.open"))
	r.stop()
	if got := len(r.Sent()); got != len(sent) {
		t.Errorf("%d answers to %d messages", got, len(sent))
	}
	report(t, "acknowledgements", acks)
	r.Close()
	runtime.GC()
	t.Logf("%d links taken away, %d addresses asked for, %d redeliveries; goroutines %d before, %d after", cuts, opens, again, base, runtime.NumGoroutine())
}
