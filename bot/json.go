package bot

import (
	"math"
	"slices"
	"time"
)

// AnswerJSON is an answer as the JSON contract fixes it. Fields are only ever
// added.
type AnswerJSON struct {
	ID         string         `json:"id"`
	Kind       Kind           `json:"kind"`
	Reason     string         `json:"reason"`
	Roles      []string       `json:"roles"`
	Topics     []string       `json:"topics"`
	Confidence float64        `json:"confidence"`
	Title      string         `json:"title"`
	Text       string         `json:"text"`
	Facts      []FactJSON     `json:"facts"`
	Sources    []SourceJSON   `json:"sources"`
	Passages   []PassageJSON  `json:"passages"`
	FollowUps  []FollowUpJSON `json:"follow_ups"`
	Choices    []FollowUpJSON `json:"choices"`
	ReadAs     string         `json:"read_as"`
	Pictures   []PictureJSON  `json:"pictures"`
	Table      *TableJSON     `json:"table,omitempty"`
	Routes     []RouteJSON    `json:"routes,omitempty"`
	Notice     string         `json:"notice,omitempty"`
	Knowledge  string         `json:"knowledge"`
	TookMicros int64          `json:"took_us"`
}

// FactJSON is a figure of an answer.
type FactJSON struct {
	Label  string `json:"label"`
	Value  string `json:"value"`
	AsOf   string `json:"as_of"`
	Source string `json:"source"`
	Caveat string `json:"caveat,omitempty"`
}

// SourceJSON is a source of an answer.
type SourceJSON struct {
	Title string `json:"title"`
	URL   string `json:"url"`
	AsOf  string `json:"as_of"`
}

// PassageJSON names a passage; the score compares within one answer only.
type PassageJSON struct {
	ID    string  `json:"id"`
	Score float64 `json:"score"`
}

// FollowUpJSON is a follow-up or a choice. Choice is its encoded form, which
// POST /api/v1/ask accepts.
type FollowUpJSON struct {
	Label  string `json:"label"`
	Ask    string `json:"ask"`
	Role   string `json:"role"`
	Topic  string `json:"topic"`
	Choice string `json:"choice"`
}

// EncodeAnswer returns the answer in the form of the JSON contract.
func EncodeAnswer(id string, a Answer, took time.Duration) AnswerJSON {
	out := AnswerJSON{
		ID: id, Kind: a.Kind, Reason: a.Reason, Roles: notNil(a.Roles), Topics: notNil(a.Topics),
		Confidence: a.Confidence, Title: a.Title, Text: a.Text(), ReadAs: a.ReadAs, Notice: a.Notice,
		Facts: []FactJSON{}, Sources: []SourceJSON{}, Passages: []PassageJSON{},
		FollowUps: followUpsJSON(a.FollowUps), Choices: followUpsJSON(a.Choices),
		Pictures: []PictureJSON{}, Knowledge: a.Knowledge, TookMicros: took.Microseconds(),
	}
	for _, p := range a.Pictures {
		out.Pictures = append(out.Pictures, pictureJSON(p))
	}
	out.Table, out.Routes = tableJSON(a.Blocks), routesJSON(a.Routes)
	for _, f := range append(slices.Clone(a.Facts), out.Table.facts()...) {
		out.Facts = append(out.Facts, FactJSON(f))
	}
	for _, s := range a.Sources {
		out.Sources = append(out.Sources, SourceJSON{s.Title, s.URL, s.AsOf})
	}
	for _, p := range a.Passages {
		out.Passages = append(out.Passages, PassageJSON(p))
	}
	return out
}

func notNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func followUpsJSON(list []FollowUp) []FollowUpJSON {
	out := make([]FollowUpJSON, 0, len(list))
	for _, f := range list {
		j := FollowUpJSON{Label: f.Label, Ask: f.Ask, Topic: f.Choice.Topic}
		if len(f.Choice.Subjects) > 0 {
			j.Role = f.Choice.Subjects[0]
		}
		j.Choice, _ = f.Choice.Encode()
		out = append(out, j)
	}
	return out
}

// PictureJSON is a chart as data. Choice is the encoded question that gives it.
type PictureJSON struct {
	Kind   PictureKind       `json:"kind"`
	Title  string            `json:"title"`
	Alt    string            `json:"alt"`
	Unit   string            `json:"unit,omitempty"`
	Note   string            `json:"note,omitempty"`
	Rows   []PictureRowJSON  `json:"rows"`
	Steps  []PictureStepJSON `json:"steps,omitempty"`
	Choice string            `json:"choice"`
}

// PictureRowJSON is one subject of a chart; a value that is not known is absent.
type PictureRowJSON struct {
	ID    string   `json:"id"`
	Label string   `json:"label"`
	Low   *float64 `json:"low,omitempty"`
	Mid   *float64 `json:"mid,omitempty"`
	High  *float64 `json:"high,omitempty"`

	Reference bool `json:"reference,omitempty"` // no subject itself, but for scale
}

// PictureStepJSON leads from one row's id to another's.
type PictureStepJSON struct {
	From  string `json:"from"`
	To    string `json:"to"`
	Label string `json:"label,omitempty"`
}

func pictureJSON(p Picture) PictureJSON {
	out := PictureJSON{Kind: p.Kind, Title: p.Title, Alt: p.Alt, Unit: p.Unit, Note: p.Note, Rows: []PictureRowJSON{}}
	for _, r := range p.Rows {
		out.Rows = append(out.Rows, PictureRowJSON{r.ID, r.Label, number(r.Low), number(r.Mid), number(r.High), r.Reference})
	}
	for _, s := range p.Steps {
		out.Steps = append(out.Steps, PictureStepJSON(s))
	}
	out.Choice, _ = p.Choice.Encode() // longer than a button's is fine here
	return out
}

// number returns nil for what JSON has no number for.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}
