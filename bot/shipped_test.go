package bot

import (
	"strings"
	"sync"
	"testing"

	"careerbot/knowledge"
	"careerbot/knowledge/corpus"
)

// shipped is a bot on the content of the binary, made once for all tests.
var shipped = sync.OnceValues(func() (*Snapshot, error) {
	opened = true
	c, _ := corpus.Load(knowledge.FS)
	return NewSnapshot(c)
})

var opened bool // shipped was made

// closing runs the tests and then closes what they share.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	if !opened {
		return code
	}
	if s, err := shipped(); err == nil {
		s.release()
	}
	return code
}

func shippedBot(t testing.TB) *Bot {
	t.Helper()
	s, err := shipped()
	if err != nil {
		t.Fatal(err)
	}
	if !s.acquire() { // the bot gives one reference back
		t.Fatal("the snapshot is closed")
	}
	b := New(s, Options{Conversations: NewMemoryConversations(newClock().Now)})
	t.Cleanup(b.Close)
	return b
}

// talk asks the turns in one conversation and returns the last answer.
func talk(t testing.TB, b *Bot, turns ...string) Answer {
	t.Helper()
	var a Answer
	for _, turn := range turns {
		a = b.Answer(t.Context(), Question{Text: turn, Place: Place{Platform: "test", Channel: t.Name() + turns[0]}, Person: "p"})
	}
	return a
}

// links returns the addresses an answer's body leads to.
func links(a Answer) string {
	var all []string
	for _, bl := range a.Blocks {
		for _, s := range bl.Spans {
			all = append(all, s.Link)
		}
	}
	return strings.Join(all, " ")
}
