package bot

import (
	"slices"
	"strings"
	"testing"
)

func TestStates(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct {
		turns        []string
		readAs, text string // text is part of the body
		link         string
	}{
		{[]string{"do I need a license in Texas as a pharm tech"}, "license · pharmacy technician · Texas", "PTCE or the ExCPT", "https://www.pharmacy.texas.gov/"},
		{[]string{"pharm tech license TX"}, "license · pharmacy technician · Texas", "as of 2025", ""},
		{[]string{"mlt license in houston"}, "license · medical laboratory technician (MLT) · Texas", "does not mean that you need nothing", "https://www.ascp.org"},
		{[]string{"phlebotomist license in OR"}, "license · phlebotomist · Oregon", "does not mean that you need nothing", ""},
		{[]string{"cna license in ok"}, "license · nursing assistant (CNA) · Oklahoma", "registry", ""},
		{[]string{"lpn license in nevada"}, "license · licensed practical nurse (LPN) · Nevada", "Every state requires a license", "https://www.ncsbn.org/"},
		{[]string{"phlebotomist pay in Ohio"}, "pay · phlebotomist · Ohio", "Nationwide", "https://www.bls.gov/oes/current/oes_oh.htm"},
		{[]string{"medical assistant salary in WA"}, "pay · medical assistant · Washington", "$59,290 a year", "https://www.bls.gov/oes/current/oes_wa.htm"},
		{[]string{"respiratory therapist pay miami"}, "pay · respiratory therapist · Florida", "Nationwide, half of all respiratory therapists earn more than $82,280", ""},
		{[]string{"pharm tech license in texas", "and in ohio?"}, "license · pharmacy technician · Ohio", "", "https://www.pharmacy.ohio.gov/"},
		{[]string{"pharm tech license in texas", "ohio", "and the pay?"}, "pay · pharmacy technician · Ohio", "", ""},
		{[]string{"patient care technician pay in texas"}, "pay · patient care technician (PCT) · Texas", "half of the people counted earn more than $37,500", ""},
		{[]string{"nys phlebotomy license"}, "license · phlebotomist · New York", "", ""},
		{[]string{"pharm tech license in texas", "and in canada?"}, "state rules · Pharmacy technician", "We cover the United States only", ""},
		{[]string{"how much does a lab tech make in iowa", "the mls one"}, "pay · medical laboratory scientist · Iowa", "", ""},
		{[]string{"do i need a license in florida", "phlebotomist"}, "license · phlebotomist · Florida", "", ""},
		{[]string{"pharmacy tech license in the uk"}, "state rules · Pharmacy technician", "United Kingdom", ""},
	} {
		a := talk(t, b, tc.turns...)
		if a.ReadAs != tc.readAs || !strings.Contains(a.Text(), tc.text) || !strings.Contains(links(a), tc.link) {
			t.Errorf("%q: read as %q with links %s:\n%s", tc.turns, a.ReadAs, links(a), a.Text())
		}
	}
}

// TestStatesAreNotWords: short words are not taken for states.
func TestStatesAreNotWords(t *testing.T) {
	b := shippedBot(t)
	for _, ask := range []string{
		"do i need a license or is a certificate ok", "HI WHAT DOES AN MLT MAKE IN A HOSPITAL OR CLINIC", "is it ok for me to get a license in or after school",
		"what is an MA", "does an MT need a license", "oh ok, and the pay for an ekg tech in a clinic", "id like to know the pay of a phlebotomist",
	} {
		a := b.Answer(t.Context(), Question{Text: ask})
		if strings.Count(a.ReadAs, " · ") > 1 {
			t.Errorf("%q was read as %q", ask, a.ReadAs)
		}
	}
}

// TestStateChoice: the structured form answers like the words, for any state or
// name, hostile ones too.
func TestStateChoice(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct {
		subject, topic, detail, kind, text string
	}{
		{"pharmacy-technician", "licensure", "@tx", "answer", "PTCE"},
		{"phlebotomist", "pay", "@oh", "answer", "Nationwide"},
		{"pharmacy-technician", "licensure", "@Texas", "answer", "PTCE"},
		{"pharmacy-technician", "licensure", "@Ontario", "answer", "We cover the United States only"},
		{"pharmacy-technician", "licensure", "@Narnia", "answer", "not a US state"},
		{"pharmacy-technician", "", "@", "answer", "not a US state"},
		{"", "licensure", "@tx", "clarify", ""},
		{"plumber", "licensure", "@tx", "decline", ""},
	} {
		c := Choice{Topic: tc.topic, Detail: tc.detail}
		if tc.subject != "" {
			c.Subjects = []string{tc.subject}
		}
		a := b.Answer(t.Context(), Question{Choice: &c})
		if string(a.Kind) != tc.kind || !strings.Contains(a.Text(), tc.text) {
			t.Errorf("%+v: %s\n%s", c, a.Kind, a.Text())
		}
		if tc.kind == "clarify" && !slices.ContainsFunc(a.Choices, func(f FollowUp) bool { return f.Choice.Detail == "@tx" }) {
			t.Errorf("%+v: the choices lose the state: %+v", c, a.Choices)
		}
	}
}

// TestEveryState: every role has an answer for every state on license and pay,
// with a source or an office to ask, and its buttons fit and lead on.
func TestEveryState(t *testing.T) {
	b := shippedBot(t)
	s := b.snapshot()
	defer s.release()
	for _, st := range s.Corpus.States.All {
		for _, role := range s.Corpus.Roles() {
			for _, topic := range []string{"licensure", "pay"} {
				c := Choice{Subjects: []string{role.Slug}, Topic: topic, Detail: StateMark + strings.ToLower(st.Abbr)}
				if _, ok := c.Encode(); !ok {
					t.Fatalf("%+v does not fit", c)
				}
				a := b.Answer(t.Context(), Question{Choice: &c})
				if a.Kind != KindAnswer || len(a.Sources) == 0 || !strings.Contains(links(a), "https://") || !strings.HasSuffix(a.ReadAs, st.Name) {
					t.Errorf("%+v: %s, sources %v\n%s", c, a.ReadAs, a.Sources, a.Text())
				}
				if strings.Contains(a.Text(), "{") || strings.Contains(strings.ToLower(a.Text()), "no license needed") {
					t.Errorf("%+v:\n%s", c, a.Text())
				}
			}
		}
	}
}

func TestSuggestState(t *testing.T) {
	b := shippedBot(t)
	for prefix, want := range map[string]string{"tex": "@tx", "oh": "@oh", "NY": "@ny", "hous": "@tx", "new h": "@nh"} {
		if got := b.Suggest("state", prefix, 5); len(got) == 0 || got[0].Value != want {
			t.Errorf("Suggest(%q) = %v, want %s first", prefix, got, want)
		}
	}
	if n := len(b.Suggest("state", "", 25)); n != 25 {
		t.Errorf("an empty prefix suggests %d states, want 25", n)
	}
}
