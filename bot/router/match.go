package router

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"careerbot/knowledge/corpus"
)

// A Wish is what someone said about the job they want: answers to the questions
// of match.yaml and the pay they need. It travels in the details of buttons and is
// stored nowhere.
type Wish struct {
	Answers []WishAnswer // in the order given, one a question
	Pay     int          // dollars a year they need at least, 0 when not said
	Done    bool         // they want to see the jobs now
}

// A WishAnswer is an answer to a question; Answer is nil when it was skipped.
type WishAnswer struct {
	Question *corpus.MatchQuestion
	Answer   *corpus.MatchAnswer
}

// MaxTaps is how many questions are asked at most. What the first one says of it
// is written out in package bot.
const MaxTaps = 6

// Detail forms: "p0.b1.sx.m60.go" are two answers, a skipped question, 60 thousand
// dollars a year and the wish to see the jobs.
const (
	skipMark   = "x"
	doneMark   = "go"
	payMark    = 'm'
	detailStop = "."
)

// Detail is the wish as [Request.Detail] carries it.
func (w *Wish) Detail() string {
	var parts []string
	for _, a := range w.Answers {
		id := skipMark
		if a.Answer != nil {
			id = a.Answer.ID
		}
		parts = append(parts, a.Question.ID+id)
	}
	if w.Pay > 0 {
		parts = append(parts, string(payMark)+strconv.Itoa(w.Pay/1000))
	}
	if w.Done {
		parts = append(parts, doneMark)
	}
	return strings.Join(parts, detailStop)
}

// With returns the wish with one more answer, nil for a question that is skipped.
func (w *Wish) With(q *corpus.MatchQuestion, a *corpus.MatchAnswer) *Wish {
	out := &Wish{Pay: w.Pay, Answers: slices.Clone(w.Answers)}
	out.set(q, a)
	return out
}

// Show returns the wish of someone who wants to see the jobs.
func (w *Wish) Show() *Wish { return &Wish{Answers: w.Answers, Pay: w.Pay, Done: true} }

// More returns the wish of someone who wants to be asked on.
func (w *Wish) More() *Wish { return &Wish{Answers: w.Answers, Pay: w.Pay} }

func (w *Wish) set(q *corpus.MatchQuestion, a *corpus.MatchAnswer) {
	i := slices.IndexFunc(w.Answers, func(x WishAnswer) bool { return x.Question == q })
	if i < 0 {
		w.Answers = append(w.Answers, WishAnswer{q, a})
		return
	}
	w.Answers[i].Answer = a
}

// Said reports whether there is anything to rank by.
func (w *Wish) Said() bool {
	return w.Pay > 0 || slices.ContainsFunc(w.Answers, func(a WishAnswer) bool { return a.Answer != nil })
}

// has reports whether an answer, as "p0", was given.
func (w *Wish) has(code string) bool {
	return slices.ContainsFunc(w.Answers, func(a WishAnswer) bool { return a.Answer != nil && a.Question.ID+a.Answer.ID == code })
}

// Next is the question to ask next, or nil when enough is known.
func (w *Wish) Next(m *corpus.Match) *corpus.MatchQuestion {
	if len(w.Answers) >= MaxTaps {
		return nil
	}
	for _, q := range m.Questions {
		asked := slices.ContainsFunc(w.Answers, func(a WishAnswer) bool { return a.Question == q })
		if !asked && !slices.ContainsFunc(q.Unless, w.has) {
			return q
		}
	}
	return nil
}

// parseWish reads a detail. What is not known is left out: it may be hostile, or
// older than the content.
func parseWish(m *corpus.Match, detail string) *Wish {
	w := &Wish{}
	for part := range strings.SplitSeq(detail, detailStop) {
		if part == doneMark {
			w.Done = true
			continue
		}
		if len(part) < 2 {
			continue
		}
		q := m.Question(part[:1])
		switch {
		case part[0] == byte(payMark):
			if k, err := strconv.Atoi(part[1:]); err == nil && k > 0 && k < 1000 {
				w.Pay = 1000 * k
			}
		case q == nil:
		case part[1:] == skipMark:
			w.set(q, nil)
		case q.Answer(part[1:]) != nil:
			w.set(q, q.Answer(part[1:]))
		}
	}
	return w
}

// match recognises someone who looks for a job that fits, and what they said.
func (rd *reading) match() (Intent, bool) {
	m := &rd.c.Match
	if len(m.Questions) == 0 || slices.ContainsFunc(rd.subjects, isSubject) || len(rd.dests) > 0 || rd.openMention() != nil {
		return Intent{}, false
	}
	w := rd.wish()
	asked := rd.best.kind == KindMatch && rd.conf >= rd.answerAt/2 || slices.ContainsFunc(m.Start, func(p string) bool {
		return indexOf(words(rd.repaired), words(tokenize(p))) >= 0
	})
	if !asked && (!rd.onlyWishes() || len(w.Answers) < matchWishes && len(rd.ctx.Subjects) > 0) {
		return Intent{}, false
	}
	w.Done = w.Said()
	return Intent{Kind: KindMatch, Wish: w, Confidence: max(rd.conf, 0.6)}, true
}

// withReading adds the page that comes close to a search for a job, if one does:
// what to do with a criminal record, how to work from home.
func (rd *reading) withReading(ctx context.Context, in Intent) (Intent, error) {
	in, err := rd.answer(ctx, in)
	if err != nil {
		return in, err
	}
	in.Kind, in.Reason = KindMatch, ""
	if len(in.Passages) > 0 && rd.likeness(in.Passages[0].Passage) >= guideAt {
		in.Passages = in.Passages[:1]
	} else {
		in.Passages = nil
	}
	return in, nil
}

// matchWishes is how many wishes make a message a search for a job although it
// does not sound like one: "no blood, days only, two years at most".
const matchWishes = 2

// wish reads what a message says about the job wanted.
func (rd *reading) wish() *Wish {
	w := &Wish{Pay: payWanted(rd.text)}
	for _, sentence := range rd.sentences() {
		opinion := 0 // goes on across commas: "no blood, nights or weekends"
		for _, clause := range sentence {
			opinion = rd.opinions(w, clause, opinion)
			rd.phrases(w, clause)
		}
	}
	return w
}

// phrases notes the answers whose words stand in the clause, unless refused.
func (rd *reading) phrases(w *Wish, clause []string) {
	m := &rd.c.Match
	for _, q := range m.Questions {
		for _, a := range q.Answers {
			said := a.Phrases
			if strings.ContainsRune(a.Label, ' ') { // someone may write what the button says
				said = append([]string{a.Label}, said...)
			}
			for _, p := range said {
				if at := indexOf(clause, words(tokenize(p))); at >= 0 && !refused(m, clause, at) {
					w.set(q, a)
				}
			}
		}
	}
}

// sentences are the question's words, repaired, cut into clauses: an opinion ends
// with its sentence, or at "but".
func (rd *reading) sentences() [][][]string {
	var out [][][]string
	for part := range strings.FieldsFuncSeq(rd.text, func(r rune) bool { return strings.ContainsRune(".;!?:\n", r) }) {
		var sentence [][]string
		for piece := range strings.SplitSeq(part, ",") {
			var clause []string
			for _, t := range rd.rep.repairAll(tokenize(piece), func(int) bool { return false }) {
				if t.text == "but" {
					out, sentence, clause = append(out, append(sentence, clause)), nil, nil
					continue
				}
				clause = append(clause, t.text)
			}
			sentence = append(sentence, clause)
		}
		out = append(out, sentence)
	}
	return out
}

// onlyWishes reports whether a message is nothing but wishes: most clauses hold
// one, and none is long.
func (rd *reading) onlyWishes() bool {
	all, wished := 0, 0
	for _, sentence := range rd.sentences() {
		opinion := 0
		for _, clause := range sentence {
			if len(clause) == 0 {
				continue
			}
			w := &Wish{Pay: payWanted(strings.Join(clause, " "))}
			opinion = rd.opinions(w, clause, opinion)
			rd.phrases(w, clause)
			if all++; w.Said() {
				wished++
			}
			if len(clause) > maxWishWords {
				return false
			}
		}
	}
	return all > 0 && 3*wished >= 2*all && (all > 1 || wished == all)
}

// maxWishWords is the length of a clause that may be nothing but a wish.
const maxWishWords = 6

// opinions notes what is said of the things that questions are about: "no blood
// or nights" refuses both, "blood is fine" accepts it. It returns the opinion that
// goes on.
func (rd *reading) opinions(w *Wish, clause []string, opinion int) int {
	m := &rd.c.Match
	for i := 0; i < len(clause); i++ {
		if o, n := opinionAt(m, clause[i:]); n > 0 {
			opinion = o
			i += n - 1
			continue
		}
		q, n := aboutAt(m, clause[i:])
		if q == nil {
			continue
		}
		o := opinion
		if acceptedAfter(m, clause[i+n:]) {
			o = 2
		}
		id := [...]string{"", q.No, q.Fine, q.Want}[o]
		if a := q.Answer(id); a != nil {
			w.set(q, a)
		}
		i += n - 1
	}
	return opinion
}

// opinionAt reads an opinion at the start of the words: 1 refuses, 2 accepts, 3
// wants. It returns how many words it takes, 0 for none; the longest one counts,
// so that "dont mind" is not a refusal.
func opinionAt(m *corpus.Match, ws []string) (opinion, size int) {
	for o, list := range [][]string{m.Refuse, m.Fine, m.Want} {
		for _, p := range list {
			if pw := words(tokenize(p)); len(pw) > size && startsWith(ws, pw) {
				opinion, size = o+1, len(pw)
			}
		}
	}
	return opinion, size
}

func aboutAt(m *corpus.Match, ws []string) (*corpus.MatchQuestion, int) {
	var best *corpus.MatchQuestion
	size := 0
	for _, q := range m.Questions {
		for _, p := range q.About {
			if pw := words(tokenize(p)); len(pw) > size && startsWith(ws, pw) {
				best, size = q, len(pw)
			}
		}
	}
	return best, size
}

// acceptedAfter reports whether the words accept what came before them: "is fine".
func acceptedAfter(m *corpus.Match, ws []string) bool {
	if len(ws) > 0 && (ws[0] == "is" || ws[0] == "are" || ws[0] == "s") {
		ws = ws[1:]
	}
	return slices.ContainsFunc(m.After, func(p string) bool { return startsWith(ws, words(tokenize(p))) })
}

// refused reports whether a refusal comes right before the place in the clause, an
// article or so apart.
func refused(m *corpus.Match, clause []string, at int) bool {
	for from := max(0, at-4); from < at; from++ {
		o, n := opinionAt(m, clause[from:at])
		if o == 1 && from+n >= at-1 {
			return true
		}
	}
	return false
}

// wishWords yields the words of match.yaml, for the vocabulary.
func wishWords(c *corpus.Corpus) []string {
	m := &c.Match
	out := slices.Concat(m.Refuse, m.Fine, m.Want, m.After, m.Start)
	for _, q := range m.Questions {
		out = append(out, q.About...)
		for _, a := range q.Answers {
			out = append(out, a.Phrases...)
		}
	}
	return out
}

func startsWith(ws, prefix []string) bool {
	return len(prefix) > 0 && len(ws) >= len(prefix) && slices.Equal(ws[:len(prefix)], prefix)
}

func indexOf(ws, part []string) int {
	for i := range ws {
		if startsWith(ws[i:], part) {
			return i
		}
	}
	return -1
}

var (
	thousands = regexp.MustCompile(`(?i)\$? ?(\d{2,3}) ?k\b`)
	dollars   = regexp.MustCompile(`\$? ?(\d{2,3}),?000\b`)
	hourly    = regexp.MustCompile(`(?i)\$ ?(\d{2})(?:\.\d+)? ?(?:an|per|/)? ?(?:hour|hr)\b|\b(\d{2}) (?:an|per) hour\b`)
)

// hoursPerYear turns an hourly wage into a yearly one, as the statistics do.
const hoursPerYear = 2080

// payWanted is the pay a message asks for in dollars a year, in full thousands, or 0.
func payWanted(text string) int {
	for _, re := range []*regexp.Regexp{thousands, dollars} {
		if m := re.FindStringSubmatch(text); m != nil {
			k, _ := strconv.Atoi(m[1])
			return 1000 * k
		}
	}
	if m := hourly.FindStringSubmatch(text); m != nil {
		d, _ := strconv.Atoi(m[1] + m[2])
		return d * hoursPerYear / 1000 * 1000
	}
	return 0
}
