package bot

import (
	"context"
	"errors"
	"testing"
	"time"
)

// asked is a Usage of fixed counts.
type asked struct {
	list []UseCount
	err  error
}

func (u *asked) Count(context.Context, Use) error { return nil }
func (u *asked) Uses(_ context.Context, from, to time.Time) ([]UseCount, error) {
	if to.Sub(from) != PopularWindow {
		return nil, errors.New("another window")
	}
	return u.list, u.err
}

func TestPopular(t *testing.T) {
	list := func() []Suggestion { return []Suggestion{{Value: "a"}, {Value: "b"}, {Value: "c"}} }
	order := func(p *Popular, kind string) (s string) {
		l := list()
		p.Sort(kind, l)
		for _, x := range l {
			s += x.Value
		}
		return s
	}
	var none *Popular
	if got := order(none, "role"); got != "abc" {
		t.Errorf("a nil one orders %s", got)
	}
	u := &asked{list: []UseCount{{Use: Use{Role: "c", Topic: "b"}, Count: 2}, {Use: Use{Role: "b"}, Count: 3}, {Use: Use{Role: "c"}, Count: 2}}}
	p := NewPopular(u, time.Now)
	if got := order(p, "role"); got != "abc" {
		t.Errorf("before counting: %s", got)
	}
	if err := p.Count(t.Context()); err != nil {
		t.Fatal(err)
	}
	if roles, topics, others := order(p, "role"), order(p, "topic"), order(p, "term"); roles != "cba" || topics != "bac" || others != "abc" {
		t.Errorf("roles %s, topics %s, others %s", roles, topics, others)
	}
	u.err = errors.New("away")
	if err := p.Count(t.Context()); err == nil || order(p, "role") != "cba" {
		t.Errorf("while the storage is away: %v, %s", err, order(p, "role"))
	}
}
