package bot

import (
	"cmp"
	"slices"

	"careerbot/knowledge/corpus"
)

// About is what a bot can say of its content, for pages that show it.
type About struct {
	Knowledge   string // content hash
	Jobs        int
	Credentials int
	Terms       int
	Sources     int
	Figures     int
	NewestData  string // date of the newest figure in words: "June 2026", "" without figures
	Changed     []Change
}

// A Change is a page as it was last reviewed.
type Change struct {
	Title    string
	Reviewed string   // in words: "November 22, 2026"
	Open     FollowUp // leads to the page
}

// maxChanged is how many changes are listed.
const maxChanged = 20

// About describes the content that the bot answers from.
func (b *Bot) About() About {
	s := b.snapshot()
	defer s.release()
	c := s.Corpus
	a := About{Knowledge: c.Hash, Terms: len(c.Terms), Sources: len(c.Sources)}
	var newest corpus.Date
	for _, p := range c.Pages {
		switch p.Kind {
		case corpus.Role:
			a.Jobs++
		case corpus.Certification:
			a.Credentials++
		}
		for _, f := range p.Facts {
			a.Figures++
			if later(f.AsOf, newest) > 0 {
				newest = f.AsOf
			}
		}
	}
	if !newest.IsZero() {
		a.NewestData = newest.Words()
	}
	a.Changed = changes(c)
	return a
}

// changes lists the pages reviewed last, jobs before others of the same day.
func changes(c *corpus.Corpus) []Change {
	pages := slices.DeleteFunc(slices.Clone(c.Pages), func(p *corpus.Page) bool {
		return p.Reviewed.IsZero() || len(p.Passages) == 0 || p.Kind == corpus.Pitfall || p.Kind == corpus.Skill
	})
	slices.SortStableFunc(pages, func(p, q *corpus.Page) int {
		return cmp.Or(later(q.Reviewed, p.Reviewed), cmp.Compare(slices.Index(corpus.Kinds, p.Kind), slices.Index(corpus.Kinds, q.Kind)))
	})
	var out []Change
	for _, p := range pages[:min(len(pages), maxChanged)] {
		subject, topic := p.ID, p.Passages[0].Topic
		if p.Kind == corpus.Role {
			subject = p.Slug
		}
		if p.About("overview") != nil {
			topic = "overview"
		}
		out = append(out, Change{p.Title, p.Reviewed.Words(), FollowUp{
			Label: p.Short, Ask: "what is " + p.Title, Choice: Choice{Subjects: []string{subject}, Topic: topic},
		}})
	}
	return out
}

// later compares dates; one that is not known is the earliest.
func later(a, b corpus.Date) int {
	return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month), cmp.Compare(a.Day, b.Day))
}
