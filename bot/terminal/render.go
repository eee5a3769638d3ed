package terminal

import (
	"strconv"
	"strings"

	"careerbot/bot"
)

// Widths in columns. A line of prose is readable up to about eighty.
const (
	MaxWidth = 80
	minWidth = 24 // below this, lines stop getting shorter

	minCell   = 16 // narrower columns of a table are stacked instead
	maxLabel  = 22 // a table's first column
	columnGap = 2
)

// Options of [Render]. The zero value renders 80 plain columns for a reader who
// cannot pick, as in a file.
type Options struct {
	Width int  // columns; 0 means [MaxWidth], which is also the most used
	Bold  bool // the output shows ANSI bold
	Pick  bool // follow-ups are numbered, for a reader who types a number
}

// Menu returns what the numbers under a rendered answer stand for, first is 1.
func Menu(a bot.Answer) []bot.FollowUp {
	if len(a.Choices) > 0 {
		return a.Choices
	}
	return a.FollowUps
}

// Render returns the answer as lines of text, each ending in a newline. No line
// is wider than the options' width, except one that holds a web address, which
// is never cut. Nothing but ANSI bold, when asked for, is more than text:
// control characters inside an answer are removed.
func Render(a bot.Answer, opt Options) string {
	p := newPage(opt)
	p.title(a.Title)
	for _, b := range a.Blocks {
		p.block(b)
	}
	if a.Notice != "" {
		p.paragraph("Note: " + a.Notice)
	}
	p.facts(a.Facts)
	p.sources(a.Sources)
	p.readAs(a)
	p.menu(a)
	return p.String()
}

// renderChange lists the answer's other readings to pick from.
func renderChange(a bot.Answer, opt Options) string {
	p := newPage(opt)
	p.paragraph("Read as: " + a.ReadAs + ". What did you mean?")
	p.numbered(a.Change)
	return p.String()
}

// A page collects blocks of lines with an empty line between them.
type page struct {
	strings.Builder
	width int
	bold  bool
	pick  bool
}

func newPage(opt Options) *page {
	w := opt.Width
	if w <= 0 {
		w = MaxWidth
	}
	return &page{width: max(min(w, MaxWidth), minWidth), bold: opt.Bold, pick: opt.Pick}
}

// gap starts a new block.
func (p *page) gap() {
	if p.Len() > 0 {
		p.WriteByte('\n')
	}
}

// lines writes text wrapped, its first line after lead and the others after as
// many blanks.
func (p *page) lines(lead, text string) {
	rest := strings.Repeat(" ", columns(lead))
	for i, l := range wrap(text, p.width-len(rest)) {
		if i > 0 {
			lead = rest
		}
		p.WriteString(strings.TrimRight(lead+l, " ") + "\n")
	}
}

func (p *page) paragraph(text string) {
	p.gap()
	p.lines("", text)
}

// heading writes a line that stands out: bold, or underlined where bold is not
// shown.
func (p *page) heading(text, under string) {
	lines := wrap(text, p.width)
	if len(lines) == 0 {
		return
	}
	p.gap()
	widest := 0
	for _, l := range lines {
		widest = max(widest, columns(l))
		if p.bold {
			l = "\x1b[1m" + l + "\x1b[0m"
		}
		p.WriteString(l + "\n")
	}
	if !p.bold {
		p.WriteString(strings.Repeat(under, widest) + "\n")
	}
}

// title writes the answer's title; with bold an empty line sets it apart.
func (p *page) title(text string) { p.heading(text, "=") }

// label writes a section's name, which its colon marks well enough.
func (p *page) label(text string) {
	p.paragraph(text + ":")
}

func (p *page) block(b bot.Block) {
	switch b.Kind {
	case bot.Heading:
		p.heading(inline(b.Spans), "-")
	case bot.Bullets:
		p.gap()
		for _, it := range b.Items {
			p.lines("  - ", inline(it))
		}
	case bot.Steps:
		p.gap()
		digits := len(strconv.Itoa(len(b.Items)))
		for i, it := range b.Items {
			p.lines("  "+number(i+1, digits)+". ", inline(it))
		}
	case bot.Table:
		p.gap()
		p.table(b.Rows)
	default:
		p.paragraph(inline(b.Spans))
	}
}

// number returns n right-aligned in a field of so many digits.
func number(n, digits int) string {
	s := strconv.Itoa(n)
	return strings.Repeat(" ", max(digits-len(s), 0)) + s
}

// inline returns the spans as text; a link's address follows its words.
func inline(spans []bot.Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
		if s.Link != "" && s.Link != s.Text {
			b.WriteString(" (" + s.Link + ")")
		}
	}
	return b.String()
}

func (p *page) facts(facts []bot.Fact) {
	if len(facts) == 0 {
		return
	}
	p.label("Figures")
	for _, f := range facts {
		p.lines("  - ", f.Label+": "+f.Value)
		p.lines("    ", join(", ", f.AsOf, f.Source, f.Caveat))
	}
}

// join joins the parts that are not empty.
func join(sep string, parts ...string) string {
	var kept []string
	for _, s := range parts {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return strings.Join(kept, sep)
}

func (p *page) sources(sources []bot.Source) {
	if len(sources) == 0 {
		return
	}
	p.label("Sources")
	for _, s := range sources {
		name := s.Label
		if name == "" {
			name = join(", ", s.Title, s.AsOf)
		}
		p.lines("  - ", name)
		if s.URL != "" {
			p.lines("    ", s.URL)
		}
	}
}

func (p *page) readAs(a bot.Answer) {
	if a.ReadAs == "" {
		return
	}
	text := "Read as: " + a.ReadAs
	if p.pick && len(a.Change) > 0 {
		text += " (/change for other readings)"
	}
	p.paragraph(text)
}

func (p *page) menu(a bot.Answer) {
	entries, name := Menu(a), "You could ask next"
	if len(entries) == 0 {
		return
	}
	switch {
	case len(a.Choices) > 0 && a.Kind == bot.KindMatch:
		name = "Choose"
	case len(a.Choices) > 0:
		name = "You could mean"
	}
	if p.pick {
		p.label(name + " (type the number)")
		p.entries(entries)
		return
	}
	p.label(name)
	for _, f := range entries {
		text := f.Ask
		if text == "" {
			text = f.Label
		}
		p.lines("  - ", text)
	}
}

func (p *page) numbered(entries []bot.FollowUp) {
	p.gap()
	p.entries(entries)
}

func (p *page) entries(entries []bot.FollowUp) {
	digits := len(strconv.Itoa(len(entries)))
	for i, f := range entries {
		p.lines("  "+number(i+1, digits)+"  ", f.Label)
	}
}
