package bot

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"careerbot/bot/router"
)

// What must outlive a message, as small interfaces by capability. Package store
// implements them; whoever needs one takes that one only.
//
// Two rules hold for every implementation. What a method has returned nil for is
// kept: it survives a killed process and a power cut. And times come from the
// implementation's clock, so that a test can move them. All methods may be called
// from many goroutines. Errors other than the ones named here mean that the
// storage is away for the moment; they hold no text, token or person's id.
// Those on an answer's way share the [Patience] of its context.

// Decisions a caller of the ports makes by [errors.Is].
var (
	// ErrNotFound: there is no such record, or not any more.
	ErrNotFound = errors.New("not found")
	// ErrTaken: somebody else has it.
	ErrTaken = errors.New("taken by somebody else")
	// ErrLimit: too much of it already, or too large.
	ErrLimit = errors.New("over the limit")
	// ErrUnsure: [Claims.Claim] or [Inbox.Take] could not ask the storage in time,
	// so the claim holds in this process only. The work should be done, and only then be
	// acknowledged.
	ErrUnsure = errors.New("claimed in this process only")
)

// How long things are kept. [ConversationTTL] and [ClaimTTL] are in memory.go.
const (
	// UnansweredTTL is how long an unanswered question is kept after it was last asked.
	UnansweredTTL = 30 * 24 * time.Hour
	// MentorTTL is how long a question waits for a mentor.
	MentorTTL = 7 * 24 * time.Hour
	// MentorGrace is how long after [MentorTTL] the asker may still be told. Then
	// whatever leads to them is gone, whether or not they were.
	MentorGrace = 24 * time.Hour
	// MentorHold is how long a mentor who claimed a question keeps others from it.
	MentorHold = time.Hour
	// DraftTTL is how long a finished exchange, without its asker, is kept for maintainers.
	DraftTTL = 30 * 24 * time.Hour
	// TallyTTL is how long counts are kept: long enough to compare with a year ago.
	TallyTTL = 400 * 24 * time.Hour
)

// Bounds that the ports enforce with [ErrLimit].
const (
	// MaxOpenQuestions is how many questions of one person may wait for mentors.
	MaxOpenQuestions = 3
	// MaxSettingsBytes is the size of one place's settings.
	MaxSettingsBytes = 16 << 10
	// MaxMentorAnswerBytes is the size of a mentor's answer.
	MaxMentorAnswerBytes = 8 << 10
	// MaxInstallationBytes is the size of one installation.
	MaxInstallationBytes = 64 << 10
	// MaxPayloadBytes is the size of one delivery's payload.
	MaxPayloadBytes = 64 << 10
)

// globalIDs are the platforms on which a person has the same id everywhere. On
// the others an id means something within its workspace only.
var globalIDs = map[string]bool{"discord": true}

// PersonKey names a person without holding their id: what the ports know of
// someone. It is "" when nobody is known to be asking.
func PersonKey(p Place, person string) string {
	if person == "" {
		return ""
	}
	workspace := p.Workspace
	if globalIDs[p.Platform] {
		workspace = ""
	}
	return digest("person", p.Platform, workspace, person)
}

// ConversationKey names a person's conversation in a place without holding
// anybody's id. It starts with the [PersonKey] and a colon, so that all that is a
// person's can be found.
func ConversationKey(p Place, person string) string {
	who := PersonKey(p, person)
	if who == "" {
		return ""
	}
	return who + ":" + digest("place", p.Platform, p.Workspace, p.Channel, p.Thread)
}

func digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// A Delivery is something a platform delivered, as it came.
type Delivery struct {
	Platform string
	Key      string // names it among the platform's deliveries
	Payload  []byte // only the adapter understands it; sealed at rest
	Taken    time.Time
}

// DeliveryClaim is the key by which [Claims] know a delivery: it may be claimed
// there or taken from the [Inbox], once.
func DeliveryClaim(platform, key string) string { return platform + "/" + key }

// Inbox keeps what was acknowledged until it has its final state, so that a
// restart takes it up again: take, acknowledge, answer, send, finish.
//
// Without any secret key to seal with (PostgreSQL without CAREERBOT_SECRET_KEY;
// SQLite has one of its own) payloads are not kept: deliveries are still taken
// once each, but none is unfinished.
type Inbox interface {
	// Take claims the delivery as [Claims.Claim] does its [DeliveryClaim], and
	// keeps its payload until Finish; Taken is set by the port. The error wraps
	// ErrUnsure when the claim holds in this process only: then the payload may be
	// kept or not. It wraps ErrLimit past [MaxPayloadBytes]: then nothing was kept
	// or claimed.
	Take(ctx context.Context, d Delivery) (bool, error)
	// Finish forgets the payload; the key stays claimed until [ClaimTTL] after
	// Take. A delivery that is unknown is no error.
	Finish(ctx context.Context, platform, key string) error
	// Return undoes Take: the platform will deliver again.
	Return(ctx context.Context, platform, key string) error
	// Unfinished hands out at most max of the platform's deliveries that were
	// taken at least grace ago and not finished, each to one caller in five
	// minutes, oldest first: also those that another process, or this one, is
	// still answering, so grace is longer than any answer takes. They are the
	// caller's to Finish. Past [ClaimTTL] they are gone.
	Unfinished(ctx context.Context, platform string, grace time.Duration, max int) ([]Delivery, error)
}

// A Store hands out every port over one storage. Wiring passes single ports on;
// only decorators and the conformance suite take it whole.
type Store interface {
	Conversations() Conversations
	Claims() Claims
	Inbox() Inbox
	Installations() Installations
	Leases() Leases
	Settings() Settings
	Feedback() FeedbackBook
	Usage() Usage
	Unanswered() Unanswered
	Mentors() Mentors
	Outbox() Outbox
	Drafts() Drafts
	People() People
}

// Installations keeps what a platform handed out when somebody installed the
// app: bytes that only the adapter understands, sealed at rest and bound to
// their key. Everyone else must not be able to read them from the storage.
type Installations interface {
	// Find returns what was saved under the key, or ErrNotFound.
	Find(ctx context.Context, key string) ([]byte, error)
	// Save stores data in place of what was there. Without a secret key to seal
	// with, the error wraps ErrSettings.
	Save(ctx context.Context, key string, data []byte) error
	// Delete forgets the key; one that is unknown is no error.
	Delete(ctx context.Context, key string) error
	// Lock waits until nobody else, in any process, holds the key's lock. A
	// holder that dies loses it within two minutes. unlock must be called once.
	Lock(ctx context.Context, key string) (unlock func(), err error)
}

// Leases lets one process at a time do a thing, such as hold a shard.
type Leases interface {
	// Acquire takes the lease or extends it, and reports whether holder has it
	// now, for ttl by the storage's own clock: processes need not agree on the time.
	Acquire(ctx context.Context, name, holder string, ttl time.Duration) (bool, error)
	// Drop gives the lease back; one that is not holder's is left alone.
	Drop(ctx context.Context, name, holder string) error
}

// Settings keeps a JSON document per place: the channel's, or with an empty
// Channel the workspace's. Threads have none. What the document means, and
// whether a channel inherits, is the caller's business.
type Settings interface {
	// Load returns the place's document, nil when there is none.
	Load(ctx context.Context, at Place) ([]byte, error)
	// Save replaces the document; nil removes it. The error wraps ErrLimit past
	// [MaxSettingsBytes].
	Save(ctx context.Context, at Place, doc []byte) error
}

// Verdict is what a tap under an answer says.
type Verdict string

// The verdicts. The last three are reasons: each follows a NotHelpful and does
// not count as another one.
const (
	Helpful    Verdict = "helpful"
	NotHelpful Verdict = "not-helpful"
	WrongJob   Verdict = "wrong-job"
	WrongTopic Verdict = "wrong-topic"
	NotEnough  Verdict = "not-enough"
)

// Verdicts lists every verdict.
var Verdicts = []Verdict{Helpful, NotHelpful, WrongJob, WrongTopic, NotEnough}

// A Tally is how often each verdict was given on a passage as it read then.
type Tally struct {
	Passage   string          `json:"passage"`   // "roles/phlebotomist#pay", or an answer's kind
	Knowledge string          `json:"knowledge"` // content hash
	Counts    map[Verdict]int `json:"counts"`
	Last      time.Time       `json:"last"`
}

// FeedbackBook counts verdicts per passage and content hash. It learns nothing
// about who gave them: to count a person once is the caller's business ([Claims]).
type FeedbackBook interface {
	// Record counts one verdict; one not in [Verdicts] is ErrNotFound.
	Record(ctx context.Context, passage, knowledge string, v Verdict) error
	// Tallies returns those with a verdict since then, most NotHelpful first.
	Tallies(ctx context.Context, since time.Time) ([]Tally, error)
}

// A Use is what a question turned out to be about. Its fields are slugs of the
// content or of this program, never words of a person.
type Use struct {
	Platform string `json:"platform"`
	Role     string `json:"role"`  // the first one understood, "" when none
	Topic    string `json:"topic"` // likewise
	Kind     Kind   `json:"kind"`
}

// A UseCount is how often a use came up on a day.
type UseCount struct {
	Use
	Day   string `json:"day"` // 2006-01-02, UTC
	Count int    `json:"count"`
}

// Usage counts what was asked.
type Usage interface {
	// Count adds one to today's count.
	Count(ctx context.Context, u Use) error
	// Uses returns the counts of the days from one to another, both included, by
	// day, then most frequent first.
	Uses(ctx context.Context, from, to time.Time) ([]UseCount, error)
}

// An UnansweredQuestion is one that the knowledge did not answer, in words that
// name nobody.
type UnansweredQuestion struct {
	Text    Redacted  `json:"text"`
	Reason  string    `json:"reason"`  // why it was declined
	Nearest string    `json:"nearest"` // id of the passage that came closest, "" when none did
	Count   int       `json:"count"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
}

// Unanswered keeps what could not be answered, for maintainers: without any
// person, for [UnansweredTTL], and boundedly many.
type Unanswered interface {
	// Note counts the question; the same words in other case are the same question.
	Note(ctx context.Context, text Redacted, reason, nearest string) error
	// Questions returns at most max of those asked since then, most frequent first.
	Questions(ctx context.Context, since time.Time, max int) ([]UnansweredQuestion, error)
}

// MentorState is where a question for a mentor stands.
type MentorState string

// The states. Answered and expired ones change no more.
const (
	MentorOpen     MentorState = "open"
	MentorClaimed  MentorState = "claimed" // by a mentor, for [MentorHold]
	MentorAnswered MentorState = "answered"
	MentorExpired  MentorState = "expired" // nobody answered within [MentorTTL]
)

// A MentorQuestion is a question handed to a person.
type MentorQuestion struct {
	ID     string      `json:"id"`    // the asker's delivery, hashed: the same tap gives the same id
	Place  Place       `json:"place"` // where it was asked; channel and thread are sealed at rest
	Text   Redacted    `json:"text"`
	ReadAs string      `json:"read_as"` // what was understood, as [Answer.ReadAs]
	Role   string      `json:"role"`    // its slugs
	Topic  string      `json:"topic"`
	State  MentorState `json:"state"`

	Person string `json:"-"` // [PersonKey] of who asked
	Asker  string `json:"-"` // how the adapter reaches them, opaque, sealed at rest
	Mentor string `json:"-"` // [PersonKey] of who claimed it
	Answer string `json:"answer,omitempty"`

	Asked   time.Time `json:"asked"`
	Changed time.Time `json:"changed"` // of the state
}

// Mentors is the human loop: a question goes to a person, and one of them
// answers it, whichever replica hears of it.
type Mentors interface {
	// Ask opens a question and reports whether it is new: true to one caller
	// only per ID, who then notifies the mentors. State and times are set by the
	// port. The error wraps ErrLimit when [MaxOpenQuestions] of the person wait,
	// and ErrSettings without a secret key to seal the asker's address with.
	Ask(ctx context.Context, q MentorQuestion) (bool, error)
	// Claim gives the question to a mentor: ErrNotFound when it is unknown, gone
	// or expired, ErrTaken when it is answered or another mentor holds it. Who
	// holds it may claim it again, which extends the hold.
	Claim(ctx context.Context, id, mentor string) (MentorQuestion, error)
	// Answer ends the question with a mentor's words and returns it with the
	// asker's address. Errors are those of Claim, and ErrLimit past
	// [MaxMentorAnswerBytes]. The same mentor's same words again are no error.
	Answer(ctx context.Context, id, mentor, text string) (MentorQuestion, error)
}

// Outbox holds the finished questions whose askers have yet to hear of it.
type Outbox interface {
	// Untold hands out at most max of a platform's answered and expired
	// questions, each to one caller in five minutes, so that what a dead process
	// took is taken again.
	Untold(ctx context.Context, platform string, max int) ([]MentorQuestion, error)
	// Told ends that, and forgets whatever leads to the asker.
	Told(ctx context.Context, id string) error
}

// Drafts are finished exchanges for maintainers, both sides redacted and without
// an asker, for [DraftTTL].
type Drafts interface {
	// Exchanges returns the answered questions since then, newest first.
	Exchanges(ctx context.Context, since time.Time) ([]MentorQuestion, error)
}

// Kept is everything that is tied to a person.
type Kept struct {
	Conversations []router.Context `json:"conversations"`
	Questions     []MentorQuestion `json:"questions"`
}

// People answers for what is tied to a person, named as by [PersonKey].
type People interface {
	// Export returns all of it.
	Export(ctx context.Context, person string) (Kept, error)
	// Forget deletes all of it and returns how many records that were. An error
	// means that something may be left.
	Forget(ctx context.Context, person string) (int, error)
}
