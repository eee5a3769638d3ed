// Package corpus is the knowledge folder as typed, checked, immutable data.
//
// The central type is [Corpus]. [Load] reads a folder once, reports every
// problem it finds as a [Problem] (file, line, message, rule), and returns a
// Corpus only when nothing in the folder would make an answer wrong. Nothing in
// a Corpus changes after Load, so any number of goroutines may read it; callers
// must not modify what its fields point to. [Check] is Load for maintainers: it
// adds the rules on style that are too slow for every start.
//
// The format of the folder is described for maintainers in knowledge/README.md.
// This package is the only reader of it and knows nothing about questions,
// search or chat platforms.
//
// Libraries: goldmark parses Markdown (CommonMark, with heading attributes);
// go.yaml.in/yaml/v3 parses YAML into nodes that know their line and keep
// scalars as written, so that 2025-05 stays a date and NO stays Norway;
// golangci/misspell lists common misspellings and British forms.
package corpus

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Kind is the kind of a page. Its value is the kind's name in the singular.
type Kind string

// The kinds of pages, one folder each.
const (
	Role          Kind = "role"
	Certification Kind = "certification"
	Skill         Kind = "skill"
	Pitfall       Kind = "pitfall"
	Guide         Kind = "guide"
)

// NextPath in a topic's Next stands for where the role leads on the ladder.
const NextPath = "path"

// Kinds lists the kinds in the order in which listings show them.
var Kinds = []Kind{Role, Certification, Skill, Pitfall, Guide}

// Folder returns the folder that holds the kind's pages: "roles" for [Role].
func (k Kind) Folder() string { return string(k) + "s" }

// Reasons are the reasons for declining, in the order in which they are tried.
var Reasons = []string{
	"emergency", "medical-advice", "legal-advice", "abuse",
	"exam-content", "other-career", "off-topic", "unknown",
}

// A Corpus is one loaded knowledge folder.
type Corpus struct {
	// Hash identifies the content: 16 hex digits of the SHA-256 over the names
	// and bytes of every file that can change an answer.
	Hash string

	Pages       []*Page     // sorted by ID
	Topics      []*Topic    // in file order
	Functions   []*Function // in file order
	Terms       []*Term     // in file order
	Sources     []*Source   // in file order
	Boundaries  []*Boundary // in the order of Reasons
	Ladder      Ladder
	Comparisons Comparisons
	States      States
	Match       Match
	Tests       []*Test // golden questions, in file order
	Router      Router

	pages    map[string]*Page
	passages map[string]*Passage
	topics   map[string]*Topic
	sources  map[string]*Source
}

// A Page is one Markdown file.
type Page struct {
	ID      string // folder and slug, "roles/phlebotomist"
	Kind    Kind
	Slug    string
	Title   string
	Short   string   // label for buttons, at most 34 characters
	Aliases []string // other names, as written
	Roles   []string // slugs of the roles a non-role page concerns

	Occupation string // roles: the code under which statistics count them

	Issuer      string            // certifications: who issues it
	Requirement map[string]string // certifications: role slug to law, employers or voluntary
	States      []string          // certifications: abbreviations of the only states they hold in
	ByWork      *Route            // certifications: the way to it without a school, nil when none is known
	Accepted    []*Acceptance     // certifications: states known to accept them

	Owner    string
	Reviewed Date
	ReviewBy Date

	Facts    []*Fact // in file order
	Passages []*Passage

	File string // path inside the folder
	Line int    // of the title
}

// Fact returns the page's fact of that id, or nil.
func (p *Page) Fact(id string) *Fact {
	i := slices.IndexFunc(p.Facts, func(f *Fact) bool { return f.ID == id })
	if i < 0 {
		return nil
	}
	return p.Facts[i]
}

// About returns the page's passage on the topic, preferring the one without a
// detail, or nil.
func (p *Page) About(topic string) *Passage {
	var found *Passage
	for _, s := range p.Passages {
		if s.Topic != topic {
			continue
		}
		if s.Detail == "" {
			return s
		}
		found = cmp.Or(found, s)
	}
	return found
}

// A Passage is a section of a page: the unit of retrieval and of answers.
type Passage struct {
	ID      string // page id and anchor, "roles/phlebotomist#pay.by-setting"
	Page    *Page
	Topic   string // topic slug, the anchor up to its dot
	Detail  string // the anchor after its dot, "" for the topic's first section
	Title   string
	Asks    []string // example questions, as written
	Blocks  []Block
	Facts   []*Fact   // figures the text refers to, in order of mention
	Sources []*Source // cited or behind a figure, in order of mention
	Line    int
}

// Text returns the passage's words without markup, blocks separated by newlines.
func (p *Passage) Text() string {
	var b strings.Builder
	for i, bl := range p.Blocks {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(bl.Text())
	}
	return b.String()
}

// BlockKind tells how a block is laid out.
type BlockKind string

// The kinds of blocks.
const (
	Paragraph BlockKind = "paragraph"
	Bullets   BlockKind = "bullets"
	Steps     BlockKind = "steps" // a numbered list
)

// A Block is a paragraph or a list.
type Block struct {
	Kind  BlockKind
	Spans []Span   // of a Paragraph
	Items [][]Span // of a list
}

// Text returns the block's words without markup, list items on lines of their own.
func (b Block) Text() string {
	if b.Kind == Paragraph {
		return spanText(b.Spans)
	}
	items := make([]string, len(b.Items))
	for i, it := range b.Items {
		items[i] = spanText(it)
	}
	return strings.Join(items, "\n")
}

// A Span is a run of text in one style.
type Span struct {
	Text   string
	Bold   bool
	Italic bool
	Link   string // https address, or ""

	ref  string // id of a fact still to be resolved
	cite string // source id cited here
	line int
}

func spanText(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.Text)
	}
	return b.String()
}

// A Topic is something people ask about any role.
type Topic struct {
	Slug  string
	Title string
	Words []string // words that alone name the topic: "salary"
	Next  []string // topics worth offering after this one
	Asks  []string // example questions; {role} stands for a name
	Line  int
}

// A Function is a kind of reply other than an answer that people ask for in words:
// a match, a path, a comparison.
type Function struct {
	Kind string   // match, path or compare
	Asks []string // example questions; {role} stands for a name
	Line int
}

// A Source is a publication that facts and passages cite.
type Source struct {
	ID        string
	Publisher string
	Title     string
	URL       string // https or http address, "" for advice
	AsOf      Date   // date of the content; zero when undated
	Retrieved Date
	Tier      string // primary, secondary or advice
	Line      int
}

// Label names the source for a reader, with its date: the edition's, or the day
// it was read when the page carries none.
func (s *Source) Label() string {
	switch {
	case s.Tier == "advice":
		return s.Title
	case !s.AsOf.IsZero():
		return s.Title + ", " + s.AsOf.Words()
	case !s.Retrieved.IsZero():
		return s.Title + ", undated, read " + s.Retrieved.Words()
	}
	return s.Title + ", undated"
}

// A Term is an entry of the glossary. A term with one meaning has one sense.
type Term struct {
	Term   string
	Also   []string
	Exact  bool     // matches only as written, capitals included
	Unless []string // words beside which the term does not mean any of this
	Senses []Sense
	Line   int
}

// A Sense is one meaning of a term.
type Sense struct {
	Label   string // for a button, at most 34 characters
	Field   string
	Meaning string
	PageID  string   // the page this sense names, or ""
	Roles   []string // slugs of roles in whose work it matters
	Cues    []string // words that settle an ambiguous term
}

// Ambiguous reports whether the term has several meanings.
func (t *Term) Ambiguous() bool { return len(t.Senses) > 1 }

// A Ladder holds how one role leads to another.
type Ladder struct {
	Steps        []*Step
	Destinations []*Destination
	Terminals    []string
	Beliefs      []*Belief
}

// A Step leads from one place to the next.
type Step struct {
	From, To   string // role slug, destination id, or "start"
	Time       string
	Credential string
	Costs      []*Fact // what is known of its price, such as an exam fee
	Detail     string
	Source     *Source
	AsOf       Date
	Confidence string
	Shortcut   bool
	Line       int

	costs []string
}

// A Destination is a place the ladder leads to that has no page.
type Destination struct {
	ID      string
	Title   string
	Aliases []string
	Also    []string // words that mean it only beside another name: "pct to nurse"
}

// A Belief is something people wrongly hold about the ladder.
type Belief struct {
	Belief, Truth string
	From, To      string
	Asks          []string
	Source        *Source
	AsOf          Date
	Line          int
}

// A Boundary is a kind of message the bot does not answer.
type Boundary struct {
	Reason  string
	Asks    []string
	Phrases []string // words that settle it alone
	Reply   string
	Line    int
}

// A Test is a golden question or, with several turns, a conversation.
type Test struct {
	File  string
	Line  int
	Set   string // tune, measure or ""
	Turns []Turn
}

// A Turn is one message of a test and what must come back.
type Turn struct {
	Ask     string
	Kind    string
	Reason  string
	Roles   []string
	Topics  []string // any of these
	Passage string
}

// Page returns the page of that id ("roles/phlebotomist"), or nil.
func (c *Corpus) Page(id string) *Page { return c.pages[id] }

// Role returns the role page of that slug, or nil.
func (c *Corpus) Role(slug string) *Page { return c.pages["roles/"+slug] }

// Passage returns the passage of that id ("roles/phlebotomist#pay"), or nil.
func (c *Corpus) Passage(id string) *Passage { return c.passages[id] }

// Topic returns the topic of that slug, or nil.
func (c *Corpus) Topic(slug string) *Topic { return c.topics[slug] }

// Source returns the source of that id, or nil.
func (c *Corpus) Source(id string) *Source { return c.sources[id] }

// Boundary returns the boundary for the reason, or nil.
func (c *Corpus) Boundary(reason string) *Boundary {
	i := slices.IndexFunc(c.Boundaries, func(b *Boundary) bool { return b.Reason == reason })
	if i < 0 {
		return nil
	}
	return c.Boundaries[i]
}

// Roles returns the role pages in order of their slugs.
func (c *Corpus) Roles() []*Page {
	var roles []*Page
	for _, p := range c.Pages {
		if p.Kind == Role {
			roles = append(roles, p)
		}
	}
	return roles
}

// Passages yields every passage, page by page in order.
func (c *Corpus) Passages() iter.Seq[*Passage] {
	return func(yield func(*Passage) bool) {
		for _, p := range c.Pages {
			for _, s := range p.Passages {
				if !yield(s) {
					return
				}
			}
		}
	}
}
