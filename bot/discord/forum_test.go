package discord

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

const forum = "300000000000000015"

// TestForum: posts are answered in place where a moderator enabled it, by what
// Discord shows of them.
func TestForum(t *testing.T) {
	type post = fakediscord.Post
	for _, tc := range []struct {
		name    string
		on      bool
		content bool // the privileged intent
		p       post
		want    string // what is asked, "-" for silence
		why     string
	}{
		{"title", true, false, post{Title: "How do I become an MLT?", Text: "I am in Ohio"}, "How do I become an MLT?", whyAnswered},
		{"message before thread", true, false, post{Title: "How do I become an MLT?", LateThread: true}, "How do I become an MLT?", whyAnswered},
		{"title and text", true, true, post{Title: "MLT?", Text: "how long is school"}, "MLT?\nhow long is school", whyAnswered},
		{"not enabled", false, false, post{Title: "How do I become an MLT?"}, "-", whyForum},
		{"mention without enabling", false, false, post{Title: "MLT?", Mention: true, Text: "pay?"}, "pay?", whyAnswered},
		{"mention alone", false, false, post{Title: "MLT pay?", Mention: true}, "MLT pay?", whyAnswered},
		{"mention where enabled", true, false, post{Title: "MLT?", Mention: true, Text: "pay?"}, "pay?", whyAnswered},
		{"a bot's", true, false, post{Title: "How do I become an MLT?", Bot: true}, "-", whyBot},
		{"thread of a usual channel", true, false, post{Title: "How do I become an MLT?", OtherThread: true}, "-", whyUnasked},
		{"no answer", true, false, post{Title: "unknown"}, "unknown", whySilent},
		{"small talk", true, false, post{Title: "hello"}, "hello", whySilent},
		{"emergency", true, false, post{Title: "emergency"}, "emergency", whyAnswered},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &shelf{docs: map[bot.Place]string{}}
			if tc.on {
				s.docs[bot.Place{Platform: "discord", Workspace: server, Channel: forum}] = `{"forum":"on","role":"medical-laboratory-technician"}`
			}
			a := &asker{answer: func(_ context.Context, q bot.Question) bot.Answer {
				switch q.Text {
				case "unknown", "emergency":
					return bot.Answer{Kind: bot.KindDecline, Reason: q.Text, Title: "No"}
				case "hello":
					return bot.Answer{Kind: bot.KindMeta, Title: "Hello"}
				}
				return sample()
			}}
			set := setup{asker: a, config: func(c *Config) {
				c.Preferences, c.MessageContent = bot.NewPreferenceBook(s, time.Now), tc.content
			}}
			if tc.content {
				set.fake = append(set.fake, fakediscord.Privileged())
			}
			bubble(t, set, func(t *testing.T, w *world) {
				m := w.fake.OpenPost(tc.p)
				synctest.Wait()
				asked, replies := w.asker.questions(), w.fake.RepliesTo(m.ID)
				if got := w.adapter.explain(m.ID); got != tc.why {
					t.Errorf("explained as %q, want %q", got, tc.why)
				}
				if tc.want == "-" {
					if len(asked)+len(replies) != 0 {
						t.Errorf("asked %+v, replies %+v, want silence", asked, replies)
					}
					return
				}
				if len(asked) != 1 || asked[0].Text != tc.want {
					t.Fatalf("asked %+v, want %q", asked, tc.want)
				}
				if p := asked[0].Place; p.Channel != forum || p.Thread != m.ID {
					t.Errorf("place %+v", p)
				}
				if tc.on && asked[0].Role != "medical-laboratory-technician" {
					t.Errorf("the forum's job is not in %+v", asked[0])
				}
				if want := tc.why == whyAnswered; want != (len(replies) == 1) || want && replies[0].Channel != m.ID {
					t.Errorf("replies %+v", replies)
				}
			})
		})
	}
}

// TestForumSetting switches a forum on by command, and what follows is taken up
// again after a restart.
func TestForumSetting(t *testing.T) {
	s := &shelf{}
	box := &inbox{}
	bubble(t, setup{config: func(c *Config) { c.Preferences, c.Inbox = bot.NewPreferenceBook(s, time.Now), box }}, func(t *testing.T, w *world) {
		w.until("registered", func() bool { _, n := w.fake.Commands(); return n == 1 })
		if r := w.do(set("forum", opt("value", "on"), inChannel(forum))); !strings.Contains(string(r.Data), "Forum posts: every new one") {
			t.Errorf("saved: %s", r.Data)
		}
		w.fake.Fail(fakediscord.Fault{Method: "POST", Route: fakediscord.RouteMessages, Status: 500, Times: maxTries})
		m := w.fake.OpenPost(fakediscord.Post{Title: "How do I become an MLT?"})
		w.wait(time.Minute)
		if n := len(w.fake.RepliesTo(m.ID)); n != 0 || box.left() != 1 {
			t.Fatalf("%d replies, %d kept", n, box.left())
		}
		w.wait(5 * time.Minute)
		if n := len(w.fake.RepliesTo(m.ID)); n != 1 || box.left() != 0 {
			t.Errorf("%d replies, %d kept", n, box.left())
		}
		w.do(set("forum", opt("value", "default"), inChannel(forum)))
		m = w.fake.OpenPost(fakediscord.Post{Title: "How do I become an MLS?"})
		synctest.Wait()
		if n := len(w.fake.RepliesTo(m.ID)); n != 0 {
			t.Errorf("%d replies after it was switched off", n)
		}
	})
}

// TestPostsAreBounded: threads without messages, and messages without threads, are forgotten.
func TestPostsAreBounded(t *testing.T) {
	p := newPosts()
	p.forum(channel{ID: forum, Type: channelForum})
	for n := range 3 * maxPosts {
		p.opened(channel{ID: fmt.Sprint(n), Parent: forum, Name: "x", New: true})
	}
	if n := len(p.half); n > maxPosts+1 {
		t.Errorf("%d are kept", n)
	}
}
