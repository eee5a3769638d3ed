package slack

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

const (
	// maxBytes is the largest request we read: Slack's are far smaller.
	maxBytes = 1 << 20
	// bodyLimit bounds how long a request may take to arrive.
	bodyLimit = 5 * time.Second
	// maxInlineHTTP is how much an HTTP acknowledgement may carry.
	maxInlineHTTP = 250_000
)

// Handler serves the HTTP transport: POST /slack/events, /slack/commands and
// /slack/interactivity, each accepting every kind of payload, and the pages of
// an installation when OAuth is configured. It may be mounted at "/" or
// "/slack/". Without a signing secret nothing is served.
func (a *Adapter) Handler() http.Handler {
	mux := http.NewServeMux()
	if a.cfg.SigningSecret != "" {
		mux.HandleFunc("POST /slack/events", a.serveSlack)
		mux.HandleFunc("POST /slack/commands", a.serveSlack)
		mux.HandleFunc("POST /slack/interactivity", a.serveSlack)
	}
	if a.oauth != nil {
		mux.HandleFunc("GET /slack/install", a.oauth.install)
		mux.HandleFunc("GET /slack/oauth/callback", a.oauth.callback)
	}
	return mux
}

func (a *Adapter) serveSlack(w http.ResponseWriter, r *http.Request) {
	at := a.now()
	// A slow sender is cut off; not every writer supports it.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyLimit))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
	if err != nil {
		status := http.StatusBadRequest
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "body refused", status)
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	form := formOf(r, body)
	if form.Get("ssl_check") == "1" && !form.Has("payload") && !form.Has("command") {
		return // Slack tries our certificate; it wants an empty 200
	}
	if reason := verify(a.cfg.SigningSecret, r.Header, body, at); reason != "" {
		a.log.Warn("slack: request refused", "reason", reason)
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	in, err := decodeRequest(form, body)
	if err != nil {
		// Signed, so it is Slack's: refusing it would only bring it back.
		a.log.Warn("slack: payload not read")
	}
	a.exchange(w, r, in)
}

// formOf returns the fields of a form body, none for another content type.
func formOf(r *http.Request, body []byte) url.Values {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	return form
}

// decodeRequest reads any payload, whichever address it came to.
func decodeRequest(form url.Values, body []byte) (inbound, error) {
	switch {
	case form.Has("payload"):
		return decodeInteraction([]byte(form.Get("payload")))
	case form.Has("command"):
		return decodeForm(form), nil
	case form != nil:
		return inbound{kind: ignored}, nil
	}
	return decodeEvent(body)
}

// exchange queues the payload and waits for its acknowledgement, not longer than
// Slack does.
func (a *Adapter) exchange(w http.ResponseWriter, r *http.Request, in inbound) {
	const open, closed = 0, 1
	var state atomic.Int32
	reactions := make(chan reaction, 1)
	d := &delivery{in: in, at: time.Now(), inline: maxInlineHTTP, prompt: true, send: func(re reaction) bool {
		if !state.CompareAndSwap(open, closed) {
			return false
		}
		reactions <- re
		return true
	}}
	if !a.running.Load() && in.kind != challenge {
		d.refuse()
	} else {
		a.accept(d)
	}
	ctx, cancel := context.WithTimeout(r.Context(), ackLimit)
	defer cancel()
	select {
	case re := <-reactions:
		writeReaction(w, re)
	case <-ctx.Done():
		if state.CompareAndSwap(open, closed) {
			writeReaction(w, reaction{refused: true})
			return
		}
		writeReaction(w, <-reactions)
	}
}

func writeReaction(w http.ResponseWriter, re reaction) {
	switch {
	case re.refused:
		http.Error(w, "try again", http.StatusServiceUnavailable)
	case re.text != "":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		io.WriteString(w, re.text)
	case re.json != nil:
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Write(re.json)
	}
}
