package discord

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Translations are texts of the commands in other languages: by Discord's code of
// the language, then by the English text, such as
//
//	{"de": {"compare": "vergleichen", "Two jobs side by side": "Zwei Berufe nebeneinander"}}
//
// Names, descriptions and fixed values are looked up alike; what is not there stays
// English. People see and type the translated names, the bot receives the English
// ones, so nothing else changes with a language. Answers are English only so far,
// and so no translation ships: a command in one's language should not promise more.
type Translations map[string]map[string]string

// languages are the codes that Discord knows. English is what there is.
// https://discord.com/developers/docs/reference#locales
var languages = strings.Fields("id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko")

// maxDescriptionText is how long a command's or option's description may be.
const maxDescriptionText = 100

// commandWord is what Discord allows as the name of a slash command or an option.
// https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming
var commandWord = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// check returns what Discord would refuse of the translations.
func (t Translations) check() []string {
	var problems []string
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		if !slices.Contains(languages, lang) {
			problems = append(problems, "unknown language "+lang)
		}
	}
	look := func(texts map[string]string, ok func(string) bool) {
		for _, lang := range slices.Sorted(maps.Keys(texts)) {
			if !ok(texts[lang]) {
				problems = append(problems, fmt.Sprintf("%s: %q", lang, texts[lang]))
			}
		}
	}
	name := func(s string) bool { return commandWord.MatchString(s) && strings.ToLower(s) == s }
	text := func(s string) bool { return utf8.RuneCountInString(s) <= maxDescriptionText }
	var options func([]commandOption)
	options = func(list []commandOption) {
		for _, o := range list {
			look(o.Names, name)
			look(o.Descriptions, text)
			for _, c := range o.Choices {
				look(c.Names, text)
			}
			options(o.Options)
		}
	}
	list := commandList(true)
	t.localize(list)
	for _, c := range list {
		look(c.Names, func(s string) bool { return c.Type == commandMessage && utf8.RuneCountInString(s) <= 32 || name(s) })
		look(c.Descriptions, text)
		options(c.Options)
	}
	return problems
}

// of returns a text in every language that has it, nil when none does.
func (t Translations) of(text string) map[string]string {
	var out map[string]string
	for lang, texts := range t {
		if in := texts[text]; in != "" {
			if out == nil {
				out = map[string]string{}
			}
			out[lang] = in
		}
	}
	return out
}

// localize fills in the translations of commands and all that is in them.
func (t Translations) localize(list []command) {
	for n := range list {
		c := &list[n]
		c.Names, c.Descriptions = t.of(c.Name), t.of(c.Description)
		t.options(c.Options)
	}
}

func (t Translations) options(list []commandOption) {
	for n := range list {
		o := &list[n]
		o.Names, o.Descriptions = t.of(o.Name), t.of(o.Description)
		for k := range o.Choices {
			o.Choices[k].Names = t.of(o.Choices[k].Name)
		}
		t.options(o.Options)
	}
}
