package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Caps on what is read of one question.
const (
	maxQuestionBytes = 16 << 10 // read at all; the rest is ignored
	maxQuestionRunes = 500      // understood
	maxMarks         = 3        // combining marks on one letter
)

// Clean prepares what someone typed: valid UTF-8 in compatibility form, without
// invisible and control characters, platform mentions and links, at most 500
// characters on one line.
func Clean(s string) string {
	if len(s) > maxQuestionBytes {
		s = s[:maxQuestionBytes]
	}
	s = strings.ToValidUTF8(s, " ")
	s = stripTokens(s)
	var b strings.Builder
	marks, runes := 0, 0
	space := true
	for _, r := range norm.NFKC.String(s) {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			if !space {
				b.WriteByte(' ')
				runes++
			}
			space = true
			continue
		case unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar, unicode.Is(unicode.Variation_Selector, r), r == '\u034f':
			continue
		case unicode.Is(unicode.Mn, r):
			if marks++; marks > maxMarks {
				continue
			}
		default:
			marks = 0
		}
		space = false
		if runes++; runes > maxQuestionRunes {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// stripTokens removes <@123>, <#C1|general>, <!channel> and web addresses, which
// name people and places but ask nothing.
func stripTokens(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		rest := s[i:]
		if rest[0] == '<' && len(rest) > 2 && strings.IndexByte("@#!:", rest[1]) >= 0 {
			if end := strings.IndexByte(rest, '>'); end > 0 && end < 100 {
				b.WriteByte(' ')
				i += end + 1
				continue
			}
		}
		if hasFold(rest, "http://") || hasFold(rest, "https://") {
			end := strings.IndexAny(rest, " \n\t>")
			if end < 0 {
				end = len(rest)
			}
			b.WriteByte(' ')
			i += end
			continue
		}
		_, n := utf8.DecodeRuneInString(rest)
		b.WriteString(rest[:n])
		i += n
	}
	return b.String()
}

func hasFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
