package router

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
)

// distance is the optimal-string-alignment distance of a and b (insertions,
// deletions, substitutions, swaps of neighbours), or limit+1 when it is larger.
func distance(a, b string, limit int) int {
	if d := len(a) - len(b); d > limit || -d > limit {
		return limit + 1
	}
	if a == b {
		return 0
	}
	var buf [3][64]int
	if len(b) >= len(buf[0]) {
		return limit + 1
	}
	prev2, prev, cur := buf[0][:len(b)+1], buf[1][:len(b)+1], buf[2][:len(b)+1]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		best := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, prev2[j-2]+1)
			}
			cur[j] = d
			best = min(best, d)
		}
		if best > limit {
			return limit + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

// letterMask sets a bit for every letter or digit that occurs.
func letterMask(s string) uint64 {
	var m uint64
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			m |= 1 << (c - 'a')
		case c >= '0' && c <= '9':
			m |= 1 << (26 + c - '0')
		default:
			m |= 1 << 40
		}
	}
	return m
}

// apart reports that two words of these masks surely differ by more than limit
// edits: an edit changes at most two letters of the set.
func apart(a, b uint64, limit int) bool { return bits.OnesCount64(a^b) > 2*limit }

// repairer puts right single slips in words that the folder does not know.
type repairer struct {
	count map[string]int // every word the folder uses
	// deletes maps a known word with one letter left out to the words it may be.
	deletes map[string][]string
	// pairs holds the neighbouring words of the folder's example questions.
	pairs map[[2]string]struct{}
}

// Words shorter than minRepair have too many neighbours: they are only completed
// by a letter.
const minRepair = 4

func newRepairer(count map[string]int) *repairer {
	r := &repairer{count: count, deletes: map[string][]string{}, pairs: map[[2]string]struct{}{}}
	known := make([]string, 0, len(count))
	for w := range count {
		if len(w) >= minRepair-1 && ascii(w) {
			known = append(known, w)
		}
	}
	slices.Sort(known)
	for _, w := range known {
		for _, d := range deletions(w) {
			r.deletes[d] = append(r.deletes[d], w)
		}
	}
	return r
}

// learn notes which words stand side by side.
func (r *repairer) learn(toks []string) {
	for i := 1; i < len(toks); i++ {
		r.pairs[[2]string{toks[i-1], toks[i]}] = struct{}{}
	}
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 0x7f }) < 0
}

// deletions returns the word and the word without each of its letters.
func deletions(w string) []string {
	out := append(make([]string, 0, len(w)+1), w)
	for i := range len(w) {
		if i > 0 && w[i] == w[i-1] {
			continue // the same string as before
		}
		out = append(out, w[:i]+w[i+1:])
	}
	return out
}

func (r *repairer) known(w string) bool { return r.count[w] > 0 }

// repairable reports whether a word may be a slip of a known one.
func (r *repairer) repairable(w string) bool {
	return !r.known(w) && len(w) >= minRepair-1 && len(w) <= 32 && ascii(w) && w[0] != '_' && !strings.ContainsAny(w, "0123456789")
}

// repairAll returns the tokens with unknown words repaired, except where keep
// says that a name was recognised.
func (r *repairer) repairAll(toks []token, keep func(int) bool) []token {
	var out []token
	for i, t := range toks {
		if !r.repairable(t.text) || keep(i) {
			continue
		}
		prev, next := "", ""
		if i > 0 {
			prev = toks[i-1].text
			if out != nil {
				prev = out[i-1].text
			}
		}
		if i+1 < len(toks) {
			next = toks[i+1].text
		}
		if w := r.best(prev, t.text, next); w != t.text {
			if out == nil {
				out = slices.Clone(toks)
			}
			out[i].text = w
		}
	}
	if out == nil {
		return toks
	}
	return out
}

// best returns the known word one slip away that fits its neighbours and the ways
// of slipping best and keeps the first letter, then the one the folder uses most;
// the word itself when there is none.
func (r *repairer) best(prev, w, next string) string {
	best, bestFit := w, -1
	for _, d := range deletions(w) {
		for _, cand := range r.deletes[d] {
			if distance(w, cand, 1) > 1 || len(w) < minRepair && len(cand) <= len(w) {
				continue
			}
			fit := 2*(b2i(r.pair(prev, cand))+b2i(r.pair(cand, next))) + b2i(cand[0] == w[0]) + slipLikely*b2i(!substituted(w, cand))
			if cmp.Or(cmp.Compare(fit, bestFit), cmp.Compare(r.count[cand], r.count[best]), strings.Compare(best, cand)) > 0 {
				best, bestFit = cand, fit
			}
		}
	}
	return best
}

// slipLikely is how much a swap, a letter left out or one too many counts over a
// letter replaced: one word has far more neighbours of the last kind.
const slipLikely = 1

// substituted reports whether one letter of two words of the same length differs.
func substituted(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	differ := 0
	for i := range len(a) {
		differ += b2i(a[i] != b[i])
	}
	return differ == 1
}

func (r *repairer) pair(a, b string) bool {
	_, ok := r.pairs[[2]string{a, b}]
	return ok
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
