package corpus

import (
	"bytes"
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
	"go.yaml.in/yaml/v3"
)

// maxShort is the longest button label every platform shows whole.
const maxShort = 34

var anchorPattern = regexp.MustCompile(`^([A-Za-z0-9_-]+)(?:\.([A-Za-z0-9_-]+))?$`)

// parsePage returns the page, possibly incomplete after reported problems.
func (l *loader) parsePage(kind Kind, slug, name, src string) *Page {
	p := &Page{ID: kind.Folder() + "/" + slug, Kind: kind, Slug: slug, File: name, Line: 1}
	header, body, bodyLine, ok := splitFrontMatter(src)
	if !ok {
		l.fatal(name, 1, "front-matter", "a page starts with a header between two lines of '---' that holds at least 'title:'")
		return nil
	}
	asks := l.parseHeader(p, &yamlFile{name: name, offset: 1, report: &l.report}, header)
	l.parseBody(p, body, bodyLine)
	for _, a := range asks {
		ps := passageByAnchor(p, a.anchor)
		if ps == nil {
			l.fatal(name, a.line, "asks", "the page has no section {#%s}; add it, or move these asks", a.anchor)
			continue
		}
		ps.Asks = a.asks
	}
	return p
}

func passageByAnchor(p *Page, anchor string) *Passage {
	for _, ps := range p.Passages {
		if ps.ID == p.ID+"#"+anchor {
			return ps
		}
	}
	return nil
}

// splitFrontMatter cuts the header off; bodyLine counts the lines before the body.
func splitFrontMatter(src string) (header, body string, bodyLine int, ok bool) {
	rest, found := strings.CutPrefix(src, "---\n")
	if !found {
		return "", "", 0, false
	}
	if strings.HasPrefix(rest, "---\n") {
		return "", rest[4:], 2, true
	}
	header, body, found = strings.Cut(rest, "\n---\n")
	if !found {
		if header, found = strings.CutSuffix(rest, "\n---"); !found {
			return "", "", 0, false
		}
		body = ""
	}
	return header, body, strings.Count(header, "\n") + 3, true
}

type anchorAsks struct {
	anchor string
	asks   []string
	line   int
}

func (l *loader) parseHeader(p *Page, f *yamlFile, header string) []anchorAsks {
	var asks []anchorAsks
	before := len(l.problems)
	root := f.parse([]byte(header))
	if root == nil {
		if len(l.problems) > before {
			return nil // not YAML at all: said already
		}
		l.fatal(p.File, 1, "required", "the page needs a title: add 'title: …' to its header")
		return nil
	}
	fields := fieldMap{
		"title": func(k, v *yaml.Node) { p.Title, p.Line = f.text(v, "title"), f.line(k) },
		"short": f.set(&p.Short, "short"), "owner": f.set(&p.Owner, "owner"),
		"aliases":   f.setAll(&p.Aliases, "aliases"),
		"roles":     f.setAll(&p.Roles, "roles"),
		"reviewed":  func(_, v *yaml.Node) { p.Reviewed = f.date(v, "reviewed") },
		"review_by": func(_, v *yaml.Node) { p.ReviewBy = f.date(v, "review_by") },
		"facts":     func(_, v *yaml.Node) { l.parseFacts(p, f, v) },
		"asks": func(_, v *yaml.Node) {
			f.fields(v, "asks", fieldMap{"*": func(k, v *yaml.Node) {
				asks = append(asks, anchorAsks{k.Value, f.texts(v, "asks of "+k.Value), f.line(k)})
			}})
		},
	}
	if p.Kind == Role {
		fields["occupation"] = f.set(&p.Occupation, "occupation")
	}
	if p.Kind == Certification {
		fields["issuer"] = f.set(&p.Issuer, "issuer")
		l.finderFields(p, f, fields)
		fields["requirement"] = func(_, v *yaml.Node) {
			p.Requirement = map[string]string{}
			f.fields(v, "requirement", fieldMap{"*": func(k, v *yaml.Node) {
				p.Requirement[k.Value] = f.oneOf(v, "requirement of "+k.Value, "law", "employers", "voluntary")
			}})
		}
	}
	f.fields(root, "the header", fields)
	if p.Title == "" {
		l.fatal(p.File, 1, "required", "the page needs a title: add 'title: …' to its header")
	}
	p.Short = cmp.Or(p.Short, p.Title)
	if n := utf8.RuneCountInString(p.Short); n > maxShort {
		level := Error
		if p.Short == p.Title {
			level = Warning
		}
		l.add(level, p.File, p.Line, "short", "%q has %d characters; add a 'short:' of at most %d for buttons", p.Short, n, maxShort)
	}
	return asks
}

func (l *loader) parseFacts(p *Page, f *yamlFile, n *yaml.Node) {
	f.fields(n, "facts", fieldMap{"*": func(k, v *yaml.Node) {
		fact := &Fact{ID: k.Value, Page: p, Line: f.line(k), Confidence: "primary"}
		what := "fact " + fact.ID
		if !slugPattern.MatchString(fact.ID) {
			f.bad(k, "slug", "%s: letters, digits, '-' and '_' only", what)
		}
		var source string
		var value *yaml.Node
		dated := false
		f.fields(v, what, fieldMap{
			"label": f.set(&fact.Label, "label"), "unit": f.set(&fact.Unit, "unit"),
			"value":  func(_, v *yaml.Node) { value = v },
			"source": f.set(&source, "source"), "covers": f.set(&fact.Covers, "covers"), "note": f.set(&fact.Note, "note"),
			"as_of":      func(_, v *yaml.Node) { fact.AsOf, dated = f.date(v, "as_of"), true },
			"confidence": func(_, v *yaml.Node) { fact.Confidence = f.oneOf(v, "confidence", confidences...) },
		})
		f.need(k, what, "label", fact.Label)
		f.need(k, what, "unit", fact.Unit)
		if !dated {
			f.bad(k, "fact-date", "%s has no date: add 'as_of: 2025-05', or 'as_of: undated' when the source has none", what)
		}
		if source == "" {
			f.bad(k, "fact-source", "%s has no source: add 'source:' with an id of sources.yaml", what)
		} else if fact.Source = l.c.sources[source]; fact.Source == nil {
			f.bad(k, "source", "%s: there is no source %q in sources.yaml%s", what, source, didYouMean(source, l.c.sources))
		}
		if value == nil {
			f.bad(k, "required", "%s needs \"value\"", what)
		} else {
			f.factValue(fact, value, what)
		}
		p.Facts = append(p.Facts, fact)
	}})
}

func (f *yamlFile) factValue(fact *Fact, v *yaml.Node, what string) {
	if fact.Unit == "text" {
		fact.Text = f.text(v, "value of "+what)
		return
	}
	ok := true
	if v.Kind == yaml.SequenceNode {
		if len(v.Content) != 2 {
			f.bad(v, "type", "%s: a range has two numbers, [120, 170]", what)
			return
		}
		var okHigh bool
		fact.Low, ok = f.number(v.Content[0], "value of "+what)
		fact.High, okHigh = f.number(v.Content[1], "value of "+what)
		if ok = ok && okHigh; ok && fact.High < fact.Low {
			f.bad(v, "value", "%s: the range runs backwards", what)
		}
	} else {
		fact.Low, ok = f.number(v, "value of "+what)
		fact.High = fact.Low
	}
	if ok {
		fact.Text = formatValue(fact.Low, fact.High, fact.Unit)
	}
}

// markdown parses CommonMark with heading anchors, fact references and citations.
var markdown = goldmark.New(goldmark.WithParserOptions(
	parser.WithHeadingAttribute(),
	parser.WithInlineParsers(
		util.Prioritized(factRefParser{}, 90),
		util.Prioritized(citationParser{}, 95), // before links, which also start with '['
	),
)).Parser()

func (l *loader) parseBody(p *Page, body string, before int) {
	src := []byte(body)
	w := &walker{l: l, p: p, src: src, before: before}
	doc := markdown.Parse(text.NewReader(src))
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		w.block(n)
	}
	if len(p.Passages) == 0 {
		l.fatal(p.File, before+1, "section", "the page has no section; add one such as '## %s {#overview}'", cmp.Or(p.Title, "Overview"))
	}
	for _, ps := range p.Passages {
		if len(ps.Blocks) == 0 {
			l.fatal(p.File, ps.Line, "section", "the section %q is empty", ps.Title)
		}
	}
}

// walker turns a Markdown tree into passages.
type walker struct {
	l      *loader
	p      *Page
	src    []byte
	before int // lines of the file before src
	cur    *Passage
}

func (w *walker) line(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock {
			if ls := n.Lines(); ls != nil && ls.Len() > 0 {
				return w.lineAt(ls.At(0).Start)
			}
			for c := n.FirstChild(); c != nil && c.Type() == ast.TypeBlock; c = c.FirstChild() {
				if ls := c.Lines(); ls.Len() > 0 {
					return w.lineAt(ls.At(0).Start)
				}
			}
		}
	}
	return w.before + 1
}

func (w *walker) lineAt(offset int) int {
	return w.before + 1 + bytes.Count(w.src[:offset], []byte("\n"))
}

func (w *walker) problem(n ast.Node, rule, format string, args ...any) {
	w.l.fatal(w.p.File, w.line(n), rule, format, args...)
}

func (w *walker) block(n ast.Node) {
	if h, ok := n.(*ast.Heading); ok {
		w.heading(h)
		return
	}
	if w.cur == nil {
		w.problem(n, "section", "text before the first section; start with a heading such as '## Overview {#overview}'")
		w.cur = &Passage{Page: w.p} // report once
		return
	}
	switch n := n.(type) {
	case *ast.Paragraph, *ast.TextBlock:
		w.cur.Blocks = append(w.cur.Blocks, Block{Kind: Paragraph, Spans: w.spans(n)})
	case *ast.List:
		b := Block{Kind: Bullets}
		if n.IsOrdered() {
			b.Kind = Steps
		}
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			var spans []Span
			for c := item.FirstChild(); c != nil; c = c.NextSibling() {
				switch c.(type) {
				case *ast.Paragraph, *ast.TextBlock:
					if len(spans) > 0 {
						spans = append(spans, Span{Text: " "})
					}
					spans = append(spans, w.spans(c)...)
				default:
					w.problem(c, "markdown", "a list item holds only text; lists inside lists do not show on every platform")
				}
			}
			b.Items = append(b.Items, spans)
		}
		w.cur.Blocks = append(w.cur.Blocks, b)
	case *ast.HTMLBlock:
		w.problem(n, "html", "HTML is not allowed; write plain Markdown")
	default:
		w.problem(n, "markdown", "%s is not allowed here; use paragraphs and lists", kindName(n))
	}
}

// kindName names a Markdown construct for a maintainer.
func kindName(n ast.Node) string {
	switch n.Kind() {
	case ast.KindThematicBreak:
		return "a rule (---)"
	case ast.KindFencedCodeBlock, ast.KindCodeBlock:
		return "a code block (text indented by four spaces or fenced)"
	case ast.KindBlockquote:
		return "a quote (>)"
	case ast.KindImage:
		return "a picture"
	case ast.KindAutoLink:
		return "a bare address"
	}
	return strings.ToLower(n.Kind().String())
}

func (w *walker) heading(h *ast.Heading) {
	title := strings.TrimSpace(spanText(w.spans(h)))
	anchor := ""
	if v, ok := h.AttributeString("id"); ok {
		if b, ok := v.([]byte); ok {
			anchor = string(b)
		}
	}
	if h.Level != 2 {
		w.problem(h, "markdown", "headings are level two ('## …'), one a section")
		if w.cur == nil {
			w.cur = &Passage{Page: w.p}
		}
		return
	}
	m := anchorPattern.FindStringSubmatch(anchor)
	ps := &Passage{Page: w.p, Title: title, Line: w.line(h)}
	w.cur = ps
	if m == nil {
		w.problem(h, "anchor", "the heading %q needs its topic as anchor, such as '## %s {#overview}'", title, title)
		return
	}
	ps.ID, ps.Topic, ps.Detail = w.p.ID+"#"+anchor, m[1], m[2]
	if title == "" {
		w.problem(h, "section", "the heading {#%s} has no text", anchor)
	}
	if passageByAnchor(w.p, anchor) != nil {
		w.problem(h, "duplicate", "two sections have the anchor {#%s}; add a detail after a dot: {#%s.more}", anchor, anchor)
		return
	}
	w.p.Passages = append(w.p.Passages, ps)
}

// spans flattens the inline content of a block.
func (w *walker) spans(n ast.Node) []Span {
	var out []Span
	var walk func(n ast.Node, style Span)
	walk = func(n ast.Node, style Span) {
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			s := style
			switch c := c.(type) {
			case *ast.Text:
				s.Text = string(c.Segment.Value(w.src))
				if !c.IsRaw() {
					s.Text = unescape(s.Text)
				}
				if c.SoftLineBreak() || c.HardLineBreak() {
					s.Text += " "
				}
				out = append(out, s)
			case *ast.String:
				s.Text = string(c.Value)
				out = append(out, s)
			case *ast.Emphasis:
				s.Bold = s.Bold || c.Level == 2
				s.Italic = s.Italic || c.Level == 1
				walk(c, s)
			case *ast.Link:
				if !strings.HasPrefix(string(c.Destination), "https://") || !goodURL(string(c.Destination)) {
					w.problem(c, "link", "the link to %q must be a whole https:// address", string(c.Destination))
				} else {
					s.Link = string(c.Destination)
				}
				walk(c, s)
			case *ast.CodeSpan:
				walk(c, s)
			case *factRef:
				s.ref, s.line = c.id, w.line(n)
				out = append(out, s)
			case *citation:
				s.cite, s.line = c.id, w.line(n)
				out = append(out, s)
			case *ast.RawHTML:
				w.problem(n, "html", "HTML is not allowed; write plain Markdown")
			default:
				w.problem(n, "markdown", "%s is not allowed; use plain text, bold, italic and titled links", kindName(c))
			}
		}
	}
	walk(n, Span{})
	return out
}

// unescape resolves backslash escapes and entities as CommonMark does.
func unescape(s string) string {
	b := util.UnescapePunctuations([]byte(s))
	b = util.ResolveNumericReferences(b)
	return string(util.ResolveEntityNames(b))
}

// factRef is {{id}} in the text.
type factRef struct {
	ast.BaseInline
	id string
}

var kindFactRef = ast.NewNodeKind("FactRef")

func (*factRef) Kind() ast.NodeKind            { return kindFactRef }
func (n *factRef) Dump(src []byte, level int)  { ast.DumpHelper(n, src, level, nil, nil) }
func (*citation) Kind() ast.NodeKind           { return kindCitation }
func (n *citation) Dump(src []byte, level int) { ast.DumpHelper(n, src, level, nil, nil) }

// citation is [^source-id] in the text.
type citation struct {
	ast.BaseInline
	id string
}

var kindCitation = ast.NewNodeKind("Citation")

type factRefParser struct{}

func (factRefParser) Trigger() []byte { return []byte{'{'} }

func (factRefParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("{{")) {
		return nil
	}
	end := bytes.Index(line, []byte("}}"))
	if end < 0 {
		return nil
	}
	block.Advance(end + 2)
	return &factRef{id: strings.TrimSpace(string(line[2:end]))}
}

type citationParser struct{}

func (citationParser) Trigger() []byte { return []byte{'['} }

func (citationParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if !bytes.HasPrefix(line, []byte("[^")) {
		return nil
	}
	end := bytes.IndexByte(line, ']')
	if end < 0 {
		return nil
	}
	block.Advance(end + 1)
	return &citation{id: string(line[2:end])}
}
