package fakediscord

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeBuffer is how many bytes one direction of a connection holds before
// writing blocks, about what a socket buffer holds.
const pipeBuffer = 256 << 10

// network is a listener whose connections are pairs of buffers in memory. They
// behave like TCP connections, deadlines included, and block in ways that
// testing/synctest understands.
type network struct {
	accept chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newNetwork() *network {
	return &network{accept: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.accept:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *network) Addr() net.Addr { return memoryAddr{} }

// dial connects to the listener, whatever the address.
func (n *network) dial(ctx context.Context) (net.Conn, error) {
	up, down := newHalf(), newHalf()
	client, server := &memoryConn{read: down, write: up}, &memoryConn{read: up, write: down}
	select {
	case n.accept <- server:
		return client, nil
	case <-n.closed:
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: errors.New("connection refused")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "127.0.0.1:1" }

// half is one direction of a connection.
type half struct {
	mu      sync.Mutex
	cond    *sync.Cond
	buf     []byte
	ended   bool // the writer closed
	gone    bool // the reader closed
	readBy  deadline
	writeBy deadline
}

type deadline struct {
	at    time.Time
	timer *time.Timer
}

func newHalf() *half {
	h := &half{}
	h.cond = sync.NewCond(&h.mu)
	return h
}

// set arms the deadline to wake whoever waits; the caller holds the lock.
func (h *half) set(d *deadline, t time.Time) {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = t
	if !t.IsZero() {
		d.timer = time.AfterFunc(time.Until(t), h.cond.Broadcast)
	}
	h.cond.Broadcast()
}

func (d deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (h *half) Read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.gone:
			return 0, net.ErrClosed
		case h.readBy.passed():
			return 0, os.ErrDeadlineExceeded
		case len(h.buf) > 0:
			n := copy(p, h.buf)
			h.buf = h.buf[n:]
			h.cond.Broadcast()
			return n, nil
		case h.ended:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		h.cond.Wait()
	}
}

func (h *half) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for {
		switch {
		case h.ended:
			return n, net.ErrClosed
		case h.gone:
			return n, &net.OpError{Op: "write", Net: "memory", Err: errors.New("broken pipe")}
		case h.writeBy.passed():
			return n, os.ErrDeadlineExceeded
		case len(p) == 0:
			return n, nil
		}
		if room := pipeBuffer - len(h.buf); room > 0 {
			k := min(room, len(p))
			h.buf = append(h.buf, p[:k]...)
			p, n = p[k:], n+k
			h.cond.Broadcast()
			continue
		}
		h.cond.Wait()
	}
}

func (h *half) with(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
	h.cond.Broadcast()
}

// memoryConn is one end of a connection.
type memoryConn struct{ read, write *half }

func (c *memoryConn) Read(p []byte) (int, error)  { return c.read.Read(p) }
func (c *memoryConn) Write(p []byte) (int, error) { return c.write.Write(p) }
func (c *memoryConn) LocalAddr() net.Addr         { return memoryAddr{} }
func (c *memoryConn) RemoteAddr() net.Addr        { return memoryAddr{} }

func (c *memoryConn) Close() error {
	c.write.with(func() { c.write.ended = true; c.write.set(&c.write.writeBy, time.Time{}) })
	c.read.with(func() { c.read.gone = true; c.read.set(&c.read.readBy, time.Time{}) })
	return nil
}

func (c *memoryConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.read.with(func() { c.read.set(&c.read.readBy, t) })
	return nil
}

func (c *memoryConn) SetWriteDeadline(t time.Time) error {
	c.write.with(func() { c.write.set(&c.write.writeBy, t) })
	return nil
}
