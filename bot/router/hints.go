package router

import (
	"cmp"
	"math"
	"slices"

	"careerbot/knowledge/corpus"
)

// hints tells roles from the words of the trade when none is named: "do i need to
// be certified to draw blood". A word or a pair of words speaks for the roles
// whose passages and example questions hold it more often than the other roles'.
type hints struct {
	roles []*corpus.Page
	says  map[string][]hint // by word, or two words and a blank between
}

// hint is how much a word speaks for a role: the logarithm of how many times more
// often the role's passages hold it.
type hint struct {
	role   int32
	weight float32
}

const (
	// hintMin is in how many of a role's passages a word must occur.
	hintMin = 2
	// hintSmooth keeps words seen a few times from saying much.
	hintSmooth = 10
	// A role is taken from hints that weigh so much, and so much more than those
	// for the next role.
	hintAt   = 5.0
	hintLead = 1.2
	// settleLead is the lead that settles an ambiguous name.
	settleLead = 8.0
)

// newHints counts the words of every page that belongs to one role.
func newHints(c *corpus.Corpus) *hints {
	h := &hints{roles: c.Roles(), says: map[string][]hint{}}
	if len(h.roles) < 2 {
		return h
	}
	counts := map[string][]int32{}
	passages := make([]float64, len(h.roles))
	total := 0.0
	for _, p := range c.Pages {
		role := slices.Index(h.roles, p)
		if role < 0 && len(p.Roles) == 1 {
			role = slices.Index(h.roles, c.Role(p.Roles[0]))
		}
		if role < 0 {
			continue
		}
		for _, ps := range p.Passages {
			passages[role]++
			total++
			seen := map[string]bool{}
			for _, text := range append([]string{ps.Title, ps.Text()}, ps.Asks...) {
				for _, g := range wordsAndPairs(tokenize(text)) {
					seen[g] = true
				}
			}
			for g := range seen {
				if counts[g] == nil {
					counts[g] = make([]int32, len(h.roles))
				}
				counts[g][role]++
			}
		}
	}
	for g, by := range counts {
		all := 0.0
		for _, n := range by {
			all += float64(n)
		}
		for role, n := range by {
			k := float64(n)
			if n < hintMin {
				continue
			}
			rest := (all - k + 0.5) / (total - passages[role] + hintSmooth)
			if w := math.Log(k / (passages[role] + hintSmooth) / rest); w > 0 {
				h.says[g] = append(h.says[g], hint{int32(role), float32(w)})
			}
		}
	}
	return h
}

func wordsAndPairs(toks []token) []string {
	out := make([]string, 0, 2*len(toks))
	for i, t := range toks {
		out = append(out, t.text)
		if i > 0 {
			out = append(out, toks[i-1].text+" "+t.text)
		}
	}
	return out
}

// role returns the role that the words of the runs point at, and how far ahead of
// the next one it is; nil when they do not weigh enough.
func (h *hints) role(toks ...[]token) (*corpus.Page, float64) {
	if len(h.says) == 0 {
		return nil, 0
	}
	sums := make([]float64, len(h.roles))
	var grams []string
	for _, run := range toks {
		grams = append(grams, wordsAndPairs(run)...)
	}
	slices.Sort(grams)
	for _, g := range slices.Compact(grams) {
		for _, w := range h.says[g] {
			sums[w.role] += float64(w.weight)
		}
	}
	order := make([]int, len(sums))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sums[b], sums[a]) })
	if sums[order[0]] < hintAt {
		return nil, 0
	}
	return h.roles[order[0]], sums[order[0]] - sums[order[1]]
}

// settleByTrade reads an ambiguous name by the words of the trade around it:
// "techs in pharmacies".
func (rd *reading) settleByTrade(m *mention) {
	p, lead := rd.hints.role(rd.toks[:m.start], rd.toks[m.end:])
	if p == nil || lead < settleLead {
		return
	}
	for _, s := range m.open {
		if s.PageID == p.ID {
			rd.settle(m, s)
			return
		}
	}
}

// fromTrade fills in the role that the words of the trade point at.
func (rd *reading) fromTrade(in Intent) (Intent, bool) {
	if rd.best.topic == "" || len(in.Topics) == 0 {
		return in, false
	}
	p, lead := rd.hints.role(rd.repaired)
	if p == nil || lead < hintLead || p.About(in.Topics[0].Topic) == nil {
		return in, false
	}
	in.Subjects = []*corpus.Page{p}
	in.Confidence = max(in.Confidence, rd.answerAt)
	return in, true
}
