package corpus

import (
	"fmt"
	"io/fs"
	"os"
)

// Check loads a folder as [Load] does and also applies the rules that cost too
// much for every start: reading grades, spelling, figures written twice.
func Check(fsys fs.FS) (*Corpus, []Problem) {
	l := load(fsys)
	l.checkGrades()
	l.checkTwice()
	l.checkSpelling()
	return l.finish()
}

// CheckDir is [Check] for the folder at dir, opened as [OpenDir] does.
func CheckDir(dir string) (*Corpus, []Problem, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the knowledge folder %q: %w", dir, err)
	}
	defer root.Close()
	c, problems := Check(root.FS())
	return c, problems, nil
}

// checkGrades reports sections that are too hard to read.
func (l *loader) checkGrades() {
	syllables := remembering(countSyllables)
	for ps := range l.c.Passages() {
		if g := ps.grade(syllables); g > maxGrade {
			l.add(Error, ps.Page.File, ps.Line, "grade", "the section %q reads at grade %.1f, above %d; use shorter sentences and plainer words", ps.Title, g, maxGrade)
		}
	}
}
