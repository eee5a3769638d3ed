package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"careerbot/bot/bottest/fakeslack"
)

// slackWays is the table's column for Slack.
var slackWays = map[string]way{
	"Ask in plain words": {how: "`/career` and the question", show: func(p *parties) {
		p.holds(p.slackCommand("how much do phlebotomists make").JSON(), "45,230", "ephemeral")
	}},
	"Ask by mentioning the bot": {how: "mention; the answer is in the thread", show: func(p *parties) {
		m := p.slack.Mention(p.channel(), "", p.user(), "what does an MLT do")
		call := p.slackEvent(m)
		if call.Args["thread_ts"] != m["event"].(map[string]any)["ts"] {
			p.Errorf("answered in thread %v", call.Args["thread_ts"])
		}
		p.holds(call.JSON(), "laboratory")
	}},
	"Ask in a direct message": {how: "direct message", show: func(p *parties) {
		p.holds(p.slackEvent(p.slack.DM(p.dm(), p.user(), "what does an MLT do")).JSON(), "laboratory")
	}},
	"A short follow-up in a direct message keeps what was talked about": {how: "direct message", show: func(p *parties) {
		p.slackEvent(p.slack.DM(p.dm(), p.user(), "what does a phlebotomist do"))
		p.holds(p.slackEvent(p.slack.DM(p.dm(), p.user(), "and the pay?")).JSON(), "45,230")
	}},
	"Ask about somebody's message": {how: "message menu, *Answer this*", show: func(p *parties) {
		m := p.slack.Interactive("message_action", p.user())
		m["callback_id"], m["channel"] = "answer_this", map[string]any{"id": p.channel()}
		m["message"] = map[string]any{"type": "message", "user": "U9", "text": "how much do phlebotomists make", "ts": "1700000000.000100"}
		p.holds(p.slackInteract(m).JSON(), "45,230", "ephemeral")
	}},
	"Ask in a form": {how: "shortcut *Ask about a career*", show: func(p *parties) {
		m := p.slack.Interactive("shortcut", p.user())
		m["callback_id"] = "ask"
		before := len(p.slack.Calls("views.open"))
		p.acked("interactive", m)
		p.slack.Await("the form", func() bool { return len(p.slack.Calls("views.open")) > before })
		values := map[string]any{"words": map[string]any{"words": map[string]any{"type": "plain_text_input", "value": "phlebotomist pay"}}}
		p.holds(string(p.acked("interactive", p.slack.Submit(p.user(), "ask_form", "V1", values))), "45,230", `"update"`)
	}},
	"Names of jobs complete while typing": {how: "in the form", show: func(p *parties) {
		m := p.slack.Interactive("block_suggestion", p.user())
		m["action_id"], m["block_id"], m["value"] = "job", "job", "phleb"
		p.holds(string(p.acked("interactive", m)), "Phlebotomist")
	}},
	"Compare two jobs": {how: "`/career compare A vs B`, or in plain words", show: func(p *parties) {
		p.holds(p.slackCommand("compare MLT vs MLS").JSON(), `"table"`, "Medical laboratory scientist")
	}},
	"The way from one job to another": {how: "`/career path from A to B`", show: func(p *parties) {
		p.holds(p.slackCommand("path from phlebotomist to MLT").JSON(), "Phlebotomist to", "two years")
	}},
	"Jobs that fit a person": {how: "`/career match` and what they like", show: func(p *parties) {
		p.holds(p.slackCommand("match what jobs suit me, no patients").JSON(), "patients")
	}},
	"What a term means": {how: "`/career define CLIA`", show: func(p *parties) {
		p.holds(p.slackCommand("define CLIA").JSON(), "federal law")
	}},
	"State rules": {how: "`/career license` with job and state", show: func(p *parties) {
		p.holds(p.slackCommand("license phlebotomist California").JSON(), "California", "licens")
	}},
	"Help":    {how: "`/career help`", show: func(p *parties) { p.holds(p.slackCommand("help").JSON(), "plain words") }},
	"About":   {how: "`/career about`", show: func(p *parties) { p.holds(p.slackCommand("about").JSON(), "reviewed by a person") }},
	"Privacy": {how: "`/career privacy`", show: func(p *parties) { p.holds(p.slackCommand("privacy").JSON(), "keep") }},
	"Tap a follow-up question": {how: "buttons", show: func(p *parties) {
		p.holds(p.slackTap(p.slackCommand("what does a phlebotomist do"), "ask:").JSON(), "Read as")
	}},
	"Tap an answer to a question of the bot's": {how: "buttons; the question is replaced", show: func(p *parties) {
		got := p.slackTap(p.slackCommand("lab tech pay"), "pick:")
		p.holds(got.JSON(), `"replace_original": true`, "Read as")
	}},
	"Change what was understood": {how: "menu; the answer is replaced", show: func(p *parties) {
		got := p.slackTap(p.slackCommand("phlebotomist pay"), "change")
		p.holds(got.JSON(), `"replace_original": true`, "Read as")
	}},
	"Share a private answer": {how: "button *Share here*", show: func(p *parties) {
		p.holds(p.slackTap(p.slackCommand("phlebotomist pay"), "share").JSON(), "in_channel", "45,230")
	}},
	"Say whether an answer helped": {how: "buttons under every answer", show: func(p *parties) {
		p.holds(p.slackVerdict("helpful").JSON(), "Thank you", "ephemeral")
	}},
	"Say why it did not, in one tap": {how: "buttons after *Not helpful*", show: func(p *parties) {
		asks := p.slackVerdict("not-helpful")
		p.holds(p.slackTap(asks, "reason:1").JSON(), "Thank you", `"replace_original": true`)
	}},
	"Hand a question to a person": {how: "button *Ask a person* under declines, and when somebody asks for one", show: func(p *parties) {
		p.slackMentors()
		p.holds(p.slackTap(p.slackCommand("what does a zorblatt operator earn on the moon"), "person").JSON(), "Passed on to mentors")
		p.holds(p.slackLast("CMENTORS").JSON(), "zorblatt", "Claim")
		p.slackElement(p.slackCommand("talk to a person"), "person")
	}},
	"A mentor takes it and the asker is told the answer": {how: "button *Claim* and a form; told in the thread or by direct message", show: func(p *parties) {
		p.slackMentors()
		p.slackTap(p.slackCommand("what does a zorblatt operator earn on mars"), "person")
		notice := p.slackLast("CMENTORS")
		before := len(p.slack.Calls("views.open"))
		p.slackInteract(p.slack.Tap("CMENTORS", "", "UMENTOR", false, p.slackElement(notice, "claim")))
		view := p.slack.Calls("views.open")[before].Args["view"].(map[string]any)
		form := p.slack.Submit("UMENTOR", "mentor_form", "V1", map[string]any{"words": map[string]any{"words": map[string]any{"value": "Nobody knows yet."}}})
		form["view"].(map[string]any)["private_metadata"] = view["private_metadata"]
		p.holds(string(p.acked("interactive", form)), "Thank you")
		p.slack.Await("the asker to be told", func() bool { return p.slackSaid(p.user()) > 0 })
		p.holds(p.slackLast(p.user()).JSON(), "Nobody knows yet.", "zorblatt", "not part of my reviewed content")
	}},
	"See and delete what is kept about oneself": {how: "buttons of `/career privacy`; deletion asks back", show: func(p *parties) {
		p.slackEvent(p.slack.DM(p.dm(), p.user(), "what does a phlebotomist do"))
		page := p.slackCommand("privacy")
		// On a slow disk what is kept may still be on its way.
		until(p.T, "shown", func() bool { return strings.Contains(p.slackTap(page, "kept").JSON(), "phlebotomist") })
		p.holds(p.slackTap(page, "forget").JSON(), "elete")
		until(p.T, "deleted", func() bool { return strings.Contains(p.slackTap(page, "kept").JSON(), "Nothing at the moment") })
	}},
	"Settings of a place": {how: "`/career settings`: a channel's members, and managers of the workspace", show: func(p *parties) {
		until(p.T, "switched off", func() bool {
			p.slackSettings(p.user(), map[string]string{"channel_answers": "off"})
			return strings.Contains(p.slackCommand("phlebotomist pay").JSON(), "switched off")
		})
		until(p.T, "switched on, in public", func() bool {
			p.slackSettings(p.user(), map[string]string{"channel_answers": "-", "channel_replies": "public"})
			got := p.slackCommand("phlebotomist pay").JSON()
			return strings.Contains(got, "in_channel") && strings.Contains(got, "45,230")
		})
	}},
	"A place about one job": {how: "`/career settings`", show: func(p *parties) {
		p.slackSettings(p.user(), map[string]string{"channel_role": "phlebotomist"})
		p.holds(p.slackCommand("what does it pay").JSON(), "45,230")
	}},
	"A page of the bot's own": {how: "App Home", show: func(p *parties) {
		before := len(p.slack.Calls("views.publish"))
		p.acked("events_api", p.slack.HomeOpened(p.user(), "home"))
		p.slack.Await("the page", func() bool { return len(p.slack.Calls("views.publish")) > before })
		p.holds(p.slack.Calls("views.publish")[before].JSON(), "Popular topics", "Ask a question", "What changed", "newest figures")
	}},
	"Pictures beside figures": {how: "charts that Slack draws, of pay and growth; ladders in words", show: func(p *parties) {
		p.holds(p.slackCommand("compare the pay of phlebotomists and MLTs").JSON(), "data_visualization", "45230")
	}},
	"A decline names what can be asked instead": {how: "buttons", show: func(p *parties) {
		got := p.slackCommand("how do I boil an egg")
		p.holds(got.JSON(), "outside what I know")
		p.holds(p.slackTap(got, "ask:").JSON(), "Read as")
	}},
	"An emergency gets help and nothing else": {how: "all ways", show: func(p *parties) {
		got := p.slackCommand("i want to hurt myself").JSON()
		p.holds(got, "988")
		if strings.Contains(got, `"button"`) {
			p.Error("there are buttons")
		}
	}},
	"Sources and dates under every answer": {how: "small print below", show: func(p *parties) {
		p.holds(p.slackCommand("phlebotomist pay").JSON(), "Sources: ", "May 2025", "bls.gov")
	}},
	"What people write never pings or links": {how: "all ways", show: func(p *parties) {
		got := strings.ReplaceAll(p.slackCommand("define <!channel> <https://evil.example|here> @here").JSON(), `\u003c`, "<")
		for _, bad := range []string{"<!channel", "<https://evil"} {
			if strings.Contains(got, bad) {
				p.Errorf("the answer holds %q", bad)
			}
		}
	}},
	"Bots are not answered": {how: "all ways", show: func(p *parties) {
		m := p.slack.DM(p.dm(), p.user(), "what does an MLT do")
		m["event"].(map[string]any)["bot_id"] = "B9"
		p.acked("events_api", m)
		p.slackQuiet(p.dm())
	}},
	"A delivery that comes again is answered once": {how: "all ways", show: func(p *parties) {
		m := p.slack.DM(p.dm(), p.user(), "what does an MLT do")
		p.slackEvent(m)
		for range 3 {
			p.acked("events_api", m)
		}
		p.slackQuiet("")
		n := 0
		for _, c := range p.slack.Calls("chat.postMessage") {
			if c.Args["channel"] == p.dm() {
				n++
			}
		}
		if n != 1 {
			p.Errorf("answered %d times", n)
		}
	}},
}

func (p *parties) user() string    { return fmt.Sprintf("U%d", 100+p.n) }
func (p *parties) channel() string { return fmt.Sprintf("C%d", 100+p.n) }
func (p *parties) dm() string      { return fmt.Sprintf("D%d", 100+p.n) }

// acked delivers a payload and returns what it was acknowledged with.
func (p *parties) acked(kind string, payload fakeslack.Payload) json.RawMessage {
	p.Helper()
	d := p.slack.Send(kind, payload)
	p.slack.Await("an acknowledgement", func() bool {
		select {
		case <-d.Acked():
			return true
		default:
			return false
		}
	})
	return d.Ack()
}

// slackCommand types /career and returns the answer, however it came.
func (p *parties) slackCommand(text string) fakeslack.Call {
	p.Helper()
	form := p.slack.Command(p.channel(), p.user(), text)
	if ack := p.acked("slash_commands", fakeslack.CommandJSON(form)); ack != nil {
		call := fakeslack.Call{Method: "acknowledgement"}
		if err := json.Unmarshal(ack, &call.Args); err != nil {
			p.Fatal(err)
		}
		return call
	}
	return p.slackPosted(form.Get("response_url"))
}

// slackPosted waits for the message to a response URL.
func (p *parties) slackPosted(url string) fakeslack.Call {
	p.Helper()
	p.slack.Await("an answer", func() bool { return len(p.slack.Posts(url)) > 0 })
	return p.slack.Posts(url)[0]
}

// slackEvent delivers an event and returns the message it was answered with.
func (p *parties) slackEvent(payload fakeslack.Payload) fakeslack.Call {
	p.Helper()
	before := len(p.slack.Calls("chat.postMessage"))
	p.acked("events_api", payload)
	p.slack.Await("an answer", func() bool {
		calls := p.slack.Calls("chat.postMessage")
		return len(calls) > before && calls[before].OK
	})
	return p.slack.Calls("chat.postMessage")[before]
}

// slackInteract delivers an interaction and returns what came to its response URL.
func (p *parties) slackInteract(payload fakeslack.Payload) fakeslack.Call {
	p.Helper()
	if payload["response_url"] == nil {
		payload["response_url"] = p.slack.ResponseURL()
	}
	p.acked("interactive", payload)
	return p.slackPosted(payload["response_url"].(string))
}

// slackElement finds the element of a message whose action starts so.
func (p *parties) slackElement(m fakeslack.Call, action string) map[string]any {
	p.Helper()
	for _, el := range fakeslack.Actions(m.Args) {
		if id, _ := el["action_id"].(string); strings.HasPrefix(id, action) {
			return el
		}
	}
	p.Fatalf("nothing to tap for %q in %s", action, m.JSON())
	return nil
}

// slackTap taps an element of a private answer and returns what came of it.
func (p *parties) slackTap(m fakeslack.Call, action string) fakeslack.Call {
	p.Helper()
	return p.slackInteract(p.slack.Tap(p.channel(), "", p.user(), true, p.slackElement(m, action)))
}

// slackSaid counts the messages in a channel.
func (p *parties) slackSaid(channel string) (n int) {
	for _, c := range p.slack.Calls("chat.postMessage") {
		if c.OK && c.Args["channel"] == channel {
			n++
		}
	}
	return n
}

// slackLast returns the last message in a channel.
func (p *parties) slackLast(channel string) (last fakeslack.Call) {
	p.Helper()
	for _, c := range p.slack.Calls("chat.postMessage") {
		if c.OK && c.Args["channel"] == channel {
			last = c
		}
	}
	return last
}

// slackSettings opens the settings form in the exchange's channel, submits it, and
// waits until the channel is told.
func (p *parties) slackSettings(user string, choose map[string]string) {
	p.Helper()
	p.slackSettingsIn(p.channel(), user, choose)
}

func (p *parties) slackSettingsIn(channel, user string, choose map[string]string) {
	p.Helper()
	form := p.slack.Command(channel, user, "settings")
	before := len(p.slack.Calls("views.open"))
	p.acked("slash_commands", fakeslack.CommandJSON(form))
	p.slack.Await("the form", func() bool { return len(p.slack.Calls("views.open")) > before })
	values := map[string]any{}
	for block, value := range choose {
		values[block] = map[string]any{"x": map[string]any{"selected_option": map[string]any{"value": value}}}
	}
	for { // a busy machine's database may refuse, and says so in the form
		m := p.slack.Submit(user, "settings_form", "V1", values)
		m["view"].(map[string]any)["private_metadata"] = p.slack.Calls("views.open")[before].Args["view"].(map[string]any)["private_metadata"]
		if ack := string(p.acked("interactive", m)); !strings.Contains(ack, "try again") {
			break
		}
	}
	p.slackPosted(form.Get("response_url"))
}

// slackMentors makes a channel the mentors' one, as a manager does.
func (p *parties) slackMentors() {
	p.Helper()
	if p.slackSaid("CMENTORS") == 0 {
		p.slackSettingsIn("CMENTORS", "UBOSS", map[string]string{"workspace_mentor_channel": "CMENTORS"})
	}
}

// slackVerdict asks and taps a verdict under the answer.
func (p *parties) slackVerdict(v string) fakeslack.Call {
	p.Helper()
	el := p.slackElement(p.slackCommand("phlebotomist pay"), "feedback")
	el["value"] = strings.Replace(el["value"].(string), "helpful", v, 1)
	return p.slackInteract(p.slack.Tap(p.channel(), "", p.user(), true, el))
}

// slackQuiet fails when something was said in a channel. What was acknowledged
// before is decided: a question of ours that comes after it has its answer.
func (p *parties) slackQuiet(channel string) {
	p.Helper()
	p.slackEvent(p.slack.DM("D999", "U999", "what does an MLT do"))
	for _, c := range p.slack.Calls("chat.postMessage") {
		if c.Args["channel"] == channel {
			p.Errorf("said in %s: %s", channel, c.Text())
		}
	}
}
