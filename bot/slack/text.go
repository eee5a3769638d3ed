package slack

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuestion is how many characters of a message are read as a question.
const maxQuestion = 500

var (
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
)

// escape makes text literal where Slack reads mrkdwn: no mention, no link and no
// entity comes out of it.
func escape(s string) string { return escaper.Replace(s) }

// clean returns valid UTF-8 without the characters that a reader cannot see and
// that could turn text around: controls, bidirectional overrides, byte order
// marks. Line breaks and tabs stay.
func clean(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\u2028' || r == '\u2029':
			return '\n'
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\ufeff':
			return -1
		}
		return r
	}, s)
}

// oneLine is clean with every run of white space made one space.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

// clip cuts text to at most max characters, the last one an ellipsis when
// something was cut.
func clip(s string, max int) string {
	if utf8.RuneCountInString(s) <= max {
		return s
	}
	n := 0
	for i := range s {
		if n++; n == max {
			return s[:i] + "…"
		}
	}
	return ""
}

// clipEscaped escapes text and keeps as much of it as fits max characters; it
// never cuts an entity in two.
func clipEscaped(s string, max int) string {
	whole := escape(s)
	if utf8.RuneCountInString(whole) <= max {
		return whole
	}
	var b strings.Builder
	n := 1 // the ellipsis
	for _, r := range s {
		e := escape(string(r))
		if n += utf8.RuneCountInString(e); n > max {
			break
		}
		b.WriteString(e)
	}
	return b.String() + "…"
}

// question reads the text of an event or message as a person's words: mentions
// go, links and channels keep their names, entities become characters.
func question(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		j := strings.IndexByte(s[i:], '>')
		if j < 0 {
			break
		}
		b.WriteString(s[:i])
		b.WriteString(named(s[i+1 : i+j]))
		s = s[i+j+1:]
	}
	b.WriteString(s)
	return typed(b.String())
}

// named returns what a reader sees of the inside of <…>.
func named(inner string) string {
	target, label, _ := strings.Cut(inner, "|")
	switch {
	case strings.HasPrefix(target, "@"), strings.HasPrefix(target, "!"):
		return " "
	case label != "":
		return label
	}
	return strings.TrimPrefix(target, "#")
}

// typed reads the text of a slash command or an input: only entities are undone.
func typed(s string) string {
	s = strings.TrimSpace(clean(unescaper.Replace(s)))
	n := 0
	for i := range s {
		if n++; n > maxQuestion {
			return s[:i]
		}
	}
	return s
}

// safeLink returns the address when it may be shown as a link: an https address of a
// host, without credentials and within Slack's length.
func safeLink(s string) (string, bool) {
	if len(s) > maxURL || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '|' || r == '<' || r == '>' || r >= utf8.RuneSelf }) {
		return "", false
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", false
	}
	return s, true
}
