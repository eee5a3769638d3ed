package fakediscord

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
)

// peer is a bare client of the gateway.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
}

func dialGateway(t *testing.T, s *Server, query string) *peer {
	t.Helper()
	d := websocket.Dialer{NetDialContext: func(ctx context.Context, n, a string) (net.Conn, error) { return s.Dial(ctx, n, a) }}
	ws, _, err := d.Dial("ws"+strings.TrimPrefix(s.base, "http")+"/?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ws.NetConn().Close() })
	return &peer{t, ws}
}

// read returns the next packet, or the close code it ended with.
func (p *peer) read() (op int, event string, seq int64, code int) {
	p.t.Helper()
	p.ws.SetReadDeadline(time.Now().Add(time.Minute))
	_, b, err := p.ws.ReadMessage()
	if e, ok := err.(*websocket.CloseError); ok {
		return 0, "", 0, e.Code
	} else if err != nil {
		return 0, "", 0, -1
	}
	var v struct {
		Op   int    `json:"op"`
		Type string `json:"t"`
		Seq  int64  `json:"s"`
	}
	if err := json.Unmarshal(b, &v); err != nil {
		p.t.Fatal(err)
	}
	return v.Op, v.Type, v.Seq, 0
}

func (p *peer) write(format string, args ...any) {
	p.ws.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, args...))
}

const identify = `{"op":2,"d":{"token":"Bot ` + Token + `","intents":4609,"properties":{}}}`

// TestGatewaySession walks through HELLO, IDENTIFY, READY, a cut and RESUME.
func TestGatewaySession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t, Memory())
		p := dialGateway(t, s, "v=10&encoding=json")
		if op, _, _, _ := p.read(); op != opHello {
			t.Fatalf("first packet has op %d", op)
		}
		p.write(identify)
		if _, event, seq, _ := p.read(); event != "READY" || seq != 1 {
			t.Fatalf("%s %d, want READY 1", event, seq)
		}
		p.write(`{"op":1,"d":1}`)
		if op, _, _, _ := p.read(); op != opHeartbeatAck {
			t.Errorf("a heartbeat is answered by op %d", op)
		}
		s.Dispatch("MESSAGE_CREATE", map[string]any{"id": "1"})
		if _, event, seq, _ := p.read(); event != "MESSAGE_CREATE" || seq != 2 {
			t.Errorf("%s %d", event, seq)
		}
		s.Cut()
		synctest.Wait()
		s.Dispatch("MESSAGE_CREATE", map[string]any{"id": "2"})
		s.Dispatch("MESSAGE_CREATE", map[string]any{"id": "3"})
		var id string
		for id = range s.sessions {
		}
		p = dialGateway(t, s, "v=10&encoding=json")
		p.read()
		p.write(`{"op":6,"d":{"token":"Bot %s","session_id":%q,"seq":2}}`, Token, id)
		for n, want := range []string{"MESSAGE_CREATE", "MESSAGE_CREATE", "RESUMED"} {
			if _, event, seq, _ := p.read(); event != want || seq != int64(n+3) {
				t.Errorf("replay: %s %d, want %s %d", event, seq, want, n+3)
			}
		}
		p.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Second))
		synctest.Wait()
		if len(s.sessions) != 0 {
			t.Error("the session survives a close with 1000")
		}
	})
}

// TestGatewayRefuses lists what ends a connection, with Discord's code.
func TestGatewayRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, query, packet string
		code                int
	}{
		{"old version", "v=9&encoding=json", "", 4012},
		{"wrong token", "v=10&encoding=json", `{"op":2,"d":{"token":"Bot x","intents":4609}}`, 4004},
		{"privileged intent", "v=10&encoding=json", strings.Replace(identify, "4609", "32768", 1), 4014},
		{"unknown intent", "v=10&encoding=json", strings.Replace(identify, "4609", "1073741824", 1), 4013},
		{"shard out of range", "v=10&encoding=json", strings.Replace(identify, `"properties"`, `"shard":[2,2],"properties"`, 1), 4010},
		{"not JSON", "v=10&encoding=json", "{", 4002},
		{"unknown op", "v=10&encoding=json", `{"op":77}`, 4001},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := New(t, Memory())
				p := dialGateway(t, s, tc.query)
				code := 0
				if tc.packet != "" {
					p.read()
					p.write("%s", tc.packet)
				}
				if _, _, _, code = p.read(); code != tc.code {
					t.Errorf("closed with %d, want %d", code, tc.code)
				}
				s.Problems()
			})
		})
	}
}

// TestRESTRefuses lists requests that the service would refuse: the fake does so
// and remembers why.
func TestRESTRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t, Memory())
		tr := &http.Transport{DialContext: s.Dial}
		defer tr.CloseIdleConnections()
		do := func(method, path, auth, body string) (status int) {
			t.Helper()
			r, _ := http.NewRequest(method, s.URL()+path, strings.NewReader(body))
			r.Header.Set("Authorization", auth)
			r.Header.Set("User-Agent", "DiscordBot (test, 1)")
			r.Header.Set("Content-Type", "application/json")
			res, err := (&http.Client{Transport: tr}).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			return res.StatusCode
		}
		i := s.NewInteraction(Interaction{})
		callback := "/interactions/" + i.ID + "/" + i.Token + "/callback"
		good := `{"type":4,"data":{"content":"a","allowed_mentions":{"parse":[]}}}`
		for _, tc := range []struct {
			name, method, path, auth, body string
			status, problems               int
		}{
			{"wrong token", "GET", "/users/@me", "Bot x", "", 401, 0},
			{"right token", "GET", "/users/@me", "Bot " + Token, "", 200, 0},
			{"unknown route", "GET", "/guilds/1", "Bot " + Token, "", 404, 1},
			{"a ping", "POST", callback, "", `{"type":4,"data":{"content":"a"}}`, 400, 1},
			{"first response", "POST", callback, "", good, 204, 0},
			{"second response", "POST", callback, "", good, 400, 0},
			{"unknown interaction", "POST", "/interactions/1/x/callback", "", good, 404, 0},
			{"unknown token", "POST", "/webhooks/1/x", "", `{"content":"a","allowed_mentions":{"parse":[]}}`, 401, 0},
		} {
			if got := do(tc.method, tc.path, tc.auth, tc.body); got != tc.status {
				t.Errorf("%s: status %d, want %d", tc.name, got, tc.status)
			}
			if got := s.Problems(); len(got) != tc.problems {
				t.Errorf("%s: problems %q, want %d", tc.name, got, tc.problems)
			}
		}
		<-time.After(responseWindow)
		late := s.NewInteraction(Interaction{})
		<-time.After(responseWindow + time.Second)
		if got := do("POST", "/interactions/"+late.ID+"/"+late.Token+"/callback", "", good); got != 404 {
			t.Errorf("a response after three seconds: %d", got)
		}
		<-time.After(tokenLife)
		if got := do("PATCH", "/webhooks/1/"+i.Token+"/messages/@original", "", `{"content":"a","allowed_mentions":{"parse":[]}}`); got != 401 {
			t.Errorf("an edit after the token's life: %d", got)
		}
		s.Problems()
	})
}
