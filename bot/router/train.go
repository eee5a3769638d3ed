package router

import (
	_ "embed"
	"fmt"
	"hash/fnv"
	"strings"

	"go.yaml.in/yaml/v3"

	"careerbot/bot/router/linear"
	"careerbot/knowledge/corpus"
)

//go:embed meta.yaml
var metaYAML []byte

// metaEntry is an entry of meta.yaml: phrasings of a turn about the bot.
type metaEntry struct {
	Meta string   `yaml:"meta"`
	Asks []string `yaml:"asks"`
}

// label is what a class of the classifier stands for; one field is set.
type label struct {
	topic  string
	page   *corpus.Page // in folders without topics
	reason string
	meta   string
	kind   Kind
}

// Masks stand for names, so that phrasings are shared by all of them.
const (
	maskRole = "_role"
	maskTerm = "_term"
)

// learnt reports whether an example question is among the share to learn from.
func learnt(ask string, share float64) bool {
	if share == 0 || share >= 1 {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(ask))
	return float64(h.Sum32())/(1<<32) < share
}

// trainer gathers the classifier's examples from a corpus and trains it.
type trainer struct {
	names    *names
	labels   []label
	index    map[label]int
	examples []linear.Example
	model    *linear.Model
	share    float64 // of the example questions to learn from, 0 for all

	// Masked example questions of each passage, and the words that name each topic.
	asks       map[*corpus.Passage][][]string
	topicWords map[string][][]string
}

func (t *trainer) class(l label) int {
	if i, ok := t.index[l]; ok {
		return i
	}
	t.index[l] = len(t.labels)
	t.labels = append(t.labels, l)
	return len(t.labels) - 1
}

// add learns the example questions of a class and returns their masked tokens.
// Names in them are taken as spelled: slips are looked for in questions only,
// which saves most of the time of a load.
func (t *trainer) add(class int, asks []string) [][]string {
	var all [][]string
	for _, ask := range asks {
		toks := tokenizeTemplate(ask)
		if len(toks) == 0 || !learnt(ask, t.share) {
			continue
		}
		found, _ := t.names.findExact(toks)
		masked := mask(toks, found)
		t.names.rep.learn(masked)
		t.examples = append(t.examples, linear.Example{Tokens: masked, Class: class})
		all = append(all, masked)
	}
	return all
}

// tokenizeTemplate tokenizes an example question with {role} and {term} in it.
func tokenizeTemplate(ask string) []token {
	ask = strings.NewReplacer("{role}", " maskrole ", "{credential}", " maskrole ", "{term}", " maskterm ").Replace(ask)
	toks := tokenize(ask)
	for i := range toks {
		switch toks[i].text {
		case "maskrole":
			toks[i].text = maskRole
		case "maskterm":
			toks[i].text = maskTerm
		}
	}
	return toks
}

// mask returns the tokens with every role, credential and destination replaced.
func mask(toks []token, found []mention) []string {
	out := make([]string, 0, len(toks))
	next := 0
	for _, m := range found {
		if !m.name.masks() {
			continue
		}
		for ; next < m.start; next++ {
			out = append(out, toks[next].text)
		}
		out = append(out, maskRole)
		next = m.end
	}
	for ; next < len(toks); next++ {
		out = append(out, toks[next].text)
	}
	return out
}

// masks reports whether the name stands for a role, a credential or a place on
// the ladder, or may do so.
func (n *name) masks() bool {
	if n.page != nil {
		return n.page.Kind == corpus.Role || n.page.Kind == corpus.Certification
	}
	if n.dest != nil {
		return true
	}
	for _, s := range n.term.Senses {
		if strings.HasPrefix(s.PageID, "roles/") || strings.HasPrefix(s.PageID, "certifications/") {
			return true
		}
	}
	return false
}

// train builds the classifier. A folder with topics has a class a topic; one
// without, an intent set, has a class a page.
func train(c *corpus.Corpus, n *names) (*trainer, error) {
	t := &trainer{names: n, share: c.Router.Share, index: map[label]int{}, asks: map[*corpus.Passage][][]string{}, topicWords: map[string][][]string{}}
	for _, topic := range c.Topics {
		class := t.class(label{topic: topic.Slug})
		t.add(class, topic.Asks)
		var asks []string
		for _, w := range topic.Words {
			asks = append(asks, w, "{role} "+w)
		}
		t.topicWords[topic.Slug] = t.add(class, asks)
	}
	for _, p := range c.Pages {
		for _, ps := range p.Passages {
			l := label{topic: ps.Topic}
			if len(c.Topics) == 0 {
				l = label{page: p}
			}
			t.asks[ps] = t.add(t.class(l), ps.Asks)
		}
	}
	for _, f := range c.Functions {
		l := label{kind: Kind(f.Kind)}
		if l.kind == KindCompare && c.Topic("compare") != nil {
			l = label{topic: "compare"} // the topic and the function are one
		}
		t.add(t.class(l), f.Asks)
	}
	for _, b := range c.Boundaries {
		// "unknown" has no shape of its own: its examples only push away.
		class := linear.None
		if b.Reason != "unknown" {
			class = t.class(label{reason: b.Reason})
		}
		t.add(class, b.Asks)
	}
	// Small talk would compete with the intents of a folder that has its own.
	if len(c.Topics) > 0 {
		var entries []metaEntry
		if err := yaml.Unmarshal(metaYAML, &entries); err != nil {
			return nil, fmt.Errorf("reading meta.yaml: %w", err)
		}
		for _, e := range entries {
			t.add(t.class(label{meta: e.Meta}), e.Asks)
		}
	}
	t.model = linear.Train(t.examples, len(t.labels), linear.Settings{C: c.Router.Regularization, PositiveScale: c.Router.OwnClass})
	return t, nil
}

// vocabulary counts every word of the folder, for repair.
func vocabulary(c *corpus.Corpus) map[string]int {
	count := map[string]int{}
	add := func(s string) {
		for _, t := range tokenize(s) {
			count[t.text]++
		}
	}
	all := func(list []string) {
		for _, s := range list {
			add(s)
		}
	}
	for _, p := range c.Pages {
		// Names count as common words: they are never slips.
		for range rareWord {
			add(p.Title)
			all(p.Aliases)
		}
		for _, ps := range p.Passages {
			add(ps.Title)
			add(ps.Text())
			all(ps.Asks)
		}
	}
	for _, t := range c.Topics {
		add(t.Title)
		all(t.Words)
		all(t.Asks)
	}
	for _, t := range c.Terms {
		for range rareWord {
			add(t.Term)
			all(t.Also)
		}
		for _, s := range t.Senses {
			add(s.Meaning)
			all(s.Cues)
		}
	}
	for _, f := range c.Functions {
		all(f.Asks)
	}
	for _, b := range c.Boundaries {
		all(b.Asks)
		all(b.Phrases)
	}
	for _, d := range c.Ladder.Destinations {
		for range rareWord {
			add(d.Title)
			all(d.Aliases)
		}
	}
	all(placeNames(c))
	all(wishWords(c))
	var entries []metaEntry
	if err := yaml.Unmarshal(metaYAML, &entries); err == nil {
		for _, e := range entries {
			all(e.Asks)
		}
	}
	return count
}
