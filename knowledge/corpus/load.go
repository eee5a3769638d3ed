package corpus

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits that keep a hostile or mistaken folder from holding up a load.
const (
	maxFileBytes = 1 << 20
	maxFiles     = 20_000
)

// OpenDir loads the folder at dir. Files are opened through [os.Root], so a link
// that leaves the folder is a problem and is not followed.
func OpenDir(dir string) (*Corpus, []Problem, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the knowledge folder %q: %w", dir, err)
	}
	defer root.Close()
	c, problems := Load(root.FS())
	return c, problems, nil
}

// Load reads a knowledge folder. The corpus is nil when a problem is [Fatal].
func Load(fsys fs.FS) (*Corpus, []Problem) { return load(fsys).finish() }

func load(fsys fs.FS) *loader {
	l := &loader{fsys: fsys, hash: sha256.New(), c: &Corpus{
		pages: map[string]*Page{}, passages: map[string]*Passage{},
		topics: map[string]*Topic{}, sources: map[string]*Source{},
	}}
	l.readData()
	l.readPages()
	l.readTests()
	l.resolve()
	l.linkComparisons()
	l.linkCosts()
	l.resolveRules()
	l.resolveMatch()
	l.resolveRoutes()
	l.check()
	return l
}

// finish returns what a load gives its caller.
func (l *loader) finish() (*Corpus, []Problem) {
	problems := l.sorted()
	if Worst(problems) == Fatal {
		return nil, problems
	}
	l.c.Hash = hex.EncodeToString(l.hash.Sum(nil))[:16]
	return l.c, problems
}

type loader struct {
	report
	fsys  fs.FS
	hash  hash.Hash
	c     *Corpus
	files int
}

// list returns the names of the regular files of a folder that end in ext,
// sorted. What is neither a file nor a folder is a problem.
func (l *loader) list(dir, ext string) []string {
	entries, err := fs.ReadDir(l.fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		l.fatal(dir, 0, "unreadable", "the folder cannot be read: %v", reason(err))
		return nil
	}
	var names []string
	lower := map[string]string{}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		// Dot-names include the ..data links of Kubernetes mounts, which would
		// make every file count twice.
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if l.files++; l.files > maxFiles {
			l.fatal(dir, 0, "size", "more than %d files; is this the right folder?", maxFiles)
			return nil
		}
		if !strings.HasSuffix(e.Name(), ext) {
			if dir != "." {
				l.add(Warning, name, 0, "path", "is not a %s file and is ignored", ext)
			}
			continue
		}
		if other, clash := lower[strings.ToLower(e.Name())]; clash {
			l.fatal(name, 0, "duplicate", "differs from %s only in capitals; some computers cannot hold both, rename one", other)
			continue
		}
		lower[strings.ToLower(e.Name())] = e.Name()
		names = append(names, name)
	}
	return names
}

// read returns a file's text, or false after reporting why not. The bytes enter
// the content hash when hashed is true.
func (l *loader) read(name string, hashed bool) (string, bool) {
	info, err := fs.Stat(l.fsys, name)
	if err != nil {
		if strings.Contains(err.Error(), "escapes") {
			l.fatal(name, 0, "path", "is a link that leads out of the folder; put the file itself here")
		} else {
			l.fatal(name, 0, "unreadable", "cannot be read: %v", reason(err))
		}
		return "", false
	}
	switch {
	case info.IsDir():
		l.fatal(name, 0, "path", "is a folder where a file belongs")
		return "", false
	case !info.Mode().IsRegular():
		l.fatal(name, 0, "path", "is not a plain file (%s); remove it", info.Mode().Type())
		return "", false
	case info.Size() > maxFileBytes:
		l.fatal(name, 0, "size", "is larger than 1 MiB; split it")
		return "", false
	}
	f, err := l.fsys.Open(name)
	if err != nil {
		l.fatal(name, 0, "unreadable", "cannot be read: %v", reason(err))
		return "", false
	}
	defer f.Close()
	// The file may have grown since Stat.
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		l.fatal(name, 0, "unreadable", "cannot be read: %v", reason(err))
		return "", false
	}
	if len(data) > maxFileBytes {
		l.fatal(name, 0, "size", "is larger than 1 MiB; split it")
		return "", false
	}
	if hashed {
		fmt.Fprintf(l.hash, "%s\x00%d\x00", name, len(data))
		l.hash.Write(data)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	ok := true
	for i, line := range strings.Split(text, "\n") {
		if !utf8.ValidString(line) {
			l.fatal(name, i+1, "utf8", "is not valid UTF-8 here; save the file as UTF-8")
			return "", false
		}
		if j := strings.IndexFunc(line, isForbidden); j >= 0 {
			r, _ := utf8.DecodeRuneInString(line[j:])
			l.fatal(name, i+1, "hidden-character", "holds the invisible character %U; delete it and type the text anew", r)
			ok = false
		}
	}
	return text, ok
}

// reason drops the path from a file error: the problem names the file already.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// isHidden reports characters that a reader cannot see and that can reorder or
// disguise text: bidirectional controls, zero-width characters, tags.
func isHidden(r rune) bool {
	switch {
	case r == '\u00ad', r == '\u034f', r == '\u061c', r == '\u180e', r == '\ufeff',
		r >= '\u200b' && r <= '\u200f', r >= '\u202a' && r <= '\u202e',
		r >= '\u2060' && r <= '\u206f', r >= '\ufff9' && r <= '\ufffb',
		r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}

func isForbidden(r rune) bool {
	return r != '\t' && unicode.IsControl(r) || isHidden(r) || r == '\u2028' || r == '\u2029'
}

// known are the top-level names that may stand in the folder.
var known = map[string]bool{
	"README.md": true, "topics.yaml": true, "glossary.yaml": true, "sources.yaml": true,
	"ladder.yaml": true, "boundaries.yaml": true, "router.yaml": true, comparisonsFile: true, statesFile: true, payFile: true, matchFile: true, wordsFile: true,
	"roles": true, "certifications": true, "skills": true, "pitfalls": true, "guides": true, "tests": true,
	// Where the folder is a checkout of careerbot itself.
	"corpus": true, "testdata": true, "embed.go": true, "embed_test.go": true, "coverage_test.go": true,
}

// readData reads the YAML files at the top and reports stray files.
func (l *loader) readData() {
	entries, err := fs.ReadDir(l.fsys, ".")
	if err != nil {
		l.fatal(".", 0, "unreadable", "the knowledge folder cannot be read: %v", reason(err))
		return
	}
	present := map[string]bool{}
	for _, e := range entries {
		present[e.Name()] = true
		switch {
		case known[e.Name()], strings.HasPrefix(e.Name(), "."):
		case strings.HasSuffix(e.Name(), ".md"):
			l.fatal(e.Name(), 0, "path", "a page belongs in one of the folders roles, certifications, skills, pitfalls or guides; move it")
		default:
			l.add(Warning, e.Name(), 0, "path", "is not part of a knowledge folder and is ignored%s", didYouMean(e.Name(), known))
		}
	}
	for _, d := range []struct {
		name  string
		parse func(*yamlFile, string)
	}{
		{"sources.yaml", l.parseSources},
		{"topics.yaml", l.parseTopics},
		{"glossary.yaml", l.parseGlossary},
		{"ladder.yaml", l.parseLadder},
		{"boundaries.yaml", l.parseBoundaries},
		{"router.yaml", l.parseRouter},
		{comparisonsFile, l.parseComparisons},
		{statesFile, l.parseStates},
		{payFile, l.parsePay},
		{matchFile, l.parseMatch},
	} {
		if !present[d.name] {
			continue
		}
		if text, ok := l.read(d.name, true); ok {
			d.parse(&yamlFile{name: d.name, report: &l.report}, text)
		}
	}
}

var slugPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$`)

func (l *loader) readPages() {
	for _, kind := range Kinds {
		for _, name := range l.list(kind.Folder(), ".md") {
			slug := strings.TrimSuffix(path.Base(name), ".md")
			if slug == "README" {
				continue
			}
			text, ok := l.read(name, true)
			if !slugPattern.MatchString(slug) {
				l.fatal(name, 0, "slug", "the file name is the page's slug: letters, digits, '-' and '_' only, at most 80")
				continue
			}
			if !ok {
				continue
			}
			if p := l.parsePage(kind, slug, name, text); p != nil {
				l.c.Pages = append(l.c.Pages, p)
				l.c.pages[p.ID] = p
			}
		}
	}
	slices.SortFunc(l.c.Pages, func(a, b *Page) int { return cmp.Compare(a.ID, b.ID) })
}

func (l *loader) readTests() {
	for _, name := range l.list("tests", ".yaml") {
		if text, ok := l.read(name, false); ok {
			l.parseTests(&yamlFile{name: name, report: &l.report}, text)
		}
	}
}
