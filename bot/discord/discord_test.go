package discord

import (
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(closing{m}, goleak.IgnoreCurrent()) }

// closing closes what tests share before goroutines are counted.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	if made.Load() {
		realBot().Close()
	}
	return code
}

func TestSlashAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, setup{})
		w.ready()
		i := w.fake.Interact(ask("what does a phlebotomist earn?"))
		synctest.Wait()
		got := w.fake.RepliesTo(i.ID)
		if len(got) != 1 || !got[0].Ephemeral {
			t.Fatalf("replies %+v, want one, ephemeral", got)
		}
		q := w.asker.questions()
		if len(q) != 1 || q[0].Text != "what does a phlebotomist earn?" || q[0].Place.Workspace != i.Guild || q[0].Person != i.User {
			t.Errorf("asked %+v", q)
		}
	})
}
