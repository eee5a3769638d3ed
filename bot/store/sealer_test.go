package store

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"careerbot/bot"
)

func sealer(t testing.TB, keys ...Secret) *Sealer {
	t.Helper()
	var all []string
	for _, k := range keys {
		all = append(all, string(k))
	}
	s, err := NewSealer(Secret(strings.Join(all, ", ")))
	must(t, err)
	return s
}

func TestSealer(t *testing.T) {
	s := sealer(t, newKey())
	for _, data := range [][]byte{[]byte("xoxb-token"), {}, bytes.Repeat([]byte{0}, 10_000)} {
		sealed := s.Seal(data, "installation/T1")
		if len(data) > 4 && bytes.Contains(sealed, data) {
			t.Error("the data can be read")
		}
		if got, err := s.Open(sealed, "installation/T1"); err != nil || !bytes.Equal(got, data) {
			t.Errorf("got %q, %v, want %q", got, err, data)
		}
		if bytes.Equal(s.Seal(data, "installation/T1"), sealed) {
			t.Error("the same data is sealed the same twice")
		}
		if _, err := s.Open(sealed, "installation/T2"); err == nil {
			t.Error("it opens as another's")
		}
		for i := range min(len(sealed), 64) { // every byte counts
			damaged := bytes.Clone(sealed)
			damaged[i] ^= 1
			if got, err := s.Open(damaged, "installation/T1"); err == nil {
				t.Errorf("with byte %d changed it opens to %q", i, got)
			}
			if _, err := s.Open(sealed[:i], "installation/T1"); err == nil {
				t.Errorf("cut to %d bytes it opens", i)
			}
		}
	}
}

// TestSealerRotation: the new key seals, the old one opens until it is dropped.
func TestSealerRotation(t *testing.T) {
	old, fresh := newKey(), newKey()
	before := sealer(t, old).Seal([]byte("token"), "a")
	both := sealer(t, fresh, old)
	if got, err := both.Open(before, "a"); err != nil || string(got) != "token" {
		t.Errorf("the old key's: %q, %v", got, err)
	}
	after := both.Seal([]byte("token"), "a")
	if _, err := sealer(t, fresh).Open(after, "a"); err != nil {
		t.Errorf("the new key alone does not open what both sealed: %v", err)
	}
	if _, err := sealer(t, fresh).Open(before, "a"); !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "CAREERBOT_SECRET_KEY") {
		t.Errorf("without the old key: %v", err)
	}
}

// TestReseal: retention seals anew, so that the old key can go.
func TestReseal(t *testing.T) {
	ctx, dir, old, fresh := t.Context(), t.TempDir(), newKey(), newKey()
	first := open(t, Config{Dir: dir, Keys: old})
	for i := range 3 {
		must(t, first.Installations().Save(ctx, fmt.Sprint("slack/T", i), []byte("token")))
	}
	second := open(t, Config{Dir: dir, Keys: fresh + "," + old})
	must(t, second.Installations().Save(ctx, "slack/T0", []byte("newer")))
	for _, want := range []int{2, 0} {
		swept, err := second.Sweep(ctx)
		must(t, err)
		if got := swept["installations sealed anew"]; got != want {
			t.Errorf("%d installations sealed anew, want %d", got, want)
		}
	}
	third := open(t, Config{Dir: dir, Keys: fresh})
	for i, want := range []string{"newer", "token", "token"} {
		if got, err := third.Installations().Find(ctx, fmt.Sprint("slack/T", i)); err != nil || string(got) != want {
			t.Errorf("T%d: %q, %v, want %q", i, got, err, want)
		}
	}
	if _, err := first.Installations().Find(ctx, "slack/T1"); !errors.Is(err, bot.ErrSettings) {
		t.Errorf("with the old key alone: %v", err)
	}
}

func TestKeysInEveryWriting(t *testing.T) {
	key := newKey()
	sealed := sealer(t, key).Seal([]byte("x"), "a")
	raw, _ := parseKey(string(key))
	for _, text := range []string{
		string(key), " " + string(key) + "\n", strings.TrimRight(string(key), "="), hex.EncodeToString(raw), strings.ToUpper(hex.EncodeToString(raw)),
		strings.NewReplacer("+", "-", "/", "_").Replace(string(key)),
	} {
		if _, err := sealer(t, Secret(text)).Open(sealed, "a"); err != nil {
			t.Errorf("a way to write the key is not understood: %v", err)
		}
	}
	for _, bad := range []string{"", "secret", "password123", string(key)[:20], string(key) + ",", "," + string(key), strings.Repeat("ab", 31), strings.Repeat("x", 44)} {
		_, err := NewSealer(Secret(bad))
		if !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "CAREERBOT_SECRET_KEY") {
			t.Errorf("key of %d characters: %v", len(bad), err)
		}
		if err != nil && len(bad) > 1 && strings.Contains(err.Error(), bad) {
			t.Errorf("the error holds the key: %v", err)
		}
	}
}

// TestSecretsDoNotPrint tries every way in which a value gets into text.
func TestSecretsDoNotPrint(t *testing.T) {
	const canary = "canary0123456789"
	secret := Secret(canary)
	key := newKey()
	s := sealer(t, key)
	cfg := Config{URL: secret, Keys: secret}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	log.Info("x", "secret", secret, "config", cfg, "sealer", s)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", secret, "config", cfg, "sealer", s)
	data, err := json.Marshal([]any{secret, cfg.URL, map[string]Secret{"k": secret}})
	must(t, err)
	out.Write(data)
	for _, v := range []any{secret, &secret, cfg, &cfg, []Secret{secret}, s, struct{ S *Sealer }{s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb, v)
		}
	}
	raw, _ := parseKey(string(key))
	for _, found := range []string{canary, hex.EncodeToString([]byte(canary)), string(key), hex.EncodeToString(raw), fmt.Sprint(raw)[1:40]} {
		if strings.Contains(out.String(), found) {
			t.Errorf("a secret is printed: %s", out.String())
		}
	}
}

// TestAddressDoesNotPrint: no error of opening holds the password.
func TestAddressDoesNotPrint(t *testing.T) {
	for _, url := range []string{
		"postgres://anna:canary0123@127.0.0.1:1/x", "postgres://anna:canary0123@[::1/x", "postgres://anna:canary 0123@host/x",
		"anna:canary0123@host", "postgres://anna:canary0123@127.0.0.1:1/x?sslmode=nonsense", "host=127.0.0.1 port=1 password=canary0123",
		"mysql://anna:canary0123@host/x",
	} {
		s, err := Open(t.Context(), Config{URL: Secret(url), Log: testLog(t)})
		if err == nil {
			s.Close()
			t.Fatal("it opened")
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("the error holds the password: %v", err)
		}
	}
}

// FuzzOpen: no bytes of a stranger open, and none do harm.
func FuzzOpen(f *testing.F) {
	s := sealer(f, newKey())
	f.Add([]byte{}, "a")
	f.Add([]byte{sealVersion}, "")
	f.Add(append(s.header(), make([]byte, 28)...), "a")
	f.Add(s.Seal([]byte("token"), "b"), "a")
	f.Fuzz(func(t *testing.T, sealed []byte, about string) {
		if data, err := s.Open(sealed, about); err == nil {
			t.Errorf("it opens to %q", data)
		}
	})
}
