package corpus

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// States is what the folder knows about single states: states.yaml, and the pay
// of pay-by-state.csv.
type States struct {
	// Unknown is what is said where no rule is known, with {role}, {state} and
	// {office} in it.
	Unknown string
	// PayPage is the address of the publisher's page on a state's pay, with
	// {state} for its abbreviation in small letters; "" when there is none.
	PayPage  string
	Anywhere []*Licensing // in file order
	Outside  []*Place     // places that are none of the states
	All      []*State     // in file order

	pay map[payKey]*StatePay
}

// A Licensing is what holds for some roles whatever the state.
type Licensing struct {
	Roles  []string
	Office Office // whom to ask in every state: its link leads to a list of the offices
	Rule   *Rule  // nil when nothing holds in all states
	Line   int
}

// A State is a state, district or territory.
type State struct {
	Name    string
	Abbr    string   // two letters, capitals
	Also    []string // other names
	Cities  []string // known by these alone: "houston"
	Word    bool     // the abbreviation is also an English word or another short form
	Offices []*Office
	Rules   []*Rule
	Line    int
}

// An Office is who decides on a license.
type Office struct {
	Name  string
	Link  string // https address
	Roles []string
	Line  int
}

// A Rule is what is known about licensing some roles in a state.
type Rule struct {
	Roles      []string
	Text       string
	Section    *Passage // tells more, nil when none does
	Facts      []*Fact  // figures of the text
	Source     *Source
	AsOf       Date
	Confidence string // primary, secondary, conflicting or unverified
	Line       int

	section string
}

// Dated returns the rule's date in words, or "undated".
func (r *Rule) Dated() string {
	if r.AsOf.IsZero() {
		return "undated"
	}
	return r.AsOf.Words()
}

// A Place is somewhere the folder does not cover.
type Place struct {
	Name string
	Also []string
	Line int
}

// State returns the state of that abbreviation, in any case, or nil.
func (s *States) State(abbr string) *State {
	i := slices.IndexFunc(s.All, func(st *State) bool { return strings.EqualFold(st.Abbr, abbr) })
	if i < 0 {
		return nil
	}
	return s.All[i]
}

// For returns what holds for the role in every state, or nil.
func (s *States) For(role string) *Licensing {
	i := slices.IndexFunc(s.Anywhere, func(l *Licensing) bool { return slices.Contains(l.Roles, role) })
	if i < 0 {
		return nil
	}
	return s.Anywhere[i]
}

// Rule returns what is known for a role in the state, or nil.
func (st *State) Rule(role string) *Rule {
	i := slices.IndexFunc(st.Rules, func(r *Rule) bool { return slices.Contains(r.Roles, role) })
	if i < 0 {
		return nil
	}
	return st.Rules[i]
}

// Office returns who decides on a role in the state, or nil.
func (st *State) Office(role string) *Office {
	i := slices.IndexFunc(st.Offices, func(o *Office) bool { return slices.Contains(o.Roles, role) })
	if i < 0 {
		return nil
	}
	return st.Offices[i]
}

var abbrPattern = regexp.MustCompile(`^[A-Z]{2}$`)

func (l *loader) parseStates(f *yamlFile, text string) {
	s := &l.c.States
	f.fields(f.parse([]byte(text)), "states.yaml", fieldMap{
		"unknown":  f.set(&s.Unknown, "unknown"),
		"pay_page": f.set(&s.PayPage, "pay_page"),
		"anywhere": func(_, v *yaml.Node) {
			f.items(v, "anywhere", func(n *yaml.Node) { s.Anywhere = append(s.Anywhere, l.parseLicensing(f, n)) })
		},
		"outside": func(_, v *yaml.Node) {
			f.items(v, "outside", func(n *yaml.Node) {
				p := &Place{Line: f.line(n)}
				f.fields(n, "a place", fieldMap{"place": f.set(&p.Name, "place"), "also": f.setAll(&p.Also, "also")})
				f.need(n, "a place", "place", p.Name)
				s.Outside = append(s.Outside, p)
			})
		},
		"states": func(_, v *yaml.Node) {
			f.items(v, "states", func(n *yaml.Node) { l.parseState(f, n) })
		},
	})
	if s.PayPage != "" && !goodURL(strings.ReplaceAll(s.PayPage, "{state}", "tx")) {
		l.fatal(f.name, 1, "link", "pay_page must be a whole https:// address with {state} in it")
	}
}

func (l *loader) parseState(f *yamlFile, n *yaml.Node) {
	st := &State{Line: f.line(n)}
	f.fields(n, "a state", fieldMap{
		"state": f.set(&st.Name, "state"), "abbr": f.set(&st.Abbr, "abbr"),
		"also": f.setAll(&st.Also, "also"), "cities": f.setAll(&st.Cities, "cities"),
		"word": func(_, v *yaml.Node) { st.Word = f.bool(v, "word") },
		"offices": func(_, v *yaml.Node) {
			f.items(v, "offices", func(n *yaml.Node) {
				o := &Office{Line: f.line(n)}
				f.fields(n, "an office", fieldMap{
					"name": f.set(&o.Name, "name"), "link": f.set(&o.Link, "link"), "roles": f.setAll(&o.Roles, "roles"),
				})
				f.checkOffice(n, o, "name")
				st.Offices = append(st.Offices, o)
			})
		},
		"rules": func(_, v *yaml.Node) {
			f.items(v, "rules", func(n *yaml.Node) { st.Rules = append(st.Rules, l.parseRule(f, n, "roles")) })
		},
	})
	f.need(n, "a state", "state", st.Name)
	if !abbrPattern.MatchString(st.Abbr) {
		f.bad(n, "value", "%s needs \"abbr\": its two capital letters", cmp.Or(st.Name, "a state"))
		return
	}
	if other := l.c.States.State(st.Abbr); other != nil {
		f.bad(n, "duplicate", "%s already stands for %s", st.Abbr, other.Name)
		return
	}
	l.c.States.All = append(l.c.States.All, st)
}

// checkOffice wants an office whole; nameKey is the key its name stands under.
func (f *yamlFile) checkOffice(n *yaml.Node, o *Office, nameKey string) {
	f.need(n, "an office", nameKey, o.Name)
	if len(o.Roles) == 0 {
		f.bad(n, "required", "the office %q needs \"roles\": whom it decides on", o.Name)
	}
	if !strings.HasPrefix(o.Link, "https://") || !goodURL(o.Link) {
		f.bad(n, "link", "the office %q needs \"link\": a whole https:// address", o.Name)
	}
}

// parseLicensing reads an entry that holds in every state: a rule, if there is
// one, beside the office to ask.
func (l *loader) parseLicensing(f *yamlFile, n *yaml.Node) *Licensing {
	e := &Licensing{Line: f.line(n)}
	r := &Rule{Line: f.line(n), Confidence: "primary"}
	fields, done := l.ruleFields(f, r)
	fields["roles"] = f.setAll(&e.Roles, "roles")
	fields["office"] = f.set(&e.Office.Name, "office")
	fields["link"] = f.set(&e.Office.Link, "link")
	f.fields(n, "an entry of anywhere", fields)
	e.Office.Roles, e.Office.Line, r.Roles = e.Roles, e.Line, e.Roles
	f.checkOffice(n, &e.Office, "office")
	if r.Text != "" {
		done(n)
		e.Rule = r
	}
	return e
}

func (l *loader) parseRule(f *yamlFile, n *yaml.Node, rolesKey string) *Rule {
	r := &Rule{Line: f.line(n), Confidence: "primary"}
	fields, done := l.ruleFields(f, r)
	fields[rolesKey] = f.setAll(&r.Roles, rolesKey)
	f.fields(n, "a rule", fields)
	if len(r.Roles) == 0 {
		f.bad(n, "required", "a rule needs \"roles\": whom it concerns")
	}
	f.need(n, "a rule", "rule", r.Text)
	done(n)
	return r
}

// ruleFields are the keys of a rule; done reports what they lack.
func (l *loader) ruleFields(f *yamlFile, r *Rule) (fields fieldMap, done func(*yaml.Node)) {
	var source string
	dated := false
	fields = fieldMap{
		"rule": f.set(&r.Text, "rule"), "section": f.set(&r.section, "section"), "source": f.set(&source, "source"),
		"as_of":      func(_, v *yaml.Node) { r.AsOf, dated = f.date(v, "as_of"), true },
		"confidence": func(_, v *yaml.Node) { r.Confidence = f.oneOf(v, "confidence", confidences...) },
	}
	return fields, func(n *yaml.Node) {
		r.Source = l.source(f, n, "a rule", source)
		if !dated {
			f.bad(n, "source-date", "a rule needs \"as_of\": its date, or undated when the source has none")
		}
	}
}

var refPattern = regexp.MustCompile(`\{\{([^{}]+)\}\}`)

// resolveRules puts figures in place of references and finds the sections.
func (l *loader) resolveRules() {
	for _, r := range l.c.States.rules() {
		bare := refPattern.ReplaceAllString(r.Text, "\x00")
		for _, fig := range figurePattern.FindAllString(bare, -1) {
			l.fatal(statesFile, r.Line, "figure", "the rule holds the figure %q; make it a fact of a page and write {{page:id}}", strings.TrimSpace(fig))
		}
		r.Text = refPattern.ReplaceAllStringFunc(r.Text, func(ref string) string { return l.ruleFigure(r, strings.Trim(ref, "{}")) })
		if r.section == "" {
			continue
		}
		if r.Section = l.c.passages[r.section]; r.Section == nil {
			l.fatal(statesFile, r.Line, "section", "there is no section %q%s", r.section, didYouMean(r.section, l.c.passages))
		}
	}
}

// rules returns every rule of the file.
func (s *States) rules() []*Rule {
	var out []*Rule
	for _, a := range s.Anywhere {
		if a.Rule != nil {
			out = append(out, a.Rule)
		}
	}
	for _, st := range s.All {
		out = append(out, st.Rules...)
	}
	return out
}

// ruleFigure returns the words for page:id or page:id.as_of.
func (l *loader) ruleFigure(r *Rule, ref string) string {
	pageID, rest, _ := strings.Cut(strings.TrimSpace(ref), ":")
	id, field, _ := strings.Cut(rest, ".")
	page := l.c.pages[pageID]
	if page == nil || page.Fact(id) == nil || field != "" && field != "as_of" {
		l.fatal(statesFile, r.Line, "fact", "{{%s}}: there is no such fact; write {{roles/phlebotomist:pay-median}}", ref)
		return "?"
	}
	f := page.Fact(id)
	if !slices.Contains(r.Facts, f) {
		r.Facts = append(r.Facts, f)
	}
	if field == "as_of" {
		return f.Dated()
	}
	return f.Text
}

// statesFile holds the states, their offices and rules.
const statesFile = "states.yaml"

// checkStates looks across files, and refuses names that mean two places.
func (l *loader) checkStates() {
	s := &l.c.States
	for _, a := range s.Anywhere {
		l.checkRoles(Fatal, statesFile, a.Line, "the entry", a.Roles)
	}
	owners := map[string]string{}
	claim := func(name, owner string, line int) {
		if other, taken := owners[fold(name)]; taken && other != owner {
			l.fatal(statesFile, line, "alias-clash", "the name %q already means %s", name, other)
		}
		owners[fold(name)] = owner
	}
	for _, st := range s.All {
		for _, name := range append([]string{st.Name}, st.Also...) {
			claim(name, "the state "+st.Name, st.Line)
		}
		for _, o := range st.Offices {
			l.checkRoles(Fatal, statesFile, o.Line, "the office", o.Roles)
		}
		seen := map[string]bool{}
		for _, r := range st.Rules {
			l.checkRoles(Fatal, statesFile, r.Line, "the rule", r.Roles)
			for _, role := range r.Roles {
				if seen[role] {
					l.fatal(statesFile, r.Line, "duplicate", "%s has two rules for %s; keep one", st.Name, role)
				}
				seen[role] = true
			}
		}
	}
	for _, p := range s.Outside {
		for _, name := range append([]string{p.Name}, p.Also...) {
			claim(name, "the place "+p.Name, p.Line)
		}
	}
	for _, p := range l.c.Roles() {
		if len(s.All) > 0 && s.For(p.Slug) == nil {
			l.add(Error, statesFile, 1, "role", "anywhere has no entry for %q: name the office that people ask about it", p.Slug)
		}
	}
	if len(s.All) > 0 && s.Unknown == "" {
		l.fatal(statesFile, 1, "required", "needs \"unknown\": what is said where no rule is known")
	}
}
