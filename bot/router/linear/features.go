package linear

import (
	"math"
	"slices"
)

// Char n-gram lengths, over each word with a blank at both ends.
const (
	minChars = 2
	maxChars = 4
)

// Feature kinds are mixed into the hash so that the word "a b" and the characters
// "a b" are different features.
const (
	kindWord  uint64 = 0x9e3779b97f4a7c15
	kindPair  uint64 = 0xc2b2ae3d27d4eb4f
	kindSkip  uint64 = 0x165667b19e3779f9
	kindFirst uint64 = 0x9fb21c651e98df25
	kindLast  uint64 = 0xd6e8feb86659fd93
	kindChar  uint64 = 0x27d4eb2f165667c5
)

const (
	fnvOffset uint64 = 14695981039346656037
	fnvPrime  uint64 = 1099511628211
)

func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * fnvPrime
	}
	return h
}

// mix finishes a hash (the finalizer of splitmix64), so that low bits are usable.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// raw is one occurrence of a feature before the vocabulary is known.
type raw struct {
	hash   uint64
	word   bool // a word n-gram
	single bool // a word alone
}

// extract appends the occurrences of every feature of the tokens: words, pairs,
// pairs with one word skipped, the first and the last word as such, and character
// n-grams inside each word. Tokens that start with "_" are masks: whole words
// without characters.
func extract(dst []raw, tokens []string) []raw {
	if n := len(tokens); n > 0 {
		dst = append(dst, raw{mix(hashString(fnvOffset^kindFirst, tokens[0])), true, false},
			raw{mix(hashString(fnvOffset^kindLast, tokens[n-1])), true, false})
	}
	for i, t := range tokens {
		dst = append(dst, raw{mix(hashString(fnvOffset^kindWord, t)), true, true})
		if i+1 < len(tokens) {
			h := hashString(hashString(fnvOffset^kindPair, t)*fnvPrime, tokens[i+1])
			dst = append(dst, raw{mix(h), true, false})
		}
		if i+2 < len(tokens) {
			h := hashString(hashString(fnvOffset^kindSkip, t)*fnvPrime, tokens[i+2])
			dst = append(dst, raw{mix(h), true, false})
		}
		if t[0] != '_' {
			dst = extractChars(dst, t)
		}
	}
	return dst
}

// extractChars hashes the 2- to 4-grams of " word ", byte by byte: a multi-byte
// letter makes longer n-grams, which is harmless.
func extractChars(dst []raw, word string) []raw {
	n := len(word) + 2
	at := func(i int) byte {
		if i == 0 || i == n-1 {
			return ' '
		}
		return word[i-1]
	}
	for i := range n {
		h := fnvOffset ^ kindChar
		for j := i; j < n && j < i+maxChars; j++ {
			h = (h ^ uint64(at(j))) * fnvPrime
			if j-i+1 >= minChars {
				dst = append(dst, raw{mix(h), false, false})
			}
		}
	}
	return dst
}

// table maps feature hashes to rows by open addressing.
type table struct {
	keys []uint64
	rows []int32
	mask uint64
}

func newTable(size int) *table {
	n := 16
	for n < size*2 {
		n *= 2
	}
	t := &table{keys: make([]uint64, n), rows: make([]int32, n), mask: uint64(n - 1)}
	for i := range t.rows {
		t.rows[i] = -1
	}
	return t
}

func (t *table) put(h uint64, row int32) {
	i := h & t.mask
	for t.rows[i] >= 0 {
		i = (i + 1) & t.mask
	}
	t.keys[i], t.rows[i] = h, row
}

// get returns the feature's row, or -1 when training has not seen it.
func (t *table) get(h uint64) int32 {
	for i := h & t.mask; t.rows[i] >= 0; i = (i + 1) & t.mask {
		if t.keys[i] == h {
			return t.rows[i]
		}
	}
	return -1
}

// feature is a weighted entry of a sparse vector.
type feature struct {
	row    int32
	weight float32
}

// vectorizer turns tokens into sparse vectors of length one.
type vectorizer struct {
	table *table
	seen  map[uint64]struct{} // word n-grams of the training text, rare ones too
	idf   []float32
	word  []bool // whether the row is a word n-gram
	// rarest is the idf of a word seen once or never.
	rarest float64
}

// scratch holds the buffers of one classification.
type scratch struct {
	raws []raw
	rows []int32
	vec  []feature
	sums []float32
}

// familiarity is how much of a text training has seen, each from 0 to 1.
type familiarity struct {
	ngrams float64 // share of its word n-grams
	words  float64 // share of its words, rare ones counting more
}

// familiar measures how much of the text training has seen.
func (v *vectorizer) familiar(raws []raw) familiarity {
	var ngrams, seen, weight, seenWeight float64
	for _, r := range raws {
		if !r.word {
			continue
		}
		ngrams++
		_, ok := v.seen[r.hash]
		if ok {
			seen++
		}
		if r.single {
			w := v.rarest
			if row := v.table.get(r.hash); row >= 0 {
				w = float64(v.idf[row])
			}
			weight += w
			if ok {
				seenWeight += w
			}
		}
	}
	if ngrams == 0 {
		return familiarity{}
	}
	return familiarity{seen / ngrams, seenWeight / weight}
}

// vector weighs the known features of the tokens. The result is valid until the
// scratch is used again.
func (v *vectorizer) vector(s *scratch, tokens []string) []feature {
	s.raws = extract(s.raws[:0], tokens)
	s.rows = s.rows[:0]
	for _, r := range s.raws {
		if row := v.table.get(r.hash); row >= 0 {
			s.rows = append(s.rows, row)
		}
	}
	slices.Sort(s.rows)
	s.vec = s.vec[:0]
	var wordSum, charSum float64
	for i := 0; i < len(s.rows); {
		j := i + 1
		for j < len(s.rows) && s.rows[j] == s.rows[i] {
			j++
		}
		row := s.rows[i]
		w := float64(v.idf[row])
		if j-i > 1 {
			w *= 1 + math.Log(float64(j-i))
		}
		if v.word[row] {
			wordSum += w * w
		} else {
			charSum += w * w
		}
		s.vec = append(s.vec, feature{row, float32(w)})
		i = j
	}
	// Each block has length one, then the whole vector.
	total := 0.0
	if wordSum > 0 {
		wordSum, total = math.Sqrt(wordSum), total+1
	}
	if charSum > 0 {
		charSum, total = math.Sqrt(charSum), total+1
	}
	total = math.Sqrt(total)
	for i := range s.vec {
		f := &s.vec[i]
		if v.word[f.row] {
			f.weight /= float32(wordSum * total)
		} else {
			f.weight /= float32(charSum * total)
		}
	}
	return s.vec
}

// newVectorizer learns the vocabulary and its inverse document frequencies.
func newVectorizer(docs [][]string, minDF int) *vectorizer {
	type entry struct {
		df   int32
		last int32
		word bool
	}
	seen := make(map[uint64]*entry, 1<<16)
	var raws []raw
	for i, d := range docs {
		raws = extract(raws[:0], d)
		for _, r := range raws {
			e := seen[r.hash]
			if e == nil {
				e = &entry{last: -1, word: r.word}
				seen[r.hash] = e
			}
			if e.last != int32(i) {
				e.df++
				e.last = int32(i)
			}
		}
	}
	kept := make([]uint64, 0, len(seen))
	for h, e := range seen {
		if int(e.df) >= minDF {
			kept = append(kept, h)
		}
	}
	slices.Sort(kept) // the order of a map is not the same twice
	v := &vectorizer{table: newTable(len(kept)), seen: map[uint64]struct{}{}, idf: make([]float32, len(kept)), word: make([]bool, len(kept))}
	v.rarest = math.Log(float64(1+len(docs))) + 1
	for h, e := range seen {
		if e.word {
			v.seen[h] = struct{}{}
		}
	}
	for row, h := range kept {
		e := seen[h]
		v.table.put(h, int32(row))
		v.idf[row] = float32(math.Log(float64(1+len(docs))/float64(1+e.df)) + 1)
		v.word[row] = e.word
	}
	return v
}
