// Package router decides what a question asks.
//
// The central type is [Router]: built once from a corpus and its index, it reads
// a question and the conversation so far and returns an [Intent]: a kind of
// reply, the pages (roles, credentials, ...) and topics meant, the passages that
// answer, and one calibrated confidence. Reading is a pure function of its input
// and the corpus: no clock, no I/O but the in-memory index, no randomness.
//
// A question goes through tokens → boundaries → entities → topics → passages →
// decision. Everything the router knows about a field comes from the corpus;
// only the small talk about the bot itself (meta.yaml) ships with the package.
package router

import (
	"slices"

	"careerbot/index"
	"careerbot/knowledge/corpus"
)

// Kind is what a reply will be.
type Kind string

// The kinds of replies.
const (
	KindAnswer  Kind = "answer"
	KindCompare Kind = "compare"
	KindPath    Kind = "path"
	KindMatch   Kind = "match"
	KindDefine  Kind = "define"
	KindClarify Kind = "clarify"
	KindDecline Kind = "decline"
	KindMeta    Kind = "meta"
)

// An Intent is a question understood.
type Intent struct {
	Kind   Kind
	Reason string // of KindDecline
	Meta   string // of KindMeta: "greeting", "thanks", "help", ...

	Subjects []*corpus.Page // pages named or carried over, most relevant first
	Topics   []TopicScore   // best first
	Senses   []Sense        // of KindClarify and KindDefine
	Term     *corpus.Term   // of KindDefine
	NoTerm   bool           // of KindDecline: a meaning is asked that the glossary lacks
	Near     []*corpus.Term // terms that come close to it
	Wish     *Wish          // of KindMatch
	Find     Find           // a list of credentials is wanted, "" when none is
	From, To string         // of KindPath: ladder places, one may be empty
	Unknown  []string       // of KindCompare and KindPath: what was named and is not known, as typed

	State   *corpus.State   // the state the answer is for, nil when it is for all
	States  []*corpus.State // others named; of KindClarify the states to choose from
	Outside *corpus.Place   // named, but not covered; its Name is "" when unknown

	Passages   []index.Hit // best first
	Confidence float64     // probability that this reading is right, 0 to 1

	FromContext bool // a subject or topic was filled in from the conversation
	Repaired    bool // a name was recognised in spite of a slip
}

// A TopicScore is a topic with its share of the classifier's belief, 0 to 1.
type TopicScore struct {
	Topic string
	Score float64
}

// A Sense is one way to read an ambiguous word, or one meaning of a term.
type Sense struct {
	Label string
	Page  *corpus.Page // nil when the folder has no page for it
	Topic string       // topic to go on with, "" when open
	Sense *corpus.Sense
}

// A Context is what a conversation has in play. The zero value is a new one.
type Context struct {
	Subjects []string `json:"subjects,omitempty"` // page ids, most recent first, at most [MaxSubjects]
	Pair     []string `json:"pair,omitempty"`     // page ids the last comparison put side by side, in its order
	Compared bool     `json:"compared,omitempty"` // the last answer was that comparison
	Topic    string   `json:"topic,omitempty"`
	State    string   `json:"state,omitempty"` // abbreviation of the state in play
	Open     []string `json:"open,omitempty"`  // page ids offered by the last clarifying question
	Last     string   `json:"last,omitempty"`  // the last choice, encoded, for "repeat"
}

// Equal reports whether both hold the same.
func (c Context) Equal(o Context) bool {
	return slices.Equal(c.Subjects, o.Subjects) && slices.Equal(c.Pair, o.Pair) && c.Compared == o.Compared && c.Topic == o.Topic && c.State == o.State && slices.Equal(c.Open, o.Open) && c.Last == o.Last
}

// MaxSubjects is how many pages a conversation keeps in play.
const MaxSubjects = 4
