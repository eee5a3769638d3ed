package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

// bubble runs a test of a ready world in a synctest bubble.
func bubble(t *testing.T, s setup, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, s)
		w.ready()
		test(t, w)
	})
}

func TestCommandsBecomeQuestions(t *testing.T) {
	choice := func(kind bot.Kind, topic, detail string, subjects ...string) bot.Question {
		return bot.Question{Choice: &bot.Choice{Kind: kind, Subjects: subjects, Topic: topic, Detail: detail}}
	}
	for _, tc := range []struct {
		name string
		data map[string]any
		want bot.Question
	}{
		{"ask", slash("ask", opt("question", " how? ")), bot.Question{Text: "how?"}},
		{"role picked", slash("role", opt("role", "=phlebotomist")), choice(bot.KindAnswer, "", "", "phlebotomist")},
		{"role and topic picked", slash("role", opt("role", "=phlebotomist"), opt("topic", "=pay")), choice(bot.KindAnswer, "pay", "", "phlebotomist")},
		{"role typed", slash("role", opt("role", "blood person"), opt("topic", "=pay")), bot.Question{Text: "blood person pay"}},
		{"topic typed", slash("role", opt("role", "=ekg-technician"), opt("topic", "money")), bot.Question{Text: "ekg technician money"}},
		{"compare picked", slash("compare", opt("first", "=a"), opt("second", "=b")), choice(bot.KindCompare, "", "", "a", "b")},
		{"compare typed", slash("compare", opt("first", "=a-b"), opt("second", "MLS")), bot.Question{Text: "compare a b and MLS"}},
		{"path picked", slash("path", opt("from", "=a"), opt("to", "=b")), choice(bot.KindPath, "", "", "a", "b")},
		{"path typed", slash("path", opt("from", "x"), opt("to", "y")), bot.Question{Text: "how do I get from x to y"}},
		{"match", slash("match", opt("about", "I like labs")), bot.Question{Text: "what jobs suit me, I like labs"}},
		{"match by questions", slash("match"), choice(bot.KindMatch, "", "")},
		{"certification picked", slash("certification", opt("name", "=certifications/cpt")), choice(bot.KindAnswer, "", "", "certifications/cpt")},
		{"certification typed", slash("certification", opt("name", "PBT")), bot.Question{Text: "PBT certification"}},
		{"license", slash("license", opt("role", "=phlebotomist"), opt("state", "California")), choice(bot.KindAnswer, "licensure", "@California", "phlebotomist")},
		{"license with state picked", slash("license", opt("role", "=phlebotomist"), opt("state", "=@ca")), choice(bot.KindAnswer, "licensure", "@ca", "phlebotomist")},
		{"license typed", slash("license", opt("role", "blood person"), opt("state", "=@ca")), bot.Question{Text: "license for blood person in CA"}},
		{"pay", slash("pay", opt("role", "=phlebotomist"), opt("state", "=@oh")), choice(bot.KindAnswer, "pay", "@oh", "phlebotomist")},
		{"certificates", slash("certificates", opt("role", "=phlebotomist")), choice(bot.KindAnswer, "certification", "*", "phlebotomist")},
		{"certificates sorted", slash("certificates", opt("role", "=phlebotomist"), opt("which", "*fee")), choice(bot.KindAnswer, "certification", "*fee", "phlebotomist")},
		{"match without words", slash("match"), choice(bot.KindMatch, "", "")},
		{"license without state", slash("license", opt("role", "=phlebotomist")), choice(bot.KindAnswer, "licensure", "", "phlebotomist")},
		{"define picked", slash("define", opt("term", "=CLIA")), choice(bot.KindDefine, "", "CLIA")},
		{"define typed", slash("define", opt("term", "clia")), bot.Question{Text: "what does clia mean"}},
		{"help", slash("help"), choice(bot.KindMeta, "help", "")},
		{"about", slash("about"), choice(bot.KindMeta, "about", "")},
		{"privacy", slash("privacy"), choice(bot.KindMeta, "privacy", "")},
		{"message command", map[string]any{
			"id": "1", "name": "Answer this", "type": 3, "target_id": "77",
			"resolved": map[string]any{"messages": map[string]any{"77": map[string]any{"id": "77", "content": "what does a phlebotomist do?"}}},
		}, bot.Question{Text: "what does a phlebotomist do?"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, setup{}, func(t *testing.T, w *world) {
				i := w.fake.Interact(fakediscord.Interaction{Data: tc.data, Locale: "de"})
				synctest.Wait()
				got := w.asker.questions()
				if len(got) != 1 || len(w.fake.RepliesTo(i.ID)) != 1 {
					t.Fatalf("asked %+v, replies %+v", got, w.fake.RepliesTo(i.ID))
				}
				if got[0].Text != tc.want.Text || fmt.Sprintf("%+v", got[0].Choice) != fmt.Sprintf("%+v", tc.want.Choice) {
					t.Errorf("asked %q %+v, want %q %+v", got[0].Text, got[0].Choice, tc.want.Text, tc.want.Choice)
				}
				if got[0].Locale != "de" || got[0].Place.Platform != "discord" {
					t.Errorf("asked %+v", got[0])
				}
			})
		})
	}
}

// TestOddInteractions are answered with a word, never with silence or a crash.
func TestOddInteractions(t *testing.T) {
	for _, tc := range []struct {
		name string
		i    fakediscord.Interaction
	}{
		{"no subcommand", fakediscord.Interaction{Data: map[string]any{"name": "career", "type": 1}}},
		{"unknown subcommand", fakediscord.Interaction{Data: slash("juggle")}},
		{"unknown command", fakediscord.Interaction{Data: map[string]any{"name": "other", "type": 1}}},
		{"user command", fakediscord.Interaction{Data: map[string]any{"name": "Answer this", "type": 2}}},
		{"message without text", fakediscord.Interaction{Data: map[string]any{"name": "Answer this", "type": 3, "target_id": "1"}}},
		{"number as question", fakediscord.Interaction{Data: slash("ask", map[string]any{"name": "question", "type": 4, "value": 7})}},
		{"options of another shape", fakediscord.Interaction{Data: map[string]any{"name": "career", "type": 1, "options": map[string]any{}}}},
		{"unknown button", fakediscord.Interaction{Type: fakediscord.Component, Data: map[string]any{"custom_id": "zzz", "component_type": 2}}},
		{"old button", fakediscord.Interaction{Type: fakediscord.Component, Data: map[string]any{"custom_id": "a:q0|x", "component_type": 2}}},
		{"menu without value", fakediscord.Interaction{Type: fakediscord.Component, Data: map[string]any{"custom_id": "sel1", "component_type": 3}}},
		{"share without message", fakediscord.Interaction{Type: fakediscord.Component, Data: map[string]any{"custom_id": "share", "component_type": 2}}},
		{"modal", fakediscord.Interaction{Type: 5, Data: map[string]any{"custom_id": "x"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, setup{}, func(t *testing.T, w *world) {
				i := w.fake.Interact(tc.i)
				synctest.Wait()
				if got := w.fake.RepliesTo(i.ID); len(got) != 1 {
					t.Errorf("replies %+v, want one", got)
				}
			})
		})
	}
}

func TestMessages(t *testing.T) {
	type message = fakediscord.Message
	for _, tc := range []struct {
		name string
		m    message
		want string // what is asked, "-" for nothing
	}{
		{"mention", message{Text: "what is a phlebotomist?", Mention: true}, "what is a phlebotomist?"},
		{"direct message", message{Text: "what is a phlebotomist?", DM: true}, "what is a phlebotomist?"},
		{"reply with a ping", message{Text: "and the pay?", Mention: true, Replied: "A phlebotomist draws blood."}, "and the pay?"},
		{"mention under someone's question", message{Mention: true, Replied: "what is an EKG tech?", RepliedTo: "8"}, "what is an EKG tech?"},
		{"mention alone", message{Mention: true}, ""},
		{"others mentioned", message{Text: "is <@77> or <@&88> in <#99> a <:nurse:123>?", Mention: true}, "is  or  in  a nurse?"},
		{"chatter", message{Text: "hello all"}, "-"},
		{"a bot", message{Text: "hello", Mention: true, Bot: true, User: "9"}, "-"},
		{"a webhook", message{Text: "hello", Mention: true, Webhook: "9"}, "-"},
		{"itself", message{Text: "hello", DM: true, User: fakediscord.BotID}, "-"},
		{"a join notice", message{Type: 7, Mention: true}, "-"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, setup{}, func(t *testing.T, w *world) {
				m := w.fake.Message(tc.m)
				synctest.Wait()
				asked, replies := w.asker.questions(), w.fake.RepliesTo(m.ID)
				if tc.want == "-" {
					if len(asked) != 0 || len(w.fake.Replies()) != 0 {
						t.Errorf("asked %+v, replies %+v, want silence", asked, replies)
					}
					return
				}
				if len(asked) != 1 || asked[0].Text != tc.want || len(replies) != 1 {
					t.Fatalf("asked %+v, replies %+v, want %q", asked, replies, tc.want)
				}
				sent := decode(t, replies[0].Data)
				if sent["nonce"] != m.ID || sent["enforce_nonce"] != true {
					t.Errorf("nonce %v %v", sent["nonce"], sent["enforce_nonce"])
				}
			})
		})
	}
}

// TestThreads: a thread is one conversation, whether asked by message or command.
func TestThreads(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		const guild, parent, thread, other = "200000000000000001", "300000000000000001", "300000000000000002", "300000000000000003"
		w.fake.Dispatch("GUILD_CREATE", map[string]any{"id": guild, "threads": []any{map[string]any{"id": thread, "type": 11, "parent_id": parent}}})
		w.fake.Dispatch("THREAD_CREATE", map[string]any{"id": other, "type": 11, "parent_id": parent, "guild_id": guild})
		w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: thread})
		synctest.Wait()
		w.fake.Interact(fakediscord.Interaction{Data: slash("help"), Channel: thread, Parent: parent})
		synctest.Wait()
		w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: other})
		synctest.Wait()
		want := []bot.Place{
			{Platform: "discord", Workspace: guild, Channel: parent, Thread: thread}, {Platform: "discord", Workspace: guild, Channel: parent, Thread: thread},
			{Platform: "discord", Workspace: guild, Channel: parent, Thread: other},
		}
		for n, q := range w.asker.questions() {
			if q.Place != want[n] {
				t.Errorf("question %d: place %+v, want %+v", n, q.Place, want[n])
			}
		}
	})
}

// TestDuplicates delivers everything twice, as two connections to one shard do.
func TestDuplicates(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		i := w.fake.Interact(ask("a"))
		w.fake.Dispatch("INTERACTION_CREATE", rawJSON(i.JSON()))
		m := w.fake.Message(fakediscord.Message{Text: "a", Mention: true})
		w.fake.Message(m)
		synctest.Wait()
		if n := len(w.asker.questions()); n != 2 {
			t.Errorf("%d questions, want 2", n)
		}
		if a, b := len(w.fake.RepliesTo(i.ID)), len(w.fake.RepliesTo(m.ID)); a != 1 || b != 1 {
			t.Errorf("%d and %d replies", a, b)
		}
	})
}

// brokenClaims fail or hang.
type brokenClaims struct{ hang bool }

func (b brokenClaims) Claim(ctx context.Context, _ string) (bool, error) {
	if b.hang {
		<-ctx.Done()
	}
	return false, errors.New("no database")
}

func (b brokenClaims) Release(context.Context, string) error { return errors.New("no database") }

// TestClaimsBroken: a database that fails costs no answer.
func TestClaimsBroken(t *testing.T) {
	for _, hang := range []bool{false, true} {
		bubble(t, setup{claims: brokenClaims{hang}}, func(t *testing.T, w *world) {
			i := w.fake.Interact(ask("a"))
			w.fake.Dispatch("INTERACTION_CREATE", rawJSON(i.JSON()))
			w.wait(3 * time.Second)
			if got := w.fake.RepliesTo(i.ID); len(got) != 1 {
				t.Errorf("hang %v: replies %+v, want one", hang, got)
			}
		})
	}
}

// TestSlowAnswer is deferred at 1.5 s and comes in place of the deferral.
func TestSlowAnswer(t *testing.T) {
	slow := &asker{answer: func(ctx context.Context, q bot.Question) bot.Answer {
		select {
		case <-time.After(10 * time.Second):
		case <-ctx.Done():
		}
		return sample()
	}}
	bubble(t, setup{asker: slow}, func(t *testing.T, w *world) {
		start := time.Now()
		i := w.fake.Interact(ask("a"))
		w.wait(20 * time.Second)
		calls := w.fake.Requests("POST", fakediscord.RouteCallback)
		if len(calls) != 1 || calls[0].At.Sub(start) != deferAfter || !strings.Contains(string(calls[0].Body), `"type":5`) {
			t.Errorf("callbacks %+v, want a deferral after %v", calls, deferAfter)
		}
		got := w.fake.RepliesTo(i.ID)
		if len(got) != 1 || !got[0].Ephemeral || got[0].Route != fakediscord.RouteOriginal {
			t.Errorf("replies %+v", got)
		}
	})
}

// TestPanics: an answer that panics fails with a notice, and the next one works.
func TestPanics(t *testing.T) {
	bad := &asker{answer: func(ctx context.Context, q bot.Question) bot.Answer {
		if q.Text == "boom" {
			panic("canary question text")
		}
		return sample()
	}}
	bubble(t, setup{asker: bad}, func(t *testing.T, w *world) {
		i := w.fake.Interact(ask("boom"))
		m := w.fake.Message(fakediscord.Message{Text: "boom", Mention: true})
		synctest.Wait()
		if len(w.fake.RepliesTo(i.ID)) != 1 || len(w.fake.RepliesTo(m.ID)) != 1 {
			t.Error("no notice after a panic")
		}
		w.works()
	})
}

// TestOverload fills the queue: nothing is lost without a word.
func TestOverload(t *testing.T) {
	release := make(chan struct{})
	stuck := &asker{answer: func(ctx context.Context, q bot.Question) bot.Answer {
		<-release
		return sample()
	}}
	synctest.Test(t, func(t *testing.T) {
		release = make(chan struct{})
		w := newWorld(t, setup{asker: stuck, fake: []fakediscord.Option{fakediscord.Unchecked()}})
		w.ready()
		var ids []string
		for range maxQueued + 50 {
			ids = append(ids, w.fake.Message(fakediscord.Message{Text: "a", DM: true, Channel: w.fake.ID()}).ID)
		}
		synctest.Wait()
		if n := len(w.fake.Replies()); n != 50 {
			t.Errorf("%d were told to come back, want 50", n)
		}
		i := w.fake.Interact(ask("a"))
		synctest.Wait()
		if got := w.fake.RepliesTo(i.ID); len(got) != 1 || !got[0].Ephemeral {
			t.Errorf("a command is not told to come back: %+v", got)
		}
		close(release)
		w.until("drained", func() bool { return len(w.fake.Replies()) == len(ids)+1 })
	})
}

// TestDrain stops the bot with questions under way: they are answered first.
func TestDrain(t *testing.T) {
	slow := &asker{answer: func(ctx context.Context, q bot.Question) bot.Answer {
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
		return sample()
	}}
	bubble(t, setup{asker: slow}, func(t *testing.T, w *world) {
		var ids []string
		for range 100 {
			ids = append(ids, w.fake.Message(fakediscord.Message{Text: "a", DM: true, Channel: w.fake.ID()}).ID)
		}
		synctest.Wait()
		start := time.Now()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d > 25*time.Second {
			t.Errorf("draining took %v", d)
		}
		for _, id := range ids {
			if n := len(w.fake.RepliesTo(id)); n != 1 {
				t.Errorf("%d replies to %s", n, id)
			}
		}
	})
}

// TestDrainEnds: questions that do not end are given up after 20 seconds.
func TestDrainEnds(t *testing.T) {
	stuck := &asker{answer: func(ctx context.Context, q bot.Question) bot.Answer {
		<-ctx.Done()
		return sample()
	}}
	bubble(t, setup{asker: stuck}, func(t *testing.T, w *world) {
		for range 40 {
			w.fake.Message(fakediscord.Message{Text: "a", DM: true, Channel: w.fake.ID()})
		}
		synctest.Wait()
		start := time.Now()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if d := time.Since(start); d < drainWait || d > drainWait+5*time.Second {
			t.Errorf("stopping took %v", d)
		}
	})
}

// TestOrder: messages of one person in one channel are answered in order.
func TestOrder(t *testing.T) {
	var mu sync.Mutex
	var order []string
	a := &asker{answer: func(ctx context.Context, q bot.Question) bot.Answer {
		if q.Text == "m0" {
			<-time.After(time.Second)
		}
		mu.Lock()
		defer mu.Unlock()
		order = append(order, q.Text)
		return sample()
	}}
	bubble(t, setup{asker: a}, func(t *testing.T, w *world) {
		for n := range 5 {
			w.fake.Message(fakediscord.Message{Text: fmt.Sprint("m", n), Mention: true})
		}
		w.wait(5 * time.Second)
		if got := strings.Join(order, " "); got != "m0 m1 m2 m3 m4" {
			t.Errorf("answered %s", got)
		}
	})
}

func TestAutocomplete(t *testing.T) {
	for _, tc := range []struct {
		option string
		want   string
	}{
		{"role", `{"type":8,"data":{"choices":[{"name":"Phlebotomist","value":"=phlebotomist"},{"name":"role phl","value":"=other"}]}}`},
		{"topic", `{"type":8,"data":{}}`},
		{"unknown", `{"type":8,"data":{}}`},
	} {
		bubble(t, setup{}, func(t *testing.T, w *world) {
			o := map[string]any{"name": tc.option, "type": 3, "value": "phl", "focused": true}
			w.fake.Interact(fakediscord.Interaction{Type: fakediscord.Autocomplete, Data: slash("role", o)})
			synctest.Wait()
			calls := w.fake.Requests("POST", fakediscord.RouteCallback)
			if len(calls) != 1 || string(calls[0].Body) != tc.want {
				t.Errorf("%s: %s, want %s", tc.option, calls[0].Body, tc.want)
			}
		})
	}
}

// TestSuggestions completes from the real content: exact names and aliases first,
// slips forgiven, and with nothing typed what is asked most.
func TestSuggestions(t *testing.T) {
	a, err := New(Config{Token: fakediscord.Token}, realBot(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ option, typed, want string }{
		{"role", "MLT", "=medical-laboratory-technician"}, {"role", "cls", "=medical-laboratory-scientist"}, {"role", "ekg", "=ekg-technician"},
		{"role", "flebotomist", "=phlebotomist"}, {"role", "phelbotmist", "=phlebotomist"}, {"role", "pharmcy", "=pharmacy-technician"}, {"role", "sonografer", "=diagnostic-medical-sonographer"},
		{"first", "resp", "=respiratory-therapist"}, {"topic", "licencure", "=licensure"}, {"topic", "pay", "=pay"}, {"name", "ptcb", "=certifications/cpht-ptcb"}, {"term", "clia", "=CLIA"},
	} {
		got := a.suggestions(tc.option, tc.typed).Choices
		if len(got) == 0 || got[0].Value != tc.want || len(got) > maxOptions {
			t.Errorf("%s %q: got %v, want %s first", tc.option, tc.typed, got, tc.want)
		}
	}
	if got := a.suggestions("role", "").Choices; len(got) < 10 {
		t.Errorf("nothing typed: %v", got)
	}
	a.set.Popular = bot.NewPopular(usage{{Use: bot.Use{Role: "veterinary-technician", Topic: "renewal"}, Count: 7}}, time.Now)
	if err := a.set.Popular.Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	if role, topic := a.suggestions("role", "").Choices[0].Value, a.suggestions("topic", "").Choices[0].Value; role != "=veterinary-technician" || topic != "=renewal" {
		t.Errorf("asked most: got %s and %s", role, topic)
	}
}

// usage is what has been asked.
type usage []bot.UseCount

func (usage) Count(context.Context, bot.Use) error                                 { return nil }
func (u usage) Uses(context.Context, time.Time, time.Time) ([]bot.UseCount, error) { return u, nil }

// component is a tap on a message that an earlier reply made.
func tapOn(reply fakediscord.Reply, id string, values ...string) fakediscord.Interaction {
	kind := 2
	if len(values) > 0 {
		kind = 3
	}
	flags := 1 << 15
	if reply.Ephemeral {
		flags |= flagEphemeral
	}
	var sent struct {
		Components any `json:"components"`
	}
	unmarshal(reply.Data, &sent)
	return fakediscord.Interaction{
		Type: fakediscord.Component, Data: map[string]any{"custom_id": id, "component_type": kind, "values": values},
		Message: map[string]any{"id": reply.Message, "flags": flags, "content": "", "embeds": []any{}, "components": sent.Components},
	}
}

// TestTaps follows every component of a reply.
func TestTaps(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		w.fake.Interact(ask("a"))
		synctest.Wait()
		first := w.fake.Replies()[0]
		tap := func(id string, values ...string) fakediscord.Reply {
			t.Helper()
			i := w.fake.Interact(tapOn(first, id, values...))
			synctest.Wait()
			got := w.fake.RepliesTo(i.ID)
			if len(got) != 1 {
				t.Fatalf("%s: replies %+v", id, got)
			}
			return got[0]
		}
		if r := tap("a:q1||phlebotomist|outlook"); !r.Ephemeral || r.Update {
			t.Errorf("button: %+v", r)
		}
		if q := w.asker.questions()[1]; q.Choice == nil || q.Choice.Topic != "outlook" || q.Choice.Subjects[0] != "phlebotomist" {
			t.Errorf("button asked %+v", q)
		}
		if r := tap("sel2", "a:q1||ekg-technician|pay"); !r.Update {
			t.Errorf("change: %+v", r)
		}
		if r := tap("c:q1||phlebotomist|pay"); !r.Update {
			t.Errorf("a reading: %+v", r)
		}
		if r := tap("t:how to start"); r.Update || w.asker.questions()[4].Text != "how to start" {
			t.Errorf("text button: %+v", r)
		}
		r := tap("share")
		if r.Ephemeral || !strings.Contains(string(r.Data), "Half earn more") || strings.Contains(string(r.Data), "custom_id") {
			t.Errorf("share: %+v %s", r, r.Data)
		}
		if r := tap("share"); !r.Ephemeral || strings.Contains(string(r.Data), "Half earn more") {
			t.Errorf("second share: %s", r.Data)
		}
	})
}

// TestFeedback: verdicts are counted once a person, and "Not helpful" asks why.
func TestFeedback(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		w.fake.Interact(ask("a"))
		synctest.Wait()
		first := w.fake.Replies()[0]
		const on = ":5f3c9a1e7b20:roles/phlebotomist#pay"
		tap := func(r fakediscord.Reply, id string) fakediscord.Reply {
			t.Helper()
			if !strings.Contains(string(r.Data), `"`+id+`"`) && strings.HasSuffix(id, on) {
				t.Fatalf("there is no %s on %s", id, r.Data)
			}
			i := w.fake.Interact(tapOn(r, id))
			synctest.Wait()
			got := w.fake.RepliesTo(i.ID)
			if len(got) != 1 || !got[0].Ephemeral && !got[0].Update {
				t.Fatalf("%s: replies %+v", id, got)
			}
			return got[0]
		}
		why := tap(first, tapVerdict+"n"+on)
		if r := tap(why, tapVerdict+"t"+on); !r.Update || strings.Contains(string(r.Data), "custom_id") {
			t.Errorf("a reason is answered by %s", r.Data)
		}
		tap(first, tapVerdict+"n"+on)
		tap(first, tapVerdict+"h"+on)
		tap(first, "f1:roles/mlt#pay") // of an older version
		for _, odd := range []string{"f0:", "f2:", "f2:z:a:b", "f2:h:a:WORDS OF MINE", "f2:h:<x>:a"} {
			if r := tap(first, odd); !strings.Contains(string(r.Data), "older version") {
				t.Errorf("%s: %s", odd, r.Data)
			}
		}
		want := []string{"not-helpful 5f3c9a1e7b20 roles/phlebotomist#pay", "wrong-topic 5f3c9a1e7b20 roles/phlebotomist#pay", "helpful  roles/mlt#pay"}
		if got := w.tally.given; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("counted %q, want %q", got, want)
		}
		w.tally.broken = true
		if r := tap(first, "f1:roles/other#pay"); !strings.Contains(string(r.Data), "not counted") {
			t.Errorf("while the storage is away: %s", r.Data)
		}
	})
	bubble(t, setup{config: func(c *Config) { c.Feedback = nil }}, func(t *testing.T, w *world) {
		i := w.fake.Interact(ask("a"))
		synctest.Wait()
		if r := w.fake.RepliesTo(i.ID)[0]; strings.Contains(string(r.Data), tapVerdict) {
			t.Errorf("verdicts are asked for that nobody takes: %s", r.Data)
		}
	})
}

// TestSharePlain shares an answer that was sent as content and embed.
func TestSharePlain(t *testing.T) {
	bubble(t, setup{config: func(c *Config) { c.Plain = true }}, func(t *testing.T, w *world) {
		w.fake.Interact(ask("a"))
		synctest.Wait()
		first := w.fake.Replies()[0]
		var sent struct {
			Content    string `json:"content"`
			Embeds     any    `json:"embeds"`
			Components any    `json:"components"`
		}
		unmarshal(first.Data, &sent)
		i := w.fake.Interact(fakediscord.Interaction{
			Type: fakediscord.Component, Data: map[string]any{"custom_id": "share", "component_type": 2},
			Message: map[string]any{"id": first.Message, "flags": flagEphemeral, "content": sent.Content, "embeds": sent.Embeds, "components": sent.Components},
		})
		synctest.Wait()
		got := w.fake.RepliesTo(i.ID)
		if len(got) != 1 || got[0].Ephemeral || !strings.Contains(string(got[0].Data), "Half earn more") || !strings.Contains(string(got[0].Data), "Occupational wages") {
			t.Errorf("replies %+v %s", got, got[0].Data)
		}
	})
}

// TestAudience: who sees a reply.
func TestAudience(t *testing.T) {
	for _, tc := range []struct {
		name      string
		i         fakediscord.Interaction
		config    func(*Config)
		ephemeral bool
		share     bool
	}{
		{"server", fakediscord.Interaction{Data: slash("help")}, nil, true, true},
		{"direct message", fakediscord.Interaction{DM: true, Data: slash("help")}, nil, false, false},
		{"only the person installed it", fakediscord.Interaction{UserInstalled: true, Data: slash("help")}, nil, true, true},
		{"private channel of several people", fakediscord.Interaction{DM: true, Group: true, UserInstalled: true, Data: slash("help")}, nil, true, true},
		{"server set to public", fakediscord.Interaction{Data: slash("help")}, func(c *Config) { c.Public = true }, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, setup{config: tc.config}, func(t *testing.T, w *world) {
				i := w.fake.Interact(tc.i)
				synctest.Wait()
				r := w.fake.RepliesTo(i.ID)[0]
				if r.Ephemeral != tc.ephemeral || strings.Contains(string(r.Data), `"share"`) != tc.share {
					t.Errorf("ephemeral %v, data %s", r.Ephemeral, r.Data)
				}
			})
		})
	}
}

func TestCommandsRegistered(t *testing.T) {
	bubble(t, setup{}, func(t *testing.T, w *world) {
		w.until("registered", func() bool { _, n := w.fake.Commands(); return n == 1 })
		list, _ := w.fake.Commands()
		if len(list) != 2 || list[0]["name"] != "career" || list[1]["name"] != "Answer this" {
			t.Errorf("commands %v", list)
		}
		changed, err := w.adapter.client.syncCommands(t.Context(), fakediscord.ApplicationID, w.adapter.commands())
		if changed || err != nil {
			t.Errorf("second run: changed %v, %v", changed, err)
		}
		list[0]["description"] = "tampered with"
		if changed, err := w.adapter.client.syncCommands(t.Context(), fakediscord.ApplicationID, w.adapter.commands()); !changed || err != nil {
			t.Errorf("after a change: changed %v, %v", changed, err)
		}
	})
}
