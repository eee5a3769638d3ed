package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"careerbot/bot/bottest/fakeslack"
)

// memoryInstallations keeps installations in this process.
type memoryInstallations struct {
	mu    sync.Mutex
	byKey map[Workspace]Installation
	locks map[Workspace]chan struct{}
}

func newMemoryInstallations() *memoryInstallations {
	return &memoryInstallations{byKey: map[Workspace]Installation{}, locks: map[Workspace]chan struct{}{}}
}

func (m *memoryInstallations) Find(_ context.Context, w Workspace) (Installation, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	in, ok := m.byKey[w]
	if !ok {
		return Installation{}, fmt.Errorf("workspace: %w", ErrNotInstalled)
	}
	return in, nil
}

func (m *memoryInstallations) Save(_ context.Context, in Installation) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.byKey[in.Workspace] = in
	return nil
}

func (m *memoryInstallations) Delete(_ context.Context, w Workspace) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.byKey, w)
	return nil
}

func (m *memoryInstallations) Lock(ctx context.Context, w Workspace) (func(), error) {
	m.mu.Lock()
	if m.locks[w] == nil {
		m.locks[w] = make(chan struct{}, 1)
	}
	lock := m.locks[w]
	m.mu.Unlock()
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// shop is a rig whose workspaces install through OAuth.
type shop struct {
	*fakeslack.Server
	adapter *Adapter
	store   *memoryInstallations
	web     *httptest.Server
	browser *http.Client
	inlet   fakeslack.Inlet
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{Server: fakeslack.New(t), store: newMemoryInstallations()}
	a, err := New(Config{
		SigningSecret: fakeslack.SigningSecret, ClientID: fakeslack.ClientID, ClientSecret: fakeslack.ClientSecret,
		Installations: s.store, APIURL: s.URL(), RedirectURL: "https://bot.example/slack/oauth/callback",
	}, &fakeAsker{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.adapter = a
	s.web = httptest.NewTLSServer(a.Handler())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	s.browser = s.newBrowser()
	s.inlet = fakeslack.Inlet{URL: s.web.URL, Secret: fakeslack.SigningSecret, Client: s.browser}
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		s.web.Close()
	})
	s.Await("the adapter to run", func() bool { return a.Ready() == nil })
	return s
}

// newBrowser keeps cookies and does not follow redirects.
func (s *shop) newBrowser() *http.Client {
	jar, _ := cookiejar.New(nil)
	c := s.web.Client()
	return &http.Client{Transport: c.Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// install starts an installation and returns the state.
func (s *shop) install(t *testing.T, b *http.Client) url.Values {
	t.Helper()
	resp, err := b.Get(s.web.URL + "/slack/install")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	to, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusFound || !strings.HasSuffix(to.Path, "/oauth/v2/authorize") {
		t.Fatalf("status %d, to %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	return to.Query()
}

func (s *shop) callback(t *testing.T, b *http.Client, q url.Values) int {
	t.Helper()
	resp, err := b.Get(s.web.URL + "/slack/oauth/callback?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestInstall(t *testing.T) {
	s := openShop(t)
	q := s.install(t, s.browser)
	if q.Get("scope") != "commands,chat:write,app_mentions:read,im:history" || q.Get("client_id") != fakeslack.ClientID {
		t.Errorf("asks for %v", q)
	}
	code := s.OAuthCode(fakeslack.Installed{Team: fakeslack.Team})
	back := url.Values{"state": {q.Get("state")}, "code": {code}}
	if got := s.callback(t, s.browser, back); got != http.StatusOK {
		t.Fatalf("status %d", got)
	}
	in, err := s.store.Find(t.Context(), Workspace{Team: fakeslack.Team})
	if err != nil || in.BotToken == "" || in.BotUser != fakeslack.BotUser || !in.ExpiresAt.IsZero() {
		t.Fatalf("stored %+v, %v", in, err)
	}
	if res, err := s.inlet.Event(t.Context(), s.Mention("C1", "", "U1", "pay").JSON(), 0); err != nil || res.Status != 200 {
		t.Fatal(res.Status, err)
	}
	s.Await("an answer", func() bool { return len(s.Sent()) == 1 })
	if got := s.Calls("chat.postMessage")[0].Token; got != string(in.BotToken) {
		t.Error("answered with another token")
	}

	// Slack tells a removal twice, in any order.
	for _, gone := range []map[string]any{{"type": "tokens_revoked", "tokens": map[string]any{"bot": []string{"U1"}}}, {"type": "app_uninstalled"}} {
		if res, err := s.inlet.Event(t.Context(), s.Event(gone).JSON(), 0); err != nil || res.Status != 200 {
			t.Error(res.Status, err)
		}
	}
	s.Await("the installation to be gone", func() bool {
		_, err := s.store.Find(context.Background(), in.Workspace)
		return errors.Is(err, ErrNotInstalled)
	})
}

func TestPersonsTokenRevokedKeepsTheBot(t *testing.T) {
	s := openShop(t)
	w := Workspace{Team: fakeslack.Team}
	s.store.Save(t.Context(), Installation{Workspace: w, BotToken: fakeslack.BotToken})
	s.inlet.Event(t.Context(), s.Event(map[string]any{"type": "tokens_revoked", "tokens": map[string]any{"oauth": []string{"U1"}}}).JSON(), 0)
	s.inlet.Event(t.Context(), s.Mention("C1", "", "U1", "pay").JSON(), 0)
	s.Await("an answer", func() bool { return len(s.Sent()) == 1 })
	if _, err := s.store.Find(t.Context(), w); err != nil {
		t.Error(err)
	}
}

func TestInstallRefusals(t *testing.T) {
	s := openShop(t)
	code := func() string { return s.OAuthCode(fakeslack.Installed{Team: fakeslack.Team}) }
	q := s.install(t, s.browser)
	state := q.Get("state")
	for _, tc := range []struct {
		name    string
		browser *http.Client
		q       url.Values
		want    int
	}{
		{"no state", s.browser, url.Values{"code": {code()}}, 400},
		{"another browser", s.newBrowser(), url.Values{"code": {code()}, "state": {state}}, 400},
		{"forged state", s.browser, url.Values{"code": {code()}, "state": {state[:len(state)-2] + "AA"}}, 400},
	} {
		if got := s.callback(t, tc.browser, tc.q); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
	state = s.install(t, s.browser).Get("state") // the refusals took the cookie
	denied := url.Values{"error": {"access_denied"}, "state": {state}}
	if got := s.callback(t, s.browser, denied); got != http.StatusOK {
		t.Errorf("denied: %d", got)
	}
	state = s.install(t, s.browser).Get("state")
	if got := s.callback(t, s.browser, url.Values{"code": {"wrong"}, "state": {state}}); got != http.StatusBadGateway {
		t.Errorf("wrong code: %d", got)
	}

	o := s.adapter.oauth
	old := *o
	old.now = func() time.Time { return time.Now().Add(-stateLife - time.Minute) }
	if o.goodState(old.newState()) {
		t.Error("an old state is taken")
	}
	fresh := o.newState()
	if !o.goodState(fresh) || !o.spend(t.Context(), fresh) || o.spend(t.Context(), fresh) {
		t.Error("a state is good once")
	}
	if n := len(s.store.byKey); n != 0 {
		t.Errorf("%d installations", n)
	}
}

func TestOrganizationInstall(t *testing.T) {
	s := openShop(t)
	state := s.install(t, s.browser).Get("state")
	code := s.OAuthCode(fakeslack.Installed{Enterprise: "E1"})
	if got := s.callback(t, s.browser, url.Values{"state": {state}, "code": {code}}); got != 200 {
		t.Fatal(got)
	}
	p := s.Mention("C1", "", "U1", "pay")
	p["enterprise_id"], p["team_id"] = "E1", "T777"
	delete(p, "authorizations") // not every payload says that it comes org-wide
	s.inlet.Event(t.Context(), p.JSON(), 0)
	s.Await("an answer", func() bool { return len(s.Sent()) == 1 })
	gone := s.Event(map[string]any{"type": "app_uninstalled"})
	gone["enterprise_id"] = "E1"
	delete(gone, "team_id")
	delete(gone, "authorizations")
	s.inlet.Event(t.Context(), gone.JSON(), 0)
	s.Await("the installation to be gone", func() bool {
		_, err := s.store.Find(context.Background(), Workspace{Enterprise: "E1"})
		return err != nil
	})
}

func TestTokensAreRenewedOnce(t *testing.T) {
	s := openShop(t)
	state := s.install(t, s.browser).Get("state")
	code := s.OAuthCode(fakeslack.Installed{Team: fakeslack.Team, RefreshToken: "rotates", ExpiresIn: 43200})
	if got := s.callback(t, s.browser, url.Values{"state": {state}, "code": {code}}); got != 200 {
		t.Fatal(got)
	}
	w := Workspace{Team: fakeslack.Team}
	in, _ := s.store.Find(t.Context(), w)
	in.ExpiresAt = time.Now().Add(time.Hour) // less than two hours to go
	s.store.Save(t.Context(), in)
	s.Forget()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.adapter.tokens.find(t.Context(), &inbound{team: fakeslack.Team}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(s.Calls("oauth.v2.access")); n != 1 {
		t.Errorf("renewed %d times", n)
	}
	now, _ := s.store.Find(t.Context(), w)
	if now.BotToken == in.BotToken || now.RefreshToken == in.RefreshToken || time.Until(now.ExpiresAt) < 11*time.Hour {
		t.Error("nothing new is stored")
	}

	// A renewal that fails costs nothing while the old token lives.
	now.ExpiresAt = time.Now().Add(time.Minute)
	s.store.Save(t.Context(), now)
	s.Script("oauth.v2.access", fakeslack.Reply{Error: "fatal_error"}, fakeslack.Reply{Error: "fatal_error"})
	if tok, err := s.adapter.tokens.find(t.Context(), &inbound{team: fakeslack.Team}); err != nil || tok != now.BotToken {
		t.Errorf("while it lives: %v", err)
	}
	now.ExpiresAt = time.Now().Add(-time.Minute)
	s.store.Save(t.Context(), now)
	if _, err := s.adapter.tokens.find(t.Context(), &inbound{team: fakeslack.Team}); err == nil {
		t.Error("an expired token is used")
	}
}

func TestUnknownWorkspaceIsAcknowledged(t *testing.T) {
	s := openShop(t)
	res, tries, err := s.inlet.Deliver(t.Context(), s.Mention("C1", "", "U1", "pay").JSON(), []time.Duration{0, 0, 0})
	if err != nil || res.Status != 200 || tries != 1 {
		t.Errorf("%d after %d tries, %v", res.Status, tries, err)
	}
}
