package storetest

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/router"
)

// Conversations tests [bot.Conversations].
func Conversations(t *testing.T, open func(*testing.T, *Clock) bot.Conversations) {
	place := bot.Place{Platform: "slack", Workspace: "T1", Channel: "C1"}
	key := bot.ConversationKey(place, "U1")
	full := router.Context{
		Subjects: []string{"roles/phlebotomist", "roles/ekg-technician"}, Pair: []string{"roles/phlebotomist"},
		Compared: true, Topic: "pay", Open: []string{"a", "b"}, Last: "q1|answer|phlebotomist|pay",
	}
	t.Run("round trip", func(t *testing.T) {
		c := open(t, NewClock())
		if got := value(c.Load(t.Context(), key))(t); !got.Equal(router.Context{}) {
			t.Errorf("an unknown conversation holds %+v", got)
		}
		for _, want := range []router.Context{full, {Topic: "exam"}, {}, full} {
			must(t, c.Save(t.Context(), key, want))
			if got := value(c.Load(t.Context(), key))(t); !got.Equal(want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		other := bot.ConversationKey(bot.Place{Platform: "slack", Workspace: "T1", Channel: "C2"}, "U1")
		if got := value(c.Load(t.Context(), other))(t); !got.Equal(router.Context{}) {
			t.Errorf("another channel's conversation holds %+v", got)
		}
	})
	t.Run("expiry", func(t *testing.T) {
		clock := NewClock()
		c := open(t, clock)
		must(t, c.Save(t.Context(), key, full))
		clock.Advance(bot.ConversationTTL - time.Second)
		must(t, c.Save(t.Context(), key, full)) // saving begins the time anew
		clock.Advance(bot.ConversationTTL - time.Second)
		if got := value(c.Load(t.Context(), key))(t); !got.Equal(full) {
			t.Errorf("before its time: %+v", got)
		}
		clock.Advance(2 * time.Second)
		if got := value(c.Load(t.Context(), key))(t); !got.Equal(router.Context{}) {
			t.Errorf("after its time: %+v", got)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		c := open(t, NewClock())
		together(50, func(i int) {
			key, want := fmt.Sprintf("p%d:c", i%10), router.Context{Topic: fmt.Sprint("t", i%10)}
			if err := c.Save(t.Context(), key, want); err != nil {
				t.Error(err)
			}
			if got, err := c.Load(t.Context(), key); err != nil || !got.Equal(want) {
				t.Errorf("got %+v, %v, want %+v", got, err, want)
			}
		})
	})
}

// Claims tests [bot.Claims].
func Claims(t *testing.T, open func(*testing.T, *Clock) bot.Claims) {
	claim := func(t *testing.T, c bot.Claims, key string, want bool) {
		t.Helper()
		if got := value(c.Claim(t.Context(), key))(t); got != want {
			t.Errorf("claim of %.40q: %v, want %v", key, got, want)
		}
	}
	t.Run("once", func(t *testing.T) {
		c := open(t, NewClock())
		for _, key := range []string{"slack/Ev1", "slack/ev1", "", "\x00\xff", strings.Repeat("k", 10_000)} {
			claim(t, c, key, true)
			claim(t, c, key, false)
		}
	})
	t.Run("release", func(t *testing.T) {
		c := open(t, NewClock())
		must(t, c.Release(t.Context(), "unknown"))
		claim(t, c, "k", true)
		must(t, c.Release(t.Context(), "k"))
		claim(t, c, "k", true)
		claim(t, c, "k", false)
	})
	t.Run("kept and forgotten", func(t *testing.T) {
		clock := NewClock()
		c := open(t, clock)
		claim(t, c, "k", true)
		clock.Advance(time.Hour)
		claim(t, c, "k", false)
		clock.Advance(bot.ClaimTTL)
		claim(t, c, "k", true)
		claim(t, c, "k", false)
	})
	t.Run("many at once", func(t *testing.T) {
		c := open(t, NewClock())
		var mine atomic.Int64
		together(200, func(i int) {
			ok, err := c.Claim(t.Context(), fmt.Sprint("k", i%20))
			if err != nil {
				t.Error(err)
			}
			if ok {
				mine.Add(1)
			}
		})
		equal(t, "claims of 20 keys by 200 callers", mine.Load(), 20)
	})
}

// claimsOfTwo: of two processes that claim the same keys, each key is one's.
func claimsOfTwo(t *testing.T, s Subject, _ *Clock) {
	const keys = 500
	both := []bot.Claims{s.Claims(), s.Another(t).Claims()}
	var won [2]atomic.Int64
	together(8, func(i int) {
		for k := range keys {
			ok, err := both[i%2].Claim(t.Context(), fmt.Sprint("k", k))
			if err != nil {
				t.Error(err)
				return
			}
			if ok {
				won[i%2].Add(1)
			}
		}
	})
	equal(t, "claims by both", won[0].Load()+won[1].Load(), keys)
}
