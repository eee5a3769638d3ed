package bot

import (
	"strconv"
	"strings"

	"careerbot/bot/router"
)

// Kind is what a reply is.
type Kind = router.Kind

// The kinds of replies.
const (
	KindAnswer  = router.KindAnswer
	KindCompare = router.KindCompare
	KindPath    = router.KindPath
	KindMatch   = router.KindMatch
	KindDefine  = router.KindDefine
	KindClarify = router.KindClarify
	KindDecline = router.KindDecline
	KindMeta    = router.KindMeta
)

// An Answer is a reply in platform-neutral form. Adapters render it; nothing in
// it is markup, so every string may hold any character.
type Answer struct {
	Kind       Kind
	Reason     string   // why it declines, "" otherwise
	Meta       string   // of KindMeta: which turn it answers ("help", "privacy", "human", ...), "" for a notice
	Roles      []string // slugs of the roles understood
	Topics     []string // slugs, best first
	Confidence float64  // probability that the question was understood, 0 to 1

	Title   string
	Blocks  []Block    // the body; the first block is the short answer
	Facts   []Fact     // figures of the body with date and source, at most [MaxFacts]
	Sources []Source   // in order of mention
	Notice  string     // a caution about the whole answer, such as figures past review
	ReadAs  string     // what was understood: "certification · phlebotomist"
	Change  []FollowUp // other readings, for a "change" menu

	FollowUps []FollowUp // worth asking next; each leads to an answer
	Choices   []FollowUp // of KindClarify: the readings to choose from
	Passages  []Passage  // what the answer was taken from, best first

	Pictures []Picture // charts of its figures, mostly none
	Routes   []Route   // of KindPath: the shortest way, then an alternative; or each next step alone

	Knowledge string // content hash
}

// MaxFacts is how many figures an answer lists.
const MaxFacts = 6

// BlockKind tells how a block is laid out.
type BlockKind string

// The kinds of blocks.
const (
	Paragraph BlockKind = "paragraph"
	Bullets   BlockKind = "bullets"
	Steps     BlockKind = "steps"   // a numbered list
	Heading   BlockKind = "heading" // a part of a longer answer
	Table     BlockKind = "table"   // a comparison: Rows, the first one the header
)

// A Block is a piece of an answer's body.
type Block struct {
	Kind  BlockKind
	Spans []Span     // Paragraph, Heading
	Items [][]Span   // Bullets, Steps
	Rows  [][]string // Table: equally long rows of plain text
	Table []TableRow // Table: what stands behind Rows[1:]; may be nil
}

// A Span is a run of text in one style. Links come from curated content only and
// are https addresses.
type Span struct {
	Text   string
	Bold   bool
	Italic bool
	Link   string
}

// A Fact is a figure as a reader sees it.
type Fact struct {
	Label  string // "Median pay"
	Value  string // "$45,230 a year"
	AsOf   string // "May 2025" or "undated"
	Source string // who published it
	Caveat string // what qualifies it, "" when nothing does
}

// A Source is a publication an answer rests on.
type Source struct {
	Title string
	URL   string // "" for our own advice
	AsOf  string // 2025-05, as in the folder; "" when undated
	Label string // title and date for a reader
}

// A FollowUp is a question worth a button.
type FollowUp struct {
	Label  string // at most 34 characters
	Ask    string // the question in words, for text surfaces
	Choice Choice
}

// A Passage names a piece of content an answer came from.
type Passage struct {
	ID    string // "roles/phlebotomist#pay"
	Score float64
}

// Text returns the answer as plain text without title and follow-ups: the body,
// then figures and sources on lines of their own.
func (a *Answer) Text() string {
	var b strings.Builder
	for i, bl := range a.Blocks {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(bl.Text())
	}
	if a.Notice != "" {
		b.WriteString("\n\n" + a.Notice)
	}
	return b.String()
}

// Text returns the block's words without styling.
func (b Block) Text() string {
	var lines []string
	switch b.Kind {
	case Bullets:
		for _, it := range b.Items {
			lines = append(lines, "- "+PlainText(it))
		}
	case Steps:
		for i, it := range b.Items {
			lines = append(lines, strconv.Itoa(i+1)+". "+PlainText(it))
		}
	case Table:
		for _, row := range b.Rows {
			lines = append(lines, strings.Join(row, " | "))
		}
	default:
		return PlainText(b.Spans)
	}
	return strings.Join(lines, "\n")
}

// PlainText joins the spans' text.
func PlainText(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}
