package bot

import (
	"os"
	"strings"
	"testing"
)

// What operators publish is what the bot says, and what the constants hold.
func TestReadmeSaysWhatIsKept(t *testing.T) {
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\n## Privacy\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var got []string
	for _, item := range strings.Split(section, "\n- ")[1:] {
		item, _, _ = strings.Cut(item, "\n\n")
		got = append(got, strings.Join(strings.Fields(item), " "))
	}
	if want := keptOf(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("README.md says\n%s\nthe bot says\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestPrivacyTellsTheTruth(t *testing.T) {
	for _, tc := range []struct {
		history bool
		want    string
		not     string
	}{
		{true, "/career privacy", "Nothing is written to disk"},
		{false, "Nothing is written to disk", "30 days"},
	} {
		s, err := NewSnapshot(small(t))
		if err != nil {
			t.Fatal(err)
		}
		b := New(s, Options{History: tc.history})
		for _, q := range []Question{{Text: "what do you store about me"}, {Choice: &Choice{Kind: KindMeta, Topic: "privacy"}}} {
			a := b.Answer(t.Context(), q)
			if a.Meta != "privacy" || !strings.Contains(a.Text(), tc.want) || strings.Contains(a.Text(), tc.not) {
				t.Errorf("history %v: %s %q", tc.history, a.Meta, a.Text())
			}
			if want := Privacy(tc.history); a.Text() != want.Text() {
				t.Errorf("the turn and the page differ: %q, %q", a.Text(), want.Text())
			}
		}
		b.Close()
	}
}

func TestDays(t *testing.T) {
	for d, want := range map[string]string{
		days(ConversationTTL): "30 minutes", days(ClaimTTL): "2 hours", days(MentorTTL): "7 days", days(MentorTTL / 7): "1 day",
	} {
		if d != want {
			t.Errorf("got %q, want %q", d, want)
		}
	}
}

// Adapters tell by Meta which buttons a turn about the bot gets.
func TestMetaIsNamed(t *testing.T) {
	s, err := NewSnapshot(small(t))
	if err != nil {
		t.Fatal(err)
	}
	b := New(s, Options{})
	defer b.Close()
	for topic, want := range map[string]string{"human": "human", "privacy": "privacy", "<@U1> hostile": "help", "": "help"} {
		if a := b.Answer(t.Context(), Question{Choice: &Choice{Kind: KindMeta, Topic: topic}}); a.Kind != KindMeta || a.Meta != want {
			t.Errorf("%q: got %s %q, want %q", topic, a.Kind, a.Meta, want)
		}
	}
}
