package slack

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// tryTimeout bounds one request to Slack.
	tryTimeout = 10 * time.Second
	// maxAnswer is how much of an answer is read.
	maxAnswer = 1 << 20
)

// An apiError is a request that Slack refused or that did not get through. Its
// text names the method and Slack's code: no token, no address, no content.
type apiError struct {
	method string // "response_url" for response URLs
	status int    // 0 when there was no answer
	code   string // Slack's error, or what went wrong on the way
	class  class
	sent   bool // Slack may have carried it out
}

func (e *apiError) Error() string {
	return fmt.Sprintf("slack %s: %s (status %d, %s)", e.method, e.code, e.status, e.class)
}

// classOf returns the class of an error from this client.
func classOf(err error) class {
	if err == nil {
		return classOK
	}
	if e, ok := errors.AsType[*apiError](err); ok {
		return e.class
	}
	return classOther
}

// A client calls the Web API and posts to response URLs.
type client struct {
	base string // with a slash at its end
	http *http.Client
	hook string // host of base: response URLs may be there too, see postable
}

// newClient returns a client of the Web API at base.
func newClient(base string, rt http.RoundTripper) (*client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("not an address")
	}
	return &client{
		base: strings.TrimSuffix(base, "/") + "/",
		hook: u.Scheme + "://" + u.Host,
		http: &http.Client{
			Transport: rt,
			// A redirect would carry the token elsewhere.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// defaultTransport keeps enough connections for bursts of answers.
func defaultTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	t.ResponseHeaderTimeout = tryTimeout
	return t
}

// idempotent are the methods that may be called twice to the same effect.
var idempotent = map[string]bool{
	"auth.test": true, "views.publish": true, "views.update": true, "conversations.open": true,
}

// call calls a method with JSON arguments and decodes the answer into out, which
// may be nil. It tries again as [retryIn] says, as long as ctx allows.
func (c *client) call(ctx context.Context, method string, token Secret, args, out any) error {
	body, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("slack %s: arguments: %w", method, err)
	}
	return c.retry(ctx, method, idempotent[method], func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+method, bytes.NewReader(body))
		if err == nil {
			req.Header.Set("Content-Type", "application/json; charset=utf-8")
			req.Header.Set("Authorization", "Bearer "+string(token))
		}
		return req, err
	}, out)
}

// form calls a method that takes a form and the app's own credentials.
func (c *client) form(ctx context.Context, method, id string, secret Secret, args url.Values, out any) error {
	return c.retry(ctx, method, false, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+method, strings.NewReader(args.Encode()))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.SetBasicAuth(id, string(secret))
		}
		return req, err
	}, out)
}

// respond posts to a response URL.
func (c *client) respond(ctx context.Context, address string, v any) error {
	if !c.postable(address) {
		return &apiError{method: "response_url", code: "address is not Slack's", class: classStale}
	}
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("slack response_url: message: %w", err)
	}
	return c.retry(ctx, "response_url", false, func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err == nil {
			req.Header.Set("Content-Type", "application/json; charset=utf-8")
		}
		return req, err
	}, nil)
}

// postable reports whether a response URL leads to Slack, or to the host that
// the Web API is configured to be at.
func (c *client) postable(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	at := u.Scheme + "://" + u.Host
	return at == "https://hooks.slack.com" || at == "https://hooks.slack-gov.com" || at == c.hook
}

// retry sends a request until it is answered for good.
func (c *client) retry(ctx context.Context, method string, twice bool, build func(context.Context) (*http.Request, error), out any) error {
	for n := 1; ; n++ {
		after, err := c.once(ctx, method, build, out)
		if err == nil {
			return nil
		}
		wait, again := retryIn(err.class, err.status, after, twice || !err.sent, n)
		if deadline, ok := ctx.Deadline(); !again || ok && time.Until(deadline) < wait {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
}

// once sends a request and returns the Retry-After header and what is wrong.
func (c *client) once(ctx context.Context, method string, build func(context.Context) (*http.Request, error), out any) (string, *apiError) {
	ctx, cancel := context.WithTimeout(ctx, tryTimeout)
	defer cancel()
	req, err := build(ctx)
	if err != nil {
		// The error would hold the address.
		return "", &apiError{method: method, code: "address cannot be used", class: classBug}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return "", &apiError{method: method, code: cause(err), class: classDown, sent: !notSent(err)}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", &apiError{method: method, status: resp.StatusCode, code: "answer broken off", class: classDown, sent: true}
	}
	code, ok := outcome(resp.StatusCode, raw)
	if ok && out != nil {
		if err := lenient(raw, out); err != nil {
			return "", &apiError{method: method, status: resp.StatusCode, code: "answer is not JSON", class: classOther, sent: true}
		}
	}
	if ok {
		return "", nil
	}
	// An answer with status 4xx or a code says that nothing was done; a failing
	// server leaves it open.
	cl := classify(resp.StatusCode, code)
	return resp.Header.Get("Retry-After"), &apiError{
		method: method, status: resp.StatusCode, class: cl, sent: cl == classDown,
		code: first(code, http.StatusText(resp.StatusCode), "unknown status"),
	}
}

// outcome reads an answer: of the Web API JSON with "ok", of a response URL "ok"
// or JSON, and on failure a code as plain text or in JSON.
func outcome(status int, raw []byte) (code string, ok bool) {
	var a struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	isJSON := json.Unmarshal(raw, &a) == nil
	switch {
	case isJSON && a.OK != nil && !*a.OK:
		return codeWord(first(a.Error, "not ok")), false
	case status != http.StatusOK:
		if isJSON {
			return codeWord(a.Error), false
		}
		return codeWord(strings.TrimSpace(string(raw[:min(len(raw), 100)]))), false
	case isJSON && a.OK != nil, strings.TrimSpace(string(raw)) == "ok", len(raw) == 0:
		return "", true
	}
	return "no answer of Slack's", false
}

// codeWord returns an error code, or "" for anything that is none: what a proxy
// or a stranger answers must not reach a log.
func codeWord(s string) string {
	if len(s) > 60 {
		return ""
	}
	for _, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			return ""
		}
	}
	return s
}

// cause says what went wrong without the address that [url.Error] carries.
func cause(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "stopped"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Op + " failed"
	}
	return "no answer"
}

// notSent reports that a request did not leave: nobody was reached.
func notSent(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}
