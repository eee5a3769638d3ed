package fakeslack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// checks hold Slack's contracts as data.
type checks struct {
	message, modal, home, viewResponse, options *jsonschema.Schema

	methods map[string]method
}

// A method is Slack's description of a Web API method.
type method struct {
	Name string `json:"name"`
	Args map[string]struct {
		Required bool `json:"required"`
	} `json:"args"`
	Errors map[string]string `json:"errors"`
}

var loadShared = sync.OnceValues(func() (*checks, error) {
	dir := os.Getenv("CAREERBOT_SHARED")
	if dir == "" {
		return nil, nil
	}
	return loadChecks(filepath.Join(dir, "slack"))
})

func sharedChecks(t testing.TB) *checks {
	c, err := loadShared()
	if err != nil {
		t.Fatalf("fakeslack: %v", err)
	}
	if c == nil {
		t.Log("fakeslack: CAREERBOT_SHARED is not set: messages are not checked against the schema")
	}
	return c
}

func loadChecks(dir string) (*checks, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "blockkit", "blockkit.schema.json"))
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	comp := jsonschema.NewCompiler()
	if err := comp.AddResource("blockkit.json", doc); err != nil {
		return nil, err
	}
	c := &checks{methods: map[string]method{}}
	for name, into := range map[string]**jsonschema.Schema{
		"message": &c.message, "modal": &c.modal, "home": &c.home,
		"view_response": &c.viewResponse, "options_response": &c.options,
	} {
		if *into, err = comp.Compile("blockkit.json#/$defs/" + name); err != nil {
			return nil, err
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "webapi", "*.json"))
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		var m method
		if err := json.Unmarshal(raw, &m); err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		c.methods[m.Name] = m
	}
	return c, nil
}

// args reports an argument the method does not know, or one it misses.
func (c *checks) args(name string, args map[string]any) error {
	if c == nil {
		return nil
	}
	m, ok := c.methods[name]
	if !ok {
		return fmt.Errorf("method is not described")
	}
	for a := range args {
		if _, ok := m.Args[a]; !ok && a != "token" {
			return fmt.Errorf("argument %q is unknown", a)
		}
	}
	for a, d := range m.Args {
		if _, ok := args[a]; d.Required && !ok {
			return fmt.Errorf("argument %q is missing", a)
		}
	}
	return nil
}

// schema validates a value when the schemas are at hand.
func (c *checks) schema(pick func(*checks) *jsonschema.Schema, v any) error {
	if c == nil {
		return nil
	}
	return pick(c).Validate(v)
}

// Errors of what the schema cannot say, as Slack names them.
const (
	invalidBlocks = "invalid_blocks"
	tooLong       = "msg_blocks_too_long"

	// sumLimit is where Slack starts to refuse the sum of a message's block texts
	// (slackapi/bolt-js issue 2509).
	sumLimit = 13_200
)

// blocks checks ids, tables and the sum of texts, and names Slack's error code,
// or "".
func blocks(v any) string {
	seen := map[string]bool{}
	tables, sum, bad := 0, 0, ""
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			for _, key := range []string{"block_id", "action_id"} {
				if id, ok := v[key].(string); ok {
					if seen[key+id] {
						bad = invalidBlocks
					}
					seen[key+id] = true
				}
			}
			if v["type"] == "table" {
				tables++
			}
			if s, ok := v["text"].(string); ok {
				sum += utf8.RuneCountInString(s)
			}
			for _, e := range v {
				walk(e)
			}
		}
	}
	walk(v)
	switch {
	case bad != "":
		return bad
	case tables > 1:
		return invalidBlocks
	case sum > sumLimit:
		return tooLong
	}
	return ""
}

// message checks a message and returns Slack's error code and why.
func (c *checks) checkMessage(m map[string]any) (code string, why error) {
	if code := blocks(m["blocks"]); code != "" {
		return code, fmt.Errorf("blocks break %s", code)
	}
	if m["delete_original"] == true && m["text"] == nil {
		return "", nil
	}
	m, err := withoutCharts(m)
	if err != nil {
		return invalidBlocks, err
	}
	if err := c.schema(func(c *checks) *jsonschema.Schema { return c.message }, m); err != nil {
		return invalidBlocks, err
	}
	if text, _ := m["text"].(string); text == "" {
		return "no_text", fmt.Errorf("text is empty")
	}
	return "", nil
}

// withoutCharts checks a message's charts, which the schema is older than, and
// returns the rest of it. Limits are those of
// https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block.
func withoutCharts(m map[string]any) (map[string]any, error) {
	all, _ := m["blocks"].([]any)
	var rest []any
	for _, b := range all {
		block, _ := b.(map[string]any)
		if block["type"] != "data_visualization" {
			rest = append(rest, b)
			continue
		}
		if err := checkChart(block); err != nil {
			return m, fmt.Errorf("chart: %w", err)
		}
	}
	if len(rest) == len(all) {
		return m, nil
	}
	if len(all)-len(rest) > 2 {
		return m, fmt.Errorf("%d charts", len(all)-len(rest))
	}
	m = maps.Clone(m)
	delete(m, "blocks")
	if rest != nil {
		m["blocks"] = rest
	}
	return m, nil
}

func checkChart(raw map[string]any) error {
	var b struct {
		Type    string `json:"type"`
		BlockID string `json:"block_id"`
		Title   string `json:"title"`
		Chart   struct {
			Type   string `json:"type"`
			Series []struct {
				Name string `json:"name"`
				Data []struct {
					Label string   `json:"label"`
					Value *float64 `json:"value"`
				} `json:"data"`
			} `json:"series"`
			Axis struct {
				Categories []string `json:"categories"`
				X          string   `json:"x_label"`
				Y          string   `json:"y_label"`
			} `json:"axis_config"`
		} `json:"chart"`
	}
	again, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(again))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&b); err != nil {
		return err
	}
	fits := func(s string, least, most int) bool {
		n := utf8.RuneCountInString(s)
		return n >= least && n <= most
	}
	categories := b.Chart.Axis.Categories
	if b.Chart.Type != "bar" || !fits(b.Title, 1, 50) || !fits(b.Chart.Axis.X, 0, 50) || !fits(b.Chart.Axis.Y, 0, 50) ||
		len(b.Chart.Series) < 1 || len(b.Chart.Series) > 6 || len(categories) < 1 || len(categories) > 20 {
		return fmt.Errorf("of type %q with %d series of %d", b.Chart.Type, len(b.Chart.Series), len(categories))
	}
	seen := map[string]bool{}
	for _, label := range categories {
		if !fits(label, 1, 20) || seen[label] {
			return fmt.Errorf("category %q", label)
		}
		seen[label] = true
	}
	for _, s := range b.Chart.Series {
		if !fits(s.Name, 1, 20) || seen["series "+s.Name] || len(s.Data) != len(categories) {
			return fmt.Errorf("series %q of %d points", s.Name, len(s.Data))
		}
		seen["series "+s.Name] = true
		for i, p := range s.Data {
			if p.Label != categories[i] || p.Value == nil {
				return fmt.Errorf("point %q of series %q", p.Label, s.Name)
			}
		}
	}
	return nil
}

// checkView checks a modal or Home tab.
func (c *checks) checkView(v any) error {
	m, _ := v.(map[string]any)
	if code := blocks(m["blocks"]); code == invalidBlocks {
		return fmt.Errorf("view breaks %s", code)
	}
	if raw, _ := json.Marshal(v); len(raw) > 250_000 {
		return fmt.Errorf("view has %d bytes", len(raw))
	}
	switch m["type"] {
	case "modal":
		return c.schema(func(c *checks) *jsonschema.Schema { return c.modal }, v)
	case "home":
		return c.schema(func(c *checks) *jsonschema.Schema { return c.home }, v)
	}
	return fmt.Errorf("view has type %v", m["type"])
}

// CheckReply checks what a bot answered to a request: "message" for a slash
// command, "view_response" for a submission, "options_response" for a typeahead.
// An empty body is right for the first two.
func (s *Server) CheckReply(kind string, body []byte) error {
	if len(body) == 0 && kind != "options_response" {
		return nil
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	m, _ := v.(map[string]any)
	switch kind {
	case "message":
		_, err = s.checks.checkMessage(m)
		return err
	case "view_response":
		if view := m["view"]; view != nil {
			if err := s.checks.checkView(view); err != nil {
				return err
			}
		}
		return s.checks.schema(func(c *checks) *jsonschema.Schema { return c.viewResponse }, v)
	case "options_response":
		return s.checks.schema(func(c *checks) *jsonschema.Schema { return c.options }, v)
	}
	return fmt.Errorf("%s takes no body", kind)
}

// CheckMessage checks a message as chat.postMessage would.
func (s *Server) CheckMessage(body []byte) error { return s.CheckReply("message", body) }

// CheckView checks a modal or Home tab as views.open and views.publish would.
func (s *Server) CheckView(body []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.checks.checkView(v)
}
