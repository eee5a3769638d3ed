package slack

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of Block Kit in characters (code points) and entries, from
// https://api.slack.com/reference/block-kit/blocks and the pages it links.
const (
	maxMessageBlocks = 50
	maxViewBlocks    = 100
	maxText          = 3000 // section text, and a notification's
	maxField         = 2000
	maxFields        = 10
	maxHeader        = 150
	maxButtonText    = 75
	maxButtonValue   = 2000
	maxOptionText    = 75
	maxOptionValue   = 150
	maxOptions       = 100
	maxPlaceholder   = 150
	maxID            = 255
	maxActions       = 25
	maxContext       = 10
	maxTitle         = 24 // title, submit and close of a modal
	maxMeta          = 3000
	maxLabel         = 2000
	maxURL           = 3000
	maxRows          = 100
	maxColumns       = 20
	maxConfirmTitle  = 100
	maxConfirmText   = 300
	maxConfirmButton = 30
	maxMentorAnswer  = 3000 // of a text input

	// maxTop is the best length of a message's own text; Slack cuts at 40,000.
	maxTop = 4000
	// maxSum is what a message's block texts may come to: Slack refuses the whole
	// message somewhat past 13,000 (slackapi/bolt-js issue 2509).
	maxSum = 12_000
)

// A message is what people see in a channel; its JSON fields are the part that
// chat.postMessage and response URLs share.
type message struct {
	Text   string  `json:"text"` // mrkdwn, escaped: notifications and screen readers
	Blocks []block `json:"blocks,omitempty"`
}

// A modal or Home tab.
type viewBody struct {
	Type       string    `json:"type"` // "modal" or "home"
	CallbackID string    `json:"callback_id,omitempty"`
	Title      *textBody `json:"title,omitempty"`
	Submit     *textBody `json:"submit,omitempty"`
	Close      *textBody `json:"close,omitempty"`
	Blocks     []block   `json:"blocks"`
	Meta       string    `json:"private_metadata,omitempty"`
}

// A block is one of the few kinds of blocks we send. Slack refuses a message for
// one field it does not know, so these types have exactly the fields we fill.
type block interface{ check(*checker) }

// textBody is a text object. In mrkdwn it must be escaped already.
type textBody struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji,omitempty"`    // of plain_text
	Verbatim bool   `json:"verbatim,omitempty"` // of mrkdwn: nothing becomes a link by itself
}

// plain returns literal text on one line, not longer than max.
func plain(s string, max int) *textBody {
	off := false // ":x:" stays what was written
	return &textBody{Type: "plain_text", Text: clip(oneLine(s), max), Emoji: &off}
}

// mrkdwn returns marked-up text that our templates made of escaped parts.
func mrkdwn(s string) *textBody { return &textBody{Type: "mrkdwn", Text: s, Verbatim: true} }

type headerBlock struct {
	Type string    `json:"type"`
	Text *textBody `json:"text"`
}

type sectionBlock struct {
	Type   string      `json:"type"`
	Text   *textBody   `json:"text,omitempty"`
	Fields []*textBody `json:"fields,omitempty"`
}

type contextBlock struct {
	Type     string      `json:"type"`
	Elements []*textBody `json:"elements"`
}

type dividerBlock struct {
	Type string `json:"type"`
}

// richBlock is text whose words are literal and whose style is data.
type richBlock struct {
	Type     string     `json:"type"`
	Elements []richPart `json:"elements"`
}

// richPart is a section (a run of text) or a list of sections.
type richPart struct {
	Type     string `json:"type"`
	Style    string `json:"style,omitempty"` // of a list: "bullet" or "ordered"
	Elements []any  `json:"elements"`        // richText, or of a list richPart
}

type richText struct {
	Type  string     `json:"type"` // "text" or "link"
	Text  string     `json:"text"`
	URL   string     `json:"url,omitempty"`
	Style *richStyle `json:"style,omitempty"`
}

type richStyle struct {
	Bold   bool `json:"bold,omitempty"`
	Italic bool `json:"italic,omitempty"`
}

type actionsBlock struct {
	Type     string `json:"type"`
	Elements []any  `json:"elements"` // *button or *selectMenu
}

type button struct {
	Type     string    `json:"type"`
	ActionID string    `json:"action_id"`
	Text     *textBody `json:"text"`
	Value    string    `json:"value,omitempty"`
	Style    string    `json:"style,omitempty"`
	Confirm  *confirm  `json:"confirm,omitempty"`
}

// confirm asks back before a button counts.
type confirm struct {
	Title   *textBody `json:"title"`
	Text    *textBody `json:"text"`
	Confirm *textBody `json:"confirm"`
	Deny    *textBody `json:"deny"`
}

// selectMenu is a static_select with options or an external_select without.
type selectMenu struct {
	Type        string    `json:"type"`
	ActionID    string    `json:"action_id"`
	Placeholder *textBody `json:"placeholder,omitempty"`
	Options     []option  `json:"options,omitempty"`
	Initial     *option   `json:"initial_option,omitempty"`
	MinQuery    *int      `json:"min_query_length,omitempty"`
}

type option struct {
	Text  *textBody `json:"text"`
	Value string    `json:"value"`
}

type feedbackBlock struct {
	Type     string            `json:"type"`
	Elements []feedbackElement `json:"elements"`
}

type feedbackElement struct {
	Type     string         `json:"type"`
	ActionID string         `json:"action_id"`
	Positive feedbackButton `json:"positive_button"`
	Negative feedbackButton `json:"negative_button"`
}

type feedbackButton struct {
	Text  *textBody `json:"text"`
	Value string    `json:"value"`
	Label string    `json:"accessibility_label,omitempty"`
}

type tableBlock struct {
	Type    string        `json:"type"`
	Rows    [][]tableCell `json:"rows"`
	Columns []tableColumn `json:"column_settings,omitempty"`
}

type tableCell struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type tableColumn struct {
	Wrapped bool `json:"is_wrapped"`
}

type inputBlock struct {
	Type     string    `json:"type"`
	BlockID  string    `json:"block_id"`
	Label    *textBody `json:"label"`
	Element  any       `json:"element"` // *textInput or *selectMenu
	Optional bool      `json:"optional,omitempty"`
}

type textInput struct {
	Type        string    `json:"type"`
	ActionID    string    `json:"action_id"`
	Placeholder *textBody `json:"placeholder,omitempty"`
	Multiline   bool      `json:"multiline,omitempty"`
	MaxLength   int       `json:"max_length,omitempty"`
	Focus       bool      `json:"focus_on_load,omitempty"`
}

// errLimits is wrapped by everything that a check finds.
var errLimits = errors.New("over a limit of Slack")

// A checker collects what is over a limit. Its findings name places and figures,
// never text, so that they can be logged.
type checker struct {
	problems []string
	sum      int // characters of all texts
	ids      map[string]bool
	tables   int
}

func (c *checker) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checker) err() error {
	if len(c.problems) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", errLimits, strings.Join(c.problems, "; "))
}

// length checks a text's length in characters; every text needs one at least.
func (c *checker) length(what, s string, max int) {
	n := utf8.RuneCountInString(s)
	c.sum += n
	if n > max || strings.TrimSpace(s) == "" || !utf8.ValidString(s) {
		c.fail("%s has %d characters of %d", what, n, max)
	}
}

func (c *checker) text(what string, t *textBody, max int) {
	if t == nil {
		c.fail("%s is missing", what)
		return
	}
	c.length(what, t.Text, max)
}

// count checks a number of entries; there is one at least.
func (c *checker) count(what string, n, max int) {
	if n < 1 || n > max {
		c.fail("%s has %d entries of %d", what, n, max)
	}
}

// id checks that an action id is set and used once.
func (c *checker) id(id string) {
	if id == "" || len(id) > maxID || c.ids[id] {
		c.fail("action id %d is empty, too long or used twice", len(c.ids))
	}
	c.ids[id] = true
}

func (c *checker) value(what, s string, max int) {
	if n := utf8.RuneCountInString(s); n > max || !utf8.ValidString(s) {
		c.fail("%s has %d characters of %d", what, n, max)
	}
}

// check reports what Slack would refuse the message for.
func (m *message) check() error {
	c := &checker{ids: map[string]bool{}}
	c.length("text", m.Text, maxTop)
	c.sum = 0
	if len(m.Blocks) > maxMessageBlocks {
		c.fail("message has %d blocks", len(m.Blocks))
	}
	for _, b := range m.Blocks {
		b.check(c)
	}
	if c.sum > maxSum {
		c.fail("blocks have %d characters together", c.sum)
	}
	if c.tables > 1 {
		c.fail("message has %d tables", c.tables)
	}
	return c.err()
}

// check reports what Slack would refuse the view for.
func (v *viewBody) check() error {
	c := &checker{ids: map[string]bool{}}
	c.count("view", len(v.Blocks), maxViewBlocks)
	c.value("metadata", v.Meta, maxMeta)
	c.value("callback", v.CallbackID, maxID)
	for what, t := range map[string]*textBody{"title": v.Title, "submit": v.Submit, "close": v.Close} {
		if t != nil {
			c.text(what, t, maxTitle)
		}
	}
	for _, b := range v.Blocks {
		b.check(c)
		switch b.(type) {
		case *tableBlock, *feedbackBlock, *chartBlock:
			c.fail("%T in a view", b)
		case *inputBlock:
			if v.Submit == nil {
				c.fail("input without submit")
			}
		}
	}
	return c.err()
}

func (b *headerBlock) check(c *checker)  { c.text("header", b.Text, maxHeader) }
func (b *dividerBlock) check(c *checker) {}

func (b *sectionBlock) check(c *checker) {
	if b.Text != nil || len(b.Fields) == 0 {
		c.text("section", b.Text, maxText)
	}
	if len(b.Fields) > maxFields {
		c.fail("section has %d fields", len(b.Fields))
	}
	for _, f := range b.Fields {
		c.text("field", f, maxField)
	}
}

func (b *contextBlock) check(c *checker) {
	c.count("context", len(b.Elements), maxContext)
	for _, e := range b.Elements {
		c.text("context", e, maxField)
	}
}

func (b *richBlock) check(c *checker) {
	c.count("rich text", len(b.Elements), maxRows)
	for _, p := range b.Elements {
		p.check(c)
	}
}

func (p *richPart) check(c *checker) {
	c.count("rich text section", len(p.Elements), maxSpans)
	for _, e := range p.Elements {
		switch e := e.(type) {
		case richText:
			c.span(e)
		case richPart:
			e.check(c)
		default:
			c.fail("rich text holds %T", e)
		}
	}
}

// span checks a run of rich text; one of white space alone is fine there.
func (c *checker) span(e richText) {
	n := utf8.RuneCountInString(e.Text)
	c.sum += n
	if n < 1 || n > maxText || !utf8.ValidString(e.Text) {
		c.fail("rich text has %d characters", n)
	}
	if _, ok := safeLink(e.URL); (e.Type == "link") != (e.URL != "") || e.URL != "" && !ok {
		c.fail("rich text has a bad link")
	}
}

func (b *actionsBlock) check(c *checker) {
	c.count("actions", len(b.Elements), maxActions)
	for _, e := range b.Elements {
		c.element(e)
	}
}

// element checks an interactive element.
func (c *checker) element(e any) {
	switch e := e.(type) {
	case *button:
		c.id(e.ActionID)
		c.text("button", e.Text, maxButtonText)
		c.value("button value", e.Value, maxButtonValue)
		if e.Confirm != nil {
			c.text("confirm", e.Confirm.Title, maxConfirmTitle)
			c.text("confirm", e.Confirm.Text, maxConfirmText)
			c.text("confirm", e.Confirm.Confirm, maxConfirmButton)
			c.text("confirm", e.Confirm.Deny, maxConfirmButton)
		}
	case *selectMenu:
		c.menu(e)
	case *textInput:
		c.id(e.ActionID)
		if e.Placeholder != nil {
			c.text("placeholder", e.Placeholder, maxPlaceholder)
		}
	default:
		c.fail("%T is no element", e)
	}
}

func (c *checker) menu(m *selectMenu) {
	c.id(m.ActionID)
	c.text("placeholder", m.Placeholder, maxPlaceholder)
	if m.Type == "external_select" {
		return
	}
	c.count("menu", len(m.Options), maxOptions)
	for _, o := range m.Options {
		c.text("option", o.Text, maxOptionText)
		c.length("option value", o.Value, maxOptionValue)
	}
}

func (b *feedbackBlock) check(c *checker) {
	c.count("feedback", len(b.Elements), 5)
	for _, e := range b.Elements {
		c.id(e.ActionID)
		for _, f := range []feedbackButton{e.Positive, e.Negative} {
			c.text("feedback", f.Text, maxButtonText)
			c.value("feedback value", f.Value, maxButtonValue)
			c.value("feedback label", f.Label, maxButtonText)
		}
	}
}

func (b *tableBlock) check(c *checker) {
	c.tables++
	c.count("table", len(b.Rows), maxRows)
	for _, r := range b.Rows {
		c.count("table row", len(r), maxColumns)
		for _, cell := range r {
			c.length("cell", cell.Text, maxField)
		}
	}
	if len(b.Columns) > maxColumns {
		c.fail("table has %d column settings", len(b.Columns))
	}
}

func (b *inputBlock) check(c *checker) {
	c.text("label", b.Label, maxLabel)
	c.element(b.Element)
}
