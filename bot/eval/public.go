package eval

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"

	"careerbot/bot"
	"careerbot/knowledge/corpus"
)

// A Dataset is a public intent collection as a knowledge folder: one guide page
// an intent with its training questions as asks, and the training questions of
// no intent as boundary examples of reason "unknown".
type Dataset struct {
	Name   string
	Folder fs.FS
	// Test and Valid hold questions with the page id that answers them, "" when
	// nothing does. Nothing in them is part of Folder.
	Test, Valid []Labelled
}

// A Labelled question names the page that answers it, or "".
type Labelled struct {
	Text string
	Page string
}

// LoadCLINC150 reads the full CLINC150 collection (Larson et al. 2019, CC BY 3.0)
// from the folder that holds clinc150/data_full.json.
func LoadCLINC150(dir string) (*Dataset, error) {
	data, err := os.ReadFile(filepath.Join(dir, "clinc150", "data_full.json"))
	if err != nil {
		return nil, fmt.Errorf("reading CLINC150: %w", err)
	}
	var parts map[string][][2]string
	if err := json.Unmarshal(data, &parts); err != nil {
		return nil, fmt.Errorf("reading CLINC150: %w", err)
	}
	asks := map[string][]string{}
	for _, r := range parts["train"] {
		asks[r[1]] = append(asks[r[1]], r[0])
	}
	var none []string
	for _, r := range parts["oos_train"] {
		none = append(none, r[0])
	}
	d := &Dataset{Name: "CLINC150 full", Folder: intentFolder(asks, none)}
	for _, r := range parts["test"] {
		d.Test = append(d.Test, Labelled{r[0], pageOf(r[1])})
	}
	for _, r := range parts["oos_test"] {
		d.Test = append(d.Test, Labelled{r[0], ""})
	}
	for _, r := range parts["val"] {
		d.Valid = append(d.Valid, Labelled{r[0], pageOf(r[1])})
	}
	for _, r := range parts["oos_val"] {
		d.Valid = append(d.Valid, Labelled{r[0], ""})
	}
	return d, nil
}

// LoadBANKING77 reads BANKING77 (Casanueva et al. 2020, CC BY 4.0) from the folder
// that holds banking77/train.csv and test.csv. It has no validation part and no
// questions of no intent.
func LoadBANKING77(dir string) (*Dataset, error) {
	read := func(name string) ([][]string, error) {
		f, err := os.Open(filepath.Join(dir, "banking77", name))
		if err != nil {
			return nil, fmt.Errorf("reading BANKING77: %w", err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("reading BANKING77 %s: %w", name, err)
		}
		return rows[1:], nil
	}
	train, err := read("train.csv")
	if err != nil {
		return nil, err
	}
	test, err := read("test.csv")
	if err != nil {
		return nil, err
	}
	asks := map[string][]string{}
	for _, r := range train {
		asks[r[1]] = append(asks[r[1]], r[0])
	}
	d := &Dataset{Name: "BANKING77", Folder: intentFolder(asks, nil)}
	for _, r := range test {
		d.Test = append(d.Test, Labelled{r[0], pageOf(r[1])})
	}
	return d, nil
}

var notSlug = regexp.MustCompile(`[^a-z0-9]+`)

func slugOf(intent string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(intent), "-"), "-")
}

func pageOf(intent string) string { return "guides/" + slugOf(intent) }

// intentFolder writes the smallest pages the format allows.
func intentFolder(asks map[string][]string, none []string) fs.FS {
	folder := fstest.MapFS{}
	quoted := func(list []string, indent string) string {
		var b strings.Builder
		for _, a := range list {
			text, _ := json.Marshal(strings.Join(strings.Fields(a), " "))
			b.WriteString(indent + "- " + string(text) + "\n")
		}
		return b.String()
	}
	for intent, list := range asks {
		title := strings.ReplaceAll(slugOf(intent), "-", " ")
		page := "---\ntitle: \"" + title + "\"\nasks:\n  overview:\n" + quoted(list, "    ") + "---\n## " + title + " {#overview}\nThis page answers the intent " + title + ".\n"
		folder[pageOf(intent)+".md"] = &fstest.MapFile{Data: []byte(page)}
	}
	if len(none) > 0 {
		folder["boundaries.yaml"] = &fstest.MapFile{Data: []byte("- reason: unknown\n  asks:\n" + quoted(none, "    "))}
	}
	return folder
}

// Bot builds a bot of the dataset's folder. The caller closes it.
func (d *Dataset) Bot() (*bot.Bot, error) {
	c, problems := corpus.Load(d.Folder)
	if c == nil {
		return nil, fmt.Errorf("%s does not load: %v", d.Name, problems[0])
	}
	s, err := bot.NewSnapshot(c)
	if err != nil {
		return nil, err
	}
	return bot.New(s, bot.Options{}), nil
}

// Figures are what a dataset's questions measure. Shares are from 0 to 1.
type Figures struct {
	Accuracy float64 // in-scope questions whose best page is right, without a threshold
	Answered float64 // in-scope questions answered, and right
	HeldBack float64 // questions of no intent that were not answered
	AUROC    float64 // of the confidence, in scope against out of scope
	InScope  int
	OutScope int
}

// Measure asks the questions.
func Measure(ctx context.Context, ask Asker, questions []Labelled) Figures {
	var f Figures
	var in, out []float64
	right, answered, held := 0, 0, 0
	for _, q := range questions {
		a := ask.Answer(ctx, bot.Question{Text: q.Text})
		page := ""
		if len(a.Passages) > 0 {
			page, _, _ = strings.Cut(a.Passages[0].ID, "#")
		}
		if q.Page == "" {
			f.OutScope++
			out = append(out, a.Confidence)
			if a.Kind != bot.KindAnswer {
				held++
			}
			continue
		}
		f.InScope++
		in = append(in, a.Confidence)
		if page == q.Page {
			right++
			if a.Kind == bot.KindAnswer {
				answered++
			}
		}
	}
	f.Accuracy = float64(right) / float64(max(f.InScope, 1))
	f.Answered = float64(answered) / float64(max(f.InScope, 1))
	f.HeldBack = float64(held) / float64(max(f.OutScope, 1))
	f.AUROC = auroc(in, out)
	return f
}

// auroc is the chance that an in-scope question is trusted more than one out of
// scope.
func auroc(in, out []float64) float64 {
	if len(in) == 0 || len(out) == 0 {
		return 0
	}
	slices.Sort(out)
	sum := 0.0
	for _, v := range in {
		below, _ := slices.BinarySearch(out, v)
		upto := below
		for upto < len(out) && out[upto] == v {
			upto++
		}
		sum += float64(below) + float64(upto-below)/2
	}
	return sum / float64(len(in)*len(out))
}

// Slip returns the text with one typing slip: a letter left out, doubled, swapped
// with its neighbour or replaced, in a word of four letters or more.
func Slip(rng *rand.Rand, text string) string {
	words := strings.Fields(text)
	var long []int
	for i, w := range words {
		if len(w) >= 4 {
			long = append(long, i)
		}
	}
	if len(long) == 0 {
		return text
	}
	i := long[rng.IntN(len(long))]
	w := []byte(words[i])
	at := rng.IntN(len(w) - 1)
	switch rng.IntN(4) {
	case 0:
		w = slices.Delete(w, at, at+1)
	case 1:
		w = slices.Insert(w, at, w[at])
	case 2:
		w[at], w[at+1] = w[at+1], w[at]
	case 3:
		w[at] = 'a' + byte(rng.IntN(26))
	}
	words[i] = string(w)
	return strings.Join(words, " ")
}
