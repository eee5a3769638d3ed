package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What a rendering for people shows at most of each list; JSON has everything.
const (
	maxGroups  = 50
	maxShown   = 5 // questions of a group
	maxRows    = 20
	maxColumns = 8 // weeks, the newest ones
)

// WriteJSON writes the report as one JSON object. Fields are only ever added.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteText writes the report for a terminal.
func (r *Report) WriteText(w io.Writer) error { return r.write(w, &text{}) }

// WriteMarkdown writes the report for an issue or a wiki.
func (r *Report) WriteMarkdown(w io.Writer) error { return r.write(w, &markdown{}) }

// A page is a report being laid out.
type page interface {
	heading(level int, words string)
	line(words string)
	item(words string)
	table(header []string, rows [][]string)
	paste(lines ...string)
	quote(words string) string // people's words, as what they are
	plain(words string) string // a slug or the like
	String() string
}

func (r *Report) write(w io.Writer, p page) error {
	p.heading(1, "careerbot report")
	p.line(fmt.Sprintf("%s to %s, content %s", day(r.Since), day(r.Made), r.Knowledge))
	r.unanswered(p)
	r.worst(p)
	r.overdue(p)
	r.usage(p)
	r.exchanges(p)
	_, err := io.WriteString(w, p.String())
	return err
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// rest says how much is not shown.
func rest(p page, all, shown int) {
	if all > shown {
		p.line(fmt.Sprintf("... and %d more; --json has all.", all-shown))
	}
}

func (r *Report) unanswered(p page) {
	p.heading(2, "Unanswered questions")
	if len(r.Unanswered) == 0 {
		p.line("None.")
	}
	for i := range r.Unanswered[:min(len(r.Unanswered), maxGroups)] {
		r.Unanswered[i].write(p)
	}
	rest(p, len(r.Unanswered), maxGroups)
}

func (g *Group) write(p page) {
	name := strings.Join(g.Terms, ", ")
	if name == "" {
		name = "no telling words"
	}
	p.heading(3, fmt.Sprintf("%s (asked %s)", p.quote(name), times(g.Count)))
	for _, q := range g.Questions[:min(len(g.Questions), maxShown)] {
		p.item(fmt.Sprintf("%s, asked %s, last on %s, %s", p.quote(q.Text), times(q.Count), day(q.Last), p.plain(q.Reason)))
	}
	rest(p, len(g.Questions), maxShown)
	if g.Nearest != nil {
		p.line(fmt.Sprintf("Nearest: %s (%s), holds %d%% of its terms", g.Nearest.Title, g.Nearest.Passage, int(g.Nearest.Share*100+0.5)))
	}
	s := g.Suggest
	if s.Example != "" {
		p.line(fmt.Sprintf("If that answers it, add to %s:", s.File))
		p.paste("asks:", "  "+s.Topic+":", "    "+s.Example)
	}
	if s.Alias != "" {
		p.line(fmt.Sprintf("If it is another name for that page, add to the aliases of %s:", s.File))
		p.paste(s.Alias)
	}
	if s == (Suggestion{}) && len(g.Terms) > 0 {
		p.line("No page is near enough; --drafts DIR writes a stub for it.")
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (r *Report) worst(p page) {
	p.heading(2, "Answers that did not help")
	if len(r.Worst) == 0 {
		p.line("None.")
		return
	}
	rows := [][]string{}
	for _, a := range r.Worst[:min(len(r.Worst), maxRows)] {
		where := a.File
		if where == "" {
			where = "-"
		}
		rows = append(rows, []string{a.Passage, where, strconv.Itoa(a.NotHelpful), strconv.Itoa(a.Now), strconv.Itoa(a.Helpful),
			strconv.Itoa(a.WrongJob), strconv.Itoa(a.WrongTopic), strconv.Itoa(a.NotEnough), day(a.Last)})
	}
	p.table([]string{"answer", "file", "not helpful", "of these now", "helpful", "wrong job", "wrong topic", "not enough", "last"}, rows)
	rest(p, len(r.Worst), maxRows)
}

func (r *Report) overdue(p page) {
	p.heading(2, "Pages past their review date")
	if len(r.Overdue) == 0 {
		p.line("None.")
		return
	}
	rows := [][]string{}
	for _, d := range r.Overdue {
		owner := d.Owner
		if owner == "" {
			owner = "-"
		}
		rows = append(rows, []string{d.File, d.Title, owner, d.ReviewBy})
	}
	p.table([]string{"file", "title", "owner", "review by"}, rows)
}

func (r *Report) usage(p page) {
	p.heading(2, "Usage")
	p.line(fmt.Sprintf("%d questions.", r.Usage.Total))
	if r.Usage.Total == 0 {
		return
	}
	skip := max(0, len(r.Usage.Weeks)-maxColumns)
	for _, part := range []struct {
		name string
		all  []Series
	}{{"platform", r.Usage.Platforms}, {"role", r.Usage.Roles}, {"topic", r.Usage.Topics}, {"kind", r.Usage.Kinds}} {
		rows := [][]string{}
		for _, s := range part.all[:min(len(part.all), maxRows)] {
			name := s.Name
			if name == "" {
				name = "(none)"
			}
			row := []string{name, strconv.Itoa(s.Total)}
			for _, n := range s.Weeks[skip:] {
				row = append(row, strconv.Itoa(n))
			}
			rows = append(rows, row)
		}
		p.heading(3, "By "+part.name)
		p.table(append([]string{part.name, "total"}, r.Usage.Weeks[skip:]...), rows)
		rest(p, len(part.all), maxRows)
	}
}

func (r *Report) exchanges(p page) {
	p.heading(2, "What mentors answered")
	if len(r.Exchanges) == 0 {
		p.line("None.")
		return
	}
	for _, e := range r.Exchanges[:min(len(r.Exchanges), maxGroups)] {
		p.heading(3, strings.Join(strings.Fields(day(e.Answered)+" "+p.plain(e.Role)+" "+p.plain(e.Topic)), " "))
		p.item("asked: " + p.quote(e.Question))
		for line := range strings.SplitSeq(e.Answer, "\n") {
			if strings.TrimSpace(line) != "" {
				p.item("mentor: " + p.quote(line))
			}
		}
	}
	rest(p, len(r.Exchanges), maxGroups)
	p.line("--drafts DIR writes a stub for each.")
}

// text lays out for a terminal: plain characters, aligned columns.
type text struct{ strings.Builder }

func (t *text) heading(level int, words string) {
	if t.Len() > 0 {
		t.WriteByte('\n')
	}
	t.WriteString(words + "\n")
	if rule := map[int]string{1: "=", 2: "-"}[level]; rule != "" {
		t.WriteString(strings.Repeat(rule, utf8.RuneCountInString(words)) + "\n")
	}
}

func (t *text) line(words string) { t.WriteString(words + "\n") }
func (t *text) item(words string) { t.WriteString("  - " + words + "\n") }

func (t *text) paste(lines ...string) {
	for _, l := range lines {
		t.WriteString("    " + l + "\n")
	}
}

func (t *text) quote(words string) string { return quoted(words) }
func (t *text) plain(words string) string { return words }

func (t *text) table(header []string, rows [][]string) {
	rows = append([][]string{header}, rows...)
	widths := make([]int, len(header))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2)
		}
		t.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// markdown lays out for GitHub and its like. People's words are code, in which
// nothing is markup and nobody is pinged.
type markdown struct {
	strings.Builder
	list bool // the last thing was an item
}

// block begins something with an empty line before it.
func (m *markdown) block() {
	if m.Len() > 0 {
		m.WriteByte('\n')
	}
	m.list = false
}

func (m *markdown) heading(level int, words string) {
	m.block()
	m.WriteString(strings.Repeat("#", level) + " " + words + "\n")
}

func (m *markdown) line(words string) {
	m.block()
	m.WriteString(escaped(words) + "\n")
}

func (m *markdown) item(words string) {
	if !m.list {
		m.block()
		m.list = true
	}
	m.WriteString("- " + words + "\n")
}

func (m *markdown) paste(lines ...string) {
	m.block()
	m.WriteString("```yaml\n" + strings.Join(lines, "\n") + "\n```\n")
}

func (m *markdown) quote(words string) string {
	words = strings.Join(strings.Fields(words), " ")
	return "`" + strings.ReplaceAll(words, "`", "'") + "`"
}

func (m *markdown) plain(words string) string { return escaped(words) }

func (m *markdown) table(header []string, rows [][]string) {
	m.block()
	m.row(header)
	m.WriteString(strings.Repeat("|---", len(header)) + "|\n")
	for _, row := range rows {
		m.row(row)
	}
}

func (m *markdown) row(cells []string) {
	for _, c := range cells {
		m.WriteString("| " + escaped(c) + " ")
	}
	m.WriteString("|\n")
}

// escaped takes the markup out of words that are not people's but come from files
// and the database all the same.
func escaped(words string) string {
	return strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", "*", "\\*", "`", "\\`", "[", "\\[", "@", "&#64;", "\n", " ").Replace(words)
}
