package corpus

import (
	"strings"
	"testing"
	"testing/fstest"
)

func tables(t *testing.T, fsys fstest.MapFS) (coverage, grades string) {
	t.Helper()
	c, problems := Load(fsys)
	if c == nil {
		t.Fatal(problems)
	}
	var a, b strings.Builder
	if err := c.WriteCoverage(&a); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteGrades(&b); err != nil {
		t.Fatal(err)
	}
	return a.String(), b.String()
}

func TestTables(t *testing.T) {
	coverage, grades := tables(t, fstest.MapFS{
		"topics.yaml": {Data: []byte("- {topic: overview, title: In short}\n- {topic: pay, title: Pay}\n- {topic: path, title: Path}\n- {topic: pathways, title: Ways}\n")},
		"roles/aide.md": {Data: []byte("---\ntitle: Aide\nasks:\n  overview: [what is it, who is it]\n---\n" +
			"## Aide {#overview}\nAn aide helps.\n## Pay {#pay}\nLow.\n## Pay by town {#pay.town}\nIt varies considerably everywhere.\n")},
		"guides/a.md": {Data: []byte(page)},
	})
	want := `kind            pages  sections   facts  questions
role                1         3       0          2
certification       0         0       0          0
skill               0         0       0          0
pitfall             0         0       0          0
guide               1         1       0          1
all                 2         4       0          3

0 glossary terms, 0 ladder steps, 0 false beliefs, 0 sources, 0 golden questions

sections                       ove pay path pathw topics
aide                             1   2    .     .      2

ove In short, pay Pay, path Path, pathw Ways
`
	if coverage != want {
		t.Errorf("coverage\ngot:\n%s\nwant:\n%s", coverage, want)
	}
	lines := strings.Split(strings.TrimSpace(grades), "\n")
	if len(lines) != 5 || !strings.HasSuffix(lines[0], "roles/aide.md:10: Pay by town") || !strings.HasPrefix(lines[4], "4 sections: median grade ") {
		t.Errorf("grades: got\n%s", grades)
	}
}

func TestTablesOfASmallFolder(t *testing.T) {
	coverage, _ := tables(t, fstest.MapFS{"guides/a.md": {Data: []byte(page)}})
	if strings.Contains(coverage, "topics") || !strings.Contains(coverage, "guide               1") {
		t.Errorf("coverage: got\n%s", coverage)
	}
}
