package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"careerbot/bot"
)

func feedback(t *testing.T, s Subject, c *Clock) {
	ctx, book := t.Context(), s.Feedback()
	const pay, exam = "roles/phlebotomist#pay", "roles/phlebotomist#exam"
	record := func(passage, knowledge string, vs ...bot.Verdict) {
		t.Helper()
		for _, v := range vs {
			must(t, book.Record(ctx, passage, knowledge, v))
		}
	}
	record(pay, "h1", bot.Helpful, bot.Helpful, bot.NotHelpful, bot.WrongJob)
	record(pay, "h2", bot.Helpful)
	began := c.Now()
	c.Advance(time.Hour)
	record(exam, "h1", bot.NotHelpful, bot.NotHelpful, bot.NotEnough)
	is(t, "an unknown verdict", book.Record(ctx, pay, "h1", "splendid"), bot.ErrNotFound)

	all := value(book.Tallies(ctx, began))(t)
	if len(all) != 3 || all[0].Passage != exam || all[1].Passage != pay || all[1].Knowledge != "h1" {
		t.Fatalf("got %+v, want exam, pay of h1, pay of h2", all)
	}
	for _, row := range []struct {
		tally bot.Tally
		want  map[bot.Verdict]int
	}{
		{all[0], map[bot.Verdict]int{bot.NotHelpful: 2, bot.NotEnough: 1}},
		{all[1], map[bot.Verdict]int{bot.Helpful: 2, bot.NotHelpful: 1, bot.WrongJob: 1}},
		{all[2], map[bot.Verdict]int{bot.Helpful: 1}},
	} {
		for _, v := range bot.Verdicts {
			equal(t, fmt.Sprintf("%s of %s: %s", row.tally.Passage, row.tally.Knowledge, v), row.tally.Counts[v], row.want[v])
		}
	}
	equal(t, "last", all[0].Last, c.Now())
	equal(t, "tallies of the last hour", len(value(book.Tallies(ctx, began.Add(time.Minute)))(t)), 1)

	together(100, func(int) {
		if err := book.Record(ctx, pay, "h3", bot.Helpful); err != nil {
			t.Error(err)
		}
	})
	all = value(book.Tallies(ctx, began))(t)
	i := slices.IndexFunc(all, func(t bot.Tally) bool { return t.Knowledge == "h3" })
	if i < 0 || all[i].Counts[bot.Helpful] != 100 {
		t.Errorf("100 at once were counted as %+v", all)
	}
}

func usage(t *testing.T, s Subject, c *Clock) {
	ctx, u := t.Context(), s.Usage()
	pay := bot.Use{Platform: "slack", Role: "phlebotomist", Topic: "pay", Kind: bot.KindAnswer}
	help := bot.Use{Platform: "discord", Kind: bot.KindMeta}
	count := func(use bot.Use, n int) {
		t.Helper()
		for range n {
			must(t, u.Count(ctx, use))
		}
	}
	first := c.Now()
	count(help, 1)
	count(pay, 3)
	c.Advance(24 * time.Hour)
	count(pay, 2)
	c.Advance(24 * time.Hour)
	count(help, 1)

	got := value(u.Uses(ctx, first, c.Now()))(t)
	want := []bot.UseCount{
		{Use: pay, Day: "2027-03-14", Count: 3}, {Use: help, Day: "2027-03-14", Count: 1},
		{Use: pay, Day: "2027-03-15", Count: 2}, {Use: help, Day: "2027-03-16", Count: 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	second := first.Add(24 * time.Hour)
	if got := value(u.Uses(ctx, second, second))(t); !slices.Equal(got, want[2:3]) {
		t.Errorf("the second day: %+v, want %+v", got, want[2:3])
	}
}

func unanswered(t *testing.T, s Subject, c *Clock) {
	ctx, u := t.Context(), s.Unanswered()
	note := func(text, nearest string) {
		t.Helper()
		must(t, u.Note(ctx, bot.Redact(text), "unknown", nearest))
	}
	first := c.Now()
	note("Can I bring my dog?", "")
	note("what is a perfusionist", "roles/surgical-technologist#overview")
	c.Advance(time.Hour)
	note("can i bring my DOG?", "guides/first-day#rules")
	last := c.Now()

	got := value(u.Questions(ctx, time.Time{}, 10))(t)
	if len(got) != 2 {
		t.Fatalf("got %+v, want two questions", got)
	}
	dog := got[0]
	equal(t, "count", dog.Count, 2)
	equal(t, "text", dog.Text, "Can I bring my dog?")
	equal(t, "nearest", dog.Nearest, "guides/first-day#rules")
	equal(t, "reason", dog.Reason, "unknown")
	equal(t, "first", dog.First, first)
	equal(t, "last", dog.Last, last)
	equal(t, "at most one", len(value(u.Questions(ctx, time.Time{}, 1))(t)), 1)
	equal(t, "since the last", len(value(u.Questions(ctx, last, 10))(t)), 1)

	c.Advance(bot.UnansweredTTL - time.Minute)
	equal(t, "on the thirtieth day", len(value(u.Questions(ctx, time.Time{}, 10))(t)), 1)
	c.Advance(2 * time.Minute)
	equal(t, "past its time, not yet swept", len(value(u.Questions(ctx, time.Time{}, 10))(t)), 0)
}

// hostile: whatever text comes, a port keeps it or says no; it does not stop
// working.
func hostile(t *testing.T, s Subject, _ *Clock) {
	ctx := t.Context()
	for i, text := range []string{
		"\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", strings.Repeat("é", 3000), strings.Repeat("\xff", 5000), "'; DROP TABLE claims; --",
		"\u202e\u2066", "$1 ?1 :a @b", strings.Repeat("𝕏", 300),
	} {
		place := bot.Place{Platform: text, Workspace: text, Channel: text}
		must(t, s.Conversations().Save(ctx, text+":"+text, value(s.Conversations().Load(ctx, text))(t)))
		must(t, s.Installations().Save(ctx, text, []byte(text)))
		if got := value(s.Installations().Find(ctx, text))(t); string(got) != text {
			t.Errorf("an installation of %.20q became %.20q", text, got)
		}
		must(t, s.Settings().Save(ctx, place, []byte(`"x"`)))
		if got := value(s.Settings().Load(ctx, place))(t); string(got) != `"x"` {
			t.Errorf("the settings at %.20q are %q", text, got)
		}
		must(t, s.Feedback().Record(ctx, text, text, bot.Helpful))
		must(t, s.Usage().Count(ctx, bot.Use{Platform: text, Role: text, Topic: text, Kind: bot.Kind(text)}))
		must(t, s.Unanswered().Note(ctx, bot.Redacted(text), text, text))
		value(s.Leases().Acquire(ctx, text, text, time.Minute))(t)
		id := fmt.Sprint(i, text)
		q := bot.MentorQuestion{ID: id, Place: place, Text: bot.Redacted(text), ReadAs: text, Role: text, Topic: text, Asker: text}
		value(s.Mentors().Ask(ctx, q))(t)
		value(s.Mentors().Answer(ctx, id, text, text))(t)
		value(s.People().Forget(ctx, text))(t)
	}
	equal(t, "claims still work", value(s.Claims().Claim(ctx, "k"))(t), true)
}
