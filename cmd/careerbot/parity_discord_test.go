package main

import (
	"encoding/json"
	"strings"

	"careerbot/bot/bottest/fakediscord"
)

// discordWays is the table's column for Discord.
var discordWays = map[string]way{
	"Ask in plain words": {how: "`/career ask`", show: func(p *parties) {
		r := p.discordAsk("how much do phlebotomists make")
		p.holds(string(r.Data), "45,230")
		if !r.Ephemeral {
			p.Error("everyone sees it")
		}
	}},
	"Ask by mentioning the bot": {how: "mention; the answer is a reply", show: func(p *parties) {
		p.holds(string(p.discordMessage(fakediscord.Message{Text: "what does an MLT do", Mention: true}).Data), "laboratory", "message_reference")
	}},
	"Ask in a direct message": {how: "direct message", show: func(p *parties) {
		p.holds(string(p.discordMessage(fakediscord.Message{DM: true, Text: "what does an MLT do"}).Data), "laboratory")
	}},
	"A short follow-up in a direct message keeps what was talked about": {how: "direct message", show: func(p *parties) {
		p.discordMessage(fakediscord.Message{DM: true, Text: "what does a phlebotomist do"})
		p.holds(string(p.discordMessage(fakediscord.Message{DM: true, Text: "and the pay?"}).Data), "45,230")
	}},
	"Ask about somebody's message": {how: "message menu, *Answer this*", show: func(p *parties) {
		p.holds(string(p.discordDo(fakediscord.Interaction{Data: map[string]any{
			"id": "9", "name": "Answer this", "type": 3, "target_id": "77",
			"resolved": map[string]any{"messages": map[string]any{"77": map[string]any{"id": "77", "content": "how much do phlebotomists make"}}},
		}}).Data), "45,230")
	}},
	"Ask in a form": {how: "options of `/career role`", show: func(p *parties) {
		p.holds(string(p.discordSlash("role", "role", "=phlebotomist", "topic", "=pay").Data), "45,230")
	}},
	"Names of jobs complete while typing": {how: "in every option", show: func(p *parties) {
		o := map[string]any{"name": "role", "type": 3, "value": "flebot", "focused": true}
		i := p.discord.Interact(p.discordHere(fakediscord.Interaction{Type: fakediscord.Autocomplete, Data: discordData("role", []any{o})}))
		p.holds(p.discordCallback(i.ID), "Phlebotomist", "=phlebotomist")
	}},
	"Compare two jobs": {how: "`/career compare`, or in plain words", show: func(p *parties) {
		p.holds(string(p.discordSlash("compare", "first", "MLT", "second", "MLS").Data), "Medical laboratory scientist", "MLT")
	}},
	"The way from one job to another": {how: "`/career path`", show: func(p *parties) {
		p.holds(string(p.discordSlash("path", "from", "phlebotomist", "to", "MLT").Data), "Phlebotomist to", "two years")
	}},
	"Jobs that fit a person": {how: "`/career match` and what they like", show: func(p *parties) {
		p.holds(string(p.discordSlash("match", "about", "no patients").Data), "patient contact")
	}},
	"What a term means": {how: "`/career define`", show: func(p *parties) {
		p.holds(string(p.discordSlash("define", "term", "CLIA").Data), "federal law")
	}},
	"State rules": {how: "`/career license` with job and state", show: func(p *parties) {
		p.holds(string(p.discordSlash("license", "role", "phlebotomist", "state", "California").Data), "California", "licens")
	}},
	"Help":    {how: "`/career help`", show: func(p *parties) { p.holds(string(p.discordSlash("help").Data), "plain words") }},
	"About":   {how: "`/career about`", show: func(p *parties) { p.holds(string(p.discordSlash("about").Data), "reviewed by a person") }},
	"Privacy": {how: "`/career privacy`", show: func(p *parties) { p.holds(string(p.discordSlash("privacy").Data), "keep") }},
	"Tap a follow-up question": {how: "buttons", show: func(p *parties) {
		p.holds(string(p.discordTap(p.discordAsk("what does a phlebotomist do"), "a:").Data), "Read as")
	}},
	"Tap an answer to a question of the bot's": {how: "buttons; the question is replaced", show: func(p *parties) {
		got := p.discordTap(p.discordAsk("lab tech pay"), "c:")
		p.holds(string(got.Data), "Read as")
		if !got.Update {
			p.Error("the question stays")
		}
	}},
	"Change what was understood": {how: "menu; the answer is replaced", show: func(p *parties) {
		r := p.discordAsk("phlebotomist pay")
		_, rest, _ := strings.Cut(string(r.Data), `"custom_id":"sel2"`)
		_, rest, _ = strings.Cut(rest, `"value":"`)
		value, _, _ := strings.Cut(rest, `"`)
		got := p.discordDo(discordTapped(r, "sel2", value))
		p.holds(string(got.Data), "Read as")
		if !got.Update {
			p.Error("the answer stays")
		}
	}},
	"Share a private answer": {how: "button *Share with the channel*", show: func(p *parties) {
		got := p.discordTap(p.discordAsk("phlebotomist pay"), "share")
		p.holds(string(got.Data), "45,230", "Shared by")
		if got.Ephemeral {
			p.Error("nobody else sees it")
		}
	}},
	"Say whether an answer helped": {how: "buttons", show: func(p *parties) {
		p.holds(string(p.discordTap(p.discordAsk("phlebotomist pay"), "f2:h").Data), "Thank you")
	}},
	"Say why it did not, in one tap": {how: "buttons", show: func(p *parties) {
		why := p.discordTap(p.discordAsk("phlebotomist pay"), "f2:n")
		p.holds(string(why.Data), "Wrong job", "Wrong topic", "Not enough")
		p.holds(string(p.discordTap(why, "f2:t").Data), "Thank you")
	}},
	"Hand a question to a person": {how: "button *Ask a person*", show: func(p *parties) {
		p.discordHandOver()
	}},
	"A mentor takes it and the asker is told the answer": {how: "button and form in the mentors' channel; a direct message", show: func(p *parties) {
		notice := p.discordHandOver()
		claim := p.discord.Interact(p.discordMentor(discordTapped(notice, discordID(p, notice, "mc:"))))
		p.await("a form", func() bool {
			forms := p.discord.Forms()
			return len(forms) > 0 && forms[len(forms)-1].Source == claim.ID
		})
		send := p.discordMentor(discordTapped(notice, strings.Replace(discordID(p, notice, "mc:"), "mc:", "fm:", 1)))
		send.Type = fakediscord.Modal
		send.Data.(map[string]any)["components"] = []any{map[string]any{"type": 18, "component": map[string]any{"type": 4, "custom_id": "text", "value": "In cold water first."}}}
		p.holds(string(p.discordDo(send).Data), "Answered")
		dm := fakediscord.DMOf(p.snowflake())
		p.await("a direct message", func() bool { return len(p.discordIn(dm)) > 0 })
		p.holds(string(p.discordIn(dm)[0].Data), "A mentor has answered", "In cold water first.")
	}},
	"See and delete what is kept about oneself": {how: "buttons of `/career privacy`", show: func(p *parties) {
		p.discordAsk("what does a phlebotomist do")
		page := p.discordSlash("privacy")
		// On a slow disk what is kept may still be on its way.
		until(p.T, "shown", func() bool {
			return strings.Contains(string(p.discordTap(page, "p:show").Data), "A conversation about")
		})
		until(p.T, "deleted", func() bool { return strings.Contains(string(p.discordTap(page, "p:forget").Data), "Deleted") })
	}},
	"Settings of a place": {how: "`/career settings` for who manages the server", show: func(p *parties) {
		until(p.T, "saved", func() bool {
			return strings.Contains(string(p.discordSet("answers", "value", "off").Data), "Answers: off")
		})
		p.holds(string(p.discordAsk("phlebotomist pay").Data), "switched me off")
		until(p.T, "switched on", func() bool {
			p.discordSet("answers", "value", "default")
			return strings.Contains(string(p.discordAsk("phlebotomist pay").Data), "45,230")
		})
	}},
	"A place about one job": {how: "`/career settings job`", show: func(p *parties) {
		until(p.T, "saved", func() bool {
			return strings.Contains(string(p.discordSet("job", "role", "=phlebotomist").Data), "name none: phlebotomist")
		})
	}},
	"A page of the bot's own": {why: "Discord has none"},
	"Pictures beside figures": {how: "attached, with their words", show: func(p *parties) {
		r := p.discordAsk("MLT vs MLS")
		if len(r.Files) == 0 || r.Files[0].Type != "image/png" {
			p.Fatalf("no picture beside %s", r.Data)
		}
		p.holds(string(r.Data), `"attachment://chart1.png"`, `"description"`)
	}},
	"A decline names what can be asked instead": {how: "buttons", show: func(p *parties) {
		got := p.discordAsk("how do I boil an egg")
		p.holds(string(got.Data), "outside what I know")
		p.holds(string(p.discordTap(got, "a:").Data), "Read as")
	}},
	"An emergency gets help and nothing else": {how: "all ways", show: func(p *parties) {
		got := string(p.discordAsk("i want to hurt myself").Data)
		p.holds(got, "988")
		if strings.Contains(got, `"custom_id"`) {
			p.Error("there are buttons")
		}
	}},
	"Sources and dates under every answer": {how: "below the answer", show: func(p *parties) {
		p.holds(string(p.discordAsk("phlebotomist pay").Data), "**Sources**", "May 2025", "bls.gov")
	}},
	"What people write never pings or links": {how: "all ways", show: func(p *parties) {
		got := string(p.discordSlash("define", "term", "@everyone <@400000000000000001> https://evil.example").Data)
		p.holds(got, `"allowed_mentions":{"parse":[]}`)
		for _, bad := range []string{"@everyone", "<@400000000000000001>", "https://evil"} {
			if strings.Contains(got, bad) {
				p.Errorf("the answer holds %q", bad)
			}
		}
	}},
	"Bots are not answered": {how: "all ways", show: func(p *parties) {
		m := p.discord.Message(fakediscord.Message{Guild: p.snowflake(), Channel: p.snowflake(), User: "77", Bot: true, Mention: true, Text: "what does an MLT do"})
		p.discordMessage(fakediscord.Message{Mention: true, Text: "what does an MLT do"}) // what came before is decided
		if got := p.discord.RepliesTo(m.ID); len(got) != 0 {
			p.Errorf("a bot is answered: %+v", got)
		}
	}},
	"A delivery that comes again is answered once": {how: "all ways", show: func(p *parties) {
		m := fakediscord.Message{ID: p.discord.ID(), Mention: true, Text: "what does an MLT do"}
		p.discordMessage(m)
		for range 3 {
			m.Guild, m.Channel, m.User = p.snowflake(), p.snowflake(), p.snowflake()
			p.discord.Message(m)
		}
		p.discordMessage(fakediscord.Message{Mention: true, Text: "what does an MLS do"})
		if got := p.discord.RepliesTo(m.ID); len(got) != 1 {
			p.Errorf("answered %d times", len(got))
		}
	}},
}

func (p *parties) snowflake() string { return "9" + strings.TrimPrefix(p.user(), "U") }

// mentorsRoom is where the exchange's server has its mentors.
func (p *parties) mentorsRoom() string { return "8" + p.snowflake() }

func (p *parties) await(what string, cond func() bool) {
	p.Helper()
	if !p.discord.Await(p.Context(), cond) {
		p.Fatalf("no %s", what)
	}
}

// discordHere puts an interaction into the exchange's own server and channel.
func (p *parties) discordHere(i fakediscord.Interaction) fakediscord.Interaction {
	if i.Channel == "" {
		i.Channel = p.snowflake()
	}
	if i.User == "" {
		i.User = p.snowflake()
	}
	i.Guild = p.snowflake()
	return i
}

// discordReply waits for the reply to a message or interaction and returns it.
func (p *parties) discordReply(to string) fakediscord.Reply {
	p.Helper()
	p.await("reply", func() bool { return len(p.discord.RepliesTo(to)) > 0 })
	return p.discord.RepliesTo(to)[0]
}

func (p *parties) discordDo(i fakediscord.Interaction) fakediscord.Reply {
	p.Helper()
	return p.discordReply(p.discord.Interact(p.discordHere(i)).ID)
}

// discordCallback waits for the first response to an interaction and returns its body.
func (p *parties) discordCallback(id string) (body string) {
	p.Helper()
	p.await("response", func() bool {
		for _, r := range p.discord.Requests("POST", fakediscord.RouteCallback) {
			if strings.Contains(r.Path, "/"+id+"/") {
				body = string(r.Body)
			}
		}
		return body != ""
	})
	return body
}

func discordData(sub string, options []any) map[string]any {
	return map[string]any{"id": "9", "name": "career", "type": 1, "options": []any{map[string]any{"name": sub, "type": 1, "options": options}}}
}

func discordOptions(pairs []string) []any {
	options := []any{}
	for n := 0; n+1 < len(pairs); n += 2 {
		options = append(options, map[string]any{"name": pairs[n], "type": 3, "value": pairs[n+1]})
	}
	return options
}

// discordSlash types a subcommand of /career with options and returns the reply.
func (p *parties) discordSlash(sub string, pairs ...string) fakediscord.Reply {
	p.Helper()
	return p.discordDo(fakediscord.Interaction{Data: discordData(sub, discordOptions(pairs))})
}

func (p *parties) discordAsk(text string) fakediscord.Reply {
	p.Helper()
	return p.discordSlash("ask", "question", text)
}

// discordSet is /career settings by who manages the server.
func (p *parties) discordSet(sub string, pairs ...string) fakediscord.Reply {
	p.Helper()
	return p.discordDo(fakediscord.Interaction{Manager: true, Data: map[string]any{"id": "9", "name": "career", "type": 1, "options": []any{
		map[string]any{"name": "settings", "type": 2, "options": []any{map[string]any{"name": sub, "type": 1, "options": discordOptions(pairs)}}},
	}}})
}

// discordMessage writes a message and returns the reply to it.
func (p *parties) discordMessage(m fakediscord.Message) fakediscord.Reply {
	p.Helper()
	m.Channel, m.User = p.snowflake(), p.snowflake()
	if !m.DM {
		m.Guild = p.snowflake()
	}
	return p.discordReply(p.discord.Message(m).ID)
}

// discordTapped is a tap on a component of a reply.
func discordTapped(r fakediscord.Reply, id string, values ...string) fakediscord.Interaction {
	kind, flags := 2, 1<<15
	if len(values) > 0 {
		kind = 3
	}
	if r.Ephemeral {
		flags |= 1 << 6
	}
	var sent struct {
		Components any `json:"components"`
	}
	if err := json.Unmarshal(r.Data, &sent); err != nil {
		panic(err) // the fake's own data
	}
	return fakediscord.Interaction{
		Type: fakediscord.Component, Data: map[string]any{"custom_id": id, "component_type": kind, "values": values},
		Message: map[string]any{"id": r.Message, "flags": flags, "components": sent.Components},
	}
}

// discordID is the first custom_id on a reply that starts so.
func discordID(p *parties, r fakediscord.Reply, prefix string) string {
	p.Helper()
	_, rest, found := strings.Cut(string(r.Data), `"custom_id":"`+prefix)
	if !found {
		p.Fatalf("nothing to tap for %q on %s", prefix, r.Data)
	}
	id, _, _ := strings.Cut(rest, `"`)
	return prefix + id
}

func (p *parties) discordTap(r fakediscord.Reply, prefix string) fakediscord.Reply {
	p.Helper()
	return p.discordDo(discordTapped(r, discordID(p, r, prefix)))
}

// discordIn returns what everyone in a channel can see.
func (p *parties) discordIn(channel string) (out []fakediscord.Reply) {
	for _, r := range p.discord.Replies() {
		if r.Channel == channel && !r.Ephemeral {
			out = append(out, r)
		}
	}
	return out
}

func (p *parties) discordMentor(i fakediscord.Interaction) fakediscord.Interaction {
	i.Channel, i.User = p.mentorsRoom(), "7"+p.snowflake()
	return p.discordHere(i)
}

// discordHandOver asks something, hands it to the mentors and returns their notice.
func (p *parties) discordHandOver() fakediscord.Reply {
	p.Helper()
	until(p.T, "saved", func() bool {
		return strings.Contains(string(p.discordSet("mentors", "in", p.mentorsRoom()).Data), "Saved")
	})
	p.holds(string(p.discordTap(p.discordAsk("how do I boil an egg"), "m1:").Data), "Passed on to mentors")
	notices := p.discordIn(p.mentorsRoom())
	if len(notices) != 1 {
		p.Fatalf("%d notices for mentors", len(notices))
	}
	p.holds(string(notices[0].Data), "how do I boil an egg")
	return notices[0]
}
