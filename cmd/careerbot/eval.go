package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"careerbot/bot"
	"careerbot/bot/eval"
	"careerbot/knowledge/corpus"
)

type evalCmd struct {
	source
	File     string  `arg:"" optional:"" help:"File of golden questions; default: tests/*.yaml of the content." type:"path"`
	Set      string  `help:"Only this half: tune or measure." enum:"all,tune,measure" default:"all"`
	Failures bool    `help:"List failures of the measuring half too; they are hidden so that nobody tunes on them."`
	Min      float64 `help:"Fail below this share of turns that are right in everything, in percent." default:"0"`
	JSON     bool    `help:"Print one JSON object a turn."`
	Curve    bool    `help:"Print what thresholds, calibration and learning look like on the tuning half, or on --set; trains several times."`
}

// Run asks the golden questions. Questions that belong to no half must all pass;
// of the halves, a share.
func (c *evalCmd) Run(ctx context.Context, e env) error {
	snap, err := c.snapshot(e.stderr)
	if err != nil {
		return err
	}
	tests := snap.Corpus.Tests
	if c.File != "" {
		if tests, err = c.readTests(e); err != nil {
			return err
		}
	}
	var kept []*corpus.Test
	for _, t := range tests {
		if c.Set == "all" || t.Set == c.Set {
			kept = append(kept, t)
		}
	}
	if len(kept) == 0 {
		return failure{exitUsage, fmt.Errorf("there are no golden questions; write some in tests/*.yaml")}
	}
	if c.Curve {
		return c.curves(ctx, e, snap.Corpus, kept)
	}
	b := bot.New(snap, bot.Options{Conversations: bot.NewMemoryConversations(time.Now)})
	defer b.Close()
	rep := eval.Run(ctx, b, kept)
	if c.JSON {
		enc := json.NewEncoder(e.stdout)
		for i := range rep.Results {
			r := &rep.Results[i]
			enc.Encode(map[string]any{"ask": r.Turn.Ask, "set": r.Test.Set, "ok": r.OK(), "kind": r.Kind, "roles": r.Roles, "topic": r.Topic, "passage": r.Passage,
				"answer": bot.EncodeAnswer("", r.Answer, 0)})
		}
		return nil
	}
	return c.print(e, rep)
}

func (c *evalCmd) print(e env, rep eval.Report) error {
	must := 0
	for i := range rep.Results {
		r := &rep.Results[i]
		if r.OK() {
			continue
		}
		if r.Test.Set == "" {
			must++
		}
		if r.Test.Set == "measure" && !c.Failures {
			continue
		}
		var wrong []string
		for _, w := range []struct{ name, what string }{{"kind", r.Kind}, {"role", r.Roles}, {"topic", r.Topic}, {"passage", r.Passage}} {
			if w.what != "" {
				wrong = append(wrong, w.name+" "+w.what)
			}
		}
		fmt.Fprintf(e.stdout, "%s:%d: %q: %s\n", r.Test.File, r.Test.Line, r.Turn.Ask, strings.Join(wrong, "; "))
	}
	low := false
	for _, set := range []string{"", "tune", "measure"} {
		lines := rep.Summary(func(r *eval.Result) bool { return r.Test.Set == set })
		if len(lines) == 0 {
			continue
		}
		name := map[string]string{"": "must pass", "tune": "tuning half", "measure": "measuring half"}[set]
		fmt.Fprintf(e.stdout, "\n%s\n", name)
		for _, l := range lines {
			fmt.Fprintf(e.stdout, "  %-40s %s\n", l.Name, l.Share)
		}
		if set != "" && lines[0].Percent() < c.Min {
			low = true
		}
	}
	if must > 0 || low {
		return errProblems
	}
	return nil
}

// readTests reads a file of golden questions on its own.
func (c *evalCmd) readTests(e env) ([]*corpus.Test, error) {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return nil, failure{exitUsage, fmt.Errorf("reading golden questions: %w", err)}
	}
	tests, problems := corpus.ParseTests(filepath.Base(c.File), string(data))
	for _, p := range problems {
		fmt.Fprintln(e.stderr, p)
	}
	if len(problems) > 0 {
		return nil, errProblems
	}
	return tests, nil
}
