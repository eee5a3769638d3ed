package corpus

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A Fact is a figure, written once in a page's header.
type Fact struct {
	ID    string
	Page  *Page
	Label string
	// Text is the value with its unit as a reader sees it: "$45,230 a year".
	Text string
	// Low and High are the value as numbers, equal unless it is a range; both
	// are zero when Unit is "text".
	Low, High  float64
	Unit       string
	AsOf       Date // zero when the source carries no date
	Source     *Source
	Covers     string // whom it counts, when not just the page's subject
	Confidence string // primary, secondary, conflicting or unverified
	Note       string
	Line       int
}

// Caveat returns words that qualify the figure for a reader, or "".
func (f *Fact) Caveat() string {
	var parts []string
	if f.Covers != "" {
		parts = append(parts, "covers "+f.Covers)
	}
	switch f.Confidence {
	case "secondary":
		parts = append(parts, "second-hand")
	case "conflicting":
		parts = append(parts, "sources disagree")
	case "unverified":
		parts = append(parts, "not confirmed")
	}
	if f.Note != "" {
		parts = append(parts, strings.TrimSuffix(f.Note, "."))
	}
	return strings.Join(parts, "; ")
}

// Dated returns the figure's date in words: "May 2025", or "undated".
func (f *Fact) Dated() string {
	if f.AsOf.IsZero() {
		return "undated"
	}
	return f.AsOf.Words()
}

// formatValue renders a number, or a range, with its unit.
func formatValue(low, high float64, unit string) string {
	one := func(v float64) string {
		switch unit {
		case "usd", "usd/year", "usd/hour":
			if v != float64(int64(v)) {
				return "$" + group(strconv.FormatFloat(v, 'f', 2, 64))
			}
			return "$" + group(strconv.FormatFloat(v, 'f', -1, 64))
		}
		return group(strconv.FormatFloat(v, 'f', -1, 64))
	}
	s := one(low)
	if high != low {
		s += " to " + one(high)
	}
	switch unit {
	case "usd":
		return s
	case "usd/year":
		return s + " a year"
	case "usd/hour":
		return s + " an hour"
	case "percent":
		return s + "%"
	case "":
		return s
	}
	if low == 1 && high == 1 {
		return s + " " + singular(unit)
	}
	return s + " " + unit
}

// singular drops the plural of a unit's first word: "months" to "month".
func singular(unit string) string {
	first, rest, found := strings.Cut(unit, " ")
	first = strings.TrimSuffix(first, "s")
	if !found {
		return first
	}
	return first + " " + rest
}

// group puts commas between thousands; years and other short numbers stay.
func group(s string) string {
	whole, frac, _ := strings.Cut(s, ".")
	neg := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	out := b.String()
	if frac != "" {
		out += "." + frac
	}
	if neg {
		out = "-" + out
	}
	return out
}

// A Date is a year, a month or a day; what is not known is zero.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

var datePattern = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$`)

// ParseDate reads 2025, 2025-05 or 2025-05-15.
func ParseDate(s string) (Date, error) {
	m := datePattern.FindStringSubmatch(s)
	if m == nil {
		return Date{}, fmt.Errorf("%q is not a date; write 2025, 2025-05 or 2025-05-15", s)
	}
	var d Date
	d.Year, _ = strconv.Atoi(m[1])
	if m[2] != "" {
		n, _ := strconv.Atoi(m[2])
		d.Month = time.Month(n)
		if n < 1 || n > 12 {
			return Date{}, fmt.Errorf("%q has no such month; write 2025-05", s)
		}
	}
	if m[3] != "" {
		d.Day, _ = strconv.Atoi(m[3])
		if t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC); d.Day < 1 || t.Day() != d.Day {
			return Date{}, fmt.Errorf("%q has no such day; write 2025-05-15", s)
		}
	}
	return d, nil
}

// IsZero reports whether the date is unknown.
func (d Date) IsZero() bool { return d.Year == 0 }

// String returns the date as it is written in the folder, "" when unknown.
func (d Date) String() string {
	switch {
	case d.Year == 0:
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Words returns the date for a reader: "2025", "May 2025" or "May 15, 2025".
func (d Date) Words() string {
	switch {
	case d.Year == 0:
		return "undated"
	case d.Month == 0:
		return strconv.Itoa(d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%s %d", d.Month, d.Year)
	}
	return fmt.Sprintf("%s %d, %d", d.Month, d.Day, d.Year)
}

// Before reports whether the whole of d lies before the day t.
func (d Date) Before(t time.Time) bool {
	end := time.Date(d.Year, d.Month, d.Day+1, 0, 0, 0, 0, time.UTC)
	if d.Month == 0 {
		end = time.Date(d.Year+1, 1, 1, 0, 0, 0, 0, time.UTC)
	} else if d.Day == 0 {
		end = time.Date(d.Year, d.Month+1, 1, 0, 0, 0, 0, time.UTC)
	}
	return !d.IsZero() && !t.Before(end)
}
