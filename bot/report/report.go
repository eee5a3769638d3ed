// Package report tells maintainers what the bot learned since it was last looked
// at: what it could not answer, which answers did not help, which pages are past
// their review, what was asked, and what mentors said.
//
// The central type is [Report]. [Gather] reads the storage ports, [Make] works out
// the report without asking anything but a [Finder], and the Write methods render
// it; [Report.Drafts] turns it into stub pages. The same input gives the same
// report, byte by byte.
//
// Unanswered questions are grouped by the terms they share; see group.go for the
// method. People's words stand in a report as quotations only: in JSON as strings,
// in Markdown as code, in stub pages as comments and example questions.
package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"careerbot/bot"
	"careerbot/knowledge/corpus"
)

// maxQuestions is how many different unanswered questions a report looks at, the
// most frequent ones.
const maxQuestions = 2000

// A Source holds what a report is made of. [bot.Store] is one.
type Source interface {
	Unanswered() bot.Unanswered
	Feedback() bot.FeedbackBook
	Usage() bot.Usage
	Drafts() bot.Drafts
}

// A Finder finds the passage whose words come nearest to a question's, or nil
// when none shares any.
type Finder interface {
	Nearest(ctx context.Context, text string) (*corpus.Passage, error)
}

// An Input is everything a report is made from.
type Input struct {
	Since, Now time.Time
	Corpus     *corpus.Corpus
	Unanswered []bot.UnansweredQuestion
	Tallies    []bot.Tally
	Uses       []bot.UseCount
	Exchanges  []bot.MentorQuestion
}

// Gather reads what was noted since then.
func Gather(ctx context.Context, s Source, c *corpus.Corpus, since, now time.Time) (in Input, err error) {
	in = Input{Since: since, Now: now, Corpus: c}
	if in.Unanswered, err = s.Unanswered().Questions(ctx, since, maxQuestions); err != nil {
		return in, fmt.Errorf("reading unanswered questions: %w", err)
	}
	if in.Tallies, err = s.Feedback().Tallies(ctx, since); err != nil {
		return in, fmt.Errorf("reading feedback: %w", err)
	}
	if in.Uses, err = s.Usage().Uses(ctx, since, now); err != nil {
		return in, fmt.Errorf("reading usage: %w", err)
	}
	if in.Exchanges, err = s.Drafts().Exchanges(ctx, since); err != nil {
		return in, fmt.Errorf("reading mentors' exchanges: %w", err)
	}
	return in, nil
}

// A Report is what maintainers read. Every list is in order, the most pressing
// first.
type Report struct {
	Made       time.Time  `json:"made"`
	Since      time.Time  `json:"since"`
	Knowledge  string     `json:"knowledge"` // content hash
	Unanswered []Group    `json:"unanswered"`
	Worst      []Rated    `json:"worst"`
	Overdue    []Due      `json:"overdue"`
	Usage      Usage      `json:"usage"`
	Exchanges  []Exchange `json:"exchanges"`
}

// A Group is unanswered questions that share terms.
type Group struct {
	Terms     []string   `json:"terms"` // the telling ones, as people wrote them
	Count     int        `json:"count"` // how often its questions were asked
	Questions []Question `json:"questions"`
	Nearest   *Near      `json:"nearest,omitempty"`
	Suggest   Suggestion `json:"suggest"`
}

// A Question is one that was not answered.
type Question struct {
	Text   string    `json:"text"`
	Count  int       `json:"count"`
	Reason string    `json:"reason"`
	Last   time.Time `json:"last"`
}

// Near is the passage that comes nearest to a group.
type Near struct {
	Passage string  `json:"passage"`
	Title   string  `json:"title"`
	File    string  `json:"file"`
	Share   float64 `json:"share"` // of the first question's terms that it holds, by weight
}

// A Suggestion is what to paste where. Empty lines suggest nothing; with neither,
// the subject wants a page of its own.
type Suggestion struct {
	File    string `json:"file,omitempty"`
	Topic   string `json:"topic,omitempty"`   // the list below "asks" that Example belongs to
	Example string `json:"example,omitempty"` // a line for it
	Alias   string `json:"alias,omitempty"`   // a name for the list "aliases", if it means this page
}

// Rated is an answer that did not help.
type Rated struct {
	Passage    string    `json:"passage"` // or an answer's kind
	Title      string    `json:"title,omitempty"`
	File       string    `json:"file,omitempty"` // "" when the content has it no more
	NotHelpful int       `json:"not_helpful"`
	Helpful    int       `json:"helpful"`
	WrongJob   int       `json:"wrong_job"`
	WrongTopic int       `json:"wrong_topic"`
	NotEnough  int       `json:"not_enough"`
	Last       time.Time `json:"last"`
	Now        int       `json:"not_helpful_now"` // of NotHelpful, those on the content of today
}

// A Due page is past its review date.
type Due struct {
	Page     string `json:"page"`
	Title    string `json:"title"`
	File     string `json:"file"`
	Owner    string `json:"owner,omitempty"`
	ReviewBy string `json:"review_by"` // as written in the page
}

// An Exchange is a question and what a mentor said, both redacted.
type Exchange struct {
	ID       string    `json:"id"`
	Question string    `json:"question"`
	Answer   string    `json:"answer"`
	Role     string    `json:"role,omitempty"`
	Topic    string    `json:"topic,omitempty"`
	Answered time.Time `json:"answered"`
}

// Make works out the report.
func Make(ctx context.Context, in Input, find Finder) (*Report, error) {
	r := &Report{
		Made: in.Now.UTC(), Since: in.Since.UTC(), Knowledge: in.Corpus.Hash,
		Worst: worst(in), Overdue: overdue(in), Usage: usage(in), Exchanges: exchanges(in),
	}
	var err error
	r.Unanswered, err = groups(ctx, in, find)
	return r, err
}

// worst sums up the verdicts on each answer over the versions of the content, and
// leaves out those that nobody minded.
func worst(in Input) []Rated {
	sums := map[string]*Rated{}
	for _, t := range in.Tallies {
		s := sums[t.Passage]
		if s == nil {
			s = &Rated{Passage: t.Passage}
			if p := in.Corpus.Passage(t.Passage); p != nil {
				s.Title, s.File = title(p), p.Page.File
			}
			sums[t.Passage] = s
		}
		s.add(t, t.Knowledge == in.Corpus.Hash)
	}
	all := []Rated{}
	for _, s := range sums {
		if s.NotHelpful > 0 {
			all = append(all, *s)
		}
	}
	slices.SortFunc(all, func(a, b Rated) int {
		return cmp.Or(cmp.Compare(b.NotHelpful, a.NotHelpful), cmp.Compare(a.Helpful, b.Helpful), cmp.Compare(a.Passage, b.Passage))
	})
	return all
}

func (s *Rated) add(t bot.Tally, today bool) {
	s.NotHelpful += t.Counts[bot.NotHelpful]
	s.Helpful += t.Counts[bot.Helpful]
	s.WrongJob += t.Counts[bot.WrongJob]
	s.WrongTopic += t.Counts[bot.WrongTopic]
	s.NotEnough += t.Counts[bot.NotEnough]
	if today {
		s.Now += t.Counts[bot.NotHelpful]
	}
	if t.Last.After(s.Last) {
		s.Last = t.Last.UTC()
	}
}

// title names a passage for a maintainer.
func title(p *corpus.Passage) string { return p.Page.Title + ": " + p.Title }

// overdue lists the pages past their review date, the longest first.
func overdue(in Input) []Due {
	all := []Due{}
	for _, p := range in.Corpus.Pages {
		if !p.ReviewBy.IsZero() && p.ReviewBy.Before(in.Now) {
			all = append(all, Due{Page: p.ID, Title: p.Title, File: p.File, Owner: p.Owner, ReviewBy: p.ReviewBy.String()})
		}
	}
	slices.SortStableFunc(all, func(a, b Due) int { return cmp.Compare(a.ReviewBy, b.ReviewBy) })
	return all
}

func exchanges(in Input) []Exchange {
	all := []Exchange{}
	for _, q := range in.Exchanges {
		all = append(all, Exchange{ID: q.ID, Question: string(q.Text), Answer: q.Answer, Role: q.Role, Topic: q.Topic, Answered: q.Changed.UTC()})
	}
	return all
}
