package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/router"
)

// asked is a question for a mentor.
func asked(id, person string) bot.MentorQuestion {
	place := bot.Place{Platform: "slack", Workspace: "T1", Channel: "D0DIRECT", Thread: "17.5"}
	return bot.MentorQuestion{
		ID: id, Place: place, Text: bot.Redact("does a felony stop me?"), ReadAs: "licensure · phlebotomist", Role: "phlebotomist", Topic: "licensure",
		Person: bot.PersonKey(place, person), Asker: "dm:" + person,
	}
}

func mentorAsk(t *testing.T, s Subject, c *Clock) {
	ctx, m, there := t.Context(), s.Mentors(), s.Another(t).Mentors()
	equal(t, "new", value(m.Ask(ctx, asked("q1", "anna")))(t), true)
	equal(t, "again", value(m.Ask(ctx, asked("q1", "anna")))(t), false)
	equal(t, "again, elsewhere", value(there.Ask(ctx, asked("q1", "anna")))(t), false)
	for i := 2; i <= bot.MaxOpenQuestions; i++ {
		equal(t, "further", value(m.Ask(ctx, asked(fmt.Sprint("q", i), "anna")))(t), true)
	}
	_, err := m.Ask(ctx, asked("q9", "anna"))
	is(t, "too many", err, bot.ErrLimit)
	equal(t, "the first one again", value(m.Ask(ctx, asked("q1", "anna")))(t), false)
	equal(t, "somebody else's", value(m.Ask(ctx, asked("q10", "bert")))(t), true)
	value(m.Answer(ctx, "q1", "mia", "Ask your state board."))(t)
	equal(t, "one is answered, one may be asked", value(m.Ask(ctx, asked("q11", "anna")))(t), true)

	var added atomic.Int64
	together(20, func(i int) {
		ok, err := []bot.Mentors{m, there}[i%2].Ask(ctx, asked("q12", "carl"))
		if err != nil {
			t.Error(err)
		}
		if ok {
			added.Add(1)
		}
	})
	equal(t, "notices for one question", added.Load(), 1)
}

func mentorClaim(t *testing.T, s Subject, c *Clock) {
	ctx, m, there := t.Context(), s.Mentors(), s.Another(t).Mentors()
	_, err := m.Claim(ctx, "q1", "mia")
	is(t, "unknown", err, bot.ErrNotFound)
	value(m.Ask(ctx, asked("q1", "anna")))(t)
	c.Advance(time.Minute)
	q := value(there.Claim(ctx, "q1", "mia"))(t)
	want := asked("q1", "anna")
	want.State, want.Mentor, want.Asked, want.Changed = bot.MentorClaimed, "mia", c.Now().Add(-time.Minute), c.Now()
	equal(t, "the claimed question", q, want)

	_, err = m.Claim(ctx, "q1", "noor")
	is(t, "held", err, bot.ErrTaken)
	_, err = m.Answer(ctx, "q1", "noor", "No.")
	is(t, "answer to what another holds", err, bot.ErrTaken)
	c.Advance(bot.MentorHold - time.Minute)
	value(m.Claim(ctx, "q1", "mia"))(t) // extends
	c.Advance(bot.MentorHold - time.Minute)
	_, err = m.Claim(ctx, "q1", "noor")
	is(t, "held longer", err, bot.ErrTaken)
	c.Advance(time.Minute)
	equal(t, "who has it after the hold", value(m.Claim(ctx, "q1", "noor"))(t).Mentor, "noor")
	_, err = m.Claim(ctx, "q1", "mia")
	is(t, "lost", err, bot.ErrTaken)
}

func mentorAnswer(t *testing.T, s Subject, c *Clock) {
	ctx, m := t.Context(), s.Mentors()
	value(m.Ask(ctx, asked("q1", "anna")))(t)
	_, err := m.Answer(ctx, "q1", "mia", strings.Repeat("x", bot.MaxMentorAnswerBytes+1))
	is(t, "too long", err, bot.ErrLimit)
	const words = "Hi Anna,\nit depends on the state: call 555 123 4567."
	q := value(m.Answer(ctx, "q1", "mia", words))(t) // an open one needs no claim
	equal(t, "state", q.State, bot.MentorAnswered)
	equal(t, "answer", q.Answer, words)
	equal(t, "asker", q.Asker, "dm:anna")
	equal(t, "thread", q.Place.Thread, "17.5")
	equal(t, "the same again", value(m.Answer(ctx, "q1", "mia", words))(t).Answer, words)
	_, err = m.Answer(ctx, "q1", "mia", "Something else.")
	is(t, "another answer", err, bot.ErrTaken)
	_, err = m.Answer(ctx, "q1", "noor", words)
	is(t, "another mentor", err, bot.ErrTaken)
	_, err = m.Claim(ctx, "q1", "mia")
	is(t, "claim of what is answered", err, bot.ErrTaken)
}

func mentorExpiry(t *testing.T, s Subject, c *Clock) {
	ctx, m := t.Context(), s.Mentors()
	value(m.Ask(ctx, asked("open", "anna")))(t)
	value(m.Ask(ctx, asked("claimed", "bert")))(t)
	value(m.Ask(ctx, asked("answered", "carl")))(t)
	value(m.Claim(ctx, "claimed", "mia"))(t)
	value(m.Answer(ctx, "answered", "mia", "Yes."))(t)
	must(t, s.Outbox().Told(ctx, "answered"))

	c.Advance(bot.MentorTTL)
	for _, id := range []string{"open", "claimed"} {
		_, err := m.Claim(ctx, id, "mia")
		is(t, "past its time, not yet swept", err, bot.ErrNotFound)
	}
	must(t, s.Sweep(ctx))
	got := value(s.Outbox().Untold(ctx, "slack", 10))(t)
	if len(got) != 2 {
		t.Fatalf("to be told: %+v, want the open and the claimed one", got)
	}
	for _, q := range got {
		equal(t, "state of "+q.ID, q.State, bot.MentorExpired)
		equal(t, "address of "+q.ID, q.Asker, map[string]string{"open": "dm:anna", "claimed": "dm:bert"}[q.ID])
	}
	_, err := m.Answer(ctx, "open", "mia", "Too late.")
	is(t, "answer to what expired", err, bot.ErrNotFound)
}

// mentorRace: of many mentors in two processes one gets the question.
func mentorRace(t *testing.T, s Subject, _ *Clock) {
	ctx, both := t.Context(), []bot.Mentors{s.Mentors(), s.Another(t).Mentors()}
	value(both[0].Ask(ctx, asked("q1", "anna")))(t)
	var won atomic.Int64
	together(20, func(i int) {
		_, err := both[i%2].Claim(ctx, "q1", fmt.Sprint("mentor", i))
		switch {
		case err == nil:
			won.Add(1)
		case !errors.Is(err, bot.ErrTaken):
			t.Error(err)
		}
	})
	equal(t, "mentors with the question", won.Load(), 1)
}

func outbox(t *testing.T, s Subject, c *Clock) {
	ctx, m, out, there := t.Context(), s.Mentors(), s.Outbox(), s.Another(t).Outbox()
	ids := func(qs []bot.MentorQuestion) (s string) {
		for _, q := range qs {
			s += q.ID + " "
		}
		return s
	}
	for i := range 2 {
		id := fmt.Sprint("q", i)
		value(m.Ask(ctx, asked(id, "anna")))(t)
		value(m.Answer(ctx, id, "mia", "Yes."))(t)
		c.Advance(time.Second)
	}
	// Who answered tells the asker at once; only if they do not, somebody else does.
	equal(t, "at once", ids(value(out.Untold(ctx, "slack", 10))(t)), "")
	c.Advance(5 * time.Minute)
	equal(t, "of another platform", ids(value(out.Untold(ctx, "discord", 10))(t)), "")
	equal(t, "at most one", ids(value(out.Untold(ctx, "slack", 1))(t)), "q0 ")
	got := value(there.Untold(ctx, "slack", 10))(t)
	equal(t, "the other", ids(got), "q1 ")
	equal(t, "its address", got[0].Asker, "dm:anna")
	equal(t, "its answer", got[0].Answer, "Yes.")
	equal(t, "while others have them", ids(value(out.Untold(ctx, "slack", 10))(t)), "")
	must(t, there.Told(ctx, "q1"))
	must(t, there.Told(ctx, "q1"))
	must(t, there.Told(ctx, "unknown"))
	c.Advance(6 * time.Minute)
	equal(t, "of one who died", ids(value(out.Untold(ctx, "slack", 10))(t)), "q0 ")
	equal(t, "kept of who was told", len(value(s.People().Export(ctx, asked("", "anna").Person))(t).Questions), 1)

	value(m.Ask(ctx, asked("open", "bert")))(t)
	must(t, out.Told(ctx, "open")) // nothing was told yet
	equal(t, "an open question's address", value(m.Claim(ctx, "open", "mia"))(t).Asker, "dm:bert")

	c.Advance(6 * time.Minute)
	var handed sync.Map
	together(8, func(i int) {
		qs, err := []bot.Outbox{out, there}[i%2].Untold(ctx, "slack", 10)
		if err != nil {
			t.Error(err)
		}
		for _, q := range qs {
			if _, twice := handed.LoadOrStore(q.ID, true); twice {
				t.Errorf("%s was handed out twice", q.ID)
			}
		}
	})
}

func drafts(t *testing.T, s Subject, c *Clock) {
	ctx, m := t.Context(), s.Mentors()
	value(m.Ask(ctx, asked("q1", "anna")))(t)
	value(m.Ask(ctx, asked("q2", "bert")))(t)
	value(m.Answer(ctx, "q1", "mia", "My name is Mia.\nCall 555 123 4567 about clinicals."))(t)
	before := c.Now()
	c.Advance(time.Minute)
	value(m.Answer(ctx, "q2", "mia", "Yes."))(t)
	got := value(s.Drafts().Exchanges(ctx, before))(t)
	if len(got) != 2 || got[0].ID != "q2" {
		t.Fatalf("got %+v, want q2 and q1", got)
	}
	q := got[1]
	equal(t, "answer", q.Answer, "My name is [name]\nCall [number] about clinicals.")
	equal(t, "what leads to people", q.Asker+q.Person+q.Mentor+q.Place.Channel+q.Place.Thread, "")
	equal(t, "what it is about", q.Role+" "+q.Topic+" "+string(q.Text), "phlebotomist licensure does a felony stop me?")
	equal(t, "since the last", len(value(s.Drafts().Exchanges(ctx, c.Now()))(t)), 1)
	must(t, s.Outbox().Told(ctx, "q1"))
	equal(t, "after the asker is forgotten", len(value(s.Drafts().Exchanges(ctx, before))(t)), 2)
}

func people(t *testing.T, s Subject, c *Clock) {
	ctx, p := t.Context(), s.People()
	place := bot.Place{Platform: "slack", Workspace: "T1", Channel: "C1"}
	anna, bert := bot.PersonKey(place, "anna"), bot.PersonKey(place, "bert")
	kept := func(person string, conversations, questions int) {
		t.Helper()
		k := value(p.Export(ctx, person))(t)
		equal(t, "conversations", len(k.Conversations), conversations)
		equal(t, "questions", len(k.Questions), questions)
	}
	kept(anna, 0, 0)
	for _, person := range []string{"anna", "bert"} {
		for _, channel := range []string{"C1", "C2"} {
			at := place
			at.Channel = channel
			must(t, s.Conversations().Save(ctx, bot.ConversationKey(at, person), router.Context{Topic: channel}))
			c.Advance(time.Second)
		}
		value(s.Mentors().Ask(ctx, asked("q-"+person, person)))(t)
	}
	kept(anna, 2, 1)
	k := value(p.Export(ctx, anna))(t)
	equal(t, "what is in play", k.Conversations[0].Topic+k.Conversations[1].Topic, "C1C2")
	equal(t, "the question", k.Questions[0].Text, asked("", "").Text)
	equal(t, "its channel", k.Questions[0].Place.Channel, "D0DIRECT")

	equal(t, "forgotten", value(p.Forget(ctx, anna))(t), 3)
	equal(t, "forgotten again", value(p.Forget(ctx, anna))(t), 0)
	equal(t, "nobody", value(p.Forget(ctx, ""))(t), 0)
	kept(anna, 0, 0)
	kept("", 0, 0)
	kept(bert, 2, 1)
	if got := value(s.Conversations().Load(ctx, bot.ConversationKey(place, "anna")))(t); !got.Equal(router.Context{}) {
		t.Errorf("anna's conversation is still there: %+v", got)
	}
	_, err := s.Mentors().Claim(ctx, "q-anna", "mia")
	is(t, "the forgotten question", err, bot.ErrNotFound)

	value(s.Mentors().Claim(ctx, "q-bert", "mia"))(t)
	equal(t, "a mentor's own", value(p.Forget(ctx, "mia"))(t), 1)
	q := value(s.Mentors().Claim(ctx, "q-bert", "noor"))(t)
	equal(t, "who has it now", q.Mentor, "noor")
}

// retention: everything goes when its time has come, and not before.
func retention(t *testing.T, s Subject, c *Clock) {
	ctx := t.Context()
	place := bot.Place{Platform: "slack", Workspace: "T1", Channel: "C1"}
	anna := bot.PersonKey(place, "anna")
	began := c.Now()
	must(t, s.Conversations().Save(ctx, bot.ConversationKey(place, "anna"), router.Context{Topic: "pay"}))
	value(s.Claims().Claim(ctx, "k"))(t)
	must(t, s.Feedback().Record(ctx, "p", "h", bot.Helpful))
	must(t, s.Usage().Count(ctx, bot.Use{Platform: "slack"}))
	must(t, s.Unanswered().Note(ctx, "why", "unknown", ""))
	must(t, s.Settings().Save(ctx, place, []byte(`{}`)))
	must(t, s.Installations().Save(ctx, "slack/T1", []byte("token")))
	value(s.Mentors().Ask(ctx, asked("answered", "anna")))(t)
	value(s.Mentors().Answer(ctx, "answered", "mia", "Yes."))(t)
	value(s.Mentors().Ask(ctx, asked("open", "anna")))(t)

	state := func() string {
		t.Helper()
		k := value(s.People().Export(ctx, anna))(t)
		return fmt.Sprint(len(k.Conversations), len(k.Questions), len(value(s.Unanswered().Questions(ctx, began, 9))(t)),
			len(value(s.Drafts().Exchanges(ctx, began))(t)), len(value(s.Feedback().Tallies(ctx, began))(t)), len(value(s.Usage().Uses(ctx, began, began))(t)))
	}
	for _, step := range []struct {
		after time.Duration
		want  string // conversations, questions, unanswered, drafts, feedback, usage
	}{
		{time.Minute, "1 2 1 1 1 1"},
		{bot.ConversationTTL, "0 2 1 1 1 1"},
		{bot.MentorTTL + time.Minute, "0 2 1 1 1 1"}, // one has expired, and its asker may be told
		{bot.MentorTTL + bot.MentorGrace, "0 0 1 1 1 1"},
		{bot.UnansweredTTL, "0 0 0 0 1 1"},
		{bot.TallyTTL - time.Hour, "0 0 0 0 1 1"},
		{bot.TallyTTL + 24*time.Hour, "0 0 0 0 0 0"},
	} {
		c.Advance(began.Add(step.after).Sub(c.Now()))
		must(t, s.Sweep(ctx))
		equal(t, fmt.Sprint("kept after ", step.after), state(), step.want)
	}
	equal(t, "settings", string(value(s.Settings().Load(ctx, place))(t)), "{}")
	equal(t, "installation", string(value(s.Installations().Find(ctx, "slack/T1"))(t)), "token")
	equal(t, "an old claim", value(s.Claims().Claim(ctx, "k"))(t), true)
}
