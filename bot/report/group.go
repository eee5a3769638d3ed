package report

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"

	"careerbot/bot"
	"careerbot/knowledge/corpus"
)

// How unanswered questions are grouped.
//
// A question's terms are its words of three letters or more, or with a digit, in
// small letters, without an ending -s, without words that every question has and
// without what redaction left. A term weighs 1 + ln((N+1)/(n+1)) where n of the
// content's N passages hold it: a word that the content does not know weighs most,
// "phlebotomist" little.
//
// Questions are taken in the order in which the port gives them, the most frequent
// first. Each joins the first group with whose first question it shares at least
// half of the weight of the lighter of the two, or begins a group.
const sameGroup = 0.5

// nearEnough is the share of a question's weight that a passage must hold for the
// question to be suggested as an example of it.
const nearEnough = 0.4

// maxTerms is how many terms name a group.
const maxTerms = 4

// common are words that questions have whatever they are about.
var common = set(`about after all also and another any anybody anyone are aren because been before being best between but can
cannot could did didn does doesn doing don down each else ever every few for from get gets getting give going gonna good got had
has have having her here him his how into isn its just kind know let like lot made make makes many may maybe mean might more most
much must need not now off okay one only other our out over please plz pls really said same say she should some someone something
start still such sure take takes tell than thank thanks that the their them then there these they thing things think this those
though too took tried try use used very want was way well were what whats when where which while who whom whose why will with won
work would wouldn yes yet you your yours`)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}

// words splits text into words as written, in small letters. What redaction put
// in brackets is left out.
func words(text string) []string {
	var kept strings.Builder
	depth := 0
	for _, r := range strings.ToLower(text) {
		switch {
		case r == '[':
			depth++
		case r == ']' && depth > 0:
			depth--
			r = ' '
		}
		if depth == 0 {
			kept.WriteRune(r)
		}
	}
	return strings.FieldsFunc(strings.ReplaceAll(kept.String(), "'s ", " "), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// term is the term of a word, "" when it is none.
func term(word string) string {
	long := len([]rune(word)) >= 3
	if common[word] || !long && !strings.ContainsFunc(word, unicode.IsDigit) {
		return ""
	}
	if long && strings.HasSuffix(word, "s") && !strings.HasSuffix(word, "ss") {
		word = word[:len(word)-1]
	}
	return word
}

// terms maps each term of a text to the word it was first written as.
func terms(texts ...string) map[string]string {
	all := map[string]string{}
	for _, text := range texts {
		for _, w := range words(text) {
			if t := term(w); t != "" && all[t] == "" {
				all[t] = w
			}
		}
	}
	return all
}

// A vocabulary knows how many passages hold a term.
type vocabulary struct {
	passages int
	holding  map[string]int
}

func newVocabulary(c *corpus.Corpus) *vocabulary {
	v := &vocabulary{holding: map[string]int{}}
	for p := range c.Passages() {
		v.passages++
		for t := range termsOf(p) {
			v.holding[t]++
		}
	}
	return v
}

// termsOf are the terms of a passage and of the names of its page.
func termsOf(p *corpus.Passage) map[string]string {
	texts := append([]string{p.Title, p.Text(), p.Page.Title, p.Page.Short}, p.Page.Aliases...)
	return terms(append(texts, p.Asks...)...)
}

func (v *vocabulary) weight(term string) float64 {
	return 1 + math.Log(float64(v.passages+1)/float64(v.holding[term]+1))
}

// weigh sums up terms, in order so that sums are the same every time.
func (v *vocabulary) weigh(all map[string]string, which func(term string) bool) float64 {
	sum := 0.0
	for _, t := range slices.Sorted(maps.Keys(all)) {
		if which(t) {
			sum += v.weight(t)
		}
	}
	return sum
}

func (v *vocabulary) total(all map[string]string) float64 {
	return v.weigh(all, func(string) bool { return true })
}

// shared is the share of the lighter one's weight that two have in common.
func (v *vocabulary) shared(a, b map[string]string) float64 {
	least := min(v.total(a), v.total(b))
	if least == 0 {
		return 0
	}
	return v.weigh(a, func(t string) bool { return b[t] != "" }) / least
}

// A member is a question with its terms.
type member struct {
	bot.UnansweredQuestion
	terms map[string]string
}

// groups groups the unanswered questions and finds what to do about each group.
func groups(ctx context.Context, in Input, find Finder) ([]Group, error) {
	v := newVocabulary(in.Corpus)
	var all [][]member
	for _, q := range in.Unanswered {
		m := member{q, terms(string(q.Text))}
		i := slices.IndexFunc(all, func(g []member) bool { return v.shared(g[0].terms, m.terms) >= sameGroup })
		if i < 0 {
			all = append(all, nil)
			i = len(all) - 1
		}
		all[i] = append(all[i], m)
	}
	out := []Group{}
	for _, members := range all {
		g, err := newGroup(ctx, in, find, v, members)
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b Group) int { return cmp.Compare(b.Count, a.Count) })
	return out, nil
}

func newGroup(ctx context.Context, in Input, find Finder, v *vocabulary, members []member) (Group, error) {
	g := Group{Terms: v.name(members)}
	for _, m := range members {
		g.Count += m.Count
		g.Questions = append(g.Questions, Question{Text: string(m.Text), Count: m.Count, Reason: m.Reason, Last: m.Last.UTC()})
	}
	first := members[0]
	p, err := find.Nearest(ctx, strings.Join(words(string(first.Text)), " "))
	if err != nil {
		return g, fmt.Errorf("nearest passage: %w", err)
	}
	if p == nil { // what came nearest when it was asked may know better
		p = in.Corpus.Passage(first.Nearest)
	}
	if p == nil {
		return g, nil
	}
	holds := termsOf(p)
	g.Nearest = &Near{Passage: p.ID, Title: title(p), File: p.Page.File}
	if total := v.total(first.terms); total > 0 {
		share := v.weigh(first.terms, func(t string) bool { return holds[t] != "" }) / total
		g.Nearest.Share = math.Round(share*100) / 100
	}
	g.Suggest = v.suggest(p, g.Nearest.Share, members)
	return g, nil
}

// name returns the terms that more than half of the questions have, the telling
// ones first, as they were written first.
func (v *vocabulary) name(members []member) []string {
	written, times := map[string]string{}, map[string]int{}
	for _, m := range members {
		for t, w := range m.terms {
			times[t]++
			if written[t] == "" {
				written[t] = w
			}
		}
	}
	var most []string
	for t, n := range times {
		if 2*n > len(members) {
			most = append(most, t)
		}
	}
	slices.SortFunc(most, func(a, b string) int { return cmp.Or(cmp.Compare(v.weight(b), v.weight(a)), cmp.Compare(a, b)) })
	names := []string{}
	for _, t := range most[:min(len(most), maxTerms)] {
		names = append(names, written[t])
	}
	return names
}

// suggest finds what to paste. The question becomes an example of a passage that
// is near enough; what two questions or more call by a word that the content does
// not know may be another name for that page.
func (v *vocabulary) suggest(p *corpus.Passage, share float64, members []member) Suggestion {
	s := Suggestion{File: p.Page.File, Topic: anchor(p)}
	if i := slices.IndexFunc(members, func(m member) bool { return !strings.Contains(string(m.Text), "[") }); i >= 0 && share >= nearEnough {
		s.Example = "- " + quoted(string(members[i].Text))
	}
	if name := v.unknown(members); name != "" {
		s.Alias = quoted(name)
	}
	if s.Example == "" && s.Alias == "" {
		return Suggestion{}
	}
	return s
}

// anchor is what stands in a page's "asks" for the passage.
func anchor(p *corpus.Passage) string {
	_, a, _ := strings.Cut(p.ID, "#")
	return a
}

// quoted is text as YAML and JSON write a string.
func quoted(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil { // unreachable: a string
		return `""`
	}
	return strings.TrimSpace(b.String())
}

// unknown returns the longest run of words that all questions of the group have
// around a word that the content does not know, "" when there is none, or only one
// question.
func (v *vocabulary) unknown(members []member) string {
	if len(members) < 2 {
		return ""
	}
	var lines []string
	for _, m := range members[1:] {
		lines = append(lines, " "+strings.Join(words(string(m.Text)), " ")+" ")
	}
	everywhere := func(run []string) bool {
		phrase := " " + strings.Join(run, " ") + " "
		return !slices.ContainsFunc(lines, func(line string) bool { return !strings.Contains(line, phrase) })
	}
	first := words(string(members[0].Text))
	for i, w := range first {
		t := term(w)
		if t == "" || v.holding[t] > 0 || !everywhere(first[i:i+1]) {
			continue
		}
		from, to := i, i+1
		for from > 0 && term(first[from-1]) != "" && everywhere(first[from-1:to]) {
			from--
		}
		for to < len(first) && term(first[to]) != "" && everywhere(first[from:to+1]) {
			to++
		}
		return strings.Join(first[from:to], " ")
	}
	return ""
}
