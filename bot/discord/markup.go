package discord

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"careerbot/bot"
)

// units is a text's length in UTF-16 code units. Discord does not say in what
// its limits count; no unit in use gives more than this one.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xffff {
			n++
		}
	}
	return n
}

// clip cuts a text to at most max units, at a word's end where one is near.
func clip(s string, max int) string {
	s = strings.Join(strings.Fields(strings.Map(visible, s)), " ")
	if units(s) <= max {
		return s
	}
	n, end, space := 0, 0, 0
	for i, r := range s {
		n += units(string(r))
		if n > max-1 {
			break
		}
		end = i + utf8.RuneLen(r)
		if r == ' ' {
			space = i
		}
	}
	if space > end*2/3 {
		end = space
	}
	return strings.TrimRight(s[:end], " ") + "…"
}

// visible drops control characters and those that turn the writing direction,
// and makes every space a plain one.
func visible(r rune) rune {
	switch {
	case r == '\u061c', r == '\u200e', r == '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return -1
	case r >= 0xe0000 && r <= 0xe0fff: // tags
		return -1
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r), r == '\u200b', r == '\ufeff':
		return -1
	}
	return r
}

// escape returns a word so that it shows as it is: no markup, no mention, no
// link. A word at the start of a line must not become a heading, quote or list.
// https://support.discord.com/hc/en-us/articles/210298617
func escape(word string, lineStart bool) string {
	var b strings.Builder
	dotted := false
	for i, r := range word {
		rest := word[i+utf8.RuneLen(r):]
		switch {
		case strings.ContainsRune("\\*_~|`[]<", r),
			lineStart && i == 0 && strings.ContainsRune(">#-+", r),
			r == ':' && strings.HasPrefix(rest, "//"),
			r == '/' && dotted,
			lineStart && (r == '.' || r == ')') && rest == "" && isSnowflake(word[:i]):
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		if low := strings.ToLower(rest); r == '@' && (strings.HasPrefix(low, "everyone") || strings.HasPrefix(low, "here")) {
			b.WriteRune('\u200b')
		}
		dotted = dotted || r == '.'
	}
	return b.String()
}

// safeLink returns a curated address in a form that fits between parentheses, or
// "" when it is not an https address.
func safeLink(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	out := strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", "\\", "%5C", " ", "%20").Replace(u.String())
	if units(out) > 512 || strings.ContainsFunc(out, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return ""
	}
	return out
}

// pad is text being written within a limit. Once something does not fit, nothing
// more is taken, so that what is there ends at a word.
type pad struct {
	b         strings.Builder
	left      int
	cut       bool
	lineStart bool
	space     bool // a space is due before the next word
	marker    bool // the text ends with a style marker
}

// ellipsis is what a cut text ends with; newPad keeps room for it.
const ellipsis = " …"

func newPad(max int) *pad { return &pad{left: max - units(ellipsis), lineStart: true} }

// raw writes markup of ours, whole or not at all.
func (p *pad) raw(s string) bool {
	n := units(s)
	if p.cut || n > p.left {
		p.cut = true
		return false
	}
	p.b.WriteString(s)
	p.left -= n
	p.lineStart, p.space, p.marker = strings.HasSuffix(s, "\n"), false, false
	return true
}

// line starts a line with markup of ours such as a bullet.
func (p *pad) line(prefix string) bool {
	if p.b.Len() > 0 && !p.lineStart {
		prefix = "\n" + prefix
	}
	ok := p.raw(prefix)
	p.lineStart = true
	return ok
}

// token writes text that must not be split, with the space that is due.
func (p *pad) token(s string) bool {
	if p.space && !p.lineStart {
		s = " " + s
	}
	ok := p.raw(s)
	p.lineStart = p.lineStart && !ok
	return ok
}

// maxWord is the longest word that is kept whole.
const maxWord = 120

// text writes plain text, escaped, word by word.
func (p *pad) text(s string) {
	s = strings.Map(visible, s)
	if strings.HasPrefix(s, " ") {
		p.space = true
	}
	for word := range strings.FieldsSeq(s) {
		for len(word) > 0 {
			head := word
			if len(word) > maxWord {
				head = word[:runeStart(word, maxWord)]
			}
			if !p.token(escape(head, p.lineStart)) {
				return
			}
			p.space = false
			word = word[len(head):]
		}
		p.space = true
	}
	p.space = strings.HasSuffix(s, " ")
}

// runeStart is the last index not after max at which a character starts.
func runeStart(s string, max int) int {
	for max > 1 && !utf8.RuneStart(s[max]) {
		max--
	}
	return max
}

// spans writes styled text.
func (p *pad) spans(list []bot.Span) {
	for _, s := range merge(list) {
		if link := safeLink(s.Link); link != "" {
			p.link(s, link)
			continue
		}
		p.styled(s)
	}
}

// merge joins neighbours of one style: markers that touch would not be read.
func merge(list []bot.Span) []bot.Span {
	var out []bot.Span
	for _, s := range list {
		if n := len(out); n > 0 && out[n-1].Bold == s.Bold && out[n-1].Italic == s.Italic && out[n-1].Link == s.Link {
			out[n-1].Text += s.Text
			continue
		}
		out = append(out, s)
	}
	return out
}

func style(s bot.Span) string {
	m := ""
	if s.Bold {
		m += "**"
	}
	if s.Italic {
		m += "*"
	}
	return m
}

// styled writes text between markers. The closing marker's room is kept, so it
// is there even when the text is cut.
func (p *pad) styled(s bot.Span) {
	m := style(s)
	if m == "" || strings.TrimSpace(strings.Map(visible, s.Text)) == "" {
		p.text(s.Text)
		return
	}
	text := strings.Map(visible, s.Text)
	p.space = p.space || strings.HasPrefix(text, " ")
	first, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if p.cut || p.left < 2*len(m)+2+units(escape(first[:runeStart(first+" ", min(len(first), maxWord))], true)) {
		p.cut = true
		return
	}
	if p.marker && !p.space {
		p.token("\u200b")
	}
	start := p.lineStart
	p.token(m)
	p.lineStart, p.space = start, false
	p.left -= len(m)
	p.text(strings.TrimSpace(text))
	p.left += len(m)
	p.b.WriteString(m)
	p.left -= len(m)
	p.lineStart, p.marker, p.space = false, true, strings.HasSuffix(text, " ")
}

// link writes a titled link, whole or not at all.
func (p *pad) link(s bot.Span, address string) {
	text := strings.Map(visible, s.Text)
	label := strings.NewReplacer("[", "(", "]", ")").Replace(clip(text, 200))
	if label == "" {
		label = "link"
	}
	p.space = p.space || strings.HasPrefix(text, " ")
	m := style(s)
	if m != "" && p.marker && !p.space {
		p.token("\u200b")
	}
	p.token(m + "[" + escapeAll(label) + "](" + address + ")" + m)
	p.marker, p.space = m != "", strings.HasSuffix(text, " ")
}

// escapeAll escapes the words of a text inside a line.
func escapeAll(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = escape(w, false)
	}
	return strings.Join(words, " ")
}

// String returns the text, with an ellipsis when something did not fit.
func (p *pad) String() string {
	s := strings.TrimRight(p.b.String(), " \n")
	if p.cut && s != "" {
		return s + ellipsis
	}
	return s
}
