// Package storetest is the conformance suite of the storage ports that package
// bot declares: what every implementation must do, whatever it stores in.
//
// The central function is [Run]. Implementations of single ports run the parts
// that apply: [Conversations], [Claims].
package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"careerbot/bot"
)

// A Clock stands until it is moved. It starts at a whole second, some years on.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock.
func NewClock() *Clock {
	return &Clock{now: time.Date(2027, 3, 14, 15, 9, 26, 0, time.UTC)}
}

// Now returns the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A Subject is a store under test.
type Subject struct {
	bot.Store
	// Sweep runs retention once.
	Sweep func(ctx context.Context) error
	// Another opens the same storage as another process would.
	Another func(t *testing.T) bot.Store
}

// Run runs the whole suite. open returns an empty store whose clock is the one
// given, and closes it when the test ends.
func Run(t *testing.T, open func(t *testing.T, clock *Clock) Subject) {
	t.Run("Conversations", func(t *testing.T) {
		Conversations(t, func(t *testing.T, c *Clock) bot.Conversations { return open(t, c).Conversations() })
	})
	t.Run("Claims", func(t *testing.T) {
		Claims(t, func(t *testing.T, c *Clock) bot.Claims { return open(t, c).Claims() })
	})
	for _, part := range []struct {
		name string
		test func(t *testing.T, s Subject, c *Clock)
	}{
		{"ClaimsOfTwo", claimsOfTwo},
		{"Inbox", inbox},
		{"InboxOfTwo", inboxOfTwo},
		{"Installations", installations},
		{"InstallationLock", installationLock},
		{"Leases", leases},
		{"Settings", settings},
		{"Feedback", feedback},
		{"Usage", usage},
		{"Unanswered", unanswered},
		{"MentorAsk", mentorAsk},
		{"MentorClaim", mentorClaim},
		{"MentorAnswer", mentorAnswer},
		{"MentorExpiry", mentorExpiry},
		{"MentorRace", mentorRace},
		{"Outbox", outbox},
		{"Drafts", drafts},
		{"People", people},
		{"Hostile", hostile},
		{"Retention", retention},
	} {
		t.Run(part.name, func(t *testing.T) {
			c := NewClock()
			part.test(t, open(t, c), c)
		})
	}
}

// must fails the test at once on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// is checks for a decision.
func is(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got error %v, want one that is %q", what, got, want)
	}
}

// equal compares.
func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// value fails the test at once on an error, and returns the value otherwise.
func value[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// together runs n calls at the same time.
func together(n int, call func(i int)) {
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-begin
			call(i)
		})
	}
	close(begin)
	wg.Wait()
}
