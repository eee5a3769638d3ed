package bot

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// Reasons are the verdicts offered after a [NotHelpful], in one tap each.
var Reasons = []Verdict{WrongJob, WrongTopic, NotEnough}

var verdictLabels = map[Verdict]string{
	Helpful:    "Helpful",
	NotHelpful: "Not helpful",
	WrongJob:   "Wrong job",
	WrongTopic: "Wrong topic",
	NotEnough:  "Not enough",
}

// Label is the verdict as a button says it, "" when it is none.
func (v Verdict) Label() string { return verdictLabels[v] }

// A FeedbackDesk takes verdicts and counts each person once. Of the person it
// keeps a hash, for as long as [Claims] are kept.
type FeedbackDesk struct {
	book   FeedbackBook
	claims Claims
	given  map[Verdict]*atomic.Uint64 // in this process
}

// NewFeedbackDesk returns a desk that counts in the book.
func NewFeedbackDesk(book FeedbackBook, claims Claims) *FeedbackDesk {
	d := &FeedbackDesk{book: book, claims: claims, given: map[Verdict]*atomic.Uint64{}}
	for _, v := range Verdicts {
		d.given[v] = new(atomic.Uint64)
	}
	return d
}

// feedbackWait bounds what a tap waits for.
const feedbackWait = 500 * time.Millisecond

// Give counts a person's verdict on a passage as it read then: passage and
// knowledge are [Passage.ID] (or an answer's kind) and [Answer.Knowledge]. A
// person has one verdict on each, and after a NotHelpful one reason; counted is
// false for a further one. It takes half a second at most, so it may stand before
// the reply, though an acknowledgement should come first. The error wraps
// [ErrNotFound] when what was tapped is not a verdict on a passage; any other
// means that nothing was counted.
func (d *FeedbackDesk) Give(ctx context.Context, place Place, person, passage, knowledge string, v Verdict) (counted bool, err error) {
	if v.Label() == "" || !isPassage(passage) || knowledge != "" && !isID(knowledge) {
		return false, fmt.Errorf("feedback: %w", ErrNotFound)
	}
	ctx, cancel := context.WithTimeout(ctx, feedbackWait)
	defer cancel()
	var mine []string
	if who := PersonKey(place, person); who != "" { // nobody can be counted twice who is not known
		for _, use := range uses(v) {
			mine = append(mine, digest("feedback", who, passage, knowledge, use))
		}
	}
	for i, key := range mine {
		// A claim that holds in this process only is good enough for a count.
		if first, err := d.claims.Claim(ctx, key); !first {
			if i == 0 {
				return false, err
			}
			mine = mine[:i]
			break
		}
	}
	if err := d.book.Record(ctx, passage, knowledge, v); err != nil {
		for _, key := range mine {
			_ = d.claims.Release(ctx, key) // it expires by itself
		}
		return false, fmt.Errorf("record feedback: %w", err)
	}
	d.given[v].Add(1)
	return true, nil
}

// Counts returns how often each verdict was counted since the process started.
func (d *FeedbackDesk) Counts() map[Verdict]uint64 {
	all := map[Verdict]uint64{}
	for v, n := range d.given {
		all[v] = n.Load()
	}
	return all
}

// uses names what a verdict uses up: who found it helpful has no reason to give.
func uses(v Verdict) []string {
	switch v {
	case Helpful:
		return []string{"verdict", "reason"}
	case NotHelpful:
		return []string{"verdict"}
	}
	return []string{"reason"}
}

// maxPassageID bounds a passage's id.
const maxPassageID = 200

// isPassage tells whether the text can name a passage. What comes back from a
// button may be anything, and no words of a person shall get into the book.
func isPassage(s string) bool {
	return s != "" && len(s) <= maxPassageID && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-_/#.:", r)
	})
}
