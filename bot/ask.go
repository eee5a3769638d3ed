package bot

import (
	"context"
	"math"
	"slices"
	"strings"

	"careerbot/bot/router"
	"careerbot/knowledge/corpus"
)

// Answer answers the question. It always has an answer: what cannot be
// understood is declined, and a memory that fails costs only the context.
func (b *Bot) Answer(ctx context.Context, q Question) Answer {
	s := b.snapshot()
	defer s.release()

	ctx = WithPatience(ctx)
	key := q.key()
	var conv router.Context
	if key != "" && b.opt.Conversations != nil {
		var err error
		if conv, err = b.opt.Conversations.Load(ctx, key); err != nil {
			b.opt.Log.Warn("conversation not loaded", "err", err)
			conv = router.Context{}
		}
	}
	repeated := false
	in, err := read(ctx, s, q, s.here(conv, q.Role))
	if err != nil {
		b.opt.Log.Error("question not read", "err", err)
		in = router.Intent{Kind: KindDecline, Reason: "unknown"}
	}
	if in.Kind == KindMeta && in.Meta == "repeat" && conv.Last != "" {
		if c, err := ParseChoice(conv.Last); err == nil {
			if again, err := s.router.Structured(ctx, request(c)); err == nil {
				in, repeated = again, true
			}
		}
	}
	c := &composer{s: s, in: in, now: b.opt.Now, history: b.opt.History}
	a := c.compose()
	if repeated { // a turn about the conversation, which stays as it is
		a.Kind, a.Meta = KindMeta, "repeat"
	}
	if key != "" && b.opt.Conversations != nil {
		if next := c.next(conv, &a); !next.Equal(conv) {
			if err := b.opt.Conversations.Save(ctx, key, next); err != nil {
				b.opt.Log.Warn("conversation not saved", "err", err)
			}
		}
	}
	return a
}

// here is the conversation as a place about a role sees it: until a role comes
// up, it is that one.
func (s *Snapshot) here(conv router.Context, role string) router.Context {
	if role == "" || len(conv.Subjects) > 0 || s.Corpus.Role(role) == nil {
		return conv
	}
	conv.Subjects = []string{corpus.Role.Folder() + "/" + role}
	return conv
}

// read turns a question into an intent.
func read(ctx context.Context, s *Snapshot, q Question, conv router.Context) (router.Intent, error) {
	if q.Choice != nil {
		return s.router.Structured(ctx, request(*q.Choice))
	}
	text := Clean(q.Text)
	if text == "" {
		return router.Intent{Kind: KindMeta, Meta: "help", Confidence: 1}, nil
	}
	return s.router.Read(ctx, text, conv)
}

func request(c Choice) router.Request {
	return router.Request{Kind: c.Kind, Subjects: c.Subjects, Topic: c.Topic, Detail: c.Detail}
}

// key names the question's conversation without holding anybody's id, or is ""
// when nobody is known to be asking.
func (q *Question) key() string { return ConversationKey(q.Place, q.Person) }

// next returns the conversation after the answer. Turns about the bot and
// declined questions leave it alone.
func (c *composer) next(conv router.Context, a *Answer) router.Context {
	switch a.Kind {
	case KindMeta:
		if c.in.Meta == "start-over" {
			return router.Context{}
		}
		return conv
	case KindDefine: // "the second one" may pick one of several meanings
		if len(c.in.Senses) < 2 {
			return conv
		}
		next := conv
		next.Open = nil
		for _, s := range c.in.Senses {
			if s.Page != nil {
				next.Open = append(next.Open, s.Page.ID)
			}
		}
		return next
	case KindDecline:
		return conv
	case KindMatch: // what people say about themselves stays in the buttons
		if c.in.Wish != nil {
			return conv
		}
	}
	next := router.Context{Subjects: slices.Clone(conv.Subjects), Pair: conv.Pair, Topic: conv.Topic, Last: conv.Last}
	switch {
	case c.in.State != nil:
		next.State = c.in.State.Abbr
	case c.in.FromContext:
		next.State = conv.State
	}
	if a.Kind == KindClarify {
		for _, s := range c.in.Senses {
			if s.Page != nil && !slices.Contains(next.Open, s.Page.ID) {
				next.Open = append(next.Open, s.Page.ID)
			}
		}
		next.Topic = ""
		for i, s := range c.in.Senses { // kept when every reading would go on with it
			if i > 0 && s.Topic != next.Topic {
				next.Topic = ""
				break
			}
			next.Topic = s.Topic
		}
		return next
	}
	subjects := slices.Clone(c.in.Subjects)
	if a.Kind != KindPath { // of a path, the end is what comes next is about
		slices.Reverse(subjects)
	}
	for _, p := range subjects {
		id := p.ID
		next.Subjects = slices.DeleteFunc(next.Subjects, func(s string) bool { return s == id })
		next.Subjects = slices.Insert(next.Subjects, 0, id)
	}
	if len(next.Subjects) > router.MaxSubjects {
		next.Subjects = next.Subjects[:router.MaxSubjects]
	}
	if a.Kind == KindCompare {
		next.Pair, next.Compared = nil, true
		for _, p := range c.in.Subjects[:min(len(c.in.Subjects), router.MaxSubjects)] {
			next.Pair = append(next.Pair, p.ID)
		}
	}
	if len(a.Topics) > 0 && a.Kind == KindAnswer {
		next.Topic = a.Topics[0]
		if len(c.in.Topics) > 0 {
			next.Topic = c.in.Topics[0].Topic
		}
	}
	if code, ok := c.self(a).Encode(); ok {
		next.Last = code
	}
	return next
}

// self is the answer's own question in structured form.
func (c *composer) self(a *Answer) Choice {
	ch := Choice{Kind: a.Kind}
	for _, p := range c.in.Subjects {
		ch.Subjects = append(ch.Subjects, subjectCode(p))
	}
	if len(a.Topics) > 0 {
		ch.Topic = a.Topics[0]
	}
	if len(c.in.Passages) > 0 && a.Kind == KindAnswer {
		ps := c.in.Passages[0].Passage
		ch.Subjects, ch.Topic, ch.Detail = []string{subjectCode(ps.Page)}, ps.Topic, ps.Detail
	}
	if c.in.Find != "" {
		ch.Detail = string(c.in.Find)
	}
	if c.in.State != nil && len(c.in.Subjects) > 0 && len(a.Topics) > 0 {
		ch.Subjects, ch.Topic, ch.Detail = []string{subjectCode(c.in.Subjects[0])}, a.Topics[0], StateMark+strings.ToLower(c.in.State.Abbr)
	}
	return ch
}

// subjectCode is how a choice names a page: a role by its slug alone.
func subjectCode(p *corpus.Page) string {
	if p.Kind == corpus.Role {
		return p.Slug
	}
	return p.ID
}

func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }
