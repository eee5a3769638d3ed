package bot

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"careerbot/knowledge/corpus"
)

func TestMain(m *testing.M) {
	// Bleve's package-level analysis workers live as long as the process.
	goleak.VerifyTestMain(closing{m}, goleak.IgnoreAnyFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker"))
}

// small loads the small folder of testdata: two roles, a credential, a guide.
func small(t testing.TB) *corpus.Corpus {
	t.Helper()
	ar, err := txtar.ParseFile("testdata/small.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range ar.Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	c, problems := corpus.Load(fsys)
	for _, p := range problems {
		if p.Level > corpus.Warning {
			t.Errorf("testdata: %s", p)
		}
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

func newBot(t testing.TB, opt Options) *Bot {
	t.Helper()
	s, err := NewSnapshot(small(t))
	if err != nil {
		t.Fatal(err)
	}
	b := New(s, opt)
	t.Cleanup(b.Close)
	return b
}

// clock is a clock that stands until it is moved.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }

func (c *clock) advance(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.now = c.now.Add(d) }

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func TestAnswer(t *testing.T) {
	b := newBot(t, Options{})
	for _, tc := range []struct {
		ask, kind, reason, roles, topic, passage string
	}{
		{"how much do phlebotomists make", "answer", "", "phlebotomist", "pay", "roles/phlebotomist#pay"},
		{"PHLEBOTOMAY salary???", "answer", "", "phlebotomist", "pay", "roles/phlebotomist#pay"},
		{"what does an m.l.t. do all day", "answer", "", "medical-laboratory-technician", "duties", "roles/medical-laboratory-technician#duties"},
		{"mlt", "answer", "", "medical-laboratory-technician", "overview", "roles/medical-laboratory-technician#overview"},
		{"mlt vs phlebotomist", "compare", "", "medical-laboratory-technician phlebotomist", "compare", ""},
		{"lab tech pay", "clarify", "", "medical-laboratory-technician phlebotomist", "pay", ""},
		{"lab tech pay, the one with needles", "answer", "", "phlebotomist", "pay", "roles/phlebotomist#pay"},
		{"what does hemolysis mean", "define", "", "", "glossary", ""},
		{"how do i get from phlebotomist to mlt", "path", "", "phlebotomist medical-laboratory-technician", "", ""},
		{"how do i write a resume with no experience", "answer", "", "", "job-search", "guides/resume#job-search"},
		{"how much does a nail technician make", "decline", "other-career", "", "", ""},
		{"i want to kill myself", "decline", "emergency", "", "", ""},
		{"hello", "meta", "", "", "", ""},
		{"Сколько зарабатывает флеботомист?", "meta", "", "", "", ""},
		{"", "meta", "", "", "", ""},
		{"🩸🩸🩸", "meta", "", "", "", ""},
	} {
		t.Run(tc.ask, func(t *testing.T) {
			a := b.Answer(t.Context(), Question{Text: tc.ask})
			if string(a.Kind) != tc.kind || a.Reason != tc.reason {
				t.Fatalf("got %s %s, want %s %s\n%s", a.Kind, a.Reason, tc.kind, tc.reason, a.Text())
			}
			if got := strings.Join(a.Roles, " "); got != tc.roles && tc.kind != "meta" {
				t.Errorf("roles: got %q, want %q", got, tc.roles)
			}
			if tc.topic != "" && (len(a.Topics) == 0 || a.Topics[0] != tc.topic) {
				t.Errorf("topics: got %v, want %s first", a.Topics, tc.topic)
			}
			if tc.passage != "" && (len(a.Passages) == 0 || a.Passages[0].ID != tc.passage) {
				t.Errorf("passages: got %v, want %s first", a.Passages, tc.passage)
			}
			if a.Title == "" || len(a.Blocks) == 0 || a.Knowledge == "" {
				t.Errorf("an answer needs title, text and content hash: %+v", a)
			}
		})
	}
}

// TestEmergencyStandsAlone: a crisis reply carries no career content at all.
func TestEmergencyStandsAlone(t *testing.T) {
	b := newBot(t, Options{})
	a := b.Answer(t.Context(), Question{Text: "i failed my mlt exam and i want to kill myself"})
	if a.Reason != "emergency" {
		t.Fatalf("got %s %s", a.Kind, a.Reason)
	}
	if len(a.FollowUps)+len(a.Sources)+len(a.Facts)+len(a.Roles)+len(a.Change) > 0 {
		t.Errorf("got career content: %+v", a)
	}
	for _, n := range []string{"911", "988"} {
		if !strings.Contains(a.Text(), n) {
			t.Errorf("reply lacks %s: %q", n, a.Text())
		}
	}
}

func TestFigures(t *testing.T) {
	b := newBot(t, Options{})
	a := b.Answer(t.Context(), Question{Text: "phlebotomist pay"})
	want := Fact{Label: "Median pay", Value: "$45,230 a year", AsOf: "May 2025", Source: "Bureau"}
	if len(a.Facts) != 1 || a.Facts[0] != want {
		t.Errorf("facts: got %+v, want %+v", a.Facts, want)
	}
	if len(a.Sources) != 1 || a.Sources[0].AsOf != "2025-05" || a.Sources[0].URL == "" {
		t.Errorf("sources: got %+v", a.Sources)
	}
	if !strings.Contains(a.ReadAs, "pay · Phlebotomist") {
		t.Errorf("read as: got %q", a.ReadAs)
	}
}

// TestDeterministic: the same content and question give the same answer, from
// bots built apart and from many goroutines.
func TestDeterministic(t *testing.T) {
	asks := []string{"phlebotomist pay", "lab tech", "mlt or phlebotomist", "resume help", "what is hemolysis", "asdf qwer"}
	want := map[string]string{}
	for round := range 2 {
		b := newBot(t, Options{})
		var wg sync.WaitGroup
		var mu sync.Mutex
		for range 8 {
			wg.Go(func() {
				for _, ask := range asks {
					got, err := json.Marshal(EncodeAnswer("", b.Answer(t.Context(), Question{Text: ask}), 0))
					mu.Lock()
					if err != nil {
						t.Error(err)
					} else if w, ok := want[ask]; !ok {
						want[ask] = string(got)
					} else if w != string(got) {
						t.Errorf("round %d, %q:\n%s\n%s", round, ask, got, w)
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
	}
}

// TestFollowUpsLead: every button under every answer leads to an answer.
func TestFollowUpsLead(t *testing.T) {
	b := newBot(t, Options{})
	var queue []Choice
	seen := map[string]bool{}
	push := func(a Answer) {
		for _, list := range [][]FollowUp{a.FollowUps, a.Choices, a.Change} {
			for _, f := range list {
				code, ok := f.Choice.Encode()
				if !ok || f.Label == "" || len([]rune(f.Label)) > maxLabel || f.Ask == "" {
					t.Errorf("bad follow-up %+v", f)
				}
				if !seen[code] {
					seen[code] = true
					queue = append(queue, f.Choice)
				}
			}
		}
	}
	for _, ask := range []string{"hi", "phlebotomist", "mlt vs phlebotomist", "lab tech", "resume", "what is hemolysis", "from phlebotomist to mlt", "bogus bogus"} {
		push(b.Answer(t.Context(), Question{Text: ask}))
	}
	for len(queue) > 0 {
		c := queue[0]
		queue = queue[1:]
		a := b.Answer(t.Context(), Question{Choice: &c})
		if a.Kind == KindDecline || a.Kind == KindClarify || len(a.Blocks) == 0 {
			t.Errorf("%+v leads to %s %s", c, a.Kind, a.Reason)
		}
		push(a)
	}
	if len(seen) < 8 {
		t.Errorf("only %d follow-ups were seen", len(seen))
	}
}

func TestConversation(t *testing.T) {
	ck := newClock()
	b := newBot(t, Options{Conversations: NewMemoryConversations(ck.Now), Now: ck.Now})
	ask := func(person, text string) Answer {
		return b.Answer(t.Context(), Question{Text: text, Person: person, Place: Place{Platform: "test", Channel: "c"}})
	}
	top := func(a Answer) string {
		if len(a.Passages) == 0 {
			return string(a.Kind) + " " + a.Reason
		}
		return a.Passages[0].ID
	}
	for _, step := range []struct{ text, want string }{
		{"what does a phlebotomist make", "roles/phlebotomist#pay"},
		{"and the hours?", "roles/phlebotomist#schedule"},
		{"thanks", "meta "},
		{"what about mlt?", "roles/medical-laboratory-technician#schedule"},
		{"how about pay", "roles/medical-laboratory-technician#pay"},
		{"no i meant the other one", "roles/phlebotomist#pay"},
		{"lab tech duties", "roles/phlebotomist#duties"}, // the conversation settles the word
	} {
		if got := top(ask("ann", step.text)); got != step.want {
			t.Errorf("%q: got %s, want %s", step.text, got, step.want)
		}
	}
	if got := top(ask("bob", "and the hours?")); got == "roles/phlebotomist#schedule" {
		t.Errorf("another person's conversation was used")
	}
	ck.advance(ConversationTTL + time.Second)
	if a := ask("ann", "and the hours?"); len(a.Roles) == 1 && a.Kind == KindAnswer {
		t.Errorf("the conversation outlived its time: %v", a.Roles)
	}
}

func TestClarifyThenChoose(t *testing.T) {
	ck := newClock()
	b := newBot(t, Options{Conversations: NewMemoryConversations(ck.Now)})
	ask := func(text string) Answer {
		return b.Answer(t.Context(), Question{Text: text, Person: "p", Place: Place{Platform: "test"}})
	}
	a := ask("lab tech pay")
	if a.Kind != KindClarify || len(a.Choices) != 2 {
		t.Fatalf("got %s with %d choices", a.Kind, len(a.Choices))
	}
	if a = ask("the second"); a.Kind != KindAnswer || a.Passages[0].ID != "roles/phlebotomist#pay" {
		t.Errorf("got %s %v", a.Kind, a.Passages)
	}
}

// TestNotice: figures past their review date say so.
func TestNotice(t *testing.T) {
	ck := newClock()
	b := newBot(t, Options{Now: ck.Now})
	if a := b.Answer(t.Context(), Question{Text: "phlebotomist pay"}); a.Notice != "" {
		t.Errorf("notice before its time: %q", a.Notice)
	}
	ck.advance(366 * 24 * time.Hour)
	if a := b.Answer(t.Context(), Question{Text: "phlebotomist pay"}); !strings.Contains(a.Notice, "November 22, 2027") {
		t.Errorf("notice: got %q", a.Notice)
	}
}

// TestSwap: questions under way finish on the old snapshot while a new one comes.
func TestSwap(t *testing.T) {
	b := newBot(t, Options{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				if a := b.Answer(t.Context(), Question{Text: "phlebotomist pay"}); a.Kind != KindAnswer {
					t.Errorf("got %s %s", a.Kind, a.Reason)
					return
				}
			}
		})
	}
	for range 3 {
		s, err := NewSnapshot(small(t))
		if err != nil {
			t.Fatal(err)
		}
		b.Swap(s)
	}
	wg.Wait()
}

func TestHostileText(t *testing.T) {
	b := newBot(t, Options{})
	texts := []string{
		strings.Repeat("a", 40_000), strings.Repeat("phlebotomist ", 3_000), strings.Repeat("\u0301", 5_000), "a" + strings.Repeat("\u0301", 1_000),
		"\x00\x01\x02", "\u202epay\u202c phlebotomist", "@everyone phlebotomist pay", "<!channel> <@U123> pay of phlebotomist", "**bold** `code` [x](javascript:alert(1))",
		"<script>alert(1)</script> mlt pay", "pay:~2 /.*/ +phlebotomist -x *", "\xff\xfe phlebotomist \xc3\x28", "ﷺ" + strings.Repeat("ﷺ", 4_000), "q1|answer|../../etc/passwd",
		"{{pay-median}} [^bls]", strings.Repeat("🙂", 2_000), strings.Repeat("\"", 5_000), "phlebotomist\u200b pay", "p\u200dhlebotomist pay",
	}
	for i, text := range texts {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			a := b.Answer(t.Context(), Question{Text: text, Person: "p"})
			if len(a.Text()) > 6_000 || a.Title == "" || len(a.Blocks) == 0 {
				t.Errorf("got %d bytes of text, title %q", len(a.Text()), a.Title)
			}
			for _, bad := range []string{"@everyone", "<!", "<script", "javascript:", "{{"} {
				if strings.Contains(a.Title+a.Text()+a.ReadAs, bad) {
					t.Errorf("the answer repeats %q", bad)
				}
			}
		})
	}
	// Invisible characters change nothing.
	plain := b.Answer(t.Context(), Question{Text: "phlebotomist pay"})
	salted := b.Answer(t.Context(), Question{Text: "ph\u200blebo\u00adtomist\u2060 p\ufe0fay\u202e"})
	if salted.Passages[0] != plain.Passages[0] {
		t.Errorf("salted: got %v, want %v", salted.Passages, plain.Passages)
	}
}

func TestChoiceRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Choice{
			Kind:     Kind(rapid.SampledFrom([]string{"", "answer", "compare", "define"}).Draw(t, "kind")),
			Subjects: rapid.SliceOfN(rapid.StringN(1, 20, -1), 0, 3).Draw(t, "subjects"),
			Topic:    rapid.String().Draw(t, "topic"),
			Detail:   rapid.String().Draw(t, "detail"),
		}
		code, fits := c.Encode()
		if fits != (len(code) <= MaxChoiceBytes) {
			t.Fatalf("fits is %v for %d bytes", fits, len(code))
		}
		for i := range len(code) {
			if code[i] <= ' ' || code[i] >= 0x7f {
				t.Fatalf("%q is not plain ASCII", code)
			}
		}
		if !fits {
			return
		}
		got, err := ParseChoice(code)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got) != fmt.Sprint(c) {
			t.Fatalf("got %+v, want %+v", got, c)
		}
	})
}

// TestChoiceLooksUpOnly: hostile and stale values never answer something else.
func TestChoiceLooksUpOnly(t *testing.T) {
	b := newBot(t, Options{})
	for _, c := range []Choice{
		{}, {Subjects: []string{"nobody"}, Topic: "pay"}, {Subjects: []string{"../roles/phlebotomist"}, Topic: "pay"},
		{Subjects: []string{"phlebotomist"}, Topic: "nothing"}, {Kind: "exec", Subjects: []string{"phlebotomist"}}, {Kind: KindDefine, Detail: "nonsense"},
		{Kind: KindClarify, Subjects: []string{"phlebotomist"}},
	} {
		if a := b.Answer(t.Context(), Question{Choice: &c}); a.Kind != KindDecline || a.Reason != "unknown" {
			t.Errorf("%+v: got %s %s", c, a.Kind, a.Reason)
		}
	}
	for _, s := range []string{"", "q0|x", "q1|%zz", "q1|%4", "q1|||||||", strings.Repeat("q", 1000)} {
		if _, err := ParseChoice(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}

func TestSuggest(t *testing.T) {
	b := newBot(t, Options{})
	for _, tc := range []struct{ kind, prefix, want string }{
		{"role", "phl", "phlebotomist"}, {"role", "MLT", "medical-laboratory-technician"}, {"role", "flebotomist", "phlebotomist"},
		{"certification", "nha", "certifications/cpt-nha"}, {"topic", "pa", "pay"}, {"term", "hemo", "hemolysis"},
		{"role", "phelb", "phlebotomist"}, {"role", "plebotomi", "phlebotomist"}, {"term", "hemolisys", "hemolysis"}, {"topic", "apy", "pay"},
	} {
		got := b.Suggest(tc.kind, tc.prefix, 25)
		if len(got) == 0 || got[0].Value != tc.want {
			t.Errorf("%s %q: got %v, want %s first", tc.kind, tc.prefix, got, tc.want)
		}
	}
	if got := b.Suggest("role", "", 1); len(got) != 1 {
		t.Errorf("empty prefix: got %v", got)
	}
	if got := b.Suggest("role", "zzzzzz", 25); len(got) != 0 {
		t.Errorf("nonsense: got %v", got)
	}
}

func TestClaims(t *testing.T) {
	ck := newClock()
	c := NewMemoryClaims(ck.Now)
	claim := func() bool {
		first, err := c.Claim(t.Context(), "e1")
		if err != nil {
			t.Fatal(err)
		}
		return first
	}
	if !claim() || claim() {
		t.Fatal("a key must be claimed once")
	}
	if err := c.Release(t.Context(), "e1"); err != nil || !claim() {
		t.Fatal("a released key can be claimed again")
	}
	ck.advance(time.Hour + time.Minute)
	if claim() {
		t.Error("forgotten within the hour")
	}
	ck.advance(ClaimTTL)
	if !claim() {
		t.Error("kept for ever")
	}
}

// TestRecentIsBounded: the memory holds its bound and drops the oldest first.
func TestRecentIsBounded(t *testing.T) {
	ck := newClock()
	r := newRecent[int](3, time.Hour, ck.Now)
	for i := range 10 {
		r.put(fmt.Sprint(i), i, false)
	}
	if len(r.byKey) != 3 || r.order.Len() != 3 {
		t.Errorf("got %d entries, want 3", len(r.byKey))
	}
	if _, ok := r.get("9"); !ok {
		t.Error("the newest is gone")
	}
	if _, ok := r.get("6"); ok {
		t.Error("an old one is still there")
	}
}

func TestJSONContract(t *testing.T) {
	b := newBot(t, Options{})
	got, err := json.MarshalIndent(EncodeAnswer("7", b.Answer(t.Context(), Question{Text: "phlebotomist pay"}), 412*time.Microsecond), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/answer.json"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.TrimSpace(want)) {
		t.Errorf("got:\n%s\nwant:\n%s\n(UPDATE=1 rewrites it)", got, want)
	}
}

func FuzzAnswer(f *testing.F) {
	b := newBot(f, Options{})
	for _, s := range []string{"phlebotomist pay", "lab tech", "<@U1> \u202e mlt", "m.l.t.", "a.b.c.d", "q1|answer|x", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := b.Answer(t.Context(), Question{Text: s})
		if a.Title == "" || len(a.Blocks) == 0 || len(a.Text()) > 6_000 || a.Confidence < 0 || a.Confidence > 1 {
			t.Errorf("%q: %+v", s, a)
		}
		if c, err := ParseChoice(s); err == nil {
			b.Answer(t.Context(), Question{Choice: &c})
		}
	})
}

func BenchmarkAnswer(b *testing.B) {
	bot := newBot(b, Options{})
	for b.Loop() {
		bot.Answer(b.Context(), Question{Text: "how much do phlebotomists make at night"})
	}
}
