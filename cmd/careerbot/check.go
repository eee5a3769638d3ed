package main

import (
	"fmt"
	"time"

	"careerbot/knowledge/corpus"
)

type checkCmd struct {
	source
	Dir    string `arg:"" optional:"" help:"Content folder; default: --knowledge, else the content in this binary." type:"path"`
	Errors bool   `help:"Leave out warnings."`
}

// Run prints every problem and fails when one is more than a warning.
func (c *checkCmd) Run(e env) error {
	if c.Dir != "" {
		c.Knowledge = c.Dir
	}
	corp, problems, err := c.load()
	if err != nil {
		return failure{exitUsage, err}
	}
	if corp != nil {
		problems = append(problems, corp.Overdue(time.Now())...)
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
