package main

import (
	"fmt"
	"os"
	"time"

	"careerbot/knowledge"
	"careerbot/knowledge/corpus"
)

type checkCmd struct {
	source
	Dir      string `arg:"" optional:"" help:"Content folder; default: --knowledge, else the content in this binary." type:"path"`
	Errors   bool   `help:"Leave out warnings."`
	Release  bool   `help:"Pages past their review date are errors, not warnings."`
	Against  string `help:"Folder of reference material: report twelve words in a row that are taken from it." placeholder:"DIR" type:"existingdir"`
	Coverage bool   `help:"Also print what the folder holds: counts a kind, and sections a role and topic."`
	Grades   bool   `help:"Also print the reading grade of every section, the hardest first."`
}

// Run prints every problem and fails when one is more than a warning.
func (c *checkCmd) Run(e env) error {
	corp, problems, err := c.check()
	if err != nil {
		return failure{exitUsage, err}
	}
	if corp != nil {
		more, err := c.later(corp)
		if err != nil {
			return failure{exitUsage, err}
		}
		problems = append(problems, more...)
	}
	warnings, errs := 0, 0
	for _, p := range problems {
		if p.Level == corpus.Warning {
			if warnings++; !c.Errors {
				p.Message = "warning: " + p.Message
				fmt.Fprintln(e.stdout, p)
			}
			continue
		}
		errs++
		fmt.Fprintln(e.stdout, p)
	}
	if err := c.report(corp, e); err != nil {
		return failure{exitProblem, err}
	}
	if errs > 0 {
		fmt.Fprintf(e.stderr, "%d problems, %d warnings\n", errs, warnings)
		return errProblems
	}
	sections := 0
	for range corp.Passages() {
		sections++
	}
	fmt.Fprintf(e.stderr, "no problems, %d warnings: %d pages, %d sections, %d terms, %d sources, content %s\n",
		warnings, len(corp.Pages), sections, len(corp.Terms), len(corp.Sources), corp.Hash)
	return nil
}

// check reads the folder, or the embedded content, with every rule.
func (c *checkCmd) check() (*corpus.Corpus, []corpus.Problem, error) {
	if c.Dir != "" {
		c.Knowledge = c.Dir
	}
	if c.Knowledge != "" {
		return corpus.CheckDir(c.Knowledge)
	}
	corp, problems := corpus.Check(knowledge.FS)
	return corp, problems, nil
}

// later applies the rules that look outside the folder: the calendar, by which
// only a release fails, and the reference material.
func (c *checkCmd) later(corp *corpus.Corpus) ([]corpus.Problem, error) {
	problems := corp.Overdue(time.Now())
	for i := range problems {
		if c.Release {
			problems[i].Level = corpus.Error
		}
	}
	if c.Against == "" {
		return problems, nil
	}
	foreign, err := corp.Foreign(os.DirFS(c.Against))
	return append(problems, foreign...), err
}

// report prints the tables asked for. A folder that cannot be served has none.
func (c *checkCmd) report(corp *corpus.Corpus, e env) error {
	if corp == nil {
		return nil
	}
	if c.Grades {
		if err := corp.WriteGrades(e.stdout); err != nil {
			return err
		}
	}
	if c.Coverage {
		return corp.WriteCoverage(e.stdout)
	}
	return nil
}
