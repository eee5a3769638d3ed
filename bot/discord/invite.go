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
	return invite(applicationID, url.Values{
		"scope": {"bot applications.commands"}, "permissions": {strconv.FormatInt(Permissions, 10)}, "integration_type": {"0"},
	})
}

// PersonalURL returns the link by which a person adds the commands to their own
// account, to use them in any server and conversation. It asks for no permission.
// Its error wraps [bot.ErrSettings].
func PersonalURL(applicationID string) (string, error) {
	return invite(applicationID, url.Values{"scope": {"applications.commands"}, "integration_type": {"1"}})
}

func invite(applicationID string, q url.Values) (string, error) {
	if !isSnowflake(applicationID) || len(applicationID) < 17 {
		return "", fmt.Errorf("invite link: %w", bad("DISCORD_APPLICATION_ID", "must be the application's id: 17 to 20 digits"))
	}
	q.Set("client_id", applicationID)
	return "https://discord.com/oauth2/authorize?" + q.Encode(), nil
}
