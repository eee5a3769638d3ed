package fakediscord

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Gateway opcodes.
const (
	opDispatch     = 0
	opHeartbeat    = 1
	opIdentify     = 2
	opResume       = 6
	opReconnect    = 7
	opInvalid      = 9
	opHello        = 10
	opHeartbeatAck = 11
)

// grantedIntents are the intents that need no review; any other is refused with 4014.
const (
	privilegedIntents = 1<<1 | 1<<8 | 1<<15
	knownIntents      = 1<<26 - 1
)

// An Opening scripts one connection to the gateway; the zero value is a usual one.
type Opening struct {
	Refuse  int    // answer the upgrade with this HTTP status
	First   string // a packet to send in place of HELLO
	Silent  bool   // accept, then say nothing
	Close   int    // close with this code after IDENTIFY or RESUME
	Invalid string // answer IDENTIFY or RESUME by op 9: "true" or "false"
	Op7     bool   // answer IDENTIFY or RESUME by op 7
	Deaf    bool   // never answer IDENTIFY or RESUME, but acknowledge heartbeats
	Garbage bool   // send a binary frame that is not zlib after HELLO
	Drop    bool   // drop the connection after IDENTIFY or RESUME
	NoAcks  bool   // work, but never acknowledge a heartbeat
	AskBeat bool   // ask for a heartbeat right after READY
}

// NextOpenings scripts the next connections, in order.
func (s *Server) NextOpenings(o ...Opening) {
	s.change(func() { s.openings = append(s.openings, o...) })
}

// session is what survives a connection: the events it delivered or has yet to.
type session struct {
	id    string
	shard [2]int
	seq   int64
	sent  []packet // every dispatch after the first gone ones, which have sequences 1 to gone
	gone  int64
	link  *link
}

type packet struct {
	Op   int             `json:"op"`
	Seq  *int64          `json:"s"`
	Type *string         `json:"t"`
	Data json.RawMessage `json:"d"`
}

// link is one open connection.
type link struct {
	s       *Server
	ws      *websocket.Conn
	conn    net.Conn
	writing sync.Mutex
	opening Opening
	session *session
	half    bool // half open: nothing is read or written any more
	stalled chan struct{}
	frames  []time.Time // when packets arrived, for the send limit
}

var upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}

// upgrade is the gateway's endpoint.
func (s *Server) upgrade(w http.ResponseWriter, r *http.Request) {
	var o Opening
	s.change(func() {
		if len(s.openings) > 0 {
			o, s.openings = s.openings[0], s.openings[1:]
		}
	})
	if o.Refuse != 0 {
		http.Error(w, "refused", o.Refuse)
		return
	}
	s.wg.Add(1)
	defer s.wg.Done()
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	l := &link{s: s, ws: ws, conn: ws.NetConn(), opening: o, stalled: make(chan struct{})}
	s.change(func() { s.links[l] = true })
	defer s.change(func() {
		delete(s.links, l)
		if l.session != nil && l.session.link == l {
			l.session.link = nil
		}
	})
	defer l.conn.Close()
	q := r.URL.Query()
	if q.Get("v") != "10" || q.Get("encoding") != "json" {
		s.problem("gateway opened with %q, want v=10 and encoding=json", r.URL.RawQuery)
		l.close(4012)
		return
	}
	l.serve()
}

// serve speaks until the connection ends.
func (l *link) serve() {
	switch {
	case l.opening.Silent:
	case l.opening.First != "":
		l.write(l.opening.First)
	default:
		l.send(opHello, map[string]any{"heartbeat_interval": l.s.heartbeat.Milliseconds(), "_trace": []string{"[\"gateway-fake\"]"}})
	}
	if l.opening.Garbage {
		l.writing.Lock()
		l.ws.WriteMessage(websocket.BinaryMessage, []byte("\x78\x9cnot zlib"))
		l.writing.Unlock()
	}
	for {
		_, b, err := l.ws.ReadMessage()
		if err != nil {
			l.ended(err)
			return
		}
		l.s.mu.Lock()
		half := l.half
		l.s.mu.Unlock()
		if half {
			<-l.stalled
			return
		}
		if !l.packet(b) {
			return
		}
	}
}

// ended applies Discord's rule: a client that closes with 1000 or 1001 gives up
// its session.
func (l *link) ended(err error) {
	if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
		l.s.change(func() {
			if l.session != nil {
				delete(l.s.sessions, l.session.id)
			}
		})
	}
}

// packet handles one packet and reports whether the connection goes on.
func (l *link) packet(b []byte) bool {
	if !l.count() {
		return false
	}
	var p struct {
		Op   int             `json:"op"`
		Data json.RawMessage `json:"d"`
	}
	if len(b) > 4096 || json.Unmarshal(b, &p) != nil {
		l.close(4002)
		return false
	}
	switch p.Op {
	case opHeartbeat:
		if !l.opening.NoAcks {
			l.send(opHeartbeatAck, nil)
		}
	case opIdentify, opResume:
		if l.session != nil {
			l.close(4005)
			return false
		}
		return l.open(p.Op, p.Data)
	default:
		l.s.problem("gateway packet with op %d", p.Op)
		l.close(4001)
		return false
	}
	return true
}

// count holds the client to 120 packets in 60 seconds.
func (l *link) count() bool {
	now := time.Now()
	l.frames = append(l.frames, now)
	for now.Sub(l.frames[0]) > time.Minute {
		l.frames = l.frames[1:]
	}
	if len(l.frames) > 120 {
		l.s.problem("more than 120 gateway packets in a minute")
		l.close(4008)
		return false
	}
	return true
}

// open answers IDENTIFY or RESUME.
func (l *link) open(op int, data json.RawMessage) bool {
	var d struct {
		Token   string  `json:"token"`
		Intents int     `json:"intents"`
		Shard   *[2]int `json:"shard"`
		Session string  `json:"session_id"`
		Seq     int64   `json:"seq"`
	}
	if json.Unmarshal(data, &d) != nil {
		l.close(4002)
		return false
	}
	if d.Token != "Bot "+Token && d.Token != Token {
		l.close(4004)
		return false
	}
	o := l.opening
	if op == opIdentify {
		l.s.identified()
		switch {
		case d.Intents&^knownIntents != 0:
			l.close(4013)
			return false
		case d.Intents&privilegedIntents != 0 && !l.s.granted:
			l.close(4014)
			return false
		}
	} else {
		l.s.change(func() { l.s.resumes++ })
	}
	switch {
	case o.Close != 0:
		l.close(o.Close)
		return false
	case o.Drop:
		return false
	case o.Op7:
		l.write(`{"op":7,"d":null,"s":null,"t":null}`)
		return true
	case o.Invalid != "":
		if o.Invalid == "false" {
			l.s.change(func() { delete(l.s.sessions, d.Session) })
		}
		l.write(`{"op":9,"d":` + o.Invalid + `,"s":null,"t":null}`)
		return true
	case o.Deaf:
		return true
	}
	if op == opResume {
		return l.resume(d.Session, d.Seq)
	}
	shard := [2]int{0, 1}
	if d.Shard != nil {
		shard = *d.Shard
	}
	return l.ready(shard)
}

// identified counts an IDENTIFY and holds it to the limits.
func (s *Server) identified() {
	now := time.Now()
	s.change(func() {
		s.identifies++
		s.remaining--
		s.identifiedAt = append(s.identifiedAt, now)
		recent := 0
		for _, t := range s.identifiedAt {
			if now.Sub(t) < 5*time.Second {
				recent++
			}
		}
		if s.shards > 1 && recent > s.identify {
			s.problems = append(s.problems, "more identifies at once than max_concurrency")
		}
	})
}

func (l *link) ready(shard [2]int) bool {
	if shard[1] < 1 || shard[0] < 0 || shard[0] >= shard[1] {
		l.close(4010)
		return false
	}
	s := l.s
	var b []byte
	s.change(func() {
		ss := &session{id: "session-" + s.newID(), shard: shard, link: l}
		s.sessions[ss.id], s.current[shard[0]], l.session = ss, ss, ss
		data, _ := json.Marshal(map[string]any{
			"v": 10, "session_id": ss.id, "shard": shard, "guilds": []any{}, "user": user(BotID, "careerbot", true),
			"resume_gateway_url": "ws" + s.base[len("http"):] + "/resumed", "application": map[string]any{"id": ApplicationID, "flags": 0},
			"private_channels": []any{}, "presences": []any{}, "relationships": []any{}, "session_type": "normal",
		})
		b = ss.add("READY", data)
		l.writing.Lock() // before anything is dispatched to the session
	})
	l.writeLocked(b)
	l.writing.Unlock()
	if l.opening.AskBeat {
		l.write(`{"op":1,"d":null,"s":null,"t":null}`)
	}
	return true
}

// resume replays what the client missed, then says RESUMED.
func (l *link) resume(id string, seq int64) bool {
	s := l.s
	var replay []packet
	s.change(func() {
		ss := s.sessions[id]
		if ss == nil || seq > ss.seq || seq < ss.gone {
			return
		}
		ss.add("RESUMED", json.RawMessage(`{"_trace":[]}`))
		replay = append(replay, ss.sent[seq-ss.gone:]...)
		for n := range seq - ss.gone { // delivered for good
			ss.sent[n].Data = nil
		}
		l.session, ss.link, s.current[ss.shard[0]] = ss, l, ss
		l.writing.Lock() // before anything more is dispatched
	})
	if replay == nil {
		l.write(`{"op":9,"d":false,"s":null,"t":null}`)
		return true
	}
	defer l.writing.Unlock()
	for _, p := range replay {
		b, _ := json.Marshal(p)
		l.writeLocked(b)
	}
	return true
}

// add numbers a dispatch and keeps it for a replay; the caller holds the lock.
func (ss *session) add(event string, data json.RawMessage) []byte {
	ss.seq++
	seq := ss.seq
	p := packet{Op: opDispatch, Seq: &seq, Type: &event, Data: data}
	ss.sent = append(ss.sent, p)
	b, _ := json.Marshal(p)
	return b
}

// Dispatch sends an event on the shard that is concerned. While no connection
// is open the event waits for a resume; without any session it is lost, as it is
// at Discord.
func (s *Server) Dispatch(event string, data any) {
	raw, ok := data.(json.RawMessage)
	if !ok {
		raw, _ = json.Marshal(data)
	}
	var where struct {
		Guild string `json:"guild_id"`
	}
	json.Unmarshal(raw, &where)
	guild, _ := strconv.ParseUint(where.Guild, 10, 64)
	s.mu.Lock()
	var ss *session
	for _, c := range s.current {
		if int((guild>>22)%uint64(max(1, c.shard[1]))) == c.shard[0] {
			ss = c
		}
	}
	if ss == nil {
		s.mu.Unlock()
		return
	}
	b, l := ss.add(event, raw), ss.link
	half := l != nil && l.half
	if l != nil && !half {
		// The order on the wire is the order of the sequence numbers.
		l.writing.Lock()
		defer l.writing.Unlock()
	}
	s.mu.Unlock()
	if l != nil && !half {
		l.writeLocked(b)
	}
}

func (l *link) send(op int, data any) {
	b, _ := json.Marshal(map[string]any{"op": op, "d": data, "s": nil, "t": nil})
	l.writeBytes(b)
}

func (l *link) write(text string) { l.writeBytes([]byte(text)) }

func (l *link) writeBytes(b []byte) {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.writeLocked(b)
}

// writeLocked writes a packet; the caller holds l.writing.
func (l *link) writeLocked(b []byte) {
	l.ws.SetWriteDeadline(time.Now().Add(5 * time.Second))
	l.ws.WriteMessage(websocket.TextMessage, b)
}

// close sends a close frame, gives the client a second to go, and goes.
func (l *link) close(code int) {
	l.writing.Lock()
	body := binary.BigEndian.AppendUint16(nil, uint16(code))
	l.ws.WriteControl(websocket.CloseMessage, body, time.Now().Add(time.Second))
	l.writing.Unlock()
	l.ws.SetReadDeadline(time.Now().Add(time.Second))
	for {
		if _, _, err := l.ws.ReadMessage(); err != nil {
			break
		}
	}
	l.conn.Close()
}

// each runs do for every open connection, outside the lock.
func (s *Server) each(do func(*link)) {
	s.mu.Lock()
	var links []*link
	for l := range s.links {
		links = append(links, l)
	}
	s.mu.Unlock()
	for _, l := range links {
		do(l)
	}
}

// Reconnect sends op 7 on every connection.
func (s *Server) Reconnect() {
	s.each(func(l *link) { l.write(`{"op":7,"d":null,"s":null,"t":null}`) })
}

// Invalidate sends op 9 on every connection; unless resumable the sessions end.
func (s *Server) Invalidate(resumable bool) {
	if !resumable {
		s.change(func() { clear(s.sessions); clear(s.current) })
	}
	s.each(func(l *link) { l.write(`{"op":9,"d":` + strconv.FormatBool(resumable) + `,"s":null,"t":null}`) })
}

// CloseWith closes every connection with a code.
func (s *Server) CloseWith(code int) {
	s.each(func(l *link) {
		l.writing.Lock()
		defer l.writing.Unlock()
		body := binary.BigEndian.AppendUint16(nil, uint16(code))
		l.ws.WriteControl(websocket.CloseMessage, body, time.Now().Add(time.Second))
	})
}

// Cut drops every connection without a word.
func (s *Server) Cut() { s.each(func(l *link) { l.conn.Close() }) }

// AskHeartbeat sends op 1 on every connection.
func (s *Server) AskHeartbeat() {
	s.each(func(l *link) { l.write(`{"op":1,"d":null,"s":null,"t":null}`) })
}

// Raw sends text as it is on every connection.
func (s *Server) Raw(text string) { s.each(func(l *link) { l.write(text) }) }

// HalfOpen makes every connection mute and deaf while it stays open.
func (s *Server) HalfOpen() {
	s.change(func() {
		for l := range s.links {
			l.half = true
		}
	})
}

// release lets half-open connections end.
func (s *Server) release() {
	for l := range s.links {
		if l.half {
			l.half = false
			close(l.stalled)
		}
	}
}

// Connected tells how many connections have a session.
func (s *Server) Connected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for l := range s.links {
		if l.session != nil && !l.half {
			n++
		}
	}
	return n
}

// Opened tells how many IDENTIFY and RESUME packets were taken.
func (s *Server) Opened() (identifies, resumes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.identifies, s.resumes
}

// AwaitConnected waits until n connections have a session.
func (s *Server) AwaitConnected(ctx context.Context, n int) bool {
	return s.Await(ctx, func() bool { return s.Connected() == n })
}

// SetRemaining sets how many identifies gateway/bot says are left.
func (s *Server) SetRemaining(n int) { s.change(func() { s.remaining = n }) }
