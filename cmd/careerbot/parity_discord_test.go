package main

import (
	"encoding/json"
	"strings"

	"careerbot/bot/bottest/fakediscord"
)

// discordWays is the table's column for Discord.
var discordWays = map[string]way{
	"Ask in plain words": {how: "`/career ask`", show: func(p *parties) {
		p.holds(p.discordAsk("how much do phlebotomists make"), "45,230")
	}},
	"Ask by mentioning the bot": {how: "mention; the answer is a reply", show: func(p *parties) {
		m := p.discord.Message(fakediscord.Message{Guild: "1", Channel: "2", User: p.snowflake(), Text: "what does an MLT do", Mention: true})
		p.holds(p.discordReply(m.ID), "laboratory")
	}},
	"Ask in a direct message": {how: "direct message", show: func(p *parties) {
		m := p.discord.Message(fakediscord.Message{DM: true, Channel: p.snowflake(), User: p.snowflake(), Text: "what does an MLT do"})
		p.holds(p.discordReply(m.ID), "laboratory")
	}},
	"An emergency gets help and nothing else": {how: "all ways", show: func(p *parties) {
		got := p.discordAsk("i want to hurt myself")
		p.holds(got, "988")
		if strings.Contains(got, `"custom_id"`) {
			p.Error("there are buttons")
		}
	}},
}

// Rows that nobody has walked yet on Discord.
func init() {
	for _, f := range features {
		if _, ok := discordWays[f]; !ok {
			discordWays[f] = way{why: "not yet"}
		}
	}
}

func (p *parties) snowflake() string { return "9" + strings.TrimPrefix(p.user(), "U") }

// discordReply waits for the reply to a message or interaction and returns it.
func (p *parties) discordReply(to string) string {
	p.Helper()
	if !p.discord.Await(p.Context(), func() bool { return len(p.discord.RepliesTo(to)) > 0 }) {
		p.Fatal("no reply")
	}
	return string(p.discord.RepliesTo(to)[0].Data)
}

// discordAsk types /career ask and returns the reply.
func (p *parties) discordAsk(text string) string {
	p.Helper()
	quoted, err := json.Marshal(text)
	if err != nil {
		p.Fatal(err)
	}
	i := p.discord.Interact(fakediscord.Interaction{Type: fakediscord.Command, Guild: "1", Channel: "2", User: p.snowflake(), Data: json.RawMessage(
		`{"id":"9","name":"career","type":1,"options":[{"name":"ask","type":1,"options":[{"name":"question","type":3,"value":` + string(quoted) + `}]}]}`)})
	return p.discordReply(i.ID)
}
