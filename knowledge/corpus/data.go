package corpus

import (
	"cmp"
	"net/url"
	"slices"

	"go.yaml.in/yaml/v3"
)

// need reports a missing key of an entry.
func (f *yamlFile) need(n *yaml.Node, what, key, value string) {
	if value == "" {
		f.bad(n, "required", "%s needs %q", what, key)
	}
}

type fieldMap = map[string]func(key, value *yaml.Node)

// set returns a handler that stores the value's text.
func (f *yamlFile) set(dst *string, what string) func(_, v *yaml.Node) {
	return func(_, v *yaml.Node) { *dst = f.text(v, what) }
}

// setAll returns a handler that stores a list of texts.
func (f *yamlFile) setAll(dst *[]string, what string) func(_, v *yaml.Node) {
	return func(_, v *yaml.Node) { *dst = f.texts(v, what) }
}

func (l *loader) parseSources(f *yamlFile, text string) {
	f.items(f.parse([]byte(text)), "sources.yaml", func(n *yaml.Node) {
		s := &Source{Line: f.line(n), Tier: "primary"}
		dated := false
		f.fields(n, "a source", fieldMap{
			"id": f.set(&s.ID, "id"), "publisher": f.set(&s.Publisher, "publisher"),
			"title": f.set(&s.Title, "title"), "url": f.set(&s.URL, "url"),
			"as_of":     func(_, v *yaml.Node) { s.AsOf, dated = f.date(v, "as_of"), true },
			"retrieved": func(_, v *yaml.Node) { s.Retrieved = f.date(v, "retrieved") },
			"tier":      func(_, v *yaml.Node) { s.Tier = f.oneOf(v, "tier", "primary", "secondary", "advice") },
			"note":      func(_, v *yaml.Node) { f.text(v, "note") },
		})
		what := "source " + cmp.Or(s.ID, "entry")
		f.need(n, what, "id", s.ID)
		f.need(n, what, "title", s.Title)
		if !dated {
			f.bad(n, "source-date", "%s needs \"as_of\": the date of what the page says, or undated", what)
		}
		if s.URL != "" && !goodURL(s.URL) {
			f.bad(n, "link", "%s: url must be a whole https:// or http:// address", what)
			s.URL = ""
		}
		if _, twice := l.c.sources[s.ID]; twice {
			f.bad(n, "duplicate", "%s stands twice; keep one", what)
			return
		}
		if s.ID != "" {
			l.c.sources[s.ID] = s
			l.c.Sources = append(l.c.Sources, s)
		}
	})
}

// goodURL accepts absolute web addresses with a host and nothing odd.
func goodURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && len(s) <= 2000
}

func (l *loader) parseTopics(f *yamlFile, text string) {
	f.items(f.parse([]byte(text)), "topics.yaml", func(n *yaml.Node) {
		t := &Topic{Line: f.line(n)}
		var kind string
		f.fields(n, "a topic", fieldMap{
			"kind":  func(_, v *yaml.Node) { kind = f.oneOf(v, "kind", "match", "path", "compare") },
			"topic": f.set(&t.Slug, "topic"), "title": f.set(&t.Title, "title"),
			"words": f.setAll(&t.Words, "words"), "next": f.setAll(&t.Next, "next"), "asks": f.setAll(&t.Asks, "asks"),
		})
		if kind != "" {
			if t.Slug != "" || t.Title != "" || t.Next != nil {
				f.bad(n, "value", "an entry with kind: %s holds only asks", kind)
			}
			l.c.Functions = append(l.c.Functions, &Function{Kind: kind, Asks: t.Asks, Line: t.Line})
			return
		}
		f.need(n, "a topic", "topic", t.Slug)
		t.Title = cmp.Or(t.Title, t.Slug)
		if t.Slug == "" {
			return
		}
		if !slugPattern.MatchString(t.Slug) {
			f.bad(n, "slug", "topic %q: letters, digits, '-' and '_' only", t.Slug)
			return
		}
		if _, twice := l.c.topics[t.Slug]; twice {
			f.bad(n, "duplicate", "topic %q stands twice; keep one", t.Slug)
			return
		}
		l.c.topics[t.Slug] = t
		l.c.Topics = append(l.c.Topics, t)
	})
}

func (l *loader) parseGlossary(f *yamlFile, text string) {
	f.items(f.parse([]byte(text)), "glossary.yaml", func(n *yaml.Node) {
		t := &Term{Line: f.line(n)}
		var one Sense
		sense := func(s *Sense) fieldMap {
			return fieldMap{
				"label": f.set(&s.Label, "label"), "field": f.set(&s.Field, "field"),
				"meaning": f.set(&s.Meaning, "meaning"), "page": f.set(&s.PageID, "page"),
				"roles": f.setAll(&s.Roles, "roles"), "cues": f.setAll(&s.Cues, "cues"),
			}
		}
		fields := sense(&one)
		fields["term"] = f.set(&t.Term, "term")
		fields["also"] = f.setAll(&t.Also, "also")
		fields["unless"] = f.setAll(&t.Unless, "unless")
		fields["exact"] = func(_, v *yaml.Node) { t.Exact = f.bool(v, "exact") }
		fields["senses"] = func(_, v *yaml.Node) {
			f.items(v, "senses", func(n *yaml.Node) {
				var s Sense
				f.fields(n, "a sense", sense(&s))
				what := "a sense of " + cmp.Or(t.Term, "a term")
				f.need(n, what, "meaning", s.Meaning)
				f.need(n, what, "label", s.Label)
				t.Senses = append(t.Senses, s)
			})
		}
		f.fields(n, "a term", fields)
		f.need(n, "a term", "term", t.Term)
		switch {
		case len(t.Senses) > 0 && one.Meaning != "":
			f.bad(n, "value", "%q has both a meaning and senses; keep one way", t.Term)
		case len(t.Senses) == 0:
			f.need(n, "term "+t.Term, "meaning", one.Meaning)
			one.Label = cmp.Or(one.Label, t.Term)
			t.Senses = []Sense{one}
		case len(t.Senses) == 1:
			f.bad(n, "value", "%q has only one sense; write its meaning directly", t.Term)
		}
		if t.Term != "" {
			l.c.Terms = append(l.c.Terms, t)
		}
	})
}

var confidences = []string{"primary", "secondary", "conflicting", "unverified"}

func (l *loader) parseLadder(f *yamlFile, text string) {
	root := f.parse([]byte(text))
	f.fields(root, "ladder.yaml", fieldMap{
		"steps": func(_, v *yaml.Node) {
			f.items(v, "steps", func(n *yaml.Node) {
				s := &Step{Line: f.line(n), Confidence: "primary"}
				var source string
				dated := false
				f.fields(n, "a step", fieldMap{
					"from": f.set(&s.From, "from"), "to": f.set(&s.To, "to"), "time": f.set(&s.Time, "time"),
					"credential": f.set(&s.Credential, "credential"), "costs": f.setAll(&s.costs, "costs"), "detail": f.set(&s.Detail, "detail"),
					"source":     f.set(&source, "source"),
					"as_of":      func(_, v *yaml.Node) { s.AsOf, dated = f.date(v, "as_of"), true },
					"confidence": func(_, v *yaml.Node) { s.Confidence = f.oneOf(v, "confidence", confidences...) },
					"shortcut":   func(_, v *yaml.Node) { s.Shortcut = f.bool(v, "shortcut") },
				})
				what := "step " + s.From + " to " + s.To
				f.need(n, what, "from", s.From)
				f.need(n, what, "to", s.To)
				f.need(n, what, "detail", s.Detail)
				s.Source = l.source(f, n, what, source)
				if !dated {
					f.bad(n, "source-date", "%s needs \"as_of\"", what)
				}
				l.c.Ladder.Steps = append(l.c.Ladder.Steps, s)
			})
		},
		"destinations": func(_, v *yaml.Node) {
			f.items(v, "destinations", func(n *yaml.Node) {
				d := &Destination{}
				f.fields(n, "a destination", fieldMap{
					"id": f.set(&d.ID, "id"), "title": f.set(&d.Title, "title"), "aliases": f.setAll(&d.Aliases, "aliases"),
					"also": f.setAll(&d.Also, "also"),
				})
				f.need(n, "a destination", "id", d.ID)
				f.need(n, "destination "+d.ID, "title", d.Title)
				l.c.Ladder.Destinations = append(l.c.Ladder.Destinations, d)
			})
		},
		"terminals": f.setAll(&l.c.Ladder.Terminals, "terminals"),
		"beliefs": func(_, v *yaml.Node) {
			f.items(v, "beliefs", func(n *yaml.Node) {
				b := &Belief{Line: f.line(n)}
				var source string
				f.fields(n, "a belief", fieldMap{
					"belief": f.set(&b.Belief, "belief"), "truth": f.set(&b.Truth, "truth"),
					"from": f.set(&b.From, "from"), "to": f.set(&b.To, "to"), "asks": f.setAll(&b.Asks, "asks"),
					"source": f.set(&source, "source"),
					"as_of":  func(_, v *yaml.Node) { b.AsOf = f.date(v, "as_of") },
				})
				f.need(n, "a belief", "belief", b.Belief)
				f.need(n, "a belief", "truth", b.Truth)
				b.Source = l.source(f, n, "a belief", source)
				l.c.Ladder.Beliefs = append(l.c.Ladder.Beliefs, b)
			})
		},
	})
}

// source looks a source up and reports a missing or unknown one.
func (l *loader) source(f *yamlFile, n *yaml.Node, what, id string) *Source {
	if id == "" {
		f.bad(n, "source", "%s needs \"source\": an id of sources.yaml", what)
		return nil
	}
	s := l.c.sources[id]
	if s == nil {
		f.bad(n, "source", "%s: there is no source %q in sources.yaml%s", what, id, didYouMean(id, l.c.sources))
	}
	return s
}

func (l *loader) parseBoundaries(f *yamlFile, text string) {
	f.items(f.parse([]byte(text)), "boundaries.yaml", func(n *yaml.Node) {
		b := &Boundary{Line: f.line(n)}
		f.fields(n, "a boundary", fieldMap{
			"reason": func(_, v *yaml.Node) { b.Reason = f.oneOf(v, "reason", Reasons...) },
			"asks":   f.setAll(&b.Asks, "asks"), "phrases": f.setAll(&b.Phrases, "phrases"),
			"reply": f.set(&b.Reply, "reply"),
		})
		f.need(n, "a boundary", "reason", b.Reason)
		if b.Reason == "" {
			return
		}
		if same := l.c.Boundary(b.Reason); same != nil {
			f.bad(n, "duplicate", "reason %q stands twice; put all its asks in one entry", b.Reason)
			return
		}
		l.c.Boundaries = append(l.c.Boundaries, b)
	})
	slices.SortStableFunc(l.c.Boundaries, func(a, b *Boundary) int {
		return cmp.Compare(slices.Index(Reasons, a.Reason), slices.Index(Reasons, b.Reason))
	})
}

// Answer kinds that a golden question may expect.
var answerKinds = []string{"answer", "compare", "path", "match", "define", "clarify", "decline", "meta"}

func (l *loader) parseTests(f *yamlFile, text string) {
	f.items(f.parse([]byte(text)), "a file of golden questions", func(n *yaml.Node) {
		t := &Test{File: f.name, Line: f.line(n)}
		var turn Turn
		fields := f.turnFields(&turn)
		fields["set"] = func(_, v *yaml.Node) { t.Set = f.oneOf(v, "set", "tune", "measure") }
		fields["turns"] = func(_, v *yaml.Node) {
			f.items(v, "turns", func(n *yaml.Node) {
				var turn Turn
				f.fields(n, "a turn", f.turnFields(&turn))
				f.need(n, "a turn", "ask", turn.Ask)
				t.Turns = append(t.Turns, turn)
			})
		}
		f.fields(n, "a golden question", fields)
		switch {
		case turn.Ask != "" && len(t.Turns) > 0:
			f.bad(n, "value", "a golden question has either \"ask\" or \"turns\"")
		case turn.Ask != "":
			t.Turns = []Turn{turn}
		case len(t.Turns) == 0:
			f.bad(n, "required", "a golden question needs \"ask\" or \"turns\"")
		}
		l.c.Tests = append(l.c.Tests, t)
	})
}

func (f *yamlFile) turnFields(t *Turn) fieldMap {
	return fieldMap{
		"ask":     f.set(&t.Ask, "ask"),
		"kind":    func(_, v *yaml.Node) { t.Kind = f.oneOf(v, "kind", answerKinds...) },
		"reason":  func(_, v *yaml.Node) { t.Reason = f.oneOf(v, "reason", Reasons...) },
		"roles":   func(_, v *yaml.Node) { t.Roles = f.optional(v, "roles") },
		"topics":  func(_, v *yaml.Node) { t.Topics = f.optional(v, "topics") },
		"passage": f.set(&t.Passage, "passage"),
		"note":    func(_, v *yaml.Node) { f.text(v, "note") },
	}
}

// optional is texts for a list that may be empty, distinguished from absent.
func (f *yamlFile) optional(v *yaml.Node, what string) []string {
	if out := f.texts(v, what); out != nil {
		return out
	}
	return []string{}
}

// ParseTests reads a file of golden questions on its own. Names in it are not
// looked up.
func ParseTests(name, text string) ([]*Test, []Problem) {
	l := &loader{c: &Corpus{}}
	l.parseTests(&yamlFile{name: name, report: &l.report}, text)
	return l.c.Tests, l.sorted()
}
