package corpus

import (
	"fmt"
	"io/fs"
	"strings"
	"unicode"
)

// runLength is how many words in a row may not stand in a foreign text.
const runLength = 12

// Foreign reports texts of the folder that share twelve words in a row with a
// file of fsys, the reference material that our sentences must not be taken from.
func (c *Corpus) Foreign(fsys fs.FS) ([]Problem, error) {
	runs := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		for _, run := range wordRuns(string(data)) {
			runs[run] = path
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the reference material: %w", err)
	}
	var r report
	for pc := range c.pieces() {
		for _, run := range wordRuns(pc.text) {
			if path, found := runs[run]; found {
				r.add(Error, pc.file, pc.line, "foreign", "%q also stands in %s; write a sentence of your own", run, path)
				break
			}
		}
	}
	return r.sorted(), nil
}

// wordRuns returns every run of twelve words, in small letters, without
// punctuation.
func wordRuns(text string) []string {
	w := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
	var out []string
	for i := 0; i+runLength <= len(w); i++ {
		out = append(out, strings.Join(w[i:i+runLength], " "))
	}
	return out
}
