package main

import (
	"context"
	"os"
	"time"

	"careerbot/bot"
	"careerbot/bot/terminal"
)

type chatCmd struct{ source }

// Run talks in the terminal.
func (c *chatCmd) Run(ctx context.Context, e env) error {
	snap, err := c.snapshot(e.stderr)
	if err != nil {
		return err
	}
	b := bot.New(snap, bot.Options{Now: time.Now, Conversations: bot.NewMemoryConversations(time.Now)})
	defer b.Close()
	cfg := terminal.Config{In: e.stdin, Out: e.stdout}
	in, inFile := e.stdin.(*os.File)
	out, outFile := e.stdout.(*os.File)
	if inFile && outFile {
		cfg = terminal.Detect(in, out, e.getenv)
	}
	return terminal.New(cfg, b).Run(ctx)
}
