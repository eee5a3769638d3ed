package corpus

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxGrade is the highest reading grade a section may have.
const maxGrade = 10

// Grade returns the passage's reading grade by Flesch and Kincaid (1975): the
// year of school in the United States in which most people can read it.
//
//	0.39 words/sentence + 11.8 syllables/word - 15.59
//
// An item of a list is a sentence of its own, as is whatever stands before the
// list. As Flesch advised, figures lengthen a sentence but their syllables are
// not counted; the same goes for abbreviations (MLT, NAACLS, CPhT), which nobody
// can write more simply. Without a plain word the grade is zero.
func (p *Passage) Grade() float64 { return p.grade(countSyllables) }

// grade is Grade with the syllables counted by another function, for callers
// that grade many passages and remember the words they have met.
func (p *Passage) grade(syllablesOf func(word string) int) float64 {
	words, plain, syllables, sentences := 0, 0, 0, 0
	for _, line := range strings.Split(p.Text(), "\n") {
		for _, s := range splitSentences(line) {
			before := words
			for w := range strings.FieldsFuncSeq(s, isGap) {
				w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
				if w == "" {
					continue
				}
				words++
				if !isFigure(w) && !isAbbreviation(w) {
					plain++
					syllables += syllablesOf(w)
				}
			}
			if words > before {
				sentences++
			}
		}
	}
	if plain == 0 {
		return 0
	}
	return 0.39*float64(words)/float64(sentences) + 11.8*float64(syllables)/float64(plain) - 15.59
}

// isGap reports what parts two words. A hyphen does not: "full-time" is one.
func isGap(r rune) bool { return unicode.IsSpace(r) || r == '/' || r == '–' || r == '—' }

func isFigure(word string) bool { return strings.ContainsFunc(word, unicode.IsDigit) }

// isAbbreviation reports a word with two capitals: MLT, PhD, MLT(ASCP).
func isAbbreviation(word string) bool {
	capitals := 0
	for _, r := range word {
		if unicode.IsUpper(r) {
			capitals++
		}
	}
	return capitals > 1
}

// neverLast are words whose period does not end a sentence.
var neverLast = map[string]bool{
	"dr": true, "mr": true, "mrs": true, "ms": true, "st": true, "vs": true,
	"e.g": true, "i.e": true, "u.s": true, "a.m": true, "p.m": true, "inc": true,
}

// splitSentences cuts a line behind every period, question or exclamation mark
// that is followed by a space and anything but a small letter.
func splitSentences(line string) []string {
	var out []string
	start := 0
	for i, r := range line {
		if r != '.' && r != '!' && r != '?' {
			continue
		}
		rest := strings.TrimLeft(line[i+1:], `"'”’)`)
		next, _ := utf8.DecodeRuneInString(strings.TrimLeft(rest, " "))
		if !strings.HasPrefix(rest, " ") || unicode.IsLower(next) {
			continue
		}
		last := line[strings.LastIndexByte(line[:i], ' ')+1 : i]
		if r == '.' && neverLast[strings.ToLower(strings.TrimLeft(last, `"'“‘(`))] {
			continue
		}
		out = append(out, line[start:i+1])
		start = i + 1
	}
	return append(out, line[start:])
}

// Patterns by which the number of vowel runs differs from that of syllables.
var (
	vowelRun = regexp.MustCompile(`[aeiou]+|y`)
	// yGlide is a y that begins a syllable, as in "beyond": it is a consonant.
	yGlide = regexp.MustCompile(`(^|[aeiouw])y([aeiou])`)
	// silent matches what has a vowel run and is not heard.
	silent = regexp.MustCompile(`[^aeiouy]e(?:ment|ments|ful|fully|less|ness|ly|ty)$|` +
		`[^aeiouyl]e$|[aeiouylr]le$|` + // made, while; not table
		`[aeiou]y$|[aeiou]y[^aeiou]|` + // say, payment
		`[^aeiouycgszxhl]es$|[aeioulr]les$|[^cs]hes$|` + // makes, bathes; not boxes, tables
		`[^aeiouydtl]ed$|[aeiouylr]led$|` + // worked, called; not handled
		`(?:some|home|time|face|there|where|care|life|safe|state|whole|fore|note|side|else)[^aeiouysrdn]|` +
		`^every|someone|^busi`)
	// apart matches neighboring vowels of two syllables.
	apart = regexp.MustCompile(`[^ctgs]ia|[ct]ia[^nl]|[^ctgsx]io|iu|[^ctf]ie[nr]|iet|iest|` +
		`(?:^|[^cgp])eo|[^qg]u[ao]|eing|oing|uing|[^ctgx]iou|` +
		`^(?:cre|re|pre)a[^dlms]|area|idea|scien|[^aeiou]eous|ism$|thm$|[^q]uent`)
)

// countSyllables estimates how many syllables an English word has: one for each
// run of vowels, less those that are silent, more where two are said apart.
func countSyllables(word string) int {
	n := 0
	word = strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(word))
	for part := range strings.FieldsFuncSeq(word, func(r rune) bool { return r < 'a' || r > 'z' }) {
		part = yGlide.ReplaceAllString(part, "${1}j$2")
		runs := len(vowelRun.FindAllString(part, -1)) - len(silent.FindAllString(part, -1)) + len(apart.FindAllString(part, -1))
		n += max(runs, 1)
	}
	return max(n, 1)
}

// remembering returns f with a memory.
func remembering(f func(string) int) func(string) int {
	seen := map[string]int{}
	return func(word string) int {
		n, ok := seen[word]
		if !ok {
			n = f(word)
			seen[word] = n
		}
		return n
	}
}
