package discord

import (
	"errors"
	"testing"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/fakediscord"
)

// TestTranslations registers commands in a second language: once, and nothing else
// about them changes.
func TestTranslations(t *testing.T) {
	german := Translations{"de": {
		"compare": "vergleichen", "Two jobs side by side": "Zwei Berufe nebeneinander", "first": "erster", "Answer this": "Beantworten", "off": "Aus", "The job": "Der Beruf",
	}}
	s := setup{config: func(c *Config) { c.Translations, c.Preferences = german, bot.NewPreferenceBook(&shelf{}, time.Now) }}
	bubble(t, s, func(t *testing.T, w *world) {
		w.until("registered", func() bool { _, n := w.fake.Commands(); return n == 1 })
		list, _ := w.fake.Commands()
		if got := list[1]["name_localizations"].(map[string]any)["de"]; got != "Beantworten" {
			t.Errorf("message command is called %v", got)
		}
		found := map[string]bool{}
		var walk func(any)
		walk = func(v any) {
			o, _ := v.(map[string]any)
			if names, ok := o["name_localizations"].(map[string]any); ok {
				found[names["de"].(string)] = true
			}
			if texts, ok := o["description_localizations"].(map[string]any); ok {
				found[texts["de"].(string)] = true
			}
			for _, key := range []string{"options", "choices"} {
				inner, _ := o[key].([]any)
				for _, v := range inner {
					walk(v)
				}
			}
		}
		walk(list[0])
		for _, want := range []string{"vergleichen", "Zwei Berufe nebeneinander", "erster", "Aus", "Der Beruf"} {
			if !found[want] {
				t.Errorf("%q is not registered; there are %v", want, found)
			}
		}
		if changed, err := w.adapter.client.syncCommands(t.Context(), fakediscord.ApplicationID, w.adapter.commands()); changed || err != nil {
			t.Errorf("second run: changed %v, %v", changed, err)
		}
		w.adapter.set.Translations["de"]["compare"] = "gegenüberstellen"
		if changed, err := w.adapter.client.syncCommands(t.Context(), fakediscord.ApplicationID, w.adapter.commands()); !changed || err != nil {
			t.Errorf("after a change: changed %v, %v", changed, err)
		}
	})
	for name, bad := range map[string]Translations{
		"language": {"xx": {}}, "capital": {"de": {"compare": "Vergleichen"}}, "space": {"de": {"role": "mein beruf"}},
		"long": {"de": {"The job": string(make([]byte, 101))}},
	} {
		if _, err := New(Config{Token: fakediscord.Token, Translations: bad}, &asker{}, nil, nil); !errors.Is(err, bot.ErrSettings) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
