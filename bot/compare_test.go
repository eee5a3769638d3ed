package bot

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"careerbot/knowledge/corpus"
)

func compareOf(t *testing.T, b *Bot, subjects ...string) Answer {
	t.Helper()
	return b.Answer(t.Context(), Question{Choice: &Choice{Kind: KindCompare, Subjects: subjects}})
}

func tableOf(t *testing.T, a Answer) Block {
	t.Helper()
	i := slices.IndexFunc(a.Blocks, func(b Block) bool { return b.Kind == Table })
	if i < 0 {
		t.Fatalf("%s: no table", a.Title)
	}
	return a.Blocks[i]
}

func namedRow(t *testing.T, b Block, label string) TableRow {
	t.Helper()
	i := slices.IndexFunc(b.Table, func(r TableRow) bool { return r.Label == label })
	if i < 0 {
		t.Fatalf("no row %q", label)
	}
	return b.Table[i]
}

// sentences counts what ends in a full stop.
func sentences(s string) int { return strings.Count(s+" ", ". ") }

func TestEveryRoleHasTheSameRows(t *testing.T) {
	b := shippedBot(t)
	c := b.snap.Load().Corpus
	roles := c.Roles()
	for i, p := range roles {
		q := roles[(i+1)%len(roles)]
		a := compareOf(t, b, p.Slug, q.Slug)
		table := tableOf(t, a)
		if got, want := len(table.Table), len(tableRows[corpus.Role]); got != want {
			t.Errorf("%s: %d rows, want %d", a.Title, got, want)
		}
		for _, r := range table.Table {
			for j, cell := range r.Cells {
				switch {
				case r.Label == "Typical pitfalls":
					if cell.Value == unknownValue {
						t.Errorf("%s: no pitfalls for %d", a.Title, j)
					}
				case r.Label == "Known cost" && cell.Value == unknownValue: // honest
				case cell.Value == unknownValue, cell.AsOf == "", cell.Source == "":
					t.Errorf("%s: %s: %+v lacks value, date or source", a.Title, r.Label, cell)
				}
			}
		}
		last := a.Blocks[len(a.Blocks)-1].Text()
		if sentences(last) != 3 || !strings.HasPrefix(last, "Choose ") {
			t.Errorf("%s: how to choose is not three sentences: %q", a.Title, last)
		}
	}
}

func TestEveryCredentialCompares(t *testing.T) {
	b := shippedBot(t)
	c := b.snap.Load().Corpus
	for _, s := range c.Comparisons.Subjects {
		if s.Page.Kind != corpus.Certification {
			continue
		}
		for _, w := range s.With {
			table := tableOf(t, compareOf(t, b, s.Page.ID, w.ID))
			for _, label := range []string{"Given by", "Needed?", "Who may take it"} {
				for _, cell := range namedRow(t, table, label).Cells {
					if cell.Value == unknownValue {
						t.Errorf("%s or %s: %s is not known", s.Name, w.Short, label)
					}
				}
			}
		}
	}
}

func TestNotComparable(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct {
		name     string
		subjects []string
		unlike   bool
		says     string
	}{
		{"one shared figure", []string{"medical-laboratory-technician", "medical-laboratory-scientist"}, true, "MLT and MLS share one figure"},
		{"a wider group", []string{"phlebotomist", "ekg-technician"}, true, "The figures of EKG technician are for all cardiovascular"},
		{"a stand-in", []string{"nursing-assistant", "patient-care-technician"}, true, "CNA and PCT share one figure"},
		{"figures of their own", []string{"phlebotomist", "medical-assistant"}, false, ""},
		{"EMTs without paramedics are the page's subject", []string{"emergency-medical-technician", "nursing-assistant"}, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := compareOf(t, b, tc.subjects...)
			for _, label := range []string{"Median pay", "Eight in ten earn", "Job growth, ten years", "Openings a year"} {
				if r := namedRow(t, tableOf(t, a), label); (r.Unlike != "") != tc.unlike {
					t.Errorf("%s: not comparable because of %q", label, r.Unlike)
				}
			}
			if text := a.Text(); !strings.Contains(text, tc.says) {
				t.Errorf("does not say %q:\n%s", tc.says, text)
			}
		})
	}
}

func TestYearsThatDifferDoNotCompare(t *testing.T) {
	fact := func(year int) *corpus.Fact { return &corpus.Fact{AsOf: corpus.Date{Year: year}} }
	r := tableRow{label: "Exam fee", figures: true}
	for _, tc := range []struct {
		a, b int
		want string
	}{{2025, 2025, ""}, {2024, 2025, "years differ or are not known"}, {0, 2025, "years differ or are not known"}} {
		tb := &table{}
		if got := tb.compareRow(r, []cell{{first: fact(tc.a)}, {first: fact(tc.b)}}); got != tc.want {
			t.Errorf("%d and %d: %q, want %q", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestCompareBadInput(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct {
		name     string
		subjects []string
		kind     Kind
		says     string
	}{
		{"one", []string{"phlebotomist"}, KindAnswer, "Name one to three more"},
		{"twice the same", []string{"phlebotomist", "phlebotomist"}, KindAnswer, "Both names mean the same: Phlebotomist."},
		{"five", []string{"phlebotomist", "medical-assistant", "nursing-assistant", "ekg-technician", "dental-assistant"}, KindCompare, "so Dental assistant is left out"},
		{"one unknown", []string{"phlebotomist", "astronaut", "medical-assistant"}, KindCompare, "no page on “astronaut”"},
		{"only one known", []string{"phlebotomist", "astronaut"}, KindAnswer, "no page on “astronaut”"},
		{"a job and its certificate", []string{"phlebotomist", "certifications/cpt-nha"}, KindCompare, "for the job Phlebotomist; employers often want it"},
		{"names as people type them", []string{"cna", "pct"}, KindCompare, "share one figure"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := compareOf(t, b, tc.subjects...)
			if a.Kind != tc.kind || !strings.Contains(a.Text(), tc.says) || len(a.FollowUps) == 0 {
				t.Errorf("%s, %d follow-ups, want %s with %q:\n%s", a.Kind, len(a.FollowUps), tc.kind, tc.says, a.Text())
			}
		})
	}
	if a := compareOf(t, b, "astronaut"); a.Kind != KindDecline || len(a.Blocks) == 0 {
		t.Errorf("nothing known: %s", a.Kind)
	}
}

func TestCompareShowsFirstWhatIsAsked(t *testing.T) {
	b := shippedBot(t)
	a := b.Answer(t.Context(), Question{Text: "which pays more, phlebotomist or dental assistant"})
	first := a.Blocks[0].Text() + " " + a.Blocks[1].Text()
	if i, j := strings.Index(first, "Dental"), strings.Index(first, "Phlebotomist"); !strings.HasPrefix(first, "Median pay") || i < 0 || j < i {
		t.Errorf("does not start with pay, the higher first: %s", first)
	}
}

func TestStacked(t *testing.T) {
	b := shippedBot(t)
	table := tableOf(t, compareOf(t, b, "medical-laboratory-technician", "medical-laboratory-scientist"))
	var text strings.Builder
	for _, bl := range table.Stacked() {
		if bl.Kind == Table {
			t.Error("a table is left")
		}
		text.WriteString(bl.Text() + "\n")
	}
	for _, want := range []string{"- MLT: Associate degree\n- MLS: Bachelor's degree", "- Both: $62,930 a year"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	p := Block{Kind: Paragraph, Spans: []Span{{Text: "x"}}}
	if got := p.Stacked(); len(got) != 1 || got[0].Text() != "x" {
		t.Errorf("a paragraph changes: %v", got)
	}
}

func TestCompareJSON(t *testing.T) {
	b := shippedBot(t)
	data, err := json.Marshal(EncodeAnswer("", compareOf(t, b, "phlebotomist", "ekg-technician"), 0))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Table struct {
			Subjects []string
			Rows     []struct {
				Label      string
				Comparable bool
				Cells      []struct {
					Value  string
					AsOf   string `json:"as_of"`
					Source string
				}
			}
		}
		Facts []FactJSON
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(got.Table.Rows, func(r struct {
		Label      string
		Comparable bool
		Cells      []struct {
			Value  string
			AsOf   string `json:"as_of"`
			Source string
		}
	}) bool {
		return r.Label == "Median pay"
	})
	if i < 0 || got.Table.Rows[i].Comparable || len(got.Table.Rows[i].Cells) != 2 || got.Table.Rows[i].Cells[0].AsOf != "May 2025" {
		t.Errorf("table %+v", got.Table)
	}
	if !slices.ContainsFunc(got.Facts, func(f FactJSON) bool {
		return f.Label == "Phlebotomist: Median pay" && f.AsOf == "May 2025" && f.Source != ""
	}) {
		t.Errorf("facts %+v", got.Facts)
	}
}
