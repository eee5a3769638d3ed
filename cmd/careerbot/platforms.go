package main

import (
	"fmt"
	"strings"

	"careerbot/bot/discord"
	"careerbot/bot/slack"
)

type slackCmd struct {
	Manifest manifestCmd `cmd:"" help:"Print the app manifest to paste into api.slack.com."`
}

type manifestCmd struct {
	HTTP string `name:"http" help:"Public address of this careerbot, to take signed HTTP instead of Socket Mode." placeholder:"URL"`
}

// Run prints the manifest.
func (c *manifestCmd) Run(e env) error {
	if c.HTTP != "" && !strings.HasPrefix(c.HTTP, "https://") {
		return failure{exitUsage, fmt.Errorf("--http takes a public address such as https://careerbot.example.org")}
	}
	fmt.Fprintf(e.stdout, "%s\n", slack.Manifest(c.HTTP))
	return nil
}

type discordCmd struct {
	Invite inviteCmd `cmd:"" help:"Print the link that invites the bot to a server."`
}

type inviteCmd struct {
	ApplicationID string `help:"From the page General Information of the developer portal." env:"DISCORD_APPLICATION_ID" required:"" placeholder:"ID"`
	Personal      bool   `help:"Print the link that adds the commands to one's own account instead."`
}

// Run prints the link.
func (c *inviteCmd) Run(e env) error {
	address := discord.InviteURL
	if c.Personal {
		address = discord.PersonalURL
	}
	link, err := address(c.ApplicationID)
	if err != nil {
		return failure{exitUsage, err}
	}
	fmt.Fprintln(e.stdout, link)
	return nil
}
