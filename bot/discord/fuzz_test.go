package discord

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

// interactions are seeds as Discord sends them.
func interactions() [][]byte {
	var out [][]byte
	for _, i := range []fakediscord.Interaction{
		{Data: slash("ask", opt("question", "what is a phlebotomist?"))},
		{Data: slash("role", opt("role", "=phlebotomist"), opt("topic", "=pay"))},
		{Data: slash("compare", opt("first", "=a"), opt("second", "b"))},
		{DM: true, Data: slash("help")},
		{Data: map[string]any{"name": "Answer this", "type": 3, "target_id": "7", "resolved": map[string]any{"messages": map[string]any{"7": map[string]any{"content": "pay?"}}}}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "a:q1||phlebotomist|pay"}, Message: map[string]any{"id": "5", "flags": 64}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "sel2", "values": []string{"a:q1||x|pay"}}, Message: map[string]any{"id": "5", "flags": 64}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "share"}, Message: map[string]any{
			"id": "5", "flags": 64, "content": strings.Repeat("x", 1990), "embeds": []any{map[string]any{"description": "d", "footer": map[string]any{"text": "f"}}},
			"components": []any{map[string]any{"type": 17, "components": []any{map[string]any{"type": 10, "content": "text"}}}},
		}},
		{Type: fakediscord.Autocomplete, Data: slash("role", map[string]any{"name": "role", "type": 3, "value": "phl", "focused": true})},
		{Type: 5, Data: map[string]any{"custom_id": "x", "components": []any{}}},
		{Type: 5, Data: map[string]any{"custom_id": "fm:0123", "components": []any{map[string]any{"type": 18, "component": map[string]any{"type": 4, "custom_id": "text", "value": "words"}}}}},
		{Type: 5, Data: map[string]any{"custom_id": "fa:5", "components": []any{map[string]any{"type": 1, "components": []any{map[string]any{"type": 4, "custom_id": "text", "value": "words"}}}}}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "m1:t:why"}, Message: map[string]any{"id": "5", "flags": 64}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "m2:why and how"}, Message: map[string]any{"id": "5", "flags": 64}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "mc:0123"}, Message: map[string]any{"id": "5"}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "f2:n:0123:roles/mlt#pay"}, Message: map[string]any{"id": "5"}},
		{Type: fakediscord.Component, Data: map[string]any{"custom_id": "p:forget"}, Message: map[string]any{"id": "5"}},
	} {
		i.ID, i.Token, i.User, i.Channel = "1100000000000000001", "token", "400000000000000001", "300000000000000001"
		if i.Type == 0 {
			i.Type = fakediscord.Command
		}
		if !i.DM {
			i.Guild = "200000000000000001"
		}
		out = append(out, i.JSON())
	}
	return out
}

// fuzzed has everything that interactions can reach, over storages that are away.
var fuzzed = func() Config {
	prefs := bot.NewPreferenceBook(&shelf{broken: true}, time.Now)
	return Config{
		Token: fakediscord.Token, Preferences: prefs, People: peopleAway{}, Drawer: pencil{},
		Feedback: bot.NewFeedbackDesk(&tally{broken: true}, bot.NewMemoryClaims(time.Now)),
		Mentors:  bot.NewMentorDesk(noMentors{}, nil, bot.NewMemoryClaims(time.Now), prefs, time.Now),
	}
}()

// noMentors is a storage of questions that is away.
type noMentors struct{}

func (noMentors) Ask(context.Context, bot.MentorQuestion) (bool, error) {
	return false, errors.New("away")
}
func (noMentors) Claim(context.Context, string, string) (bot.MentorQuestion, error) {
	return bot.MentorQuestion{}, errors.New("away")
}
func (noMentors) Answer(context.Context, string, string, string) (bot.MentorQuestion, error) {
	return bot.MentorQuestion{}, errors.New("away")
}

// FuzzInteraction sends interactions of any form through decoding, dispatch and
// rendering: something is always replied, and always within the limits.
func FuzzInteraction(f *testing.F) {
	for _, b := range interactions() {
		f.Add(b)
	}
	for _, a := range samples() {
		b, _ := json.Marshal(render(&a, audience{ephemeral: true, others: true, verdicts: true}, false).Components)
		i := fakediscord.Interaction{ID: "1", Token: "t", Type: 3, Guild: "2", User: "4", Data: map[string]any{"custom_id": "share"}, Message: map[string]any{"id": "5", "flags": 64, "components": json.RawMessage(b)}}
		f.Add(i.JSON())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := decodeInteraction(b)
		if err != nil || i.Type == interactionPing {
			return
		}
		echo := &asker{answer: func(_ context.Context, q bot.Question) bot.Answer {
			a := sample()
			a.Title = q.Text
			return a
		}}
		a, err := New(fuzzed, echo, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var sent []callback
		x := a.exchange(i, b, func(_ context.Context, _ *exchange, c callback) error { sent = append(sent, c); return nil })
		if i.Type == interactionAutocomplete {
			a.suggest(t.Context(), x)
		} else {
			a.interact(t.Context(), x)
		}
		if len(sent) != 1 {
			t.Fatalf("%d responses", len(sent))
		}
		body, err := encode(sent[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range fakediscord.CheckLimits(fakediscord.RouteCallback, body) {
			t.Errorf("%s\n%s", p, body)
		}
	})
}

// FuzzEvent sends events of any form into the adapter's intake.
func FuzzEvent(f *testing.F) {
	f.Add("MESSAGE_CREATE", []byte(`{"id":"1","channel_id":"2","guild_id":"3","content":"<@100000000000000001> hi","author":{"id":"4"},"mentions":[{"id":"100000000000000001"}]}`))
	f.Add("MESSAGE_CREATE", []byte(`{"id":"1","channel_id":"2","content":"","author":{"id":"4"},"referenced_message":{"content":"x","author":{"id":"5"}}}`))
	f.Add("READY", []byte(`{"session_id":"s","user":{"id":"100000000000000001"},"application":{"id":"1"}}`))
	f.Add("GUILD_CREATE", []byte(`{"id":"1","threads":[{"id":"2","type":11,"parent_id":"3"}]}`))
	f.Add("GUILD_DELETE", []byte(`{"id":"1","unavailable":true}`))
	f.Add("THREAD_CREATE", []byte(`{"id":"1","type":12,"parent_id":"3"}`))
	for _, b := range interactions() {
		f.Add("INTERACTION_CREATE", b)
	}
	f.Fuzz(func(t *testing.T, typ string, b []byte) {
		a, err := New(Config{Token: fakediscord.Token}, &asker{}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		self := fakediscord.BotID
		a.self.Store(&self)
		a.event(0, typ, b)
		if m, err := decodeMessage(b); err == nil && unasked(m, self) == "" {
			words(m, self)
		}
	})
}

// FuzzRender renders answers of any text: always within the limits, never with a
// live link, mention or ping that is not ours.
func FuzzRender(f *testing.F) {
	f.Add("title", "body", "https://example.org/", 3, uint8(0))
	f.Add("@everyone", "<@123> [x](https://evil.example) ||a||", "javascript:x", 50, uint8(3))
	f.Add(strings.Repeat("\U0001F600", 300), strings.Repeat("a\u0301", 500), "https://example.org/(x)_[y]", 25, uint8(7))
	f.Add("\xff\xfe", "`````\n# x\n> y", "https://\u202e.example/", 9, uint8(255))
	f.Fuzz(func(t *testing.T, title, text, link string, n int, bits uint8) {
		n = max(0, min(n, 60))
		a := bot.Answer{Title: title, Notice: text, ReadAs: title + text, Passages: []bot.Passage{{ID: title}}}
		a.Kind = []bot.Kind{bot.KindAnswer, bot.KindCompare, bot.KindClarify, bot.KindDecline}[bits%4]
		for k := range n {
			spans := []bot.Span{{Text: text}, {Text: title, Bold: bits&1 != 0, Italic: bits&2 != 0}, {Text: text, Link: link}, {Text: title, Italic: true}}
			kind := []bot.BlockKind{bot.Paragraph, bot.Bullets, bot.Steps, bot.Heading, bot.Table, "new"}[(k+int(bits))%6]
			a.Blocks = append(a.Blocks, bot.Block{Kind: kind, Spans: spans, Items: [][]bot.Span{spans, spans}, Rows: [][]string{{"", title}, {text, title, text}, {}}})
			a.Facts = append(a.Facts, bot.Fact{Label: title, Value: text, AsOf: title, Source: text, Caveat: link})
			a.Sources = append(a.Sources, bot.Source{Title: text, URL: link, Label: title})
			up := bot.FollowUp{Label: title, Ask: text, Choice: bot.Choice{Subjects: []string{text[:min(k, len(text))]}, Topic: title}}
			a.FollowUps, a.Change = append(a.FollowUps, up), append(a.Change, up)
			if bits&8 != 0 {
				a.Choices = append(a.Choices, up)
			}
		}
		for _, plain := range []bool{false, true} {
			p := render(&a, audience{ephemeral: bits&16 != 0, others: bits&32 != 0, verdicts: bits&64 != 0}, plain)
			b, err := encode(callback{callbackMessage, p})
			if err != nil {
				t.Fatal(err)
			}
			for _, problem := range fakediscord.CheckLimits(fakediscord.RouteCallback, b) {
				t.Errorf("plain %v: %s\n%s", plain, problem, b)
			}
			for _, s := range markdown(p) {
				if strings.Contains(text, "https://") && len(text) > 9 && strings.Contains(s, text) {
					t.Errorf("plain %v: text with an address is sent as it is: %q", plain, text)
				}
			}
		}
	})
}

// markdown returns the texts of a message that Discord reads as Markdown.
func markdown(p *post) []string {
	out := []string{p.Content}
	for _, e := range p.Embeds {
		out = append(out, e.Description)
	}
	var walk func([]component)
	walk = func(list []component) {
		for _, c := range list {
			out = append(out, c.Content)
			walk(c.Components)
		}
	}
	walk(p.Components)
	return out
}

// FuzzWire reads along with any bytes: nothing is invented, and what is passed
// on is what came in.
func FuzzWire(f *testing.F) {
	frame := func(first byte, payload string) string {
		b := []byte{first, byte(min(len(payload), 126))}
		if len(payload) >= 126 {
			b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
		}
		return string(b) + payload
	}
	hello := frame(0x81, `{"op":10,"d":{"heartbeat_interval":41250}}`)
	for _, s := range []string{
		hello, hello + frame(0x81, `{"op":11}`), hello + frame(0x81, `{"op":0,"s":1,"t":"READY","d":{}}`), frame(0x81, `{"op":7}`), frame(0x81, `{"op":9,"d":true}`),
		frame(0x88, "\x0f\xa4"), frame(0x88, ""), frame(0x82, "\x78\x9c"), hello + frame(0x81, `{"op":1}`), "\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "\x81\x7e\x20\x00" + strings.Repeat("x", 0x2000),
	} {
		f.Add([]byte(s), uint8(7))
	}
	f.Fuzz(func(t *testing.T, in []byte, step uint8) {
		const upgrade = "HTTP/1.1 101 Switching Protocols\r\n\r\n"
		ours, theirs := net.Pipe()
		w := newWire(ours, ours)
		go func() {
			defer theirs.Close()
			all := append([]byte(upgrade), in...)
			for len(all) > 0 {
				n := min(len(all), int(step)+1)
				theirs.SetWriteDeadline(time.Now().Add(10 * time.Second))
				if _, err := theirs.Write(all[:n]); err != nil {
					return
				}
				all = all[n:]
			}
		}()
		go io.Copy(io.Discard, theirs) // heartbeats that were asked for
		got, err := io.ReadAll(io.LimitReader(w, 1<<20))
		w.cut(ending{why: "over"})
		if err == nil && len(got) < len(upgrade) {
			t.Errorf("reading ended without a reason after %d bytes", len(got))
		}
		if len(got) > len(upgrade)+len(in) || !strings.HasPrefix(string(got), upgrade) {
			t.Errorf("%d bytes came out of %d", len(got), len(in))
		}
	})
}
