package router

import (
	"strings"
	"unicode"
)

// A token is a run of letters and digits.
type token struct {
	text  string // lower case, without apostrophes
	upper bool   // written in capitals, at least two letters
}

// tokenize splits a text. Apostrophes inside a word vanish (what's → whats), and
// dotted abbreviations become one token (m.l.t. → mlt).
func tokenize(s string) []token {
	if ascii(s) {
		return tokenizeASCII(s)
	}
	var out []token
	rs := []rune(s)
	for i := 0; i < len(rs); {
		if !wordRune(rs[i]) {
			i++
			continue
		}
		if word, next := dotted(rs, i); next > 0 {
			out = append(out, token{strings.ToLower(word), word == strings.ToUpper(word)})
			i = next
			continue
		}
		var b strings.Builder
		start := i
		upper, letters := true, 0
		for ; i < len(rs); i++ {
			r := rs[i]
			if apostrophe(r) && i+1 < len(rs) && wordRune(rs[i+1]) {
				continue
			}
			if !wordRune(r) {
				break
			}
			if unicode.IsLetter(r) {
				letters++
				upper = upper && unicode.IsUpper(r)
			}
			b.WriteRune(unicode.ToLower(r))
		}
		if n := i - start - 1; n > 1 && letters == n+1 && rs[start+n] == 's' && strings.ToUpper(string(rs[start:start+n])) == string(rs[start:start+n]) {
			upper = true // the plural of an abbreviation: RTs
		}
		out = append(out, token{b.String(), upper && letters > 1})
	}
	return out
}

// tokenizeASCII does the same for plain text, which nearly all text is, without a
// copy of words in small letters.
func tokenizeASCII(s string) []token {
	out := make([]token, 0, len(s)/5+1)
	for i := 0; i < len(s); {
		if !letterOrDigit(s[i]) {
			i++
			continue
		}
		start, plain := i, true
		upper, letters := true, 0
		for ; i < len(s); i++ {
			c := s[i]
			if (c == '\'' || c == '`') && i+1 < len(s) && letterOrDigit(s[i+1]) {
				plain = false
				continue
			}
			if !letterOrDigit(c) {
				break
			}
			switch {
			case c >= 'a':
				letters, upper = letters+1, false
			case c >= 'A':
				letters, plain = letters+1, false
			}
		}
		if i-start == 1 && i < len(s) && s[i] == '.' {
			if word, next := dotted([]rune(s[start:min(len(s), start+maxDotted)]), 0); next > 0 && (start+next == len(s) || next < maxDotted) {
				out = append(out, token{strings.ToLower(word), word == strings.ToUpper(word)})
				i = start + next
				continue
			}
		}
		text := s[start:i]
		if n := len(text) - 1; n > 1 && letters == len(text) && text[n] == 's' && strings.ToUpper(text[:n]) == text[:n] {
			upper = true // the plural of an abbreviation: RTs
		}
		if !plain {
			text = strings.ToLower(strings.NewReplacer("'", "", "`", "").Replace(text))
		}
		out = append(out, token{text, upper && letters > 1})
	}
	return out
}

// maxDotted bounds an abbreviation with dots.
const maxDotted = 40

func letterOrDigit(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// dotted reads single letters joined by dots: "m.l.t." or "R.T". It returns the
// letters and the index after them, or 0 when there is no such run at i.
func dotted(rs []rune, i int) (string, int) {
	var b strings.Builder
	j := i
	for j < len(rs) && unicode.IsLetter(rs[j]) && (j+1 >= len(rs) || !wordRune(rs[j+1])) {
		b.WriteRune(rs[j])
		j++
		if j >= len(rs) || rs[j] != '.' {
			break
		}
		j++
		if j >= len(rs) || !unicode.IsLetter(rs[j]) {
			break
		}
	}
	if b.Len() < 2 || j < len(rs) && wordRune(rs[j]) {
		return "", 0
	}
	return b.String(), j
}

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '`' || r == 'ʼ' }

// words returns the tokens' texts.
func words(toks []token) []string {
	out := make([]string, len(toks))
	for i, t := range toks {
		out[i] = t.text
	}
	return out
}

// joined returns the tokens' texts without anything between them.
func joined(toks []token) string {
	if len(toks) == 1 {
		return toks[0].text
	}
	var b strings.Builder
	for _, t := range toks {
		b.WriteString(t.text)
	}
	return b.String()
}

// foreign reports whether most letters belong to a script other than Latin.
func foreign(s string) bool {
	latin, other := 0, 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			if unicode.Is(unicode.Latin, r) {
				latin++
			} else {
				other++
			}
		}
	}
	return other > latin
}
