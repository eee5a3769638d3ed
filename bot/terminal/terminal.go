// Package terminal lets a person ask in a terminal or through a pipe.
//
// The central type is [Adapter]: it reads one question a line, and prints each
// answer with [Render]. Follow-ups are numbered, and typing a number picks one.
// In a pipe it neither greets nor prompts, so that its output is answers only.
package terminal

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term" // whether a file is a terminal and how wide: the system calls differ per platform

	"careerbot/bot"
)

// An Asker answers questions. It never fails; ctx only carries deadlines.
type Asker interface {
	Answer(ctx context.Context, q bot.Question) bot.Answer
}

// Config says where a conversation is read and printed. Only In and Out are needed.
type Config struct {
	In     io.Reader
	Out    io.Writer
	Prompt bool   // a person types here: greet, prompt
	Bold   bool   // Out shows ANSI bold
	Width  int    // columns of Out; 0 means [MaxWidth]
	Person string // whose conversation it is; default: a new one
	Locale string // BCP 47 tag, may be empty
}

// Detect returns a Config that suits two files: it prompts when both are
// terminals and uses bold when out is one and neither NO_COLOR nor TERM=dumb
// asks for plain text (see no-color.org).
func Detect(in, out *os.File, getenv func(string) string) Config {
	cfg := Config{In: in, Out: out}
	if !term.IsTerminal(int(out.Fd())) {
		return cfg
	}
	cfg.Prompt = term.IsTerminal(int(in.Fd()))
	cfg.Bold = getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
	if w, _, err := term.GetSize(int(out.Fd())); err == nil {
		cfg.Width = w
	}
	return cfg
}

// Adapter holds one conversation over a reader and a writer.
type Adapter struct {
	cfg  Config
	ask  Asker
	menu []bot.FollowUp // what a number picks, as last printed
	last bot.Answer     // for /change
}

var _ bot.Adapter = (*Adapter)(nil)

// New returns an adapter that asks the asker what is typed.
func New(cfg Config, ask Asker) *Adapter {
	if cfg.Person == "" {
		cfg.Person = rand.Text()
	}
	return &Adapter{cfg: cfg, ask: ask}
}

// Name returns "terminal".
func (a *Adapter) Name() string { return "terminal" }

// Ready returns nil: a terminal has nothing to wait for.
func (a *Adapter) Ready() error { return nil }

// Texts of the adapter's own; everything else it prints comes from answers.
const (
	greeting = "careerbot: ask in plain words. /help lists the commands, Ctrl-D leaves.\n"
	prompt   = "> "
	help     = `Type a question and press Enter. After an answer, type the number of a
follow-up to ask it, or go on in your own words.

  /change  other readings of the last question
  /help    this text
  /quit    leave (so does Ctrl-D)
`
)

// Run reads questions and prints answers until the input ends, /quit is typed or
// ctx is cancelled. It returns an error when the input or output fails.
//
// A read under way cannot be taken back from an ordinary file: after a cancel its
// goroutine ends with the next line or the process, unless In has a read deadline.
func (a *Adapter) Run(ctx context.Context) error {
	lines := make(chan line)
	done := make(chan struct{})
	defer close(done)
	go read(a.cfg.In, lines, done)
	if a.cfg.Prompt {
		if err := a.print(greeting); err != nil {
			return err
		}
	}
	for {
		if a.cfg.Prompt {
			if err := a.print(prompt); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			if d, ok := a.cfg.In.(interface{ SetReadDeadline(time.Time) error }); ok {
				_ = d.SetReadDeadline(time.Unix(1, 0)) // best effort: not every file has deadlines
			}
			return nil
		case l := <-lines:
			if l.err != nil {
				return a.end(l.err)
			}
			if quit, err := a.line(ctx, l.text); quit || err != nil {
				return err
			}
		}
	}
}

// end finishes the last prompt's line and tells a plain end from a broken input.
func (a *Adapter) end(err error) error {
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading questions: %w", err)
	}
	if a.cfg.Prompt {
		return a.print("\n")
	}
	return nil
}

// line handles one line that was typed.
func (a *Adapter) line(ctx context.Context, text string) (quit bool, err error) {
	text = strings.TrimSpace(text)
	switch text {
	case "":
		return false, nil
	case "/quit":
		return true, nil
	case "/help":
		return false, a.print(help + "\n")
	case "/change":
		return false, a.change()
	}
	q := bot.Question{Text: text, Place: bot.Place{Platform: "terminal"}, Person: a.cfg.Person, Locale: a.cfg.Locale}
	if n, err := strconv.Atoi(text); err == nil && len(a.menu) > 0 {
		if n < 1 || n > len(a.menu) {
			return false, a.print(fmt.Sprintf("There is no %d here. Type a number from 1 to %d, or a question.\n\n", n, len(a.menu)))
		}
		picked := a.menu[n-1]
		q.Text, q.Choice = picked.Ask, &picked.Choice
	}
	a.last = a.ask.Answer(ctx, q)
	a.menu = Menu(a.last)
	return false, a.print(Render(a.last, a.options()) + "\n")
}

// change prints the other readings of the last question; a number picks one.
func (a *Adapter) change() error {
	if len(a.last.Change) == 0 {
		return a.print("There is no other reading to choose from.\n\n")
	}
	a.menu = a.last.Change
	return a.print(renderChange(a.last, a.options()) + "\n")
}

func (a *Adapter) options() Options {
	return Options{Width: a.cfg.Width, Bold: a.cfg.Bold, Pick: true}
}

func (a *Adapter) print(s string) error {
	if _, err := io.WriteString(a.cfg.Out, s); err != nil {
		return fmt.Errorf("printing: %w", err)
	}
	return nil
}

// maxLineBytes is how much of a line is kept; a question is far shorter.
const maxLineBytes = 16 << 10

// line is what one read gave: a text, or why there is none.
type line struct {
	text string
	err  error
}

// read sends the input's lines until it ends or done is closed. What exceeds
// maxLineBytes in a line is dropped.
func read(in io.Reader, lines chan<- line, done <-chan struct{}) {
	r := bufio.NewReaderSize(in, maxLineBytes)
	for {
		text, more, err := r.ReadLine()
		l := line{text: string(text), err: err}
		for more && err == nil {
			_, more, err = r.ReadLine()
		}
		select {
		case lines <- l:
		case <-done:
			return
		}
		if l.err != nil {
			return
		}
	}
}
