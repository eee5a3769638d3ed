package slack

import (
	"encoding/json"
	"strings"
)

// scopes are all the bot may do: answer commands, speak where it is spoken to,
// and read messages that are addressed to it.
var scopes = []string{"commands", "chat:write", "app_mentions:read", "im:history"}

type manifest struct {
	Metadata    manifestMetadata `json:"_metadata"`
	Display     manifestDisplay  `json:"display_information"`
	Features    manifestFeatures `json:"features"`
	OAuthConfig manifestOAuth    `json:"oauth_config"`
	Settings    manifestSettings `json:"settings"`
}

type manifestMetadata struct {
	Major int `json:"major_version"`
	Minor int `json:"minor_version"`
}

type manifestDisplay struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Color       string `json:"background_color"`
}

type manifestFeatures struct {
	Home struct {
		HomeTab     bool `json:"home_tab_enabled"`
		MessagesTab bool `json:"messages_tab_enabled"`
		ReadOnly    bool `json:"messages_tab_read_only_enabled"`
	} `json:"app_home"`
	BotUser struct {
		Name   string `json:"display_name"`
		Online bool   `json:"always_online"`
	} `json:"bot_user"`
	Shortcuts []manifestShortcut `json:"shortcuts"`
	Commands  []manifestCommand  `json:"slash_commands"`
}

type manifestShortcut struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Callback    string `json:"callback_id"`
	Description string `json:"description"`
}

type manifestCommand struct {
	Command     string `json:"command"`
	URL         string `json:"url,omitempty"`
	Description string `json:"description"`
	Hint        string `json:"usage_hint"`
	Escape      bool   `json:"should_escape"`
}

type manifestOAuth struct {
	Redirect []string `json:"redirect_urls,omitempty"`
	Scopes   struct {
		Bot []string `json:"bot"`
	} `json:"scopes"`
}

type manifestSettings struct {
	Events struct {
		URL string   `json:"request_url,omitempty"`
		Bot []string `json:"bot_events"`
	} `json:"event_subscriptions"`
	Interactivity struct {
		Enabled bool   `json:"is_enabled"`
		URL     string `json:"request_url,omitempty"`
		Options string `json:"message_menu_options_url,omitempty"`
	} `json:"interactivity"`
	OrgDeploy bool `json:"org_deploy_enabled"`
	Socket    bool `json:"socket_mode_enabled"`
	// Rotation cannot be undone and would end a token in the environment after
	// twelve hours; whoever turns it on installs through OAuth.
	Rotation bool `json:"token_rotation_enabled"`
}

// Manifest returns the app manifest as indented JSON, to paste at
// https://api.slack.com/apps?new_app=1. With an address such as
// "https://bot.example.org" the app uses HTTP and OAuth there, with "" Socket
// Mode.
func Manifest(httpURL string) []byte {
	base := strings.TrimSuffix(httpURL, "/")
	at := func(path string) string {
		if base == "" {
			return ""
		}
		return base + path
	}
	m := manifest{
		Metadata: manifestMetadata{1, 1},
		Display:  manifestDisplay{"careerbot", "Answers career questions from reviewed, sourced and dated text.", "#1f4e5f"},
	}
	f := &m.Features
	f.Home.HomeTab, f.Home.MessagesTab = true, true
	f.BotUser.Name, f.BotUser.Online = "careerbot", true
	f.Shortcuts = []manifestShortcut{
		{"Ask about a career", "global", callAsk, "Ask a question in a form"},
		{"Answer this", "message", callAnswer, "Answer the question in this message"},
	}
	f.Commands = []manifestCommand{{
		Command: "/career", URL: at("/slack/commands"), Description: "Ask a career question",
		Hint: "how do I become an MLT | compare MLT vs MLS | help",
	}}
	m.OAuthConfig.Scopes.Bot = scopes
	s := &m.Settings
	s.Events.Bot = []string{"app_mention", "message.im", "app_home_opened", "app_uninstalled", "tokens_revoked"}
	s.Interactivity.Enabled = true
	s.OrgDeploy = true
	s.Socket = base == ""
	if base != "" {
		m.OAuthConfig.Redirect = []string{at("/slack/oauth/callback")}
		s.Events.URL = at("/slack/events")
		s.Interactivity.URL = at("/slack/interactivity")
		s.Interactivity.Options = at("/slack/interactivity")
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		panic(err) // unreachable: plain structs
	}
	return append(raw, '\n')
}
