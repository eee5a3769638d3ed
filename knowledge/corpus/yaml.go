package corpus

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlFile is a parsed YAML document that reports what it cannot use, by line.
type yamlFile struct {
	name   string
	offset int // lines of the file before the document, for front matter
	*report
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// parse returns the document's root node, or nil after reporting why not.
func (f *yamlFile) parse(data []byte) *yaml.Node {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		line := 1
		msg := strings.TrimPrefix(err.Error(), "yaml: ")
		if m := yamlLine.FindStringSubmatch(msg); m != nil {
			line, _ = strconv.Atoi(m[1])
			msg = strings.TrimPrefix(msg, m[0]+": ")
		}
		f.fatal(f.name, f.offset+line, "yaml", "not valid YAML: %s; %s near here", msg, yamlHint(msg))
		return nil
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// yamlHint says in plain words what mostly stands behind the parser's message.
func yamlHint(msg string) string {
	switch {
	case strings.Contains(msg, "mapping values are not allowed"):
		return `put a text that holds ": " in "quotes", or look for a wrong indent`
	case strings.Contains(msg, "cannot start any token"):
		return `indent with spaces, not tabs, and put a text that starts with a sign such as @ or % in "quotes"`
	}
	return "look for a missing quote, colon or wrong indent"
}

func (f *yamlFile) line(n *yaml.Node) int { return f.offset + n.Line }

func (f *yamlFile) bad(n *yaml.Node, rule, format string, args ...any) {
	f.fatal(f.name, f.line(n), rule, format, args...)
}

// fields calls the handler of each key of a mapping. Unknown and doubled keys
// and anything that is not a mapping are reported.
func (f *yamlFile) fields(n *yaml.Node, what string, handlers map[string]func(key, value *yaml.Node)) {
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		f.bad(n, "type", "%s must be a list of 'key: value' lines", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if seen[key.Value] {
			f.bad(key, "duplicate", "%q stands twice in %s; keep one", key.Value, what)
			continue
		}
		seen[key.Value] = true
		h := handlers[key.Value]
		if h == nil {
			h = handlers["*"]
		}
		if h == nil {
			f.bad(key, "key", "%s has no key %q%s", what, key.Value, didYouMean(key.Value, handlers))
			continue
		}
		h(key, value)
	}
}

func didYouMean[T any](got string, known map[string]T) string {
	best, bestDist := "", 3
	for k := range known {
		if d := editDistance(got, k); d < bestDist || d == bestDist && best != "" && k < best {
			best, bestDist = k, d
		}
	}
	if best == "" || best == "*" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance is the Levenshtein distance in bytes, for suggestions.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			prev, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, prev+cost)
		}
	}
	return row[len(b)]
}

// items calls each with every entry of a list.
func (f *yamlFile) items(n *yaml.Node, what string, each func(*yaml.Node)) {
	if n == nil {
		return
	}
	if n.Kind != yaml.SequenceNode {
		f.bad(n, "type", "%s must be a list (lines that start with '- ')", what)
		return
	}
	for _, item := range n.Content {
		each(item)
	}
}

// text returns a scalar as written, trimmed.
func (f *yamlFile) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode {
		f.bad(n, "type", "%s must be one line of text", what)
		return ""
	}
	s := strings.TrimSpace(n.Value)
	if s == "" {
		f.bad(n, "required", "%s is empty", what)
	}
	return s
}

// texts returns a list of scalars; a single scalar counts as a list of one.
func (f *yamlFile) texts(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode {
		if s := f.text(n, what); s != "" {
			return []string{s}
		}
		return nil
	}
	var out []string
	f.items(n, what, func(item *yaml.Node) {
		if s := f.text(item, "an entry of "+what); s != "" {
			out = append(out, s)
		}
	})
	return out
}

func (f *yamlFile) bool(n *yaml.Node, what string) bool {
	switch n.Value {
	case "true":
		return true
	case "false":
		return false
	}
	f.bad(n, "type", "%s must be true or false", what)
	return false
}

// date reads a date; "undated" gives the zero Date.
func (f *yamlFile) date(n *yaml.Node, what string) Date {
	s := f.text(n, what)
	if s == "undated" || s == "" {
		return Date{}
	}
	d, err := ParseDate(s)
	if err != nil {
		f.bad(n, "date", "%s: %v", what, err)
	}
	return d
}

// oneOf reads a scalar that must be one of the words.
func (f *yamlFile) oneOf(n *yaml.Node, what string, words ...string) string {
	s := f.text(n, what)
	for _, w := range words {
		if s == w {
			return s
		}
	}
	if s != "" {
		f.bad(n, "value", "%s is %q; it must be one of: %s", what, s, strings.Join(words, ", "))
	}
	return ""
}

// number reads a plain decimal number.
func (f *yamlFile) number(n *yaml.Node, what string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(n.Value), 64)
	if n.Kind != yaml.ScalarNode || err != nil || v != v || v > 1e15 || v < -1e15 {
		f.bad(n, "type", "%s must be a plain number such as 45230 or 5.6, without commas or signs", what)
		return 0, false
	}
	return v, true
}
