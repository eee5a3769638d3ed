package main

import (
	"fmt"
	"io"

	"careerbot/bot"
)

type serveCmd struct{ source }
type chatCmd struct{ source }
type healthCmd struct{}

func (serveCmd) Run() error  { return nil }
func (chatCmd) Run() error   { return nil }
func (healthCmd) Run() error { return nil }

func printAnswer(w io.Writer, a bot.Answer) { fmt.Fprintln(w, a.Title+"\n\n"+a.Text()) }
