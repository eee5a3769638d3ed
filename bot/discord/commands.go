package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"careerbot/bot"
)

// Commands as they are registered. A struct of our own, so that what is compared
// with Discord's list is what is sent.
type command struct {
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations,omitempty"`
	Type         int               `json:"type"`
	Description  string            `json:"description,omitempty"`
	Descriptions map[string]string `json:"description_localizations,omitempty"`
	Options      []commandOption   `json:"options,omitempty"`
	Contexts     []int             `json:"contexts"`          // 0 servers, 1 the bot's direct messages, 2 other private channels
	Installs     []int             `json:"integration_types"` // 0 a server, 1 a person
}

type commandOption struct {
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations,omitempty"`
	Type         int               `json:"type"`
	Description  string            `json:"description"`
	Descriptions map[string]string `json:"description_localizations,omitempty"`
	Required     bool              `json:"required,omitempty"`
	Autocomplete bool              `json:"autocomplete,omitempty"`
	MaxLength    int               `json:"max_length,omitempty"`
	Choices      []choice          `json:"choices,omitempty"`
	Options      []commandOption   `json:"options,omitempty"`
}

const (
	commandName   = "career"
	answerThis    = "Answer this"
	maxQuestion   = 1000
	maxOptionWord = 100
)

func everywhere() []int { return []int{0, 1, 2} }

// commands is the wanted list, in every language there is.
func (a *Adapter) commands() []command {
	list := commandList(a.set.Preferences != nil)
	a.set.Translations.localize(list)
	return list
}

// commandList is the list in English; settings are offered where they can be kept.
func commandList(settings bool) []command {
	subs := subcommands()
	if settings {
		subs = append(subs, settingsGroup())
	}
	return []command{
		{
			Name: commandName, Type: commandSlash, Description: "Career questions, answered from reviewed, sourced text",
			Options: subs, Contexts: everywhere(), Installs: []int{0, 1},
		},
		{Name: answerThis, Type: commandMessage, Contexts: everywhere(), Installs: []int{0, 1}},
	}
}

func subcommands() []commandOption {
	sub := func(name, description string, options ...commandOption) commandOption {
		return commandOption{Name: name, Type: optionSubcommand, Description: description, Options: options}
	}
	return []commandOption{
		sub("ask", "Ask anything about a job in your own words",
			commandOption{Name: "question", Type: optionString, Description: "For example: how do I become a phlebotomist?", Required: true, MaxLength: maxQuestion}),
		sub("role", "What a job is, pays, takes",
			word("role", "The job", true), word("topic", "What you want to know about it", false)),
		sub("compare", "Two jobs side by side",
			word("first", "One job", true), word("second", "The other job", true)),
		sub("path", "The steps from one job to another",
			word("from", "The job you have", true), word("to", "The job you want", true)),
		sub("match", "Jobs that fit you",
			commandOption{Name: "about", Type: optionString, Description: "What you like, can and want, in your own words; leave it out to be asked", MaxLength: maxQuestion}),
		sub("certification", "What a credential is and what it takes",
			word("name", "The credential", true)),
		sub("license", "State rules for a job",
			word("role", "The job", true), word("state", "A state of the United States", false)),
		sub("pay", "Pay of a job, in a state or the whole country",
			word("role", "The job", true), word("state", "A state of the United States", false)),
		sub("certificates", "The certificates for a job: all, cheapest first, without a school, or those that count in a state",
			word("role", "The job", true),
			commandOption{Name: "which", Type: optionString, Description: "Which ones; all when left out", Choices: []choice{
				{Name: "all", Value: "*"}, {Name: "cheapest first", Value: "*fee"}, {Name: "without a school", Value: "*school"},
			}},
			word("state", "Those that count in a state of the United States", false)),
		sub("define", "What a term or abbreviation means",
			word("term", "The term", true)),
		sub("help", "What you can ask"),
		sub("about", "What this is and where its answers come from"),
		sub("privacy", "What is kept and what is not"),
	}
}

func settingsGroup() commandOption {
	channel := commandOption{Name: "channel", Type: optionChannel, Description: "Only for this channel; the whole server when left out"}
	value := func(values ...string) commandOption {
		o := commandOption{Name: "value", Type: optionString, Description: "What it should be", Required: true}
		for _, v := range append(values, "default") {
			o.Choices = append(o.Choices, choice{Name: v, Value: v})
		}
		return o
	}
	sub := func(name, description string, options ...commandOption) commandOption {
		return commandOption{Name: name, Type: optionSubcommand, Description: description, Options: options}
	}
	return commandOption{Name: "settings", Type: optionGroup, Description: "For who manages the server", Options: []commandOption{
		sub("show", "What holds in the server and in this channel"),
		sub("answers", "Whether I answer", value("on", "off"), channel),
		sub("replies", "Who sees replies to commands", value("public", "private"), channel),
		sub("job", "The job questions are about when they name none",
			word("role", "The job; none when left out", false), channel),
		sub("mentors", "Where questions for a person go",
			commandOption{Name: "in", Type: optionChannel, Description: "The mentors' channel; nowhere when left out"},
			commandOption{Name: "role", Type: optionRole, Description: "Who may claim questions; whoever sees that channel when left out"}, channel),
		sub("forum", "Whether new forum posts are answered that don't mention me", value("on", "off"), channel),
		sub("why", "Why I did or did not answer a message",
			commandOption{Name: "message", Type: optionString, Description: "The message's link or id", Required: true, MaxLength: maxOptionWord}),
	}}
}

// word is an option with autocomplete.
func word(name, description string, required bool) commandOption {
	return commandOption{
		Name: name, Type: optionString, Description: description, Required: required, Autocomplete: true, MaxLength: maxOptionWord,
	}
}

// kinds tells what each option with autocomplete suggests.
var kinds = map[string]string{
	"role": "role", "topic": "topic", "first": "role", "second": "role", "from": "role", "to": "role",
	"name": "certification", "term": "term", "state": "state",
}

// pickedMark starts the value of a suggestion that was picked. What someone typed
// instead has no mark and is read as words.
const pickedMark = "="

// A slot is an option's value: picked from the suggestions, or typed.
type slot struct {
	value  string
	picked bool
}

func slotOf(options []option, name string) slot {
	for _, o := range options {
		if o.Name == name {
			text := strings.TrimSpace(o.text())
			value, picked := strings.CutPrefix(text, pickedMark)
			return slot{value, picked && value != ""}
		}
	}
	return slot{}
}

// words is the slot as someone would say it.
func (s slot) words() string {
	if !s.picked {
		return s.value
	}
	_, after, found := strings.Cut(s.value, "/")
	if !found {
		after = s.value
	}
	return strings.ReplaceAll(after, "-", " ")
}

func allPicked(slots ...slot) bool {
	return !slices.ContainsFunc(slots, func(s slot) bool { return !s.picked })
}

// commandQuestion turns a slash command into a question: structured as far as
// suggestions were picked, in words otherwise.
func commandQuestion(options []option) (bot.Question, error) {
	if len(options) != 1 || options[0].Type != optionSubcommand {
		return bot.Question{}, fmt.Errorf("command without a subcommand: %w", errEvent)
	}
	sub := options[0]
	get := func(name string) slot { return slotOf(sub.Options, name) }
	choice := func(c bot.Choice) (bot.Question, error) { return bot.Question{Choice: &c}, nil }
	text := func(s string) (bot.Question, error) { return bot.Question{Text: s}, nil }
	switch sub.Name {
	case "ask":
		return text(get("question").value)
	case "role":
		role, topic := get("role"), get("topic")
		if role.picked && (topic.picked || topic.value == "") {
			return choice(bot.Choice{Kind: bot.KindAnswer, Subjects: []string{role.value}, Topic: topic.value})
		}
		return text(strings.TrimSpace(role.words() + " " + topic.words()))
	case "compare":
		a, b := get("first"), get("second")
		if allPicked(a, b) {
			return choice(bot.Choice{Kind: bot.KindCompare, Subjects: []string{a.value, b.value}})
		}
		return text("compare " + a.words() + " and " + b.words())
	case "path":
		a, b := get("from"), get("to")
		if allPicked(a, b) {
			return choice(bot.Choice{Kind: bot.KindPath, Subjects: []string{a.value, b.value}})
		}
		return text("how do I get from " + a.words() + " to " + b.words())
	case "match":
		if about := get("about").value; about != "" {
			return text("what jobs suit me, " + about)
		}
		return choice(bot.Choice{Kind: bot.KindMatch})
	case "certification":
		name := get("name")
		if name.picked {
			return choice(bot.Choice{Kind: bot.KindAnswer, Subjects: []string{name.value}})
		}
		return text(name.words() + " certification")
	case "license", "pay", "certificates":
		topic := map[string]string{"license": "licensure", "pay": "pay", "certificates": "certification"}[sub.Name]
		role, state := get("role"), get("state")
		if role.picked {
			c := bot.Choice{Kind: bot.KindAnswer, Subjects: []string{role.value}, Topic: topic}
			if sub.Name == "certificates" {
				c.Detail = cmp.Or(get("which").value, "*")
			}
			if state.value != "" { // a state that was typed is looked up by its name
				c.Detail = bot.StateMark + strings.TrimPrefix(state.value, bot.StateMark)
			}
			return choice(c)
		}
		return text(strings.TrimSpace(sub.Name + " for " + role.words() + " " + inState(state)))
	case "define":
		term := get("term")
		if term.picked {
			return choice(bot.Choice{Kind: bot.KindDefine, Detail: term.value})
		}
		return text("what does " + term.words() + " mean")
	case "help", "about", "privacy":
		return choice(bot.Choice{Kind: bot.KindMeta, Topic: sub.Name})
	}
	return bot.Question{}, fmt.Errorf("unknown subcommand: %w", errEvent)
}

// inState names a state in words.
func inState(s slot) string {
	if s.value == "" {
		return ""
	}
	return "in " + strings.ToUpper(strings.TrimPrefix(s.value, bot.StateMark))
}

// focused returns the option that someone is typing, with what they typed.
func focused(options []option) (name, prefix string) {
	for _, o := range options {
		if o.Focused {
			return o.Name, strings.TrimPrefix(o.text(), pickedMark)
		}
		if n, p := focused(o.Options); n != "" {
			return n, p
		}
	}
	return "", ""
}

// suggestionsFor turns suggestions into choices within the limits.
func suggestionsFor(list []bot.Suggestion) choices {
	var out choices
	seen := map[string]bool{}
	for _, s := range list {
		name, value := clip(s.Label, maxOptionText), pickedMark+s.Value
		if name == "" || s.Value == "" || units(value) > maxOptionText || seen[value] || len(out.Choices) == maxOptions {
			continue
		}
		seen[value] = true
		out.Choices = append(out.Choices, choice{Name: name, Value: value})
	}
	return out
}

// syncCommands registers the commands if Discord's list differs from ours, and
// reports whether it did. Registering replaces the whole list.
func (c *client) syncCommands(ctx context.Context, application string, want []command) (changed bool, err error) {
	var present []map[string]any
	if err := c.do(ctx, routeGetCommands, "?with_localizations=true", []string{application}, nil, &present); err != nil {
		return false, err
	}
	if sameCommands(want, present) {
		return false, nil
	}
	return true, c.do(ctx, routePutCommands, "", []string{application}, want, nil)
}

// sameCommands compares what we want with what is there, leaving out what
// Discord adds and what is at its default.
func sameCommands(want []command, present []map[string]any) bool {
	b, err := json.Marshal(want)
	if err != nil {
		return false
	}
	var list []map[string]any
	if json.Unmarshal(b, &list) != nil || len(list) != len(present) {
		return false
	}
	return reflect.DeepEqual(byName(list), byName(present))
}

// byName keys normalised commands by type and name: their order means nothing.
func byName(list []map[string]any) map[string]any {
	out := map[string]any{}
	for _, c := range list {
		c = maps.Clone(c)
		for _, k := range []string{"id", "application_id", "version", "guild_id", "default_member_permissions", "dm_permission", "nsfw", "handler", "name_localized", "description_localized"} {
			delete(c, k)
		}
		if c["type"] == nil {
			c["type"] = float64(commandSlash)
		}
		for _, k := range []string{"contexts", "integration_types"} {
			if l, ok := c[k].([]any); ok {
				c[k] = fmt.Sprint(sortedNumbers(l))
			}
		}
		out[fmt.Sprint(c["type"], c["name"])] = normal(c)
	}
	return out
}

func sortedNumbers(l []any) []float64 {
	var out []float64
	for _, v := range l {
		f, _ := v.(float64)
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// normal drops nulls, false, empty texts, lists and maps at every depth.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			switch k {
			case "name_localized", "description_localized":
				continue
			}
			if n := normal(x); n != nil {
				out[k] = n
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		var out []any
		for _, x := range v {
			out = append(out, normal(x))
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case bool:
		if !v {
			return nil
		}
	case string:
		if v == "" {
			return nil
		}
	}
	return v
}
