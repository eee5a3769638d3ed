package main

import (
	"fmt"
	"net/http"
	"strings"

	"careerbot/bot"
	"careerbot/bot/slack"
)

// connectSlack makes the Slack adapter when it has credentials, mounts its pages,
// and says whether it is on.
func (s *server) connectSlack(set settings, claims bot.Claims, mounts map[string]http.Handler) (note string, err error) {
	socket, signed, installs := set["SLACK_APP_TOKEN"] != "", set["SLACK_SIGNING_SECRET"] != "", s.cmd.SlackClientID != ""
	if !socket && !signed && !installs && set["SLACK_BOT_TOKEN"] == "" {
		return "slack:   off; set SLACK_APP_TOKEN and SLACK_BOT_TOKEN (Socket Mode), or SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN (HTTP)", nil
	}
	cfg := slack.Config{
		AppToken: slack.Secret(set["SLACK_APP_TOKEN"]), BotToken: slack.Secret(set["SLACK_BOT_TOKEN"]),
		SigningSecret: slack.Secret(set["SLACK_SIGNING_SECRET"]), APIURL: s.cmd.SlackAPI,
		ClientID: s.cmd.SlackClientID, ClientSecret: slack.Secret(set["SLACK_CLIENT_SECRET"]), Inbox: s.store.Inbox(),
		Preferences: s.prefs, Feedback: s.feedback, Mentors: s.services.mentors, People: s.store.People(), About: s.bot.About, Popular: s.popular,
		Managers: s.cmd.SlackManagers,
	}
	if installs {
		if set["CAREERBOT_SECRET_KEY"] == "" {
			return "", fmt.Errorf("CAREERBOT_SECRET_KEY is needed with SLACK_CLIENT_ID, to keep the workspaces' tokens sealed; make one with `openssl rand -base64 32`: %w", bot.ErrSettings)
		}
		cfg.Installations = slack.KeepInstallations(s.store.Installations())
	}
	a, err := slack.New(cfg, s.asker, claims, s.log)
	if err != nil {
		return "", err
	}
	s.adapters = append(s.adapters, a)
	var how []string
	if socket {
		how = append(how, "Socket Mode")
	}
	if signed {
		how = append(how, "HTTP at /slack/")
	}
	if installs {
		how = append(how, "installation at /slack/install")
	}
	if signed || installs {
		mounts["/slack/"] = a.Handler()
	}
	return "slack:   on, " + strings.Join(how, " and "), nil
}
