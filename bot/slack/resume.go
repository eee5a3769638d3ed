package slack

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"careerbot/bot"
)

// What was acknowledged and has no final state, because a process died or Slack
// was away, is taken up again from the inbox.
const (
	// resumeGrace is longer than any delivery is under way in a living process.
	resumeGrace = jobLimit + 15*time.Second
	// resumeEvery with the grace lets nothing wait longer than a minute.
	resumeEvery = 15 * time.Second
	// resumeAtOnce is how many are taken up at a time.
	resumeAtOnce = 100
	// giveUp is after how long a delivery that fails again and again is let go.
	// Response URLs are dead by then too.
	giveUp = 30 * time.Minute
)

// A packed payload is what a restart needs of an inbound one: our reading of it,
// not what Slack sent along.
type packed struct {
	Version    int                              `json:"v"`
	Kind       kind                             `json:"kind"`
	Team       string                           `json:"team,omitempty"`
	Enterprise string                           `json:"enterprise,omitempty"`
	OrgWide    bool                             `json:"org_wide,omitempty"`
	User       string                           `json:"user,omitempty"`
	Channel    string                           `json:"channel,omitempty"`
	Thread     string                           `json:"thread,omitempty"`
	TS         string                           `json:"ts,omitempty"`
	Text       string                           `json:"text,omitempty"`
	Respond    string                           `json:"respond,omitempty"`
	Callback   string                           `json:"callback,omitempty"`
	ActionID   string                           `json:"action_id,omitempty"`
	Value      string                           `json:"value,omitempty"`
	Private    bool                             `json:"private,omitempty"`
	BotToken   bool                             `json:"bot_token,omitempty"`
	ViewID     string                           `json:"view_id,omitempty"`
	ViewKind   string                           `json:"view_kind,omitempty"`
	ViewMeta   string                           `json:"view_meta,omitempty"`
	Values     map[string]map[string]stateValue `json:"values,omitempty"`
}

// packedVersion changes with the meaning of a field.
const packedVersion = 1

var errPacked = errors.New("kept payload is of another version")

// claim returns what the payload is claimed by.
func (in *inbound) claim() claim {
	c := claim{key: in.key()}
	if c.key != "" && in.resumable() {
		c.payload = encode(packed{
			packedVersion, in.kind, in.team, in.enterprise, in.orgWide, in.user, in.channel, in.thread, in.ts, in.text, in.respond,
			in.callback, in.actionID, in.value, in.private, in.botToken, in.view.id, in.view.kind, in.view.meta, in.view.values,
		})
	}
	if len(c.payload) > bot.MaxPayloadBytes {
		c.payload = nil // unreachable with what Slack lets people write
	}
	return c
}

// resumable reports whether the payload can be answered later: what opens a modal
// cannot, for its trigger is dead after three seconds.
func (in *inbound) resumable() bool {
	switch in.kind {
	case shortcut:
		return false
	case action:
		return in.respond != "" || in.view.kind == "modal"
	}
	return true
}

// unpack reads what claim packed.
func unpack(payload []byte) (inbound, error) {
	var p packed
	if json.Unmarshal(payload, &p) != nil || p.Version != packedVersion {
		return inbound{}, errPacked
	}
	return inbound{
		kind: p.Kind, team: p.Team, enterprise: p.Enterprise, orgWide: p.OrgWide, user: p.User, channel: p.Channel,
		thread: p.Thread, ts: p.TS, text: p.Text, respond: p.Respond, callback: p.Callback, actionID: p.ActionID,
		value: p.Value, private: p.Private, botToken: p.BotToken,
		view: view{id: p.ViewID, kind: p.ViewKind, meta: p.ViewMeta, values: p.Values},
	}, nil
}

// resume takes up what is unfinished, at once and then again and again.
func (a *Adapter) resume(ctx context.Context) error {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	for {
		a.takeUp(ctx, resumeGrace)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// takeUp queues what was taken more than grace ago and is unfinished.
func (a *Adapter) takeUp(ctx context.Context, grace time.Duration) {
	list, err := a.cfg.Inbox.Unfinished(ctx, platform, grace, resumeAtOnce)
	if err != nil {
		if ctx.Err() == nil {
			a.log.Warn("slack: unfinished deliveries not found out", "err", err)
		}
		return
	}
	for _, kept := range list {
		c := claim{key: kept.Key, payload: kept.Payload}
		in, err := unpack(kept.Payload)
		if err != nil {
			a.log.Warn("slack: unfinished delivery let go", "err", err)
			a.ledger.settle(ctx, c, fresh, final)
			continue
		}
		a.log.Info("slack: unfinished delivery taken up", "kind", in.kind, "team", in.team)
		// One that finds no room in the queue is handed out again later.
		a.pool.offer(&delivery{
			in: in, at: time.Now(), resumed: &c, taken: kept.Taken, prompt: true, send: func(reaction) bool { return true },
		})
	}
}
