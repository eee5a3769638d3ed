package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of what is handed to mentors, beside [MaxOpenQuestions].
const (
	// MaxPersonNotices is how many questions of a person go to mentors in an hour.
	MaxPersonNotices = 5
	// MaxWorkspaceNotices is how many questions of a workspace do.
	MaxWorkspaceNotices = 20
)

// keptFromMentors are the reasons of declines that never go to mentors: somebody
// else has to help, and sooner than in seven days, or nobody should.
var keptFromMentors = []string{"emergency", "medical-advice", "legal-advice", "exam-content", "abuse"}

// A MentorDesk is the human loop above its ports: a question that the bot cannot
// answer goes to the mentors of the workspace, one of them claims and answers it,
// and the asker is told.
//
// The adapter shows things: [MentorNotice] in the mentors' channel once [MentorDesk.Ask]
// has said that the question is new, a form to whoever claimed it, and what
// [MentorDesk.Deliver] hands it to the asker. What people are told is in notice.go.
//
// Text of [MentorQuestion.Text] and [MentorQuestion.Answer] was written by
// people. An adapter shows it without markup, mentions or previews of links, and
// never as the bot's own word: the answer is a mentor's, not reviewed content.
type MentorDesk struct {
	mentors Mentors
	outbox  Outbox
	claims  Claims
	prefs   *PreferenceBook
	now     func() time.Time

	mu   sync.Mutex
	wake map[string]chan struct{} // by platform: there is something to tell
	told map[string]bool          // askers who know, though the storage does not yet
	lost map[string]bool          // questions that may be kept though no mentor saw them
}

// NewMentorDesk returns a desk over the ports. A workspace has mentors while the
// book has a MentorChannel for it.
func NewMentorDesk(m Mentors, o Outbox, c Claims, prefs *PreferenceBook, now func() time.Time) *MentorDesk {
	return &MentorDesk{mentors: m, outbox: o, claims: c, prefs: prefs, now: now, wake: map[string]chan struct{}{}, told: map[string]bool{}, lost: map[string]bool{}}
}

// Offered tells whether questions from the place can go to mentors: a channel of
// theirs is set. It is as quick as [PreferenceBook.At]; a nil desk has none.
func (d *MentorDesk) Offered(ctx context.Context, at Place) bool {
	return d != nil && d.prefs.At(ctx, at).MentorChannel != ""
}

// Offer tells whether "Ask a person" belongs under the answer: mentors are there
// and the answer leaves the person without one. An answer about asking a person
// then says so; adapters call Offer before they render.
func (d *MentorDesk) Offer(ctx context.Context, at Place, a *Answer) bool {
	wanting := a.Kind == KindDecline && !slices.Contains(keptFromMentors, a.Reason) ||
		a.Kind == KindMeta && (a.Meta == "human" || a.Meta == "feedback")
	if !wanting || !d.Offered(ctx, at) {
		return false
	}
	if a.Meta == "human" {
		a.Blocks = paragraphs(humanOffered)
	}
	return true
}

// Ask hands a question to the mentors of its place. id names what was asked, not
// the tap: the platform's id of the message with the answer (or of the question),
// so that a second tap of the same person on the same answer is the same question.
// asker is how the adapter will reach the person, opaque to everyone else.
//
// isNew is true to one caller only, in any process, who then shows [MentorNotice]
// in [Preferences.MentorChannel]; a caller who died before is not replaced. The
// words are redacted, and what was understood comes from the answer. The error
// wraps [ErrNotFound] when no mentors are there or the question is none of theirs,
// [ErrLimit] when the person or the workspace has asked too much; any other means
// that the question is not kept. Tell the person [MentorsAsked] or
// [MentorsRefused].
func (d *MentorDesk) Ask(ctx context.Context, id string, q Question, a Answer, asker string) (MentorQuestion, bool, error) {
	m := mentorQuestion(id, &q, &a)
	m.Asker = asker
	if m.Person == "" || a.Kind == KindDecline && slices.Contains(keptFromMentors, a.Reason) || !d.Offered(ctx, q.Place) {
		return m, false, fmt.Errorf("ask the mentors: %w", ErrNotFound)
	}
	// The limits hold for what is new: a delivery that comes again, or a second
	// tap, is not counted and must not be refused.
	tap := "mentors/tap/" + m.ID
	first, err := d.claims.Claim(ctx, tap)
	if !first && err != nil {
		return m, false, fmt.Errorf("ask the mentors: %w", err)
	}
	taken := []string{tap}
	if first {
		slots, err := d.slots(ctx, &m)
		taken = append(taken, slots...)
		if err != nil {
			d.giveBack(ctx, taken)
			return m, false, err
		}
	}
	isNew, err := d.mentors.Ask(ctx, m)
	if err != nil {
		if first {
			d.giveBack(ctx, taken)
		}
		if !errors.Is(err, ErrLimit) {
			d.lose(m.ID) // it may have been kept after all
		}
		return m, false, fmt.Errorf("ask the mentors: %w", err)
	}
	return m, d.found(m.ID) || isNew, nil
}

// NotShown undoes the isNew of [MentorDesk.Ask] when the mentors' channel could
// not be written to: the next tap on the same answer, in this process, is new
// again. The person should be told [MentorsRefused] with the error.
func (d *MentorDesk) NotShown(q MentorQuestion) { d.lose(q.ID) }

// maxLost bounds what is remembered of questions no mentor saw.
const maxLost = 1000

func (d *MentorDesk) lose(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.lost) < maxLost {
		d.lost[id] = true
	}
}

// found tells whether the question was lost before, to one caller.
func (d *MentorDesk) found(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	lost := d.lost[id]
	delete(d.lost, id)
	return lost
}

// mentorQuestion is what mentors get to see of a question, and what is kept.
func mentorQuestion(id string, q *Question, a *Answer) MentorQuestion {
	m := MentorQuestion{Place: q.Place, Person: PersonKey(q.Place, q.Person), ReadAs: a.ReadAs, Role: q.Role, State: MentorOpen}
	m.ID = digest("mentors", q.Place.Platform, m.Person, id)
	if len(a.Roles) > 0 {
		m.Role = a.Roles[0]
	}
	if len(a.Topics) > 0 {
		m.Topic = a.Topics[0]
	}
	m.Text = Redact(q.Text)
	for _, words := range []string{a.ReadAs, a.Title} { // of a tapped question
		if m.Text == "" || q.Choice != nil {
			m.Text = Redact(words)
		}
		if m.Text != "" {
			break
		}
	}
	return m
}

// slots takes one of the hour's slots of the person and one of the workspace. The
// error wraps ErrLimit when there is none.
func (d *MentorDesk) slots(ctx context.Context, m *MentorQuestion) (taken []string, err error) {
	hour := strconv.FormatInt(d.now().Unix()/int64(time.Hour/time.Second), 10)
	for _, limit := range []struct {
		whose string
		slots int
	}{
		{m.Person, MaxPersonNotices},
		{digest("workspace", m.Place.Platform, m.Place.Workspace), MaxWorkspaceNotices},
	} {
		slot, err := d.slot(ctx, "mentors/"+limit.whose+"/"+hour+"/", limit.slots)
		if err != nil {
			return taken, err
		}
		taken = append(taken, slot)
	}
	return taken, nil
}

func (d *MentorDesk) slot(ctx context.Context, prefix string, slots int) (string, error) {
	for i := range slots {
		key := prefix + strconv.Itoa(i)
		mine, err := d.claims.Claim(ctx, key)
		switch {
		case mine: // in this process at least: the question itself needs the storage anyway
			return key, nil
		case err != nil:
			return "", fmt.Errorf("ask the mentors: %w", err)
		}
	}
	return "", fmt.Errorf("%d questions for mentors in an hour: %w", slots, ErrLimit)
}

// giveBack releases claims; those that cannot be expire.
func (d *MentorDesk) giveBack(ctx context.Context, keys []string) {
	ctx = context.WithoutCancel(ctx)
	for _, key := range keys {
		_ = d.claims.Release(ctx, key)
	}
}

// Claim gives the question to a mentor for [MentorHold], before the form to
// answer it in is shown. Errors are those of [Mentors.Claim]; tell the mentor
// [MentorRefused].
func (d *MentorDesk) Claim(ctx context.Context, id string, at Place, mentor string) (MentorQuestion, error) {
	return d.mentors.Claim(ctx, id, PersonKey(at, mentor))
}

// Answer ends the question with the mentor's words, and has the asker told by
// [MentorDesk.Deliver], here or in another process within a minute. Errors are
// those of [Mentors.Answer], and [ErrLimit] for an empty text; tell the mentor
// [MentorThanks] or [MentorRefused]. The text is a person's: see [MentorDesk].
func (d *MentorDesk) Answer(ctx context.Context, id string, at Place, mentor, text string) (MentorQuestion, error) {
	if strings.TrimSpace(text) == "" {
		return MentorQuestion{}, fmt.Errorf("empty answer: %w", ErrLimit)
	}
	q, err := d.mentors.Answer(ctx, id, PersonKey(at, mentor), strings.TrimSpace(text))
	if err != nil {
		return q, err
	}
	select {
	case d.waker(q.Place.Platform) <- struct{}{}:
	default: // it is awake
	}
	return q, nil
}

func (d *MentorDesk) waker(platform string) chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.wake[platform] == nil {
		d.wake[platform] = make(chan struct{}, 1)
	}
	return d.wake[platform]
}

const (
	deliverEvery = time.Minute // other processes have something to tell, too
	deliverBatch = 20
	tellTime     = 30 * time.Second
)

// Deliver tells the platform's askers that mentors answered, or that nobody did
// ([MentorAnswered], [MentorExpired]; what to say is in [MentorReply]), until ctx
// ends, and then returns nil. Each is handed to tell in one process at a time.
//
// tell returns nil when the person was told, or never can be; with an error, and
// when the process dies, it is tried again five minutes later, as long as
// [MentorTTL] and [MentorGrace] last. A process that dies between telling and
// noting it tells twice, so a tell that has the platform drop repeated messages
// (a nonce made from the ID) is better than one that does not.
func (d *MentorDesk) Deliver(ctx context.Context, platform string, tell func(context.Context, MentorQuestion) error) error {
	wake := d.waker(platform)
	tick := time.NewTicker(deliverEvery)
	defer tick.Stop()
	for {
		d.deliver(ctx, platform, tell)
		select {
		case <-ctx.Done():
			return nil
		case <-wake:
		case <-tick.C:
		}
	}
}

// deliver tells everyone there is to tell now. What fails comes back.
func (d *MentorDesk) deliver(ctx context.Context, platform string, tell func(context.Context, MentorQuestion) error) {
	for ctx.Err() == nil {
		batch, err := d.outbox.Untold(ctx, platform, deliverBatch)
		if err != nil {
			return // the store says so in the log
		}
		for _, q := range batch {
			d.tell(ctx, q, tell)
		}
		if len(batch) < deliverBatch {
			return
		}
	}
}

func (d *MentorDesk) tell(ctx context.Context, q MentorQuestion, tell func(context.Context, MentorQuestion) error) {
	if !d.knows(q.ID) {
		limited, cancel := context.WithTimeout(ctx, tellTime)
		err := safely(limited, q, tell)
		cancel()
		if err != nil {
			return
		}
		d.note(q.ID, true)
	}
	// Stopping must not come between.
	if d.outbox.Told(context.WithoutCancel(ctx), q.ID) == nil {
		d.note(q.ID, false)
	}
}

// safely turns a panic into an error: one question must not end the rest.
func safely(ctx context.Context, q MentorQuestion, tell func(context.Context, MentorQuestion) error) (err error) {
	defer func() {
		if recover() != nil { // its value may hold anything
			err = errors.New("telling an asker panicked")
		}
	}()
	return tell(ctx, q)
}

func (d *MentorDesk) knows(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.told[id]
}

func (d *MentorDesk) note(id string, told bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if told {
		d.told[id] = true
	} else {
		delete(d.told, id)
	}
}
