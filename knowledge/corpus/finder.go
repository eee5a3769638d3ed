package corpus

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Route is a way to a credential in one sentence.
type Route struct {
	Text   string
	Facts  []*Fact // figures of the text
	Source *Source
	Line   int
}

// An Acceptance is what is known of a state that accepts a credential, as the
// whole or a part of what it asks for.
type Acceptance struct {
	State  string // abbreviation
	Source *Source
	AsOf   Date
	Line   int
}

// Dated returns the date in words, or "undated".
func (a *Acceptance) Dated() string {
	if a.AsOf.IsZero() {
		return "undated"
	}
	return a.AsOf.Words()
}

// AcceptedIn returns what is known of the state's accepting the credential, or nil.
func (p *Page) AcceptedIn(abbr string) *Acceptance {
	i := slices.IndexFunc(p.Accepted, func(a *Acceptance) bool { return a.State == abbr })
	if i < 0 {
		return nil
	}
	return p.Accepted[i]
}

// Credentials returns the credential pages of a role: those the law asks for
// first, then those employers want, then the voluntary ones, each by ID.
func (c *Corpus) Credentials(role string) []*Page {
	var out []*Page
	for _, need := range requirements {
		for _, p := range c.Pages {
			if p.Requirement[role] == need {
				out = append(out, p)
			}
		}
	}
	return out
}

// requirements are the values of a credential's requirement, gravest first.
var requirements = []string{"law", "employers", "voluntary"}

// finderFields are the header keys of credentials by which they are found.
func (l *loader) finderFields(p *Page, f *yamlFile, fields fieldMap) {
	fields["states"] = f.setAll(&p.States, "states")
	fields["without_school"] = func(k, v *yaml.Node) {
		var source string
		p.ByWork = &Route{Line: f.line(k)}
		f.fields(v, "without_school", fieldMap{"how": f.set(&p.ByWork.Text, "how"), "source": f.set(&source, "source")})
		f.need(k, "without_school", "how", p.ByWork.Text)
		p.ByWork.Source = l.source(f, k, "without_school", source)
	}
	fields["accepted"] = func(_, v *yaml.Node) {
		f.items(v, "accepted", func(n *yaml.Node) {
			a := &Acceptance{Line: f.line(n)}
			var source string
			dated := false
			f.fields(n, "accepted", fieldMap{
				"state": f.set(&a.State, "state"), "source": f.set(&source, "source"),
				"as_of": func(_, v *yaml.Node) { a.AsOf, dated = f.date(v, "as_of"), true },
			})
			a.Source = l.source(f, n, "accepted", source)
			if !dated {
				f.bad(n, "source-date", "accepted needs \"as_of\": its date, or undated when the source has none")
			}
			p.Accepted = append(p.Accepted, a)
		})
	}
}

// resolveRoutes puts figures in place of references to the page's own facts.
func (l *loader) resolveRoutes() {
	for _, p := range l.c.Pages {
		r := p.ByWork
		if r == nil {
			continue
		}
		for _, fig := range figurePattern.FindAllString(refPattern.ReplaceAllString(r.Text, "\x00"), -1) {
			l.fatal(p.File, r.Line, "figure", "without_school holds the figure %q; make it a fact and write {{id}}", strings.TrimSpace(fig))
		}
		r.Text = refPattern.ReplaceAllStringFunc(r.Text, func(ref string) string {
			f := p.Fact(strings.TrimSpace(strings.Trim(ref, "{}")))
			if f == nil {
				l.fatal(p.File, r.Line, "fact", "%s: the page has no such fact", ref)
				return "?"
			}
			r.Facts = append(r.Facts, f)
			return f.Text
		})
	}
}

// checkFinder wants the states that credentials name to exist.
func (l *loader) checkFinder() {
	for _, p := range l.c.Pages {
		line := p.Line
		abbrs := slices.Clone(p.States)
		for _, a := range p.Accepted {
			abbrs = append(abbrs, a.State)
		}
		for _, abbr := range abbrs {
			if l.c.States.State(abbr) == nil {
				l.fatal(p.File, line, "state", "there is no state %q in states.yaml; write its two capital letters", abbr)
			}
		}
	}
}
