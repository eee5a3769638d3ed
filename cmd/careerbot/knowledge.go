package main

import (
	"fmt"
	"io"

	"careerbot/bot"
	"careerbot/knowledge"
	"careerbot/knowledge/corpus"
)

// source is the flag that names a content folder.
type source struct {
	Knowledge string `help:"Content folder; default: the content in this binary." env:"CAREERBOT_KNOWLEDGE" placeholder:"DIR" type:"path"`
}

// load reads the folder, or the embedded content.
func (s source) load() (*corpus.Corpus, []corpus.Problem, error) {
	if s.Knowledge == "" {
		c, problems := corpus.Load(knowledge.FS)
		return c, problems, nil
	}
	return corpus.OpenDir(s.Knowledge)
}

// snapshot loads the folder and makes it ready to answer from. A folder with
// fatal problems is refused with all of them on stderr.
func (s source) snapshot(stderr io.Writer) (*bot.Snapshot, error) {
	c, problems, err := s.load()
	if err != nil {
		return nil, failure{exitUsage, fmt.Errorf("%w; set CAREERBOT_KNOWLEDGE or --knowledge to a folder of pages", err)}
	}
	if c == nil {
		n := 0
		for _, p := range problems {
			if p.Level == corpus.Fatal {
				fmt.Fprintln(stderr, p)
				n++
			}
		}
		return nil, failure{exitProblem, fmt.Errorf("the knowledge folder has %d problems that would make answers wrong; repair them and run careerbot check", n)}
	}
	if len(c.Pages) == 0 {
		return nil, failure{exitProblem, fmt.Errorf("the knowledge folder %q holds no pages; put one in guides/ (see knowledge/README.md)", s.Knowledge)}
	}
	return bot.NewSnapshot(c)
}
