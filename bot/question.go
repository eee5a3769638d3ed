package bot

import (
	"fmt"
	"strings"
)

// A Question is one message to answer, as an adapter decoded it.
type Question struct {
	Text   string  // what the person typed; any bytes
	Choice *Choice // a tapped button; its meaning wins over Text
	Place  Place
	Person string // opaque id of who asks, "" when unknown
	Locale string // BCP 47 tag of the person's language, "" when unknown
	Role   string // slug of the role this place is about, for questions that name none; "" when it has none
	Again  bool   // answered and counted before: only shown once more
}

// A Place is where a question was asked. Conversations are kept per place and person.
type Place struct {
	Platform  string // "discord", "slack", "web", "terminal"
	Workspace string // server or workspace id
	Channel   string
	Thread    string
}

// A Choice is a whole question in structured form: what a button, a menu entry
// or a slash option carries. It needs no conversation to be answered, so every
// replica can, and so can the same bot after a restart.
type Choice struct {
	Kind     Kind     // what is wanted; "" means [KindAnswer]
	Subjects []string // pages: a role's slug, or folder and slug of another page
	Topic    string   // topic slug, or for KindMeta the name of the meta turn
	// Detail narrows the topic: the anchor detail of a passage; [StateMark] and a
	// state, for licensure, pay and certification; "*", "*fee" or "*school", for a
	// list of credentials; the term of KindDefine; the answers so far of KindMatch,
	// such as "b0.s1", none to start.
	Detail string
}

// choiceVersion starts every encoded choice; a change of form takes the next one.
const choiceVersion = "q1"

// MaxChoiceBytes is the length no encoded choice exceeds: the room that Discord's
// custom_id (100) leaves beside an adapter's own prefix.
const MaxChoiceBytes = 90

// Encode returns the choice as one line of ASCII without spaces, and whether it
// fits [MaxChoiceBytes]. [ParseChoice] reads it back.
func (c Choice) Encode() (string, bool) {
	escape := func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			if ch := s[i]; ch > ' ' && ch < 0x7f && !strings.ContainsRune("|,%", rune(ch)) {
				b.WriteByte(ch)
			} else {
				fmt.Fprintf(&b, "%%%02x", ch)
			}
		}
		return b.String()
	}
	subjects := make([]string, len(c.Subjects))
	for i, s := range c.Subjects {
		subjects[i] = escape(s)
	}
	code := strings.Join([]string{
		choiceVersion, escape(string(c.Kind)), strings.Join(subjects, ","), escape(c.Topic), escape(c.Detail),
	}, "|")
	code = strings.TrimRight(code, "|")
	return code, len(code) <= MaxChoiceBytes
}

// ParseChoice reads what [Choice.Encode] wrote. The values may be hostile: they
// are only looked up, and what is not found is answered as not found.
func ParseChoice(s string) (Choice, error) {
	parts := strings.Split(s, "|")
	if parts[0] != choiceVersion || len(parts) > 5 || len(s) > 4*MaxChoiceBytes {
		return Choice{}, fmt.Errorf("button value is not of this version: %w", ErrChoice)
	}
	parts = append(parts, "", "", "", "")
	var c Choice
	var err error
	unescape := func(s string) string {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			if s[i] != '%' {
				b.WriteByte(s[i])
				continue
			}
			var ch byte
			if i+2 >= len(s) {
				err = ErrChoice
				return ""
			}
			if _, e := fmt.Sscanf(s[i+1:i+3], "%02x", &ch); e != nil {
				err = ErrChoice
				return ""
			}
			b.WriteByte(ch)
			i += 2
		}
		return b.String()
	}
	c.Kind = Kind(unescape(parts[1]))
	if parts[2] != "" {
		for _, p := range strings.Split(parts[2], ",") {
			c.Subjects = append(c.Subjects, unescape(p))
		}
	}
	c.Topic, c.Detail = unescape(parts[3]), unescape(parts[4])
	if err != nil {
		return Choice{}, fmt.Errorf("button value is damaged: %w", err)
	}
	return c, nil
}
