package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
	"careerbot/bot/store"
)

const (
	mentorsRoom = "300000000000000077"
	mentorRole  = "600000000000000001"
	mentorUser  = "400000000000000077"
)

// withStore gives an adapter everything that a real store keeps.
func withStore(t *testing.T) setup {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir(), Keys: store.Secret(strings.Repeat("ab", 32)), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	prefs := bot.NewPreferenceBook(db.Settings(), time.Now)
	lost := &asker{answer: func(_ context.Context, q bot.Question) bot.Answer {
		switch {
		case strings.Contains(q.Text, "person"):
			return bot.Answer{Kind: bot.KindMeta, Meta: "human", Title: "Asking a person", Blocks: []bot.Block{paragraph("I can't pass you on.")}}
		case strings.Contains(q.Text, "lump"):
			return bot.Answer{Kind: bot.KindDecline, Reason: "medical-advice", Title: "Please ask a health professional"}
		}
		return bot.Answer{Kind: bot.KindDecline, Reason: "unknown", Title: "I don't know that one", Roles: []string{"phlebotomist"}}
	}}
	return setup{asker: lost, config: func(c *Config) {
		c.Preferences, c.People = prefs, db.People()
		c.Mentors = bot.NewMentorDesk(db.Mentors(), db.Outbox(), db.Claims(), prefs, time.Now)
	}}
}

// withMentors is a ready world whose server has mentors.
func withMentors(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, withStore(t))
		w.ready()
		w.do(set("mentors", inOption("in", mentorsRoom), map[string]any{"name": "role", "type": 8, "value": mentorRole}))
		test(t, w)
	})
}

func inOption(name, id string) map[string]any {
	return map[string]any{"name": name, "type": 7, "value": id}
}

// do sends an interaction and returns the one reply to it.
func (w *world) do(i fakediscord.Interaction) fakediscord.Reply {
	w.t.Helper()
	i = w.fake.Interact(i)
	synctest.Wait()
	got := w.fake.RepliesTo(i.ID)
	if len(got) != 1 {
		w.t.Fatalf("replies %+v, want one", got)
	}
	return got[0]
}

// in returns the messages in a channel.
func (w *world) in(channel string) (out []fakediscord.Reply) {
	synctest.Wait()
	for _, r := range w.fake.Replies() {
		if r.Channel == channel && !r.Ephemeral {
			out = append(out, r)
		}
	}
	return out
}

// idOn returns the custom_id with a prefix on a message.
func idOn(t *testing.T, r fakediscord.Reply, prefix string) string {
	t.Helper()
	_, rest, found := strings.Cut(string(r.Data), `"custom_id":"`+prefix)
	id, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no %s on %s", prefix, r.Data)
	}
	return prefix + id
}

// sends is a form that was filled in.
func sends(t *testing.T, form fakediscord.Form, on fakediscord.Reply, text string) fakediscord.Interaction {
	t.Helper()
	var f struct {
		CustomID string `json:"custom_id"`
	}
	unmarshal(form.Data, &f)
	i := tapOn(on, f.CustomID)
	i.Type = fakediscord.Modal
	i.Data = map[string]any{"custom_id": f.CustomID, "components": []any{map[string]any{"type": 18, "id": 1, "component": map[string]any{"type": 4, "id": 2, "custom_id": inputID, "value": text}}}}
	return i
}

func mentor(i fakediscord.Interaction) fakediscord.Interaction {
	i.User, i.Channel, i.Roles = mentorUser, mentorsRoom, []string{mentorRole}
	return i
}

// TestMentors follows a question from "Ask a person" to the asker's direct message.
func TestMentors(t *testing.T) {
	withMentors(t, func(t *testing.T, w *world) {
		declined := w.do(ask("do phlebotomists juggle? I am @everyone, call 555 123 4567"))
		if r := w.do(tapOn(declined, idOn(t, declined, tapAsk))); !r.Ephemeral || !strings.Contains(string(r.Data), "Passed on to mentors") {
			t.Fatalf("asking: %s", r.Data)
		}
		w.do(tapOn(declined, idOn(t, declined, tapAsk))) // again: the same question
		notices := w.in(mentorsRoom)
		if len(notices) != 1 {
			t.Fatalf("%d notices for mentors, want one", len(notices))
		}
		notice := notices[0]
		for want, there := range map[string]bool{"do phlebotomists juggle?": true, "<@&" + mentorRole + ">": true, "@everyone": false, "4567": false, declined.Source: false, "400000000000000001": false} {
			if strings.Contains(string(notice.Data), want) != there {
				t.Errorf("the notice holds %q: %v, want %v\n%s", want, !there, there, notice.Data)
			}
		}

		stranger := tapOn(notice, idOn(t, notice, tapClaim))
		if r := w.do(stranger); !strings.Contains(string(r.Data), "Only mentors") {
			t.Errorf("a stranger claims: %s", r.Data)
		}
		claim := w.fake.Interact(mentor(tapOn(notice, idOn(t, notice, tapClaim))))
		synctest.Wait()
		forms := w.fake.Forms()
		if len(forms) != 1 || forms[0].Source != claim.ID {
			t.Fatalf("forms %+v", forms)
		}
		if r := w.in(mentorsRoom)[0]; r.Edits != 1 || !strings.Contains(string(r.Data), "A mentor is on it") {
			t.Errorf("the notice still reads %s", r.Data)
		}
		second := mentor(tapOn(notice, idOn(t, notice, tapClaim)))
		second.User = "400000000000000078"
		if r := w.do(second); !strings.Contains(string(r.Data), "Somebody else has it") {
			t.Errorf("a second mentor claims: %s", r.Data)
		}
		if r := w.do(mentor(sends(t, forms[0], notice, "  "))); !r.Ephemeral || !strings.Contains(string(r.Data), "Nothing was sent") {
			t.Errorf("an empty answer: %s", r.Data)
		}
		const words = "Only on **breaks**, @here. See https://evil.example"
		if r := w.do(mentor(sends(t, forms[0], notice, words))); !r.Update || !strings.Contains(string(r.Data), "Answered. Thank you!") || strings.Contains(string(r.Data), tapClaim) {
			t.Errorf("the notice reads %s", r.Data)
		}
		w.wait(time.Second)
		told := w.in(fakediscord.DMOf("400000000000000001"))
		if len(told) != 1 || !strings.Contains(string(told[0].Data), "A mentor has answered") || !strings.Contains(string(told[0].Data), "Only on") {
			t.Fatalf("the asker is told %+v", told)
		}
		for _, live := range []string{"**breaks**", "@here", "https://evil"} {
			if strings.Contains(string(told[0].Data), live) {
				t.Errorf("markup of a mentor's is live: %q in %s", live, told[0].Data)
			}
		}
		w.do(mentor(sends(t, forms[0], notice, words))) // delivered again
		w.wait(10 * time.Minute)
		if n := len(w.in(fakediscord.DMOf("400000000000000001"))); n != 1 {
			t.Errorf("the asker is told %d times", n)
		}
	})
}

// TestMentorsByForm: a long question, or one that is yet to be put, is written into a form.
func TestMentorsByForm(t *testing.T) {
	withMentors(t, func(t *testing.T, w *world) {
		long := "why do phlebotomists " + strings.Repeat("really ", 30) + "juggle?"
		for n, question := range []string{long, "can I talk to a person"} {
			declined := w.do(ask(question))
			w.fake.Interact(tapOn(declined, idOn(t, declined, tapWrite)))
			synctest.Wait()
			forms := w.fake.Forms()
			if len(forms) != n+1 || (n == 0) != strings.Contains(string(forms[n].Data), "why do phlebotomists really") {
				t.Fatalf("form for %q: %+v", question, forms)
			}
			if r := w.do(sends(t, forms[n], declined, " ")); !strings.Contains(string(r.Data), "nothing was passed on") {
				t.Errorf("an empty form: %s", r.Data)
			}
			if r := w.do(sends(t, forms[n], declined, fmt.Sprint("question number ", n))); !strings.Contains(string(r.Data), "Passed on") {
				t.Errorf("a form: %s", r.Data)
			}
		}
		if got := w.in(mentorsRoom); len(got) != 2 || !strings.Contains(string(got[1].Data), "question number 1") {
			t.Errorf("notices %+v", got)
		}
	})
}

// TestMentorsNotOffered: where nobody is there, and for what mentors must not decide.
func TestMentorsNotOffered(t *testing.T) {
	withMentors(t, func(t *testing.T, w *world) {
		for name, i := range map[string]fakediscord.Interaction{
			"medical advice": ask("is my lump cancer"), "direct message": {DM: true, Data: slash("ask", opt("question", "juggling?"))},
		} {
			if r := w.do(i); strings.Contains(string(r.Data), "Ask a person") {
				t.Errorf("%s: %s", name, r.Data)
			}
		}
		i := ask("x")
		i.Type, i.Data, i.Message = fakediscord.Component, map[string]any{"custom_id": "m1:t:is my lump cancer", "component_type": 2}, map[string]any{"id": "5", "flags": 64}
		if r := w.do(i); !strings.Contains(string(r.Data), "No mentors for this") {
			t.Errorf("a forged button: %s", r.Data)
		}
		w.do(set("mentors")) // nowhere again
		if r := w.do(ask("juggling?")); strings.Contains(string(r.Data), "Ask a person") {
			t.Errorf("without a channel: %s", r.Data)
		}
	})
}

// TestMentorsRoomClosed: a channel that the bot may not write to loses no question
// without a word, and the next tap tries again.
func TestMentorsRoomClosed(t *testing.T) {
	withMentors(t, func(t *testing.T, w *world) {
		declined := w.do(ask("juggling?"))
		w.fake.Fail(fakediscord.Fault{Method: "POST", Route: fakediscord.RouteMessages, Status: 403, Body: `{"code":50013,"message":"Missing Permissions"}`})
		if r := w.do(tapOn(declined, idOn(t, declined, tapAsk))); strings.Contains(string(r.Data), "Passed on to mentors") {
			t.Errorf("claimed as passed on: %s", r.Data)
		}
		if r := w.do(tapOn(declined, idOn(t, declined, tapAsk))); !strings.Contains(string(r.Data), "Passed on to mentors") || len(w.in(mentorsRoom)) != 1 {
			t.Errorf("the second tap: %s", r.Data)
		}
	})
}

// TestAskerWithoutMessages: who takes no direct messages is told under the answer
// that everyone saw, and not at all when only they saw it.
func TestAskerWithoutMessages(t *testing.T) {
	for _, public := range []bool{true, false} {
		withMentors(t, func(t *testing.T, w *world) {
			declined := w.do(ask("juggling?"))
			if public {
				m := w.fake.Message(fakediscord.Message{Text: "juggling?", Mention: true})
				synctest.Wait()
				declined = w.fake.RepliesTo(m.ID)[0]
			}
			w.do(tapOn(declined, idOn(t, declined, tapAsk)))
			notice := w.in(mentorsRoom)[0]
			w.fake.Interact(mentor(tapOn(notice, idOn(t, notice, tapClaim))))
			synctest.Wait()
			w.fake.Fail(fakediscord.Fault{Method: "POST", Route: fakediscord.RouteDMs, Status: 403, Body: `{"code":50007,"message":"Cannot send messages to this user"}`})
			before := len(w.in(general))
			w.do(mentor(sends(t, w.fake.Forms()[0], notice, "Only on breaks.")))
			w.wait(time.Minute)
			got := w.in(general)[before:]
			if public != (len(got) == 1) {
				t.Fatalf("public %v: %d messages", public, len(got))
			}
			if public && (got[0].Source != declined.Message || !strings.Contains(string(got[0].Data), "Only on breaks.")) {
				t.Errorf("told in the channel: %+v %s", got[0], got[0].Data)
			}
			w.wait(10 * time.Minute)
		})
	}
}

// TestPrivacy shows and deletes what is tied to a person.
func TestPrivacy(t *testing.T) {
	withMentors(t, func(t *testing.T, w *world) {
		w.asker.mu.Lock()
		lost := w.asker.answer
		w.asker.answer = func(ctx context.Context, q bot.Question) bot.Answer {
			if q.Choice != nil && q.Choice.Topic == "privacy" {
				a := bot.Privacy(true)
				a.Meta = "privacy"
				return a
			}
			return lost(ctx, q)
		}
		w.asker.mu.Unlock()
		declined := w.do(ask("do phlebotomists juggle?"))
		w.do(tapOn(declined, idOn(t, declined, tapAsk)))
		page := w.do(fakediscord.Interaction{Data: slash("privacy")})
		other := tapOn(page, tapShow)
		other.User = "400000000000000002"
		if r := w.do(other); !strings.Contains(string(r.Data), "Nothing at the moment") {
			t.Errorf("somebody else is shown %s", r.Data)
		}
		if r := w.do(tapOn(page, idOn(t, page, tapShow))); !r.Ephemeral || !strings.Contains(string(r.Data), "do phlebotomists juggle?") {
			t.Errorf("shown: %s", r.Data)
		}
		if r := w.do(tapOn(page, idOn(t, page, tapForget))); !r.Ephemeral || !strings.Contains(string(r.Data), "Deleted") {
			t.Errorf("deleted: %s", r.Data)
		}
		if r := w.do(tapOn(page, tapShow)); !strings.Contains(string(r.Data), "Nothing at the moment") {
			t.Errorf("after that: %s", r.Data)
		}
		w.adapter.set.People = peopleAway{}
		for _, id := range []string{tapShow, tapForget} {
			if r := w.do(tapOn(page, id)); !strings.Contains(string(r.Data), "My storage is away") {
				t.Errorf("%s while the storage is away: %s", id, r.Data)
			}
		}
	})
}

// peopleAway is a storage that cannot be reached.
type peopleAway struct{}

func (peopleAway) Export(context.Context, string) (bot.Kept, error) {
	return bot.Kept{}, errors.New("away")
}
func (peopleAway) Forget(context.Context, string) (int, error) { return 0, errors.New("away") }
