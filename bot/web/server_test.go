package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
)

// startLog is a log that tells the address once the server listens.
type startLog struct {
	slog.Handler
	addr chan string
}

func (h startLog) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "listening" {
		r.Attrs(func(a slog.Attr) bool {
			h.addr <- a.Value.String()
			return false
		})
	}
	return nil
}

// listening runs an adapter on a free port. It returns the adapter, its address
// and a function that ends it and gives Run's result.
func listening(t *testing.T, mounts map[string]http.Handler) (a *Adapter, addr string, stop func() error) {
	t.Helper()
	log := startLog{slog.NewTextHandler(io.Discard, nil), make(chan string, 1)}
	a = New(Config{Addr: "127.0.0.1:0", Mounts: mounts}, &answers.Asker{}, slog.New(log))
	if a.Ready() == nil || a.Addr() != "" {
		t.Error("ready before listening")
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	select {
	case addr = <-log.addr:
	case err := <-done:
		cancel()
		t.Fatalf("Run = %v", err)
	}
	return a, addr, func() error {
		cancel()
		return <-done
	}
}

func TestRunServesUntilTheEnd(t *testing.T) {
	a, addr, stop := listening(t, nil)
	if err := a.Ready(); err != nil || a.Addr() != addr {
		t.Errorf("Ready = %v, Addr = %q, want %q", err, a.Addr(), addr)
	}
	resp, err := http.Get("http://" + addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if err := stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	if a.Ready() == nil || a.Addr() != "" {
		t.Error("ready after the end")
	}
}

// TestRunFinishesWhatIsUnderWay ends the adapter while a request is being served.
func TestRunFinishesWhatIsUnderWay(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-leave
		if r.Context().Err() != nil {
			t.Error("the request's context ended with the adapter's")
		}
		fmt.Fprint(w, "whole")
	})
	a, addr, stop := listening(t, map[string]http.Handler{"POST /slack/events": slow})
	got := make(chan string)
	go func() {
		resp, err := http.Post("http://"+addr+"/slack/events", "application/json", nil)
		if err != nil {
			got <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		got <- string(body)
	}()
	<-entered
	ended := make(chan error)
	go func() { ended <- stop() }()
	for a.Ready() == nil { // no longer ready as soon as the end is asked for
		runtime.Gosched()
	}
	close(leave)
	if body := <-got; body != "whole" {
		t.Errorf("the request under way got %q", body)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestRunAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = New(Config{Addr: l.Addr().String()}, &answers.Asker{}, slog.New(slog.DiscardHandler)).Run(t.Context())
	if !errors.Is(err, bot.ErrSettings) {
		t.Fatalf("Run = %v, want ErrSettings", err)
	}
	want := fmt.Sprintf("address %s is in use; set CAREERBOT_ADDR to another, for example 127.0.0.1:", l.Addr())
	if !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Run = %q, want %q…", err, want)
	}
}

func TestRunBadAddress(t *testing.T) {
	for _, addr := range []string{"8080", "127.0.0.1:http://", "192.0.2.1:8080", "127.0.0.1:99999"} {
		s := NewServer(addr, "CAREERBOT_ADMIN_ADDR", http.NotFoundHandler(), slog.New(slog.DiscardHandler))
		err := s.Run(t.Context())
		if !errors.Is(err, bot.ErrSettings) || !strings.Contains(err.Error(), "set CAREERBOT_ADMIN_ADDR to") {
			t.Errorf("%s: Run = %v, want what to set", addr, err)
		}
	}
}

func TestRunCancelledBeforeListening(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Config{Addr: "127.0.0.1:0"}, &answers.Asker{}, slog.New(slog.DiscardHandler)).Run(ctx); err != nil {
		t.Errorf("Run = %v, want nil", err)
	}
}

func TestExampleAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8082", "127.0.0.1:8081": "127.0.0.1:8082", "0.0.0.0:9000": "0.0.0.0:9001",
		":80": "127.0.0.1:8082", "nonsense": "127.0.0.1:8082", "[::1]:8080": "[::1]:8082", "h:65535": "127.0.0.1:8082",
	} {
		if got := (&Server{addr: addr}).example(); got != want {
			t.Errorf("example for %s = %s, want %s", addr, got, want)
		}
	}
}

func TestMounts(t *testing.T) {
	var hits int
	inlet := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits++ })
	h := New(Config{Mounts: map[string]http.Handler{"POST /slack/events": inlet, "/discord/interactions": inlet}}, &answers.Asker{}, slog.New(slog.DiscardHandler)).Handler()
	for _, tc := range []struct {
		method, path, from string
		status             int
	}{
		{"POST", "/slack/events", "", 200},
		{"POST", "/slack/events", "cross-site", 200}, // a signature proves who calls an inlet
		{"GET", "/discord/interactions", "", 200},
		{"GET", "/", "", 200},
		{"POST", "/", "cross-site", 403},
	} {
		r, _ := http.NewRequest(tc.method, tc.path, strings.NewReader(""))
		r.Header.Set("Sec-Fetch-Site", tc.from)
		w := serve(h, r)
		if w.Code != tc.status || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s %s: %d %v, want %d and safe headers", tc.method, tc.path, w.Code, w.Header(), tc.status)
		}
	}
	if hits != 3 {
		t.Errorf("the inlets were called %d times, want 3", hits)
	}
}

// pipes is a listener in memory, so that the bounds in time can be tested on
// synctest's clock.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial() net.Conn {
	near, far := net.Pipe()
	p.conns <- far
	return near
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// TestSlowClientsAreCut sends headers, then a body, a byte a second.
func TestSlowClientsAreCut(t *testing.T) {
	const head = "POST /api/v1/ask HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
	for _, tc := range []struct {
		name, atOnce string
		within       time.Duration
	}{
		{"headers", "", readHeaderTimeout},
		{"body", head, readTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				ctx, cancel := context.WithCancel(t.Context())
				h, _ := newSite()
				done := make(chan error, 1)
				go func() { done <- NewServer("", "", h, slog.New(slog.DiscardHandler)).serve(ctx, l) }()
				conn, start := l.dial(), time.Now()
				go io.Copy(io.Discard, conn)
				tick := time.NewTicker(time.Second)
				defer tick.Stop()
				_, err := io.WriteString(conn, tc.atOnce)
				for err == nil {
					<-tick.C
					_, err = conn.Write([]byte("a"))
				}
				if took := time.Since(start); took > tc.within+2*time.Second {
					t.Errorf("cut after %v, want about %v", took, tc.within)
				}
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestDrainEnds holds a request open past the end: it is cut off in the end.
func TestDrainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		entered := make(chan struct{})
		stuck := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(entered)
			<-r.Context().Done()
		})
		l := newPipes()
		ctx, cancel := context.WithCancel(t.Context())
		var log strings.Builder
		done := make(chan error, 1)
		go func() {
			done <- NewServer("", "", stuck, slog.New(slog.NewTextHandler(&log, nil))).serve(ctx, l)
		}()
		conn := l.dial()
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		start := time.Now()
		cancel()
		if err := <-done; err != nil || time.Since(start) != drainTime {
			t.Errorf("ended with %v after %v, want after %v", err, time.Since(start), drainTime)
		}
		if !strings.Contains(log.String(), "cut off") {
			t.Errorf("logged %s", log.String())
		}
		conn.Close()
	})
}
