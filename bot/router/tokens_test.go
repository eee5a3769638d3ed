package router

import (
	"slices"
	"strings"
	"testing"
)

// TestTokenizePlain: plain text and the same text beside a letter of another
// alphabet give the same tokens.
func TestTokenizePlain(t *testing.T) {
	for _, s := range []string{
		"", "what's an MLT?", "m.l.t. pay", "R.T", "a.b.c", "U.S. jobs", "it's o'clock'", "'quoted' words", "x-ray/CT", "1,000.50 $", "A", "I am", "e.g. this", "9.5 hours", "don`t", "a.", "b.c",
		strings.Repeat("a.", 50), "ends in m.l.t", "M.L.T.s", "Mr.T",
	} {
		want := tokenize(s + " é")
		want = want[:len(want)-1]
		if got := tokenize(s); !slices.Equal(got, want) && len(s) < maxDotted {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	}
}

func FuzzTokenize(f *testing.F) {
	f.Add("what's an M.L.T. make in the U.S.?")
	f.Fuzz(func(t *testing.T, s string) {
		if !ascii(s) || len(s) > maxDotted-2 {
			return
		}
		want := tokenize(s + " é")
		want = want[:len(want)-1]
		if got := tokenize(s); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	})
}
