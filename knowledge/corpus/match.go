package corpus

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Match is what match.yaml knows for finding jobs that fit a person: questions
// with a few answers, and where each role stands on each of them.
type Match struct {
	// Words that tell what someone makes of the thing named after them: refuses
	// it, can live with it, wants it. After holds words that accept what is named
	// before them: "blood is fine".
	Refuse, Fine, Want, After []string
	Start                     []string // words that ask for this: "which job fits me"

	Questions []*MatchQuestion  // in the order in which they are asked
	Drawbacks map[string]*Trait // by role: what speaks against it for anyone
}

// A MatchQuestion is one thing that a job asks of a person.
type MatchQuestion struct {
	ID     string   // one small letter, which stands in buttons
	Ask    string   // the question
	Fact   string   // id of the roles' own fact that speaks for them, or ""
	Unless []string // answers, as "p0", after which the question is moot
	// About are words for the thing. Refused they mean the answer No, accepted
	// the answer Fine, wanted the answer Want; each may be "".
	About          []string
	No, Fine, Want string
	Answers        []*MatchAnswer
	Roles          map[string]*Trait // by role
	Line           int
}

// A MatchAnswer is one answer to choose.
type MatchAnswer struct {
	ID      string // one digit
	Label   string // for a button, at most 34 characters
	Heard   string // how it is read back: "days only"
	Phrases []string
	Fit     map[string]int // how a role's level fits it, from -2 to 2
	Line    int
}

// A Trait is where a role stands on a question, with a sentence that tells so.
type Trait struct {
	Level  string // "" of a drawback
	Text   string
	Source *Source
	AsOf   Date
	Line   int
}

// Question returns the question of that id, or nil.
func (m *Match) Question(id string) *MatchQuestion {
	i := slices.IndexFunc(m.Questions, func(q *MatchQuestion) bool { return q.ID == id })
	if i < 0 {
		return nil
	}
	return m.Questions[i]
}

// Answer returns the answer of that id, or nil.
func (q *MatchQuestion) Answer(id string) *MatchAnswer {
	i := slices.IndexFunc(q.Answers, func(a *MatchAnswer) bool { return a.ID == id })
	if i < 0 {
		return nil
	}
	return q.Answers[i]
}

// has reports whether there is an answer of that code: "p0".
func (m *Match) has(code string) bool {
	if len(code) != 2 {
		return false
	}
	q := m.Question(code[:1])
	return q != nil && q.Answer(code[1:]) != nil
}

const matchFile = "match.yaml"

var (
	questionID = regexp.MustCompile(`^[a-z]$`)
	answerID   = regexp.MustCompile(`^[0-9]$`)
)

// maxAnswers leaves room in a row of five buttons for skipping and for stopping.
const maxAnswers = 3

// matchParser reads match.yaml.
type matchParser struct {
	*loader
	f      *yamlFile
	source *Source // of statements that name none
	asOf   Date
}

func (l *loader) parseMatch(f *yamlFile, text string) {
	p := &matchParser{loader: l, f: f}
	m := &l.c.Match
	var questions, drawbacks, root *yaml.Node
	root = f.parse([]byte(text))
	var source string
	f.fields(root, matchFile, fieldMap{
		"source": f.set(&source, "source"), "as_of": func(_, v *yaml.Node) { p.asOf = f.date(v, "as_of") },
		"refuse": f.setAll(&m.Refuse, "refuse"), "fine": f.setAll(&m.Fine, "fine"),
		"want": f.setAll(&m.Want, "want"), "after": f.setAll(&m.After, "after"), "start": f.setAll(&m.Start, "start"),
		"questions": func(_, v *yaml.Node) { questions = v },
		"drawbacks": func(_, v *yaml.Node) { drawbacks = v },
	})
	if root == nil {
		return
	}
	p.source = l.source(f, root, matchFile, source)
	f.items(questions, "questions", p.question)
	m.Drawbacks = p.traits(drawbacks, "drawbacks")
}

func (p *matchParser) question(n *yaml.Node) {
	f := p.f
	q := &MatchQuestion{Line: f.line(n)}
	var roles, answers *yaml.Node
	f.fields(n, "a question", fieldMap{
		"id": f.set(&q.ID, "id"), "ask": f.set(&q.Ask, "ask"), "fact": f.set(&q.Fact, "fact"),
		"unless": f.setAll(&q.Unless, "unless"), "about": f.setAll(&q.About, "about"),
		"no": f.set(&q.No, "no"), "fine": f.set(&q.Fine, "fine"), "want": f.set(&q.Want, "want"),
		"answers": func(_, v *yaml.Node) { answers = v },
		"roles":   func(_, v *yaml.Node) { roles = v },
	})
	f.need(n, "a question", "ask", q.Ask)
	if !questionID.MatchString(q.ID) || p.c.Match.Question(q.ID) != nil {
		f.bad(n, "value", "a question needs \"id\": a small letter of its own")
		return
	}
	f.items(answers, "answers", func(n *yaml.Node) { p.answer(q, n) })
	if len(q.Answers) < 2 || len(q.Answers) > maxAnswers {
		f.bad(n, "value", "the question %q has %d answers; 2 or %d fit a row of buttons", q.ID, len(q.Answers), maxAnswers)
	}
	for _, id := range []string{q.No, q.Fine, q.Want} {
		if id != "" && q.Answer(id) == nil {
			f.bad(n, "value", "the question %q has no answer %q", q.ID, id)
		}
	}
	q.Roles = p.traits(roles, "roles")
	p.c.Match.Questions = append(p.c.Match.Questions, q)
}

func (p *matchParser) answer(q *MatchQuestion, n *yaml.Node) {
	f := p.f
	a := &MatchAnswer{Line: f.line(n), Fit: map[string]int{}}
	f.fields(n, "an answer", fieldMap{
		"id": f.set(&a.ID, "id"), "label": f.set(&a.Label, "label"), "heard": f.set(&a.Heard, "heard"),
		"phrases": f.setAll(&a.Phrases, "phrases"),
		"fit": func(_, v *yaml.Node) {
			f.fields(v, "fit", fieldMap{"*": func(k, v *yaml.Node) {
				fit, err := strconv.Atoi(v.Value)
				if err != nil || fit < -2 || fit > 2 {
					f.bad(v, "value", "fit of %s is %q; write a number from -2 to 2", k.Value, v.Value)
				}
				a.Fit[k.Value] = fit
			}})
		},
	})
	f.need(n, "an answer", "label", a.Label)
	f.need(n, "an answer", "heard", a.Heard)
	if !answerID.MatchString(a.ID) || q.Answer(a.ID) != nil {
		f.bad(n, "value", "an answer needs \"id\": a digit of its own")
		return
	}
	if utf8.RuneCountInString(a.Label) > maxShort {
		p.add(Error, f.name, a.Line, "short", "the label %q is longer than %d characters", a.Label, maxShort)
	}
	q.Answers = append(q.Answers, a)
}

// traits reads roles with their level, or with level, sentence and source. Of
// drawbacks only the sentence is written.
func (p *matchParser) traits(n *yaml.Node, what string) map[string]*Trait {
	f := p.f
	out := map[string]*Trait{}
	f.fields(n, what, fieldMap{"*": func(k, v *yaml.Node) {
		t := &Trait{Line: f.line(k), Source: p.source, AsOf: p.asOf}
		out[k.Value] = t
		if v.Kind == yaml.ScalarNode {
			if t.Level = f.text(v, k.Value); what == "drawbacks" {
				t.Level, t.Text = "", t.Level
			}
			return
		}
		var source string
		f.fields(v, k.Value, fieldMap{
			"level": f.set(&t.Level, "level"), "says": f.set(&t.Text, "says"), "source": f.set(&source, "source"),
			"as_of": func(_, v *yaml.Node) { t.AsOf = f.date(v, "as_of") },
		})
		if source != "" {
			t.Source = p.loader.source(f, v, k.Value, source)
		}
	}})
	return out
}

// resolveMatch lets the roles' own facts speak where no sentence is written.
func (l *loader) resolveMatch() {
	for _, q := range l.c.Match.Questions {
		for slug, t := range q.Roles {
			role := l.c.Role(slug)
			if t.Text != "" || q.Fact == "" || role == nil {
				continue
			}
			if fact := role.Fact(q.Fact); fact != nil {
				t.Text, t.Source, t.AsOf = fact.Label+": "+lowerFirst(fact.Text)+".", fact.Source, fact.AsOf
			}
		}
	}
}

// lowerFirst drops a text's first capital, unless more of them follow.
func lowerFirst(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}

// checkMatch wants every role to stand somewhere on every question, with words.
func (l *loader) checkMatch() {
	m := &l.c.Match
	for _, q := range m.Questions {
		l.checkRoles(Fatal, matchFile, q.Line, "the question", slices.Sorted(maps.Keys(q.Roles)))
		for _, role := range l.c.Roles() {
			l.checkTrait(q, role)
		}
		for _, id := range q.Unless {
			if !m.has(id) {
				l.fatal(matchFile, q.Line, "value", "unless names %q, which is no answer; write a question's letter and an answer's digit: p0", id)
			}
		}
	}
	if len(m.Questions) == 0 {
		return
	}
	l.checkRoles(Fatal, matchFile, 1, "drawbacks", slices.Sorted(maps.Keys(m.Drawbacks)))
	for _, role := range l.c.Roles() {
		if t := m.Drawbacks[role.Slug]; t == nil || t.Text == "" {
			l.add(Error, matchFile, 1, "match", "drawbacks has nothing on %q; every job has one", role.Slug)
		}
	}
}

func (l *loader) checkTrait(q *MatchQuestion, role *Page) {
	t := q.Roles[role.Slug]
	if t == nil {
		l.add(Error, matchFile, q.Line, "match", "the question %q says nothing on %q", q.Ask, role.Slug)
		return
	}
	if t.Text == "" {
		l.add(Error, matchFile, t.Line, "match", "%s: write \"says\", for its page has no fact %q", role.Slug, cmp.Or(q.Fact, "named here"))
	}
	for _, a := range q.Answers {
		if _, ok := a.Fit[t.Level]; !ok {
			l.fatal(matchFile, t.Line, "match", "%s: the answer %q has no fit for the level %q%s", role.Slug, a.Label, t.Level, didYouMean(t.Level, a.Fit))
		}
	}
}
