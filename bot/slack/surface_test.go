package slack

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"careerbot/bot"
	"careerbot/bot/bottest/fakeslack"
)

// button finds the first element of a message whose action id starts so.
func find(t testing.TB, args map[string]any, prefix string) map[string]any {
	t.Helper()
	for _, a := range fakeslack.Actions(args) {
		if id, _ := a["action_id"].(string); strings.HasPrefix(id, prefix) {
			return a
		}
	}
	t.Fatalf("no element %q", prefix)
	return nil
}

// asArgs reads a JSON body as the arguments of a call.
func asArgs(t testing.TB, body []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("%v: %.100s", err, body)
	}
	return m
}

// ephemeralAnswer asks by command and returns the message.
func (r *rig) ephemeralAnswer(text string) map[string]any {
	r.t.Helper()
	res, err := r.inlet.Command(r.t.Context(), r.Command("C1", "U1", text))
	if err != nil || len(res.Body) == 0 {
		r.t.Fatalf("status %d, %v", res.Status, err)
	}
	return asArgs(r.t, res.Body)
}

func TestCommandWords(t *testing.T) {
	r := start(t, false, nil)
	for _, text := range []string{"", "  ", "help", "HELP!", "about", "Privacy", "help me choose", "compare MLT vs MLS", "define CLIA", "x &amp; y"} {
		if _, err := r.inlet.Command(t.Context(), r.Command("C1", "U1", text)); err != nil {
			t.Fatal(err)
		}
	}
	type asked struct{ text, topic string }
	var got []asked
	for _, q := range r.asker.questions() {
		a := asked{text: q.Text}
		if q.Choice != nil {
			a = asked{topic: string(q.Choice.Kind) + ":" + q.Choice.Topic}
		}
		got = append(got, a)
	}
	want := []asked{
		{topic: "meta:help"}, {topic: "meta:help"}, {topic: "meta:help"}, {topic: "meta:help"}, {topic: "meta:about"}, {topic: "meta:privacy"},
		{text: "help me choose"}, {text: "compare MLT vs MLS"}, {text: "define CLIA"}, {text: "x & y"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("asked\n%v, want\n%v", got, want)
	}
}

func TestEmptyMentionGetsHelp(t *testing.T) {
	r := start(t, false, nil)
	r.event(r.Mention("C1", "", "U1", ""))
	r.awaitCalls("chat.postMessage", 1)
	if q := r.asker.questions()[0]; q.Choice == nil || q.Choice.Topic != "help" {
		t.Errorf("asked %+v", q)
	}
}

func TestFollowUpsAreAnsweredWhereTheyWereTapped(t *testing.T) {
	for _, tc := range []struct {
		name, channel, thread, id string
		private                   bool
		wantType, wantThread      any
		wantReplace               bool
	}{
		{"ephemeral", "C1", "", actAsk, true, ephemeral, nil, false},
		{"ephemeral, another reading", "C1", "", actChange, true, ephemeral, nil, true},
		{"direct message", "D1", "", actAsk, false, inChannel, nil, false},
		{"direct message, another reading", "D1", "", actChange, false, inChannel, nil, true},
		{"thread", "C1", "1700000000.000900", actAsk, false, inChannel, "1700000000.000900", false},
		{"thread, another reading", "C1", "1700000000.000900", actChange, false, inChannel, "1700000000.000900", false},
		{"shared answer", "C1", "", actAsk, false, ephemeral, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := start(t, false, nil)
			el := find(t, r.ephemeralAnswer("pay"), tc.id)
			tap := r.Tap(tc.channel, tc.thread, "U2", tc.private, el)
			if body := r.interaction(tap); len(body) != 0 {
				t.Errorf("acknowledged with %q", body)
			}
			r.awaitCalls("response_url", 1)
			got := r.Posts(tap["response_url"].(string))
			if len(got) != 1 {
				t.Fatalf("%d posts", len(got))
			}
			a := got[0].Args
			if a["response_type"] != tc.wantType || a["thread_ts"] != tc.wantThread || a["replace_original"] != tc.wantReplace {
				t.Errorf("type %v, thread %v, replace %v", a["response_type"], a["thread_ts"], a["replace_original"])
			}
			q := r.asker.questions()[1]
			if q.Choice == nil || q.Choice.Subjects[0] != "phlebotomist" || q.Person != "U2" || q.Place.Thread != tc.thread {
				t.Errorf("asked %+v", q)
			}
		})
	}
}

func TestClarifyingChoiceIsReplacedByItsAnswer(t *testing.T) {
	r := start(t, true, nil)
	d := r.Send("slash_commands", fakeslack.CommandJSON(r.Command("C1", "U1", "clarify")))
	<-d.Acked()
	tap := r.Tap("C1", "", "U1", true, find(t, asArgs(t, d.Ack()), actPick))
	<-r.Send("interactive", tap).Acked()
	r.awaitCalls("response_url", 1)
	if got := r.Posts(tap["response_url"].(string)); got[0].Args["replace_original"] != true {
		t.Error("the question stays")
	}
}

func TestHostileButtonsAreToldKindly(t *testing.T) {
	r := start(t, false, nil)
	for i, value := range []string{"", "q0|x", "q1|%zz", strings.Repeat("q1|", 500), "../../etc/passwd", "\x00"} {
		tap := r.Tap("C1", "", "U1", true, map[string]any{"type": "button", "action_id": "ask:0", "value": value})
		r.interaction(tap)
		call := r.awaitCalls("response_url", i+1)[i]
		if !strings.Contains(call.Text(), "earlier version") || call.Args["response_type"] != ephemeral {
			t.Errorf("%q: said %q", value, call.Text())
		}
	}
	for _, id := range []string{"", "unknown", "share", "feedback"} {
		r.interaction(r.Tap("C1", "", "U1", true, map[string]any{"type": "button", "action_id": id, "value": "x"}))
	}
	if n := len(r.asker.questions()); n != 0 {
		t.Errorf("%d questions asked", n)
	}
}

func TestShare(t *testing.T) {
	r := start(t, false, nil)
	share := find(t, r.ephemeralAnswer("pay"), actShare)
	tap := r.Tap("C1", "", "U1", true, share)
	r.interaction(tap)
	r.awaitCalls("response_url", 1)
	got := r.Posts(tap["response_url"].(string))
	if len(got) != 1 || got[0].Args["response_type"] != inChannel || got[0].Args["replace_original"] != false {
		t.Fatalf("posted %v", got)
	}
	if s := got[0].JSON(); strings.Contains(s, actShare) {
		t.Error("the shared answer has a share button")
	}
	// The same button again, and a third time at once.
	for range 2 {
		again := r.Tap("C1", "", "U1", true, share)
		again["container"] = tap["container"]
		r.interaction(again)
	}
	stale := map[string]any{"type": "button", "action_id": actShare, "value": "s1|000000000000||t|pay"}
	last := r.Tap("C1", "", "U1", true, stale)
	r.interaction(last)
	r.awaitCalls("response_url", 2)
	calls := r.Calls("response_url")
	if len(calls) != 2 || !strings.Contains(calls[1].Text(), "changed") || calls[1].Args["response_type"] != ephemeral {
		t.Errorf("%d posts; an answer that reads otherwise must not be shared", len(calls))
	}
}

func TestChannelWithoutThreadsIsAnsweredInPlace(t *testing.T) {
	r := start(t, false, nil)
	r.Script("chat.postMessage", fakeslack.Reply{Error: "restricted_action_non_threadable_channel"})
	r.event(r.Mention("C1", "", "U1", "pay"))
	calls := r.awaitCalls("chat.postMessage", 1)
	if len(calls) != 2 || calls[1].Args["thread_ts"] != nil {
		t.Errorf("%d calls", len(calls))
	}
}

func TestMessageShortcutAnswersPrivately(t *testing.T) {
	r := start(t, false, nil)
	p := r.Interactive("message_action", "U1")
	p["callback_id"], p["channel"] = callAnswer, map[string]any{"id": "C1"}
	p["message"] = map[string]any{"type": "message", "user": "U9", "text": "what is the pay &lt;here&gt;", "ts": "1700000000.000800"}
	p["response_url"] = r.ResponseURL()
	r.interaction(p)
	r.awaitCalls("response_url", 1)
	got := r.Posts(p["response_url"].(string))
	if len(got) != 1 || got[0].Args["response_type"] != ephemeral {
		t.Fatalf("posted %v", got)
	}
	if q := r.asker.questions()[0]; q.Text != "what is the pay <here>" || q.Person != "U1" {
		t.Errorf("asked %+v", q)
	}
	value, _ := find(t, got[0].Args, actShare)["value"].(string)
	if !strings.Contains(value, "|1700000000.000800|") {
		t.Errorf("shared outside the message's thread: %q", value)
	}
}

func TestAskForm(t *testing.T) {
	r := start(t, false, nil)
	p := r.Interactive("shortcut", "U1")
	p["callback_id"] = callAsk
	r.interaction(p)
	view := r.awaitCalls("views.open", 1)[0].Args["view"].(map[string]any)
	if view["callback_id"] != callForm {
		t.Fatalf("opened %v", view["callback_id"])
	}

	opts := r.Interactive("block_suggestion", "U1")
	opts["action_id"], opts["block_id"], opts["value"] = actJob, blockJob, "phl"
	body := r.interaction(opts)
	if err := r.CheckReply("options_response", body); err != nil || !bytes.Contains(body, []byte("phlebotomist")) {
		t.Errorf("%s: %v", body, err)
	}
	opts["value"] = "zzz"
	if body := r.interaction(opts); string(body) != `{"options":[]}` {
		t.Errorf("no hits: %s", body)
	}

	words := func(s string) map[string]any {
		return map[string]any{blockWords: map[string]any{actWords: map[string]any{"type": "plain_text_input", "value": s}}}
	}
	job := map[string]any{actJob: map[string]any{"type": "external_select",
		"selected_option": map[string]any{"value": "phlebotomist", "text": map[string]any{"text": "Phlebotomist"}}}}
	for _, tc := range []struct {
		name   string
		values map[string]any
		want   string
	}{
		{"words", words("pay"), `"response_action":"update"`}, {"nothing", words("  "), `"errors"`},
		{"only a job", map[string]any{blockJob: job}, `"update"`}, {"both", map[string]any{blockJob: job, blockWords: words("hours")[blockWords]}, `"update"`},
		{"a comparison", words("compare a b"), `"update"`},
	} {
		body := r.interaction(r.Submit("U1", callForm, "V1", tc.values))
		if err := r.CheckReply("view_response", body); err != nil || !bytes.Contains(body, []byte(tc.want)) {
			t.Errorf("%s: %v, %.200s", tc.name, err, body)
		}
	}
	qs := r.asker.questions()
	if qs[1].Choice == nil || qs[1].Choice.Subjects[0] != "phlebotomist" || qs[2].Text != "hours (Phlebotomist)" {
		t.Errorf("asked %+v", qs)
	}
}

func TestSlowFormShowsThatItWorks(t *testing.T) {
	r := start(t, false, nil)
	r.asker.hold = make(chan struct{})
	values := map[string]any{blockWords: map[string]any{actWords: map[string]any{"value": "pay"}}}
	body := r.interaction(r.Submit("U1", callForm, "V7", values))
	if !bytes.Contains(body, []byte("One moment")) {
		t.Errorf("answered %.100s", body)
	}
	close(r.asker.hold)
	call := r.awaitCalls("views.update", 1)[0]
	if call.Args["view_id"] != "V7" || !strings.Contains(call.JSON(), "45,230") {
		t.Errorf("updated %s", call.JSON())
	}
}

func TestFollowUpInsideAModalStaysThere(t *testing.T) {
	r := start(t, false, nil)
	v := result(new(samples["answer"]))
	el := find(t, asArgs(t, encode(v)), actAsk)
	r.interaction(r.TapView("U1", "modal", "V5", "h1", el))
	if call := r.awaitCalls("views.update", 1)[0]; call.Args["view_id"] != "V5" || call.Args["hash"] != "h1" {
		t.Errorf("updated %v", call.Args["view_id"])
	}
}

func TestHomeTab(t *testing.T) {
	r := start(t, false, nil, func(c *Config) {
		c.About = func() bot.About {
			return bot.About{Jobs: 2, Credentials: 1, Terms: 30, Figures: 40, Sources: 5, NewestData: "June 2026", Changed: []bot.Change{
				{Title: "Phlebotomist", Reviewed: "November 22, 2026", Open: choice("Phlebotomist", "phlebotomist", "overview")},
			}}
		}
	})
	r.event(r.HomeOpened("U1", "home"))
	call := r.awaitCalls("views.publish", 1)[0]
	view := call.Args["view"].(map[string]any)
	golden(t, "home", view)
	r.event(r.HomeOpened("U1", "home")) // within the minute, unless it just turned
	r.event(r.HomeOpened("U1", "messages"))
	r.event(r.HomeOpened("U2", "home"))
	r.Await("the other person's tab", func() bool {
		return slices.ContainsFunc(r.Calls("views.publish"), func(c fakeslack.Call) bool { return c.OK && c.Args["user_id"] == "U2" })
	})
	if n := len(r.Calls("views.publish")); n > 3 {
		t.Errorf("published %d times", n)
	}

	r.interaction(r.TapView("U1", "home", "V9", "h", find(t, view, actSearch)))
	if v := r.awaitCalls("views.open", 1)[0].Args["view"].(map[string]any); v["callback_id"] != callForm {
		t.Errorf("search opens %v", v["callback_id"])
	}
	r.interaction(r.TapView("U1", "home", "V9", "h", find(t, view, actAsk)))
	if v := r.awaitCalls("views.open", 2)[1].Args["view"].(map[string]any); v["callback_id"] != callResult {
		t.Errorf("a topic opens %v", v["callback_id"])
	}
}

func TestUnknownCallbacksAreAcknowledged(t *testing.T) {
	r := start(t, false, nil)
	for _, typ := range []string{"shortcut", "message_action", "view_submission", "view_closed", "workflow_step_edit", "dialog_submission"} {
		p := r.Interactive(typ, "U1")
		p["callback_id"], p["view"] = "somebody_else", map[string]any{"callback_id": "somebody_else"}
		if body := r.interaction(p); len(body) != 0 {
			t.Errorf("%s: %s", typ, body)
		}
	}
	if n := len(r.Calls()); n != 1 {
		t.Errorf("%d calls besides auth.test", n-1)
	}
}

func TestEveryDocumentedErrorOfAPostIsSurvived(t *testing.T) {
	s := start(t, false, nil)
	n := 0
	for code, c := range classes {
		s.Forget()
		s.Script("chat.postMessage", fakeslack.Reply{Error: code})
		s.event(s.Mention("C1", "", "U1", "pay"))
		want := 1
		if c == classContent || noThread(&apiError{code: code}) {
			want = 2
		}
		s.Await(code, func() bool { return len(s.Calls("chat.postMessage")) >= want })
		n++
	}
	if n < 150 {
		t.Errorf("only %d codes", n)
	}
}
