package main

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport is the import table: which packages of this module each may import.
// A package that is not listed here fails the test, so that every new one gets
// its place.
var mayImport = map[string][]string{
	"knowledge":               {},
	"knowledge/corpus":        {},
	"index":                   {"knowledge/corpus"},
	"bot/router/linear":       {},
	"bot/router":              {"bot/router/linear", "index", "knowledge/corpus"},
	"bot":                     {"bot/router", "index", "knowledge/corpus"},
	"bot/eval":                {"bot", "knowledge/corpus"},
	"bot/chart":               {"bot"},
	"bot/web":                 {"bot"},
	"bot/terminal":            {"bot"},
	"bot/slack":               {"bot"},
	"bot/discord":             {"bot"},
	"bot/store":               {"bot", "bot/router"},
	"bot/journal":             {"bot"},
	"bot/report":              {"bot", "knowledge/corpus"},
	"bot/metrics":             {"bot"},
	"bot/bottest/answers":     {"bot"},
	"bot/bottest/pgtest":      {},
	"bot/bottest/proxy":       {},
	"bot/bottest/storetest":   {"bot", "bot/router"},
	"bot/bottest/fakeslack":   {},
	"bot/bottest/fakediscord": {},
	"cmd/careerbot":           {"bot", "bot/chart", "bot/eval", "bot/web", "bot/terminal", "bot/slack", "bot/discord", "bot/store", "bot/journal", "bot/metrics", "knowledge", "knowledge/corpus"},
}

// oneTree lists modules that may be imported in one package tree only.
var oneTree = map[string]string{
	"github.com/blevesearch/bleve":  "index",
	"github.com/bwmarrin/discordgo": "bot/discord",
	"github.com/slack-go/slack":     "bot/slack",
	"github.com/yuin/goldmark":      "knowledge/corpus",
	"github.com/jackc/pgx":          "bot/store",
	"github.com/pressly/goose":      "bot/store",
	"modernc.org/sqlite":            "bot/store",
	"github.com/alecthomas/kong":    "cmd/careerbot",
	"github.com/prometheus":         "bot/metrics",
	"gonum.org/v1/plot":             "bot/chart",
	"codeberg.org/go-fonts":         "bot/chart",
}

// topLevel is all that a newcomer sees when opening the repository.
var topLevel = []string{"Dockerfile", "LICENSE", "README.md", "bot", "cmd", "go.mod", "go.sum", "index", "knowledge"}

type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
}

// list asks the go command about every package of the module.
func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Doc,Imports", "./...")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
	return pkgs
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestImportTable(t *testing.T) {
	for _, p := range list(t) {
		name := strings.TrimPrefix(p.ImportPath, "careerbot/")
		allowed, ok := mayImport[name]
		if !ok {
			t.Errorf("package %s has no place in the import table", name)
		}
		for _, imp := range p.Imports {
			if inner, ours := strings.CutPrefix(imp, "careerbot/"); ours {
				if !slices.Contains(allowed, inner) {
					t.Errorf("%s imports %s, which the table does not allow", name, inner)
				}
				continue
			}
			for module, tree := range oneTree {
				if strings.HasPrefix(imp, module) && name != tree && !strings.HasPrefix(name, tree+"/") {
					t.Errorf("%s imports %s, which belongs in %s only", name, imp, tree)
				}
			}
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range list(t) {
		if !strings.HasPrefix(p.Doc, "Package ") && !strings.HasPrefix(p.Doc, "Command ") {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestTopLevel(t *testing.T) {
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("SKIPPED: not a git checkout: %v", err)
	}
	for _, file := range strings.Fields(string(out)) {
		top, _, _ := strings.Cut(file, "/")
		if !strings.HasPrefix(top, ".") && !slices.Contains(topLevel, top) {
			t.Errorf("%s is not part of the top level", top)
		}
	}
}
