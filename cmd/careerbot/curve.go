package main

import (
	"context"
	"fmt"

	"careerbot/bot/eval"
	"careerbot/knowledge/corpus"
)

// worst is how many pairs of topics are listed.
const worst = 10

// curves prints what the settings of router.yaml are read off.
func (c *evalCmd) curves(ctx context.Context, e env, content *corpus.Corpus, tests []*corpus.Test) error {
	if c.Set == "all" {
		var tune []*corpus.Test
		for _, t := range tests {
			if t.Set == "tune" {
				tune = append(tune, t)
			}
		}
		tests = tune
	}
	scored, rep, err := eval.Score(ctx, content, tests)
	if err != nil {
		return err
	}
	w := e.stdout
	fmt.Fprintf(w, "threshold   answered and right   answered and wrong   out of scope held back\n")
	for _, p := range eval.Thresholds(scored) {
		fmt.Fprintf(w, "%9.2f %20.1f %20.1f %24.1f\n", p.At, p.Answered.Percent(), p.Wrong.Percent(), p.Held.Percent())
	}
	fmt.Fprintf(w, "AUROC %.4f, %d questions\n", eval.Separation(scored), len(scored))
	fmt.Fprintf(w, "\nconfidence   mean   answers   right\n")
	for _, b := range eval.Calibration(scored) {
		if b.Right.Of > 0 {
			fmt.Fprintf(w, "%4.2f-%4.2f  %5.2f   %7d   %5.2f\n", b.Low, min(b.High, 1), b.Mean, b.Right.Of, b.Right.Percent()/100)
		}
	}
	slope, offset := eval.Fit(scored)
	fmt.Fprintf(w, "what fits now: slope %.3f times, offset %+.3f more than router.yaml has\n", slope, offset)
	fmt.Fprintf(w, "\ntopics taken for others (worst %d)\n", worst)
	pairs := rep.Confusions()
	for _, p := range pairs[:min(len(pairs), worst)] {
		fmt.Fprintf(w, "%4d  %s taken for %s", p.Count, p.Want, p.Got)
		if c.Set != "measure" || c.Failures { // nobody tunes on the measuring half
			fmt.Fprintf(w, "  %q", p.Asks)
		}
		fmt.Fprintln(w)
	}
	lessons, err := eval.Learning(ctx, content, tests)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nexample questions learnt from   topic   both\n")
	for _, l := range lessons {
		fmt.Fprintf(w, "%28.1f %%  %5.1f  %5.1f\n", 100*l.Share, l.Topic.Percent(), l.Both.Percent())
	}
	return nil
}
