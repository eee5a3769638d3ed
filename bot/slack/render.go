package slack

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"careerbot/bot"
)

// How much of an answer is shown. A message of this size is read, a longer one
// is scrolled past; both stay well below Slack's limits.
const (
	bodyBudget   = 5000 // characters of the body
	maxBody      = 20   // blocks of the body
	wholeBudget  = 25_000
	maxWholeBody = 60  // likewise of a modal, where more is read
	maxSpans     = 200 // runs of text in a paragraph, entries in a list
	maxParts     = 20  // sections and lists in a rich text
	maxRowsShown = 40
	maxFollowUps = 4
	maxChoices   = 10
	maxChange    = 15
	maxShown     = 40 // characters of a button's or option's label
	maxSourced   = 1000
	maxSources   = 8
)

// Action ids. Buttons of a row need different ones, so they end in a number.
const (
	actAsk      = "ask:"  // a follow-up; the value is a choice
	actPick     = "pick:" // an answer to a clarifying question; the value is a choice
	actChange   = "change"
	actShare    = "share"
	actFeedback = "feedback" // feedback buttons; plain ones end in + and -
	actReason   = "reason:"  // why an answer did not help
	actMore     = "more"     // the whole of an answer
	actPerson   = "person"   // ask a person
	actClaim    = "claim"    // take a question for mentors
	actKept     = "kept"     // show what is kept
	actForget   = "forget"   // delete it
	actSearch   = "search"
	actRole     = "role:"
	actWish     = "wish:"
	actJob      = "job"
	actWords    = "words"
)

// look says how an answer is laid out.
type look struct {
	share    string // value of the "Share here" button, "" for none
	feedback string // what feedback is about, "" for no buttons
	reasons  string // likewise of the reasons after "Not helpful"
	more     string // value of the "Read more" button of an answer that is cut
	person   string // value of the "Ask a person" button, "" for none
	claim    string // id of a mentors' question, "" for no button to claim it
	privacy  bool   // buttons to see and delete what is kept
	view     bool   // for a modal: no tables, no feedback, more of the body
	simple   bool   // only the blocks Slack has had for years
}

// render lays an answer out as a message. Whatever the answer holds, the message
// is within Slack's limits.
func render(a *bot.Answer, l look) message {
	return message{Text: notification(a), Blocks: answerBlocks(a, l)}
}

// textOnly is the answer without blocks: what a person gets when Slack refuses
// the blocks.
func textOnly(a *bot.Answer) message {
	var b strings.Builder
	b.WriteString(a.Title + "\n\n" + a.Text())
	for _, f := range a.Facts {
		fmt.Fprintf(&b, "\n%s: %s (%s)", f.Label, f.Value, provenance(f))
	}
	for _, s := range a.Sources {
		fmt.Fprintf(&b, "\nSource: %s", s.Label)
	}
	return message{Text: orDefault(clipEscaped(strings.TrimSpace(clean(b.String())), maxText))}
}

// notification is the short answer: what a notification shows and a screen
// reader speaks.
func notification(a *bot.Answer) string {
	short := ""
	if len(a.Blocks) > 0 {
		short = a.Blocks[0].Text()
	}
	if strings.TrimSpace(clean(short)) == "" {
		short = a.Title
	}
	return orDefault(clipEscaped(strings.TrimSpace(clean(short)), maxText))
}

func orDefault(s string) string {
	if strings.TrimSpace(s) == "" {
		return "Here is the answer."
	}
	return s
}

func answerBlocks(a *bot.Answer, l look) []block {
	var out []block
	if t := oneLine(a.Title); t != "" {
		out = append(out, &headerBlock{"header", plain(t, maxHeader)})
	}
	body, cut := bodyOf(a.Blocks, l)
	if !cut {
		l.more = ""
	}
	if len(body) > 0 {
		out = append(out, body[0])
		body = body[1:]
	}
	out = append(out, factBlocks(a.Facts)...)
	if !l.view && !l.simple {
		out = append(out, charted(a)...)
	}
	out = append(out, body...)
	out = append(out, contextBlocks(a)...)
	out = append(out, actionBlocks(a, l)...)
	if l.feedback != "" && !l.view {
		out = append(out, feedback(l.feedback, l.simple))
	}
	return out
}

// A composer turns body blocks into Slack's until the budget is used up.
type composer struct {
	look  look
	out   []block
	parts []richPart // of the rich text under construction
	left  int        // characters
	table bool       // there is one: Slack takes no second
	cut   bool
}

func bodyBlocks(blocks []bot.Block, l look) []block {
	out, _ := bodyOf(blocks, l)
	return out
}

// bodyOf returns the body and whether some of it did not fit.
func bodyOf(blocks []bot.Block, l look) (out []block, cut bool) {
	c := &composer{look: l, left: bodyBudget}
	most := maxBody
	if l.view {
		c.left, most = wholeBudget, maxWholeBody
	}
	heading := false // the block before was a heading, and belongs to this one
	for _, b := range blocks {
		if c.left <= 0 || len(c.out) >= most {
			c.cut = true
			break
		}
		if !heading || len(c.parts) >= maxParts {
			c.flush()
		}
		c.add(b)
		heading = b.Kind == bot.Heading
	}
	c.flush()
	if c.cut && l.more == "" {
		c.out = append(c.out, &contextBlock{"context", []*textBody{plain("Shortened to fit. Ask about a part of it to read more.", maxField)}})
	}
	return c.out, c.cut
}

func (c *composer) flush() {
	if len(c.parts) > 0 {
		c.out = append(c.out, &richBlock{"rich_text", c.parts})
		c.parts = nil
	}
}

func (c *composer) add(b bot.Block) {
	switch b.Kind {
	case bot.Bullets:
		c.list("bullet", b.Items)
	case bot.Steps:
		c.list("ordered", b.Items)
	case bot.Table:
		c.rows(b.Rows)
	case bot.Heading:
		spans := []bot.Span{{Text: bot.PlainText(b.Spans), Bold: true}}
		c.section(spans)
	default:
		c.section(b.Spans)
	}
}

func (c *composer) section(spans []bot.Span) {
	if e := c.spans(spans); len(e) > 0 {
		c.parts = append(c.parts, richPart{Type: "rich_text_section", Elements: e})
	}
}

func (c *composer) list(style string, items [][]bot.Span) {
	var out []any
	for _, it := range items {
		if len(out) == maxRows {
			c.cut = true
			break
		}
		if e := c.spans(it); len(e) > 0 {
			out = append(out, richPart{Type: "rich_text_section", Elements: e})
		}
	}
	if len(out) > 0 {
		c.parts = append(c.parts, richPart{Type: "rich_text_list", Style: style, Elements: out})
	}
}

// spans returns runs of rich text: literal words, never markup.
func (c *composer) spans(spans []bot.Span) []any {
	var out []any
	blank := true
	for _, s := range spans {
		text := c.take(clean(s.Text), maxText)
		if text == "" {
			continue
		}
		if len(out) == maxSpans {
			c.cut = true
			break
		}
		blank = blank && strings.TrimSpace(text) == ""
		e := richText{Type: "text", Text: text}
		if u, ok := safeLink(s.Link); ok {
			e.Type, e.URL = "link", u
		}
		if s.Bold || s.Italic {
			e.Style = &richStyle{s.Bold, s.Italic}
		}
		out = append(out, e)
	}
	if blank {
		return nil
	}
	return out
}

// take returns what of the text the budget allows and charges it.
func (c *composer) take(s string, max int) string {
	if max = min(max, c.left); max <= 0 {
		c.cut = c.cut || s != ""
		return ""
	}
	out := clip(s, max)
	if out != s {
		c.cut = true
	}
	c.left -= utf8.RuneCountInString(out)
	return out
}

// rows lays a comparison out as a table or, where there can be none, as a list
// for each row.
func (c *composer) rows(rows [][]string) {
	columns := 0
	for _, r := range rows {
		columns = max(columns, len(r))
	}
	columns = min(columns, maxColumns)
	if len(rows) > maxRowsShown {
		rows, c.cut = rows[:maxRowsShown], true
	}
	switch {
	case columns == 0:
	case c.look.view || c.look.simple || c.table:
		c.lists(rows, columns)
	default:
		c.tableOf(rows, columns)
	}
}

func (c *composer) tableOf(rows [][]string, columns int) {
	t := &tableBlock{Type: "table"}
	for range columns {
		t.Columns = append(t.Columns, tableColumn{Wrapped: true})
	}
	for _, r := range rows {
		if c.left <= 0 {
			c.cut = true
			break
		}
		cells := make([]tableCell, columns)
		for i := range cells {
			cells[i] = tableCell{"raw_text", c.cell(r, i)}
		}
		t.Rows = append(t.Rows, cells)
	}
	c.flush()
	c.out = append(c.out, t)
	c.table = true
}

// maxCell is how much of a cell is shown.
const maxCell = 300

// cell returns the text of a cell; an absent or blank one reads as a dash.
func (c *composer) cell(row []string, i int) string {
	text := ""
	if i < len(row) {
		text = c.take(oneLine(row[i]), maxCell)
	}
	if text == "" {
		c.left--
		return "–"
	}
	return text
}

func (c *composer) lists(rows [][]string, columns int) {
	for _, r := range rows[min(1, len(rows)):] {
		if c.left <= 0 {
			c.cut = true
			return
		}
		c.section([]bot.Span{{Text: c.cell(r, 0), Bold: true}})
		var items [][]bot.Span
		for i := 1; i < columns; i++ {
			items = append(items, []bot.Span{{Text: c.cell(rows[0], i) + ": " + c.cell(r, i)}})
		}
		c.list("bullet", items)
	}
}

// factBlocks shows figures as fields, each with its date and publisher.
func factBlocks(facts []bot.Fact) []block {
	var fields []*textBody
	for _, f := range facts[:min(len(facts), bot.MaxFacts)] {
		label, value := fit(f.Label, 80), fit(f.Value, 150)
		if label == "" || value == "" {
			continue
		}
		fields = append(fields, mrkdwn("*"+label+"*\n"+value+"\n"+fit(provenance(f), 250)))
	}
	if len(fields) == 0 {
		return nil
	}
	return []block{&sectionBlock{Type: "section", Fields: fields}}
}

// fit escapes a line and cuts it.
func fit(s string, max int) string { return clipEscaped(oneLine(s), max) }

// provenance says where a figure comes from.
func provenance(f bot.Fact) string {
	var parts []string
	for _, s := range []string{f.Source, f.AsOf, f.Caveat} {
		if strings.TrimSpace(s) != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// contextBlocks are the small print: caution, sources, what was understood.
func contextBlocks(a *bot.Answer) []block {
	var out []block
	if n := oneLine(a.Notice); n != "" {
		out = append(out, &contextBlock{"context", []*textBody{plain("Note: "+n, 600)}})
	}
	var small []*textBody
	if s := sources(a.Sources); s != "" {
		small = append(small, mrkdwn("Sources: "+s))
	}
	if r := oneLine(a.ReadAs); r != "" {
		small = append(small, plain("Read as: "+r, 300))
	}
	if len(small) > 0 {
		out = append(out, &contextBlock{"context", small})
	}
	return out
}

// sources lists the sources as links, as many as fit.
func sources(list []bot.Source) string {
	var parts []string
	n := 0
	for _, s := range list[:min(len(list), maxSources)] {
		label := fit(first(oneLine(s.Label), oneLine(s.Title)), 150)
		if label == "" {
			continue
		}
		if u, ok := safeLink(s.URL); ok && len(u) <= 300 {
			label = "<" + escape(u) + "|" + label + ">"
		}
		if n += utf8.RuneCountInString(label) + 3; n > maxSourced {
			break
		}
		parts = append(parts, label)
	}
	return strings.Join(parts, " · ")
}

// actionBlocks are the buttons and the menu below an answer.
func actionBlocks(a *bot.Answer, l look) []block {
	var row []any
	for i, f := range a.Choices[:min(len(a.Choices), maxChoices)] {
		row = appendButton(row, fmt.Sprint(actPick, i), f)
	}
	for i, f := range a.FollowUps[:min(len(a.FollowUps), maxFollowUps)] {
		row = appendButton(row, fmt.Sprint(actAsk, i), f)
	}
	if m := changeMenu(a.Change); m != nil {
		row = append(row, m)
	}
	if l.more != "" && utf8.RuneCountInString(l.more) <= maxButtonValue {
		row = append(row, &button{Type: "button", ActionID: actMore, Text: plain("Read more", maxButtonText), Value: l.more})
	}
	if l.person != "" && utf8.RuneCountInString(l.person) <= maxButtonValue {
		row = append(row, &button{Type: "button", ActionID: actPerson, Text: plain("Ask a person", maxButtonText), Value: l.person})
	}
	if l.claim != "" {
		row = append(row, &button{Type: "button", ActionID: actClaim, Text: plain("Claim", maxButtonText), Value: claimVersion + "|" + l.claim, Style: "primary"})
	}
	if l.reasons != "" {
		for i, v := range bot.Reasons {
			row = append(row, &button{Type: "button", ActionID: fmt.Sprint(actReason, i), Text: plain(v.Label(), maxButtonText), Value: verdictValue(v, l.reasons)})
		}
	}
	if l.privacy {
		row = append(row, privacyButtons()...)
	}
	if l.share != "" && utf8.RuneCountInString(l.share) <= maxButtonValue {
		row = append(row, &button{Type: "button", ActionID: actShare, Text: plain("Share here", maxButtonText), Value: l.share})
	}
	if len(row) == 0 {
		return nil
	}
	return []block{&actionsBlock{"actions", row}}
}

func appendButton(row []any, id string, f bot.FollowUp) []any {
	code, label, ok := tap(f, maxButtonValue)
	if !ok {
		return row
	}
	return append(row, &button{Type: "button", ActionID: id, Text: plain(label, maxButtonText), Value: code})
}

// tap returns what a follow-up's button carries and shows. One that cannot be
// read back is left out.
func tap(f bot.FollowUp, max int) (code, label string, ok bool) {
	code, _ = f.Choice.Encode()
	if _, err := bot.ParseChoice(code); err != nil || len(code) > max {
		return "", "", false
	}
	label = clip(oneLine(f.Label), maxShown)
	return code, label, label != ""
}

// changeMenu offers other readings of the question.
func changeMenu(change []bot.FollowUp) *selectMenu {
	m := &selectMenu{Type: "static_select", ActionID: actChange, Placeholder: plain("Not what you meant?", maxPlaceholder)}
	for _, f := range change[:min(len(change), maxChange)] {
		if code, label, ok := tap(f, maxOptionValue); ok {
			m.Options = append(m.Options, option{plain(label, maxOptionText), code})
		}
	}
	if len(m.Options) == 0 {
		return nil
	}
	return m
}

// feedback asks for a verdict.
func feedback(about string, simple bool) block {
	yes, no := plain(bot.Helpful.Label(), maxButtonText), plain(bot.NotHelpful.Label(), maxButtonText)
	helped, not := verdictValue(bot.Helpful, about), verdictValue(bot.NotHelpful, about)
	if simple {
		return &actionsBlock{"actions", []any{
			&button{Type: "button", ActionID: actFeedback + "+", Text: yes, Value: helped},
			&button{Type: "button", ActionID: actFeedback + "-", Text: no, Value: not},
		}}
	}
	return &feedbackBlock{"context_actions", []feedbackElement{{
		Type: "feedback_buttons", ActionID: actFeedback,
		Positive: feedbackButton{yes, helped, "This answer helped"},
		Negative: feedbackButton{no, not, "This answer did not help"},
	}}}
}
