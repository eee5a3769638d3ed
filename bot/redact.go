package bot

import (
	"math"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Redacted is text that passed [Redact], the only place that makes it.
type Redacted string

// What stands in place of what was taken out.
const (
	redactedEmail   = "[e-mail]"
	redactedLink    = "[link]"
	redactedMention = "[mention]"
	redactedNumber  = "[number]"
	redactedName    = "[name]"
	redactedSecret  = "[secret]"
)

// Redact returns what someone typed without what says who they are: mentions,
// links, e-mail addresses, phone and other long numbers, tokens, and names after
// "my name is" and its like. It rather takes too much: five digits in a row are
// gone, whatever they meant. Redacting twice changes nothing.
//
// It cannot know every name. Text that passed is less personal, not anonymous,
// which is why it also expires.
func Redact(s string) Redacted {
	s = Clean(s)
	if utf8.RuneCountInString(s) >= maxQuestionRunes {
		// Half an address is not recognised, so a word that may be cut goes too.
		s = s[:max(strings.LastIndexByte(s, ' '), 0)]
	}
	return Redacted(redact(s, maxQuestionRunes-1))
}

// RedactText is [Redact] for longer text: it keeps its lines and its length.
func RedactText(s string) Redacted {
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		var cleaned []string
		for _, piece := range pieces(line) {
			cleaned = append(cleaned, Clean(piece))
		}
		lines = append(lines, redact(strings.TrimSpace(strings.Join(cleaned, " ")), math.MaxInt))
	}
	return Redacted(strings.TrimSpace(strings.Join(lines, "\n")))
}

// maxPieceBytes is less than [Clean] takes at once.
const maxPieceBytes = maxQuestionRunes - 1

// pieces cuts a line between words. Words that are longer than a piece are
// nobody's prose and left out.
func pieces(line string) (all []string) {
	piece := ""
	for word := range strings.FieldsSeq(line) {
		if len(word) >= maxPieceBytes {
			continue
		}
		if len(piece)+len(word) >= maxPieceBytes {
			all, piece = append(all, piece), ""
		}
		piece += " " + word
	}
	return append(all, piece)
}

// redact repeats until nothing is left to take out.
func redact(s string, runes int) string {
	for range maxRedactPasses {
		next := firstRunes(redactOnce(s), runes)
		if next == s {
			break
		}
		s = next
	}
	return s
}

// maxRedactPasses bounds the repetition. One pass is enough for anything but
// text made to join up again; each takes something out.
const maxRedactPasses = 10

type pass struct {
	what *regexp.Regexp
	with string
}

// addresses and identifiers are applied in this order, with [redactBlobs]
// between: an address holds an @, a number may be part of a link or a token.
var addresses = []pass{
	{regexp.MustCompile(`(?i)\bxox[a-z]-\S*|\bxapp-\S*`), redactedSecret},
	{regexp.MustCompile(`(?i)[^\s@<>\[\]()]+@[^\s@<>\[\]()]+\.[^\s@<>\[\]()]+`), redactedEmail},
	{regexp.MustCompile(`(?i)[\w.+-]+ ?[(\[{ ]at[)\]} ] ?[\w-]+ ?[(\[{ ]dot[)\]} ] ?\w+`), redactedEmail},
	{regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://\S*|\bwww\.\S*|\bmailto:\S*|\btel:\S*`), redactedLink},
	{regexp.MustCompile(`(?i)\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|edu|gov|io|co|me|gg|info|us|uk|ca|dev|app|link|ly|be|tv)(?:/\S*|\b)`), redactedLink},
}

var identifiers = []pass{
	{regexp.MustCompile(`@[^\s@\[\]]+`), redactedMention},
	{regexp.MustCompile(`\b[UWCDGTB][0-9A-Z]{8,}\b`), redactedMention},
	{regexp.MustCompile(`\+?\(?\p{Nd}(?:[\s().\-/_:]{0,3}\p{Nd}){4,}`), redactedNumber},
}

func redactOnce(s string) string {
	for _, p := range addresses {
		s = p.what.ReplaceAllString(s, p.with)
	}
	s = redactBlobs(s)
	for _, p := range identifiers {
		s = p.what.ReplaceAllString(s, p.with)
	}
	return strings.TrimSpace(redactNames(s))
}

// minBlob is how long a word with digits in it is before it must be a token.
const minBlob = 20

// redactBlobs takes out long words of letters and digits: keys, tokens, ids.
func redactBlobs(s string) string {
	words := strings.Split(s, " ")
	for i, w := range words {
		if len(w) >= minBlob && strings.IndexFunc(w, unicode.IsDigit) >= 0 {
			words[i] = redactedSecret
		}
	}
	return strings.Join(words, " ")
}

// introduces ends where a name begins.
var introduces = regexp.MustCompile(`(?i)\b(?:(?:my|the|her|his|their) (?:full |first |last )?names?(?: is|['’]?s|:| are)|name ?[:=]|i['’]?a?m called|i am called|they call me|(?:you can |please )?call me|i go by)(?: +|$)`)

// maxNameWords is how many words a name has.
const maxNameWords = 4

// redactNames takes out the words after an introduction: the first one whatever
// it is, further ones while they look like a name.
func redactNames(s string) string {
	var b strings.Builder
	for {
		at := introduces.FindStringIndex(s)
		if at == nil {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at[1]])
		s = s[at[1]:]
		name := s
		if next := introduces.FindStringIndex(s); next != nil {
			name = s[:next[0]] // "my name is Anna, call me Ann"
		}
		if n := nameLength(name); n > 0 {
			b.WriteString(redactedName)
			s = s[n:]
		}
	}
}

// nameLength returns how many bytes at the start of s are a name, 0 when a
// bracket says that it was taken out already.
func nameLength(s string) int {
	end, lower := 0, 0
	for i := range maxNameWords {
		rest := s[end:]
		gap := len(rest) - len(strings.TrimLeft(rest, " "))
		word := nameWord(rest[gap:])
		if word == "" || i > 0 && gap == 0 {
			break
		}
		first, _ := utf8.DecodeRuneInString(word)
		if i > 0 && !unicode.IsUpper(first) {
			if lower++; lower > 1 || notName[strings.ToLower(word)] {
				break
			}
		}
		if i > 0 && notName[strings.ToLower(word)] {
			break
		}
		end += gap + len(word)
	}
	return end
}

// nameWord returns the letters at the start of s, with what joins names: an
// apostrophe, a hyphen, the point of an initial.
func nameWord(s string) string {
	end := 0
	for i, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && (i == 0 || !strings.ContainsRune("'’-.", r)) {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	return s[:end]
}

// notName are words that follow a name but belong to none.
var notName = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`a age aged am an and are as at bc because but by can could do does for from had has have he hi how
		i i'd i'll i'm i've if im in is it its ive just live my not now of on or please she so thanks that the then there they
		this to want wanna was we were what what's whats when where which who why will with work would you your`) {
		m[w] = true
	}
	return m
}()

// firstRunes cuts s to so many characters.
func firstRunes(s string, runes int) string {
	n := 0
	for i := range s {
		if n++; n > runes {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}
