package slack

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"careerbot/bot/bottest/fakeslack"
)

func TestVerifyKnownAnswer(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(shared(t), "payloads", "signature_vector.json"))
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Secret    string `json:"signing_secret"`
		Timestamp string `json:"timestamp"`
		Body      string `json:"body"`
		Signature string `json:"signature"`
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	h.Set("X-Slack-Signature", v.Signature)
	h.Set("X-Slack-Request-Timestamp", v.Timestamp)
	ts, _ := strconv.ParseInt(v.Timestamp, 10, 64)
	if reason := verify(Secret(v.Secret), h, []byte(v.Body), time.Unix(ts, 0)); reason != "" {
		t.Error(reason)
	}
	if reason := verify(Secret(v.Secret), h, []byte(v.Body+" "), time.Unix(ts, 0)); reason != badSignature {
		t.Errorf("a changed body gives %q", reason)
	}
}

// signatureCases are requests with one thing wrong. The body is body unless set.
func signatureCases(now time.Time, body []byte) []signatureCase {
	const secret = fakeslack.SigningSecret
	at := func(d time.Duration) http.Header { return fakeslack.Sign(secret, now.Add(d), body) }
	set := func(key, value string) http.Header { h := at(0); h.Set(key, value); return h }
	sig := func(f func(string) string) http.Header {
		h := at(0)
		h.Set("X-Slack-Signature", f(h.Get("X-Slack-Signature")))
		return h
	}
	stamp := func(s string) http.Header {
		// Signed with the odd timestamp, so that only the timestamp is at fault.
		h := fakeslack.Sign(secret, now, body)
		h.Set("X-Slack-Request-Timestamp", s)
		h.Set("X-Slack-Signature", signStamp(secret, s, body))
		return h
	}
	del := func(key string) http.Header { h := at(0); h.Del(key); return h }
	twice := func(key string) http.Header { h := at(0); h.Add(key, h.Get(key)); return h }
	changed := append([]byte(nil), body...)
	changed[0] ^= 1
	cases := []signatureCase{
		{"good", at(0), nil, true}, {"299 s old", at(-299 * time.Second), nil, true}, {"299 s ahead", at(299 * time.Second), nil, true},
		{"301 s old", at(-301 * time.Second), nil, false}, {"301 s ahead", at(301 * time.Second), nil, false},
		{"a day old", at(-24 * time.Hour), nil, false}, {"a year ahead", at(365 * 24 * time.Hour), nil, false},
		{"no signature", del("X-Slack-Signature"), nil, false}, {"no timestamp", del("X-Slack-Request-Timestamp"), nil, false},
		{"nothing", http.Header{}, nil, false}, {"signature twice", twice("X-Slack-Signature"), nil, false},
		{"timestamp twice", twice("X-Slack-Request-Timestamp"), nil, false}, {"empty signature", set("X-Slack-Signature", ""), nil, false},
		{"only the prefix", set("X-Slack-Signature", "v0="), nil, false},
		{"no prefix", sig(func(s string) string { return strings.TrimPrefix(s, "v0=") }), nil, false},
		{"v1", sig(func(s string) string { return "v1" + s[2:] }), nil, false}, {"V0", sig(func(s string) string { return "V0" + s[2:] }), nil, false},
		{"upper-case hex", sig(func(s string) string { return "v0=" + strings.ToUpper(s[3:]) }), nil, false},
		{"short", sig(func(s string) string { return s[:len(s)-1] }), nil, false}, {"long", sig(func(s string) string { return s + "0" }), nil, false},
		{"space before", sig(func(s string) string { return " " + s }), nil, false}, {"zeros", set("X-Slack-Signature", "v0="+strings.Repeat("0", 64)), nil, false},
		{"two in one", sig(func(s string) string { return s + "," + s }), nil, false},
		{"no hex", set("X-Slack-Signature", "v0="+strings.Repeat("z", 64)), nil, false},
		{"other app's secret", fakeslack.Sign("0123456789abcdef0123456789abcdef", now, body), nil, false},
		{"empty secret", fakeslack.Sign("", now, body), nil, false}, {"a byte changed", at(0), changed, false},
		{"body cut", at(0), body[:len(body)-1], false}, {"body longer", at(0), append(append([]byte(nil), body...), '\n'), false},
		{"empty body", at(0), []byte{}, false}, {"signature of an empty body", fakeslack.Sign(secret, now, nil), nil, false},
		{"other time signed", set("X-Slack-Request-Timestamp", strconv.FormatInt(now.Unix()+1, 10)), nil, false},
		{"signature as timestamp", set("X-Slack-Request-Timestamp", at(0).Get("X-Slack-Signature")), nil, false},
	}
	for _, s := range []string{
		"", "0", "-1", "junk", "1e9", "1.5", "0x5f5e100", "+1700000000", " 1700000000", "1700000000 ", "1,700,000,000", "١٧٠٠٠٠٠٠٠٠",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551615", "99999999999", "00000000000000000000",
		strings.Repeat("9", 400), strconv.FormatInt(now.Unix(), 10) + ".0", strconv.FormatInt(now.UnixMilli(), 10), "null", "NaN", "1700000000\x00",
	} {
		cases = append(cases, signatureCase{"timestamp " + s[:min(len(s), 24)], stamp(s), nil, false})
	}
	return cases
}

type signatureCase struct {
	name   string
	header http.Header
	body   []byte // nil: the one that was signed
	ok     bool
}

func signStamp(secret, stamp string, body []byte) string {
	// Sign signs "v0:<unix>:<body>"; an odd stamp is put in by hand.
	return signRaw(secret, "v0:"+stamp+":"+string(body))
}

func TestVerify(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	body := []byte(`{"type":"event_callback","event":{"type":"app_mention"}}`)
	cases := signatureCases(now, body)
	if len(cases) < 55 {
		t.Errorf("only %d cases", len(cases))
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			b := tc.body
			if b == nil {
				b = body
			}
			reason := verify(fakeslack.SigningSecret, tc.header, b, now)
			if (reason == "") != tc.ok {
				t.Errorf("reason %q, want accepted: %v", reason, tc.ok)
			}
		})
	}
	if verify("", fakeslack.Sign("", now, body), body, now) == "" {
		t.Error("an empty secret accepts")
	}
}

func FuzzVerify(f *testing.F) {
	now := time.Unix(1_700_000_000, 0)
	for _, tc := range signatureCases(now, []byte("body")) {
		f.Add(tc.header.Get("X-Slack-Signature"), tc.header.Get("X-Slack-Request-Timestamp"), []byte("body"))
	}
	f.Fuzz(func(t *testing.T, sig, ts string, body []byte) {
		h := http.Header{"X-Slack-Signature": {sig}, "X-Slack-Request-Timestamp": {ts}}
		if verify(fakeslack.SigningSecret, h, body, now) != "" {
			return
		}
		n, err := strconv.ParseInt(ts, 10, 64)
		if err != nil || n < now.Unix()-300 || n > now.Unix()+300 || sig != signStamp(fakeslack.SigningSecret, ts, body) {
			t.Errorf("accepted %q at %q", sig, ts)
		}
	})
}
