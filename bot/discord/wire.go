package discord

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

// Gateway opcodes we look at.
const (
	opDispatch     = 0
	opHeartbeat    = 1
	opReconnect    = 7
	opInvalid      = 9
	opHello        = 10
	opHeartbeatAck = 11
)

const (
	helloWait  = 15 * time.Second // from dialling to HELLO
	writeWait  = 10 * time.Second // for one frame
	idleGrace  = 10 * time.Second // after a heartbeat's answer is due
	smallFrame = 4096             // control packets are far smaller, events may be longer
	maxFrame   = 32 << 20
)

// An ending is why a connection to the gateway ended, and what follows from it.
type ending struct {
	code  int    // close code, 0 for none
	why   string // constant text for logs
	fresh bool   // the session is gone: IDENTIFY instead of RESUME
	wait  bool   // not at once
}

func (e *ending) Error() string {
	if e.code != 0 {
		return e.why + " " + strconv.Itoa(e.code)
	}
	return e.why
}

// wire is the connection under discordgo's WebSocket. It reads along and acts on
// what discordgo handles in ways that lose events or hang:
//
//   - reconnect (op 7) and invalid session (op 9) end the connection here, so that
//     the supervisor decides; discordgo v0.29.0 locks up on the first and forgets
//     the second.
//   - a heartbeat without an answer, or silence, ends it within one interval, not
//     after five of them.
//   - discordgo's close frames are not sent: it always closes with 1000, and
//     Discord ends the session of whoever does. [wire.leave] does so on purpose.
//   - a request for a heartbeat (op 1) is answered here; discordgo reads a field
//     without its lock to do so.
//
// After the end reads fail and writes pretend to work, so that discordgo leaves
// by one way only, its reader's.
type wire struct {
	net.Conn
	raw net.Conn // what carries Conn; closing it says nothing to the other side

	writing sync.Mutex // one frame at a time; discordgo writes each with one call

	mu       sync.Mutex
	end      *ending
	upgraded bool
	interval time.Duration // of heartbeats, 0 before HELLO
	waiting  bool          // for a heartbeat's answer
	seq      int64         // of the last dispatch that was passed on

	// Of the reading side only.
	in   []byte // read and not yet looked at
	out  []byte // looked at and not yet handed on
	pass int64  // bytes of a long frame still to hand on unseen
	ends error  // what the next read returns once out is empty
}

func newWire(c, raw net.Conn) *wire { return &wire{Conn: c, raw: raw} }

// SetDeadline does nothing: reads and writes each have a deadline of ours.
func (w *wire) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing; see [wire.SetDeadline].
func (w *wire) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing; see [wire.SetDeadline].
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

// cut ends the connection for the reason given, unless it has ended already.
func (w *wire) cut(e ending) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.end == nil {
		w.end = &e
		w.raw.Close()
	}
}

// ended returns why the connection ended, nil while it has not.
func (w *wire) ended() *ending {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end
}

// leave says goodbye with code 1000, which ends the session, and hangs up.
func (w *wire) leave() {
	w.mu.Lock()
	dead := w.end != nil
	w.mu.Unlock()
	if !dead {
		w.send(clientFrame(0x88, []byte{1000 >> 8, 1000 & 0xff})) // it is over either way
	}
	w.cut(ending{why: "stopped"})
}

// Read hands on what was looked at.
func (w *wire) Read(p []byte) (int, error) {
	for len(w.out) == 0 {
		if w.ends != nil {
			return 0, w.ends
		}
		if err := w.fill(); err != nil {
			w.ends = err
		}
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	return n, nil
}

// fill reads once from the network and looks at the frames that are complete.
func (w *wire) fill() error {
	if e := w.ended(); e != nil {
		return e
	}
	w.mu.Lock()
	idle := helloWait
	if w.interval > 0 {
		idle = w.interval + idleGrace
	}
	w.mu.Unlock()
	w.Conn.SetReadDeadline(time.Now().Add(idle))
	buf := make([]byte, 16<<10)
	n, err := w.Conn.Read(buf)
	if n > 0 {
		w.in = append(w.in, buf[:n]...)
		if e := w.look(); e != nil {
			w.cut(*e)
			return w.ended()
		}
	}
	if err == nil {
		return nil
	}
	if len(w.in) > 0 { // an incomplete frame is no use
		w.in = nil
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.cut(ending{why: "no sign of life"})
	case errors.Is(err, io.EOF):
		w.cut(ending{why: "connection ended"})
	default:
		w.cut(ending{why: "connection broken"})
	}
	return w.ended()
}

// look moves complete frames from in to out, or tells to end the connection.
func (w *wire) look() *ending {
	if !w.upgraded {
		return w.handshake()
	}
	for {
		if w.pass > 0 {
			n := min(int64(len(w.in)), w.pass)
			w.hand(int(n))
			w.pass -= n
		}
		if w.pass > 0 || len(w.in) < 2 {
			return nil
		}
		head, size, ok := frameSize(w.in)
		if !ok {
			return nil
		}
		if size > maxFrame {
			return &ending{why: "frame too long"}
		}
		if size > smallFrame {
			w.pass = int64(head) + size
			continue
		}
		total := head + int(size)
		if len(w.in) < total {
			return nil
		}
		drop, e := w.frame(w.in[0], w.in[head:total])
		if e != nil {
			return e
		}
		if drop {
			w.in = w.in[total:]
			continue
		}
		w.hand(total)
	}
}

// hand passes n bytes on as they are.
func (w *wire) hand(n int) {
	w.out = append(w.out, w.in[:n]...)
	w.in = w.in[n:]
}

// handshake passes the HTTP response on, up to its empty line.
func (w *wire) handshake() *ending {
	for i := 3; i < len(w.in); i++ {
		if string(w.in[i-3:i+1]) == "\r\n\r\n" {
			w.upgraded = len(w.in) > 12 && string(w.in[9:12]) == "101"
			w.hand(i + 1)
			if !w.upgraded {
				w.hand(len(w.in)) // an error page
				return nil
			}
			return w.look()
		}
	}
	if len(w.in) > 64<<10 {
		return &ending{why: "no WebSocket"}
	}
	return nil
}

// frameSize reads the header of a server's frame, which has no mask.
func frameSize(b []byte) (head int, size int64, ok bool) {
	switch n := b[1] & 0x7f; {
	case n < 126:
		return 2, int64(n), true
	case n == 126 && len(b) >= 4:
		return 4, int64(binary.BigEndian.Uint16(b[2:])), true
	case n == 127 && len(b) >= 10:
		return 10, int64(binary.BigEndian.Uint64(b[2:]) & (1<<63 - 1)), true
	}
	return 0, 0, false
}

// frame looks at one short frame. It tells whether to keep it from discordgo, or
// how the connection ends.
func (w *wire) frame(first byte, payload []byte) (drop bool, end *ending) {
	switch first {
	case 0x88: // close
		code := 0
		if len(payload) >= 2 {
			code = int(binary.BigEndian.Uint16(payload))
		}
		return false, closed(code)
	case 0x81, 0x82: // text, binary
	default:
		return false, nil
	}
	var p struct {
		Op   *int            `json:"op"`
		Data json.RawMessage `json:"d"`
	}
	if json.Unmarshal(payload, &p) != nil || p.Op == nil {
		return false, &ending{why: "packet without an opcode"} // discordgo panics on null
	}
	switch *p.Op {
	case opDispatch:
		return string(p.Data) == "null", nil // discordgo panics on a server that is null
	case opHeartbeat:
		w.beat()
		return true, nil
	case opReconnect:
		return false, &ending{why: "asked to reconnect"}
	case opInvalid:
		resumable := string(p.Data) == "true"
		return false, &ending{why: "session invalid", fresh: !resumable, wait: true}
	case opHello:
		var h struct {
			Interval int64 `json:"heartbeat_interval"`
		}
		if json.Unmarshal(p.Data, &h) != nil || h.Interval <= 0 || h.Interval > 10*60_000 {
			return false, &ending{why: "greeting without an interval"}
		}
		w.mu.Lock()
		w.interval = time.Duration(h.Interval) * time.Millisecond
		w.mu.Unlock()
	case opHeartbeatAck:
		w.mu.Lock()
		w.waiting = false
		w.mu.Unlock()
	}
	return false, nil
}

// Write sends what discordgo writes: the upgrade request, then a frame a call.
func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	dead := w.end != nil
	silent := false
	if isHeartbeat(p) {
		silent = w.waiting
		w.waiting = true
	}
	w.mu.Unlock()
	switch {
	case dead:
		return len(p), nil
	case silent:
		// A moment later: cut at once, discordgo's reader may lock the session, for
		// the second that its Close sleeps, before the heartbeat is back from here.
		time.AfterFunc(time.Millisecond, func() { w.cut(ending{why: "heartbeat not answered"}) })
		return len(p), nil
	case len(p) > 0 && p[0] == 0x88:
		w.cut(ending{why: "closed here"})
		return len(p), nil
	}
	if err := w.send(p); err != nil {
		w.cut(ending{why: "connection broken"})
	}
	return len(p), nil
}

func (w *wire) send(p []byte) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	w.Conn.SetWriteDeadline(time.Now().Add(writeWait))
	_, err := w.Conn.Write(p)
	return err
}

// isHeartbeat tells whether a client's frame is a packet of op 1.
func isHeartbeat(p []byte) bool {
	const start = `{"op":1,`
	if len(p) < 2+4+len(start) || p[0] != 0x81 || p[1]&0x80 == 0 || p[1]&0x7f > 125 {
		return false
	}
	mask := p[2:6]
	for i := range len(start) {
		if p[6+i]^mask[i%4] != start[i] {
			return false
		}
	}
	return true
}

// beat answers a request for a heartbeat.
func (w *wire) beat() {
	w.mu.Lock()
	seq := w.seq
	w.mu.Unlock()
	d := "null"
	if seq > 0 {
		d = strconv.FormatInt(seq, 10)
	}
	if w.send(clientFrame(0x81, fmt.Appendf(nil, `{"op":1,"d":%s}`, d))) != nil {
		w.cut(ending{why: "connection broken"})
	}
}

// clientFrame is a short frame with a mask, as a client has to send it.
func clientFrame(first byte, payload []byte) []byte {
	mask := make([]byte, 4)
	rand.Read(mask)
	f := append([]byte{first, 0x80 | byte(len(payload))}, mask...)
	for i, b := range payload {
		f = append(f, b^mask[i%4])
	}
	return f
}

// delivered notes the last event that was taken up, for heartbeats of ours.
func (w *wire) delivered(seq int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seq = seq
}
