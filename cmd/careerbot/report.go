package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"

	"careerbot/bot/report"
	"careerbot/bot/store"
	"careerbot/index"
	"careerbot/knowledge/corpus"
)

type reportCmd struct {
	source
	State    string `help:"Folder of the database that careerbot serves from." env:"CAREERBOT_STATE" placeholder:"DIR" type:"path"`
	Since    age    `help:"How far to look back: 30d, 12w, 36h." default:"30d" placeholder:"AGE"`
	JSON     bool   `help:"Print one JSON object." xor:"format"`
	Markdown bool   `help:"Print Markdown." xor:"format"`
	Drafts   string `help:"Also write stub pages for what is missing into this content folder; no file is overwritten." placeholder:"DIR" type:"path"`
}

// age is how long ago something was, in hours, days or weeks.
type age time.Duration

var ages = map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}

// maxAge is in hours, more than anything is kept.
const maxAge = 10 * 366 * 24

// UnmarshalText implements [encoding.TextUnmarshaler].
func (a *age) UnmarshalText(text []byte) error {
	if len(text) > 1 {
		unit := ages[text[len(text)-1]]
		n, err := strconv.Atoi(string(text[:len(text)-1]))
		if err == nil && unit > 0 && n > 0 && n <= maxAge/int(unit/time.Hour) {
			*a = age(time.Duration(n) * unit)
			return nil
		}
	}
	return fmt.Errorf("should be a number of hours, days or weeks such as 36h, 30d or 12w, not %q", text)
}

// Run prints what the bot learned; a server may go on serving from the database.
func (c *reportCmd) Run(ctx context.Context, e env) error {
	corp, _, err := c.load()
	if err != nil {
		return failure{exitUsage, fmt.Errorf("%w; set CAREERBOT_KNOWLEDGE or --knowledge to a folder of pages", err)}
	}
	if corp == nil {
		return failure{exitProblem, errors.New("the knowledge folder has problems that would make answers wrong; run careerbot check")}
	}
	rep, err := c.make(ctx, e, corp)
	if err != nil {
		return err
	}
	write := rep.WriteText
	switch {
	case c.JSON:
		write = rep.WriteJSON
	case c.Markdown:
		write = rep.WriteMarkdown
	}
	if err := write(e.stdout); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if c.Drafts == "" {
		return nil
	}
	return writeDrafts(e, c.Drafts, rep.Drafts())
}

// make reads the database and works out the report.
func (c *reportCmd) make(ctx context.Context, e env, corp *corpus.Corpus) (*report.Report, error) {
	s, err := c.read(ctx, e)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	now := time.Now()
	in, err := report.Gather(ctx, s, corp, now.Add(-time.Duration(c.Since)), now)
	if err != nil {
		return nil, err
	}
	ix, err := index.Build(corp)
	if err != nil {
		return nil, err
	}
	defer ix.Close()
	return report.Make(ctx, in, finder{ix})
}

// read opens the database for reading.
func (c *reportCmd) read(ctx context.Context, e env) (*store.Store, error) {
	url, err := e.secret("DATABASE_URL")
	if err != nil {
		return nil, err
	}
	cfg := store.Config{URL: store.Secret(url), Dir: c.State, Now: time.Now}
	if url == "" && cfg.Dir == "" {
		dir, err := userStateDir(e.getenv)
		if err != nil {
			return nil, failure{exitUsage, fmt.Errorf("CAREERBOT_STATE: %w; name the folder that careerbot serves from", err)}
		}
		cfg.Dir = filepath.Join(dir, "careerbot")
	}
	return store.Read(ctx, cfg)
}

// finder finds the nearest passage by its words alone.
type finder struct{ ix *index.Index }

// Nearest implements [report.Finder].
func (f finder) Nearest(ctx context.Context, text string) (*corpus.Passage, error) {
	hits, err := f.ix.Search(ctx, index.Query{Text: text, Size: 1})
	if err != nil || len(hits) == 0 || hits[0].Score <= 0 {
		return nil, err
	}
	return hits[0].Passage, nil
}

// writeDrafts writes the stubs that are not there yet, and says on stderr which.
func writeDrafts(e env, dir string, drafts []report.Draft) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return failure{exitUsage, fmt.Errorf("--drafts: %w", err)}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return failure{exitUsage, fmt.Errorf("--drafts: %w", err)}
	}
	defer root.Close()
	kept := 0
	for _, d := range drafts {
		switch err := writeNew(root, d); {
		case errors.Is(err, fs.ErrExist):
			kept++
		case err != nil:
			return fmt.Errorf("writing a stub: %w", err)
		default:
			fmt.Fprintln(e.stderr, "wrote", filepath.Join(dir, filepath.FromSlash(d.Path)))
		}
	}
	fmt.Fprintf(e.stderr, "%d stubs written, %d were there already\n", len(drafts)-kept, kept)
	return nil
}

// writeNew writes a file that must not exist yet.
func writeNew(root *os.Root, d report.Draft) error {
	if err := root.MkdirAll(path.Dir(d.Path), 0o777); err != nil {
		return err
	}
	f, err := root.OpenFile(d.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.WriteString(d.Text)
	return errors.Join(err, f.Close())
}
