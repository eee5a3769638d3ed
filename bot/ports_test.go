package bot

import (
	"strings"
	"testing"
	"time"

	"careerbot/bot/router"
)

func TestKeysHoldNoIDs(t *testing.T) {
	p := Place{Platform: "slack", Workspace: "T0WORK", Channel: "C0CHAN", Thread: "17.5"}
	key := ConversationKey(p, "U0ANNA")
	for _, id := range []string{"T0WORK", "C0CHAN", "17.5", "U0ANNA"} {
		if strings.Contains(key, id) {
			t.Errorf("the key %q holds %q", key, id)
		}
	}
	if !strings.HasPrefix(key, PersonKey(p, "U0ANNA")+":") {
		t.Errorf("%q does not start with the person's key", key)
	}
	if got := ConversationKey(p, ""); got != "" {
		t.Errorf("nobody's conversation is %q, want none", got)
	}
}

// TestPersonKeyAcrossPlaces: a Slack id means somebody else in another workspace,
// a Discord id the same person everywhere.
func TestPersonKeyAcrossPlaces(t *testing.T) {
	same := func(platform string) bool {
		here, there := Place{Platform: platform, Workspace: "1"}, Place{Platform: platform, Workspace: "2"}
		return PersonKey(here, "7") == PersonKey(there, "7")
	}
	if same("slack") || !same("discord") {
		t.Errorf("the same person in two workspaces: slack %v, discord %v, want false, true", same("slack"), same("discord"))
	}
	if PersonKey(Place{Platform: "slack"}, "7") == PersonKey(Place{Platform: "discord"}, "7") {
		t.Error("two platforms share a person")
	}
}

func TestMemoryConversationsForget(t *testing.T) {
	m := NewMemoryConversations(time.Now)
	home := Place{Platform: "discord", Workspace: "1", Channel: "2"}
	direct := Place{Platform: "discord", Channel: "3"}
	for _, p := range []Place{home, direct} {
		for _, person := range []string{"anna", "bert"} {
			m.Save(t.Context(), ConversationKey(p, person), router.Context{Topic: "pay"})
		}
	}
	if got := m.(Forgetter).Forget(PersonKey(home, "anna")); got != 2 {
		t.Errorf("forgot %d conversations, want 2", got)
	}
	for _, p := range []Place{home, direct} {
		if c, _ := m.Load(t.Context(), ConversationKey(p, "anna")); c.Topic != "" {
			t.Errorf("anna's conversation in %+v is still there", p)
		}
		if c, _ := m.Load(t.Context(), ConversationKey(p, "bert")); c.Topic == "" {
			t.Errorf("bert's conversation in %+v is gone", p)
		}
	}
}
