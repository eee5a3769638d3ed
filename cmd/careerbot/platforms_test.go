package main

import (
	"encoding/json"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"careerbot/bot/bottest/fakediscord"
	"careerbot/bot/bottest/fakeslack"
)

// TestPlatforms runs the real binary, with its real content, against servers that
// speak Slack's and Discord's wire: someone asks on each surface and gets the
// curated answer; no secret and no message text reaches the log.
func TestPlatforms(t *testing.T) {
	sl := fakeslack.New(t)
	dc := fakediscord.New(t)
	public, admin := addresses(t)
	cmd := exec.Command(binary(t), "--addr", public, "--admin-addr", admin, "--verbose")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir(),
		"SLACK_APP_TOKEN="+fakeslack.AppToken, "SLACK_BOT_TOKEN="+fakeslack.BotToken, "SLACK_API_URL="+sl.URL(),
		"DISCORD_TOKEN="+fakediscord.Token, "DISCORD_API_URL="+dc.URL(),
	)
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	until(t, "both platforms are connected", func() bool { return sl.Links() > 0 && dc.Connected() > 0 })

	t.Run("slack command", func(t *testing.T) {
		form := sl.Command("C1", "U1", "how much do phlebotomists make")
		d := sl.Send("slash_commands", fakeslack.CommandJSON(form))
		<-d.Acked()
		answer := string(d.Ack())
		if !strings.Contains(answer, "45,230") {
			sl.Await("the reply after the acknowledgement", func() bool { return len(sl.Posts(form.Get("response_url"))) > 0 })
			var texts []string
			sl.Await("an answer", func() bool { return len(sl.Posts(form.Get("response_url"))) > 0 })
			for _, p := range sl.Posts(form.Get("response_url")) {
				texts = append(texts, p.JSON())
			}
			answer = strings.Join(texts, "\n")
		}
		if !strings.Contains(answer, "45,230") || !strings.Contains(answer, "May 2025") {
			t.Errorf("got %s", answer)
		}
	})
	t.Run("slack mention", func(t *testing.T) {
		sl.Send("events_api", sl.Mention("C1", "", "U1", "what does an MLT do"))
		sl.Await("a reply in the thread", func() bool { return len(sl.Calls("chat.postMessage")) > 0 })
		call := sl.Calls("chat.postMessage")[0]
		if !strings.Contains(call.JSON(), "laboratory") || call.Args["thread_ts"] == nil {
			t.Errorf("got %s", call.JSON())
		}
	})
	t.Run("discord command", func(t *testing.T) {
		i := dc.Interact(fakediscord.Interaction{Type: 2, Guild: "1", Channel: "2", User: "3", Data: json.RawMessage(
			`{"id":"9","name":"career","type":1,"options":[{"name":"ask","type":1,"options":[{"name":"question","type":3,"value":"how much do phlebotomists make"}]}]}`)})
		dc.Await(t.Context(), func() bool { return len(dc.RepliesTo(i.ID)) > 0 })
		r := dc.RepliesTo(i.ID)
		if len(r) != 1 || !strings.Contains(string(r[0].Data), "45,230") || !r[0].Ephemeral {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("discord mention", func(t *testing.T) {
		m := dc.Message(fakediscord.Message{Guild: "1", Channel: "2", User: "3", Text: "what does an MLT do", Mention: true})
		dc.Await(t.Context(), func() bool { return len(dc.RepliesTo(m.ID)) > 0 })
		r := dc.RepliesTo(m.ID)
		if len(r) != 1 || !strings.Contains(string(r[0].Data), "laboratory") {
			t.Errorf("got %+v", r)
		}
	})
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	for _, secret := range []string{fakeslack.AppToken, fakeslack.BotToken, fakediscord.Token, "phlebotomists make", "an MLT do"} {
		if strings.Contains(log.String(), secret) || strings.Contains(log.String(), url.QueryEscape(secret)) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log.String(), "slack:   on") || !strings.Contains(log.String(), "discord: on") {
		t.Errorf("the start does not say what is on:\n%s", log.String())
	}
}
