package corpus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Level is how grave a problem is.
type Level int

const (
	// Warning is worth a look; it fails nothing.
	Warning Level = iota
	// Error fails careerbot check; the folder can still be served.
	Error
	// Fatal fails careerbot check, and the folder is not served: an answer
	// could be wrong or unsourced.
	Fatal
)

// A Problem is something wrong with a file of the folder.
type Problem struct {
	File    string // path inside the folder
	Line    int    // from 1; 0 when the file as a whole is meant
	Message string // what is wrong and what to do
	Rule    string // short name of the rule
	Level   Level
}

// String returns "file:line: message (rule)".
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d: %s (%s)", p.File, max(p.Line, 1), p.Message, p.Rule)
}

// Worst returns the gravest level among the problems, Warning when there are none.
func Worst(problems []Problem) Level {
	worst := Warning
	for _, p := range problems {
		worst = max(worst, p.Level)
	}
	return worst
}

// report collects problems while loading.
type report struct{ problems []Problem }

func (r *report) add(level Level, file string, line int, rule, format string, args ...any) {
	// A message is one line, whatever the file holds.
	msg := strings.Map(func(c rune) rune {
		if c < ' ' || isHidden(c) {
			return ' '
		}
		return c
	}, fmt.Sprintf(format, args...))
	r.problems = append(r.problems, Problem{File: file, Line: line, Message: msg, Rule: rule, Level: level})
}

func (r *report) fatal(file string, line int, rule, format string, args ...any) {
	r.add(Fatal, file, line, rule, format, args...)
}

// unread are the rules that take a whole file away when they are fatal; across
// are those that then complain about everything that refers to it.
var (
	unread = []string{"csv", "front-matter", "hidden-character", "path", "size", "unreadable", "utf8", "yaml"}
	across = []string{"compare", "fact", "ladder", "match", "occupation", "page", "passage", "role", "section", "source", "state", "topic"}
)

// withoutEchoes leaves out what files say that refer to one that could not be
// read: a missing quote in states.yaml is one problem, not one for every state.
func withoutEchoes(problems []Problem) []Problem {
	whole := func(p Problem) bool { return p.Level == Fatal && slices.Contains(unread, p.Rule) }
	if !slices.ContainsFunc(problems, whole) {
		return problems
	}
	kept := slices.DeleteFunc(slices.Clone(problems), func(p Problem) bool { return slices.Contains(across, p.Rule) })
	if len(kept) == len(problems) {
		return problems
	}
	for i := range kept {
		if whole(kept[i]) {
			kept[i].Message += "; what refers to other files is checked after that"
		}
	}
	return kept
}

// sorted returns the problems by file, line and rule, without doubles.
func (r *report) sorted() []Problem {
	r.problems = withoutEchoes(r.problems)
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Rule, b.Rule), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(r.problems)
}
