package terminal

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestRenderGolden(t *testing.T) {
	variants := []struct {
		name string
		opt  Options
	}{
		{"pick80", Options{Pick: true}},
		{"file80", Options{}},
		{"pick40bold", Options{Width: 40, Bold: true, Pick: true}},
	}
	for name, a := range answers.All() {
		for _, v := range variants {
			t.Run(name+"/"+v.name, func(t *testing.T) {
				golden(t, name+"-"+v.name, Render(a, v.opt))
			})
		}
	}
	golden(t, "change-pick80", renderChange(answers.Pay(), Options{Pick: true}))
}

// golden compares text with testdata/name.golden. Escapes are written as ␛ so
// that looking at a golden file does not obey it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	got = strings.ReplaceAll(got, "\x1b", "␛")
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs\n--- got\n%s--- want\n%s", file, got, want)
	}
}

// TestRenderWidth holds every answer to every width: nothing sticks out but web
// addresses, and no control character but the line ends and our own bold.
func TestRenderWidth(t *testing.T) {
	for name, a := range answers.All() {
		for _, width := range []int{-1, 0, 1, 24, 33, 47, 80, 500} {
			for _, bold := range []bool{false, true} {
				checkPage(t, name, Render(a, Options{Width: width, Bold: bold, Pick: true}), width)
			}
		}
	}
}

// checkPage fails when a rendered page is too wide or holds control characters.
func checkPage(t *testing.T, name, got string, width int) {
	t.Helper()
	most := max(min(width, MaxWidth), minWidth)
	if width <= 0 {
		most = MaxWidth
	}
	got = strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(got)
	for l := range strings.Lines(got) {
		if !strings.HasSuffix(l, "\n") {
			t.Errorf("%s at %d: last line %q does not end", name, width, l)
		}
		l = strings.TrimSuffix(l, "\n")
		if columns(l) > most && !strings.Contains(l, "://") {
			t.Errorf("%s at %d: line of %d columns %q", name, width, columns(l), l)
		}
		if strings.ContainsFunc(l, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			t.Errorf("%s at %d: control character in %q", name, width, l)
		}
		if strings.HasSuffix(l, " ") {
			t.Errorf("%s at %d: blank at the end of %q", name, width, l)
		}
	}
}

func TestRenderSaysEverything(t *testing.T) {
	a := answers.Pay()
	got := strings.Join(strings.Fields(Render(a, Options{Pick: true})), " ")
	want := []string{a.Title, a.Notice, a.ReadAs, a.Sources[0].URL, a.Sources[0].Label}
	for _, f := range a.Facts {
		want = append(want, f.Label+": "+f.Value, f.AsOf, f.Source, f.Caveat)
	}
	for _, f := range a.FollowUps {
		want = append(want, f.Label)
	}
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("rendered answer lacks %q:\n%s", w, got)
		}
	}
}

func TestRenderEmpty(t *testing.T) {
	if got := Render(bot.Answer{}, Options{}); got != "" {
		t.Errorf("Render of nothing = %q, want nothing", got)
	}
	odd := bot.Answer{Blocks: []bot.Block{
		{Kind: bot.Table}, {Kind: bot.Table, Rows: [][]string{{}}}, {Kind: bot.Table, Rows: [][]string{{"only"}, {"a", "b", "c"}, {}}},
		{Kind: bot.Bullets}, {Kind: bot.Heading}, {Kind: bot.Steps, Items: [][]bot.Span{nil}},
	}}
	Render(odd, Options{Width: 30}) // must not panic
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		most       int
		want       []string
	}{
		{"words", "one two three", 7, []string{"one two", "three"}},
		{"exact", "one two", 7, []string{"one two"}},
		{"blanks collapse", "  one \t\n two ", 20, []string{"one two"}},
		{"long word is cut", "abcdefgh ij", 3, []string{"abc", "def", "gh", "ij"}},
		{"address is kept", "see https://example.org/a/long/path now", 10, []string{"see", "https://example.org/a/long/path", "now"}},
		{"wide runes count two", "日本語の", 4, []string{"日本", "語の"}},
		{"a rune wider than the line", "日本", 1, []string{"日", "本"}},
		{"marks count nothing", "e\u0301e\u0301 e\u0301", 2, []string{"e\u0301e\u0301", "e\u0301"}},
		{"nothing", " ", 5, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := wrap(tc.text, tc.most)
			if strings.Join(got, "⏎") != strings.Join(tc.want, "⏎") {
				t.Errorf("wrap(%q, %d) = %q, want %q", tc.text, tc.most, got, tc.want)
			}
		})
	}
}

func TestClean(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"escape sequence", "a\x1b[31mb", "a[31mb"},
		{"eight-bit escape", "a\u009b31mb", "a31mb"},
		{"title change", "\x1b]0;x\x07y", "]0;xy"},
		{"carriage return", "safe\rEVIL", "safe EVIL"},
		{"backspace", "ab\b\bcd", "abcd"},
		{"bidi override", "a\u202eb\u2066c", "abc"},
		{"tag characters", "a\U000e0041b", "ab"},
		{"line separator", "a\u2028b", "a b"},
		{"broken UTF-8", "a\xffb", "a\ufffdb"},
		{"joined emoji", "👩\u200d🔬", "👩\u200d🔬"},
	} {
		if got := clean(tc.in); got != tc.want {
			t.Errorf("%s: clean(%q) = %q, want %q", tc.name, tc.in, got, tc.want)
		}
	}
}

// FuzzRender feeds foreign bytes through every field that holds text.
func FuzzRender(f *testing.F) {
	f.Add("plain words", 80)
	f.Add("\x1b[2J\u202e日本\xff https://example.org", 30)
	f.Fuzz(func(t *testing.T, s string, width int) {
		spans := []bot.Span{{Text: s}, {Text: s, Bold: true, Link: "https://example.org/" + s}}
		a := bot.Answer{
			Title: s, Notice: s, ReadAs: s,
			Blocks: []bot.Block{
				{Kind: bot.Paragraph, Spans: spans}, {Kind: bot.Heading, Spans: spans[:1]}, {Kind: bot.Steps, Items: [][]bot.Span{spans}},
				{Kind: bot.Table, Rows: [][]string{{"", s, s}, {s, s, "x"}}},
			},
			Facts:     []bot.Fact{{Label: s, Value: s, AsOf: s, Source: s, Caveat: s}},
			Sources:   []bot.Source{{Title: s, URL: s, Label: s}},
			FollowUps: []bot.FollowUp{{Label: s, Ask: s}},
		}
		checkPage(t, "fuzz", Render(a, Options{Width: width, Pick: true}), width)
	})
}
