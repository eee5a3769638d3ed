package fakeslack

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Sign returns the headers of a request signed at a moment.
func Sign(secret string, at time.Time, body []byte) http.Header {
	ts := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%s:", ts)
	mac.Write(body)
	h := http.Header{}
	h.Set("X-Slack-Request-Timestamp", ts)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(mac.Sum(nil)))
	return h
}

// An Inlet delivers signed requests to a bot's HTTP address.
type Inlet struct {
	URL    string // without a slash at its end
	Secret string
	Client *http.Client // default [http.DefaultClient]
}

// A Result is a bot's HTTP answer.
type Result struct {
	Status int
	Body   []byte
	Header http.Header
	Took   time.Duration
}

// Event posts a JSON body to /slack/events; retry > 0 adds the headers of a
// redelivery.
func (in Inlet) Event(ctx context.Context, body []byte, retry int) (Result, error) {
	h := http.Header{"Content-Type": {"application/json"}}
	if retry > 0 {
		h.Set("X-Slack-Retry-Num", strconv.Itoa(retry))
		h.Set("X-Slack-Retry-Reason", "http_timeout")
	}
	return in.Post(ctx, "/slack/events", h, body)
}

// Command posts a slash command's form.
func (in Inlet) Command(ctx context.Context, form url.Values) (Result, error) {
	return in.Post(ctx, "/slack/commands", formHeader(), []byte(form.Encode()))
}

// Interaction posts a payload as Slack does for buttons, views and shortcuts.
func (in Inlet) Interaction(ctx context.Context, payload any) (Result, error) {
	raw, ok := payload.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = json.Marshal(payload); err != nil {
			return Result{}, err
		}
	}
	form := url.Values{"payload": {string(raw)}}
	return in.Post(ctx, "/slack/interactivity", formHeader(), []byte(form.Encode()))
}

func formHeader() http.Header {
	return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
}

// Post signs and sends a body; headers given win over the signature's.
func (in Inlet) Post(ctx context.Context, path string, header http.Header, body []byte) (Result, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, in.URL+path, bytes.NewReader(body))
	if err != nil {
		return Result{}, err
	}
	req.Header = Sign(in.Secret, time.Now(), body)
	for k, v := range header {
		req.Header[k] = v
	}
	client := in.Client
	if client == nil {
		client = http.DefaultClient
	}
	start := time.Now()
	resp, err := client.Do(req)
	if err != nil {
		return Result{}, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	return Result{resp.StatusCode, out, resp.Header, time.Since(start)}, err
}

// Deliver sends an event as Slack does: once, and three more times after the
// gaps while the bot does not answer 2xx within 3 seconds. It returns the last
// answer and the number of attempts.
func (in Inlet) Deliver(ctx context.Context, body []byte, gaps []time.Duration) (Result, int, error) {
	var last Result
	var err error
	for n := 0; n <= len(gaps); n++ {
		if n > 0 {
			t := time.NewTimer(gaps[n-1])
			select {
			case <-t.C:
			case <-ctx.Done():
				t.Stop()
				return last, n, ctx.Err()
			}
		}
		once, cancel := context.WithTimeout(ctx, 3*time.Second)
		last, err = in.Event(once, body, n)
		cancel()
		if err == nil && last.Status/100 == 2 {
			return last, n + 1, nil
		}
	}
	return last, len(gaps) + 1, err
}
