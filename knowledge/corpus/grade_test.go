package corpus

import (
	"math"
	"strings"
	"testing"
)

func TestCountSyllables(t *testing.T) {
	for n, words := range []string{
		1: "draw through you they year school fire paid worked called makes clothes while fee",
		2: "blood-draw nurses safety something statement table tables handled people quiet going lawyer nurse's every careful samples paper science paying beyond",
		3: "resident's hospital technician medical resident every-day video radio area carefully everyone studying earlier annual requirement microscope idea",
		4: "phlebotomist january experience technologist society information certificate biology educator",
		5: "certification laboratory respiratory university abbreviations qualification",
		6: "microbiology veterinarian responsibility",
	} {
		for word := range strings.FieldsSeq(words) {
			if got := countSyllables(word); got != n {
				t.Errorf("%s: got %d syllables, want %d", word, got, n)
			}
		}
	}
}

func TestSplitSentences(t *testing.T) {
	for _, tc := range []struct {
		line string
		want int
	}{
		{"One. Two! Three? Four", 4},
		{"It costs $1.50 a day.", 1},
		{"Ask Dr. Lee or St. Mary, e.g. at 9 a.m. or so.", 1},
		{"He works in the U.S. He likes it.", 1}, // a known miss: an abbreviation that ends a sentence
		{`He said "stop." Then he left.`, 2},
		{"(Ask first.) Then go.", 2},
	} {
		if got := splitSentences(tc.line); len(got) != tc.want {
			t.Errorf("%q: got %d sentences %q, want %d", tc.line, len(got), got, tc.want)
		}
	}
}

func TestGrade(t *testing.T) {
	paragraph := func(s string) Block { return Block{Kind: Paragraph, Spans: []Span{{Text: s}}} }
	list := func(items ...string) Block {
		b := Block{Kind: Bullets}
		for _, s := range items {
			b.Items = append(b.Items, []Span{{Text: s}})
		}
		return b
	}
	for _, tc := range []struct {
		name   string
		blocks []Block
		want   float64
	}{
		// 8 words, 1 sentence, 11 syllables.
		{"one sentence", []Block{paragraph("The phlebotomist draws blood from a small vein.")}, 0.39*8 + 11.8*11/8 - 15.59},
		{"a colon before a list ends a sentence, and so does an item", []Block{paragraph("You need two things:"), list("time", "a pen")}, 0.39*7/3 + 11.8*7/7 - 15.59},
		{"figures and abbreviations lengthen the sentence only", []Block{paragraph("The NHA asks for 30 draws and $129.")}, 0.39*8 + 11.8*5/5 - 15.59},
		{"nothing to read", []Block{paragraph("CPT, 2026")}, 0},
		{"no text", nil, 0},
	} {
		if got := (&Passage{Blocks: tc.blocks}).Grade(); math.Abs(got-tc.want) > 1e-9 {
			t.Errorf("%s: got grade %.2f, want %.2f", tc.name, got, tc.want)
		}
	}
}
