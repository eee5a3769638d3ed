package report

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Draft is a stub page for the content folder.
type Draft struct {
	Path string // inside the folder: guides/draft-….md
	Text string
}

const (
	maxDrafts     = 100 // of each sort
	maxDraftSlug  = 64  // bytes
	maxDraftAsks  = 10  // example questions
	maxDraftTitle = 80  // characters
	maxDraftNote  = 400 // characters of a comment's line
)

// Drafts returns a stub page for each group of unanswered questions that no page
// is near to, and for each of the mentors' exchanges.
//
// A stub says nothing: whatever people wrote stands in its header, as comments and
// as example questions, for nobody has reviewed it. It parses, so careerbot check
// can name what it still needs: it is past its review date from the start, and in
// a folder with sources the check fails until one is cited.
func (r *Report) Drafts() []Draft {
	var all []Draft
	taken := map[string]bool{}
	add := func(words string, s stub) {
		slug := free(slug(words), taken)
		s.due = day(r.Made)
		all = append(all, Draft{Path: "guides/" + slug + ".md", Text: s.text(slug)})
	}
	groups := 0
	for i := range r.Unanswered {
		g := &r.Unanswered[i]
		if g.Suggest != (Suggestion{}) || len(g.Terms) == 0 || groups == maxDrafts {
			continue
		}
		groups++
		var s stub
		s.note("asked %s, and not answered", times(g.Count))
		for _, q := range g.Questions[:min(len(g.Questions), maxDraftAsks)] {
			s.ask(q.Text)
		}
		if g.Nearest != nil {
			s.note("nearest: %s", g.Nearest.Passage)
		}
		add("draft "+strings.Join(g.Terms, " "), s)
	}
	for _, e := range r.Exchanges[:min(len(r.Exchanges), maxDrafts)] {
		var s stub
		if e.Topic != "" {
			s.note("topic: %s", e.Topic)
		}
		if e.Role != "" {
			s.note("roles: [%s]", e.Role)
		}
		s.ask(e.Question)
		for line := range strings.SplitSeq(e.Answer, "\n") {
			s.note("a mentor said: %s", line)
		}
		add("draft mentor "+cut(slug(e.ID), 8)+" "+strings.Join(words(e.Question), " "), s)
	}
	return all
}

// free returns a name that is not taken yet, and takes it.
func free(name string, taken map[string]bool) string {
	for i := 2; ; i++ {
		if !taken[name] {
			taken[name] = true
			return name
		}
		name = strings.TrimSuffix(name, fmt.Sprint("-", i-1)) + fmt.Sprint("-", i)
	}
}

// slug makes a file name's part of words: small letters, digits and hyphens.
func slug(text string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if b.Len()+1+len(w) > maxDraftSlug {
			w = w[:max(0, min(len(w), maxDraftSlug-b.Len()-1))]
		}
		if w == "" {
			break
		}
		if b.Len() > 0 {
			b.WriteByte('-')
		}
		b.WriteString(w)
	}
	return b.String()
}

// A stub is a page to be written.
type stub struct {
	due   string // its review date
	asks  []string
	notes []string
}

// note adds a comment, one line however many its words have.
func (s *stub) note(format string, args ...any) {
	if line := cut(oneLine(fmt.Sprintf(format, args...)), maxDraftNote); line != "" {
		s.notes = append(s.notes, line)
	}
}

// ask adds an example question, unless something was redacted in it.
func (s *stub) ask(text string) {
	text = oneLine(text)
	if text == "" || strings.Contains(text, "[") || slices.Contains(s.asks, text) {
		s.note("also asked: %s", text)
		return
	}
	s.asks = append(s.asks, text)
}

// text is the page. Its title holds the slug's number, so that no two are the same.
func (s *stub) text(slug string) string {
	var b strings.Builder
	b.WriteString("---\n# DRAFT, NOT REVIEWED. Made by careerbot report; see README.md for the format.\n")
	b.WriteString("# To finish it: write the answer in your own words, cite a source, name the roles it concerns, set owner,\n")
	b.WriteString("# reviewed and review_by, give it a title and a file name of its own, and delete these comments.\n")
	for _, n := range s.notes {
		b.WriteString("# " + n + "\n")
	}
	fmt.Fprintf(&b, "title: %s\n", quoted(cut("Draft "+strings.ReplaceAll(strings.TrimPrefix(slug, "draft-"), "-", " "), maxDraftTitle)))
	fmt.Fprintf(&b, "short: %s\n", fmt.Sprintf("Draft %.4x", sha256.Sum256([]byte(slug))))
	fmt.Fprintf(&b, "review_by: %s\n", s.due)
	if len(s.asks) > 0 {
		b.WriteString("asks:\n  overview:\n")
		for _, a := range s.asks {
			b.WriteString("    - " + quoted(a) + "\n")
		}
	}
	b.WriteString("---\n## To be written {#overview}\nThis answer is a draft that nobody has reviewed. Please ask again later.\n")
	return b.String()
}

// oneLine folds white space and drops what cannot be seen, which a header may not
// hold.
func oneLine(text string) string {
	shown := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, text)
	return strings.Join(strings.Fields(shown), " ")
}

// cut keeps at most max characters.
func cut(text string, max int) string {
	if utf8.RuneCountInString(text) <= max {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:max]))
}
