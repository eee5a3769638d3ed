package slack

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// signatureAge is how far a request's time may be from ours, in both directions.
const signatureAge = 5 * time.Minute

// Why a signature is refused: reason codes for logs. A caller is told nothing.
const (
	badHeaders   = "headers"
	badTime      = "time"
	badSignature = "signature"
)

// verify checks a request's signature over its raw body and returns "" or the
// reason code. See https://api.slack.com/docs/verifying-requests-from-slack.
func verify(secret Secret, h http.Header, body []byte, now time.Time) string {
	sigs, stamps := h.Values("X-Slack-Signature"), h.Values("X-Slack-Request-Timestamp")
	if secret == "" || len(sigs) != 1 || len(stamps) != 1 {
		return badHeaders
	}
	ts, ok := seconds(stamps[0])
	if !ok {
		return badHeaders
	}
	// Both are small positive numbers, so that the difference cannot overflow.
	if d := now.Unix() - ts; d > int64(signatureAge/time.Second) || d < -int64(signatureAge/time.Second) {
		return badTime
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamps[0] + ":"))
	mac.Write(body)
	want := "v0=" + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(sigs[0])) {
		return badSignature
	}
	return ""
}

// seconds reads a timestamp of plain digits.
func seconds(s string) (int64, bool) {
	if len(s) == 0 || len(s) > 11 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
