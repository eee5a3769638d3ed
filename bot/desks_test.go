package bot_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/storetest"
	"careerbot/bot/router"
	"careerbot/bot/store"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// A replica is a process's desks over its own handle on the database.
type replica struct {
	*store.Store
	prefs    *bot.PreferenceBook
	feedback *bot.FeedbackDesk
	mentors  *bot.MentorDesk
}

func openReplica(t *testing.T, dir string, clock *storetest.Clock) *replica {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: dir, Now: clock.Now})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	r := &replica{Store: s}
	r.start(clock)
	return r
}

// start makes the desks anew, as a process that starts does.
func (r *replica) start(clock *storetest.Clock) {
	r.prefs = bot.NewPreferenceBook(r.Settings(), clock.Now)
	r.feedback = bot.NewFeedbackDesk(r.Feedback(), r.Claims())
	r.mentors = bot.NewMentorDesk(r.Mentors(), r.Outbox(), r.Claims(), r.prefs, clock.Now)
}

func replicas(t *testing.T) (here, there *replica, clock *storetest.Clock) {
	t.Helper()
	dir := t.TempDir()
	clock = storetest.NewClock()
	return openReplica(t, dir, clock), openReplica(t, dir, clock), clock
}

var (
	guild   = bot.Place{Platform: "discord", Workspace: "G1"}
	channel = bot.Place{Platform: "discord", Workspace: "G1", Channel: "C1", Thread: "H1"}
)

func question(person, text string) bot.Question {
	return bot.Question{Text: text, Place: channel, Person: person}
}

var declined = bot.Answer{Kind: bot.KindDecline, Reason: "unknown", Title: "I don't know that one"}

// withMentors sets a mentors' channel for the server.
func withMentors(t *testing.T, r *replica) {
	t.Helper()
	must(t, r.prefs.Decide(t.Context(), guild, bot.PreferMentorChannel, "C9"))
}

// round has the desk tell everyone there is to tell at this moment, as a process
// that starts does, and returns whom it told.
func (r *replica) round(t *testing.T, clock *storetest.Clock, tell func(bot.MentorQuestion) error) (told []bot.MentorQuestion) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	desk := bot.NewMentorDesk(r.Mentors(), lastLook{r.Outbox(), cancel}, r.Claims(), r.prefs, clock.Now)
	must(t, desk.Deliver(ctx, "discord", func(_ context.Context, q bot.MentorQuestion) error {
		told = append(told, q)
		return tell(q)
	}))
	return told
}

func works(bot.MentorQuestion) error { return nil }

// lastLook ends a desk after its first look into the outbox.
type lastLook struct {
	bot.Outbox
	end func()
}

func (l lastLook) Untold(ctx context.Context, platform string, max int) ([]bot.MentorQuestion, error) {
	defer l.end()
	return l.Outbox.Untold(ctx, platform, max)
}

func TestOneNoticeAcrossReplicas(t *testing.T) {
	here, there, _ := replicas(t)
	withMentors(t, here)
	q := question("anna", "can I, anna@example.org, work with a felony? call 555 123 4567")
	var notices atomic.Int64
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			m, isNew, err := []*replica{here, there}[i%2].mentors.Ask(t.Context(), "answer-1", q, declined, "thread:H1")
			if err != nil {
				t.Error(err)
			}
			if isNew {
				notices.Add(1)
			}
			if strings.Contains(string(m.Text), "@") || strings.Contains(string(m.Text), "555") {
				t.Errorf("not redacted: %q", m.Text)
			}
		})
	}
	wg.Wait()
	equal(t, "notices", notices.Load(), 1)

	_, isNew, err := there.mentors.Ask(t.Context(), "answer-1", question("bert", q.Text), declined, "thread:H1")
	must(t, err)
	equal(t, "another person's tap on the same answer is new", isNew, true)
	equal(t, "counted", here.mentors.Counts().Asked+there.mentors.Counts().Asked, 2)
}

func TestAMentorAnswers(t *testing.T) {
	here, there, clock := replicas(t)
	withMentors(t, here)
	ctx, cancel := context.WithCancel(t.Context())
	told := make(chan bot.MentorQuestion)
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := there.mentors.Deliver(ctx, "discord", func(_ context.Context, q bot.MentorQuestion) error { told <- q; return nil }); err != nil {
			t.Error(err)
		}
	})
	a := bot.Answer{Kind: bot.KindAnswer, Title: "Phlebotomist: Licensure", Roles: []string{"phlebotomist"}, Topics: []string{"licensure", "pay"}, ReadAs: "licensure · Phlebotomist"}
	m, isNew, err := here.mentors.Ask(ctx, "answer-1", question("anna", "does a felony stop me?"), a, "thread:H1")
	must(t, err)
	equal(t, "what mentors see", fmt.Sprint(isNew, m.Text, m.ReadAs, m.Role, m.Topic), fmt.Sprint(true, "does a felony stop me?", "licensure · Phlebotomist", "phlebotomist", "licensure"))

	mentorsPlace := bot.Place{Platform: "discord", Workspace: "G1", Channel: "C9"}
	if _, err := there.mentors.Claim(ctx, m.ID, mentorsPlace, "mia"); err != nil {
		t.Fatal(err)
	}
	_, err = here.mentors.Claim(ctx, m.ID, mentorsPlace, "noor")
	equal(t, "somebody else's claim", errors.Is(err, bot.ErrTaken), true)
	_, err = there.mentors.Answer(ctx, m.ID, mentorsPlace, "mia", " \n ")
	equal(t, "an empty answer", errors.Is(err, bot.ErrLimit), true)
	for range 2 { // the form is sent twice
		_, err = there.mentors.Answer(ctx, m.ID, mentorsPlace, "mia", "It depends on the state.\nAsk the board.")
		if err != nil && !errors.Is(err, bot.ErrTaken) {
			t.Fatal(err)
		}
	}
	got := <-told
	equal(t, "asker", got.Asker, "thread:H1")
	equal(t, "place", got.Place, channel)
	reply := bot.MentorReply(got)
	for _, want := range []string{"does a felony stop me?", "It depends on the state.", "Ask the board."} {
		if !strings.Contains(reply.Text(), want) {
			t.Errorf("%q is missing from %q", want, reply.Text())
		}
	}
	if !strings.Contains(reply.Notice, "A mentor") || !strings.Contains(reply.Notice, "not part of my reviewed content") {
		t.Errorf("the notice %q does not say whose words these are", reply.Notice)
	}
	cancel()
	wg.Wait()
	select {
	case q := <-told:
		t.Errorf("told twice: %+v", q.State)
	default:
	}
	clock.Advance(time.Hour)
	equal(t, "told again an hour later", len(here.round(t, clock, works)), 0)
	drafts, err := here.Drafts().Exchanges(t.Context(), clock.Now().Add(-2*time.Hour))
	must(t, err)
	equal(t, "drafts for maintainers", len(drafts), 1)
	equal(t, "without an asker", drafts[0].Asker+drafts[0].Person, "")
}

// A process that dies before it told the asker leaves it to another one.
func TestAskerIsToldOnceThoughAProcessDies(t *testing.T) {
	here, there, clock := replicas(t)
	withMentors(t, here)
	m, _, err := here.mentors.Ask(t.Context(), "answer-1", question("anna", "does a felony stop me?"), declined, "thread:H1")
	must(t, err)
	_, err = here.mentors.Answer(t.Context(), m.ID, guild, "mia", "No.")
	must(t, err) // and here dies: its desk never delivers

	equal(t, "at once", len(there.round(t, clock, works)), 0)
	clock.Advance(5 * time.Minute)
	dies := func(bot.MentorQuestion) error { return errors.New("died on the way") }
	equal(t, "by one that dies too", len(there.round(t, clock, dies)), 1)
	equal(t, "while its lease lasts", len(here.round(t, clock, works)), 0)
	clock.Advance(5*time.Minute - time.Second)
	equal(t, "a second before it ends", len(here.round(t, clock, works)), 0)
	clock.Advance(time.Second)
	got := here.round(t, clock, works)
	if len(got) != 1 || got[0].Answer != "No." || got[0].Asker != "thread:H1" {
		t.Fatalf("after it: %+v", got)
	}
	for range 3 {
		clock.Advance(6 * time.Minute)
		equal(t, "once more", len(here.round(t, clock, works))+len(there.round(t, clock, works)), 0)
	}
}

// Whoever cannot note that the asker knows does not tell again.
func TestToldIsRememberedWhileTheStorageIsNot(t *testing.T) {
	here, _, clock := replicas(t)
	withMentors(t, here)
	m, _, err := here.mentors.Ask(t.Context(), "answer-1", question("anna", "does a felony stop me?"), declined, "thread:H1")
	must(t, err)
	_, err = here.mentors.Answer(t.Context(), m.ID, guild, "mia", "No.")
	must(t, err)
	forgetful := &failsOnce{Outbox: here.Outbox()}
	told := 0
	desk := bot.NewMentorDesk(here.Mentors(), forgetful, here.Claims(), here.prefs, clock.Now)
	for range 3 {
		clock.Advance(6 * time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		forgetful.end = cancel
		must(t, desk.Deliver(ctx, "discord", func(context.Context, bot.MentorQuestion) error { told++; return nil }))
	}
	equal(t, "told", told, 1)
	equal(t, "failed to note it", forgetful.failed, true)
	equal(t, "noted in the end", forgetful.noted, 1)
}

type failsOnce struct {
	bot.Outbox
	end    func()
	failed bool
	noted  int
}

func (f *failsOnce) Untold(ctx context.Context, platform string, max int) ([]bot.MentorQuestion, error) {
	return lastLook{f.Outbox, f.end}.Untold(ctx, platform, max)
}

func (f *failsOnce) Told(ctx context.Context, id string) error {
	if !f.failed {
		f.failed = true
		return errors.New("away")
	}
	f.noted++
	return f.Outbox.Told(ctx, id)
}

func TestExpiryIsTold(t *testing.T) {
	here, there, clock := replicas(t)
	withMentors(t, here)
	m, _, err := here.mentors.Ask(t.Context(), "answer-1", question("anna", "does a felony stop me?"), declined, "thread:H1")
	must(t, err)
	clock.Advance(bot.MentorTTL - time.Minute)
	_, err = here.Sweep(t.Context())
	must(t, err)
	equal(t, "before seven days", len(there.round(t, clock, works)), 0)
	clock.Advance(time.Minute)
	_, err = here.Sweep(t.Context())
	must(t, err)
	got := there.round(t, clock, works)
	if len(got) != 1 || got[0].State != bot.MentorExpired || got[0].Asker != "thread:H1" {
		t.Fatalf("after seven days: %+v", got)
	}
	if reply := bot.MentorReply(got[0]); !strings.Contains(reply.Text(), "Nobody has answered your question in 7 days") {
		t.Errorf("the word to the asker: %q", reply.Text())
	}
	clock.Advance(time.Hour)
	equal(t, "told again", len(here.round(t, clock, works)), 0)
	_, err = here.mentors.Claim(t.Context(), m.ID, guild, "mia")
	equal(t, "claimed after that", errors.Is(err, bot.ErrNotFound), true)
}

func TestAPanicInOneDoesNotEndTheRest(t *testing.T) {
	here, _, clock := replicas(t)
	withMentors(t, here)
	for _, id := range []string{"1", "2"} {
		m, _, err := here.mentors.Ask(t.Context(), id, question("anna", "why "+id), declined, "dm")
		must(t, err)
		_, err = here.mentors.Answer(t.Context(), m.ID, guild, "mia", "No.")
		must(t, err)
		clock.Advance(time.Second)
	}
	clock.Advance(5 * time.Minute)
	n := 0
	equal(t, "tried", len(here.round(t, clock, func(bot.MentorQuestion) error {
		if n++; n == 1 {
			panic("a fault of the test")
		}
		return nil
	})), 2)
	clock.Advance(5 * time.Minute)
	equal(t, "left to tell", len(here.round(t, clock, works)), 1)
}

func TestMentorLimits(t *testing.T) {
	here, there, clock := replicas(t)
	withMentors(t, here)
	ask := func(r *replica, id, person string) error {
		_, _, err := r.mentors.Ask(t.Context(), id, question(person, "why"), declined, "dm")
		return err
	}
	limited := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, bot.ErrLimit) {
			t.Errorf("%s: %v", what, err)
		}
		if got := bot.MentorsRefused(err); !strings.Contains(got.Text(), "was not passed on") {
			t.Errorf("%s is told %q", what, got.Text())
		}
	}
	for i := range bot.MaxOpenQuestions {
		must(t, ask(here, fmt.Sprint("q", i), "anna"))
	}
	limited("one open question too many", ask(there, "one more", "anna"))
	must(t, ask(there, "q0", "anna")) // the same again is no new one

	for i := range bot.MaxPersonNotices + 1 {
		id := fmt.Sprint("b", i)
		if err := ask(here, id, "bert"); i == bot.MaxPersonNotices {
			limited("one too many in an hour", err)
			break
		} else if err != nil {
			t.Fatal(err)
		}
		m, _, err := here.mentors.Ask(t.Context(), id, question("bert", "why"), declined, "dm")
		must(t, err)
		_, err = here.mentors.Answer(t.Context(), m.ID, guild, "mia", "No.")
		must(t, err)
	}
	clock.Advance(time.Hour)
	must(t, ask(there, "an hour later", "bert"))
	for i := 1; i < bot.MaxWorkspaceNotices; i++ {
		must(t, ask([]*replica{here, there}[i%2], "w", fmt.Sprint("person", i)))
	}
	limited("one too many of the workspace", ask(there, "w", "the last one"))
	other := bot.Question{Text: "why", Person: "x", Place: bot.Place{Platform: "discord", Workspace: "G2", Channel: "C"}}
	must(t, here.prefs.Decide(t.Context(), other.Place, bot.PreferMentorChannel, "C8"))
	if _, isNew, err := here.mentors.Ask(t.Context(), "1", other, declined, "dm"); err != nil || !isNew {
		t.Errorf("another workspace's: %v %v", isNew, err)
	}
	equal(t, "refused", here.mentors.Counts().Refused+there.mentors.Counts().Refused, 3)
}

func TestWhatGoesToMentors(t *testing.T) {
	here, _, _ := replicas(t)
	human := bot.Answer{Kind: bot.KindMeta, Meta: "human", Title: "Asking a person"}
	a := declined
	if here.mentors.Offer(t.Context(), channel, &a) {
		t.Error("offered without mentors")
	}
	_, _, err := here.mentors.Ask(t.Context(), "1", question("anna", "why"), declined, "dm")
	equal(t, "asked without mentors", errors.Is(err, bot.ErrNotFound), true)
	withMentors(t, here)
	for _, tc := range []struct {
		a             bot.Answer
		offered, asks bool
	}{
		{declined, true, true},
		{bot.Answer{Kind: bot.KindDecline, Reason: "other-career"}, true, true},
		{bot.Answer{Kind: bot.KindDecline, Reason: "emergency"}, false, false},
		{bot.Answer{Kind: bot.KindDecline, Reason: "medical-advice"}, false, false},
		{bot.Answer{Kind: bot.KindDecline, Reason: "abuse"}, false, false},
		{human, true, true},
		{bot.Answer{Kind: bot.KindMeta, Meta: "help"}, false, true},
		{bot.Answer{Kind: bot.KindAnswer}, false, true}, // after "not helpful" somebody may still ask
	} {
		name := string(tc.a.Kind) + " " + tc.a.Reason + tc.a.Meta
		a := tc.a
		equal(t, "offered under "+name, here.mentors.Offer(t.Context(), channel, &a), tc.offered)
		if tc.a.Meta == "human" && !strings.Contains(a.Text(), "Ask a person") {
			t.Errorf("where there are mentors it says %q", a.Text())
		}
		_, _, err := here.mentors.Ask(t.Context(), "1", question("p"+name, "why"), tc.a, "dm")
		equal(t, "asked under "+name, err == nil, tc.asks)
	}
	dm := bot.Place{Platform: "discord", Channel: "D1"}
	equal(t, "offered in a direct message", here.mentors.Offered(t.Context(), dm), false)
	tapped := bot.Question{Choice: &bot.Choice{Topic: "pay"}, Place: channel, Person: "carl"}
	m, _, err := here.mentors.Ask(t.Context(), "1", tapped, bot.Answer{Kind: bot.KindAnswer, ReadAs: "pay · Phlebotomist"}, "dm")
	must(t, err)
	equal(t, "a tapped question's words", m.Text, "pay · Phlebotomist")
}

// A notice that could not be shown is given back, so that a second tap shows it.
func TestNotShown(t *testing.T) {
	here, _, _ := replicas(t)
	withMentors(t, here)
	ask := func() bool {
		t.Helper()
		m, isNew, err := here.mentors.Ask(t.Context(), "1", question("anna", "why"), declined, "dm")
		must(t, err)
		if isNew {
			here.mentors.NotShown(m)
		}
		return isNew
	}
	equal(t, "the first tap", ask(), true)
	equal(t, "the second tap", ask(), true)
}

// away is a process that starts while the database cannot be reached.
func away(t *testing.T) *store.Resilient {
	t.Helper()
	r, err := store.OpenResilient(t.Context(), store.Config{URL: "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", Keys: store.Secret(strings.Repeat("5f", 32))})
	must(t, err)
	t.Cleanup(func() { _ = r.Close() })
	if r.Ready() == nil {
		t.Fatal("the database that is not there is well")
	}
	return r
}

func TestStorageAway(t *testing.T) {
	r := away(t)
	fixed := settingsOf{guild: `{"mentor_channel":"C9"}`}
	prefs := bot.NewPreferenceBook(fixed, time.Now)
	desk := bot.NewMentorDesk(r.Mentors(), r.Outbox(), r.Claims(), prefs, time.Now)
	for range 2 { // it did not use anything up
		_, isNew, err := desk.Ask(t.Context(), "1", question("anna", "why"), declined, "dm")
		if err == nil || isNew || errors.Is(err, bot.ErrLimit) || errors.Is(err, bot.ErrNotFound) {
			t.Fatalf("new %v, error %v", isNew, err)
		}
		if got := bot.MentorsRefused(err); !strings.Contains(got.Text(), "your question was not passed on") {
			t.Errorf("the person is told %q", got.Text())
		}
	}
	_, err := desk.Answer(t.Context(), "1", guild, "mia", "No.")
	if got := bot.MentorRefused(err); err == nil || !strings.Contains(got.Text(), "nothing was saved or sent") {
		t.Errorf("the mentor is told %q (%v)", got.Text(), err)
	}
	if _, err := r.People().Forget(t.Context(), "somebody"); err == nil {
		t.Error("claimed to have deleted")
	}
	if got := bot.PrivacyAway(); !strings.Contains(got.Text(), "neither show nor surely delete") {
		t.Errorf("who wants to delete is told %q", got.Text())
	}
	real := bot.NewPreferenceBook(r.Settings(), time.Now)
	equal(t, "preferences", real.At(t.Context(), channel), bot.Preferences{})
	if err := real.Decide(t.Context(), guild, bot.PreferAnswers, "off"); err == nil {
		t.Error("claimed to have kept a decision")
	}
	equal(t, "preferences that were not kept", real.At(t.Context(), channel), bot.Preferences{})
	// Counts may be owed: nobody is told that they are kept.
	counted, err := bot.NewFeedbackDesk(r.Feedback(), r.Claims()).Give(t.Context(), channel, "anna", "roles/phlebotomist#pay", "h1", bot.Helpful)
	equal(t, "feedback that is owed", fmt.Sprint(counted, err), "true <nil>")
	equal(t, "owed", r.Health().Owed > 0, true)
}

type settingsOf map[bot.Place]string

func (s settingsOf) Load(_ context.Context, at bot.Place) ([]byte, error) { return []byte(s[at]), nil }
func (s settingsOf) Save(_ context.Context, at bot.Place, doc []byte) error {
	s[at] = string(doc)
	return nil
}

func TestFeedbackCountsAPersonOnce(t *testing.T) {
	here, there, clock := replicas(t)
	const passage = "roles/phlebotomist#pay.by-setting"
	for _, step := range []struct {
		r       *replica
		person  string
		verdict bot.Verdict
		want    bool
		why     string
	}{
		{here, "anna", bot.NotHelpful, true, "first"},
		{there, "anna", bot.NotHelpful, false, "again"},
		{there, "anna", bot.Helpful, false, "in another mind"},
		{there, "anna", bot.WrongJob, true, "a reason"},
		{here, "anna", bot.NotEnough, false, "a second reason"},
		{here, "bert", bot.Helpful, true, "somebody else"},
		{there, "bert", bot.NotHelpful, false, "in another mind"},
		{here, "bert", bot.WrongTopic, false, "a reason for what was helpful"},
		{here, "", bot.Helpful, true, "nobody known"},
		{here, "", bot.Helpful, true, "nobody known, again"},
	} {
		got, err := step.r.feedback.Give(t.Context(), channel, step.person, passage, "0123abcd", step.verdict)
		if err != nil || got != step.want {
			t.Errorf("%s %s, %s: counted %v %v, want %v", step.person, step.verdict, step.why, got, err, step.want)
		}
	}
	tallies, err := here.Feedback().Tallies(t.Context(), clock.Now().Add(-time.Hour))
	must(t, err)
	want := map[bot.Verdict]int{bot.NotHelpful: 1, bot.WrongJob: 1, bot.Helpful: 3}
	if len(tallies) != 1 || !reflect.DeepEqual(tallies[0].Counts, want) || tallies[0].Passage != passage {
		t.Errorf("tallies %+v, want %v", tallies, want)
	}
	if got, err := here.feedback.Give(t.Context(), channel, "anna", passage, "another hash", bot.Helpful); err == nil || got {
		t.Error("a hash with a space was taken")
	}
	counted, err := here.feedback.Give(t.Context(), channel, "anna", passage, "ffff", bot.Helpful)
	equal(t, "the passage as it reads later", fmt.Sprint(counted, err), "true <nil>")
	for _, bad := range []string{"", "my name is Anna", "Roles/x", strings.Repeat("a", 201)} {
		if _, err := here.feedback.Give(t.Context(), channel, "carl", bad, "h", bot.Helpful); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("passage %q: %v", bad, err)
		}
	}
	if _, err := here.feedback.Give(t.Context(), channel, "carl", passage, "h", "splendid"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("verdict: %v", err)
	}
}

func TestPreferences(t *testing.T) {
	here, there, clock := replicas(t)
	ctx := t.Context()
	must(t, here.Settings().Save(ctx, guild, []byte(`{"theirs":{"a":[1]},"answers":7,"role":"phlebotomist"}`)))
	equal(t, "of the channel", here.prefs.At(ctx, channel), bot.Preferences{Role: "phlebotomist"})
	must(t, here.prefs.Decide(ctx, guild, bot.PreferReplies, "public"))
	must(t, here.prefs.Decide(ctx, channel, bot.PreferReplies, "private"))
	must(t, here.prefs.Decide(ctx, guild, bot.PreferMentorChannel, "C9"))
	must(t, here.prefs.Decide(ctx, guild, bot.PreferMentorRole, "S_1"))
	equal(t, "channel over workspace", here.prefs.At(ctx, channel), bot.Preferences{Replies: "private", Role: "phlebotomist", MentorChannel: "C9", MentorRole: "S_1"})
	equal(t, "of the channel itself", here.prefs.Of(ctx, channel), bot.Preferences{Replies: "private"})
	equal(t, "of the workspace", here.prefs.At(ctx, guild), bot.Preferences{Replies: "public", Role: "phlebotomist", MentorChannel: "C9", MentorRole: "S_1"})
	must(t, here.prefs.Decide(ctx, channel, bot.PreferReplies, ""))
	equal(t, "taken back", here.prefs.At(ctx, channel).Replies, "public")
	doc, err := here.Settings().Load(ctx, guild)
	must(t, err)
	equal(t, "document", string(doc), `{"answers":7,"mentor_channel":"C9","mentor_role":"S_1","replies":"public","role":"phlebotomist","theirs":{"a":[1]}}`)
	doc, err = here.Settings().Load(ctx, bot.Place{Platform: "discord", Workspace: "G1", Channel: "C1"})
	must(t, err)
	equal(t, "nothing is left", doc == nil, true)

	equal(t, "elsewhere", there.prefs.At(ctx, channel).Replies, "public")
	must(t, here.prefs.Decide(ctx, guild, bot.PreferReplies, "private"))
	equal(t, "elsewhere, at first", there.prefs.At(ctx, channel).Replies, "public")
	clock.Advance(30 * time.Second)
	equal(t, "elsewhere, half a minute later", there.prefs.At(ctx, channel).Replies, "private")

	for _, bad := range [][2]string{{"theirs", "x"}, {bot.PreferAnswers, "maybe"}, {bot.PreferRole, "a b"}, {bot.PreferMentorChannel, "<@1>"}} {
		if err := here.prefs.Decide(ctx, guild, bad[0], bad[1]); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	if err := here.prefs.Decide(ctx, bot.Place{Platform: "discord"}, bot.PreferAnswers, "on"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("outside a workspace: %v", err)
	}
	var none *bot.PreferenceBook
	equal(t, "without a book", none.At(ctx, channel), bot.Preferences{})
}

// Two decisions at once must both stand.
func TestDecisionsAtOnce(t *testing.T) {
	here, _, _ := replicas(t)
	var wg sync.WaitGroup
	for _, d := range [][2]string{{bot.PreferAnswers, "off"}, {bot.PreferReplies, "public"}, {bot.PreferRole, "mlt"}, {bot.PreferMentorChannel, "C9"}} {
		wg.Go(func() {
			if err := here.prefs.Decide(t.Context(), guild, d[0], d[1]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, "all of them", here.prefs.Of(t.Context(), guild), bot.Preferences{Answers: "off", Replies: "public", Role: "mlt", MentorChannel: "C9"})
}

func TestPrivacy(t *testing.T) {
	here, there, clock := replicas(t)
	withMentors(t, here)
	who := bot.PersonKey(channel, "anna")
	kept, err := here.People().Export(t.Context(), who)
	must(t, err)
	none := bot.ShowKept(kept)
	equal(t, "of a stranger", none.Text(), "Nothing at the moment.")

	must(t, here.Conversations().Save(t.Context(), bot.ConversationKey(channel, "anna"), router.Context{Subjects: []string{"roles/phlebotomist"}, Topic: "pay"}))
	_, _, err = here.mentors.Ask(t.Context(), "1", question("anna", "does a felony stop me?"), declined, "dm")
	must(t, err)
	kept, err = there.People().Export(t.Context(), who)
	must(t, err)
	shown := bot.ShowKept(kept)
	for _, want := range []string{"pay · phlebotomist", "does a felony stop me?", clock.Now().Format("2 January 2006"), "waiting for a mentor"} {
		if !strings.Contains(shown.Text(), want) {
			t.Errorf("%q is missing from %q", want, shown.Text())
		}
	}
	n, err := there.People().Forget(t.Context(), who)
	must(t, err)
	forgotten := bot.Forgotten(n)
	equal(t, "deleted", strings.HasPrefix(forgotten.Text(), "Done: 2 records of yours are gone."), true)
	kept, err = here.People().Export(t.Context(), who)
	must(t, err)
	equal(t, "after that", len(kept.Conversations)+len(kept.Questions), 0)
}
