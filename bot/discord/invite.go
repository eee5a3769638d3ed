package discord

import (
	"fmt"
	"net/url"
	"strconv"
)

// Permissions the bot needs, and no more.
// https://discord.com/developers/docs/topics/permissions
const (
	permView        = 1 << 10
	permSend        = 1 << 11
	permEmbed       = 1 << 14
	permAttach      = 1 << 15 // charts
	permReadHistory = 1 << 16 // to reply to a message
	permInThreads   = 1 << 38
)

// Permissions is what [InviteURL] asks for.
const Permissions = permView | permSend | permEmbed | permAttach | permReadHistory | permInThreads

// InviteURL returns the link by which a server adds the bot, with the exact
// permissions it needs. Its error wraps [bot.ErrSettings].
func InviteURL(applicationID string) (string, error) {
	if !isSnowflake(applicationID) || len(applicationID) < 17 {
		return "", fmt.Errorf("invite link: %w", bad("DISCORD_APPLICATION_ID", "must be the application's id: 17 to 20 digits"))
	}
	q := url.Values{
		"client_id": {applicationID}, "scope": {"bot applications.commands"},
		"permissions": {strconv.FormatInt(Permissions, 10)}, "integration_type": {"0"},
	}
	return "https://discord.com/oauth2/authorize?" + q.Encode(), nil
}
