package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	// maxRequest is the longest body that is read of a request.
	maxRequest = 1 << 20
	// maxSkew is how far a request's timestamp may be from now.
	maxSkew = 5 * time.Minute
)

// Handler serves POST /discord/interactions while the adapter runs. Requests
// that Discord did not sign get 401 and nothing else.
func (a *Adapter) Handler() http.Handler { return http.HandlerFunc(a.serveHTTP) }

func (a *Adapter) serveHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			http.Error(w, "body too long", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "body incomplete", http.StatusBadRequest)
		return
	}
	if why := verify(a.set.key, r.Header, body, time.Now()); why != "" {
		a.log.Info("an interaction was refused", "reason", why)
		http.Error(w, "invalid request signature", http.StatusUnauthorized)
		return
	}
	i, err := decodeInteraction(body)
	if err != nil {
		a.log.Warn("an interaction could not be read", "error", err.Error())
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	if i.Type == interactionPing {
		writeJSON(w, callback{Type: callbackPong})
		return
	}
	if !a.serving.Load() {
		http.Error(w, "not running", http.StatusServiceUnavailable)
		return
	}
	a.learnApplication(i.Application)
	a.exchangeHTTP(w, r, i, body)
}

// verify checks Discord's signature over timestamp and body. It returns "", or
// why the request is refused.
func verify(key ed25519.PublicKey, h http.Header, body []byte, now time.Time) string {
	if len(key) != ed25519.PublicKeySize {
		return "no public key"
	}
	signatures, stamps := h.Values("X-Signature-Ed25519"), h.Values("X-Signature-Timestamp")
	if len(signatures) != 1 || len(stamps) != 1 {
		return "header absent or doubled"
	}
	signature, err := hex.DecodeString(signatures[0])
	if err != nil || len(signature) != ed25519.SignatureSize || hex.EncodeToString(signature) != signatures[0] {
		return "signature malformed"
	}
	seconds, err := strconv.ParseInt(stamps[0], 10, 64)
	if err != nil || !isSnowflake(stamps[0]) {
		return "timestamp malformed"
	}
	if t := now.Unix(); seconds < t-int64(maxSkew/time.Second) || seconds > t+int64(maxSkew/time.Second) {
		return "timestamp too far from now: check this machine's clock"
	}
	if !ed25519.Verify(key, append([]byte(stamps[0]), body...), signature) {
		return "signature wrong"
	}
	return ""
}

// exchangeHTTP hands an interaction to the dispatcher and writes its first
// response as this request's.
func (a *Adapter) exchangeHTTP(w http.ResponseWriter, r *http.Request, i *interaction, body []byte) {
	inline := make(chan callback)
	taken := make(chan struct{}) // closed once this request has its response, or none
	first := func(ctx context.Context, _ *exchange, c callback) error {
		select {
		case inline <- c:
			return nil
		case <-taken:
			return errExpired
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	t := time.NewTimer(firstBy)
	defer t.Stop()
	x := a.exchange(i, body, first)
	x.inline = true
	if !a.take(x) {
		http.Error(w, "too many requests", http.StatusServiceUnavailable)
		return
	}
	defer close(taken)
	select {
	case c := <-inline:
		if c.Type == 0 {
			http.Error(w, "already taken up", http.StatusConflict)
			return
		}
		writeJSON(w, c)
	case <-t.C:
		http.Error(w, "no answer in time", http.StatusServiceUnavailable)
	case <-r.Context().Done():
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	b, err := encode(v)
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(b)
}
