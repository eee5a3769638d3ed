package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"careerbot/bot"
	"careerbot/bot/bottest/fakeslack"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with testdata/name.json, and writes it with -update.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, buf.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if got := buf.Bytes(); !bytes.Equal(got, want) {
		t.Errorf("%s differs from %s; run with -update and read the diff\n%s", name, file, diff(string(want), string(got)))
	}
}

// diff shows the first lines that differ.
func diff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "want " + strings.Join(w[i:min(i+4, len(w))], "\n     ") + "\ngot  " + strings.Join(g[i:min(i+4, len(g))], "\n     ")
		}
	}
	return "one is longer"
}

func TestGoldenAnswers(t *testing.T) {
	s := fakeslack.New(t)
	for _, name := range slices.Sorted(maps.Keys(samples)) {
		t.Run(name, func(t *testing.T) {
			a := samples[name]
			q := bot.Question{Text: "the words"}
			full := look{feedback: about(&a), share: shareValue(q, &a, "")}
			for suffix, l := range map[string]look{"": full, "_simple": looks(full)[1]} {
				m := render(&a, l)
				if err := m.check(); err != nil {
					t.Error(err)
				}
				if err := s.CheckMessage(encode(m)); err != nil {
					t.Errorf("schema: %v", err)
				}
				if suffix == "" || name == "compare" {
					golden(t, name+suffix, m)
				}
			}
			v := result(&a)
			if err := v.check(); err != nil {
				t.Error(err)
			}
			if err := s.CheckView(encode(v)); err != nil {
				t.Errorf("schema: %v", err)
			}
			if name == "answer" || name == "compare" {
				golden(t, name+"_modal", v)
				golden(t, name+"_text", textOnly(&a))
			}
		})
	}
}

func TestCharts(t *testing.T) {
	r := start(t, false, nil)
	a := sampleFor("answer")
	a.Pictures = []bot.Picture{
		{Kind: bot.PictureLadder, Title: "A ladder", Rows: []bot.PictureRow{{ID: "a", Label: "A"}}},
		{Kind: bot.PicturePay, Title: "Pay of phlebotomists and medical laboratory technicians", Unit: "$ a year", Note: "May 2025, BLS", Rows: []bot.PictureRow{
			{ID: "a", Label: "Phlebotomist", Low: 35780, Mid: 45230, High: 57750},
			{ID: "b", Label: "Medical laboratory technician", Low: 40000, Mid: 61890, High: 90000},
			{ID: "c", Label: "Unknown", Low: math.NaN(), Mid: 1, High: 2},
		}},
	}
	samples["chart"] = a
	defer delete(samples, "chart")
	m := render(&a, look{})
	if err := m.check(); err != nil {
		t.Error(err)
	}
	golden(t, "chart", m.Blocks[3:5])
	// It goes where a refusal shows; then the answer comes without it.
	r.Script("response_url", fakeslack.Reply{Status: 400, Body: "invalid_blocks"})
	if _, err := r.inlet.Command(t.Context(), r.Command("C1", "U1", "chart")); err != nil {
		t.Fatal(err)
	}
	calls := r.awaitCalls("response_url", 1)
	if len(calls) != 2 || !strings.Contains(calls[0].JSON(), "data_visualization") || strings.Contains(calls[1].JSON(), "data_visualization") {
		t.Errorf("%d posts", len(calls))
	}
	r.event(r.Mention("C1", "", "U1", "chart"))
	if got := r.awaitCalls("chat.postMessage", 1)[0]; !strings.Contains(got.JSON(), "data_visualization") {
		t.Error("no chart")
	}
	for _, p := range []bot.Picture{{}, {Kind: bot.PicturePay, Title: "x"}, {Kind: bot.PictureGrowth, Title: " ", Rows: []bot.PictureRow{{Label: "a", Mid: 1}}}, {Kind: bot.PictureGrowth, Title: "x", Rows: []bot.PictureRow{{Label: "a", Mid: math.Inf(1)}}}} {
		if b := chartOf(p); b != nil {
			t.Errorf("a chart of nothing: %+v", b)
		}
	}
}

func TestFormIsValid(t *testing.T) {
	s := fakeslack.New(t)
	for _, jobs := range []bool{false, true} {
		v := form(jobs)
		if err := v.check(); err != nil {
			t.Error(err)
		}
		if err := s.CheckView(encode(v)); err != nil {
			t.Error(err)
		}
	}
	w := waiting()
	if err := s.CheckView(encode(w)); err != nil {
		t.Error(err)
	}
	golden(t, "form", form(true))
}

// hostile are texts that must come out as what they are.
var hostile = []string{
	"<!channel> <!here> <!everyone>", "<@U123> and <#C123|general>", "<https://evil.example|bank>", "&lt;!channel&gt;",
	"*bold* _it_ ~no~ `code` ```block```", "a\x00b\x1b[31m", "\u202egnp.exe", "\ufeffbom", string([]byte{0xff, 0xfe, 'x'}),
	"\u2066isolate\u2069", "[x](javascript:alert(1))", `{"type":"section"}`, ":warning: :flag-us:", "line\u2028break\nnext\r\n",
	strings.Repeat("é̂", 800), strings.Repeat("&", 4000), "@channel @here", "http://evil.example",
}

// hostileAnswer puts a text everywhere in an answer.
func hostileAnswer(s string) bot.Answer {
	f := bot.FollowUp{Label: s, Ask: s, Choice: bot.Choice{Subjects: []string{s}, Topic: s, Detail: s}}
	return bot.Answer{
		Kind: bot.KindAnswer, Title: s, Notice: s, ReadAs: s, Knowledge: s,
		Blocks: []bot.Block{
			{Kind: bot.Paragraph, Spans: []bot.Span{{Text: s, Link: s}, {Text: s, Bold: true, Link: "https://a.example/" + s}}},
			{Kind: bot.Heading, Spans: []bot.Span{{Text: s}}}, {Kind: bot.Bullets, Items: [][]bot.Span{{{Text: s}}, nil, {{}}}},
			{Kind: bot.Steps, Items: [][]bot.Span{{{Text: s, Italic: true}}}}, {Kind: bot.Table, Rows: [][]string{{s, s}, {s}, {}}},
			{Kind: bot.BlockKind(s), Spans: []bot.Span{{Text: s}}},
		},
		Facts:   slices.Repeat([]bot.Fact{{Label: s, Value: s, AsOf: s, Source: s, Caveat: s}}, 9),
		Sources: slices.Repeat([]bot.Source{{Title: s, URL: "https://a.example/" + s, Label: s}, {Label: s, URL: s}}, 9),
		Change:  slices.Repeat([]bot.FollowUp{f}, 120), FollowUps: slices.Repeat([]bot.FollowUp{f}, 30), Choices: slices.Repeat([]bot.FollowUp{f}, 30),
		Passages: []bot.Passage{{ID: s}},
		Pictures: []bot.Picture{{Kind: bot.PicturePay, Title: s, Unit: s, Note: s, Rows: slices.Repeat([]bot.PictureRow{{ID: s, Label: s, Low: 1, Mid: 2, High: 3}}, 50)}},
	}
}

func TestNothingInAnAnswerIsMarkup(t *testing.T) {
	s := fakeslack.New(t)
	for _, h := range hostile {
		a := hostileAnswer(h)
		checkRendering(t, s, &a)
		raw := string(encode(render(&a, look{feedback: about(&a), share: "x"})))
		raw = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(raw)
		for _, m := range []string{"<!", "<@", "<#", "evil.example|bank>"} {
			if i := mrkdwnIndex(raw, m); i >= 0 {
				t.Errorf("%q comes out as markup: %.80s", h, raw[i:])
			}
		}
	}
}

// mrkdwnIndex finds a string in the mrkdwn texts of a message.
func mrkdwnIndex(raw, s string) int {
	for i := 0; ; {
		j := strings.Index(raw[i:], `"mrkdwn","text":"`)
		if j < 0 {
			return -1
		}
		i += j + len(`"mrkdwn","text":"`)
		end := strings.IndexByte(raw[i:], '"')
		if k := strings.Index(raw[i:i+end], s); k >= 0 {
			return i + k
		}
	}
}

// checkRendering renders an answer in every way and wants all of it within the
// limits, by our own check and by the schema.
func checkRendering(t testing.TB, s *fakeslack.Server, a *bot.Answer) {
	t.Helper()
	q := bot.Question{Text: a.Title}
	full := look{feedback: about(a), share: shareValue(q, a, "1700000000.000001")}
	everything := full
	everything.more, everything.person, everything.claim, everything.reasons, everything.privacy = "r1|t|x", "p1|t|x", "id", "a|b", true
	for _, l := range append(looks(full), looks(everything)...) {
		m := render(a, l)
		if err := m.check(); err != nil {
			t.Errorf("look %+v: %v", l.simple, err)
		}
		if err := s.CheckMessage(encode(m)); err != nil {
			t.Errorf("schema: %v", err)
		}
	}
	v := result(a)
	if err := v.check(); err != nil {
		t.Errorf("view: %v", err)
	}
	if err := s.CheckView(encode(v)); err != nil {
		t.Errorf("view schema: %v", err)
	}
	m := textOnly(a)
	if err := m.check(); err != nil {
		t.Errorf("text: %v", err)
	}
	if err := s.CheckMessage(encode(m)); err != nil {
		t.Errorf("text schema: %v", err)
	}
}

func TestRenderingNeverExceedsLimits(t *testing.T) {
	s := fakeslack.New(t)
	long := strings.Repeat("word & <tag> ", 2000)
	for name, a := range map[string]bot.Answer{
		"empty": {}, "blank": {Title: "  \n", Blocks: []bot.Block{{Kind: bot.Paragraph, Spans: text(" \t ")}}},
		"long everywhere":    hostileAnswer(long),
		"many blocks":        {Title: "t", Blocks: slices.Repeat([]bot.Block{{Kind: bot.Paragraph, Spans: text("some words")}}, 300)},
		"many headings":      {Title: "t", Blocks: slices.Repeat([]bot.Block{{Kind: bot.Heading, Spans: text("x")}}, 300)},
		"many items":         {Blocks: []bot.Block{{Kind: bot.Bullets, Items: slices.Repeat([][]bot.Span{text("x")}, 3000)}}},
		"many spans":         {Blocks: []bot.Block{{Kind: bot.Paragraph, Spans: slices.Repeat(text("x"), 3000)}}},
		"many tables":        {Blocks: slices.Repeat([]bot.Block{{Kind: bot.Table, Rows: [][]string{{"a", "b"}, {"c", ""}}}}, 30)},
		"wide and tall":      {Blocks: []bot.Block{{Kind: bot.Table, Rows: slices.Repeat([][]string{slices.Repeat([]string{"cell"}, 50)}, 300)}}},
		"empty table":        {Blocks: []bot.Block{{Kind: bot.Table}, {Kind: bot.Table, Rows: [][]string{{}, {}}}}},
		"table of dashes":    {Blocks: []bot.Block{{Kind: bot.Table, Rows: slices.Repeat([][]string{make([]string, 20)}, 40)}}},
		"full at every part": fullAnswer(),
	} {
		t.Run(name, func(t *testing.T) { checkRendering(t, s, &a) })
	}
}

// fullAnswer uses every budget up.
func fullAnswer() bot.Answer {
	a := hostileAnswer(strings.Repeat("W", 4000))
	for i := range a.FollowUps {
		a.FollowUps[i] = choice(strings.Repeat("L", 90), "phlebotomist", "pay")
	}
	for i := range a.Change {
		a.Change[i] = choice(strings.Repeat("L", 90), "phlebotomist", "pay")
	}
	a.Choices = a.FollowUps
	return a
}

func TestShortenedAnswersSaySo(t *testing.T) {
	a := bot.Answer{Title: "t", Blocks: []bot.Block{{Kind: bot.Paragraph, Spans: text(strings.Repeat("word ", 3000))}}}
	if raw := string(encode(render(&a, look{}))); !strings.Contains(raw, "Shortened") {
		t.Error("nothing says that the answer was cut")
	}
	a.Blocks[0].Spans = text("short")
	if raw := string(encode(render(&a, look{}))); strings.Contains(raw, "Shortened") {
		t.Error("a whole answer claims to be cut")
	}
}

func TestEmergencyCarriesNothingElse(t *testing.T) {
	a := samples["emergency"]
	m := render(&a, look{feedback: about(&a), share: shareValue(bot.Question{}, &a, "")})
	if len(m.Blocks) != 2 {
		t.Errorf("%d blocks, want header and text", len(m.Blocks))
	}
}

func TestClipKeepsWholeCharacters(t *testing.T) {
	for _, tc := range []struct {
		in, want string
		max      int
	}{
		{"abc", "abc", 3}, {"abcd", "ab…", 3}, {"äöüß", "äö…", 3}, {"", "", 5}, {"ab", "…", 1},
	} {
		if got := clip(tc.in, tc.max); got != tc.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tc.in, tc.max, got, tc.want)
		}
	}
	if got := clipEscaped("a&b", 6); got != "a…" {
		t.Errorf("clipEscaped cuts an entity: %q", got)
	}
}

func TestQuestionReadsWhatAPersonSaid(t *testing.T) {
	for in, want := range map[string]string{
		"<@U0BOT> how &amp; why": "how & why", "what is &lt;CLIA&gt;?": "what is <CLIA>?", "<@U1|bob> <!here> pay": "pay",
		"see <https://a.example|the page> for MLT": "see the page for MLT", "<#C1|jobs> hours": "jobs hours",
		"&amp;lt;": "&lt;", "a < b": "a < b", "<unfinished": "<unfinished", "\u202eabc\x00": "abc", "<https://a.example>": "https://a.example",
	} {
		if got := question(in); got != want {
			t.Errorf("question(%q) = %q, want %q", in, got, want)
		}
	}
	if n := utf8.RuneCountInString(question(strings.Repeat("é", 9000))); n != maxQuestion {
		t.Errorf("question keeps %d characters", n)
	}
}

func TestSafeLink(t *testing.T) {
	for in, want := range map[string]bool{
		"https://www.bls.gov/x?a=1&b=2": true, "http://www.bls.gov": false, "javascript:alert(1)": false, "https://u:p@a.example": false,
		"https://a.example/|x": false, "https://a.example/>x": false, "https://": false, "https://a.example/ b": false, "data:text/html,x": false,
		"https://a.example/" + strings.Repeat("x", 3000): false, "https://bäd.example": false,
	} {
		if _, got := safeLink(in); got != want {
			t.Errorf("safeLink(%.40q) = %v", in, got)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, h := range hostile {
		f.Add(h, h, uint8(3), uint8(7))
	}
	s := fakeslack.New(f)
	kinds := []bot.BlockKind{bot.Paragraph, bot.Bullets, bot.Steps, bot.Heading, bot.Table, "other"}
	f.Fuzz(func(t *testing.T, a, b string, n, shape uint8) {
		n, shape = n%24, shape%24 // what is larger only takes longer
		ans := hostileAnswer(a)
		var spans []bot.Span
		for i := range int(n) {
			spans = append(spans, bot.Span{Text: b, Bold: i%2 == 0, Link: a})
		}
		rows := [][]string{{a, b}, {b}}
		for range int(shape) {
			rows = append(rows, slices.Repeat([]string{b}, int(n)))
		}
		for i := range int(shape) {
			ans.Blocks = append(ans.Blocks, bot.Block{
				Kind: kinds[(i+int(n))%len(kinds)], Spans: spans, Items: slices.Repeat([][]bot.Span{spans}, int(shape)), Rows: rows,
			})
		}
		checkRendering(t, s, &ans)
	})
}

func BenchmarkRender(b *testing.B) {
	for name, a := range map[string]bot.Answer{"typical": samples["answer"], "hostile": hostileAnswer(strings.Repeat("word & <tag> ", 2000))} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m := render(&a, look{feedback: "x"})
				if err := m.check(); err != nil {
					b.Fatal(err)
				}
				encode(m)
			}
		})
	}
}
