package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/pgtest"
)

// BenchmarkOperations measures each operation alone, on SQLite, on PostgreSQL,
// and through a Resilient over SQLite. Medians are what to look at:
//
//	go test -run '^$' -bench Operations ./bot/store
func BenchmarkOperations(b *testing.B) {
	key := newKey()
	b.Run("sqlite", func(b *testing.B) { operations(b, open(b, Config{Dir: b.TempDir(), Keys: key})) })
	b.Run("resilient", func(b *testing.B) {
		operations(b, served(b, Config{Dir: b.TempDir(), Keys: key}))
	})
	b.Run("postgres", func(b *testing.B) {
		operations(b, open(b, Config{URL: Secret(pgtest.Start(b).Database()), Keys: key}))
	})
}

func operations(b *testing.B, s bot.Store) {
	ctx := context.Background()
	place := bot.Place{Platform: "slack", Workspace: "T1", Channel: "C1"}
	person := func(i int) string { return bot.PersonKey(place, fmt.Sprint(i)) }
	conversation := func(i int) string { return bot.ConversationKey(place, fmt.Sprint(i%1000)) }
	conv := convWith("pay")
	conv.Subjects, conv.Last = []string{"roles/phlebotomist", "roles/ekg-technician"}, "q1|answer|phlebotomist|pay"
	token := []byte(strings.Repeat("token", 60))
	payload := []byte(strings.Repeat("payload ", 250))
	var n atomic.Int64 // names that were not used before
	for _, op := range []struct {
		name string
		do   func(i int) error
	}{
		{"claim", func(i int) error { _, err := s.Claims().Claim(ctx, fmt.Sprint("new ", i)); return err }},
		{"claim-again", func(i int) error { _, err := s.Claims().Claim(ctx, "the same"); return err }},
		{"delivery-take", func(i int) error {
			_, err := s.Inbox().Take(ctx, bot.Delivery{Platform: "slack", Key: fmt.Sprint(i), Payload: payload})
			return err
		}},
		{"delivery-take-finish", func(i int) error {
			_, err := s.Inbox().Take(ctx, bot.Delivery{Platform: "slack", Key: fmt.Sprint(i), Payload: payload})
			return errors.Join(err, s.Inbox().Finish(ctx, "slack", fmt.Sprint(i)))
		}},
		{"conversation-save", func(i int) error { return s.Conversations().Save(ctx, conversation(i), conv) }},
		{"conversation-load", func(i int) error { _, err := s.Conversations().Load(ctx, conversation(i)); return err }},
		{"usage-count", func(i int) error {
			return s.Usage().Count(ctx, bot.Use{Platform: "slack", Topic: fmt.Sprint(i % 23), Kind: bot.KindAnswer})
		}},
		{"feedback-record", func(i int) error {
			return s.Feedback().Record(ctx, fmt.Sprint("roles/phlebotomist#", i%100), "h", bot.Helpful)
		}},
		{"unanswered-note", func(i int) error {
			return s.Unanswered().Note(ctx, bot.Redacted(fmt.Sprint("what about ", i%500)), "unknown", "")
		}},
		{"installation-save", func(i int) error { return s.Installations().Save(ctx, fmt.Sprint("slack/T", i%100), token) }},
		{"installation-find", func(i int) error { _, err := s.Installations().Find(ctx, "slack/T0"); return err }},
		{"settings-load", func(i int) error { _, err := s.Settings().Load(ctx, place); return err }},
		{"mentor-ask", func(i int) error {
			_, err := s.Mentors().Ask(ctx, bot.MentorQuestion{ID: fmt.Sprint(i), Place: place, Person: person(i), Asker: "dm", Text: "pay?"})
			return err
		}},
		{"person-export", func(i int) error { _, err := s.People().Export(ctx, person(i%1000)); return err }},
		{"person-forget", func(i int) error { _, err := s.People().Forget(ctx, person(i%1000)); return err }},
	} {
		b.Run(op.name, func(b *testing.B) {
			var spent []time.Duration
			for b.Loop() {
				i := int(n.Add(1))
				began := time.Now()
				err := op.do(i)
				spent = append(spent, time.Since(began))
				if err != nil {
					b.Fatal(err)
				}
			}
			slices.Sort(spent)
			b.ReportMetric(float64(spent[len(spent)/2].Nanoseconds())/1e3, "median-µs")
			b.ReportMetric(float64(spent[len(spent)*99/100].Nanoseconds())/1e3, "p99-µs")
		})
	}
}

// BenchmarkClaimsTogether shows what sharing commits is worth: 64 callers.
func BenchmarkClaimsTogether(b *testing.B) {
	s := open(b, Config{Dir: b.TempDir()})
	var n atomic.Int64
	before := lite(s).writer.commits.Load()
	b.SetParallelism(32)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := s.Claims().Claim(context.Background(), fmt.Sprint(n.Add(1))); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(n.Load())/b.Elapsed().Seconds(), "claims/s")
	b.ReportMetric(float64(n.Load())/float64(lite(s).writer.commits.Load()-before), "claims/commit")
}
