package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
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

	told   *recent[struct{}] // questions whose askers this process told
	counts struct{ asked, refused, answered, told, expired atomic.Uint64 }

	mu   sync.Mutex
	done map[string]chan MentorQuestion // by platform: answered here, to be told
	lost map[string]bool                // questions that may be kept though no mentor saw them
}

// NewMentorDesk returns a desk over the ports. A workspace has mentors while the
// book has a MentorChannel for it.
func NewMentorDesk(m Mentors, o Outbox, c Claims, prefs *PreferenceBook, now func() time.Time) *MentorDesk {
	return &MentorDesk{mentors: m, outbox: o, claims: c, prefs: prefs, now: now, done: map[string]chan MentorQuestion{}, told: newRecent[struct{}](maxTold, MentorTTL+MentorGrace, now), lost: map[string]bool{}}
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
	claimed, err := d.room(ctx, &m)
	if err != nil {
		return m, false, d.refuse(ctx, err, claimed)
	}
	isNew, err := d.mentors.Ask(ctx, m)
	if err != nil {
		if !errors.Is(err, ErrLimit) {
			d.lose(m.ID) // it may have been kept after all
		}
		return m, false, d.refuse(ctx, err, claimed)
	}
	isNew = d.found(m.ID) || isNew
	if isNew {
		d.counts.asked.Add(1)
	}
	return m, isNew, nil
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

// room claims what a new question takes: one of the person's and one of the
// workspace's slots of the hour. The error wraps ErrLimit when there is none. A
// delivery that comes again, or a second tap, takes nothing and is not refused.
func (d *MentorDesk) room(ctx context.Context, m *MentorQuestion) (claimed []string, err error) {
	tap := "mentors/tap/" + m.ID
	if first, err := d.claims.Claim(ctx, tap); !first {
		return nil, err
	}
	claimed = append(claimed, tap)
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
			return claimed, err
		}
		claimed = append(claimed, slot)
	}
	return claimed, nil
}

func (d *MentorDesk) slot(ctx context.Context, prefix string, slots int) (string, error) {
	for i := range slots {
		key := prefix + strconv.Itoa(i)
		mine, err := d.claims.Claim(ctx, key)
		switch {
		case mine: // in this process at least: the question itself needs the storage anyway
			return key, nil
		case err != nil:
			return "", err
		}
	}
	return "", fmt.Errorf("%d questions for mentors in an hour: %w", slots, ErrLimit)
}

// refuse releases the claims of a question that is not asked; those that cannot
// be expire.
func (d *MentorDesk) refuse(ctx context.Context, err error, claimed []string) error {
	if errors.Is(err, ErrLimit) {
		d.counts.refused.Add(1)
	}
	ctx = context.WithoutCancel(ctx)
	for _, key := range claimed {
		_ = d.claims.Release(ctx, key)
	}
	return fmt.Errorf("ask the mentors: %w", err)
}

// Claim gives the question to a mentor for [MentorHold], before the form to
// answer it in is shown. Errors are those of [Mentors.Claim]; tell the mentor
// [MentorRefused].
func (d *MentorDesk) Claim(ctx context.Context, id string, at Place, mentor string) (MentorQuestion, error) {
	return d.mentors.Claim(ctx, id, PersonKey(at, mentor))
}

// Answer ends the question with the mentor's words, and has the asker told by
// [MentorDesk.Deliver] of this process at once, or of another one five minutes
// later. Errors are those of [Mentors.Answer], and [ErrLimit] for an empty text;
// tell the mentor [MentorThanks] or [MentorRefused]. The text is a person's: see
// [MentorDesk].
func (d *MentorDesk) Answer(ctx context.Context, id string, at Place, mentor, text string) (MentorQuestion, error) {
	if strings.TrimSpace(text) == "" {
		return MentorQuestion{}, fmt.Errorf("empty answer: %w", ErrLimit)
	}
	q, err := d.mentors.Answer(ctx, id, PersonKey(at, mentor), strings.TrimSpace(text))
	if err != nil {
		return q, err
	}
	d.counts.answered.Add(1)
	select {
	case d.answered(q.Place.Platform) <- q:
	default: // five minutes later it is in the outbox
	}
	return q, nil
}

// maxAnswered bounds the answers of this process that wait to be told.
const maxAnswered = 256

func (d *MentorDesk) answered(platform string) chan MentorQuestion {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.done[platform] == nil {
		d.done[platform] = make(chan MentorQuestion, maxAnswered)
	}
	return d.done[platform]
}

const (
	deliverEvery = time.Minute // for what expired, and what a dead process left
	deliverBatch = 20
	tellTime     = 30 * time.Second
	maxTold      = 10_000
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
	answered := d.answered(platform)
	tick := time.NewTicker(deliverEvery)
	defer tick.Stop()
	d.deliver(ctx, platform, tell)
	for {
		select {
		case <-ctx.Done():
			return nil
		case q := <-answered:
			d.tell(ctx, q, tell)
		case <-tick.C:
			d.deliver(ctx, platform, tell)
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

// tell tells one asker, unless this process has: a mentor may send the same words
// twice, and the storage may have gone away in between.
func (d *MentorDesk) tell(ctx context.Context, q MentorQuestion, tell func(context.Context, MentorQuestion) error) {
	if _, knows := d.told.get(q.ID); !knows {
		limited, cancel := context.WithTimeout(ctx, tellTime)
		err := safely(limited, q, tell)
		cancel()
		if err != nil {
			return
		}
		d.told.put(q.ID, struct{}{}, true)
		if q.State == MentorExpired {
			d.counts.expired.Add(1)
		} else {
			d.counts.told.Add(1)
		}
	}
	// Stopping must not come between. An error brings the question back here.
	_ = d.outbox.Told(context.WithoutCancel(ctx), q.ID)
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

// MentorCounts is what the desks of a process did since it started.
type MentorCounts struct {
	Asked    uint64 // new questions for mentors
	Refused  uint64 // questions over a limit
	Answered uint64 // answers of mentors
	Told     uint64 // askers who got an answer
	Expired  uint64 // askers who were told that nobody answered
}

// Counts returns the counts of now.
func (d *MentorDesk) Counts() MentorCounts {
	c := &d.counts
	return MentorCounts{c.asked.Load(), c.refused.Load(), c.answered.Load(), c.told.Load(), c.expired.Load()}
}
