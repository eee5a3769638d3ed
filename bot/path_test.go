package bot

import (
	"slices"
	"strings"
	"testing"
)

func pathOf(t *testing.T, b *Bot, from, to string) Answer {
	t.Helper()
	return b.Answer(t.Context(), Question{Choice: &Choice{Kind: KindPath, Subjects: []string{from, to}}})
}

// ways lists the places each route passes.
func ways(a Answer) []string {
	var out []string
	for _, r := range a.Routes {
		ids := []string{r.Steps[0].FromID}
		for _, s := range r.Steps {
			ids = append(ids, s.ToID)
		}
		out = append(out, strings.Join(ids, " > "))
	}
	return out
}

func TestPathShortestAndAlternative(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct {
		from, to string
		want     []string
	}{
		{"phlebotomist", "medical-laboratory-scientist", []string{
			"phlebotomist > medical-laboratory-scientist",
			"phlebotomist > medical-laboratory-technician > medical-laboratory-scientist"}},
		// The real bridge goes before a way that is as long and has none.
		{"nursing-assistant", "registered-nurse", []string{
			"nursing-assistant > registered-nurse",
			"nursing-assistant > licensed-practical-nurse > registered-nurse"}},
		{"physical-therapist-assistant", "physical-therapist", []string{"physical-therapist-assistant > physical-therapist"}},
		{"cna", "rn", []string{
			"nursing-assistant > registered-nurse",
			"nursing-assistant > licensed-practical-nurse > registered-nurse"}},
	} {
		if got := ways(pathOf(t, b, tc.from, tc.to)); !slices.Equal(got, tc.want) {
			t.Errorf("%s to %s: %q, want %q", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestPathSays(t *testing.T) {
	b := shippedBot(t)
	for _, tc := range []struct{ name, from, to, says string }{
		{"a belief", "pharmacy-technician", "pharmacist", "Many believe this: “Pharmacy technician hours shorten pharmacy school.” They do not."},
		{"no bridge", "sterile-processing-technician", "dental-assistant", "What people do instead is enter it the way anyone does"},
		{"from a place without a page", "nurse", "medical-laboratory-scientist", "There is no bridge from Registered nurse (RN)"},
		{"cost with its date", "licensed-practical-nurse", "registered-nurse", "exam fee, PN or RN $200 (2024)"},
		{"onward", "ekg-technician", "", "Cath lab technologist (RCIS)"},
		{"to a role from nothing", "", "phlebotomist", "Start as Phlebotomist"},
		{"start and goal the same", "phlebotomist", "phlebotomist", "Start and goal are the same"},
		{"unknown start", "astronaut", "phlebotomist", "I do not know “astronaut” as a job"},
		{"unknown goal", "phlebotomist", "astronaut", "I do not know “astronaut” as a job"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := pathOf(t, b, tc.from, tc.to)
			if text := a.Text(); a.Kind != KindPath || !strings.Contains(text, tc.says) || len(a.FollowUps) == 0 {
				t.Errorf("%s, want %q:\n%s", a.Kind, tc.says, text)
			}
		})
	}
}

// TestEveryStepIsWhole: each step of the ladder shows its time, what opens it,
// its cost or that it is not known, and its source.
func TestEveryStepIsWhole(t *testing.T) {
	b := shippedBot(t)
	c := b.snap.Load().Corpus
	for _, s := range c.Ladder.Steps {
		from := s.From
		if from == startPlace {
			from = ""
		}
		a := pathOf(t, b, from, s.To)
		if len(a.Routes) == 0 {
			t.Errorf("%s to %s: no way", s.From, s.To)
			continue
		}
		step := a.Routes[0].Steps[0]
		if step.Time == "" || step.Credential == "" || step.Source == "" || step.AsOf == "" {
			t.Errorf("%+v", step)
		}
		i := slices.IndexFunc(a.Pictures, func(p Picture) bool { return p.Kind == PictureLadder })
		if i < 0 || len(a.Pictures[i].Steps) == 0 || !strings.Contains(a.Pictures[i].Alt, step.Time) {
			t.Errorf("%s to %s: picture %+v", s.From, s.To, a.Pictures)
		}
	}
}
