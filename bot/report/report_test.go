package report

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"careerbot/bot"
	"careerbot/index"
	"careerbot/knowledge/corpus"
)

var update = flag.Bool("update", false, "write golden files anew")

// content is a folder of two pages.
var content = fstest.MapFS{
	"guides/card.md": {Data: []byte(`---
title: Card arrival
aliases: [bank card]
owner: cards
reviewed: 2026-01-10
review_by: 2026-11-01
asks:
  overview: [where is my new card, when will my card get here]
---
## Card arrival {#overview}
Cards arrive within five working days. If yours does not, call us.
## Lost on the way {#pitfalls}
A card that is lost on the way is blocked, and a new one is sent at no cost.
`)},
	"guides/fees.md": {Data: []byte(`---
title: Fees
review_by: 2027-05-01
asks:
  overview: [what does it cost]
---
## Fees {#overview}
The account is free. Cash from a machine abroad costs a fee.
`)},
}

// searcher finds passages as the command does.
type searcher struct{ *index.Index }

func (s searcher) Nearest(ctx context.Context, text string) (*corpus.Passage, error) {
	hits, err := s.Search(ctx, index.Query{Text: text, Size: 1})
	if err != nil || len(hits) == 0 || hits[0].Score == 0 {
		return nil, err
	}
	return hits[0].Passage, nil
}

func load(t *testing.T) (*corpus.Corpus, searcher) {
	t.Helper()
	c, problems := corpus.Load(content)
	if c == nil {
		t.Fatal(problems)
	}
	ix, err := index.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	return c, searcher{ix}
}

func at(day string) time.Time {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return d
}

func unanswered(text string, n int, last string) bot.UnansweredQuestion {
	return bot.UnansweredQuestion{Text: bot.Redact(text), Reason: "unknown", Count: n, First: at(last), Last: at(last)}
}

// input is a month of everything there is.
func input(c *corpus.Corpus) Input {
	use := func(day, platform, role, topic string, kind bot.Kind, n int) bot.UseCount {
		return bot.UseCount{Use: bot.Use{Platform: platform, Role: role, Topic: topic, Kind: kind}, Day: day, Count: n}
	}
	return Input{
		Since: at("2026-10-23"), Now: at("2026-11-22"), Corpus: c,
		Unanswered: []bot.UnansweredQuestion{
			unanswered("Can I bring my dog to the branch?", 7, "2026-11-20"),
			unanswered("where does my card go on the way", 4, "2026-11-19"),
			unanswered("is the plastic money lost?", 3, "2026-11-18"),
			unanswered("dogs in a branch, ok?", 2, "2026-11-01"),
			unanswered("my plastic money was lost, my name is Anna Smith", 1, "2026-11-02"),
			unanswered("Do you `take` **cheques** <b>|", 1, "2026-10-30"),
			unanswered("how so?", 1, "2026-10-29"),
		},
		Tallies: []bot.Tally{
			{Passage: "guides/card#overview", Knowledge: c.Hash, Counts: map[bot.Verdict]int{bot.NotHelpful: 2, bot.Helpful: 5, bot.NotEnough: 2}, Last: at("2026-11-20")},
			{Passage: "guides/card#overview", Knowledge: "before", Counts: map[bot.Verdict]int{bot.NotHelpful: 4, bot.WrongTopic: 1}, Last: at("2026-11-03")},
			{Passage: "guides/gone#overview", Knowledge: "before", Counts: map[bot.Verdict]int{bot.NotHelpful: 1, bot.WrongJob: 1}, Last: at("2026-11-02")},
			{Passage: "guides/fees#overview", Knowledge: c.Hash, Counts: map[bot.Verdict]int{bot.Helpful: 9}, Last: at("2026-11-20")},
		},
		Uses: []bot.UseCount{
			use("2026-10-23", "slack", "", "overview", bot.KindAnswer, 10), use("2026-11-02", "slack", "", "overview", bot.KindAnswer, 4),
			use("2026-11-21", "discord", "", "pitfalls", bot.KindAnswer, 6), use("2026-11-22", "web", "", "", bot.KindDecline, 1),
		},
		Exchanges: []bot.MentorQuestion{
			{ID: "4fd1c9aa03", Text: "Can I keep a card that was lost?", Answer: "Hi,\nno: *cut* it.\n# Then call us.", Topic: "pitfalls", Changed: at("2026-11-15")},
		},
	}
}

func made(t *testing.T, in Input, find Finder) *Report {
	t.Helper()
	r, err := Make(t.Context(), in, find)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRenderings compares with testdata/report.*; -update writes them.
func TestRenderings(t *testing.T) {
	c, find := load(t)
	r := made(t, input(c), find)
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.txt":  func(b *bytes.Buffer) error { return r.WriteText(b) },
		"report.md":   func(b *bytes.Buffer) error { return r.WriteMarkdown(b) },
		"report.json": func(b *bytes.Buffer) error { return r.WriteJSON(b) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.String() != string(want) {
			t.Errorf("%s differs; with -update it is written anew. Got:\n%s", path, got.String())
		}
	}
}

// TestGroups: what belongs together, and what to do about it.
func TestGroups(t *testing.T) {
	c, find := load(t)
	r := made(t, input(c), find)
	type row struct {
		first       string
		count, size int
		topic       string
		example     bool
		alias       string
	}
	var got []row
	for _, g := range r.Unanswered {
		got = append(got, row{g.Questions[0].Text, g.Count, len(g.Questions), g.Suggest.Topic, g.Suggest.Example != "", g.Suggest.Alias})
	}
	want := []row{
		{"Can I bring my dog to the branch?", 9, 2, "", false, ""},
		{"where does my card go on the way", 4, 1, "pitfalls", true, ""},
		{"is the plastic money lost?", 4, 2, "pitfalls", false, `"plastic money"`},
		{"Do you `take` **cheques** <b>|", 1, 1, "", false, ""},
		{"how so?", 1, 1, "", false, ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

// TestSameInputSameReport: nothing in it depends on the order of a map.
func TestSameInputSameReport(t *testing.T) {
	c, find := load(t)
	first, err := json.Marshal(made(t, input(c), find))
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := json.Marshal(made(t, input(c), find))
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("%v\n%s\n%s", err, first, again)
		}
	}
}

// TestNothing: a month without anything is a report, too.
func TestNothing(t *testing.T) {
	c, find := load(t)
	r := made(t, Input{Since: at("2026-11-22"), Now: at("2026-11-22"), Corpus: c}, find)
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil || strings.Contains(b.String(), "null") {
		t.Errorf("%v: %s", err, b.String())
	}
	b.Reset()
	if err := r.WriteText(&b); err != nil || strings.Count(b.String(), "None.") != 3 {
		t.Errorf("%v: %s", err, b.String())
	}
	if drafts := r.Drafts(); len(drafts) != 0 {
		t.Errorf("drafts of nothing: %v", drafts)
	}
}

// hostile is what people and mentors may have written.
var hostile = []string{
	"# heading", "---", "--- \n...", "a: b: c", "- item", "{role}", "{{pay-median}}", "[^bls]", "<script>alert(1)</script>", "![x](javascript:x)",
	"\"quoted\" 'single'", "back\\slash", "tab\tand\nnew line", "\u202eright to left", "zero\u200bwidth", "\x00\x1b[31m", "\xff\xfe", "\u2028line", "\ufeffbom",
	"%TAG ! x", "&anchor *alias", "!!binary abc", "| block", "> folded", "? key", "@everyone <@123> <!channel>", "```yaml", "\u0085", "{#pay}",
	"../../etc/passwd", "CON", "émigré café 日本語", strings.Repeat("long ", 200), "x", "", "...", "0x10 010 1.10 no yes null ~", "call $45,230 or 5%", "😀😀",
}

// TestDraftsParse: whatever was written, the stubs make a folder that has no
// problem worse than what a maintainer still has to do.
func TestDraftsParse(t *testing.T) {
	c, find := load(t)
	in := Input{Since: at("2026-10-23"), Now: at("2026-11-22"), Corpus: c}
	for i, text := range hostile {
		in.Unanswered = append(in.Unanswered, bot.UnansweredQuestion{Text: bot.Redacted("zebra" + strings.Repeat("q", i) + " " + text), Nearest: text, Reason: text, Count: 1})
		in.Exchanges = append(in.Exchanges, bot.MentorQuestion{ID: text, Text: bot.Redacted(text), Answer: text + "\n" + text, Role: text, Topic: text})
	}
	drafts := made(t, in, find).Drafts()
	if len(drafts) < len(hostile) {
		t.Errorf("%d drafts of %d texts", len(drafts), 2*len(hostile))
	}
	alone, beside := fstest.MapFS{}, fstest.MapFS{}
	for name, f := range content {
		beside[name] = f
	}
	beside["sources.yaml"] = &fstest.MapFile{Data: []byte("- id: bank\n  title: Terms\n  publisher: Bank\n  url: https://bank.example/\n  as_of: 2026-01\n  retrieved: 2026-01-10\n")}
	for _, d := range drafts {
		if alone[d.Path] != nil {
			t.Errorf("two drafts are named %s", d.Path)
		}
		if !strings.Contains(d.Text, "NOT REVIEWED") || strings.Contains(d.Text[strings.Index(d.Text, "\n---\n")+5:], "zebra") {
			t.Errorf("%s:\n%s", d.Path, d.Text)
		}
		alone[d.Path] = &fstest.MapFile{Data: []byte(d.Text)}
		beside[d.Path] = alone[d.Path]
	}
	for what, folder := range map[string]fstest.MapFS{"alone": alone, "beside pages": beside} {
		got, problems := corpus.Check(folder)
		cited := map[string]bool{}
		for _, p := range problems {
			if p.Level == corpus.Fatal {
				t.Errorf("%s: %s\n%s", what, p, folder[p.File].Data)
			}
			cited[p.File] = cited[p.File] || p.Level == corpus.Error && p.Rule == "citation"
		}
		if got == nil {
			t.Fatalf("%s: it does not load", what)
		}
		if got := len(got.Overdue(in.Now.AddDate(0, 0, 1))); got < len(drafts) {
			t.Errorf("%s: %d of %d drafts are due for review", what, got, len(drafts))
		}
		for _, d := range drafts {
			if what != "alone" && !cited[d.Path] {
				t.Errorf("%s: %s passes careerbot check although nobody has reviewed it", what, d.Path)
			}
		}
	}
}

// TestMarkdownIsQuoted: people's words cannot end the code they stand in.
func TestMarkdownIsQuoted(t *testing.T) {
	c, find := load(t)
	in := Input{Since: at("2026-10-23"), Now: at("2026-11-22"), Corpus: c}
	for _, text := range hostile {
		in.Unanswered = append(in.Unanswered, bot.UnansweredQuestion{Text: bot.Redacted(text + " canary"), Reason: "unknown", Count: 1})
		in.Exchanges = append(in.Exchanges, bot.MentorQuestion{ID: "x", Text: bot.Redacted(text + " canary"), Answer: text + " canary"})
	}
	var b bytes.Buffer
	if err := made(t, in, find).WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	fenced := false
	for line := range strings.SplitSeq(b.String(), "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		outside := ""
		for i, part := range strings.Split(line, "`") {
			if i%2 == 0 {
				outside += part
			}
		}
		if !fenced && strings.Contains(outside, "canary") {
			t.Errorf("outside of code: %q", line)
		}
	}
}
