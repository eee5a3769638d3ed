package corpus

import (
	"slices"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"The phlebotomist’s tube.", "the phlebotomist tube"},
		{"Long-term on-the-job care", "long term on the job care"},
		{"MLT(ASCP), CPhT, O*NET, 503B, 7am", ""},
		{"and/or don't; a patients' \"list\"", "and or don't patients list"},
		{"¿Señor?", ""},
	} {
		if got := strings.Join(slices.Collect(words(tc.text)), " "); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestIsKnown(t *testing.T) {
	known := map[string]bool{"draw": true, "nurse": true, "study": true, "clear": true, "glass": true}
	for word, want := range map[string]bool{
		"draw": true, "draws": true, "drawing": true, "drawn": false, "nurses": true, "nursing": true, "nursed": true,
		"studies": true, "studied": true, "clearly": true, "glasses": true, "drwa": false, "s": false,
	} {
		if got := isKnown(known, word); got != want {
			t.Errorf("%s: got %v, want %v", word, got, want)
		}
	}
}
