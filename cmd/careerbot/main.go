// Command careerbot answers career questions in Discord, Slack, the browser and
// the terminal from a folder of curated, sourced, dated content.
//
// Run without arguments it serves: the web page always, and each chat platform
// whose credentials are set. Other verbs: chat, ask, check, eval, report, slack,
// discord, health, version.
//
// # A tour of the code, bottom up
//
// Imports point one way: cmd → adapters → bot → router → index → corpus.
//
// knowledge is the content itself: Markdown pages and a few YAML files, embedded
// in the binary. knowledge/corpus reads such a folder, reports every problem in
// it as file:line: message (rule), and hands out an immutable [corpus.Corpus].
// Its unit is the passage: one section of one page, on one topic.
//
// index searches the passages of a corpus: Bleve, in memory, BM25. It takes query
// objects; what people type is never parsed as a query.
//
// bot/router decides what a question asks. It finds names (roles, credentials,
// terms, with slips and ambiguity), classifies the rest into topics with a linear
// model (bot/router/linear) trained at start from the example questions in the
// content, fills what is missing from the conversation, and states a confidence;
// router.yaml holds from where on that is enough.
// Messages that must not be answered are recognised first.
//
// bot is the core: [bot.Question] in, [bot.Answer] out. An Answer is a list of
// platform-neutral blocks with figures, sources, pictures and follow-ups. Every
// follow-up carries its whole question as a [bot.Choice], so a button works on any
// replica and after a restart. Some answers are put together from several pages:
// comparisons, ways from job to job, states, lists of credentials, the match of
// wishes with jobs (compare.go, path.go, states.go, finder.go, match.go). The core
// has no network, disk, SQL or wall clock; what must outlive a message it asks of
// the ports of bot/ports.go. Over those ports work the desks, for every adapter:
// preferences, feedback, mentors, privacy.
//
// bot/slack, bot/discord, bot/web and bot/terminal are adapters: each decodes a
// platform's messages into questions and renders answers, and knows only package
// bot and its SDK. bot/chart draws an answer's pictures for them as SVG or PNG.
//
// bot/store implements the ports over SQLite or PostgreSQL, and stands back when
// the database does not answer in time. bot/journal notes what was asked and
// bot/metrics counts it; both stand in front of the bot and are bots to adapters.
//
// bot/eval scores a bot on labelled questions; bot/report tells maintainers what
// the bot learned from those it was asked. bot/bottest holds fakes that speak the
// platforms' real wire, and conformance suites.
//
// # The way of a question
//
// An adapter verifies, acknowledges and decodes a message, and claims it in the
// store so that it is answered once. The question goes to metrics, which asks the
// journal, which asks the bot. The bot cleans the text, takes the conversation from
// the store (50 ms at most, then it goes on without), lets the router read it and
// composes an Answer from the corpus. On the way back the journal queues a note,
// metrics count, and the adapter renders and sends. Notes reach the store after the
// answer: a slow, full or absent database costs history, never an answer.
//
// This command wires them together: settings.go reads flags and environment,
// services.go puts together what adapters take, one file a verb does the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"careerbot/bot"
)

// Exit codes.
const (
	exitOK      = 0
	exitProblem = 1 // problems found, or serving failed
	exitUsage   = 2 // wrong usage or settings
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the process at once
	}()
	os.Exit(run(ctx, os.Args[1:], env{os.Stdin, os.Stdout, os.Stderr, os.Getenv}))
}

// env is what a run takes from outside.
type env struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
}

// cli is the command line.
type cli struct {
	Serve   serveCmd   `cmd:"" default:"withargs" help:"Serve the web page and every chat platform that has credentials (the default)."`
	Chat    chatCmd    `cmd:"" help:"Talk to the bot in the terminal; one question a line works in a pipe."`
	Ask     askCmd     `cmd:"" help:"Answer one question, or with --batch a JSON line each."`
	Check   checkCmd   `cmd:"" help:"Report every problem of a knowledge folder as file:line: message (rule)."`
	Eval    evalCmd    `cmd:"" help:"Ask the golden questions and report what came back."`
	Report  reportCmd  `cmd:"" help:"Report what was asked, what was not answered and what did not help, for maintainers."`
	Slack   slackCmd   `cmd:"" help:"Set up Slack."`
	Discord discordCmd `cmd:"" help:"Set up Discord."`
	Health  healthCmd  `cmd:"" help:"Ask a running careerbot whether it is up: exit 0 or 1."`
	Version versionCmd `cmd:"" help:"Print the version and the content it carries."`
}

// failure is an error with an exit code.
type failure struct {
	code int
	err  error
}

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

// silent ends a run whose output already says what is wrong.
var errProblems = errors.New("problems found")

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, e env) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("careerbot"),
		kong.Description("Answers career questions from curated, sourced, dated content."),
		kong.Writers(e.stdout, e.stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(e),
	)
	if err != nil {
		fmt.Fprintln(e.stderr, "careerbot:", err)
		return exitUsage
	}
	k, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "careerbot: %v; see careerbot --help\n", err)
		return exitUsage
	}
	err = k.Run()
	var f failure
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errProblems):
		return exitProblem
	case errors.As(err, &f):
		fmt.Fprintln(e.stderr, "careerbot:", err)
		return f.code
	case errors.Is(err, bot.ErrSettings):
		fmt.Fprintln(e.stderr, "careerbot:", plain(err))
		return exitUsage
	}
	fmt.Fprintln(e.stderr, "careerbot:", err)
	return exitProblem
}

// plain is the text of errors that wrap [bot.ErrSettings] without that error's own
// word: their messages name the setting already.
func plain(err error) string {
	word := bot.ErrSettings.Error()
	lines := strings.Split(err.Error(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(strings.TrimSuffix(l, ": "+word), word+": ")
	}
	return strings.Join(lines, "\n")
}
