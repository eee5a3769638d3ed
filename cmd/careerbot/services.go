package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"careerbot/bot"
	"careerbot/bot/journal"
	"careerbot/bot/metrics"
)

// services are what stands between the bot and its adapters: desks over the
// store's ports, and decorators of the bot that note and count.
type services struct {
	journal  *journal.Journal
	metrics  *metrics.Metrics
	asker    metrics.Asker // the bot, noted and counted
	prefs    *bot.PreferenceBook
	feedback *bot.FeedbackDesk
	mentors  *bot.MentorDesk
	popular  *bot.Popular
}

// serveWith makes the services over the server's store and bot.
func (s *server) serveWith() {
	prefs := bot.NewPreferenceBook(s.store.Settings(), time.Now)
	s.services = services{
		journal:  journal.New(s.bot, s.store.Usage(), s.store.Unanswered()),
		prefs:    prefs,
		feedback: bot.NewFeedbackDesk(s.store.Feedback(), s.store.Claims()),
		mentors:  bot.NewMentorDesk(s.store.Mentors(), s.store.Outbox(), s.store.Claims(), prefs, time.Now),
		popular:  bot.NewPopular(s.store.Usage(), time.Now),
	}
	s.metrics = metrics.New(metrics.Sources{
		Version: version(), Store: s.storeHealth, Knowledge: s.knowledge, Lost: s.journal.Lost,
		Feedback: s.feedback.Counts, Mentors: s.mentors.Counts, Ready: s.ready,
	})
	s.asker = s.metrics.Around(s.journal)
}

// mounts are what the admin listener shows beside its own.
func (s *server) mounts() map[string]http.Handler {
	return map[string]http.Handler{"GET /metrics": s.metrics.Handler()}
}

// keep runs what keeps things until the returned function is called: call it
// when the adapters have ended, since what was under way has something to keep.
func (s *server) keep() (done func()) {
	store := background(s.store.Run)
	notes := background(s.journal.Run)
	popular := background(s.popular.Run)
	return func() {
		popular()
		notes() // the journal's last notes go to the store
		store()
	}
}

// background runs something that never fails until stop is called, which waits
// for its end.
func background(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = run(ctx) })
	return func() {
		cancel()
		wg.Wait()
	}
}

// The sources of the metrics.

func (s *server) storeHealth() metrics.Store {
	h := s.store.Health()
	return metrics.Store{Well: h.Well, Owed: h.Owed, Outages: h.Outages, Without: h.Without, Doubled: h.Doubled, Lost: h.Lost}
}

func (s *server) knowledge() metrics.Knowledge {
	s.mu.Lock()
	defer s.mu.Unlock()
	return metrics.Knowledge{Hash: s.bot.Knowledge(), Successful: s.refused == "", Loaded: s.loaded}
}

func (s *server) ready() map[string]bool {
	all := map[string]bool{}
	for _, a := range s.adapters {
		all[a.Name()] = a.Ready() == nil
	}
	return all
}

// webFeedback counts what readers of the web page say. Its forms come from
// outside, so only verdicts on passages of the content count.
type webFeedback struct{ *server }

// Take implements [web.Feedback].
func (f webFeedback) Take(ctx context.Context, person, passage, knowledge string, v bot.Verdict) error {
	if !f.bot.Holds(passage) {
		return fmt.Errorf("feedback on an unknown passage: %w", bot.ErrNotFound)
	}
	_, err := f.feedback.Give(ctx, bot.Place{Platform: "web"}, person, passage, knowledge, v)
	return err
}
