package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"careerbot/bot"
	"careerbot/bot/chart"
	"careerbot/bot/discord"
)

// connectDiscord makes the Discord adapter when it has credentials, mounts its
// endpoint, and says whether it is on.
func (s *server) connectDiscord(set settings, claims bot.Claims, mounts map[string]http.Handler) (note string, err error) {
	c := s.cmd
	if set["DISCORD_TOKEN"] == "" && c.DiscordKey == "" {
		return "discord: off; set DISCORD_TOKEN (gateway), or DISCORD_PUBLIC_KEY (HTTP interactions)", nil
	}
	cfg := discord.Config{
		Token: discord.Secret(set["DISCORD_TOKEN"]), PublicKey: c.DiscordKey, ApplicationID: c.DiscordApp, API: c.DiscordAPI,
		MessageContent: c.DiscordContent, Preferences: s.prefs, Feedback: s.feedback, Mentors: s.mentors,
		People: s.store.People(), Popular: s.popular, Drawer: chart.New(), Inbox: s.store.Inbox(), Leases: s.store.Leases(),
	}
	if cfg.FirstShard, cfg.LastShard, cfg.Shards, err = parseShards(c.DiscordShards); err != nil {
		return "", err
	}
	a, err := discord.New(cfg, s.asker, claims, s.log)
	if err != nil {
		return "", err
	}
	s.adapters = append(s.adapters, a)
	var how []string
	if cfg.Token != "" {
		how = append(how, "gateway")
	}
	if cfg.PublicKey != "" {
		mounts["/discord/"] = a.Handler()
		how = append(how, "HTTP at /discord/interactions")
	}
	return "discord: on, " + strings.Join(how, " and "), nil
}

// parseShards reads "0-3/16", or "2/16" for a single one; "" leaves it to Discord.
func parseShards(text string) (first, last, count int, err error) {
	if text == "" {
		return 0, 0, 0, nil
	}
	span, total, ok := strings.Cut(text, "/")
	from, to, many := strings.Cut(span, "-")
	if !many {
		to = from
	}
	for _, n := range []struct {
		text string
		to   *int
	}{{from, &first}, {to, &last}, {total, &count}} {
		v, err := strconv.Atoi(n.text)
		if err != nil {
			ok = false
		}
		*n.to = v
	}
	if !ok || first < 0 || last < first || last >= count {
		return 0, 0, 0, fmt.Errorf("DISCORD_SHARDS: should be the first and last shard of this process and how many there are, counted from 0, such as 0-3/16: %w", bot.ErrSettings)
	}
	return first, last, count, nil
}
