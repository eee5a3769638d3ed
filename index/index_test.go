package index

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"careerbot/knowledge/corpus"
)

// folder is two roles with two topics each, a credential and a guide.
func folder(t testing.TB) *corpus.Corpus {
	t.Helper()
	page := func(title, head, pay, duties string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("---\ntitle: " + title + "\n" + head + "---\n## Pay {#pay}\n" + pay + "\n\n## Work {#duties}\n" + duties + "\n")}
	}
	c, problems := corpus.Load(fstest.MapFS{
		"roles/phlebotomist.md":    page("Phlebotomist", "aliases: [blood drawer]\nasks:\n  pay: [can you live off drawing blood]\n", "Wages vary by shift.", "You draw blood and label tubes."),
		"roles/technician.md":      page("Laboratory technician", "", "Wages vary by region.", "You run analyzers and check controls."),
		"certifications/cpt.md":    page("CPT", "roles: [phlebotomist]\n", "It may raise wages.", "You prove that you can draw blood."),
		"guides/night-shifts.md":   page("Night shifts", "", "Nights often pay a bonus on wages.", "Sleep in a dark room."),
		"pitfalls/wrong-labels.md": page("Wrong labels", "roles: [technician]\n", "It costs wages.", "A tube without a name is thrown away."),
	})
	if c == nil {
		t.Fatal(problems)
	}
	return c
}

func open(t testing.TB) *Index {
	t.Helper()
	ix, err := Build(folder(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	return ix
}

func ids(hits []Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Passage.ID)
	}
	return strings.Join(out, " ")
}

func TestSearch(t *testing.T) {
	ix := open(t)
	for _, tc := range []struct {
		name  string
		q     Query
		first string // id of the best hit, "" for none
		only  string // a part every hit's id has
	}{
		{"words of the body", Query{Text: "analyzers"}, "roles/technician#duties", ""},
		{"stemming", Query{Text: "labelled tube"}, "roles/phlebotomist#duties", ""},
		{"an example question", Query{Text: "live off it"}, "roles/phlebotomist#pay", ""},
		{"an alias", Query{Text: "blood drawer wages"}, "roles/phlebotomist#pay", ""},
		{"a role keeps its page and what concerns it", Query{Text: "wages", Roles: []string{"phlebotomist"}, Size: 20}, "certifications/cpt#pay", ""},
		{"a page", Query{Text: "wages", Pages: []string{"guides/night-shifts"}}, "guides/night-shifts#pay", "guides/night-shifts"},
		{"a kind", Query{Text: "wages", Kinds: []corpus.Kind{corpus.Guide}}, "guides/night-shifts#pay", "guides/"},
		{"a topic only", Query{Text: "draw blood", Only: []string{"duties"}}, "roles/phlebotomist#duties", "#duties"},
		{"a preferred topic", Query{Text: "blood", Roles: []string{"phlebotomist"}, Topics: []string{"pay"}}, "roles/phlebotomist#pay", ""},
		{"an unknown role", Query{Text: "wages", Roles: []string{"nobody"}}, "", ""},
		{"nothing in common", Query{Text: "zebra"}, "", ""},
		{"no words", Query{}, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hits, err := ix.Search(t.Context(), tc.q)
			if err != nil {
				t.Fatal(err)
			}
			first := ""
			if len(hits) > 0 {
				first = hits[0].Passage.ID
			}
			if first != tc.first {
				t.Errorf("got %q, want %s first", ids(hits), tc.first)
			}
			for i, h := range hits {
				if !strings.Contains(h.Passage.ID, tc.only) {
					t.Errorf("%s passed the filter", h.Passage.ID)
				}
				if h.Score < 0 || i > 0 && h.Score > hits[i-1].Score {
					t.Errorf("scores do not fall: %v", hits)
				}
			}
		})
	}
}

// TestRoleFilter: a role's filter lets its own page and pages about it through,
// and nothing else.
func TestRoleFilter(t *testing.T) {
	hits, err := open(t).Search(t.Context(), Query{Text: "wages blood tube", Roles: []string{"phlebotomist"}, Size: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hits {
		if id := h.Passage.Page.ID; id != "roles/phlebotomist" && id != "certifications/cpt" {
			t.Errorf("%s passed the filter", id)
		}
	}
	if len(hits) < 3 {
		t.Errorf("got %s", ids(hits))
	}
}

// TestQuerySyntaxIsText: what Bleve's query language would read as operators is
// only text here.
func TestQuerySyntaxIsText(t *testing.T) {
	ix := open(t)
	for _, text := range []string{"/.*/", "wages~2", "*", "w?ges", "+wages -blood", "title:wages^9", "\"wages", "((((", strings.Repeat("a* ", 1000)} {
		if _, err := ix.Search(t.Context(), Query{Text: text}); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	hits, err := ix.Search(t.Context(), Query{Text: "w*"})
	if err != nil || len(hits) != 0 {
		t.Errorf("a wildcard matched: %s %v", ids(hits), err)
	}
}

// TestSameAnswerTwice: equal scores come in the order of their ids, in every
// index of the same corpus.
func TestSameAnswerTwice(t *testing.T) {
	want := ""
	for range 5 {
		hits, err := open(t).Search(t.Context(), Query{Text: "wages", Size: 20})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(ids(hits))
		if want != "" && got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		want = got
	}
}

func BenchmarkSearch(b *testing.B) {
	ix := open(b)
	for b.Loop() {
		if _, err := ix.Search(b.Context(), Query{Text: "can you live off drawing blood", Roles: []string{"phlebotomist"}}); err != nil {
			b.Fatal(err)
		}
	}
}
