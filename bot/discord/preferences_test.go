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

// shelf keeps settings in memory, or fails.
type shelf struct {
	mu     sync.Mutex
	docs   map[bot.Place]string
	broken bool
}

func (s *shelf) Load(ctx context.Context, at bot.Place) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return nil, errors.New("away")
	}
	if doc, ok := s.docs[at]; ok {
		return []byte(doc), nil
	}
	return nil, nil
}

func (s *shelf) Save(ctx context.Context, at bot.Place, doc []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken {
		return errors.New("away")
	}
	if s.docs == nil {
		s.docs = map[bot.Place]string{}
	}
	if s.docs[at] = string(doc); doc == nil {
		delete(s.docs, at)
	}
	return nil
}

const (
	server   = "200000000000000001"
	general  = "300000000000000001"
	offTopic = "300000000000000009"
)

// set is /career settings with a subcommand.
func set(sub string, options ...map[string]any) fakediscord.Interaction {
	return fakediscord.Interaction{Manager: true, Data: map[string]any{"name": "career", "type": 1, "options": []any{
		map[string]any{"name": "settings", "type": 2, "options": []any{map[string]any{"name": sub, "type": 1, "options": options}}},
	}}}
}

func inChannel(id string) map[string]any {
	return map[string]any{"name": "channel", "type": 7, "value": id}
}

func TestServerSettings(t *testing.T) {
	s := &shelf{docs: map[bot.Place]string{{Platform: "discord", Workspace: server}: `{"another":"version's key"}`}}
	bubble(t, setup{config: func(c *Config) { c.Preferences = bot.NewPreferenceBook(s, time.Now) }}, func(t *testing.T, w *world) {
		do := func(i fakediscord.Interaction) fakediscord.Reply {
			t.Helper()
			i = w.fake.Interact(i)
			synctest.Wait()
			got := w.fake.RepliesTo(i.ID)
			if len(got) != 1 {
				t.Fatalf("replies %+v", got)
			}
			return got[0]
		}
		says := func(i fakediscord.Interaction, want string) {
			t.Helper()
			if r := do(i); !r.Ephemeral || !strings.Contains(string(r.Data), want) {
				t.Errorf("ephemeral %v %s, want %q", r.Ephemeral, r.Data, want)
			}
		}
		answers := func(channel string) bool {
			t.Helper()
			m := w.fake.Message(fakediscord.Message{Text: "a", Mention: true, Channel: channel})
			synctest.Wait()
			return len(w.fake.RepliesTo(m.ID)) == 1
		}

		w.until("registered", func() bool { _, n := w.fake.Commands(); return n == 1 })
		stranger := set("answers", opt("value", "off"))
		stranger.Manager = false
		says(stranger, "Only members who may manage the server")
		dm := set("show")
		dm.DM = true
		if r := do(dm); !strings.Contains(string(r.Data), "belong to a server") {
			t.Errorf("in a direct message: %s", r.Data)
		}
		says(set("show"), "Answers: on")

		says(set("answers", opt("value", "off")), "Answers: off")
		says(set("answers", opt("value", "on"), inChannel(general)), "Answers: on")
		if !answers(general) || answers(offTopic) {
			t.Error("want answers in the one channel that is switched on, and in no other")
		}
		off := ask("a")
		off.Channel = offTopic
		says(off, "switched me off here")
		if r := do(fakediscord.Interaction{DM: true, Data: slash("help")}); !strings.Contains(string(r.Data), "phlebotomist") {
			t.Errorf("a direct message is not answered: %s", r.Data)
		}
		says(set("answers", opt("value", "default")), "Answers: on")
		if !answers(offTopic) {
			t.Error("no answer after the setting was taken back")
		}

		says(set("replies", opt("value", "public")), "public")
		if r := do(ask("a")); r.Ephemeral {
			t.Error("want a public reply")
		}
		says(set("replies", opt("value", "private"), inChannel(general)), "private")
		if r := do(ask("a")); !r.Ephemeral {
			t.Error("want a private reply in the channel")
		}
		if got := s.docs[bot.Place{Platform: "discord", Workspace: server}]; got != `{"another":"version's key","replies":"public"}` {
			t.Errorf("stored %s", got)
		}

		s.broken = true
		says(set("answers", opt("value", "off")), "could not be saved")
		w.wait(time.Minute)
		if !answers(general) {
			t.Error("no answer while the storage is away")
		}
		if r := do(ask("a")); !r.Ephemeral {
			t.Error("the last known setting is forgotten while the storage is away")
		}
	})
}

// TestDefaultJob: what a place is about reaches every question asked in it.
func TestDefaultJob(t *testing.T) {
	s := &shelf{}
	bubble(t, setup{config: func(c *Config) { c.Preferences = bot.NewPreferenceBook(s, time.Now) }}, func(t *testing.T, w *world) {
		if r := w.do(set("job", opt("role", "=phlebotomist"))); !strings.Contains(string(r.Data), "when they name none: phlebotomist") {
			t.Errorf("saved: %s", r.Data)
		}
		if r := w.do(set("job", opt("role", "phleb"), inChannel(offTopic))); !strings.Contains(string(r.Data), "Saved for") {
			t.Errorf("typed: %s", r.Data)
		}
		w.do(ask("a"))
		w.fake.Message(fakediscord.Message{Text: "b", Mention: true})
		w.fake.Message(fakediscord.Message{Text: "c", DM: true})
		synctest.Wait()
		w.do(set("job"))
		w.do(ask("d"))
		for n, want := range []string{"phlebotomist", "phlebotomist", "", ""} {
			if got := w.asker.questions()[n]; got.Role != want {
				t.Errorf("question %q is asked about %q, want %q", got.Text, got.Role, want)
			}
		}
		show := w.do(set("show"))
		for _, want := range []string{"Answers: on", "Replies to commands: private", "name none: none", "Mentors: none", "Forum posts: only"} {
			if !strings.Contains(string(show.Data), want) {
				t.Errorf("%q is not shown in %s", want, show.Data)
			}
		}
		if r := w.do(set("mentors", inOption("in", mentorsRoom))); !strings.Contains(string(r.Data), "whoever runs it") {
			t.Errorf("mentors without a desk: %s", r.Data)
		}
	})
}

func TestWhy(t *testing.T) {
	s := &shelf{}
	bubble(t, setup{config: func(c *Config) { c.Preferences = bot.NewPreferenceBook(s, time.Now) }}, func(t *testing.T, w *world) {
		s.Save(t.Context(), bot.Place{Platform: "discord", Workspace: server, Channel: offTopic}, []byte(`{"answers":"off"}`))
		type message = fakediscord.Message
		for _, tc := range []struct {
			m    message
			want string
		}{
			{message{Text: "a", Mention: true}, whyAnswered},
			{message{Text: "a"}, whyUnasked},
			{message{Text: "a", Mention: true, Bot: true, User: "9"}, whyBot},
			{message{Type: 7, Mention: true}, whyNotice},
			{message{Text: "a", Mention: true, Channel: offTopic}, whyOff},
		} {
			m := w.fake.Message(tc.m)
			synctest.Wait()
			i := w.fake.Interact(set("why", opt("message", fmt.Sprintf("https://discord.com/channels/%s/%s/%s", m.Guild, m.Channel, m.ID))))
			synctest.Wait()
			if got := decode(t, w.fake.RepliesTo(i.ID)[0].Data)["content"]; got != tc.want {
				t.Errorf("%+v: %v, want %s", tc.m, got, tc.want)
			}
		}
		w.fake.Fail(fakediscord.Fault{Route: fakediscord.RouteMessages, Status: 403, Body: `{"code":50013}`})
		m := w.fake.Message(message{Text: "a", Mention: true})
		synctest.Wait()
		if got := w.adapter.explain(m.ID); got != whyRefused {
			t.Errorf("refused: %s", got)
		}
		for _, odd := range []string{"", "nonsense", "12345", "https://discord.com/channels/1/2/"} {
			if w.adapter.explain(odd) == "" {
				t.Errorf("%q is not explained", odd)
			}
		}
	})
}

func TestJournalIsBounded(t *testing.T) {
	j := newJournal()
	for n := range 3 * maxJournal {
		j.note(fmt.Sprint(n), whyBot)
		j.note(fmt.Sprint(n), whyAnswered)
	}
	if len(j.why) != maxJournal || j.find(fmt.Sprint(3*maxJournal-1)) != whyAnswered || j.find("5") != "" {
		t.Errorf("%d entries", len(j.why))
	}
}

// registry hands out leases as a shared storage does.
type registry struct {
	mu    sync.Mutex
	held  map[string]string
	until map[string]time.Time
	away  map[string]bool // holders that cannot reach it
	all   bool            // nobody can
}

func (r *registry) Acquire(_ context.Context, name, holder string, ttl time.Duration) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.all || r.away[holder] {
		return false, errors.New("away")
	}
	if r.held == nil {
		r.held, r.until = map[string]string{}, map[string]time.Time{}
	}
	if r.held[name] != holder && time.Now().Before(r.until[name]) {
		return false, nil
	}
	r.held[name], r.until[name] = holder, time.Now().Add(ttl)
	return true, nil
}

func (r *registry) Drop(_ context.Context, name, holder string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held[name] == holder {
		delete(r.held, name)
		delete(r.until, name)
	}
	return nil
}

// TestLeases runs three processes against one Discord of two shards: never do
// two of them hold one shard, and a shard whose process goes is taken over.
func TestLeases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &registry{}
		fake := fakediscord.New(t, fakediscord.Memory(), fakediscord.Shards(2, 2))
		type process struct {
			a      *Adapter
			cancel context.CancelFunc
			done   chan error
		}
		start := func() *process {
			a, err := New(Config{Token: fakediscord.Token, API: fake.URL(), Dial: fake.Dial, Leases: r}, &asker{}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			p := &process{a, cancel, make(chan error, 1)}
			go func() { p.done <- a.Run(ctx) }()
			return p
		}
		ps := []*process{start(), start(), start()}
		watch := func(d time.Duration) {
			t.Helper()
			for end := time.Now().Add(d); time.Now().Before(end); {
				<-time.After(time.Second)
				synctest.Wait()
				if n := fake.Connected(); n > 2 {
					t.Fatalf("%d connections for 2 shards", n)
				}
			}
		}
		watch(time.Minute)
		for n, p := range ps {
			if err := p.a.Ready(); err != nil {
				t.Errorf("process %d: %v", n, err)
			}
		}
		if n := fake.Connected(); n != 2 {
			t.Fatalf("%d connections, want 2", n)
		}
		// The process that holds shard 0 goes: another one takes over.
		for _, p := range ps {
			h := p.a.shards[0]
			h.mu.Lock()
			standby := h.standby
			h.mu.Unlock()
			if !standby {
				p.cancel()
				if err := <-p.done; err != nil {
					t.Error(err)
				}
				p.done <- nil
				break
			}
		}
		watch(30 * time.Second)
		if n := fake.Connected(); n != 2 {
			t.Errorf("%d connections after one process went, want 2", n)
		}
		// The storage goes away for all: shards are given up before leases end.
		r.mu.Lock()
		r.all = true
		r.mu.Unlock()
		watch(90 * time.Second)
		if n := fake.Connected(); n != 0 {
			t.Errorf("%d connections although leases ended", n)
		}
		r.mu.Lock()
		r.all = false
		r.mu.Unlock()
		watch(60 * time.Second)
		if n := fake.Connected(); n != 2 {
			t.Errorf("%d connections after the storage came back, want 2", n)
		}
		for _, p := range ps {
			p.cancel()
			<-p.done
		}
	})
}
