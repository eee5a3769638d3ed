package slack

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ErrNotInstalled is what [Installations.Find] returns for a workspace that has
// not installed the app.
var ErrNotInstalled = errors.New("slack: app not installed there")

// A Workspace names an installation: Team for one workspace, Enterprise alone for
// an organization as a whole. One of the two is set.
type Workspace struct {
	Enterprise string
	Team       string
}

// An Installation is what Slack hands out when somebody installs the app.
type Installation struct {
	Workspace
	BotToken     Secret
	BotUser      string
	InstalledBy  string    // user id of who installed the app
	Scope        string    // as granted, separated by commas
	RefreshToken Secret    // "" unless tokens rotate
	ExpiresAt    time.Time // of the bot token; zero when it does not expire
}

// Installations keeps who installed the app. It is shared by every replica, and
// tokens are encrypted at rest.
type Installations interface {
	// Find returns the installation, or an error wrapping [ErrNotInstalled].
	Find(ctx context.Context, w Workspace) (Installation, error)
	// Save stores the installation in place of the workspace's earlier one.
	Save(ctx context.Context, in Installation) error
	// Delete forgets the workspace; one that is unknown is no error.
	Delete(ctx context.Context, w Workspace) error
	// Lock lets one caller at a time renew the workspace's tokens, over all
	// replicas. unlock must be called once.
	Lock(ctx context.Context, w Workspace) (unlock func(), err error)
}

// installation names the workspace whose token answers the payload.
func (in *inbound) installation() Workspace {
	if in.orgWide || in.team == "" {
		return Workspace{Enterprise: in.enterprise}
	}
	return Workspace{Team: in.team}
}

// renewBefore is how long before its end a token is renewed.
const renewBefore = 2 * time.Hour

// tokens finds the bot token for a payload.
type tokens struct {
	fixed  Secret // of the one workspace the bot serves, "" with installations
	store  Installations
	cfg    *Config
	client *client
	now    func() time.Time
}

// find returns the token to answer a payload with.
func (t *tokens) find(ctx context.Context, in *inbound) (Secret, error) {
	if t.fixed != "" {
		return t.fixed, nil
	}
	found, err := t.installation(ctx, in)
	if err != nil {
		return "", err
	}
	if !t.expiring(&found) {
		return found.BotToken, nil
	}
	return t.renew(ctx, found)
}

// installation finds what a payload belongs to.
func (t *tokens) installation(ctx context.Context, in *inbound) (Installation, error) {
	w := in.installation()
	found, err := t.store.Find(ctx, w)
	if errors.Is(err, ErrNotInstalled) && w.Team != "" && in.enterprise != "" {
		// Not every payload says that it comes by an organization's installation.
		found, err = t.store.Find(ctx, Workspace{Enterprise: in.enterprise})
	}
	if err != nil {
		return Installation{}, fmt.Errorf("installation of %q: %w", first(in.team, in.enterprise), err)
	}
	return found, nil
}

func (t *tokens) expiring(in *Installation) bool {
	return in.RefreshToken != "" && !in.ExpiresAt.IsZero() && in.ExpiresAt.Sub(t.now()) < renewBefore
}

// renew exchanges the refresh token, which is good for one use: under the lock
// one replica does it and the others find the result. While the old token still
// lives, a failed renewal costs nothing.
func (t *tokens) renew(ctx context.Context, old Installation) (Secret, error) {
	token, err := t.exchange(ctx, old)
	if err != nil && old.ExpiresAt.After(t.now()) {
		return old.BotToken, nil
	}
	return token, err
}

func (t *tokens) exchange(ctx context.Context, old Installation) (Secret, error) {
	unlock, err := t.store.Lock(ctx, old.Workspace)
	if err != nil {
		return "", fmt.Errorf("lock of an installation: %w", err)
	}
	defer unlock()
	now, err := t.store.Find(ctx, old.Workspace)
	if err != nil {
		return "", fmt.Errorf("installation: %w", err)
	}
	if !t.expiring(&now) {
		return now.BotToken, nil // somebody else did it
	}
	fresh, err := t.access(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {string(now.RefreshToken)}})
	if err != nil {
		return "", err
	}
	fresh.Workspace, fresh.InstalledBy = now.Workspace, now.InstalledBy
	if err := t.store.Save(ctx, fresh); err != nil {
		return "", fmt.Errorf("renewed installation: %w", err)
	}
	return fresh.BotToken, nil
}

// access calls oauth.v2.access.
func (t *tokens) access(ctx context.Context, args url.Values) (Installation, error) {
	var a struct {
		AccessToken         string  `json:"access_token"`
		RefreshToken        string  `json:"refresh_token"`
		ExpiresIn           int64   `json:"expires_in"`
		Scope               string  `json:"scope"`
		BotUserID           string  `json:"bot_user_id"`
		Team                ref     `json:"team"`
		AuthedUser          ref     `json:"authed_user"`
		Enterprise          ref     `json:"enterprise"`
		IsEnterpriseInstall boolean `json:"is_enterprise_install"`
	}
	if err := t.client.form(ctx, "oauth.v2.access", t.cfg.ClientID, t.cfg.ClientSecret, args, &a); err != nil {
		return Installation{}, err
	}
	in := Installation{
		Workspace: Workspace{Team: string(a.Team)}, BotToken: Secret(a.AccessToken), BotUser: a.BotUserID, InstalledBy: string(a.AuthedUser),
		Scope: a.Scope, RefreshToken: Secret(a.RefreshToken),
	}
	if a.IsEnterpriseInstall {
		in.Workspace = Workspace{Enterprise: string(a.Enterprise)}
	}
	if a.ExpiresIn > 0 {
		in.ExpiresAt = t.now().Add(time.Duration(a.ExpiresIn) * time.Second)
	}
	if in.BotToken == "" || in.Workspace == (Workspace{}) {
		return Installation{}, errors.New("slack oauth.v2.access: answer without a bot token or workspace")
	}
	return in, nil
}

const (
	stateLife   = 10 * time.Minute
	stateCookie = "careerbot_slack_state"
)

// oauth serves the pages of an installation.
type oauth struct {
	cfg    *Config
	tokens *tokens
	ledger *ledger
	log    *slog.Logger
	now    func() time.Time
}

func newOAuth(a *Adapter) *oauth {
	return &oauth{cfg: &a.cfg, tokens: &a.tokens, ledger: a.ledger, log: a.log, now: a.now}
}

// newState returns a random value that carries its time and our signature, so
// that any replica can check it.
func (o *oauth) newState() string {
	raw := make([]byte, 8+16)
	binary.BigEndian.PutUint64(raw, uint64(o.now().Unix()))
	rand.Read(raw[8:]) // never fails
	return base64.RawURLEncoding.EncodeToString(o.sign(raw))
}

// sign appends the signature.
func (o *oauth) sign(raw []byte) []byte {
	mac := hmac.New(sha256.New, []byte(o.cfg.ClientSecret))
	mac.Write([]byte("slack oauth state"))
	mac.Write(raw)
	return mac.Sum(raw[:len(raw):len(raw)])
}

// goodState reports whether a state is ours and young.
func (o *oauth) goodState(s string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) != 8+16+sha256.Size || !hmac.Equal(o.sign(raw[:24]), raw) {
		return false
	}
	age := o.now().Unix() - int64(binary.BigEndian.Uint64(raw))
	return age >= -60 && age <= int64(stateLife/time.Second)
}

// install sends the browser to Slack.
func (o *oauth) install(w http.ResponseWriter, r *http.Request) {
	state := o.newState()
	http.SetCookie(w, &http.Cookie{
		Name: stateCookie, Value: state, Path: "/slack/", MaxAge: int(stateLife / time.Second),
		HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	})
	q := url.Values{"client_id": {o.cfg.ClientID}, "scope": {strings.Join(scopes, ",")}, "state": {state}}
	if o.cfg.RedirectURL != "" {
		q.Set("redirect_uri", o.cfg.RedirectURL)
	}
	base := strings.TrimSuffix(strings.TrimSuffix(o.cfg.APIURL, "/"), "/api")
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, base+"/oauth/v2/authorize?"+q.Encode(), http.StatusFound)
}

// callback finishes an installation. The state must be ours, young, the one of
// this browser, and not used before.
func (o *oauth) callback(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Path: "/slack/", MaxAge: -1, HttpOnly: true, Secure: true})
	q := r.URL.Query()
	state := q.Get("state")
	cookie, err := r.Cookie(stateCookie)
	if err != nil || !hmac.Equal([]byte(cookie.Value), []byte(state)) || !o.goodState(state) {
		page(w, http.StatusBadRequest, "This installation link is too old or was opened in another browser. Please start again at /slack/install.")
		return
	}
	if !o.spend(r.Context(), state) {
		page(w, http.StatusBadRequest, "This installation link was used before. Please start again at /slack/install.")
		return
	}
	if q.Get("error") != "" || q.Get("code") == "" {
		page(w, http.StatusOK, "Nothing was installed.")
		return
	}
	args := url.Values{"code": {q.Get("code")}}
	if o.cfg.RedirectURL != "" {
		args.Set("redirect_uri", o.cfg.RedirectURL)
	}
	in, err := o.tokens.access(r.Context(), args)
	if err == nil {
		err = o.tokens.store.Save(r.Context(), in)
	}
	if err != nil {
		o.log.Error("slack: installation not finished", "err", err)
		page(w, http.StatusBadGateway, "Slack did not confirm the installation. Please start again at /slack/install.")
		return
	}
	o.log.Info("slack: app installed", "team", in.Team, "enterprise", in.Enterprise)
	page(w, http.StatusOK, "Installed. In Slack, type /career and a question.")
}

// spend uses a state up, on every replica when the store is there.
func (o *oauth) spend(ctx context.Context, state string) bool {
	once := claim{key: "oauth/" + state}
	v := o.ledger.claim(ctx, once)
	if v == unsure {
		o.ledger.settle(ctx, once, v, final)
	}
	return v == fresh || v == unsure
}

// page answers a browser in one sentence.
func page(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	io.WriteString(w, text+"\n")
}
