// Package bot is the core of careerbot: a [Question] goes in, an [Answer] comes
// out.
//
// The central type is [Bot]. It cleans the text, keeps what a conversation has in
// play, asks package router what is meant and composes the reply from the
// corpus. It is pure: no network, disk, SQL, chat SDK or wall clock; the clock
// and the conversations' memory are passed in. With the same content hash, the
// same conversation and the same question the answer is the same, byte for byte.
//
// Adapters (discord, slack, web, terminal) decode a platform's messages into
// questions and render answers; they import this package and their SDK only.
//
// What must outlive a message is asked of small ports ([Conversations], [Claims],
// [Inbox], [Usage], [FeedbackBook] and others), which package store implements. Over
// them work the desks that adapters share: [PreferenceBook], [FeedbackDesk],
// [MentorDesk], [Popular]. Pictures are data ([Picture]); a [Drawer] draws them.
package bot

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"careerbot/bot/router"
	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// Decisions a caller makes by [errors.Is].
var (
	// ErrChoice: a button's value is damaged or of another version.
	ErrChoice = errors.New("not a choice of this bot")
	// ErrSettings: a setting is missing or malformed; the message names it and
	// says what it should look like.
	ErrSettings = errors.New("settings")
)

// An Adapter connects the bot to a platform.
type Adapter interface {
	// Name is the platform's name in logs and reports: "slack".
	Name() string
	// Run serves until ctx ends, then finishes what is under way and returns
	// nil. It returns an error only when trying again cannot help; an error
	// wrapping ErrSettings tells the operator what to change.
	Run(ctx context.Context) error
	// Ready returns nil while questions reach the bot, or why they do not.
	Ready() error
}

// Conversations remembers what each conversation has in play.
//
// Load returns the zero Context for a conversation that is unknown or has been
// silent too long. Errors cost the conversation its memory, never its answer.
type Conversations interface {
	Load(ctx context.Context, key string) (router.Context, error)
	Save(ctx context.Context, key string, c router.Context) error
}

// A Snapshot is a corpus made ready to answer from. It is immutable.
type Snapshot struct {
	Corpus *corpus.Corpus
	index  *index.Index
	router *router.Router
	refs   atomic.Int64
}

// NewSnapshot indexes a corpus and trains its router: some hundred milliseconds.
func NewSnapshot(c *corpus.Corpus) (*Snapshot, error) {
	ix, err := index.Build(c)
	if err != nil {
		return nil, err
	}
	r, err := router.New(c, ix)
	if err != nil {
		ix.Close()
		return nil, err
	}
	s := &Snapshot{Corpus: c, index: ix, router: r}
	s.refs.Store(1)
	return s, nil
}

// acquire takes a reference, unless the snapshot is already closed.
func (s *Snapshot) acquire() bool {
	for {
		n := s.refs.Load()
		if n == 0 {
			return false
		}
		if s.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release drops a reference; the last one closes the index.
func (s *Snapshot) release() {
	if s.refs.Add(-1) == 0 {
		s.index.Close()
	}
}

// Options of a [Bot]. Every field has a usable zero value.
type Options struct {
	Conversations Conversations    // default: none, every question stands alone
	Now           func() time.Time // for review dates; default: never overdue
	Log           *slog.Logger     // default: discard
	History       bool             // a [Store] keeps what outlives the process; default: nothing does
}

// A Bot answers questions from its current snapshot. It is safe for concurrent use.
type Bot struct {
	snap atomic.Pointer[Snapshot]
	opt  Options
}

// New returns a bot that answers from the snapshot and owns it.
func New(s *Snapshot, opt Options) *Bot {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	b := &Bot{opt: opt}
	b.snap.Store(s)
	return b
}

// Swap makes the bot answer from another snapshot. Questions under way finish on
// the old one, which is closed after the last of them.
func (b *Bot) Swap(s *Snapshot) {
	if old := b.snap.Swap(s); old != nil {
		old.release()
	}
}

// Close releases the snapshot. The bot must not be asked afterwards.
func (b *Bot) Close() { b.snap.Load().release() }

// snapshot returns the current snapshot with a reference to release.
func (b *Bot) snapshot() *Snapshot {
	for {
		if s := b.snap.Load(); s.acquire() {
			return s
		}
	}
}

// Holds reports whether the content has a passage of that id.
func (b *Bot) Holds(passage string) bool {
	s := b.snapshot()
	defer s.release()
	return s.Corpus.Passage(passage) != nil
}

// Knowledge returns the content hash the bot answers from.
func (b *Bot) Knowledge() string { return b.snap.Load().Corpus.Hash }
