package discord

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

// pencil draws a small picture, fails on one named so, and is slow on another.
type pencil struct{}

func (pencil) Draw(ctx context.Context, p bot.Picture, mime string, dark bool) ([]byte, error) {
	switch {
	case mime != "image/png":
		return nil, errors.New("unexpected type")
	case p.Title == "broken":
		return nil, errors.New("canary title")
	case p.Title == "slow":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	var b bytes.Buffer
	err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)))
	return b.Bytes(), err
}

// drawn is an answer with a picture, and with others that cannot be shown.
func drawn() bot.Answer {
	a := sample()
	a.Pictures = []bot.Picture{
		{Kind: bot.PicturePay, Title: "Pay", Alt: "Pay of phlebotomists: median $45,230. " + strings.Repeat("More. ", 300)},
		{Kind: bot.PicturePay, Title: "broken", Alt: "x"}, {Kind: bot.PictureGrowth, Title: "without words"}, {Kind: bot.PictureGrowth, Title: "Growth", Alt: "Grows by 6 %."},
	}
	return a
}

func withCharts(change ...func(*Config)) setup {
	return setup{
		asker: &asker{answer: func(context.Context, bot.Question) bot.Answer { return drawn() }},
		config: func(c *Config) {
			c.Drawer = pencil{}
			for _, f := range change {
				f(c)
			}
		},
	}
}

// hasCharts checks that a reply shows two charts, each with words, and its text besides.
func hasCharts(t *testing.T, r fakediscord.Reply) {
	t.Helper()
	if len(r.Files) != 2 || r.Files[0].Name != "chart1.png" || !bytes.HasPrefix(r.Files[0].Data, []byte("\x89PNG")) {
		t.Fatalf("files %+v", r.Files)
	}
	data := string(r.Data)
	for _, want := range []string{"Half earn more", "Pay of phlebotomists: median $45,230.", "Grows by 6 %."} {
		if !strings.Contains(data, want) {
			t.Errorf("the reply does not say %q: %s", want, data)
		}
	}
}

// TestCharts attaches an answer's charts on every way a reply can take.
func TestCharts(t *testing.T) {
	for _, tc := range []struct {
		name string
		make func() setup
		i    fakediscord.Interaction
	}{
		{"command", func() setup { return withCharts() }, ask("pay")},
		{"command, plain", func() setup { return withCharts(func(c *Config) { c.Plain = true }) }, ask("pay")},
		{"menu", func() setup { return withCharts() }, fakediscord.Interaction{
			Type: fakediscord.Component, Data: map[string]any{"custom_id": "sel2", "component_type": 3, "values": []string{"a:q1||phlebotomist|pay"}}, Message: map[string]any{"id": "5", "flags": 64},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bubble(t, tc.make(), func(t *testing.T, w *world) {
				i := w.fake.Interact(tc.i)
				synctest.Wait()
				if got := w.fake.RepliesTo(i.ID); len(got) != 1 {
					t.Fatalf("replies %+v", got)
				}
				hasCharts(t, w.fake.RepliesTo(i.ID)[0])
			})
		})
	}
	bubble(t, withCharts(), func(t *testing.T, w *world) {
		m := w.fake.Message(fakediscord.Message{Text: "pay?", Mention: true})
		synctest.Wait()
		hasCharts(t, w.fake.RepliesTo(m.ID)[0])

		// A server that does not let the bot attach files gets the text.
		w.fake.Fail(fakediscord.Fault{Method: "POST", Route: fakediscord.RouteMessages, Status: 403, Body: `{"code":50013,"message":"Missing Permissions"}`})
		m = w.fake.Message(fakediscord.Message{Text: "pay?", Mention: true})
		synctest.Wait()
		got := w.fake.RepliesTo(m.ID)
		if len(got) != 1 || len(got[0].Files) != 0 || strings.Contains(string(got[0].Data), "attachment") || !strings.Contains(string(got[0].Data), "Half earn more") {
			t.Errorf("without the permission: %+v", got)
		}
	})
	over := withCharts()
	charts := over.config
	overHTTP(&over)
	http := over.config
	over.config = func(c *Config) { charts(c); http(c) }
	bubble(t, over, func(t *testing.T, w *world) {
		i, rec := w.fake.Post(w.adapter.Handler(), ask("pay"))
		if rec.Code != 200 || !strings.Contains(rec.Body.String(), "Half earn more") || strings.Contains(rec.Body.String(), "attachment") {
			t.Errorf("inline response %d %s", rec.Code, rec.Body)
		}
		w.wait(2 * time.Second) // Discord may read the response after our next request
		got := w.fake.RepliesTo(i.ID)
		if len(got) != 1 || got[0].Edits != 1 {
			t.Fatalf("replies %+v", got)
		}
		hasCharts(t, got[0])
	})
}

// TestSlowCharts: a drawing that takes long holds no answer up.
func TestSlowCharts(t *testing.T) {
	s := withCharts()
	s.asker.answer = func(context.Context, bot.Question) bot.Answer {
		a := sample()
		a.Pictures = []bot.Picture{{Kind: bot.PicturePay, Title: "slow", Alt: "x"}}
		return a
	}
	bubble(t, s, func(t *testing.T, w *world) {
		start := time.Now()
		i := w.fake.Interact(ask("pay"))
		w.wait(5 * time.Second)
		got := w.fake.RepliesTo(i.ID)
		if len(got) != 1 || got[0].At.Sub(start) > drawWait || len(got[0].Files) != 0 || got[0].Route != fakediscord.RouteCallback {
			t.Errorf("replies %+v", got)
		}
	})
}
