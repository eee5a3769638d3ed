// Package index finds the passages of a corpus that fit a question's words.
//
// The central type is [Index]: a Bleve full-text index of one corpus, in memory,
// scored by BM25 over English-stemmed fields. It answers [Query] values, never
// query strings: what people type reaches Bleve only as the text of match
// queries, so no character in it has a meaning to the search engine.
//
// Bleve is imported here and nowhere else. What a question means (its roles and
// topics) is decided by package router; this package only ranks.
package index

import (
	"context"
	"fmt"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"careerbot/knowledge/corpus"
)

// Field boosts, from measurements on an FAQ collection with unseen rephrasings:
// example questions are worth more than the text they lead to.
const (
	titleBoost   = 3
	asksBoost    = 2.5
	aliasesBoost = 2
	bodyBoost    = 1
	// topicBoost lifts passages of the wanted topics without hiding the rest, so
	// that a wrong topic can still be overruled by the words.
	topicBoost = 4
)

// DefaultSize is how many hits a query returns when it does not say.
const DefaultSize = 10

// An Index searches one corpus. It is safe for concurrent use.
type Index struct {
	corpus *corpus.Corpus
	bleve  bleve.Index
}

// A Query says what to look for. The zero value of a filter means any.
type Query struct {
	Text   string   // the question's words
	Pages  []string // only these pages, by id; together with Roles: either
	Roles  []string // only pages of or about these roles, by slug
	Kinds  []corpus.Kind
	Topics []string // preferred topics: a boost, not a filter
	Only   []string // topics outside which nothing is returned
	Size   int      // most hits, DefaultSize when 0
}

// A Hit is a passage with its BM25 score: not below 0, comparable within one query only.
type Hit struct {
	Passage *corpus.Passage
	Score   float64
}

// document is a passage as Bleve sees it.
type document struct {
	Title   string   `json:"title"`
	Asks    []string `json:"asks"`
	Body    string   `json:"body"`
	Aliases []string `json:"aliases"`
	Page    string   `json:"page"`
	Role    []string `json:"role"`
	Kind    string   `json:"kind"`
	Topic   string   `json:"topic"`
}

func newMapping() *mapping.IndexMappingImpl {
	text := bleve.NewTextFieldMapping()
	text.Analyzer = en.AnalyzerName
	text.Store, text.IncludeTermVectors, text.IncludeInAll, text.DocValues = false, false, false, false
	word := bleve.NewTextFieldMapping()
	word.Analyzer = keyword.Name
	word.Store, word.IncludeTermVectors, word.IncludeInAll, word.DocValues = false, false, false, false

	doc := bleve.NewDocumentStaticMapping()
	for _, f := range []string{"title", "asks", "body", "aliases"} {
		doc.AddFieldMappingsAt(f, text)
	}
	for _, f := range []string{"page", "role", "kind", "topic"} {
		doc.AddFieldMappingsAt(f, word)
	}
	m := bleve.NewIndexMapping()
	m.DefaultMapping = doc
	m.DefaultAnalyzer = en.AnalyzerName
	m.ScoringModel = bleveindex.BM25Scoring
	return m
}

// Build indexes every passage of the corpus in memory: some milliseconds a
// hundred passages. The caller closes the index.
func Build(c *corpus.Corpus) (*Index, error) {
	// NewMemOnly would use an older engine with several times the cost; scorch
	// without a path keeps its segments in memory.
	b, err := bleve.NewUsing("", newMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		return nil, fmt.Errorf("creating the index: %w", err)
	}
	ix := &Index{corpus: c, bleve: b}
	batch := b.NewBatch()
	for ps := range c.Passages() {
		if err := batch.Index(ps.ID, newDocument(ps)); err != nil {
			b.Close()
			return nil, fmt.Errorf("indexing %q: %w", ps.ID, err)
		}
	}
	if err := b.Batch(batch); err != nil {
		b.Close()
		return nil, fmt.Errorf("indexing the passages: %w", err)
	}
	return ix, nil
}

func newDocument(ps *corpus.Passage) document {
	p := ps.Page
	doc := document{
		Title: p.Title + " " + ps.Title, Asks: ps.Asks, Body: ps.Text(), Aliases: p.Aliases,
		Page: p.ID, Role: p.Roles, Kind: string(p.Kind), Topic: ps.Topic,
	}
	if p.Kind == corpus.Role {
		doc.Role = append([]string{p.Slug}, p.Roles...)
	}
	return doc
}

// Close frees the index; no Search may be under way or follow.
func (ix *Index) Close() error { return ix.bleve.Close() }

// Search returns the best passages, best first; equal scores are ordered by
// passage id so that the same query always gives the same answer. Where a filter
// is given, passages that pass it without sharing a word come last, with score 0.
func (ix *Index) Search(ctx context.Context, q Query) ([]Hit, error) {
	req := bleve.NewSearchRequestOptions(build(q), q.Size, 0, false)
	if req.Size <= 0 {
		req.Size = DefaultSize
	}
	req.SortBy([]string{"-_score", "_id"})
	res, err := ix.bleve.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("searching: %w", err)
	}
	hits := make([]Hit, 0, len(res.Hits))
	for _, h := range res.Hits {
		if ps := ix.corpus.Passage(h.ID); ps != nil {
			hits = append(hits, Hit{Passage: ps, Score: h.Score})
		}
	}
	return hits, nil
}

// build makes the query object: the words and preferred topics rank, the
// filters restrict without a part in the score.
func build(q Query) query.Query {
	var should []query.Query
	for _, f := range []struct {
		field string
		boost float64
	}{{"title", titleBoost}, {"asks", asksBoost}, {"aliases", aliasesBoost}, {"body", bodyBoost}} {
		m := query.NewMatchQuery(q.Text)
		m.SetField(f.field)
		m.SetBoost(f.boost)
		should = append(should, m)
	}
	for _, t := range q.Topics {
		should = append(should, term("topic", t, topicBoost))
	}
	var must []query.Query
	var subject []query.Query
	for _, r := range q.Roles {
		subject = append(subject, term("role", r, 0))
	}
	for _, p := range q.Pages {
		subject = append(subject, term("page", p, 0))
	}
	if len(subject) > 0 {
		must = append(must, query.NewDisjunctionQuery(subject))
	}
	must = appendAny(must, "kind", q.Kinds)
	must = appendAny(must, "topic", q.Only)
	if len(must) == 0 {
		return query.NewDisjunctionQuery(should)
	}
	return query.NewBooleanQuery(must, should, nil)
}

func appendAny[T ~string](must []query.Query, field string, values []T) []query.Query {
	var any []query.Query
	for _, v := range values {
		any = append(any, term(field, string(v), 0))
	}
	if len(any) == 0 {
		return must
	}
	return append(must, query.NewDisjunctionQuery(any))
}

func term(field, value string, boost float64) query.Query {
	t := query.NewTermQuery(value)
	t.SetField(field)
	t.SetBoost(boost)
	return t
}
