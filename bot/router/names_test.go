package router

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"careerbot/index"
	"careerbot/knowledge/corpus"
)

func load(t testing.TB, files map[string]string) *Router {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, problems := corpus.Load(fsys)
	if c == nil {
		t.Fatal(problems)
	}
	ix, err := index.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ix.Close() })
	r, err := New(c, ix)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rolePage(title, aliases string) string {
	return "---\ntitle: " + title + "\naliases: [" + aliases + "]\nasks:\n  overview: [what is a " + strings.ToLower(title) + "]\n---\n## Overview {#overview}\nPeople in this job work with care and know the rules.\n"
}

func testRouter(t testing.TB) *Router {
	return load(t, map[string]string{
		"roles/phlebotomist.md":                  rolePage("Phlebotomist", "phleb, phlebotomy, phlebotomy technician"),
		"roles/pharmacy-technician.md":           rolePage("Pharmacy technician", "pharm tech, pharmacy tech"),
		"roles/medical-laboratory-technician.md": rolePage("Medical laboratory technician", "mlt, medical lab tech"),
		"roles/medical-laboratory-scientist.md":  rolePage("Medical laboratory scientist", "mls, medical technologist"),
		"roles/medical-assistant.md":             rolePage("Medical assistant", "medical assisting"),
		"certifications/cpht.md":                 rolePage("CPhT (PTCB)", "cpht"),
		"ladder.yaml":                            "destinations:\n  - {id: registered-nurse, title: Registered nurse, aliases: [rn]}\n",
		"glossary.yaml": `
- term: lab tech
  also: [lab technician]
  senses:
    - {label: Technician, meaning: Runs tests., page: roles/medical-laboratory-technician, cues: [two year, associate]}
    - {label: Scientist, meaning: Runs tests too., page: roles/medical-laboratory-scientist, cues: [bachelor, four year]}
- term: MA
  exact: true
  unless: [massachusetts]
  senses:
    - {label: Medical assistant, meaning: Works in a clinic., page: roles/medical-assistant, cues: [clinic, ccma]}
    - {label: Master's degree, meaning: A degree., cues: [thesis]}
- term: centrifuge
  meaning: A machine that spins tubes.
`,
	})
}

func TestTokenize(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"What's an M.L.T.?", "whats an mlt"},
		{"m.l.t. or mls", "mlt or mls"},
		{"R.T.(R) exam", "rt r exam"},
		{"$45,230/yr", "45 230 yr"},
		{"x-ray e.g. this", "x ray eg this"},
		{"U.S. pay. A. lot", "us pay a lot"},
		{"don’t — stop…", "dont stop"},
		{"ma'am", "maam"},
		{"café ÉCOLE", "café école"},
		{"", ""},
		{"🙂 !!", ""},
	} {
		if got := strings.Join(words(tokenize(tc.text)), " "); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
	}
}

func TestNames(t *testing.T) {
	r := testRouter(t)
	for _, tc := range []struct{ text, want string }{
		{"phlebotomist", "phlebotomist"},
		{"Phlebotomists' pay", "phlebotomist"},
		{"phlebotamy", "phlebotomist"},
		{"flebotomist", "phlebotomist"},
		{"phlebtomist", "phlebotomist"},
		{"phelbotomist", "phlebotomist"},
		{"phlebo tomist", "phlebotomist"},
		{"pharm tec", "pharmacy-technician"},
		{"pharmtech", "pharmacy-technician"},
		{"farmacy tech", "pharmacy-technician"},
		{"pharmacy technican salary", "pharmacy-technician"},
		{"m.l.t.", "medical-laboratory-technician"},
		{"MLTs and MLSs", "medical-laboratory-technician medical-laboratory-scientist"},
		{"medical labratory technition", "medical-laboratory-technician"},
		{"medical technologist", "medical-laboratory-scientist"},
		{"cpht", "cpht"},
		{"how to be an rn", "registered-nurse"},
		{"lab tech", "lab tech?"},
		{"lab technicians with an associate", "medical-laboratory-technician"},
		{"lab tech with a bachelor degree", "medical-laboratory-scientist"},
		{"MA", "MA?"},
		{"ma program", "MA?"},
		{"become a ma in a clinic", "medical-assistant"},
		{"yes ma'am", ""},
		{"ma thesis", ""}, // no capitals and no cue beside it
		{"MA thesis", "-"},
		{"MA massachusetts", ""},
		{"my ma said so", ""},
		{"centrifuge", "centrifuge"},
		{"farm technology", ""},
		{"philosophy", ""},
		{"tell me about nursing", ""},
	} {
		t.Run(tc.text, func(t *testing.T) {
			rd := &reading{Router: r, toks: tokenize(tc.text)}
			rd.found = r.names.find(rd.toks)
			rd.resolveMentions()
			var got []string
			for _, m := range rd.found {
				switch {
				case m.page != nil:
					got = append(got, m.page.Slug)
				case m.dest != nil:
					got = append(got, m.dest.ID)
				case len(m.open) > 0:
					got = append(got, m.name.term.Term+"?")
				case m.sense != nil && len(m.name.term.Senses) > 1:
					got = append(got, "-")
				default:
					got = append(got, m.name.term.Term)
				}
			}
			if s := strings.Join(got, " "); s != tc.want {
				t.Errorf("got %q, want %q", s, tc.want)
			}
		})
	}
}

// TestConversationSettles: an ambiguous word means what is in play.
func TestConversationSettles(t *testing.T) {
	r := testRouter(t)
	in, err := r.Read(t.Context(), "what is a lab tech", Context{Subjects: []string{"roles/medical-laboratory-scientist"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Subjects) != 1 || in.Subjects[0].Slug != "medical-laboratory-scientist" {
		t.Errorf("got %v %v", in.Kind, in.Subjects)
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b        string
		limit, want int
	}{
		{"abc", "abc", 2, 0}, {"abc", "abd", 2, 1}, {"abcd", "abdc", 2, 1}, {"abc", "", 2, 3}, {"kitten", "sitting", 3, 3}, {"kitten", "sitting", 2, 3},
		{strings.Repeat("a", 80), strings.Repeat("a", 79), 2, 3}, // beyond the buffer: counted as far apart
	} {
		if got := distance(tc.a, tc.b, tc.limit); got != tc.want {
			t.Errorf("%q %q: got %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestRepair(t *testing.T) {
	rep := newRepairer(map[string]int{"salary": 9, "celery": 1, "hours": 5, "house": 5, "work": 7, "week": 2, "what": 9, "pay": 3})
	rep.learn([]string{"night", "hours"})
	for _, tc := range []struct{ text, want string }{
		{"slary", "salary"}, {"saalry", "salary"}, {"salarry", "salary"}, {"wokr", "work"}, {"wht", "what"},
		{"night houes", "night hours"}, // the neighbour decides
		{"salary", "salary"}, {"zzzzz", "zzzzz"}, {"py", "py"}, {"2024x", "2024x"}, {"wörk", "wörk"},
	} {
		if got := strings.Join(words(rep.repairAll(tokenize(tc.text), func(int) bool { return false })), " "); got != tc.want {
			t.Errorf("%q: got %q, want %q", tc.text, got, tc.want)
		}
	}
}

// TestStructuredOnlyLooksUp: a request names what exists or is declined.
func TestStructuredOnlyLooksUp(t *testing.T) {
	r := testRouter(t)
	for _, tc := range []struct {
		q    Request
		want string
	}{
		{Request{Subjects: []string{"phlebotomist"}, Topic: "overview"}, "answer roles/phlebotomist#overview"},
		{Request{Subjects: []string{"phlebotomist"}}, "answer roles/phlebotomist#overview"},
		{Request{Subjects: []string{"certifications/cpht"}, Topic: "overview"}, "answer certifications/cpht#overview"},
		{Request{Subjects: []string{"pharm tech"}, Topic: "overview"}, "answer roles/pharmacy-technician#overview"},
		{Request{Subjects: []string{"phlebotomist"}, Topic: "pay"}, "decline unknown"},
		{Request{Subjects: []string{"lab tech"}, Topic: "overview"}, "decline unknown"},
		{Request{Kind: KindDefine, Detail: "centrifuge"}, "define "},
		{Request{Kind: KindDefine, Detail: "nothing"}, "decline unknown"},
		{Request{Kind: KindCompare, Subjects: []string{"phlebotomist", "pharmacy-technician"}}, "compare "},
		{Request{Kind: KindMeta, Topic: "help"}, "meta "},
		{Request{}, "decline unknown"},
		{Request{Kind: "shell"}, "decline unknown"},
	} {
		in, err := r.Structured(t.Context(), tc.q)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%s %s", in.Kind, in.Reason)
		if len(in.Passages) > 0 {
			got = fmt.Sprintf("%s %s", in.Kind, in.Passages[0].Passage.ID)
		}
		if got != tc.want {
			t.Errorf("%+v: got %q, want %q", tc.q, got, tc.want)
		}
	}
}

// TestIntentSet: a folder of guide pages alone works as a set of intents.
func TestIntentSet(t *testing.T) {
	guide := func(title string, asks ...string) string {
		return "---\ntitle: " + title + "\nasks:\n  overview:\n    - " + strings.Join(asks, "\n    - ") + "\n---\n## " + title + " {#overview}\nText.\n"
	}
	r := load(t, map[string]string{
		"guides/card_arrival.md": guide("Card arrival", "where is my new card", "when will my card get here", "my card has not come", "track my card delivery", "how long until the card arrives"),
		"guides/lost-pin.md":     guide("Lost PIN", "i forgot my pin", "what is my pin", "reset the pin code", "pin does not work", "need a new pin"),
		"guides/greeting.md":     guide("Greeting", "hello", "hi there", "good morning", "hey you", "greetings"),
		"boundaries.yaml":        "- reason: unknown\n  asks: [how do i boil an egg, tell me the weather, who won the match, sing me a song, what is the capital of france]\n  reply: I only know about cards.\n",
	})
	for _, tc := range []struct{ text, want string }{
		{"when will my new card arrive", "answer guides/card_arrival"},
		{"wehre is my crad", "answer guides/card_arrival"},
		{"forgot the pin", "answer guides/lost-pin"},
		{"hello there", "answer guides/greeting"},
		{"how is the weather in france", "decline "},
	} {
		in, err := r.Read(t.Context(), tc.text, Context{})
		if err != nil {
			t.Fatal(err)
		}
		got := string(in.Kind) + " "
		if in.Kind == KindAnswer {
			got += in.Passages[0].Passage.Page.ID
		}
		if got != tc.want {
			t.Errorf("%q: got %q (%.2f), want %q", tc.text, got, in.Confidence, tc.want)
		}
	}
}

func FuzzNames(f *testing.F) {
	r := testRouter(f)
	for _, s := range []string{"pharm tec", "m.l.t.", "MA", "phlebo tomist x", strings.Repeat("lab ", 50)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		toks := tokenize(s)
		found := r.names.find(toks)
		end := 0
		for _, m := range found {
			if m.start < end || m.end <= m.start || m.end > len(toks) {
				t.Fatalf("%q: spans overlap or run out: %+v", s, found)
			}
			end = m.end
		}
		if slices.Contains(mask(toks, found), "") {
			t.Errorf("%q: an empty token", s)
		}
	})
}
