package bot

import (
	"strings"
	"testing"
)

func TestFinder(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct {
		turns  []string
		readAs string
		want   []string // parts of the body, in this order
	}{
		{[]string{"which certificates are there for phlebotomy"}, "certificates · phlebotomist",
			[]string{"Required by law", "California CPT I", "only in California", "Wanted by employers", "CPT (NHA): National Healthcareer Association (NHA); exam $125 to $134 (2026, sources disagree)"}},
		{[]string{"list all certifications for pharmacy technicians"}, "certificates · pharmacy technician", []string{"Wanted by employers", "CPhT (PTCB)", "Voluntary", "CPhT-Adv"}},
		{[]string{"cheapest phlebotomy certification"}, "certificates · phlebotomist", []string{"lowest first", "RPT (AMT)", "CPT (NHA)", "PBT (ASCP)", "Only an old fee: NCPT", "No fee on file: California"}},
		{[]string{"pharmacy tech certification without school"}, "certificates · pharmacy technician", []string{"work takes its place", "500 hours", "We know of no such way for"}},
		{[]string{"which certification is accepted in texas for pharm techs"}, "certification · pharmacy technician · Texas", []string{"Known to count there", "CPhT (PTCB): named by Texas State Board of Pharmacy, 2025"}},
		{[]string{"which certificates are there for phlebotomy", "which is accepted in California"}, "certification · phlebotomist · California", []string{"The state's own", "We hold no checked list"}},
		{[]string{"which certificates are there for phlebotomy", "cheapest?"}, "certificates · phlebotomist", []string{"lowest first"}},
		{[]string{"which certs are there", "phlebotomist"}, "", nil},
	} {
		a := talk(t, b, tc.turns...)
		rest := a.Text()
		if tc.readAs != "" && a.ReadAs != tc.readAs {
			t.Errorf("%q: read as %q", tc.turns, a.ReadAs)
			continue
		}
		for _, want := range tc.want {
			i := strings.Index(rest, want)
			if i < 0 {
				t.Errorf("%q: no %q, or not in this place, in\n%s", tc.turns, want, a.Text())
				break
			}
			rest = rest[i:]
		}
	}
}

// TestFinderChoices: the lists of every role have their buttons, which fit and
// lead to the same lists.
func TestFinderChoices(t *testing.T) {
	b := shippedBot(t)
	s := b.snapshot()
	defer s.release()
	for _, role := range s.Corpus.Roles() {
		for _, detail := range []string{"*", "*fee", "*school", "*hostile"} {
			c := Choice{Subjects: []string{role.Slug}, Topic: "certification", Detail: detail}
			if _, ok := c.Encode(); !ok {
				t.Errorf("%+v does not fit", c)
			}
			a := b.Answer(t.Context(), Question{Choice: &c})
			if a.Kind != KindAnswer || a.Topics[0] != "certification" || len(a.Blocks) < 2 || strings.Contains(a.Text(), "{") {
				t.Errorf("%+v: %s\n%s", c, a.Kind, a.Text())
			}
		}
	}
}

// TestFinderIsNotAdvice: a question for advice keeps its written answer.
func TestFinderIsNotAdvice(t *testing.T) {
	b := shippedBot(t)
	for _, ask := range []string{"which phlebotomy certification should i get", "what certification do i need to be a pharmacy tech", "is the cpht worth it"} {
		if a := b.Answer(t.Context(), Question{Text: ask}); strings.HasPrefix(a.ReadAs, "certificates") {
			t.Errorf("%q got a list", ask)
		}
	}
}
