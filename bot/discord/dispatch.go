package discord

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"careerbot/bot"
)

// Times of an interaction, from its arrival. Discord gives three seconds for the
// first response. https://discord.com/developers/docs/interactions/receiving-and-responding
const (
	deferAfter   = 1500 * time.Millisecond
	firstBy      = 2900 * time.Millisecond
	suggestBy    = time.Second
	claimWait    = time.Second
	questionTime = 60 * time.Second // for everything, waiting out limits included
)

// counts is what became of events, for operators and tests.
type counts struct {
	answered, suggested, duplicate, ignored, shed, expired, failed, resumed atomic.Int64
}

// Counts returns what became of events since the start.
func (a *Adapter) Counts() map[string]int64 {
	c := &a.counts
	return map[string]int64{
		"answered": c.answered.Load(), "suggested": c.suggested.Load(), "duplicate": c.duplicate.Load(), "ignored": c.ignored.Load(),
		"shed": c.shed.Load(), "expired": c.expired.Load(), "failed": c.failed.Load(), "resumed": c.resumed.Load(),
	}
}

// event takes up one event of the gateway. It decodes and queues, nothing that
// could take long: the connection's reading waits for it.
func (a *Adapter) event(_ int, typ string, data []byte) {
	switch typ {
	case eventInteraction:
		i, err := decodeInteraction(data)
		if err != nil {
			a.log.Warn("an interaction could not be read", "error", err.Error())
			return
		}
		// With a public key the interaction comes over HTTP as well when the
		// endpoint is set; the claim decides.
		a.take(a.exchange(i, data, a.respond))
	case eventMessage:
		m, err := decodeMessage(data)
		if err != nil {
			a.log.Warn("a message could not be read", "error", err.Error())
			return
		}
		a.takeMessage(m, data)
	case "READY":
		var r ready
		if lenient(data, &r) != nil {
			return
		}
		if id := r.User.ID; id != "" {
			a.self.Store(&id)
		}
		a.learnApplication(r.Application.ID)
	case "GUILD_CREATE":
		var g guild
		if lenient(data, &g) == nil {
			a.posts.forum(g.Channels...)
			a.threads.add(g.Threads...)
		}
	case "CHANNEL_CREATE", "CHANNEL_UPDATE":
		var c channel
		if lenient(data, &c) == nil {
			a.posts.forum(c)
		}
	case "GUILD_DELETE":
		var g guild
		if lenient(data, &g) == nil && !g.Unavailable { // unavailable is an outage, not a farewell
			a.log.Info("the bot was removed from a server")
		}
	case "THREAD_CREATE", "THREAD_UPDATE":
		var c channel
		if lenient(data, &c) == nil {
			a.threads.add(c)
			a.takePost(a.posts.opened(c))
		}
	}
}

// exchange is an interaction with the way to answer it.
type exchange struct {
	i       *interaction
	raw     []byte // as it came
	arrived time.Time
	resumed bool                                                     // it was taken up before, by a process that did not finish
	inline  bool                                                     // it came over HTTP: the first response is that request's
	first   func(ctx context.Context, x *exchange, c callback) error // sends the first response

	prefs  bot.Preferences // of the place, known once the work begins
	hidden bool            // its reply is for the person alone

	sending  chan struct{} // one token: who holds it may send the first response
	finished bool          // guarded by sending
	deferred bool          // guarded by sending
}

func (a *Adapter) exchange(i *interaction, raw []byte, first func(context.Context, *exchange, callback) error) *exchange {
	x := &exchange{i: i, raw: raw, arrived: time.Now(), first: first, sending: make(chan struct{}, 1)}
	x.sending <- struct{}{}
	return x
}

// take queues an interaction. It reports false when there is no room even for
// saying so.
func (a *Adapter) take(x *exchange) bool {
	if x.i.Type == interactionAutocomplete {
		return a.quick.submit(x.i.ID, func(ctx context.Context) { a.suggest(ctx, x) })
	}
	d := delivery{key: "interaction/" + x.i.ID, lane: x.i.ID, typ: eventInteraction, raw: x.raw}
	return a.admit(d,
		func(ctx context.Context) error { return a.interact(ctx, x) },
		func(ctx context.Context) error {
			return a.reply(ctx, x, notice("Many people are asking at the moment. Please try again in a minute."))
		},
		func(ctx context.Context) { x.first(ctx, x, callback{}) }, // lets an HTTP request go
	)
}

// interact answers a command or a component.
func (a *Adapter) interact(ctx context.Context, x *exchange) error {
	ctx, cancel := context.WithTimeout(ctx, questionTime)
	defer cancel()
	x.prefs = a.set.Preferences.At(ctx, a.place(x.i))
	x.hidden = private(x.i.Data.CustomID) || !x.i.alone() && !a.public(x.prefs)
	timer := time.AfterFunc(time.Until(x.arrived.Add(deferAfter)), func() { a.postpone(ctx, x) })
	defer timer.Stop()
	defer func() {
		if p := recover(); p != nil {
			a.reply(ctx, x, notice("Sorry, something went wrong with this question. Please try another one."))
			panic(p)
		}
	}()
	return a.handle(ctx, x)
}

// handle decides what an interaction asks for.
func (a *Adapter) handle(ctx context.Context, x *exchange) error {
	i := x.i
	if o := i.Data.Options; i.Type == interactionCommand && i.Data.Name == commandName && len(o) == 1 && o[0].Type == optionGroup && len(o[0].Options) == 1 {
		return a.settings(ctx, x, o[0].Options[0])
	}
	if x.prefs.Answers == "off" {
		return a.reply(ctx, x, notice("Whoever manages this server has switched me off here. You can still write to me directly."))
	}
	switch {
	case i.Type == interactionCommand && i.Data.Type == commandMessage:
		text := i.Data.Resolved.Messages[i.Data.Target].Content
		if strings.TrimSpace(text) == "" {
			return a.reply(ctx, x, notice("That message has no text I could answer."))
		}
		return a.answer(ctx, x, bot.Question{Text: text}, false)
	case i.Type == interactionCommand && i.Data.Name == commandName:
		q, err := commandQuestion(i.Data.Options)
		if err != nil {
			return a.reply(ctx, x, notice("I don't know this command any more. Please type it again."))
		}
		return a.answer(ctx, x, q, false)
	case i.Type == interactionComponent:
		return a.tapped(ctx, x)
	case i.Type == interactionModal:
		return a.submitted(ctx, x)
	}
	return a.reply(ctx, x, notice("I don't know this command any more. Please type it again."))
}

// tapped handles a button or menu.
func (a *Adapter) tapped(ctx context.Context, x *exchange) error {
	id := x.i.Data.CustomID
	switch {
	case id == tapShare:
		return a.share(ctx, x)
	case strings.HasPrefix(id, tapGood), strings.HasPrefix(id, tapBad), strings.HasPrefix(id, tapVerdict):
		return a.feedback(ctx, x)
	case strings.HasPrefix(id, tapAsk), strings.HasPrefix(id, tapWrite):
		return a.askPerson(ctx, x)
	case strings.HasPrefix(id, tapClaim):
		return a.claimed(ctx, x)
	case id == tapShow, id == tapForget:
		return a.person(ctx, x)
	case strings.HasPrefix(id, tapSelect) && len(x.i.Data.Values) > 0:
		id = x.i.Data.Values[0]
		if q, ok := question(id); ok {
			// A menu that one person sees is replaced by what was chosen.
			return a.answer(ctx, x, q, x.i.ephemeral() || x.i.alone())
		}
	}
	q, ok := question(id)
	if !ok {
		return a.reply(ctx, x, notice("This button is from an older version. Please ask again."))
	}
	return a.answer(ctx, x, q, strings.HasPrefix(id, tapPick) && (x.i.ephemeral() || x.i.alone()))
}

// private tells whether what is replied to a tap concerns the person alone.
func private(id string) bool {
	for _, prefix := range []string{tapGood, tapBad, tapVerdict, tapAsk, tapWrite, tapClaim, tapShow, tapForget, formAsk, formAnswer} {
		if strings.HasPrefix(id, prefix) {
			return true
		}
	}
	return false
}

// answer asks and replies; update replaces the message whose component was used.
func (a *Adapter) answer(ctx context.Context, x *exchange, q bot.Question, update bool) error {
	q.Place, q.Person, q.Locale, q.Role = a.place(x.i), x.i.person(), x.i.Locale, x.prefs.Role
	ans := a.ask.Answer(ctx, q)
	charts := a.draw(ctx, &ans)
	to := audience{ephemeral: x.hidden, others: !x.i.alone(), verdicts: a.set.Feedback != nil, extra: a.extras(ctx, q, &ans)}
	return a.reply(ctx, x, func(f form) (*post, int) {
		kind := callbackMessage
		if update {
			kind = callbackUpdate
			to.ephemeral = x.i.ephemeral()
		}
		p := render(&ans, to, f.plain)
		if !f.bare {
			illustrate(p, charts, f.plain)
		}
		return p, kind
	})
}

// A form is how much of what Discord can show a message uses.
type form struct {
	plain bool // content and an embed instead of Components V2
	bare  bool // no charts
}

// A writer renders a reply. It returns the message and the type of a first
// response that carries it.
type writer func(f form) (*post, int)

// notice is a line of our own for the person alone.
func notice(text string) writer {
	return func(form) (*post, int) {
		return &post{Content: text, Flags: flagEphemeral}, callbackMessage
	}
}

// postpone tells Discord that the answer takes a moment.
func (a *Adapter) postpone(ctx context.Context, x *exchange) {
	select {
	case <-x.sending:
	case <-ctx.Done():
		return
	}
	defer func() { x.sending <- struct{}{} }()
	if x.finished || x.deferred {
		return
	}
	p := &post{}
	if x.hidden {
		p.Flags = flagEphemeral
	}
	ctx, cancel := context.WithDeadline(ctx, x.arrived.Add(firstBy))
	defer cancel()
	if err := x.first(ctx, x, callback{callbackDeferred, p}); err != nil {
		a.log.Warn("deferring a reply", "error", err.Error())
		return
	}
	x.deferred = true
}

// reply sends what the writer renders: as the first response or, when that was
// deferred, in its place. A body that Discord does not accept is sent plain.
func (a *Adapter) reply(ctx context.Context, x *exchange, w writer) error {
	select {
	case <-x.sending:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { x.sending <- struct{}{} }()
	if x.finished {
		return nil
	}
	err := a.insist(w, func(w writer, f form) (*post, error) { return a.send(ctx, x, w, f) })
	x.finished = err == nil
	a.outcome("sending a reply", err)
	return err
}

// insist sends a message in the richest form that Discord accepts: as it is, then
// without charts, then plain, then an apology.
func (a *Adapter) insist(w writer, send func(writer, form) (*post, error)) error {
	f := form{plain: a.set.Plain}
	p, err := send(w, f)
	if p != nil && len(p.charts) > 0 && (errors.Is(err, errInvalid) || errors.Is(err, errRefused)) {
		a.log.Warn("a reply goes out without its charts", "error", err.Error())
		f.bare = true
		_, err = send(w, f)
	}
	if errors.Is(err, errInvalid) {
		a.log.Warn("a reply was not accepted and goes out plain", "error", err.Error())
		_, err = send(w, form{plain: true, bare: true})
	}
	if errors.Is(err, errInvalid) {
		_, err = send(notice("Sorry, this answer could not be shown here. Please ask in other words."), f)
	}
	return err
}

func (a *Adapter) send(ctx context.Context, x *exchange, w writer, f form) (*post, error) {
	p, kind := w(f)
	if x.deferred {
		return p, a.original(ctx, x, p)
	}
	first := p
	if x.inline && len(p.charts) > 0 { // the response to a request of Discord's is JSON: the charts follow
		first, _ = w(form{f.plain, true})
	}
	within, cancel := context.WithDeadline(ctx, x.arrived.Add(firstBy))
	defer cancel()
	if err := x.first(within, x, callback{kind, first}); err != nil || first == p {
		return p, err
	}
	if err := a.original(ctx, x, p); err != nil {
		a.log.Warn("a reply stays without its charts", "error", err.Error())
	}
	return p, nil
}

// original puts a message in the place of the first response. Who sees it was
// decided with that one.
func (a *Adapter) original(ctx context.Context, x *exchange, p *post) error {
	p.Flags &^= flagEphemeral
	return a.client.do(ctx, routeOriginal, "", []string{x.i.Application, string(x.i.Token)}, p, nil)
}

// respond sends a first response by REST, for interactions of the gateway.
func (a *Adapter) respond(ctx context.Context, x *exchange, c callback) error {
	if c.Type == 0 {
		return nil
	}
	return a.client.do(ctx, routeCallback, "", []string{x.i.ID, string(x.i.Token)}, c, nil)
}

// outcome counts and logs what became of a reply.
func (a *Adapter) outcome(what string, err error) {
	switch {
	case err == nil:
		a.counts.answered.Add(1)
	case errors.Is(err, errExpired):
		a.counts.expired.Add(1)
		a.log.Info("a reply came too late", "error", err.Error())
	default:
		a.counts.failed.Add(1)
		a.log.Warn(what, "error", err.Error())
	}
}

// suggest answers autocomplete. It cannot be deferred: after a second, no answer
// is of use.
func (a *Adapter) suggest(ctx context.Context, x *exchange) {
	ctx, cancel := context.WithDeadline(ctx, x.arrived.Add(suggestBy))
	defer cancel()
	var c choices
	if ctx.Err() == nil {
		c = a.suggestions(focused(x.i.Data.Options))
	}
	if err := x.first(ctx, x, callback{callbackChoices, c}); err != nil {
		a.counts.expired.Add(1)
		a.log.Debug("suggestions came too late", "error", err.Error())
		return
	}
	a.counts.suggested.Add(1)
}

// suggestions completes what is typed of an option. With nothing typed, what is
// asked most comes first.
func (a *Adapter) suggestions(option, typed string) choices {
	s, ok := a.ask.(Suggester)
	kind := kinds[option]
	if !ok || kind == "" {
		return choices{}
	}
	typed = clip(typed, maxOptionText)
	if typed != "" {
		return suggestionsFor(s.Suggest(kind, typed, maxOptions))
	}
	list := s.Suggest(kind, "", maxRanked)
	a.set.Popular.Sort(kind, list)
	return suggestionsFor(list)
}

// maxRanked is how many suggestions are put in the order in which they are asked.
const maxRanked = 200

// place is where an interaction happened.
func (a *Adapter) place(i *interaction) bot.Place {
	p := bot.Place{Platform: "discord", Workspace: i.Guild, Channel: i.ChannelID}
	if c := i.Channel; c != nil && c.isThread() && c.Parent != "" {
		p.Channel, p.Thread = c.Parent, c.ID
	} else if parent := a.threads.parent(i.ChannelID); parent != "" {
		p.Channel, p.Thread = parent, i.ChannelID
	}
	return p
}
