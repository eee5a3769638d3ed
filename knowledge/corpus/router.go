package corpus

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// Router holds how the folder's questions are weighed, read off curves of its own
// golden questions. A zero field means the default, which suits an intent set.
type Router struct {
	AnswerAt       float64 // confidence from which a question is answered, 0 to 1
	Regularization float64 // how closely the classifier follows the examples (C)
	OwnClass       float64 // how much an example weighs in its own class
	Slope, Offset  float64 // of the calibration: what confidence's log-odds are multiplied by, and what is added

	// Share of the example questions to learn from; not in the file. Learning
	// curves set it.
	Share float64
}

// WithRouter returns the same corpus with other settings of the router.
func (c *Corpus) WithRouter(r Router) *Corpus {
	other := *c
	other.Router = r
	return &other
}

// parseRouter reads router.yaml.
func (l *loader) parseRouter(f *yamlFile, text string) {
	number := func(dst *float64, what string, low, high float64) func(_, v *yaml.Node) {
		return func(_, v *yaml.Node) {
			n, err := strconv.ParseFloat(f.text(v, what), 64)
			if err != nil || !(n >= low && n <= high) {
				f.bad(v, "value", "%s must be a number from %g to %g", what, low, high)
				return
			}
			*dst = n
		}
	}
	r := &l.c.Router
	f.fields(f.parse([]byte(text)), "router.yaml", fieldMap{
		"answer_at":      number(&r.AnswerAt, "answer_at", 0.05, 0.99),
		"regularization": number(&r.Regularization, "regularization", 0.01, 100),
		"own_class":      number(&r.OwnClass, "own_class", 1, 100),
		"slope":          number(&r.Slope, "slope", 0.1, 10),
		"offset":         number(&r.Offset, "offset", -10, 10),
	})
}
