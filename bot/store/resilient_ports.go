package store

import (
	"context"
	"errors"
	"sync"
	"time"

	"careerbot/bot"
	"careerbot/bot/router"
)

// The ports of a Resilient.

func (r *Resilient) Conversations() bot.Conversations { return rConversations{r} }
func (r *Resilient) Claims() bot.Claims               { return rClaims{r} }
func (r *Resilient) Inbox() bot.Inbox                 { return rInbox{r} }
func (r *Resilient) Installations() bot.Installations { return rInstallations{r} }
func (r *Resilient) Leases() bot.Leases               { return rLeases{r} }
func (r *Resilient) Settings() bot.Settings           { return rSettings{r} }
func (r *Resilient) Feedback() bot.FeedbackBook       { return rFeedback{r} }
func (r *Resilient) Usage() bot.Usage                 { return rUsage{r} }
func (r *Resilient) Unanswered() bot.Unanswered       { return rUnanswered{r} }
func (r *Resilient) Mentors() bot.Mentors             { return rMentors{r} }
func (r *Resilient) Outbox() bot.Outbox               { return rOutbox{r} }
func (r *Resilient) Drafts() bot.Drafts               { return rDrafts{r} }
func (r *Resilient) People() bot.People               { return rPeople{r} }

// look reads in an answer's way. ok is false when the answer goes on without.
func look[T any](ctx context.Context, r *Resilient, read func(context.Context, *Store) (T, error)) (v T, ok bool, err error) {
	found := make(chan T, 1)
	err = r.try(ctx, func(ctx context.Context, s *Store) error {
		v, err := read(ctx, s)
		found <- v
		return err
	}, func(error) {})
	switch err {
	case errAway, errPending:
		return v, false, nil
	}
	return <-found, true, err
}

// take is a read or a write off the answer's way.
func take[T any](ctx context.Context, r *Resilient, do func(context.Context, *Store) (T, error)) (v T, err error) {
	err = r.ask(ctx, func(ctx context.Context, s *Store) (err error) {
		v, err = do(ctx, s)
		return err
	})
	return v, err
}

type rConversations struct{ r *Resilient }

// conversationDebt starts the key of a conversation that is owed.
const conversationDebt = "conversation/"

// Load reads what this process remembers when the database does not say, or says
// what is older.
func (c rConversations) Load(ctx context.Context, key string) (router.Context, error) {
	if c.r.debts.has(conversationDebt + key) {
		return c.r.memory.Load(ctx, key)
	}
	conv, ok, err := look(ctx, c.r, func(ctx context.Context, s *Store) (router.Context, error) {
		return s.Conversations().Load(ctx, key)
	})
	if !ok {
		return c.r.memory.Load(ctx, key)
	}
	return conv, err
}

// Save keeps the conversation in this process too. What is owed is whatever is
// newest there by the time it is paid, so that an older write never comes after.
func (c rConversations) Save(ctx context.Context, key string, conv router.Context) error {
	if err := c.r.memory.Save(ctx, key, conv); err != nil {
		return err
	}
	owed := c.r.now()
	return c.r.write(ctx, conversationDebt+key, func(ctx context.Context, s *Store, _ int) error {
		if c.r.now().Sub(owed) >= bot.ConversationTTL {
			return nil
		}
		conv, err := c.r.memory.Load(ctx, key)
		if err != nil {
			return err
		}
		return s.Conversations().Save(ctx, key, conv)
	})
}

type rFeedback struct{ r *Resilient }

func (f rFeedback) Record(ctx context.Context, passage, knowledge string, v bot.Verdict) error {
	return f.r.write(ctx, "feedback/"+passage+"\x00"+knowledge+"\x00"+string(v), func(ctx context.Context, s *Store, n int) error {
		return feedback{s}.add(ctx, passage, knowledge, v, n)
	})
}

func (f rFeedback) Tallies(ctx context.Context, since time.Time) ([]bot.Tally, error) {
	return take(ctx, f.r, func(ctx context.Context, s *Store) ([]bot.Tally, error) { return s.Feedback().Tallies(ctx, since) })
}

type rUsage struct{ r *Resilient }

func (u rUsage) Count(ctx context.Context, use bot.Use) error {
	day := dayOf(u.r.now()) // what is paid later happened today
	key := "use/" + day + "\x00" + use.Platform + "\x00" + use.Role + "\x00" + use.Topic + "\x00" + string(use.Kind)
	return u.r.write(ctx, key, func(ctx context.Context, s *Store, n int) error {
		return usage{s}.add(ctx, day, use, n)
	})
}

func (u rUsage) Uses(ctx context.Context, from, to time.Time) ([]bot.UseCount, error) {
	return take(ctx, u.r, func(ctx context.Context, s *Store) ([]bot.UseCount, error) { return s.Usage().Uses(ctx, from, to) })
}

type rUnanswered struct{ r *Resilient }

func (u rUnanswered) Note(ctx context.Context, text bot.Redacted, reason, nearest string) error {
	return u.r.write(ctx, "unanswered/"+string(textKey(string(text))), func(ctx context.Context, s *Store, n int) error {
		return unanswered{s}.add(ctx, text, reason, nearest, n)
	})
}

func (u rUnanswered) Questions(ctx context.Context, since time.Time, max int) ([]bot.UnansweredQuestion, error) {
	return take(ctx, u.r, func(ctx context.Context, s *Store) ([]bot.UnansweredQuestion, error) {
		return s.Unanswered().Questions(ctx, since, max)
	})
}

// maxSeen is how many installations and settings are remembered.
const maxSeen = 20_000

// lastSeen remembers what the database said last, for when it says nothing.
type lastSeen struct {
	mu   sync.Mutex
	docs map[string][]byte
}

func (l *lastSeen) put(key string, doc []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.docs == nil {
		l.docs = map[string][]byte{}
	}
	if _, known := l.docs[key]; !known && len(l.docs) >= maxSeen {
		for k := range l.docs { // any one: what is used comes back
			delete(l.docs, k)
			break
		}
	}
	l.docs[key] = doc
}

func (l *lastSeen) drop(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.docs, key)
}

func (l *lastSeen) find(key string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	doc, ok := l.docs[key]
	if !ok {
		return nil, errAway
	}
	return doc, nil
}

type rInstallations struct{ r *Resilient }

func seenInstallation(key string) string { return "installation/" + key }

// Find returns what was found last while the database is away: an answer needs
// its token.
func (i rInstallations) Find(ctx context.Context, key string) ([]byte, error) {
	data, ok, err := look(ctx, i.r, func(ctx context.Context, s *Store) ([]byte, error) { return s.Installations().Find(ctx, key) })
	switch {
	case !ok:
		return i.r.seen.find(seenInstallation(key))
	case errors.Is(err, bot.ErrNotFound):
		i.r.seen.drop(seenInstallation(key))
	case err == nil:
		i.r.seen.put(seenInstallation(key), data)
	}
	return data, err
}

func (i rInstallations) Save(ctx context.Context, key string, data []byte) error {
	i.r.seen.drop(seenInstallation(key))
	return i.r.ask(ctx, func(ctx context.Context, s *Store) error { return s.Installations().Save(ctx, key, data) })
}

func (i rInstallations) Delete(ctx context.Context, key string) error {
	i.r.seen.drop(seenInstallation(key))
	return i.r.ask(ctx, func(ctx context.Context, s *Store) error { return s.Installations().Delete(ctx, key) })
}

func (i rInstallations) Lock(ctx context.Context, key string) (func(), error) {
	s := i.r.opened()
	if s == nil {
		return nil, errAbsent
	}
	return s.Installations().Lock(ctx, key) // as long as the caller waits
}

type rSettings struct{ r *Resilient }

func seenSettings(at bot.Place) string {
	return "settings/" + at.Platform + "\x00" + at.Workspace + "\x00" + at.Channel
}

// Load returns what was found last while the database is away.
func (c rSettings) Load(ctx context.Context, at bot.Place) ([]byte, error) {
	doc, ok, err := look(ctx, c.r, func(ctx context.Context, s *Store) ([]byte, error) { return s.Settings().Load(ctx, at) })
	if !ok {
		return c.r.seen.find(seenSettings(at))
	}
	if err == nil {
		c.r.seen.put(seenSettings(at), doc)
	}
	return doc, err
}

func (c rSettings) Save(ctx context.Context, at bot.Place, doc []byte) error {
	c.r.seen.drop(seenSettings(at))
	return c.r.ask(ctx, func(ctx context.Context, s *Store) error { return s.Settings().Save(ctx, at, doc) })
}

type rLeases struct{ r *Resilient }

func (l rLeases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (bool, error) {
	return take(ctx, l.r, func(ctx context.Context, s *Store) (bool, error) { return s.Leases().Acquire(ctx, name, holder, ttl) })
}

func (l rLeases) Drop(ctx context.Context, name, holder string) error {
	return l.r.ask(ctx, func(ctx context.Context, s *Store) error { return s.Leases().Drop(ctx, name, holder) })
}

type rMentors struct{ r *Resilient }

func (m rMentors) Ask(ctx context.Context, q bot.MentorQuestion) (bool, error) {
	return take(ctx, m.r, func(ctx context.Context, s *Store) (bool, error) { return s.Mentors().Ask(ctx, q) })
}

func (m rMentors) Claim(ctx context.Context, id, mentor string) (bot.MentorQuestion, error) {
	return take(ctx, m.r, func(ctx context.Context, s *Store) (bot.MentorQuestion, error) {
		return s.Mentors().Claim(ctx, id, mentor)
	})
}

func (m rMentors) Answer(ctx context.Context, id, mentor, text string) (bot.MentorQuestion, error) {
	return take(ctx, m.r, func(ctx context.Context, s *Store) (bot.MentorQuestion, error) {
		return s.Mentors().Answer(ctx, id, mentor, text)
	})
}

type rOutbox struct{ r *Resilient }

func (o rOutbox) Untold(ctx context.Context, platform string, max int) ([]bot.MentorQuestion, error) {
	return take(ctx, o.r, func(ctx context.Context, s *Store) ([]bot.MentorQuestion, error) {
		return s.Outbox().Untold(ctx, platform, max)
	})
}

func (o rOutbox) Told(ctx context.Context, id string) error {
	return o.r.ask(ctx, func(ctx context.Context, s *Store) error { return s.Outbox().Told(ctx, id) })
}

type rDrafts struct{ r *Resilient }

func (d rDrafts) Exchanges(ctx context.Context, since time.Time) ([]bot.MentorQuestion, error) {
	return take(ctx, d.r, func(ctx context.Context, s *Store) ([]bot.MentorQuestion, error) {
		return s.Drafts().Exchanges(ctx, since)
	})
}

type rPeople struct{ r *Resilient }

func (p rPeople) Export(ctx context.Context, person string) (bot.Kept, error) {
	return take(ctx, p.r, func(ctx context.Context, s *Store) (bot.Kept, error) { return s.People().Export(ctx, person) })
}

// Forget forgets in this process first, so that what is owed does not bring it
// back.
func (p rPeople) Forget(ctx context.Context, person string) (int, error) {
	if person == "" {
		return 0, nil
	}
	p.r.debts.dropPrefix(conversationDebt + person + ":")
	if f, ok := p.r.memory.(bot.Forgetter); ok {
		f.Forget(person)
	}
	return take(ctx, p.r, func(ctx context.Context, s *Store) (int, error) { return s.People().Forget(ctx, person) })
}
