package corpus

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the wanted output in testdata")

// TestProblems checks every folder under testdata/problems and compares what is
// reported. The files are named for the mistake they hold.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/problems/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			fsys, want := fstest.MapFS{}, -1
			for i, f := range ar.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				fsys[f.Name] = &fstest.MapFile{Data: f.Data}
			}
			c, problems := Check(fsys)
			var b strings.Builder
			for _, p := range problems {
				b.WriteString(level(p.Level) + " " + p.String() + "\n")
			}
			if (c == nil) != (Worst(problems) == Fatal) {
				t.Errorf("corpus is nil: %v, but the worst problem is %s", c == nil, level(Worst(problems)))
			}
			if *update {
				ar.Files[want].Data = []byte(b.String())
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got, want := b.String(), string(ar.Files[want].Data); got != want {
				t.Errorf("%s\ngot:\n%swant:\n%s", ar.Comment, got, want)
			}
		})
	}
}

func level(l Level) string { return [...]string{"warning", "error", "fatal"}[l] }

// page is a sound page to put beside a broken one.
const page = "---\ntitle: A\nasks:\n  overview: [what is a]\n---\n## A {#overview}\nEnough words to be a section on a phone, so that nothing but the case itself is reported here by the loader, really and truly.\n"

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestOpenDirHostile holds what only a real folder can: links, pipes, sizes, bytes.
func TestOpenDirHostile(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.md")
	if err := os.WriteFile(outside, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, want string
		make       func(t *testing.T, dir string)
	}{
		{"a link that escapes", "path", func(t *testing.T, dir string) {
			if err := os.Symlink(outside, filepath.Join(dir, "guides", "b.md")); err != nil {
				t.Fatal(err)
			}
		}},
		{"a relative link that escapes", "path", func(t *testing.T, dir string) {
			if err := os.Symlink("../../"+filepath.Base(filepath.Dir(outside))+"/secret.md", filepath.Join(dir, "guides", "b.md")); err != nil {
				t.Fatal(err)
			}
		}},
		{"a link loop", "unreadable", func(t *testing.T, dir string) {
			if err := os.Symlink("b.md", filepath.Join(dir, "guides", "b.md")); err != nil {
				t.Fatal(err)
			}
		}},
		{"a pipe", "path", func(t *testing.T, dir string) {
			if err := syscall.Mkfifo(filepath.Join(dir, "guides", "b.md"), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"a folder named like a page", "path", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "guides", "b.md"), 0o755); err != nil {
				t.Fatal(err)
			}
		}},
		{"a file over 1 MiB", "size", func(t *testing.T, dir string) {
			write(t, dir, "guides/b.md", []byte(page+strings.Repeat("x", 1<<20)))
		}},
		{"invalid UTF-8", "utf8", func(t *testing.T, dir string) {
			write(t, dir, "guides/b.md", []byte(page+"\xff\xfe\n"))
		}},
		{"a NUL byte", "hidden-character", func(t *testing.T, dir string) {
			write(t, dir, "guides/b.md", []byte(page+"a\x00b\n"))
		}},
		{"ten thousand nested quotes", "markdown", func(t *testing.T, dir string) {
			write(t, dir, "guides/b.md", []byte("---\ntitle: B\n---\n## B {#overview}\n"+strings.Repeat(">", 10_000)+"x\n"))
		}},
		{"deep YAML", "yaml", func(t *testing.T, dir string) {
			write(t, dir, "topics.yaml", []byte(strings.Repeat("[", 20_000)))
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "guides/a.md", []byte(page))
			tc.make(t, dir)
			done := make(chan []Problem, 1)
			go func() {
				_, problems, err := OpenDir(dir)
				if err != nil {
					t.Error(err)
				}
				done <- problems
			}()
			select {
			case problems := <-done:
				found := false
				for _, p := range problems {
					found = found || p.Rule == tc.want && p.Level == Fatal
				}
				if !found {
					t.Errorf("got %v, want a fatal problem of rule %q", problems, tc.want)
				}
			case <-time.After(time.Minute):
				t.Fatal("loading hangs")
			}
		})
	}
}

// TestOpenDirKubernetes reads a folder the way a cluster mounts it: every name a
// link into ..data, itself a link to a dated folder.
func TestOpenDirKubernetes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "guides/..2026_11_22/a.md", []byte(page))
	for link, to := range map[string]string{"..data": "..2026_11_22", "a.md": "..data/a.md"} {
		if err := os.Symlink(to, filepath.Join(dir, "guides", link)); err != nil {
			t.Fatal(err)
		}
	}
	c, problems, err := OpenDir(dir)
	if err != nil || c == nil {
		t.Fatalf("got %v, %v", problems, err)
	}
	if len(c.Pages) != 1 {
		t.Errorf("got %d pages, want 1", len(c.Pages))
	}
}

// TestHash: the same bytes give the same hash, other bytes another; golden
// questions and the maintainers' README do not change an answer.
func TestHash(t *testing.T) {
	base := fstest.MapFS{"guides/a.md": {Data: []byte(page)}}
	hash := func(fsys fstest.MapFS) string {
		c, problems := Load(fsys)
		if c == nil {
			t.Fatal(problems)
		}
		return c.Hash
	}
	want := hash(base)
	if got := hash(fstest.MapFS{"guides/a.md": {Data: []byte(page)}, "README.md": {Data: []byte("x")}, "tests/a.yaml": {Data: []byte("- ask: x\n")}}); got != want {
		t.Errorf("hash changed with files that no answer depends on")
	}
	for name, fsys := range map[string]fstest.MapFS{
		"text":    {"guides/a.md": {Data: []byte(page + "\nMore.\n")}},
		"name":    {"guides/b.md": {Data: []byte(page)}},
		"another": {"guides/a.md": {Data: []byte(page)}, "glossary.yaml": {Data: []byte("- {term: x, meaning: y}\n")}},
	} {
		if hash(fsys) == want {
			t.Errorf("%s: hash did not change", name)
		}
	}
	if len(want) != 16 {
		t.Errorf("hash %q has %d digits, want 16", want, len(want))
	}
}

// TestPassage follows figures, citations and styles from the page to the passage.
func TestPassage(t *testing.T) {
	c, problems := Load(fstest.MapFS{
		"sources.yaml": {Data: []byte("- {id: bls, publisher: BLS, title: Wage table, url: 'https://www.bls.gov/', as_of: 2025-05}\n- {id: own, title: Our advice, as_of: undated, tier: advice}\n")},
		"roles/phlebotomist.md": {Data: []byte(`---
title: Phlebotomist
owner: lab
reviewed: 2026-11-22
review_by: 2027-11-22
facts:
  pay-median: {label: Median pay, value: 45230, unit: usd/year, as_of: 2025-05, source: bls, covers: everyone}
  hours: {label: Course, value: [120, 170], unit: hours, as_of: undated, source: own, confidence: unverified}
asks:
  pay: [what is the pay]
---
## Pay {#pay}
Half earn more than **{{pay-median}}** ({{pay-median.as_of}}).[^bls] A course takes {{hours}}; see the
[table](https://www.bls.gov/oes/) &amp; ask\.[^own]

1. First *this*.
2. Then that.
`)},
	})
	if c == nil {
		t.Fatal(problems)
	}
	ps := c.Passage("roles/phlebotomist#pay")
	want := "Half earn more than $45,230 a year (May 2025). A course takes 120 to 170 hours; see the table & ask.\nFirst this.\nThen that."
	if got := ps.Text(); got != want {
		t.Errorf("text\ngot  %q\nwant %q", got, want)
	}
	if got := ps.Blocks[0].Spans[1]; got.Text != "$45,230 a year" || !got.Bold {
		t.Errorf("second span: got %+v", got)
	}
	if ps.Blocks[1].Kind != Steps || len(ps.Blocks[1].Items) != 2 {
		t.Errorf("list: got %+v", ps.Blocks[1])
	}
	if len(ps.Facts) != 2 || ps.Facts[0].Caveat() != "covers everyone" || ps.Facts[1].Caveat() != "not confirmed" || ps.Facts[1].Dated() != "undated" {
		t.Errorf("facts: got %+v", ps.Facts)
	}
	if len(ps.Sources) != 2 || ps.Sources[0].Label() != "Wage table, May 2025" || ps.Sources[1].Label() != "Our advice" {
		t.Errorf("sources: got %+v", ps.Sources)
	}
}

func TestOverdue(t *testing.T) {
	c := &Corpus{Pages: []*Page{{File: "a", ReviewBy: Date{2026, 11, 22}}, {File: "b", ReviewBy: Date{2026, 11, 0}}, {File: "c"}}}
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 12, 0, 0, 0, time.UTC) }
	for _, tc := range []struct {
		now  time.Time
		want int
	}{{day(11, 22), 0}, {day(11, 23), 1}, {day(12, 1), 2}} {
		if got := len(c.Overdue(tc.now)); got != tc.want {
			t.Errorf("%v: got %d overdue, want %d", tc.now, got, tc.want)
		}
	}
}

func TestFormatValue(t *testing.T) {
	for _, tc := range []struct {
		low, high float64
		unit      string
		want      string
	}{
		{45230, 45230, "usd/year", "$45,230 a year"},
		{21.97, 21.97, "usd/hour", "$21.97 an hour"},
		{85, 125, "usd", "$85 to $125"},
		{5.6, 5.6, "percent", "5.6%"},
		{120, 170, "hours", "120 to 170 hours"},
		{1, 1, "years", "1 year"},
		{18400, 18400, "openings a year", "18,400 openings a year"},
		{1, 1, "openings a year", "1 opening a year"},
		{-0.5, -0.5, "percent", "-0.5%"},
		{1234567, 1234567, "jobs", "1,234,567 jobs"},
	} {
		if got := formatValue(tc.low, tc.high, tc.unit); got != tc.want {
			t.Errorf("%v %v %s: got %q, want %q", tc.low, tc.high, tc.unit, got, tc.want)
		}
	}
}

// FuzzLoad: whatever a page and a data file hold, loading ends and reports
// well-formed problems.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/problems/*.txtar")
	for _, file := range files {
		ar, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, x := range ar.Files {
			f.Add(x.Data, x.Data)
		}
	}
	f.Fuzz(func(t *testing.T, md, data []byte) {
		fsys := fstest.MapFS{"guides/a.md": {Data: md}, "roles/b.md": {Data: []byte(page)}}
		for _, name := range []string{"topics.yaml", "glossary.yaml", "sources.yaml", "ladder.yaml", "boundaries.yaml", "tests/a.yaml"} {
			fsys[name] = &fstest.MapFile{Data: data}
		}
		_, problems := Load(fsys)
		for _, p := range problems {
			if strings.ContainsAny(p.String(), "\n\x00") || p.Rule == "" {
				t.Errorf("malformed problem %q", p)
			}
		}
	})
}
