package bot

import (
	"container/list"
	"context"
	"strings"
	"sync"
	"time"

	"careerbot/bot/router"
)

// Claims remembers which deliveries were taken up, so that each is answered once
// although platforms deliver again.
//
// Claim returns true to exactly one caller a key until the claim is released or
// forgotten; keys are kept for at least an hour. Release gives a key back when
// the work failed before anything was sent.
type Claims interface {
	Claim(ctx context.Context, key string) (bool, error)
	Release(ctx context.Context, key string) error
}

// Bounds of what is kept in memory.
const (
	// ConversationTTL is how long a silent conversation keeps its context.
	ConversationTTL = 30 * time.Minute
	// ClaimTTL is how long a delivery is remembered; a duplicate after more than
	// six minutes was seen in production.
	ClaimTTL = 2 * time.Hour

	maxConversations = 50_000
	maxClaims        = 200_000
)

// recent is a bounded map whose entries expire; the oldest go first.
type recent[V any] struct {
	mu    sync.Mutex
	max   int
	ttl   time.Duration
	now   func() time.Time
	order *list.List // of *entry[V], oldest first
	byKey map[string]*list.Element
}

type entry[V any] struct {
	key   string
	value V
	until time.Time
}

func newRecent[V any](max int, ttl time.Duration, now func() time.Time) *recent[V] {
	return &recent[V]{max: max, ttl: ttl, now: now, order: list.New(), byKey: map[string]*list.Element{}}
}

// expire drops what is past its time; the caller holds the lock.
func (r *recent[V]) expire(now time.Time) {
	for e := r.order.Front(); e != nil; e = r.order.Front() {
		if old := e.Value.(*entry[V]); len(r.byKey) <= r.max && now.Before(old.until) {
			return
		}
		r.remove(e)
	}
}

func (r *recent[V]) remove(e *list.Element) {
	r.order.Remove(e)
	delete(r.byKey, e.Value.(*entry[V]).key)
}

func (r *recent[V]) get(key string) (v V, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire(r.now())
	if e := r.byKey[key]; e != nil {
		return e.Value.(*entry[V]).value, true
	}
	return v, false
}

// put stores the value, unless add is true and the key is there already.
func (r *recent[V]) put(key string, v V, add bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	r.expire(now)
	if e := r.byKey[key]; e != nil {
		if add {
			return false
		}
		r.remove(e)
	}
	r.byKey[key] = r.order.PushBack(&entry[V]{key, v, now.Add(r.ttl)})
	r.expire(now)
	return true
}

func (r *recent[V]) drop(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e := r.byKey[key]; e != nil {
		r.remove(e)
	}
}

// dropPrefix removes every key that starts so, and returns how many did.
func (r *recent[V]) dropPrefix(prefix string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for key, e := range r.byKey {
		if strings.HasPrefix(key, prefix) {
			r.remove(e)
			n++
		}
	}
	return n
}

// memoryConversations keeps conversations in this process.
type memoryConversations struct{ recent *recent[router.Context] }

// NewMemoryConversations keeps at most 50,000 conversations in this process, each
// for [ConversationTTL] after its last question.
func NewMemoryConversations(now func() time.Time) Conversations {
	return memoryConversations{newRecent[router.Context](maxConversations, ConversationTTL, now)}
}

func (m memoryConversations) Load(_ context.Context, key string) (router.Context, error) {
	c, _ := m.recent.get(key)
	return c, nil
}

func (m memoryConversations) Save(_ context.Context, key string, c router.Context) error {
	m.recent.put(key, c, false)
	return nil
}

// A Forgetter drops what it keeps of a person, who is named as by [PersonKey],
// and returns how much that was. What [NewMemoryConversations] returns is one.
type Forgetter interface {
	Forget(person string) int
}

// Forget drops the person's conversations.
func (m memoryConversations) Forget(person string) int {
	return m.recent.dropPrefix(person + ":")
}

// memoryClaims keeps claims in this process.
type memoryClaims struct{ recent *recent[struct{}] }

// NewMemoryClaims keeps at most 200,000 claims in this process, each for [ClaimTTL].
func NewMemoryClaims(now func() time.Time) Claims {
	return memoryClaims{newRecent[struct{}](maxClaims, ClaimTTL, now)}
}

func (m memoryClaims) Claim(_ context.Context, key string) (bool, error) {
	return m.recent.put(key, struct{}{}, true), nil
}

func (m memoryClaims) Release(_ context.Context, key string) error {
	m.recent.drop(key)
	return nil
}
