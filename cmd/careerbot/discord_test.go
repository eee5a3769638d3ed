package main

import (
	"errors"
	"testing"

	"careerbot/bot"
)

func TestParseShards(t *testing.T) {
	for text, want := range map[string][3]int{"": {}, "0-3/16": {0, 3, 16}, "2/16": {2, 2, 16}, "0/1": {0, 0, 1}} {
		first, last, count, err := parseShards(text)
		if got := [3]int{first, last, count}; got != want || err != nil {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"x", "1", "1-2", "3-1/4", "0-4/4", "-1/4", "0-1/", "0-1/4/4", "a-b/c"} {
		if _, _, _, err := parseShards(text); !errors.Is(err, bot.ErrSettings) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
