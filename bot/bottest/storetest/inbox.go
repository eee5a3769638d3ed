package storetest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"careerbot/bot"
)

func delivery(key, payload string) bot.Delivery {
	return bot.Delivery{Platform: "slack", Key: key, Payload: []byte(payload)}
}

// keys are the keys of deliveries, in order.
func keys(all []bot.Delivery) string {
	var names []string
	for _, d := range all {
		names = append(names, d.Key)
	}
	return strings.Join(names, " ")
}

func inbox(t *testing.T, s Subject, c *Clock) {
	ctx, in, there := t.Context(), s.Inbox(), s.Another(t).Inbox()
	const grace = time.Minute
	unfinished := func(what, want string) []bot.Delivery {
		t.Helper()
		all := value(there.Unfinished(ctx, "slack", grace, 10))(t)
		equal(t, "unfinished "+what, keys(all), want)
		return all
	}

	// Each delivery is taken once, whoever asks, and is one with its claim.
	odd := "\x00\xff Ev 1"
	first := c.Now()
	equal(t, "take", value(in.Take(ctx, delivery(odd, "\x00\xfe words")))(t), true)
	c.Advance(time.Second)
	equal(t, "take another", value(in.Take(ctx, delivery("b", "")))(t), true)
	equal(t, "on another platform", value(in.Take(ctx, bot.Delivery{Platform: "discord", Key: "b"}))(t), true)
	for _, again := range []bot.Inbox{in, there} {
		equal(t, "take again", value(again.Take(ctx, delivery(odd, "other words")))(t), false)
	}
	equal(t, "claim of what was taken", value(s.Claims().Claim(ctx, bot.DeliveryClaim("slack", "b")))(t), false)
	value(s.Claims().Claim(ctx, bot.DeliveryClaim("slack", "claimed")))(t)
	equal(t, "take what was claimed", value(in.Take(ctx, delivery("claimed", "x")))(t), false)
	_, err := in.Take(ctx, delivery("large", strings.Repeat("x", bot.MaxPayloadBytes+1)))
	is(t, "too large", err, bot.ErrLimit)
	equal(t, "the same, cut", value(in.Take(ctx, delivery("large", strings.Repeat("x", bot.MaxPayloadBytes))))(t), true)
	must(t, in.Finish(ctx, "slack", "large"))

	// What is not finished is handed out whole after the grace, to one caller.
	c.Advance(grace - time.Second)
	all := unfinished("after the grace of one", odd)
	if len(all) == 1 {
		equal(t, "payload", string(all[0].Payload), "\x00\xfe words")
		equal(t, "platform", all[0].Platform, "slack")
		equal(t, "taken", all[0].Taken, first)
	}
	c.Advance(time.Second)
	unfinished("after the grace of both, one handed out", "b")
	unfinished("at once again", "")
	c.Advance(5 * time.Minute)
	equal(t, "at most one", keys(value(in.Unfinished(ctx, "slack", grace, 1))(t)), odd)
	unfinished("after five minutes", "b")

	// Finished ones stay claimed; returned ones may come again.
	must(t, in.Finish(ctx, "slack", odd))
	must(t, in.Finish(ctx, "slack", odd))
	must(t, in.Finish(ctx, "slack", "unknown"))
	must(t, in.Return(ctx, "slack", "b"))
	must(t, in.Return(ctx, "slack", "unknown"))
	equal(t, "take what was finished", value(there.Take(ctx, delivery(odd, "x")))(t), false)
	c.Advance(5 * time.Minute)
	unfinished("when all are finished or returned", "")
	equal(t, "take what was returned", value(in.Take(ctx, delivery("b", "second time")))(t), true)
	c.Advance(grace)
	if all := unfinished("of what came again", "b"); len(all) == 1 {
		equal(t, "its payload", string(all[0].Payload), "second time")
	}

	// Everything ends, swept or not.
	c.Advance(bot.ClaimTTL)
	unfinished("past its time", "")
	equal(t, "claim past its time", value(s.Claims().Claim(ctx, bot.DeliveryClaim("slack", "b")))(t), true)
	c.Advance(grace)
	unfinished("of what was only claimed the second time", "")
	equal(t, "take past its time", value(in.Take(ctx, delivery(odd, "anew")))(t), true)
	must(t, s.Sweep(ctx))
	c.Advance(grace)
	if all := unfinished("after a sweep", odd); len(all) == 1 {
		equal(t, "payload taken anew", string(all[0].Payload), "anew")
	}
}

// inboxOfTwo: of two processes that take the same deliveries, and take up again
// what is unfinished, each gets each once.
func inboxOfTwo(t *testing.T, s Subject, c *Clock) {
	const n = 100
	both := []bot.Inbox{s.Inbox(), s.Another(t).Inbox()}
	var mu sync.Mutex
	taken, handed := map[string]int{}, map[string]int{}
	count := func(m map[string]int, key string) {
		mu.Lock()
		defer mu.Unlock()
		m[key]++
	}
	together(8, func(i int) {
		for k := range n {
			key := fmt.Sprint("k", k)
			mine, err := both[i%2].Take(t.Context(), delivery(key, key))
			if err != nil {
				t.Error(err)
				return
			}
			if mine {
				count(taken, key)
			}
		}
	})
	c.Advance(time.Minute)
	together(8, func(i int) {
		for {
			all, err := both[i%2].Unfinished(t.Context(), "slack", time.Minute, 7)
			if err != nil {
				t.Error(err)
			}
			if len(all) == 0 {
				return
			}
			for _, d := range all {
				count(handed, d.Key)
			}
		}
	})
	for k := range n {
		key := fmt.Sprint("k", k)
		if taken[key] != 1 || handed[key] != 1 {
			t.Errorf("%s was taken %d times and handed out %d times", key, taken[key], handed[key])
		}
	}
}
