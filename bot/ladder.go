package bot

import (
	"math"
	"strings"

	"careerbot/knowledge/corpus"
)

// Ladder returns the whole ladder as pictures, one for each place that steps lead
// on from, in the order of the folder, and the content hash they are of. All of it
// on one picture would be some hundred steps long.
func (b *Bot) Ladder() (pictures []Picture, knowledge string) {
	s := b.snapshot()
	defer s.release()
	return ladderPictures(s.Corpus), s.Corpus.Hash
}

func ladderPictures(c *corpus.Corpus) []Picture {
	names := &composer{s: &Snapshot{Corpus: c}}
	var out []Picture
	at := map[string]int{}
	for _, st := range c.Ladder.Steps {
		i, ok := at[st.From]
		if !ok {
			i = len(out)
			at[st.From] = i
			out = append(out, Picture{Kind: PictureLadder, Rows: []PictureRow{rowOf(st.From, names.place(st.From))},
				Choice: Choice{Kind: KindPath, Subjects: []string{st.From}}})
		}
		p := &out[i]
		p.Rows = append(p.Rows, rowOf(st.To, names.place(st.To)))
		p.Steps = append(p.Steps, PictureStep{From: st.From, To: st.To, Label: st.Time})
	}
	for i := range out {
		p := &out[i]
		p.Title = "From " + p.Rows[0].Label
		if p.Rows[0].ID == "start" {
			p.Title, p.Rows[0].Label = "Where people start", "Start"
			p.Choice = Choice{Kind: KindMeta, Topic: "help"}
		}
		p.Alt = ladderAlt(p)
	}
	return out
}

// rowOf is a place on the ladder, which has no values.
func rowOf(id, label string) PictureRow {
	return PictureRow{ID: id, Label: label, Low: math.NaN(), Mid: math.NaN(), High: math.NaN()}
}

// ladderAlt says a ladder's steps in words.
func ladderAlt(p *Picture) string {
	label := map[string]string{}
	for _, r := range p.Rows {
		label[r.ID] = r.Label
	}
	var ways []string
	for _, st := range p.Steps {
		way := label[st.To]
		if st.Label != "" {
			way += " (" + st.Label + ")"
		}
		ways = append(ways, way)
	}
	return "Ladder. " + p.Title + ": " + strings.Join(ways, "; ") + "."
}
