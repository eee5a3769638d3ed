// Package proxy stands between a client and a server in tests and makes the
// network bad: slow, chopped, silent, reset, gone.
//
// The central type is [Proxy]; what is wrong with its connections is a [Toxic].
// Toxiproxy's catalogue is the model. There is no use of Toxiproxy itself: it is a
// program of its own, and a test wants neither to install nor to skip one.
package proxy

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// A Toxic is what is wrong, with connections that are open as with new ones. The
// zero Toxic is a good network.
type Toxic struct {
	Latency   time.Duration // before each piece of data, either way
	Rate      int           // bytes a second, either way; 0: as they come
	Slice     int           // pieces of at most so many bytes; 0: as they come
	SlowClose time.Duration // before a close of one side reaches the other
	Limit     int           // bytes that a connection passes back before it is closed; 0: no limit
	Hole      bool          // takes data and passes nothing on; lifted, its connections are closed
	Reset     bool          // answers data with a reset
	Down      bool          // refuses and ends connections
}

// maxPiece is how much is passed on at once.
const maxPiece = 16 << 10

// A Proxy passes connections on to a server.
type Proxy struct {
	dial     func() (net.Conn, error)
	listener net.Listener
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup

	mu      sync.Mutex
	toxic   Toxic
	changed chan struct{} // closed when toxic is replaced
	links   map[*link]bool
	passed  int64
}

// Start starts a proxy to the server that dial reaches. It ends with the test.
func Start(t testing.TB, dial func() (net.Conn, error)) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{dial: dial, listener: l, changed: make(chan struct{}), links: map[*link]bool{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		p.cancel()
		l.Close()
		p.cut(func(*link) bool { return true })
		p.wg.Wait()
	})
	return p
}

// Port is where the proxy listens, on 127.0.0.1.
func (p *Proxy) Port() int { return p.listener.Addr().(*net.TCPAddr).Port }

// Passed is how many bytes went through, either way: a toxic that stops nothing
// that flows has tested nothing.
func (p *Proxy) Passed() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

// Set replaces what is wrong.
func (p *Proxy) Set(toxic Toxic) {
	p.mu.Lock()
	p.toxic = toxic
	close(p.changed)
	p.changed = make(chan struct{})
	p.mu.Unlock()
	p.cut(func(l *link) bool { return toxic.Down || l.holed && !toxic.Hole })
}

// state returns what is wrong, and a channel that is closed when that changes.
func (p *Proxy) state() (Toxic, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.toxic, p.changed
}

// cut ends the connections that which picks.
func (p *Proxy) cut(which func(*link) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if which(l) {
			l.end()
		}
	}
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		if toxic, _ := p.state(); toxic.Down {
			reset(client)
			continue
		}
		server, err := p.dial()
		if err != nil {
			reset(client)
			continue
		}
		p.link(client, server)
	}
}

// reset closes a connection so that the other side hears of it as an error.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// A link is one connection through the proxy.
type link struct {
	p              *Proxy
	client, server net.Conn
	ctx            context.Context
	cancel         context.CancelFunc

	// under p.mu
	holed bool // it has lost data
	back  int  // bytes that came back from the server
}

func (p *Proxy) link(client, server net.Conn) {
	l := &link{p: p, client: client, server: server}
	l.ctx, l.cancel = context.WithCancel(p.ctx)
	p.mu.Lock()
	p.links[l] = true
	p.mu.Unlock()
	p.wg.Go(func() {
		var ways sync.WaitGroup
		ways.Go(func() { l.pass(client, server, false) })
		ways.Go(func() { l.pass(server, client, true) })
		ways.Wait()
		l.end()
		p.mu.Lock()
		delete(p.links, l)
		p.mu.Unlock()
	})
}

// end closes both sides.
func (l *link) end() {
	l.cancel()
	l.client.Close()
	l.server.Close()
}

// pass passes on what comes from one side, until that ends.
func (l *link) pass(from, to net.Conn, back bool) {
	buf := make([]byte, maxPiece)
	for {
		n, err := from.Read(buf)
		if n > 0 && !l.send(to, buf[:n], back) {
			l.end()
			return
		}
		if err != nil {
			toxic, _ := l.p.state()
			l.pause(toxic.SlowClose)
			if err == io.EOF {
				l.end()
			}
			return
		}
	}
}

// send passes data on as well as the toxic lets it, and reports whether the
// connection goes on.
func (l *link) send(to net.Conn, data []byte, back bool) bool {
	for len(data) > 0 {
		toxic, changed := l.p.state()
		switch {
		case toxic.Down:
			return false
		case toxic.Reset:
			reset(l.client)
			return false
		case toxic.Hole:
			l.lose()
			return true
		}
		piece := data
		if toxic.Slice > 0 {
			piece = data[:min(toxic.Slice, len(data))]
		}
		wait := toxic.Latency
		if toxic.Rate > 0 {
			piece = piece[:min(max(1, toxic.Rate/10), len(piece))]
			wait += time.Duration(len(piece)) * time.Second / time.Duration(toxic.Rate)
		}
		if wait > 0 && !l.delay(wait, changed) {
			if l.ctx.Err() != nil {
				return false
			}
			continue // another toxic by now
		}
		if !l.count(len(piece), back, toxic.Limit) {
			return false
		}
		if _, err := to.Write(piece); err != nil {
			return false
		}
		data = data[len(piece):]
	}
	return true
}

// lose notes that the connection can never be whole again.
func (l *link) lose() {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	l.holed = true
}

// count counts what passes, and reports whether it is within the limit.
func (l *link) count(n int, back bool, limit int) bool {
	l.p.mu.Lock()
	defer l.p.mu.Unlock()
	if back {
		if l.back += n; limit > 0 && l.back > limit {
			return false
		}
	}
	l.p.passed += int64(n)
	return true
}

// delay waits, and reports whether nothing came up meanwhile.
func (l *link) delay(d time.Duration, changed <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-changed:
	case <-l.ctx.Done():
	}
	return false
}

// pause waits, or less when the link ends.
func (l *link) pause(d time.Duration) { l.delay(d, nil) }
