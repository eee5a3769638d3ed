package fakeslack

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// maxAck is the size from which Slack drops an acknowledgement without a word.
const maxAck = 20 << 10

// A link is one WebSocket of a bot.
type link struct {
	ws *websocket.Conn
	mu sync.Mutex // writes
}

// A Delivery is a payload on its way over Socket Mode.
type Delivery struct {
	kind    string // of the envelope
	inner   string // type of the payload
	payload json.RawMessage
	acked   chan struct{}

	mu       sync.Mutex
	attempts int
	took     time.Duration
	ack      json.RawMessage
}

// Acked is closed once the bot has acknowledged.
func (d *Delivery) Acked() <-chan struct{} { return d.acked }

// Attempts is how often the payload was sent.
func (d *Delivery) Attempts() int { d.mu.Lock(); defer d.mu.Unlock(); return d.attempts }

// Took is how long the acknowledged attempt waited for its acknowledgement.
func (d *Delivery) Took() time.Duration { d.mu.Lock(); defer d.mu.Unlock(); return d.took }

// Ack is the payload of the acknowledgement, nil when it had none.
func (d *Delivery) Ack() json.RawMessage { d.mu.Lock(); defer d.mu.Unlock(); return d.ack }

// An attempt is one envelope of a delivery.
type attempt struct {
	d    *Delivery
	sent time.Time
}

// ticket issues the address of a link, good once.
func (s *Server) ticket() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := fmt.Sprintf("ticket%d", s.next())
	s.tickets[t] = true
	return "ws" + strings.TrimPrefix(s.http.URL, "http") + "/link?ticket=" + t + "&app_id=" + AppID
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

func (s *Server) serveLink(w http.ResponseWriter, r *http.Request) {
	t := r.URL.Query().Get("ticket")
	s.mu.Lock()
	good := s.tickets[t]
	delete(s.tickets, t)
	s.mu.Unlock()
	if !good {
		http.Error(w, "bad ticket", http.StatusForbidden)
		return
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	l := &link{ws: ws}
	s.mu.Lock()
	if s.ctx.Err() != nil { // closing: nobody would close this one
		s.mu.Unlock()
		ws.Close()
		return
	}
	n := len(s.links) + 1
	s.wg.Add(2)
	s.mu.Unlock()
	go s.ping(l)
	defer s.wg.Done()
	l.write(map[string]any{
		"type": "hello", "num_connections": n, "connection_info": map[string]any{"app_id": AppID},
		"debug_info": map[string]any{"host": "applink-fake", "build_number": 1, "approximate_connection_time": 18060},
	})
	s.mu.Lock()
	s.links = append(s.links, l)
	s.opened++
	s.change()
	s.mu.Unlock()
	s.read(l)
}

func (l *link) write(v any) error {
	raw, ok := v.(json.RawMessage)
	if !ok {
		raw, _ = json.Marshal(v)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	err := l.ws.WriteMessage(websocket.TextMessage, raw)
	if err != nil {
		l.ws.Close() // what follows would fail too; read takes it off the list
	}
	return err
}

func (s *Server) ping(l *link) {
	defer s.wg.Done()
	tick := time.NewTicker(s.PingEvery)
	defer tick.Stop()
	for {
		if l.ws.WriteControl(websocket.PingMessage, []byte("Ping from fake"), time.Now().Add(time.Second)) != nil {
			return
		}
		select {
		case <-tick.C:
		case <-s.ctx.Done():
			return
		}
	}
}

// read takes acknowledgements until the link ends.
func (s *Server) read(l *link) {
	defer func() {
		l.ws.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, o := range s.links {
			if o == l {
				s.links = append(s.links[:i:i], s.links[i+1:]...)
			}
		}
		s.change()
	}()
	for {
		_, raw, err := l.ws.ReadMessage()
		if err != nil {
			return
		}
		s.acknowledge(raw)
	}
}

func (s *Server) acknowledge(raw []byte) {
	var ack struct {
		EnvelopeID string          `json:"envelope_id"`
		Payload    json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(raw, &ack); err != nil {
		s.problem("socket: acknowledgement is no JSON: %v", err)
		return
	}
	if len(raw) >= maxAck {
		s.problem("socket: acknowledgement of %d bytes is dropped", len(raw))
		return
	}
	s.mu.Lock()
	at, ok := s.waiting[ack.EnvelopeID]
	delete(s.waiting, ack.EnvelopeID)
	s.mu.Unlock()
	if !ok {
		s.problem("socket: acknowledgement of unknown envelope %q", ack.EnvelopeID)
		return
	}
	if string(ack.Payload) == "null" {
		ack.Payload = nil
	}
	if err := s.CheckReply(at.d.answers(), ack.Payload); err != nil {
		s.problem("socket: acknowledgement of %s %s: %v", at.d.kind, at.d.inner, err)
	}
	at.d.mu.Lock()
	select {
	case <-at.d.acked: // an earlier envelope of a delivery that was made again
	default:
		at.d.ack, at.d.took = ack.Payload, time.Since(at.sent)
		close(at.d.acked)
	}
	at.d.mu.Unlock()
	s.mu.Lock()
	s.change()
	s.mu.Unlock()
}

// answers names the kind of reply the delivery takes.
func (d *Delivery) answers() string {
	switch {
	case d.kind == "slash_commands":
		return "message"
	case d.inner == "view_submission":
		return "view_response"
	case d.inner == "block_suggestion":
		return "options_response"
	}
	return "nothing"
}

// Links is the number of open links.
func (s *Server) Links() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.links)
}

// Opened is the number of links ever opened.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Disconnect tells every link to go, with a reason such as "warning",
// "refresh_requested", "too_many_websockets" or "link_disabled".
func (s *Server) Disconnect(reason string) {
	s.Frame(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-fake"}})
}

// DisconnectOne does so for the oldest link only.
func (s *Server) DisconnectOne(reason string) {
	s.mu.Lock()
	links := s.links
	s.mu.Unlock()
	if len(links) > 0 {
		links[0].write(map[string]any{"type": "disconnect", "reason": reason})
	}
}

// Drop cuts every link without a word.
func (s *Server) Drop() {
	s.mu.Lock()
	links := append([]*link(nil), s.links...)
	s.mu.Unlock()
	for _, l := range links {
		l.ws.NetConn().Close()
	}
}

// Frame writes a frame to every link: a value to marshal, or a
// [json.RawMessage] as it is.
func (s *Server) Frame(v any) {
	s.mu.Lock()
	links := append([]*link(nil), s.links...)
	s.mu.Unlock()
	for _, l := range links {
		l.write(v)
	}
}

// Send delivers a payload in an envelope of a kind: "events_api",
// "slash_commands" or "interactive". Events that are not acknowledged in time
// are sent again after [Server.RetryGaps]; commands and interactions are not.
// With no link open it waits for one.
func (s *Server) Send(kind string, payload any) *Delivery {
	raw, ok := payload.(json.RawMessage)
	if !ok {
		raw, _ = json.Marshal(payload)
	}
	var inner struct {
		Type string `json:"type"`
	}
	json.Unmarshal(raw, &inner)
	d := &Delivery{kind: kind, inner: inner.Type, payload: raw, acked: make(chan struct{})}
	gaps := []time.Duration{0}
	if kind == "events_api" {
		gaps = append(gaps, s.RetryGaps...)
	}
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		for i, gap := range gaps {
			if !s.pause(gap, nil) || s.attempt(d, i) {
				return
			}
		}
	}()
	return d
}

// pause waits; it reports false when the server closes and when done is closed.
func (s *Server) pause(d time.Duration, done <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-done:
		return false
	case <-s.ctx.Done():
		return false
	}
}

// attempt sends one envelope and reports whether it was acknowledged in time.
func (s *Server) attempt(d *Delivery, n int) bool {
	l := s.pick()
	if l == nil {
		return true // closing
	}
	s.mu.Lock()
	id := fmt.Sprintf("env-%d", s.next())
	s.waiting[id] = attempt{d, time.Now()}
	s.mu.Unlock()
	env := map[string]any{
		"envelope_id": id, "type": d.kind, "payload": d.payload,
		"accepts_response_payload": d.answers() != "nothing",
	}
	if d.kind == "events_api" {
		env["retry_attempt"], env["retry_reason"] = n, ""
		if n > 0 {
			env["retry_reason"] = "timeout"
		}
	}
	d.mu.Lock()
	d.attempts++
	d.mu.Unlock()
	if err := l.write(env); err != nil {
		return false
	}
	return !s.pause(s.AckTimeout, d.acked)
}

// pick returns one of the links, as Slack does, waiting for one to open.
func (s *Server) pick() *link {
	for {
		s.mu.Lock()
		changed := s.changed
		if n := len(s.links); n > 0 {
			l := s.links[rand.IntN(n)]
			s.mu.Unlock()
			return l
		}
		s.mu.Unlock()
		select {
		case <-changed:
		case <-s.ctx.Done():
			return nil
		}
	}
}
