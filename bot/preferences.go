package bot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Preferences is what those who manage a workspace decided, for the workspace or
// for one of its channels. A field is "" where nothing was decided.
type Preferences struct {
	Answers       string // "on" or "off"
	Replies       string // to commands: "public" or "private"
	Role          string // slug of the role the place is about, see [Question.Role]
	MentorChannel string // platform's id of the channel that questions for mentors go to
	MentorRole    string // platform's id of who is called there: a role, a user group
	Forum         string // "on" or "off": new posts of a forum are answered though they don't ask the bot
}

// Keys of [PreferenceBook.Decide], and of the JSON documents behind [Settings].
const (
	PreferAnswers       = "answers"
	PreferReplies       = "replies"
	PreferRole          = "role"
	PreferMentorChannel = "mentor_channel"
	PreferMentorRole    = "mentor_role"
	PreferForum         = "forum"
)

// field returns the preference of a key, nil when there is none.
func (p *Preferences) field(key string) *string {
	switch key {
	case PreferAnswers:
		return &p.Answers
	case PreferReplies:
		return &p.Replies
	case PreferRole:
		return &p.Role
	case PreferMentorChannel:
		return &p.MentorChannel
	case PreferMentorRole:
		return &p.MentorRole
	case PreferForum:
		return &p.Forum
	}
	return nil
}

var preferenceKeys = []string{PreferAnswers, PreferReplies, PreferRole, PreferMentorChannel, PreferMentorRole, PreferForum}

// allowed tells whether a key may have the value.
func allowed(key, value string) bool {
	switch key {
	case PreferAnswers, PreferForum:
		return value == "on" || value == "off"
	case PreferReplies:
		return value == "public" || value == "private"
	}
	return isID(value)
}

// maxID bounds slugs and platforms' ids.
const maxID = 100

// isID tells whether the text can be a slug or a platform's id.
func isID(s string) bool {
	return s != "" && len(s) <= maxID && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// over fills in what was not decided.
func (p Preferences) over(q Preferences) Preferences {
	for _, key := range preferenceKeys {
		if mine := p.field(key); *mine == "" {
			*mine = *q.field(key)
		}
	}
	return p
}

const (
	preferencesFor   = 30 * time.Second       // they are kept before they are asked for again
	preferencesAgain = 3 * time.Second        // likewise, when the storage did not say
	preferencesWait  = 300 * time.Millisecond // for the storage
	maxPreferences   = 20_000                 // places that are kept
)

// A PreferenceBook looks preferences up and keeps them for 30 seconds, so that a
// slow storage costs a workspace its latest wishes and never an answer. Other
// processes learn of a decision within that time. It is safe for concurrent use;
// a nil one has no preferences and takes no decisions.
type PreferenceBook struct {
	store Settings
	now   func() time.Time

	deciding sync.Mutex // one change at a time, lest one undoes the other
	mu       sync.Mutex
	kept     map[Place]keptPreferences
}

type keptPreferences struct {
	Preferences
	until time.Time
}

// NewPreferenceBook returns a book over the store.
func NewPreferenceBook(store Settings, now func() time.Time) *PreferenceBook {
	return &PreferenceBook{store: store, now: now, kept: map[Place]keptPreferences{}}
}

// At returns what holds in a place: the channel's preferences, and the
// workspace's where the channel has none. It takes at most 300 milliseconds and
// gives the last known ones while the storage is away.
func (b *PreferenceBook) At(ctx context.Context, at Place) Preferences {
	if b == nil || at.Workspace == "" {
		return Preferences{}
	}
	ctx, cancel := context.WithTimeout(ctx, preferencesWait)
	defer cancel()
	whole := b.look(ctx, Place{Platform: at.Platform, Workspace: at.Workspace})
	if at.Channel == "" {
		return whole
	}
	return b.look(ctx, Place{Platform: at.Platform, Workspace: at.Workspace, Channel: at.Channel}).over(whole)
}

// Of returns what was decided for the place itself: for the channel, or with an
// empty Channel for the workspace. It is as quick as [PreferenceBook.At].
func (b *PreferenceBook) Of(ctx context.Context, at Place) Preferences {
	if b == nil || at.Workspace == "" {
		return Preferences{}
	}
	ctx, cancel := context.WithTimeout(ctx, preferencesWait)
	defer cancel()
	return b.look(ctx, level(at))
}

// level is the place without its thread, which has no preferences.
func level(at Place) Place {
	return Place{Platform: at.Platform, Workspace: at.Workspace, Channel: at.Channel}
}

func (b *PreferenceBook) look(ctx context.Context, at Place) Preferences {
	now := b.now()
	b.mu.Lock()
	k := b.kept[at]
	b.mu.Unlock()
	if now.Before(k.until) {
		return k.Preferences
	}
	doc, err := b.store.Load(ctx, at)
	if err != nil {
		b.keep(at, k.Preferences, now.Add(preferencesAgain)) // the old ones
		return k.Preferences
	}
	p := readPreferences(doc)
	b.keep(at, p, now.Add(preferencesFor))
	return p
}

func (b *PreferenceBook) keep(at Place, p Preferences, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, known := b.kept[at]; !known && len(b.kept) >= maxPreferences {
		for k := range b.kept { // any one: what is used comes back
			delete(b.kept, k)
			break
		}
	}
	b.kept[at] = keptPreferences{p, until}
}

// readPreferences leaves out what it does not understand.
func readPreferences(doc []byte) (p Preferences) {
	var all map[string]json.RawMessage
	if len(doc) == 0 || json.Unmarshal(doc, &all) != nil {
		return p
	}
	for _, key := range preferenceKeys {
		var value string
		if json.Unmarshal(all[key], &value) == nil && allowed(key, value) {
			*p.field(key) = value
		}
	}
	return p
}

// Decide changes one preference of the channel, or with an empty Channel of the
// workspace; "" takes it back. Keys of the document that this version does not
// know stay as they are. The error wraps [ErrNotFound] for a key, a value or a
// place that has no preferences; any other means that nothing was kept.
func (b *PreferenceBook) Decide(ctx context.Context, at Place, key, value string) error {
	at = level(at)
	var none Preferences
	if b == nil || at.Workspace == "" || none.field(key) == nil || value != "" && !allowed(key, value) {
		return fmt.Errorf("preference: %w", ErrNotFound)
	}
	b.deciding.Lock()
	defer b.deciding.Unlock()
	doc, err := b.store.Load(ctx, at)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("load preferences: %w", err)
	}
	if doc, err = changed(doc, key, value); err != nil {
		return err
	}
	if err := b.store.Save(ctx, at, doc); err != nil {
		return fmt.Errorf("save preferences: %w", err)
	}
	b.keep(at, readPreferences(doc), b.now().Add(preferencesFor))
	return nil
}

// changed returns the document with one key changed, nil when none is left.
func changed(doc []byte, key, value string) ([]byte, error) {
	all := map[string]json.RawMessage{}
	if len(doc) > 0 && json.Unmarshal(doc, &all) != nil || all == nil {
		all = map[string]json.RawMessage{} // it meant nothing to anybody
	}
	delete(all, key)
	if value != "" {
		quoted, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		all[key] = quoted
	}
	if len(all) == 0 {
		return nil, nil
	}
	return json.Marshal(all)
}
