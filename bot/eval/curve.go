package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"careerbot/bot"
	"careerbot/knowledge/corpus"
)

// A Scored question is one that asks for an answer or for none: a turn of the
// golden questions that stands alone.
type Scored struct {
	Confidence float64
	InScope    bool
	Right      bool // in scope, and answered as expected
	Held       bool // declined for a reason of its own, whatever the confidence
}

// Score asks the questions that stand alone, with the threshold all but gone, so
// that every threshold can be read off the confidences.
func Score(ctx context.Context, c *corpus.Corpus, tests []*corpus.Test) ([]Scored, Report, error) {
	s := c.Router
	s.AnswerAt = lowest
	b, err := newBot(c.WithRouter(s))
	if err != nil {
		return nil, Report{}, err
	}
	defer b.Close()
	var alone []*corpus.Test
	for _, t := range tests {
		if len(t.Turns) == 1 && (t.Turns[0].Kind == string(bot.KindAnswer) || t.Turns[0].Kind == string(bot.KindDecline)) {
			alone = append(alone, t)
		}
	}
	rep := Run(ctx, b, alone)
	var out []Scored
	for i := range rep.Results {
		r := &rep.Results[i]
		out = append(out, Scored{
			Confidence: r.Answer.Confidence, InScope: r.Turn.Kind == string(bot.KindAnswer),
			Right: r.OK() && r.Turn.Kind == string(bot.KindAnswer), Held: r.Answer.Kind != bot.KindAnswer,
		})
	}
	return out, rep, nil
}

// lowest is a threshold that holds nothing back.
const lowest = 0.05

func newBot(c *corpus.Corpus) (*bot.Bot, error) {
	s, err := bot.NewSnapshot(c)
	if err != nil {
		return nil, err
	}
	return bot.New(s, bot.Options{Conversations: bot.NewMemoryConversations(time.Now)}), nil
}

// A Point of the threshold curve.
type Point struct {
	At       float64
	Answered Share // in scope: answered, and right
	Wrong    Share // in scope: answered, and not right
	Held     Share // out of scope: not answered
}

// Thresholds returns the curve from 0.30 to 0.95.
func Thresholds(all []Scored) []Point {
	var out []Point
	for at := 30; at <= 95; at += 5 {
		p := Point{At: float64(at) / 100}
		for _, s := range all {
			answered := !s.Held && s.Confidence >= p.At
			if s.InScope {
				p.Answered.add(answered && s.Right)
				p.Wrong.add(answered && !s.Right)
			} else {
				p.Held.add(!answered)
			}
		}
		out = append(out, p)
	}
	return out
}

func (s *Share) add(right bool) {
	s.Of++
	if right {
		s.Right++
	}
}

// Separation is the chance that a question in scope is trusted more than one out
// of scope (AUROC). What is declined for a reason of its own is trusted least.
func Separation(all []Scored) float64 {
	var in, out []float64
	for _, s := range all {
		conf := s.Confidence
		if s.Held {
			conf = 0
		}
		if s.InScope {
			in = append(in, conf)
		} else {
			out = append(out, conf)
		}
	}
	return auroc(in, out)
}

// A Bucket of the calibration curve: answers whose confidence lies in it.
type Bucket struct {
	Low, High float64
	Mean      float64 // of the confidence
	Right     Share
}

// Calibration says how often answers are right at each confidence.
func Calibration(all []Scored) []Bucket {
	edges := []float64{0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.001}
	out := make([]Bucket, len(edges)-1)
	for i := range out {
		out[i].Low, out[i].High = edges[i], edges[i+1]
		sum := 0.0
		for _, s := range all {
			if !s.Held && s.Confidence >= edges[i] && s.Confidence < edges[i+1] {
				out[i].Right.add(s.Right)
				sum += s.Confidence
			}
		}
		out[i].Mean = sum / float64(max(out[i].Right.Of, 1))
	}
	return out
}

// Fit returns the slope and the offset in log-odds that make the confidences fit
// how often answers are right: a logistic regression by Newton's method.
func Fit(all []Scored) (slope, offset float64) {
	slope = 1
	for range 50 {
		var ga, gb, haa, hab, hbb float64
		for _, s := range all {
			if s.Held {
				continue
			}
			z := logOdds(s.Confidence)
			p := 1 / (1 + math.Exp(-(slope*z + offset)))
			y := 0.0
			if s.Right {
				y = 1
			}
			w := p * (1 - p)
			ga, gb = ga+(y-p)*z, gb+(y-p)
			haa, hab, hbb = haa+w*z*z, hab+w*z, hbb+w
		}
		haa, hbb = haa+1e-6, hbb+1e-6
		det := haa*hbb - hab*hab
		da, db := (ga*hbb-gb*hab)/det, (gb*haa-ga*hab)/det
		slope, offset = slope+da, offset+db
		if math.Abs(da)+math.Abs(db) < 1e-6 {
			break
		}
	}
	return slope, offset
}

func logOdds(p float64) float64 {
	p = min(max(p, 0.001), 0.999)
	return math.Log(p / (1 - p))
}

// A Pair of topics that are taken for each other.
type Pair struct {
	Want, Got string
	Count     int
	Asks      []string // a few of the questions
}

// Confusions returns the topics taken for others, worst first.
func (rep Report) Confusions() []Pair {
	found := map[string]*Pair{}
	for i := range rep.Results {
		r := &rep.Results[i]
		if r.Topic == "" || r.Turn.Kind != string(bot.KindAnswer) {
			continue
		}
		got := "none"
		if len(r.Answer.Topics) > 0 {
			got = r.Answer.Topics[0]
		}
		want := strings.Join(r.Turn.Topics, ",")
		p := found[want+" "+got]
		if p == nil {
			p = &Pair{Want: want, Got: got}
			found[want+" "+got] = p
		}
		p.Count++
		if len(p.Asks) < 3 {
			p.Asks = append(p.Asks, r.Turn.Ask)
		}
	}
	out := make([]Pair, 0, len(found))
	for _, p := range found {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Pair) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Want, b.Want), strings.Compare(a.Got, b.Got))
	})
	return out
}

// A Lesson of the learning curve.
type Lesson struct {
	Share       float64 // of the example questions that were learnt from
	Topic, Both Share   // of the answers
}

// Learning trains on growing shares of the example questions. Each step trains a
// router.
func Learning(ctx context.Context, c *corpus.Corpus, tests []*corpus.Test) ([]Lesson, error) {
	var out []Lesson
	for _, share := range []float64{0.0625, 0.125, 0.25, 0.5, 0.75, 1} {
		s := c.Router
		s.Share = share
		b, err := newBot(c.WithRouter(s))
		if err != nil {
			return nil, fmt.Errorf("learning from %g of the examples: %w", share, err)
		}
		rep := Run(ctx, b, tests)
		b.Close()
		l := Lesson{Share: share}
		for i := range rep.Results {
			if r := &rep.Results[i]; r.Turn.Kind == string(bot.KindAnswer) && len(r.Turn.Topics) > 0 {
				l.Topic.add(r.Topic == "")
				l.Both.add(r.OK())
			}
		}
		out = append(out, l)
	}
	return out, nil
}
