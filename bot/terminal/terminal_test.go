package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
)

func TestMain(m *testing.M) {
	// The search library under package bot starts its workers at init, for good.
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// converse runs the lines through an adapter and returns what it printed and asked.
func converse(t *testing.T, cfg Config, in string) (string, []bot.Question) {
	t.Helper()
	var out bytes.Buffer
	cfg.In, cfg.Out = strings.NewReader(in), &out
	var ask answers.Asker
	if err := New(cfg, &ask).Run(t.Context()); err != nil {
		t.Fatalf("Run: %v", err)
	}
	return out.String(), ask.Asked()
}

func TestRunPipe(t *testing.T) {
	out, asked := converse(t, Config{}, "what is the pay\n\n  MLT vs MLS  ")
	if len(asked) != 2 || asked[0].Text != "what is the pay" || asked[1].Text != "MLT vs MLS" {
		t.Fatalf("asked %+v, want two questions", asked)
	}
	if q := asked[0]; q.Place != (bot.Place{Platform: "terminal"}) || q.Person == "" || q.Person != asked[1].Person {
		t.Errorf("question %+v, want one person on the platform terminal", q)
	}
	want := Render(answers.Pay(), Options{Pick: true}) + "\n" + Render(answers.Compare(), Options{Pick: true}) + "\n"
	if out != want {
		t.Errorf("printed\n%s\nwant the two answers and no prompt", out)
	}
}

func TestRunPrompt(t *testing.T) {
	out, asked := converse(t, Config{Prompt: true}, "/help\n/quit\nnever asked\n")
	if len(asked) != 0 {
		t.Errorf("asked %+v, want nothing", asked)
	}
	if want := greeting + prompt + help + "\n" + prompt; out != want {
		t.Errorf("printed %q, want %q", out, want)
	}
	// Ctrl-D: the shell's prompt starts on its own line.
	if out, _ := converse(t, Config{Prompt: true}, ""); out != greeting+prompt+"\n" {
		t.Errorf("at the end of input printed %q", out)
	}
}

func TestRunPicks(t *testing.T) {
	pay := answers.Pay()
	for _, tc := range []struct {
		name, in string
		want     []bot.Choice // the zero choice: asked in words
		printed  string
	}{
		{"follow-up", "pay\n1\n", []bot.Choice{{}, pay.FollowUps[0].Choice}, "How to start"},
		{"clarify", "lab tech\n3\n", []bot.Choice{{}, answers.Clarify().Choices[2].Choice}, ""},
		{"other reading", "pay\n/change\n2\n", []bot.Choice{{}, pay.Change[1].Choice}, "What did you mean?"},
		{"too high", "pay\n9\n", []bot.Choice{{}}, "There is no 9 here. Type a number from 1 to 4"},
		{"zero", "pay\n0\n", []bot.Choice{{}}, "There is no 0 here"},
		{"a number before any menu is a question", "42\n", []bot.Choice{{}}, ""},
		{"nothing to change", "what is a cbc\n/change\n", []bot.Choice{{}}, "no other reading"},
		{"change before a question", "/change\n", nil, "no other reading"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, asked := converse(t, Config{}, tc.in)
			if len(asked) != len(tc.want) {
				t.Fatalf("asked %+v, want %d questions", asked, len(tc.want))
			}
			for i, w := range tc.want {
				var got bot.Choice
				if asked[i].Choice != nil {
					got = *asked[i].Choice
				}
				g, _ := got.Encode()
				if w, _ := w.Encode(); g != w {
					t.Errorf("question %d carries choice %q, want %q", i, g, w)
				}
			}
			if !strings.Contains(out, tc.printed) {
				t.Errorf("printed\n%s\nwant %q in it", out, tc.printed)
			}
		})
	}
}

func TestRunLongLine(t *testing.T) {
	_, asked := converse(t, Config{}, strings.Repeat("a", 3*maxLineBytes)+"\npay\n")
	if len(asked) != 2 || len(asked[0].Text) != maxLineBytes || asked[1].Text != "pay" {
		t.Errorf("asked %d questions, want the long line cut and the next one whole", len(asked))
	}
}

func TestRunCancel(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close() // ends the reader
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- New(Config{In: r, Out: io.Discard}, &answers.Asker{}).Run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run after cancel = %v, want nil", err)
	}
}

// TestRunCancelPipe cancels while a real pipe is read: its deadline frees the
// reader, which goleak would find otherwise.
func TestRunCancelPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	defer r.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Detect(r, w, os.Getenv), &answers.Asker{}).Run(ctx); err != nil {
		t.Errorf("Run after cancel = %v, want nil", err)
	}
}

// broken fails every read and write.
type broken struct{}

var errBroken = errors.New("broken")

func (broken) Read([]byte) (int, error)  { return 0, errBroken }
func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestRunErrors(t *testing.T) {
	for _, tc := range []struct {
		name string
		cfg  Config
	}{
		{"input", Config{In: broken{}, Out: io.Discard}},
		{"greeting", Config{In: strings.NewReader(""), Out: broken{}, Prompt: true}},
		{"answer", Config{In: strings.NewReader("pay\n"), Out: broken{}}},
	} {
		if err := New(tc.cfg, &answers.Asker{}).Run(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("%s: Run = %v, want the cause", tc.name, err)
		}
	}
}

func TestDetectFile(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if cfg := Detect(f, f, os.Getenv); cfg.Prompt || cfg.Bold || cfg.Width != 0 {
		t.Errorf("Detect of a file = %+v, want plain", cfg)
	}
}

// TestDetectTerminal asks about the near end of a new pseudo-terminal.
func TestDetectTerminal(t *testing.T) {
	f, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("NO PSEUDO-TERMINAL HERE, terminal detection not tested: %v", err)
	}
	defer f.Close()
	for _, tc := range []struct {
		env  map[string]string
		bold bool
	}{
		{nil, true},
		{map[string]string{"NO_COLOR": "1"}, false},
		{map[string]string{"TERM": "dumb"}, false},
	} {
		cfg := Detect(f, f, func(k string) string { return tc.env[k] })
		if !cfg.Prompt || cfg.Bold != tc.bold {
			t.Errorf("Detect of a terminal with %v = prompt %v, bold %v, want prompt and bold %v", tc.env, cfg.Prompt, cfg.Bold, tc.bold)
		}
	}
}
