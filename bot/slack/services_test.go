package slack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakeslack"
	"careerbot/bot/store"
)

// openStore opens a real database in a folder.
func openStore(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{Dir: dir, Keys: store.Secret(strings.Repeat("ab", 32)), Now: time.Now, Log: discard()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// services gives an adapter every service over a real database.
func services(s *store.Store) func(*Config) {
	prefs := bot.NewPreferenceBook(s.Settings(), time.Now)
	return func(c *Config) {
		c.Preferences, c.People, c.Inbox = prefs, s.People(), s.Inbox()
		c.Feedback = bot.NewFeedbackDesk(s.Feedback(), s.Claims())
		c.Mentors = bot.NewMentorDesk(s.Mentors(), s.Outbox(), s.Claims(), prefs, time.Now)
		c.Managers = []string{"UBOSS"}
	}
}

func startServed(t testing.TB) (*rig, *store.Store) {
	s := openStore(t, t.TempDir())
	return start(t, false, s.Claims(), services(s)), s
}

// tapped taps an element and returns what came to its response URL.
func (r *rig) tapped(channel, thread, user string, private bool, el map[string]any) fakeslack.Call {
	r.t.Helper()
	tap := r.Tap(channel, thread, user, private, el)
	r.interaction(tap)
	url := tap["response_url"].(string)
	r.Await("what came of a tap", func() bool { return len(r.Posts(url)) > 0 })
	return r.Posts(url)[0]
}

func TestFeedback(t *testing.T) {
	r, s := startServed(t)
	r.event(r.Mention("C1", "", "U1", "pay"))
	helpful := find(t, r.awaitCalls("chat.postMessage", 1)[0].Args, actFeedback)
	if got := r.tapped("C1", "1700000000.000900", "U2", false, helpful); got.Args["response_type"] != ephemeral || got.Args["replace_original"] != false {
		t.Errorf("said %s", got.JSON())
	}
	not := find(t, r.ephemeralAnswer("pay"), actFeedback+"-")
	asks := r.tapped("C1", "", "U3", true, not)
	golden(t, "feedback_reasons", asks.Args)
	thanks := r.tapped("C1", "", "U3", true, find(t, asks.Args, actReason+"2"))
	if thanks.Args["replace_original"] != true || thanks.Args["response_type"] != ephemeral {
		t.Errorf("the question for a reason stays: %s", thanks.JSON())
	}
	r.tapped("C1", "", "U3", true, not) // a second verdict of the same person counts nothing
	tallies, err := s.Feedback().Tallies(t.Context(), time.Time{})
	if err != nil || len(tallies) != 1 || tallies[0].Passage != "roles/phlebotomist#pay" {
		t.Fatalf("%+v, %v", tallies, err)
	}
	if c := tallies[0].Counts; c[bot.Helpful] != 1 || c[bot.NotHelpful] != 1 || c[bot.NotEnough] != 1 {
		t.Errorf("counted %v", c)
	}
	for _, value := range []string{"f1|helpful", "f1|best|x|y", "f1|helpful|<@U1>|y", "f0|helpful|x|y"} {
		if got := r.tapped("C1", "", "U4", true, map[string]any{"action_id": actFeedback, "value": value}); !strings.Contains(got.Text(), "earlier version") {
			t.Errorf("%q: %s", value, got.Text())
		}
	}
}

// mentored makes a channel the mentors' one.
func (r *rig) mentored(channel string) {
	r.t.Helper()
	at := bot.Place{Platform: platform, Workspace: fakeslack.Team}
	if err := r.adapter.cfg.Preferences.Decide(r.t.Context(), at, bot.PreferMentorChannel, channel); err != nil {
		r.t.Fatal(err)
	}
}

// in waits for the n-th message in a channel.
func (r *rig) in(channel string, n int) fakeslack.Call {
	r.t.Helper()
	var all []fakeslack.Call
	r.Await(fmt.Sprintf("message %d in %s", n, channel), func() bool {
		all = nil
		for _, c := range r.Calls("chat.postMessage") {
			if c.OK && c.Args["channel"] == channel {
				all = append(all, c)
			}
		}
		return len(all) >= n
	})
	return all[n-1]
}

func TestAskAPerson(t *testing.T) {
	for _, tc := range []struct {
		name    string
		thread  string
		private bool
		told    string // channel of the answer
	}{
		{"privately, told by direct message", "", true, "U1"},
		{"in a thread, told there", "1700000000.000900", false, "C1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, _ := startServed(t)
			declined := r.ephemeralAnswer("decline my question")
			if strings.Contains(fmt.Sprint(declined), "Ask a person") {
				t.Error("offered although there are no mentors")
			}
			r.mentored("CMENTORS")
			declined = r.ephemeralAnswer("decline is there a job with horses")
			person := find(t, declined, actPerson)
			tap := r.Tap("C1", tc.thread, "U1", tc.private, person)
			r.interaction(tap)
			r.awaitCalls("response_url", 1)
			notice := r.in("CMENTORS", 1)
			if s := notice.JSON(); !strings.Contains(s, "horses") || strings.Contains(s, "U1") {
				t.Errorf("the mentors see %s", s)
			}
			golden(t, "mentor_notice", blocksOf(t, notice))
			again := r.Tap("C1", tc.thread, "U1", tc.private, person)
			again["container"] = tap["container"]
			r.interaction(again) // the same question
			r.awaitCalls("response_url", 2)

			claim := r.Tap("CMENTORS", "", "UMENTOR", false, find(t, notice.Args, actClaim))
			r.interaction(claim)
			form := r.awaitCalls("views.open", 1)[0].Args["view"].(map[string]any)
			if !strings.Contains(fmt.Sprint(form), "horses") {
				t.Error("the form does not show the question")
			}
			r.Await("the notice to say so", func() bool { return len(r.Posts(claim["response_url"].(string))) == 1 })
			taken := r.tapped("CMENTORS", "", "UOTHER", false, find(t, notice.Args, actClaim))
			if !strings.Contains(taken.JSON(), "Somebody else has it") {
				t.Errorf("a second mentor: %s", taken.Text())
			}
			sub := func(words string) []byte {
				p := r.Submit("UMENTOR", callMentor, "V1", map[string]any{blockWords: map[string]any{actWords: map[string]any{"value": words}}})
				p["view"].(map[string]any)["private_metadata"] = form["private_metadata"]
				return r.interaction(p)
			}
			if body := sub("  "); !bytes.Contains(body, []byte(`"errors"`)) {
				t.Errorf("an empty answer: %s", body)
			}
			body := sub("Try <!channel> a *stable*.")
			if err := r.CheckReply("view_response", body); err != nil || !bytes.Contains(body, []byte("Thank you")) {
				t.Errorf("%s: %v", body, err)
			}
			told := r.in(tc.told, 1)
			if s := told.JSON(); !strings.Contains(s, "stable") || !strings.Contains(s, "not part of my reviewed content") || mrkdwnIndex(s, "<!") >= 0 {
				t.Errorf("told %s", s)
			}
			if tc.thread != "" && told.Args["thread_ts"] != tc.thread {
				t.Errorf("told in thread %v", told.Args["thread_ts"])
			}
			if up := r.awaitCalls("chat.update", 1)[0]; up.Args["channel"] != "CMENTORS" || strings.Contains(up.JSON(), actClaim) {
				t.Errorf("the notice becomes %s", up.JSON())
			}
			if n := len(r.Calls("chat.postMessage")); n != 2 {
				t.Errorf("%d messages, want the notice and the answer", n)
			}
		})
	}
}

// blocksOf is a message without ids that differ from run to run.
func blocksOf(t *testing.T, c fakeslack.Call) any {
	args := maps.Clone(c.Args)
	id := find(t, args, actClaim)["value"].(string)
	raw := strings.ReplaceAll(string(encode(args)), id, "m1|ID")
	return json.RawMessage(raw)
}

func TestSomebodyWhoAsksForAPersonIsAskedWhatFor(t *testing.T) {
	r, _ := startServed(t)
	r.mentored("CMENTORS")
	human := bot.Answer{Kind: bot.KindMeta, Meta: "human", Title: "Asking a person", Blocks: sentence("I'm a program.")}
	samples["human"] = human
	defer delete(samples, "human")
	r.interaction(r.Tap("C1", "", "U1", true, find(t, r.ephemeralAnswer("human please"), actPerson)))
	form := r.awaitCalls("views.open", 1)[0].Args["view"].(map[string]any)
	p := r.Submit("U1", callPerson, "V1", map[string]any{blockWords: map[string]any{actWords: map[string]any{"value": "decline my night shifts"}}})
	p["view"].(map[string]any)["private_metadata"] = form["private_metadata"]
	if body := r.interaction(p); !bytes.Contains(body, []byte("Passed on")) {
		t.Errorf("told %s", body)
	}
	if s := r.in("CMENTORS", 1).JSON(); !strings.Contains(s, "night shifts") {
		t.Errorf("the mentors see %s", s)
	}
}

func TestMentorsWhoCannotBeReachedAreNotPromised(t *testing.T) {
	r, _ := startServed(t)
	r.mentored("CMENTORS")
	el := find(t, r.ephemeralAnswer("decline it"), actPerson)
	r.Script("chat.postMessage", fakeslack.Reply{Error: "not_in_channel"})
	tap := r.Tap("C1", "", "U1", true, el)
	r.interaction(tap)
	r.awaitCalls("response_url", 1)
	if got := r.Posts(tap["response_url"].(string))[0]; strings.Contains(got.JSON(), "Passed on") {
		t.Errorf("told %s", got.JSON())
	}
	again := r.Tap("C1", "", "U1", true, el)
	again["container"] = tap["container"]
	r.interaction(again)
	r.in("CMENTORS", 1)
}

func TestPrivacy(t *testing.T) {
	r, _ := startServed(t)
	samples["privacy"] = bot.Privacy(true)
	a := samples["privacy"]
	a.Meta = "privacy"
	samples["privacy"] = a
	defer delete(samples, "privacy")
	shown := r.ephemeralAnswer("privacy please")
	forget := find(t, shown, actForget)
	if !strings.Contains(fmt.Sprint(shown), "confirm") {
		t.Error("deletion is not confirmed")
	}
	if got := r.tapped("C1", "", "U1", true, find(t, shown, actKept)); got.Args["response_type"] != ephemeral || !strings.Contains(got.JSON(), "Nothing at the moment") {
		t.Errorf("shown %s", got.JSON())
	}
	r.mentored("CMENTORS")
	r.tapped("C1", "", "U1", true, find(t, r.ephemeralAnswer("decline about horses"), actPerson))
	if got := r.tapped("C1", "", "U1", true, find(t, shown, actKept)); !strings.Contains(got.JSON(), "horses") {
		t.Errorf("shown %s", got.JSON())
	}
	if got := r.tapped("C1", "", "U1", true, forget); !strings.Contains(got.JSON(), "1 record of yours is gone") {
		t.Errorf("said %s", got.JSON())
	}
	if got := r.tapped("C1", "", "U1", true, find(t, shown, actKept)); !strings.Contains(got.JSON(), "Nothing at the moment") {
		t.Errorf("afterwards %s", got.JSON())
	}
}

// submitSettings opens the form in a channel and submits it with choices by
// block id.
func (r *rig) submitSettings(channel, user string, choose map[string]string) (form map[string]any, body []byte, cmd string) {
	r.t.Helper()
	n := len(r.Calls("views.open"))
	c := r.Command(channel, user, "settings")
	if res, err := r.inlet.Command(r.t.Context(), c); err != nil || res.Status != 200 {
		r.t.Fatal(res.Status, err)
	}
	form = r.awaitCalls("views.open", n+1)[n].Args["view"].(map[string]any)
	values := map[string]any{}
	for block, value := range choose {
		values[block] = map[string]any{"x": map[string]any{"type": "static_select", "selected_option": map[string]any{"value": value, "text": map[string]any{"text": value}}}}
	}
	p := r.Submit(user, callSettings, "V1", values)
	p["view"].(map[string]any)["private_metadata"] = form["private_metadata"]
	return form, r.interaction(p), c.Get("response_url")
}

func TestSettings(t *testing.T) {
	r, _ := startServed(t)
	form, body, url := r.submitSettings("C1", "U1", map[string]string{
		ofChannel + bot.PreferReplies: "public", ofChannel + bot.PreferRole: "phlebotomist",
		ofWorkspace + bot.PreferAnswers: "off", // not theirs to say
	})
	golden(t, "settings", form["blocks"])
	if len(body) != 0 {
		t.Errorf("submitted: %s", body)
	}
	said := r.Posts(url)
	r.Await("the channel to be told", func() bool { said = r.Posts(url); return len(said) == 1 })
	if said[0].Args["response_type"] != inChannel || !strings.Contains(said[0].Text(), "<@U1>") || !strings.Contains(said[0].Text(), "everybody") || strings.Contains(said[0].Text(), "workspace") {
		t.Errorf("told %s", said[0].Text())
	}
	got := r.ephemeralAnswer("pay")
	if got["response_type"] != inChannel || strings.Contains(fmt.Sprint(got), actShare) {
		t.Errorf("answered %v", got["response_type"])
	}
	qs := r.asker.questions()
	if qs[len(qs)-1].Role != "phlebotomist" {
		t.Errorf("asked %+v", qs[len(qs)-1])
	}

	// Off: nobody is answered there, everybody is told; elsewhere all is as before.
	r.submitSettings("C1", "U1", map[string]string{ofChannel + bot.PreferAnswers: "off"})
	asked := len(r.asker.questions())
	if got := r.ephemeralAnswer("pay"); !strings.Contains(fmt.Sprint(got["text"]), "switched off") || got["response_type"] != ephemeral {
		t.Errorf("answered %v", got)
	}
	r.event(r.Mention("C1", "", "U1", "pay"))
	if call := r.awaitCalls("chat.postEphemeral", 1)[0]; call.Args["user"] != "U1" || !strings.Contains(call.Text(), "switched off") {
		t.Errorf("told %s", call.JSON())
	}
	if n := len(r.asker.questions()); n != asked {
		t.Error("asked although it is off")
	}
	r.event(r.Mention("C2", "", "U1", "pay"))
	r.event(r.DM("D1", "U1", "pay"))
	r.awaitCalls("chat.postMessage", 2)

	// A manager decides for the workspace, mentors' channel included.
	form, _, _ = r.submitSettings("C3", "UBOSS", map[string]string{ofWorkspace + bot.PreferMentorChannel: "C3", ofWorkspace + bot.PreferAnswers: "off"})
	golden(t, "settings_manager", form["blocks"])
	if p := r.adapter.cfg.Preferences.At(t.Context(), bot.Place{Platform: platform, Workspace: fakeslack.Team, Channel: "C9"}); p.Answers != "off" || p.MentorChannel != "C3" {
		t.Errorf("decided %+v", p)
	}
	r.submitSettings("C3", "UBOSS", map[string]string{ofWorkspace + bot.PreferAnswers: undecided})
	if p := r.adapter.cfg.Preferences.At(t.Context(), bot.Place{Platform: platform, Workspace: fakeslack.Team}); p.Answers != "" || p.MentorChannel != "C3" {
		t.Errorf("decided %+v", p)
	}
}

func TestReadMore(t *testing.T) {
	r := start(t, false, nil)
	long := sampleFor("answer")
	long.Blocks = nil
	for i := range 40 {
		long.Blocks = append(long.Blocks, bot.Block{Kind: bot.Paragraph, Spans: text(fmt.Sprintf("Part %d. %s", i, strings.Repeat("word ", 60)))})
	}
	samples["long"] = long
	defer delete(samples, "long")
	msg := r.ephemeralAnswer("long one")
	if strings.Contains(fmt.Sprint(msg), "Part 39.") {
		t.Error("nothing is cut")
	}
	r.interaction(r.Tap("C1", "", "U1", true, find(t, msg, actMore)))
	if view := r.awaitCalls("views.open", 1)[0]; !strings.Contains(view.JSON(), "Part 39.") {
		t.Error("the modal does not hold the rest")
	}
	qs := r.asker.questions()
	if !qs[len(qs)-1].Again {
		t.Error("counted twice")
	}
}
