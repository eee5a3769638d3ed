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
}

// minRepair is the shortest word that is repaired; shorter ones have too many
// neighbours.
const minRepair = 4

func newRepairer(count map[string]int) *repairer {
	r := &repairer{count: count, deletes: map[string][]string{}}
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

// repair returns the known word one slip away that the folder uses most, or the
// word itself when it is known, short, a number, or has no such neighbour.
func (r *repairer) repair(w string) string {
	if r.known(w) || len(w) < minRepair || len(w) > 32 || !ascii(w) || strings.ContainsAny(w, "0123456789") {
		return w
	}
	best := w
	for _, d := range deletions(w) {
		for _, cand := range r.deletes[d] {
			if distance(w, cand, 1) > 1 {
				continue
			}
			if best == w || cmp.Or(
				// A slip rarely hits the first letter.
				cmp.Compare(b2i(cand[0] == w[0]), b2i(best[0] == w[0])),
				cmp.Compare(r.count[cand], r.count[best]),
				strings.Compare(best, cand),
			) > 0 {
				best = cand
			}
		}
	}
	return best
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
