package fakediscord

import (
	"encoding/json"
	"fmt"
	"unicode/utf16"
)

// Limits that Discord's documentation states and its OpenAPI file does not.
// https://discord.com/developers/docs/resources/message
// https://discord.com/developers/docs/components/reference
const (
	maxContent    = 2000
	maxRows       = 5
	maxEmbedTotal = 6000
	maxV2Text     = 4000
	maxComponents = 40
	flagV2        = 1 << 15
	flagEphemeral = 1 << 6
)

// units is a text's length as Discord counts it at its strictest.
func units(s string) int { return len(utf16.Encode([]rune(s))) }

// checkBody holds a message to the limits; in is the decoded body of a request.
func checkBody(route string, in map[string]any) []string {
	if in == nil {
		return nil
	}
	msg := in
	switch route {
	case RouteCallback:
		kind, _ := in["type"].(float64)
		if kind == 8 {
			return checkChoices(in)
		}
		if kind == 9 {
			return checkModal(in)
		}
		if kind != 4 && kind != 7 {
			return nil
		}
		msg, _ = in["data"].(map[string]any)
	case RouteMessages, RouteMessage, RouteFollowUp, RouteOriginal:
	default:
		return nil
	}
	c := &check{}
	c.message(msg, route)
	return c.out
}

type check struct {
	out        []string
	components int
	v2Text     int
	ids        map[string]bool
}

func (c *check) fail(format string, args ...any) { c.out = append(c.out, fmt.Sprintf(format, args...)) }

func (c *check) message(m map[string]any, route string) {
	if m == nil {
		c.fail("a message without data")
		return
	}
	mentions, _ := m["allowed_mentions"].(map[string]any)
	if parse, ok := mentions["parse"].([]any); !ok || len(parse) != 0 || len(mentions) > 2 || mentions["replied_user"] == true {
		c.fail("allowed_mentions is not empty: %v", m["allowed_mentions"])
	}
	flags, _ := m["flags"].(float64)
	content, _ := m["content"].(string)
	embeds, _ := m["embeds"].([]any)
	components, _ := m["components"].([]any)
	if n := units(content); n > maxContent {
		c.fail("content of %d", n)
	}
	if content == "" && len(embeds) == 0 && len(components) == 0 {
		c.fail("an empty message")
	}
	if int(flags)&flagV2 != 0 {
		if content != "" || len(embeds) > 0 {
			c.fail("content or embeds beside the Components V2 flag")
		}
		c.v2(components)
	} else {
		c.legacy(components)
	}
	if route == RouteMessages && int(flags)&flagEphemeral != 0 {
		c.fail("an ephemeral message to a channel")
	}
	c.embeds(embeds)
}

func (c *check) embeds(list []any) {
	total := 0
	for _, v := range list {
		e, _ := v.(map[string]any)
		for key, limit := range map[string]int{"title": 256, "description": 4096} {
			text, _ := e[key].(string)
			total += units(text)
			if units(text) > limit {
				c.fail("embed %s of %d", key, units(text))
			}
		}
		if footer, ok := e["footer"].(map[string]any); ok {
			text, _ := footer["text"].(string)
			total += units(text)
			if units(text) > 2048 {
				c.fail("embed footer of %d", units(text))
			}
		}
		fields, _ := e["fields"].([]any)
		for _, f := range fields {
			name, _ := f.(map[string]any)["name"].(string)
			value, _ := f.(map[string]any)["value"].(string)
			total += units(name) + units(value)
		}
	}
	if total > maxEmbedTotal {
		c.fail("embeds of %d together", total)
	}
}

// legacy allows rows only: up to five, each of five buttons or one select.
func (c *check) legacy(rows []any) {
	if len(rows) > maxRows {
		c.fail("%d rows", len(rows))
	}
	for _, r := range rows {
		row, _ := r.(map[string]any)
		if row["type"] != float64(1) {
			c.fail("component %v outside a row without the Components V2 flag", row["type"])
			continue
		}
		c.row(row)
	}
}

func (c *check) v2(list []any) {
	for _, v := range list {
		c.component(v, false)
	}
	if c.components > maxComponents {
		c.fail("%d components", c.components)
	}
	if c.v2Text > maxV2Text {
		c.fail("text displays of %d together", c.v2Text)
	}
}

func (c *check) component(v any, nested bool) {
	m, _ := v.(map[string]any)
	c.components++
	inner, _ := m["components"].([]any)
	switch m["type"] {
	case float64(1):
		c.row(m)
		c.components += len(inner)
	case float64(10):
		text, _ := m["content"].(string)
		if text == "" {
			c.fail("an empty text display")
		}
		c.v2Text += units(text)
	case float64(12):
		items, _ := m["items"].([]any)
		if len(items) == 0 || len(items) > 10 {
			c.fail("a gallery of %d", len(items))
		}
	case float64(14):
	case float64(17):
		if nested || len(inner) == 0 {
			c.fail("a container that is empty or inside another")
		}
		for _, x := range inner {
			c.component(x, true)
		}
	default:
		c.fail("component type %v", m["type"])
	}
}

func (c *check) row(row map[string]any) {
	list, _ := row["components"].([]any)
	buttons, selects := 0, 0
	for _, v := range list {
		m, _ := v.(map[string]any)
		switch m["type"] {
		case float64(2):
			buttons++
			label, _ := m["label"].(string)
			if n := units(label); n == 0 || n > 80 {
				c.fail("button label of %d", n)
			}
			c.customID(m)
		case float64(3):
			selects++
			c.customID(m)
			c.options(m)
		default:
			c.fail("component type %v in a row", m["type"])
		}
	}
	if buttons > 5 || selects > 1 || selects == 1 && buttons > 0 || buttons+selects == 0 {
		c.fail("a row of %d buttons and %d selects", buttons, selects)
	}
}

func (c *check) customID(m map[string]any) {
	if _, link := m["url"]; link {
		return
	}
	id, _ := m["custom_id"].(string)
	if n := units(id); n == 0 || n > 100 {
		c.fail("custom_id of %d", n)
	}
	if c.ids == nil {
		c.ids = map[string]bool{}
	}
	if c.ids[id] {
		c.fail("custom_id twice: %q", id)
	}
	c.ids[id] = true
}

func (c *check) options(m map[string]any) {
	list, _ := m["options"].([]any)
	if len(list) == 0 || len(list) > 25 {
		c.fail("select of %d options", len(list))
	}
	seen := map[string]bool{}
	for _, v := range list {
		o, _ := v.(map[string]any)
		for _, key := range []string{"label", "value", "description"} {
			if text, _ := o[key].(string); units(text) > 100 {
				c.fail("option %s of %d", key, units(text))
			}
		}
		value, _ := o["value"].(string)
		label, _ := o["label"].(string)
		if seen[value] || value == "" || label == "" {
			c.fail("option value %q twice or empty", value)
		}
		seen[value] = true
	}
}

// checkModal holds a form to its limits.
func checkModal(in map[string]any) []string {
	c := &check{}
	data, _ := in["data"].(map[string]any)
	title, _ := data["title"].(string)
	id, _ := data["custom_id"].(string)
	if n := units(title); n == 0 || n > 45 {
		c.fail("form title of %d", n)
	}
	if n := units(id); n == 0 || n > 100 {
		c.fail("form custom_id of %d", n)
	}
	list, _ := data["components"].([]any)
	if len(list) == 0 || len(list) > 5 {
		c.fail("form of %d components", len(list))
	}
	for _, v := range list {
		label, _ := v.(map[string]any)
		field, _ := label["component"].(map[string]any)
		text, _ := label["label"].(string)
		about, _ := label["description"].(string)
		if label["type"] != float64(18) || field["type"] != float64(4) || units(text) == 0 || units(text) > 45 || units(about) > 100 {
			c.fail("form component %v of %d and %d around %v", label["type"], units(text), units(about), field["type"])
		}
		value, _ := field["value"].(string)
		most, _ := field["max_length"].(float64)
		if most < 1 || most > 4000 || units(value) > int(most) {
			c.fail("field of at most %v with %d", most, units(value))
		}
		c.customID(field)
	}
	return c.out
}

// checkChoices holds an autocomplete answer to its limits.
func checkChoices(in map[string]any) []string {
	c := &check{}
	data, _ := in["data"].(map[string]any)
	list, present := data["choices"].([]any)
	if present && len(list) == 0 {
		c.fail("an empty list of choices")
	}
	if len(list) > 25 {
		c.fail("%d choices", len(list))
	}
	for _, v := range list {
		m, _ := v.(map[string]any)
		name, _ := m["name"].(string)
		value, _ := m["value"].(string)
		if units(name) == 0 || units(name) > 100 || units(value) == 0 || units(value) > 100 {
			c.fail("choice of %d and %d", units(name), units(value))
		}
	}
	return c.out
}

// checkCommands holds commands to what the file does not state: 8000 characters
// a command over names, descriptions and values, and required options first.
func checkCommands(list []map[string]any) []string {
	c := &check{}
	for _, cmd := range list {
		if n := commandSize(cmd); n > 8000 {
			c.fail("command %v of %d characters", cmd["name"], n)
		}
		c.order(cmd)
	}
	return c.out
}

func commandSize(m map[string]any) int {
	n := 0
	for _, key := range []string{"name", "description", "value"} {
		if text, ok := m[key].(string); ok {
			n += units(text)
		}
	}
	for _, key := range []string{"options", "choices"} {
		list, _ := m[key].([]any)
		for _, v := range list {
			if inner, ok := v.(map[string]any); ok {
				n += commandSize(inner)
			}
		}
	}
	return n
}

func (c *check) order(m map[string]any) {
	list, _ := m["options"].([]any)
	optional := false
	for _, v := range list {
		o, _ := v.(map[string]any)
		kind, _ := o["type"].(float64)
		if kind > 2 {
			if o["required"] == true && optional {
				c.fail("required option %v after an optional one", o["name"])
			}
			optional = optional || o["required"] != true
		}
		if o["autocomplete"] == true && o["choices"] != nil {
			b, _ := json.Marshal(o["name"])
			c.fail("option %s with choices and autocomplete", b)
		}
		c.order(o)
	}
}
