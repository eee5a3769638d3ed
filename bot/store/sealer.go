package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"careerbot/bot"
)

// A Sealer encrypts what must not be read from the database, with AES-256-GCM.
//
// What it seals is, in bytes: 1 version, 4 key id, 12 nonce, the ciphertext, 16
// tag. The id is derived from the key, so operators name none, and tells which
// key opens it: the first key seals, every key opens. It is bound to what it is
// about, so that a row copied over another does not open.
//
// A Sealer prints as "<redacted>".
type Sealer struct{ keys []sealKey }

type sealKey struct {
	id   [sealIDSize]byte
	aead cipher.AEAD
}

const (
	sealVersion = 1
	sealIDSize  = 4
	sealHeader  = 1 + sealIDSize
	sealKeySize = 32
)

// keyHelp is what the operator is told about a key that is none.
const keyHelp = "should be a key of 32 bytes in base64 or hex, as `openssl rand -base64 32` makes it; to change it, put the new one in front of the old one with a comma between"

// NewSealer reads keys, newest first, separated by commas. The error wraps
// [bot.ErrSettings] and holds nothing of them.
func NewSealer(keys Secret) (*Sealer, error) {
	s := &Sealer{}
	for text := range strings.SplitSeq(string(keys), ",") {
		raw, ok := parseKey(strings.TrimSpace(text))
		if !ok {
			return nil, fmt.Errorf("CAREERBOT_SECRET_KEY: key %d %s: %w", len(s.keys)+1, keyHelp, bot.ErrSettings)
		}
		k, err := newSealKey(raw)
		if err != nil {
			return nil, fmt.Errorf("key of the sealer: %w", err)
		}
		s.keys = append(s.keys, k)
	}
	return s, nil
}

func parseKey(text string) ([]byte, bool) {
	if raw, err := hex.DecodeString(text); err == nil {
		return raw, len(raw) == sealKeySize
	}
	text = strings.TrimRight(text, "=")
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if raw, err := enc.DecodeString(text); err == nil && len(raw) == sealKeySize {
			return raw, true
		}
	}
	return nil, false
}

// newSealKey derives the key's id and its cipher apart from each other, so that
// the id tells nothing about the cipher's key.
func newSealKey(raw []byte) (k sealKey, err error) {
	id, err := hkdf.Key(sha256.New, raw, nil, "careerbot key id", sealIDSize)
	if err != nil {
		return k, err
	}
	copy(k.id[:], id)
	secret, err := hkdf.Key(sha256.New, raw, nil, "careerbot seal 1", sealKeySize)
	if err != nil {
		return k, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return k, err
	}
	k.aead, err = cipher.NewGCMWithRandomNonce(block)
	return k, err
}

// header starts everything that the newest key sealed.
func (s *Sealer) header() []byte {
	return append([]byte{sealVersion}, s.keys[0].id[:]...)
}

// Seal encrypts data that is about the named thing.
func (s *Sealer) Seal(data []byte, about string) []byte {
	head := s.header()
	return s.keys[0].aead.Seal(head, nil, data, extra(head, about))
}

// Open decrypts what Seal made, for the same thing. The error wraps
// [bot.ErrSettings] when the key it was sealed with is not among the keys.
func (s *Sealer) Open(sealed []byte, about string) ([]byte, error) {
	if len(sealed) < sealHeader || sealed[0] != sealVersion {
		return nil, errors.New("sealed data is damaged or of another version")
	}
	head := sealed[:sealHeader]
	i := slices.IndexFunc(s.keys, func(k sealKey) bool { return string(k.id[:]) == string(head[1:]) })
	if i < 0 {
		return nil, fmt.Errorf("CAREERBOT_SECRET_KEY lacks the key %x that some data was sealed with; put it behind the others: %w", head[1:], bot.ErrSettings)
	}
	data, err := s.keys[i].aead.Open(nil, nil, sealed[sealHeader:], extra(head, about))
	if err != nil {
		return nil, errors.New("sealed data is damaged or belongs elsewhere")
	}
	return data, nil
}

// extra is what is authenticated beside the data.
func extra(head []byte, about string) []byte {
	return append(slices.Clone(head), about...)
}

// Format implements [fmt.Formatter].
func (*Sealer) Format(w fmt.State, _ rune) { io.WriteString(w, redacted) }

// localKey is the file of the key that is used when the operator set none.
const localKey = "careerbot.key"

// localSealer returns a sealer with the state folder's own key, made on first
// use. It keeps what is sealed out of copies of the database alone; tokens of
// installations ask for the operator's key.
func localSealer(dir string) (*Sealer, error) {
	path := filepath.Join(dir, localKey)
	for {
		text, err := os.ReadFile(path)
		if err == nil {
			s, err := NewSealer(Secret(text))
			if err != nil {
				return nil, fmt.Errorf("the key file %s is damaged: %w", path, ErrUnusable)
			}
			return s, nil
		}
		if errors.Is(err, os.ErrPermission) {
			return nil, fmt.Errorf("CAREERBOT_STATE: %w; the user that runs careerbot must own it: %w", err, bot.ErrSettings)
		}
		if !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("key file: %w", err)
		}
		if err := makeLocalKey(path); err != nil {
			return nil, fmt.Errorf("key file: %w", err)
		}
	}
}

// makeLocalKey writes a new key whole and durable or not at all, and leaves one
// that another process made meanwhile alone.
func makeLocalKey(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), localKey+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	key := make([]byte, sealKeySize)
	rand.Read(key) // never fails
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}
