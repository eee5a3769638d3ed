// Package metrics holds every series that careerbot shows to Prometheus, and
// nothing else: what can be measured is read off this one file, and a test
// compares it with the README.
//
// The central type is [Metrics]. It counts answers by standing in front of the
// bot ([Metrics.Around]) and reads everything else when it is scraped
// ([Sources]). No label carries words, names or ids of people or places: labels
// take their values from closed lists, and what is not on its list is "other".
//
// client_golang is the reference implementation of the exposition format.
package metrics

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"careerbot/bot"
)

// The closed lists of label values.
var (
	platforms = []string{"discord", "slack", "web", "terminal"}
	kinds     = []string{
		string(bot.KindAnswer), string(bot.KindCompare), string(bot.KindPath), string(bot.KindMatch), string(bot.KindDefine),
		string(bot.KindClarify), string(bot.KindDecline), string(bot.KindMeta),
	}
	reasons = []string{
		"emergency", "medical-advice", "legal-advice", "abuse", "exam-content", "other-career", "off-topic", "unknown",
	}
)

// other stands for a value that is not on its list.
const other = "other"

func listed(value string, list []string) string {
	if slices.Contains(list, value) {
		return value
	}
	return other
}

// Sources tell what is read when the metrics are. Each must be quick and safe for
// concurrent use; nil ones leave their series out.
type Sources struct {
	Version   string                           // of the program
	Store     func() Store                     // how the database does
	Knowledge func() Knowledge                 // what is answered from
	Lost      func() (dropped, refused uint64) // notes of the journal
	Ready     func() map[string]bool           // by adapter: questions reach the bot through it
}

// Store is how the database does.
type Store struct {
	Well                            bool
	Owed                            int // writes that wait for it
	Outages, Without, Doubled, Lost uint64
}

// Knowledge is what is answered from, and how the last reload went.
type Knowledge struct {
	Hash       string // of the content
	Successful bool   // the last reload was taken, or found nothing new
	Loaded     time.Time
}

// An Asker answers questions and completes names, as [bot.Bot] does.
type Asker interface {
	Answer(ctx context.Context, q bot.Question) bot.Answer
	Suggest(kind, prefix string, max int) []bot.Suggestion
}

// Metrics are all series of a process.
type Metrics struct {
	registry *prometheus.Registry
	answers  *prometheus.CounterVec
	declines *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// seconds are the buckets of answers: most take a millisecond.
var seconds = []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}

// New returns the series over the sources.
func New(src Sources) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "careerbot_answers_total", Help: "Questions answered, by what the answer was.",
		}, []string{"platform", "kind"}),
		declines: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "careerbot_declines_total", Help: "Questions declined, by reason.",
		}, []string{"platform", "reason"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "careerbot_answer_duration_seconds", Help: "Time from question to answer, without the platform.", Buckets: seconds,
		}, []string{"platform"}),
	}
	m.registry.MustRegister(m.answers, m.declines, m.duration,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), &scraped{src})
	return m
}

// Handler serves the series, for GET /metrics.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// Around returns an asker that counts what ask answers. What is only shown again
// is not counted.
func (m *Metrics) Around(ask Asker) Asker { return counted{ask, m} }

type counted struct {
	Asker
	m *Metrics
}

// Answer answers and counts.
func (c counted) Answer(ctx context.Context, q bot.Question) bot.Answer {
	start := time.Now()
	a := c.Asker.Answer(ctx, q)
	if q.Again {
		return a
	}
	platform := listed(q.Place.Platform, platforms)
	c.m.duration.WithLabelValues(platform).Observe(time.Since(start).Seconds())
	c.m.answers.WithLabelValues(platform, listed(string(a.Kind), kinds)).Inc()
	if a.Kind == bot.KindDecline {
		c.m.declines.WithLabelValues(platform, listed(a.Reason, reasons)).Inc()
	}
	return a
}

// The series that are read when they are asked for.
var (
	storeWell    = series("careerbot_store_well", "1 while the database takes what is to be kept, else 0. Answers are given either way.")
	storeOwed    = series("careerbot_store_owed_writes", "Writes that wait for the database.")
	storeOutages = series("careerbot_store_outages_total", "How often the database stopped being well.")
	storeWithout = series("careerbot_store_without_total", "Operations that answers went on without.")
	storeDoubled = series("careerbot_store_doubled_total", "Deliveries that two processes answered because the database was away.")
	storeLost    = series("careerbot_store_lost_writes_total", "Writes there was no room for, or that the database refused.")

	journalLost = series("careerbot_journal_lost_total", "Notes on what was asked that were lost: the queue was full, or the store refused them.", "cause")

	reloadGood = series("knowledge_last_reload_successful", "1 when the last reload of the content folder was taken, else 0.")
	reloadTime = series("knowledge_last_reload_success_timestamp_seconds", "When the content that is answered from was loaded.")
	hash       = series("knowledge_hash", "Always 1; its label is the hash of the content that is answered from.", "hash")

	adapterReady = series("careerbot_adapter_ready", "1 while questions reach the bot through the adapter, else 0.", "platform")
	build        = series("careerbot_build_info", "Always 1; its label is the program's version.", "version")
)

func series(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// scraped collects from the sources.
type scraped struct{ src Sources }

// Describe implements [prometheus.Collector].
func (s *scraped) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		storeWell, storeOwed, storeOutages, storeWithout, storeDoubled, storeLost,
		journalLost, reloadGood, reloadTime, hash, adapterReady, build,
	} {
		ch <- d
	}
}

// Collect implements [prometheus.Collector].
func (s *scraped) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(build, 1, s.src.Version)
	if s.src.Store != nil {
		st := s.src.Store()
		gauge(storeWell, truth(st.Well))
		gauge(storeOwed, float64(st.Owed))
		counter(storeOutages, st.Outages)
		counter(storeWithout, st.Without)
		counter(storeDoubled, st.Doubled)
		counter(storeLost, st.Lost)
	}
	if s.src.Lost != nil {
		dropped, refused := s.src.Lost()
		counter(journalLost, dropped, "full")
		counter(journalLost, refused, "refused")
	}
	if s.src.Knowledge != nil {
		k := s.src.Knowledge()
		gauge(reloadGood, truth(k.Successful))
		gauge(reloadTime, float64(k.Loaded.UnixMilli())/1000)
		gauge(hash, 1, k.Hash)
	}
	if s.src.Ready != nil {
		ready := s.src.Ready()
		for _, name := range platforms {
			if ok, there := ready[name]; there {
				gauge(adapterReady, truth(ok), name)
			}
		}
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
