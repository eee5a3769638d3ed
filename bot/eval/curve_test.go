package eval

import (
	"math"
	"math/rand/v2"
	"testing"

	"careerbot/bot"
	"careerbot/knowledge/corpus"
)

// TestFit finds the slope and the offset by which confidences were made wrong.
func TestFit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	var all []Scored
	for range 20_000 {
		z := rng.NormFloat64() * 2
		right := rng.Float64() < 1/(1+math.Exp(-(0.5*z-0.4)))
		all = append(all, Scored{Confidence: 1 / (1 + math.Exp(-z)), InScope: true, Right: right})
	}
	all = append(all, Scored{Confidence: 0.99, Held: true}) // counts for nothing
	slope, offset := Fit(all)
	if math.Abs(slope-0.5) > 0.03 || math.Abs(offset+0.4) > 0.05 {
		t.Errorf("slope %.3f, offset %.3f; want 0.5 and -0.4", slope, offset)
	}
}

func TestThresholdsAndCalibration(t *testing.T) {
	all := []Scored{
		{Confidence: 0.97, InScope: true, Right: true},
		{Confidence: 0.55, InScope: true},
		{Confidence: 0.75},
		{Confidence: 0.99, Held: true},
	}
	for _, p := range Thresholds(all) {
		held := 1
		if p.At > 0.75 {
			held = 2
		}
		wrong := 0
		if p.At <= 0.55 {
			wrong = 1
		}
		if p.Answered != (Share{b2i(p.At <= 0.97), 2}) || p.Wrong != (Share{wrong, 2}) || p.Held != (Share{held, 2}) {
			t.Errorf("at %.2f: %+v", p.At, p)
		}
	}
	if got := Separation(all); got != 0.75 { // one pair of four is the wrong way round
		t.Errorf("separation %v, want 0.75", got)
	}
	n := 0
	for _, b := range Calibration(all) {
		n += b.Right.Of
		if b.Low == 0.95 && b.Right != (Share{1, 1}) {
			t.Errorf("from 0.95: %+v", b)
		}
	}
	if n != 3 {
		t.Errorf("%d answers calibrated, want 3", n)
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestConfusions(t *testing.T) {
	turn := corpus.Turn{Ask: "a", Kind: string(bot.KindAnswer), Topics: []string{"pay"}}
	wrong := Result{Turn: turn, Topic: "x", Answer: bot.Answer{Topics: []string{"exam"}}}
	none := Result{Turn: turn, Topic: "x"}
	right := Result{Turn: turn, Answer: bot.Answer{Topics: []string{"pay"}}}
	got := Report{Results: []Result{none, wrong, right, wrong}}.Confusions()
	if len(got) != 2 || got[0].Got != "exam" || got[0].Count != 2 || got[1].Got != "none" {
		t.Errorf("got %+v", got)
	}
}
