package bot

import (
	"slices"
	"strings"

	"careerbot/knowledge/corpus"
)

// A Suggestion is an entry of a typeahead.
type Suggestion struct {
	Label string // what is shown
	Value string // what [Choice.Subjects], [Choice.Topic] or, of a state, [Choice.Detail] takes
}

// Suggest returns entries for what someone has typed so far of a "role",
// "certification", "topic", "term" or "state": names that start with it first, then names
// that hold it. An empty prefix gives the fullest pages first. At most max
// entries come back, always in the same order.
func (b *Bot) Suggest(kind, prefix string, max int) []Suggestion {
	s := b.snapshot()
	defer s.release()
	type entry struct {
		Suggestion
		names []string
		size  int
		minor []string // names that are not its own: a state's cities
	}
	var all []entry
	switch kind {
	case "topic":
		for _, t := range s.Corpus.Topics {
			all = append(all, entry{Suggestion{t.Title, t.Slug}, []string{t.Title, t.Slug}, 0, nil})
		}
	case "term":
		for _, t := range s.Corpus.Terms {
			all = append(all, entry{Suggestion{t.Term, t.Term}, append([]string{t.Term}, t.Also...), 0, nil})
		}
	case "state":
		for _, st := range s.Corpus.States.All {
			names := append([]string{st.Name, st.Abbr}, st.Also...)
			all = append(all, entry{Suggestion{st.Name, StateMark + strings.ToLower(st.Abbr)}, names, 0, st.Cities})
		}
	default:
		for _, p := range s.Corpus.Pages {
			if string(p.Kind) == kind {
				names := append([]string{p.Title, p.Short, strings.ReplaceAll(p.Slug, "-", " ")}, p.Aliases...)
				all = append(all, entry{Suggestion{p.Title, subjectCode(p)}, names, len(p.Passages), nil})
			}
		}
	}
	want := strings.ToLower(Clean(prefix))
	rank := func(e entry) int {
		best := 4
		for _, n := range e.names {
			switch n = strings.ToLower(n); {
			case want == "":
				return 1
			case n == want:
				return 0
			case strings.HasPrefix(n, want):
				best = min(best, 1)
			case strings.Contains(" "+n, " "+want):
				best = min(best, 2)
			case strings.Contains(n, want):
				best = min(best, 3)
			}
		}
		for _, n := range e.minor {
			if strings.HasPrefix(strings.ToLower(n), want) {
				best = min(best, 3)
			}
		}
		return best
	}
	var found []entry
	ranks := map[string]int{}
	for _, e := range all {
		if r := rank(e); r < 4 {
			ranks[e.Value] = r
			found = append(found, e)
		}
	}
	if len(found) == 0 && kind != "topic" && kind != "term" && kind != "state" {
		// A slip: ask the recogniser of names.
		if p := s.router.Subject(want); p != nil && p.Kind == corpus.Kind(kind) {
			return []Suggestion{{p.Title, subjectCode(p)}}
		}
	}
	if len(found) == 0 {
		for _, e := range all {
			if slips, ok := slipsOff(want, e.names); ok {
				ranks[e.Value] = 4 + slips
				found = append(found, e)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int {
		if d := ranks[a.Value] - ranks[b.Value]; d != 0 {
			return d
		}
		return b.size - a.size
	})
	out := make([]Suggestion, 0, min(len(found), max))
	for _, e := range found[:min(len(found), max)] {
		out = append(out, e.Suggestion)
	}
	return out
}

// slipsOff returns how many slips of the keyboard lie between what was typed and
// the start of a name, or of a word within it, and whether so few that it is meant:
// one in three letters, two in six.
func slipsOff(typed string, names []string) (slips int, ok bool) {
	want := []rune(typed)
	allowed := min(len(want)/3, 2)
	best := allowed + 1
	for _, n := range names {
		name := []rune(strings.ToLower(n))
		for i := range name {
			if i == 0 || name[i-1] == ' ' || name[i-1] == '-' {
				best = min(best, prefixDistance(want, name[i:min(len(name), i+len(want)+allowed)]))
			}
		}
	}
	return best, best <= allowed
}

// prefixDistance is the least number of letters to add, drop, change or swap with
// their neighbor that makes a into some prefix of b.
func prefixDistance(a, b []rune) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			row[j+1] = min(last[j+1], row[j]) + 1
			if a[i] == b[j] {
				row[j+1] = min(row[j+1], last[j])
			} else {
				row[j+1] = min(row[j+1], last[j]+1)
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return slices.Min(row)
}
