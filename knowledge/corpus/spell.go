package corpus

import (
	"io/fs"
	"iter"
	"regexp"
	"strings"
	"sync"

	"github.com/golangci/misspell"
)

// wordsFile lists the words that the folder's texts may use.
const wordsFile = "words.txt"

// commonSlips maps misspellings, and British forms, to what was meant.
var commonSlips = sync.OnceValue(func() map[string]string {
	slips := map[string]string{}
	for _, list := range [][]string{misspell.DictMain, misspell.DictAmerican} {
		for i := 0; i+1 < len(list); i += 2 {
			slips[list[i]] = list[i+1]
		}
	}
	return slips
})

// A piece is text that readers see, with the line to point to.
type piece struct {
	file string
	line int
	text string
}

// checkSpelling reports common misspellings and, in a folder that keeps a
// words.txt, every word that is not in it. Example questions are not looked at:
// people misspell.
func (l *loader) checkSpelling() {
	known := l.readWords()
	type place struct{ file, word string }
	seen := map[place]bool{}
	for pc := range l.c.pieces() {
		for word := range words(pc.text) {
			if seen[place{pc.file, word}] {
				continue
			}
			seen[place{pc.file, word}] = true
			if right := commonSlips()[word]; right != "" && !known[word] {
				l.add(Error, pc.file, pc.line, "spelling", "%q is spelled %q", word, right)
			} else if known != nil && !isKnown(known, word) {
				l.add(Error, pc.file, pc.line, "spelling", "the word %q is not in %s%s If it is right, add it there", word, wordsFile, orElse(didYouMean(word, known), "."))
			}
		}
	}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// readWords returns the words of words.txt, or nil when there is no such file.
func (l *loader) readWords() map[string]bool {
	if _, err := fs.Stat(l.fsys, wordsFile); err != nil {
		return nil
	}
	text, _ := l.read(wordsFile, false)
	known := map[string]bool{}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		for word := range strings.FieldsSeq(line) {
			known[strings.ToLower(word)] = true
		}
	}
	return known
}

// pieces yields every text of the folder that a reader may see.
func (c *Corpus) pieces() iter.Seq[piece] {
	return func(yield func(piece) bool) {
		for _, p := range c.Pages {
			texts := []piece{{p.File, p.Line, p.Title}, {p.File, p.Line, p.Issuer}}
			if p.ByWork != nil {
				texts = append(texts, piece{p.File, p.ByWork.Line, p.ByWork.Text})
			}
			for _, f := range p.Facts {
				texts = append(texts, piece{p.File, f.Line, strings.Join([]string{f.Label, f.Text, f.Covers, f.Note}, " . ")})
			}
			for _, ps := range p.Passages {
				texts = append(texts, piece{p.File, ps.Line, ps.Title + " . " + ps.Text()})
			}
			for _, pc := range texts {
				if !yield(pc) {
					return
				}
			}
		}
		for _, pc := range c.listPieces() {
			if !yield(pc) {
				return
			}
		}
	}
}

// listPieces returns the texts of the YAML files.
func (c *Corpus) listPieces() []piece {
	var out []piece
	for _, t := range c.Topics {
		out = append(out, piece{"topics.yaml", t.Line, t.Title})
	}
	for _, t := range c.Terms {
		for _, s := range t.Senses {
			out = append(out, piece{"glossary.yaml", t.Line, s.Field + " . " + s.Meaning})
		}
	}
	for _, s := range c.Ladder.Steps {
		out = append(out, piece{"ladder.yaml", s.Line, s.Time + " . " + s.Detail})
	}
	for _, b := range c.Ladder.Beliefs {
		out = append(out, piece{"ladder.yaml", b.Line, b.Belief + " . " + b.Truth})
	}
	for _, s := range c.Comparisons.Subjects {
		out = append(out, piece{comparisonsFile, s.Line, s.Does + " . " + s.Choose})
	}
	for _, p := range c.Comparisons.Pairs {
		out = append(out, piece{comparisonsFile, p.Line, p.Decide})
	}
	for _, b := range c.Boundaries {
		out = append(out, piece{"boundaries.yaml", b.Line, b.Reply})
	}
	for _, r := range c.States.rules() {
		out = append(out, piece{statesFile, r.Line, r.Text})
	}
	for _, q := range c.Match.Questions {
		out = append(out, piece{matchFile, q.Line, q.Ask})
		for _, a := range q.Answers {
			out = append(out, piece{matchFile, a.Line, a.Label + " . " + a.Heard})
		}
		for _, t := range q.Roles {
			out = append(out, piece{matchFile, t.Line, t.Text})
		}
	}
	for _, t := range c.Match.Drawbacks {
		out = append(out, piece{matchFile, t.Line, t.Text})
	}
	return out
}

var (
	wordPattern = regexp.MustCompile(`[\p{L}\d'’&*@./]+`)
	plainWord   = regexp.MustCompile(`^[a-z]{2,}(?:'[a-z]+)?$`)
)

// words yields the words of a text that a speller can judge, in lower case and
// without possessive endings: not abbreviations, figures, addresses, initials.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, w := range wordPattern.FindAllString(text, -1) {
			if isAbbreviation(w) || isFigure(w) {
				continue
			}
			for part := range strings.SplitSeq(w, "/") {
				w := strings.ToLower(strings.ReplaceAll(strings.Trim(part, ".'’"), "’", "'"))
				w = strings.TrimSuffix(w, "'s")
				if plainWord.MatchString(w) && !yield(w) {
					return
				}
			}
		}
	}
}

// inflections lists regular endings and what a word without them ends in.
var inflections = [][2]string{
	{"s", ""}, {"es", ""}, {"ies", "y"}, {"ed", ""}, {"ed", "e"}, {"ied", "y"}, {"ing", ""}, {"ing", "e"}, {"ly", ""},
}

// isKnown reports whether the word or what it is regularly formed from is listed.
func isKnown(known map[string]bool, word string) bool {
	if known[word] {
		return true
	}
	for _, in := range inflections {
		if stem, ok := strings.CutSuffix(word, in[0]); ok && known[stem+in[1]] {
			return true
		}
	}
	return false
}
