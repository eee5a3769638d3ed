package proxy

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo starts a server that sends back what it gets.
func echo(t *testing.T) func() (net.Conn, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { defer c.Close(); io.Copy(c, c) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }
}

// A caller talks to the echo.
type caller struct{ net.Conn }

func call(t *testing.T, p *Proxy) caller {
	t.Helper()
	c, err := net.Dial("tcp", p.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return caller{c}
}

// say sends something and returns how long the echo took, or what went wrong.
func (c caller) say(n int, patience time.Duration) (time.Duration, error) {
	began := time.Now()
	c.SetDeadline(began.Add(patience))
	said := bytes.Repeat([]byte("x"), n)
	if _, err := c.Write(said); err != nil {
		return 0, err
	}
	heard := make([]byte, n)
	_, err := io.ReadFull(c, heard)
	if err == nil && !bytes.Equal(said, heard) {
		err = errors.New("the echo differs")
	}
	return time.Since(began), err
}

const long = 30 * time.Second

// TestToxics: each does what it says to an open and to a new connection, and is
// gone when lifted.
func TestToxics(t *testing.T) {
	for _, tc := range []struct {
		name  string
		toxic Toxic
		least time.Duration // that the echo of 200 bytes takes
		fails func(error) bool
	}{
		{"latency", Toxic{Latency: 20 * time.Millisecond}, 40 * time.Millisecond, nil},
		{"rate", Toxic{Rate: 10_000}, 40 * time.Millisecond, nil},
		{"slices", Toxic{Slice: 10, Latency: time.Millisecond}, 20 * time.Millisecond, nil},
		{"limit", Toxic{Limit: 100}, 0, func(err error) bool {
			return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
		}},
		{"hole", Toxic{Hole: true}, 0, func(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }},
		{"reset", Toxic{Reset: true}, 0, func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }},
		{"down", Toxic{Down: true}, 0, func(err error) bool {
			return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := Start(t, echo(t))
			open := call(t, p)
			if _, err := open.say(50, long); err != nil {
				t.Fatalf("a good network: %v", err)
			}
			p.Set(tc.toxic)
			for what, c := range map[string]caller{"open": open, "new": call(t, p)} {
				patience := long
				if tc.toxic.Hole {
					patience = 50 * time.Millisecond
				}
				took, err := c.say(200, patience)
				switch {
				case tc.fails == nil && (err != nil || took < tc.least):
					t.Errorf("%s connection: %v, after %v, want at least %v", what, err, took, tc.least)
				case tc.fails != nil && !tc.fails(err):
					t.Errorf("%s connection: %v", what, err)
				}
			}
			p.Set(Toxic{})
			if _, err := call(t, p).say(200, long); err != nil {
				t.Errorf("lifted: %v", err)
			}
			if _, err := open.say(1, long); (err != nil) != (tc.fails != nil) {
				t.Errorf("the old connection, lifted: %v", err)
			}
			if p.Passed() == 0 {
				t.Error("nothing passed")
			}
		})
	}
}

// TestSlowClose: the end of a connection arrives late.
func TestSlowClose(t *testing.T) {
	server, client := net.Pipe()
	p := Start(t, func() (net.Conn, error) { return client, nil })
	p.Set(Toxic{SlowClose: 50 * time.Millisecond})
	c := call(t, p)
	began := time.Now()
	server.Close()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a closed connection still speaks")
	}
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("the close came after %v", took)
	}
}
