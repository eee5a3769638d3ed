package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// userAgent is of the form Discord asks for; requests with another one may be blocked.
const userAgent = "DiscordBot (careerbot, 1)"

const (
	tryTimeout   = 10 * time.Second // of one attempt
	maxTries     = 5
	maxAnswer    = 1 << 20 // bytes read of a response
	firstBackoff = 250 * time.Millisecond
)

// A route is an endpoint; {} stands for an argument. Errors and logs name routes
// only, as addresses hold interaction tokens.
type route struct {
	method, path string
	bot          bool // authorised by the bot's token, not by one in the path
	// repeats tells that asking twice does what asking once does, so an attempt
	// whose outcome is unknown may be made again.
	repeats bool
}

func (r route) String() string { return r.method + " " + r.path }

var (
	routeGatewayBot  = route{"GET", "/gateway/bot", true, true}
	routeMe          = route{"GET", "/users/@me", true, true}
	routeGetCommands = route{"GET", "/applications/{}/commands", true, true}
	routePutCommands = route{"PUT", "/applications/{}/commands", true, true}
	routeMessage     = route{"POST", "/channels/{}/messages", true, true} // by its nonce
	routeEdit        = route{"PATCH", "/channels/{}/messages/{}", true, true}
	routeDM          = route{"POST", "/users/@me/channels", true, true}
	routeCallback    = route{"POST", "/interactions/{}/{}/callback", false, true} // a second one is refused with 40060
	routeOriginal    = route{"PATCH", "/webhooks/{}/{}/messages/@original", false, true}
	routeFollowUp    = route{"POST", "/webhooks/{}/{}", false, false}
)

// client sends requests to the REST interface. It waits out limits, tries again
// where that can help and never past its context's deadline, and keeps tokens
// out of every error.
type client struct {
	base   *url.URL
	token  Secret
	http   *http.Client
	log    *slog.Logger
	gates  *gates
	budget budget
	refuse func(error) // called once the token is refused
}

func newClient(s settings, log *slog.Logger, refuse func(error)) *client {
	return &client{
		base: s.api, token: s.Token, log: log, gates: newGates(), refuse: refuse,
		http: &http.Client{
			Transport: &http.Transport{
				Proxy: s.Proxy, DialContext: s.Dial, TLSClientConfig: s.TLS.Clone(), ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 32,
				IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 10 * time.Second,
			},
			// A redirect would carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// do sends one request until it is answered for good. Body and out are JSON
// values or nil; query is "" or "?…". Errors wrap one of the errors of retry.go.
func (c *client) do(ctx context.Context, r route, query string, args []string, body, out any) error {
	path := r.path
	for _, a := range args {
		path = strings.Replace(path, "{}", url.PathEscape(a), 1)
	}
	var b []byte
	var form string
	if body != nil {
		var err error
		if b, form, err = encodeBody(body); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
	}
	key := ""
	if r.bot && len(args) > 0 {
		key = r.path + " " + args[0]
	}
	for try := 1; ; try++ {
		if err := c.gates.wait(ctx, r, key); err != nil {
			return fmt.Errorf("%s: %w", r, err)
		}
		if r.bot && c.budget.spent() {
			return fmt.Errorf("%s: %w", r, errBudget)
		}
		res := c.once(ctx, r, path+query, b, form)
		v := judge(r, res, try)
		c.note(r, key, res, v)
		switch {
		case v.err == nil:
			if out != nil && json.Unmarshal(res.body, out) != nil {
				return fmt.Errorf("%s: %w", r, &apiError{Status: res.status, kind: errUnavailable})
			}
			return nil
		case !v.again:
			return fmt.Errorf("%s: %w", r, v.err)
		}
		if err := pause(ctx, v.wait); err != nil {
			return fmt.Errorf("%s: %w: %w", r, err, v.err)
		}
	}
}

// encode is JSON without escapes for HTML, which would count against limits.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

// result is one attempt's outcome.
type result struct {
	status int
	header http.Header
	body   []byte
	err    error // of the connection, without addresses
}

func (c *client) once(ctx context.Context, r route, path string, body []byte, form string) result {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, c.base.String()+path, bytes.NewReader(body))
	if err != nil {
		return result{err: errors.New("address cannot be built")}
	}
	req.Header.Set("User-Agent", userAgent)
	if r.bot {
		req.Header.Set("Authorization", "Bot "+string(c.token))
	}
	if body != nil {
		req.Header.Set("Content-Type", form)
	} else {
		req.Body, req.ContentLength = nil, 0
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return result{err: plain(err)}
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return result{err: plain(err)}
	}
	return result{status: resp.StatusCode, header: resp.Header, body: b}
}

// plain takes the address off an error of package net/http.
func plain(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// note applies what an answer says about limits and the token.
func (c *client) note(r route, key string, res result, v verdict) {
	if res.status == 0 {
		return
	}
	shared := res.header.Get("X-RateLimit-Scope") == "shared"
	if s := res.status; s == http.StatusUnauthorized || s == http.StatusForbidden || s == http.StatusTooManyRequests && !shared {
		c.budget.add()
	}
	c.gates.learn(r, key, res, v)
	if errors.Is(v.err, errUnauthorized) {
		c.refuse(bad("DISCORD_TOKEN", "is refused by Discord: copy the bot's token again from the page Bot of the developer portal"))
	}
}

// pause waits, unless the wait would pass the context's deadline: then it fails
// at once, as waiting could not help.
func pause(ctx context.Context, d time.Duration) error {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return errDeadline
	}
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// jitter spreads a wait over half to one and a half of it.
func jitter(d time.Duration) time.Duration {
	return d/2 + time.Duration(rand.Int64N(int64(d)+1))
}
