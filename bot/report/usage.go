package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"careerbot/bot"
)

// Usage is what was asked, by week. Weeks are ISO weeks, which begin on Monday;
// the first and the last may not be whole.
type Usage struct {
	Total     int      `json:"total"`
	Weeks     []string `json:"weeks"` // "2026-W47", oldest first, none left out
	Platforms []Series `json:"platforms"`
	Roles     []Series `json:"roles"`
	Topics    []Series `json:"topics"`
	Kinds     []Series `json:"kinds"`
}

// A Series is how often something was asked about.
type Series struct {
	Name  string `json:"name"` // a slug; "" for questions that named none
	Total int    `json:"total"`
	Weeks []int  `json:"weeks"` // in step with those of the usage
}

func week(t time.Time) string {
	year, n := t.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, n)
}

func usage(in Input) Usage {
	u := Usage{Weeks: []string{}}
	index := map[string]int{}
	for day := in.Since.UTC(); ; day = day.AddDate(0, 0, 1) {
		if w := week(day); len(u.Weeks) == 0 || u.Weeks[len(u.Weeks)-1] != w {
			index[w] = len(u.Weeks)
			u.Weeks = append(u.Weeks, w)
		}
		if week(day) == week(in.Now) || day.After(in.Now) {
			break
		}
	}
	for _, use := range in.Uses {
		u.Total += use.Count
	}
	by := func(name func(bot.Use) string) []Series {
		sums := map[string]*Series{}
		for _, use := range in.Uses {
			s := sums[name(use.Use)]
			if s == nil {
				s = &Series{Name: name(use.Use), Weeks: make([]int, len(u.Weeks))}
				sums[s.Name] = s
			}
			s.Total += use.Count
			if day, err := time.Parse(time.DateOnly, use.Day); err == nil {
				if i, ok := index[week(day)]; ok {
					s.Weeks[i] += use.Count
				}
			}
		}
		all := []Series{}
		for _, s := range sums {
			all = append(all, *s)
		}
		slices.SortFunc(all, func(a, b Series) int { return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Name, b.Name)) })
		return all
	}
	u.Platforms = by(func(u bot.Use) string { return u.Platform })
	u.Roles = by(func(u bot.Use) string { return u.Role })
	u.Topics = by(func(u bot.Use) string { return u.Topic })
	u.Kinds = by(func(u bot.Use) string { return string(u.Kind) })
	return u
}
