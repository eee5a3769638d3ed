package bot

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"careerbot/bot/router"
	"careerbot/index"
	"careerbot/knowledge"
	"careerbot/knowledge/corpus"
)

// maxAltRunes is the longest description that every platform takes: Discord's.
const maxAltRunes = 1024

// embedded is the folder in the binary, nil when it has problems.
var embedded = sync.OnceValue(func() *corpus.Corpus {
	c, _ := corpus.Load(knowledge.FS)
	return c
})

func real(t *testing.T) *corpus.Corpus {
	t.Helper()
	c := embedded()
	if c == nil {
		t.Fatal("the knowledge folder has problems; its own tests name them")
	}
	return c
}

// composed answers an intent from a corpus, without a router.
func composed(c *corpus.Corpus, in router.Intent) Answer {
	return (&composer{s: &Snapshot{Corpus: c}, in: in}).compose()
}

// about is an answer with the page's section on a topic.
func about(c *corpus.Corpus, p *corpus.Page, topic string) Answer {
	return composed(c, router.Intent{Kind: KindAnswer, Subjects: []*corpus.Page{p},
		Topics: []router.TopicScore{{Topic: topic, Score: 1}}, Passages: []index.Hit{{Passage: p.About(topic), Score: 1}}})
}

// everyWord is all that a reader sees of the answer beside its pictures.
func everyWord(a *Answer) string {
	var b strings.Builder
	b.WriteString(a.Text())
	for _, f := range a.Facts {
		b.WriteString("\n" + f.Value)
	}
	return b.String()
}

// checkPicture holds what every picture promises: each of its numbers is in its
// alternative text and in the answer's words.
func checkPicture(t *testing.T, a *Answer, p *Picture) {
	t.Helper()
	words := everyWord(a)
	if n := utf8.RuneCountInString(p.Alt); n > maxAltRunes {
		t.Errorf("%s: alternative text of %d characters", p.Title, n)
	}
	for _, want := range []string{"As of ", "Source: ", p.Note} {
		if !strings.Contains(p.Alt, want) {
			t.Errorf("%s: the alternative text lacks %q: %s", p.Title, want, p.Alt)
		}
	}
	if len(p.Rows) == 0 || len(p.Rows) > MaxPictured {
		t.Errorf("%s: %d rows", p.Title, len(p.Rows))
	}
	for _, r := range p.Rows {
		for _, v := range []float64{r.Low, r.Mid, r.High} {
			if math.IsNaN(v) {
				continue
			}
			figure := message.NewPrinter(language.English).Sprintf("$%.0f", v)
			if p.Kind == PictureGrowth {
				figure = strconv.FormatFloat(v, 'f', -1, 64) + "%"
			}
			if !strings.Contains(p.Alt, figure) || !strings.Contains(words, figure) {
				t.Errorf("%s: %s of %s is not in the words:\n%s\n%s", p.Title, figure, r.Label, p.Alt, words)
			}
		}
	}
	if code, _ := p.Choice.Encode(); code == "q1" {
		t.Errorf("%s: no choice leads to it", p.Title)
	}
}

func TestPicturesOfEveryRole(t *testing.T) {
	c := real(t)
	for _, page := range c.Roles() {
		for topic, kind := range map[string]PictureKind{"pay": PicturePay, "outlook": PictureGrowth} {
			a := about(c, page, topic)
			if len(a.Pictures) != 1 || a.Pictures[0].Kind != kind {
				t.Errorf("%s: pictures of %s are %+v", page.Slug, topic, a.Pictures)
				continue
			}
			p := &a.Pictures[0]
			checkPicture(t, &a, p)
			if covers := page.Fact("growth").Covers; topic == "outlook" && covers != "" && !strings.Contains(p.Note, covers) {
				t.Errorf("%s: the note does not say that the figure covers %s: %s", page.Slug, covers, p.Note)
			}
			if len(a.Facts) > MaxFacts {
				t.Errorf("%s: %d facts", page.Slug, len(a.Facts))
			}
		}
		if a := about(c, page, "overview"); len(a.Pictures) > 0 {
			t.Errorf("%s: an overview has pictures", page.Slug)
		}
	}
}

func TestPicturesOfComparisons(t *testing.T) {
	c := real(t)
	roles := c.Roles()
	for n := 2; n <= MaxPictured+1; n++ {
		for group := range slices.Chunk(roles, n) {
			for topic, kinds := range map[string][]PictureKind{"compare": {PicturePay}, "outlook": {PictureGrowth, PicturePay}} {
				a := composed(c, router.Intent{Kind: KindCompare, Subjects: group, Topics: []router.TopicScore{{Topic: topic, Score: 1}}})
				var got []PictureKind
				for i := range a.Pictures {
					got = append(got, a.Pictures[i].Kind)
					checkPicture(t, &a, &a.Pictures[i])
					if len(a.Pictures[i].Choice.Subjects) != min(len(group), MaxPictured) {
						t.Errorf("choice %+v of %d roles", a.Pictures[i].Choice, len(group))
					}
				}
				if len(group) > 1 && !slices.Equal(got, kinds) {
					t.Errorf("comparison of %d about %s has pictures %v", len(group), topic, got)
				}
			}
		}
	}
}

// TestSharedFigureIsMarked compares two roles that the statistics count as one.
func TestSharedFigureIsMarked(t *testing.T) {
	c := real(t)
	a := composed(c, router.Intent{Kind: KindCompare, Subjects: []*corpus.Page{
		c.Role("medical-laboratory-technician"), c.Role("phlebotomist"), c.Role("medical-laboratory-scientist")}})
	p := a.Pictures[0]
	for i, mark := range []string{" ¹", "", " ²"} {
		name := c.Role(p.Rows[i].ID).Short
		if p.Rows[i].Label != name+mark {
			t.Errorf("label %q, want %q", p.Rows[i].Label, name+mark)
		}
	}
	if !strings.HasPrefix(p.Note, "¹ Covers technicians (MLT) and scientists (MLS) together. ² Covers ") {
		t.Errorf("note %q", p.Note)
	}
}

// TestPicturesLeaveOutTheUnknown draws pages of which little is known.
func TestPicturesLeaveOutTheUnknown(t *testing.T) {
	c := small(t)
	known := knowing(c.Role("phlebotomist"),
		&corpus.Fact{ID: "pay-median", Label: "Median pay", Text: "$45,230 a year", Low: 45230, High: 45230, Unit: "usd/year"},
		&corpus.Fact{ID: "pay-p10", Text: "$30,000 to $33,000 a year", Low: 30000, High: 33000, Unit: "usd/year"}, // not one number
		&corpus.Fact{ID: "pay-p90", Text: "$28 an hour", Low: 28, High: 28, Unit: "usd/hour"},                     // another unit
	)
	bare := knowing(c.Role("medical-laboratory-technician"))
	in := router.Intent{Kind: KindCompare, Subjects: []*corpus.Page{known, bare}}
	if a := composed(c, in); len(a.Pictures) != 0 {
		t.Errorf("one known figure was compared: %+v", a.Pictures)
	}
	a := about(c, known, "pay")
	if len(a.Pictures) != 1 {
		t.Fatalf("pictures %+v", a.Pictures)
	}
	p := a.Pictures[0]
	if r := p.Rows[0]; len(p.Rows) != 1 || r.Mid != 45230 || !math.IsNaN(r.Low) || !math.IsNaN(r.High) {
		t.Errorf("rows %+v", p.Rows)
	}
	if want := "Chart. Yearly pay, $ a year. Phlebotomist: median $45,230. Undated."; p.Alt != want {
		t.Errorf("alt %q, want %q", p.Alt, want)
	}
	j, err := json.Marshal(EncodeAnswer("", a, 0).Pictures)
	if want := `"rows":[{"id":"phlebotomist","label":"Phlebotomist","mid":45230}]`; err != nil || !strings.Contains(string(j), want) {
		t.Errorf("JSON %s (%v), want %s in it", j, err, want)
	}
	if a := about(c, bare, "pay"); len(a.Pictures) != 0 {
		t.Errorf("nothing is known and drawn: %+v", a.Pictures)
	}
}

// knowing returns a page like p that knows other facts.
func knowing(p *corpus.Page, facts ...*corpus.Fact) *corpus.Page {
	q := *p
	q.Facts, q.Passages = facts, nil
	for _, f := range facts {
		f.Page = &q
	}
	for _, ps := range p.Passages {
		ps := *ps
		ps.Page, ps.Facts = &q, nil
		q.Passages = append(q.Passages, &ps)
	}
	return &q
}

// TestPictureChoicesLead asks each picture's own question.
func TestPictureChoicesLead(t *testing.T) {
	b := newBot(t, Options{})
	for _, ask := range []string{"how much do phlebotomists make", "mlt vs phlebotomist", "job growth mlt vs phlebotomist"} {
		a := b.Answer(t.Context(), Question{Text: ask})
		if len(a.Pictures) == 0 {
			t.Errorf("%q has no picture", ask)
		}
		for _, p := range a.Pictures {
			code, _ := p.Choice.Encode()
			c, err := ParseChoice(code)
			if err != nil {
				t.Fatal(err)
			}
			again := b.Answer(t.Context(), Question{Choice: &c})
			i := slices.IndexFunc(again.Pictures, func(q Picture) bool { return q.Kind == p.Kind })
			if i < 0 || again.Pictures[i].Alt != p.Alt {
				t.Errorf("%s leads to %+v, want %s", code, again.Pictures, p.Alt)
			}
		}
	}
}

// TestLadderIsWhole finds every step of the folder on one picture.
func TestLadderIsWhole(t *testing.T) {
	c := real(t)
	n := 0
	for _, p := range ladderPictures(c) {
		if len(p.Rows) > 24 || len(p.Rows) != len(p.Steps)+1 {
			t.Errorf("%s: %d places, %d steps", p.Title, len(p.Rows), len(p.Steps))
		}
		for i, st := range p.Steps {
			if row := p.Rows[i+1]; st.From != p.Rows[0].ID || row.ID != st.To || !strings.Contains(p.Alt, row.Label) || !strings.Contains(p.Alt, st.Label) {
				t.Errorf("%s: step %+v to %+v: %s", p.Title, st, row, p.Alt)
			}
			n++
		}
		if code, ok := p.Choice.Encode(); !ok || code == "q1" {
			t.Errorf("%s: choice %q", p.Title, code)
		}
	}
	if n != len(c.Ladder.Steps) || n == 0 {
		t.Errorf("%d steps on pictures, %d in the folder", n, len(c.Ladder.Steps))
	}
}
