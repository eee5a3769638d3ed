package store

import (
	"fmt"
	"io"
	"log/slog"
)

// A Secret is a key or an address with a password. It prints as "<redacted>" in
// every format, log and encoding; convert it to a string to use it.
type Secret string

const redacted = "<redacted>"

// Format implements [fmt.Formatter], so that no verb prints the value.
func (Secret) Format(w fmt.State, _ rune) { io.WriteString(w, redacted) }

// MarshalText implements [encoding.TextMarshaler], which JSON uses too.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue implements [slog.LogValuer].
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
