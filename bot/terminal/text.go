package terminal

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// clean makes foreign text safe to print: control characters, which a terminal
// obeys, and characters that turn or hide the text around them are removed;
// whitespace becomes single blanks.
func clean(s string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			b.WriteByte(' ')
		case r == '\u200d', r == '\u200c':
			b.WriteRune(r) // join emoji and the letters of some scripts
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// columns returns how many columns a terminal needs for the text: two for East
// Asian wide characters and emoji, none for combining marks.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// wrap cleans the text and breaks it into lines of at most so many columns,
// between words where it can. Web addresses are never broken, so that they can
// be copied.
func wrap(text string, most int) []string {
	var lines []string
	var cur string
	flush := func() {
		if cur != "" {
			lines = append(lines, cur)
			cur = ""
		}
	}
	for _, word := range strings.Fields(clean(text)) {
		if cur != "" && columns(cur)+1+columns(word) > most {
			flush()
		}
		if cur != "" {
			cur += " " + word
			continue
		}
		for columns(word) > most && !strings.Contains(word, "://") {
			head := prefix(word, most)
			lines = append(lines, head)
			word = word[len(head):]
		}
		cur = word
	}
	flush()
	return lines
}

// prefix returns the longest start of a word that fits, at least one character.
func prefix(word string, most int) string {
	n := 0
	for i, r := range word {
		if n += runeColumns(r); n > most && i > 0 {
			return word[:i]
		}
	}
	return word
}
