package metrics

import (
	"bufio"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"

	"careerbot/bot"
)

// says answers everything with one answer.
type says bot.Answer

func (s says) Answer(context.Context, bot.Question) bot.Answer { return bot.Answer(s) }
func (s says) Suggest(kind, prefix string, max int) []bot.Suggestion {
	return []bot.Suggestion{{Label: kind, Value: prefix}}
}

func everything() Sources {
	return Sources{
		Version: "v1.2.3",
		Store:   func() Store { return Store{Well: true, Owed: 1, Outages: 2, Without: 3, Doubled: 4, Lost: 5} },
		Knowledge: func() Knowledge {
			return Knowledge{Hash: "0123abcd", Successful: true, Loaded: time.Unix(1_800_000_000, 0)}
		},
		Lost:     func() (uint64, uint64) { return 6, 7 },
		Feedback: func() map[bot.Verdict]uint64 { return map[bot.Verdict]uint64{bot.Helpful: 8, "Canary Verdict": 9} },
		Mentors: func() bot.MentorCounts {
			return bot.MentorCounts{Asked: 10, Refused: 11, Answered: 12, Told: 13, Expired: 14}
		},
		Ready: func() map[string]bool {
			return map[string]bool{"slack": true, "discord": false, "canary-adapter": true}
		},
	}
}

// labels lists what each label may say. A series with another label, or another
// value, fails the test: so none can carry words, names or ids.
var labels = map[string]*regexp.Regexp{
	"platform": regexp.MustCompile(`^(discord|slack|web|terminal|other)$`),
	"kind":     regexp.MustCompile(`^(answer|compare|path|match|define|clarify|decline|meta|other)$`),
	"reason":   regexp.MustCompile(`^(emergency|medical-advice|legal-advice|abuse|exam-content|other-career|off-topic|unknown|other)$`),
	"cause":    regexp.MustCompile(`^(full|refused)$`),
	"verdict":  regexp.MustCompile(`^(helpful|not-helpful|wrong-job|wrong-topic|not-enough)$`),
	"event":    regexp.MustCompile(`^(asked|refused|answered|told|expired)$`),
	"hash":     regexp.MustCompile(`^0123abcd$`),
	"version":  regexp.MustCompile(`^(v1\.2\.3|go1\.[0-9.]+)$`), // go_info has the compiler's
}

// ask puts canaries into everything a question and an answer hold.
func ask(m *Metrics) {
	canary := says{
		Kind: "Canary Kind", Reason: "Canary Reason", Meta: "Canary Meta", Roles: []string{"canary-role"}, Topics: []string{"canary-topic"},
		Title: "Canary Title", ReadAs: "Canary ReadAs", Knowledge: "canary-hash", Passages: []bot.Passage{{ID: "canary/passage"}},
	}
	q := bot.Question{Text: "Canary Text", Person: "U0CANARY", Locale: "xx-CANARY", Role: "canary-place-role",
		Place: bot.Place{Platform: "Canary Platform", Workspace: "T0CANARY", Channel: "C0CANARY", Thread: "canary.5"}}
	m.Around(canary).Answer(context.Background(), q)
	canary.Kind = bot.KindDecline
	m.Around(canary).Answer(context.Background(), q)
	q.Place.Platform = "slack"
	m.Around(says{Kind: bot.KindDecline, Reason: "unknown"}).Answer(context.Background(), q)
	m.Around(says{Kind: bot.KindAnswer}).Answer(context.Background(), q)
	q.Again = true
	m.Around(says{Kind: bot.KindAnswer}).Answer(context.Background(), q)
}

func TestNoLabelCarriesWordsNamesOrIDs(t *testing.T) {
	m := New(everything())
	ask(m)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			for _, l := range metric.GetLabel() {
				seen[l.GetName()] = true
				if want := labels[l.GetName()]; want == nil || !want.MatchString(l.GetValue()) {
					t.Errorf("%s{%s=%q} is not on the list of what labels may say", f.GetName(), l.GetName(), l.GetValue())
				}
			}
		}
	}
	for name := range labels {
		if !seen[name] {
			t.Errorf("no series has the label %s: the test does not reach it", name)
		}
	}
	if page := scrape(t, m); strings.Contains(strings.ToLower(page), "canary") {
		t.Errorf("a canary is on the page:\n%s", page)
	}
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if rec.Code != 200 {
		t.Fatalf("status %d: %s", rec.Code, rec.Body)
	}
	return rec.Body.String()
}

func TestValues(t *testing.T) {
	m := New(everything())
	ask(m)
	page := scrape(t, m)
	for _, want := range []string{
		`careerbot_answers_total{kind="answer",platform="slack"} 1`, // what is shown again is not counted
		`careerbot_answers_total{kind="decline",platform="slack"} 1`,
		`careerbot_answers_total{kind="other",platform="other"} 1`,
		`careerbot_declines_total{platform="slack",reason="unknown"} 1`,
		`careerbot_declines_total{platform="other",reason="other"} 1`,
		`careerbot_answer_duration_seconds_count{platform="slack"} 2`,
		`careerbot_store_well 1`, `careerbot_store_owed_writes 1`, `careerbot_store_outages_total 2`, `careerbot_store_without_total 3`,
		`careerbot_store_doubled_total 4`, `careerbot_store_lost_writes_total 5`,
		`careerbot_journal_lost_total{cause="full"} 6`, `careerbot_journal_lost_total{cause="refused"} 7`,
		`careerbot_feedback_total{verdict="helpful"} 8`, `careerbot_feedback_total{verdict="wrong-job"} 0`,
		`careerbot_mentor_questions_total{event="asked"} 10`, `careerbot_mentor_questions_total{event="expired"} 14`,
		`knowledge_last_reload_successful 1`, `knowledge_last_reload_success_timestamp_seconds 1.8e+09`, `knowledge_hash{hash="0123abcd"} 1`,
		`careerbot_adapter_ready{platform="slack"} 1`, `careerbot_adapter_ready{platform="discord"} 0`,
		`careerbot_build_info{version="v1.2.3"} 1`,
	} {
		if !strings.Contains(page, "\n"+want+"\n") {
			t.Errorf("the page lacks %s", want)
		}
	}
	if got := m.Around(says{}).Suggest("role", "phl", 1); len(got) != 1 || got[0].Value != "phl" {
		t.Errorf("names are not completed: %v", got)
	}
}

// Without sources their series are left out rather than wrong.
func TestWithoutSources(t *testing.T) {
	if page := scrape(t, New(Sources{})); strings.Contains(page, "careerbot_store") || strings.Contains(page, "knowledge_") {
		t.Errorf("series without a source:\n%s", page)
	}
}

// TestLint holds the conventions of Prometheus.
func TestLint(t *testing.T) {
	m := New(everything())
	ask(m)
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestReadmeListsEverySeries compares the table of the README with what there is.
func TestReadmeListsEverySeries(t *testing.T) {
	m := New(everything())
	ask(m)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "go_") && !strings.HasPrefix(f.GetName(), "process_") && !strings.HasPrefix(f.GetName(), "promhttp_") {
			want = append(want, row(f))
		}
	}
	file, err := os.Open("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got []string
	named := regexp.MustCompile("`((?:careerbot|knowledge)_[a-z_]+(?:\\{[a-z,]+\\})?)`")
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "|") {
			continue
		}
		for _, match := range named.FindAllStringSubmatch(lines.Text(), -1) {
			got = append(got, match[1])
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("README.md lists\n%s\nthere is\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// row is a series as the README writes it.
func row(f *dto.MetricFamily) string {
	var names []string
	for _, l := range f.GetMetric()[0].GetLabel() {
		names = append(names, l.GetName())
	}
	if len(names) == 0 {
		return f.GetName()
	}
	return fmt.Sprintf("%s{%s}", f.GetName(), strings.Join(names, ","))
}
