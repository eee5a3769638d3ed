package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"careerbot/bot"
	"careerbot/bot/terminal"
)

type askCmd struct {
	source
	JSON     bool     `help:"Print the answer as one JSON object."`
	Batch    bool     `help:"With --json: read lines {\"id\":…,\"text\":…} or {\"id\":…,\"turns\":[…]} from standard input, print one line each."`
	Question []string `arg:"" optional:"" help:"The question."`
}

// batchLine is one line of --batch.
type batchLine struct {
	ID    json.RawMessage `json:"id"`
	Text  *string         `json:"text"`
	Turns []string        `json:"turns"`
}

// Run answers one question or a batch.
func (c *askCmd) Run(ctx context.Context, e env) error {
	text := strings.TrimSpace(strings.Join(c.Question, " "))
	if !c.Batch && text == "" {
		return failure{exitUsage, fmt.Errorf("ask needs a question: careerbot ask \"what does a phlebotomist do\"")}
	}
	snap, err := c.snapshot(e.stderr)
	if err != nil {
		return err
	}
	b := bot.New(snap, bot.Options{Now: time.Now, Conversations: bot.NewMemoryConversations(time.Now)})
	defer b.Close()
	if c.Batch {
		return batch(ctx, b, e.stdin, e.stdout)
	}
	start := time.Now()
	a := b.Answer(ctx, bot.Question{Text: text, Place: bot.Place{Platform: "terminal"}})
	took := time.Since(start)
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(bot.EncodeAnswer("", a, took))
	}
	_, err = io.WriteString(e.stdout, terminal.Render(a, terminal.Options{}))
	return err
}

// maxBatchLine bounds one line of a batch.
const maxBatchLine = 4 << 20

// batch answers JSON lines in order. A line that is not understood gets a line
// with an error, so that lines stay in step.
func batch(ctx context.Context, b *bot.Bot, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxBatchLine)
	w := bufio.NewWriter(out)
	defer w.Flush()
	enc := json.NewEncoder(w)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := enc.Encode(batchAnswer(ctx, b, lines.Bytes(), n)); err != nil {
			return fmt.Errorf("writing the answers: %w", err)
		}
		// A program that asks line by line waits for each answer.
		if err := w.Flush(); err != nil {
			return fmt.Errorf("writing the answers: %w", err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading questions (a line may hold 4 MiB): %w", err)
	}
	return nil
}

func batchAnswer(ctx context.Context, b *bot.Bot, line []byte, n int) any {
	var q batchLine
	if err := json.Unmarshal(line, &q); err != nil {
		return map[string]string{"id": "", "error": fmt.Sprintf("line %d is not a JSON object like {\"id\":\"1\",\"text\":\"…\"}", n)}
	}
	id := strings.Trim(string(q.ID), `"`)
	var s string
	if json.Unmarshal(q.ID, &s) == nil {
		id = s
	}
	one := func(text, person string) bot.AnswerJSON {
		start := time.Now()
		a := b.Answer(ctx, bot.Question{Text: text, Person: person, Place: bot.Place{Platform: "terminal"}})
		return bot.EncodeAnswer(id, a, time.Since(start))
	}
	if q.Turns == nil {
		if q.Text == nil {
			return map[string]string{"id": id, "error": fmt.Sprintf("line %d has neither \"text\" nor \"turns\"", n)}
		}
		return one(*q.Text, "")
	}
	answers := []bot.AnswerJSON{}
	for _, t := range q.Turns {
		answers = append(answers, one(t, fmt.Sprint("batch ", n)))
	}
	return map[string]any{"id": id, "answers": answers}
}
