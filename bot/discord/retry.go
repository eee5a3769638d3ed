package discord

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// What can become of a request. Callers tell by [errors.Is].
var (
	errExpired      = errors.New("the interaction is over")
	errRefused      = errors.New("refused for good")
	errInvalid      = errors.New("the body is not accepted")
	errUnauthorized = errors.New("the token is not accepted")
	errLimited      = errors.New("limited")
	errUnavailable  = errors.New("unavailable")
	errBudget       = errors.New("held back: too many refused requests")
	errDeadline     = errors.New("no time left to wait")
)

// Error codes of Discord's that decide.
// https://discord.com/developers/docs/topics/opcodes-and-status-codes
const (
	codeUnknownWebhook     = 10015
	codeUnknownInteraction = 10062
	codeAlreadyAnswered    = 40060
	codeNoDMs              = 50007
	codeInvalidToken       = 50027
	codeInvalidBody        = 50035
)

// apiError is a refusal. It says what Discord decided, never what was sent.
type apiError struct {
	Status int
	Code   int
	kind   error
}

func (e *apiError) Error() string {
	if e.Code != 0 {
		return fmt.Sprintf("%v (status %d, code %d)", e.kind, e.Status, e.Code)
	}
	return fmt.Sprintf("%v (status %d)", e.kind, e.Status)
}

func (e *apiError) Unwrap() error { return e.kind }

// verdict is what to do after an attempt: nothing when err is nil, else try
// again after wait or give up with err.
type verdict struct {
	err    error
	again  bool
	wait   time.Duration
	global bool // the limit holds for every route of the bot
	banned bool // no answer of Discord's own: the whole address is held back
}

// judge decides over one attempt; try counts from 1.
func judge(r route, res result, try int) verdict {
	backoff := jitter(firstBackoff << min(try-1, 6))
	more := try < maxTries
	if res.err != nil {
		return verdict{err: fmt.Errorf("%w: %w", errUnavailable, res.err), again: more && r.repeats, wait: backoff}
	}
	var body struct {
		Code   int      `json:"code"`
		After  *float64 `json:"retry_after"`
		Global bool     `json:"global"`
	}
	if json.Unmarshal(res.body, &body) != nil {
		body.After = nil // it may be half read
	}
	e := &apiError{Status: res.status, Code: body.Code}
	s := res.status
	switch {
	case s >= 200 && s < 300:
		return verdict{}
	case body.Code == codeAlreadyAnswered:
		return verdict{} // by an attempt whose answer was lost
	case body.Code == codeUnknownWebhook && r == routeOriginal && try < 3:
		e.kind = errExpired // or Discord has yet to read the deferral that we wrote over HTTP
		return verdict{err: e, again: true, wait: backoff}
	case body.Code == codeUnknownInteraction, body.Code == codeInvalidToken, body.Code == codeUnknownWebhook:
		e.kind = errExpired
	case s == http.StatusTooManyRequests:
		e.kind = errLimited
		v := verdict{err: e, again: more, wait: retryAfter(body.After, res.header), global: body.Global, banned: !json.Valid(res.body)}
		v.global = v.global || res.header.Get("X-RateLimit-Global") == "true"
		return v
	case s == http.StatusUnauthorized && r.bot:
		e.kind = errUnauthorized
	case s == http.StatusBadRequest:
		e.kind = errInvalid
	case s == http.StatusRequestTimeout, s >= 500:
		e.kind = errUnavailable
		return verdict{err: e, again: more && (r.repeats || s == http.StatusServiceUnavailable), wait: backoff}
	default:
		e.kind = errRefused
	}
	return verdict{err: e}
}

// retryAfter is how long a limit lasts: by the body, else by the headers. Without
// a usable figure it is a second.
func retryAfter(body *float64, h http.Header) time.Duration {
	if body != nil {
		if d, ok := seconds(*body); ok {
			return d
		}
	}
	for _, name := range []string{"Retry-After", "X-RateLimit-Reset-After"} {
		if f, err := strconv.ParseFloat(h.Get(name), 64); err == nil {
			if d, ok := seconds(f); ok {
				return d
			}
		}
	}
	return time.Second
}

// seconds turns a figure of Discord's into a duration with a little room, as its
// figures are rounded.
func seconds(f float64) (time.Duration, bool) {
	if math.IsNaN(f) || f < 0 || f > 24*3600 {
		return 0, false
	}
	return time.Duration(f*float64(time.Second)) + 20*time.Millisecond, true
}
