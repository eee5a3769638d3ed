package discord

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"careerbot/bot"
)

// Secret is a setting that must not be seen. Every verb of package fmt, every
// encoder and package log/slog print it as <redacted>.
type Secret string

const redacted = "<redacted>"

// String returns "<redacted>".
func (Secret) String() string { return redacted }

// Format prints "<redacted>" under every verb.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// MarshalText returns "<redacted>".
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue returns "<redacted>".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// DefaultAPI is the base address unless DISCORD_API_URL says otherwise.
const DefaultAPI = "https://discord.com/api/v10"

// Config is what an [Adapter] is made from. The fields' comments name the
// settings they come from.
type Config struct {
	Token         Secret // DISCORD_TOKEN: the bot's token; "" serves HTTP interactions only
	PublicKey     string // DISCORD_PUBLIC_KEY: 64 hex digits; "" takes interactions over the gateway
	ApplicationID string // DISCORD_APPLICATION_ID: learned from the gateway when ""
	API           string // DISCORD_API_URL: base address, default [DefaultAPI]

	// NoGateway serves HTTP interactions only, although a token is there for
	// registering commands. Mentions and direct messages need the gateway.
	NoGateway bool
	// Plain sends content and an embed instead of Components V2.
	Plain bool
	// Public makes replies to slash commands in servers visible to everyone.
	Public bool
	// Shards is the number of shards and FirstShard, LastShard the range this
	// process runs; 0 shards means as many as Discord recommends, all of them here.
	Shards, FirstShard, LastShard int

	// MessageContent asks for the privileged intent of that name, so that a forum's
	// posts are read whole and not by their titles only: DISCORD_MESSAGE_CONTENT.
	// It must be switched on in the developer portal too.
	MessageContent bool

	// Preferences are what the managers of servers decide; nil leaves out /career settings.
	Preferences *bot.PreferenceBook
	// Feedback takes verdicts on answers; nil leaves their buttons out.
	Feedback *bot.FeedbackDesk
	// Mentors takes questions for people; nil leaves "Ask a person" out.
	Mentors *bot.MentorDesk
	// People shows and deletes what is tied to a person; nil leaves that out of /career privacy.
	People bot.People
	// Popular puts what is asked most first where nothing is typed yet; nil leaves the content's order.
	Popular *bot.Popular
	// Translations are the commands' names and descriptions in other languages, by
	// Discord's code of the language and the English text; see [Translations].
	Translations Translations
	// Drawer makes charts of answers visible; nil leaves them out.
	Drawer bot.Drawer
	// Inbox keeps what was received until it is answered; nil when a killed process may forget.
	Inbox bot.Inbox
	// Leases keep other processes from this one's shards; nil when there are none.
	Leases bot.Leases

	// Dial opens connections, default a [net.Dialer]. Tests keep them in memory.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLS is for connections to an https address, default the system's authorities.
	TLS *tls.Config
	// Proxy chooses a proxy, default the environment's.
	Proxy func(*http.Request) (*url.URL, error)
}

// settings is a Config after validation.
type settings struct {
	Config
	api *url.URL
	key ed25519.PublicKey
}

// validate returns the usable settings, or an error that wraps
// [bot.ErrSettings], names the setting and says what it should look like.
func (c Config) validate() (settings, error) {
	s := settings{Config: c}
	var err error
	if s.Token, err = checkToken(c.Token); err != nil {
		return s, err
	}
	if c.PublicKey != "" {
		key, err := hex.DecodeString(strings.TrimSpace(c.PublicKey))
		if err != nil || len(key) != ed25519.PublicKeySize {
			return s, bad("DISCORD_PUBLIC_KEY", "must be the application's public key: 64 hex digits, from the page General Information of the developer portal")
		}
		s.key = key
	}
	if s.Token == "" && s.key == nil {
		return s, bad("DISCORD_TOKEN", "is not set: give the bot's token (page Bot of the developer portal), or DISCORD_PUBLIC_KEY to serve interactions over HTTP")
	}
	if c.NoGateway && s.key == nil {
		return s, bad("DISCORD_PUBLIC_KEY", "is not set, and without the gateway interactions can only come over HTTP: give 64 hex digits")
	}
	s.ApplicationID = strings.TrimSpace(c.ApplicationID)
	if s.ApplicationID != "" && !isSnowflake(s.ApplicationID) {
		return s, bad("DISCORD_APPLICATION_ID", "must be the application's id: 17 to 20 digits")
	}
	if s.api, err = checkAPI(c.API); err != nil {
		return s, err
	}
	if c.Shards < 0 || c.FirstShard < 0 || c.LastShard < c.FirstShard || c.Shards > 0 && c.LastShard >= c.Shards || c.Shards == 0 && c.LastShard > 0 {
		return s, bad("shards", "must be a count and a range within it, counted from 0")
	}
	if problems := c.Translations.check(); len(problems) > 0 {
		return s, bad("translations", "are not as Discord takes them: "+strings.Join(problems, "; "))
	}
	if s.TLS == nil {
		s.TLS = &tls.Config{}
	}
	if s.Proxy == nil {
		s.Proxy = http.ProxyFromEnvironment
	}
	if s.Dial == nil {
		s.Dial = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	}
	return s, nil
}

func bad(setting, what string) error { return fmt.Errorf("%s %s: %w", setting, what, bot.ErrSettings) }

// checkToken accepts a token with or without the word Bot before it.
func checkToken(t Secret) (Secret, error) {
	text := strings.TrimSpace(string(t))
	text = strings.TrimSpace(strings.TrimPrefix(text, "Bot "))
	if text == "" {
		return "", nil
	}
	if strings.Count(text, ".") != 2 || len(text) < 20 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", bad("DISCORD_TOKEN", "must be the bot's token: three parts with dots between them, from the page Bot of the developer portal")
	}
	return Secret(text), nil
}

func checkAPI(text string) (*url.URL, error) {
	if text == "" {
		text = DefaultAPI
	}
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return nil, bad("DISCORD_API_URL", "must be an address such as "+DefaultAPI)
	}
	return u, nil
}

// isSnowflake tells whether the text is an id of Discord's.
func isSnowflake(s string) bool {
	if len(s) == 0 || len(s) > 20 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
