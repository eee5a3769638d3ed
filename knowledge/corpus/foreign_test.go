package corpus

import (
	"os"
	"testing"
	"testing/fstest"
)

func TestForeign(t *testing.T) {
	c, problems := Load(fstest.MapFS{"guides/a.md": {Data: []byte(page)}})
	if c == nil {
		t.Fatal(problems)
	}
	for _, tc := range []struct {
		name, text string
		want       int
	}{
		{"twelve words, other marks", "He wrote: Enough words to be a section – on a phone, SO that nothing else.", 1},
		{"eleven words", "Enough words to be a section on a phone, so that all is well.", 0},
		{"nothing", "", 0},
	} {
		got, err := c.Foreign(fstest.MapFS{"facts/x.md": {Data: []byte(tc.text)}})
		if err != nil || len(got) != tc.want {
			t.Errorf("%s: got %v, %v, want %d problems", tc.name, got, err, tc.want)
		}
	}
	if _, err := c.Foreign(os.DirFS("testdata/nowhere")); err == nil {
		t.Error("a folder that cannot be read: got no error")
	}
}
