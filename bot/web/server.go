package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"careerbot/bot"
)

// Bounds of one connection. Together they cut a client that sends or reads a
// byte at a time within 15 seconds.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second // headers and body
	writeTimeout      = 15 * time.Second
	idleTimeout       = 60 * time.Second
	maxHeaderBytes    = 16 << 10

	// drainTime is how long requests under way may take after the end is asked for.
	drainTime = writeTimeout
)

// A Server is one HTTP listener with bounds on slow clients and a graceful end.
type Server struct {
	addr    string
	setting string // the setting that holds addr, named in errors
	handler http.Handler
	log     *slog.Logger
	bound   atomic.Pointer[string] // the address listened on; nil when not listening
}

// NewServer returns a server for an address (host:port), which came from the named
// setting. It has yet to listen.
func NewServer(addr, setting string, h http.Handler, log *slog.Logger) *Server {
	return &Server{addr: addr, setting: setting, handler: h, log: log}
}

// Addr returns the address listened on, "" while there is none. It differs from
// the one asked for when that leaves the port to the system.
func (s *Server) Addr() string {
	if p := s.bound.Load(); p != nil {
		return *p
	}
	return ""
}

// Ready returns nil while the server listens.
func (s *Server) Ready() error {
	if s.bound.Load() == nil {
		return errors.New("not listening on " + s.addr)
	}
	return nil
}

// Run listens until ctx ends, then takes no more connections, finishes what is
// under way for at most 15 seconds and returns nil. An address that cannot be
// listened on is an error that wraps [bot.ErrSettings].
func (s *Server) Run(ctx context.Context) error {
	// A listen that waits for a name to be looked up ends with ctx.
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.addr)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return s.listenError(err)
	}
	return s.serve(ctx, l)
}

// serve is Run on a listener, which it closes.
func (s *Server) serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		// What net/http reports are clients' faults.
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	addr := l.Addr().String()
	s.bound.Store(&addr)
	defer s.bound.Store(nil)
	s.log.Info("listening", "addr", addr)

	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served: // only a broken listener ends here
		srv.Close()
		return fmt.Errorf("serving on %s: %w", addr, err)
	case <-ctx.Done():
	}
	s.bound.Store(nil)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		s.log.Warn("requests cut off at the end", "addr", addr, "err", err)
		srv.Close()
	}
	<-served
	return nil
}

// settingsError says in plain words which setting to change.
type settingsError struct {
	msg   string
	cause error
}

func (e *settingsError) Error() string   { return e.msg }
func (e *settingsError) Unwrap() []error { return []error{bot.ErrSettings, e.cause} }

func (s *Server) listenError(err error) error {
	msg := fmt.Sprintf("cannot listen on %q (%v); set %s to a host and port, for example %s", s.addr, err, s.setting, s.example())
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		msg = fmt.Sprintf("address %s is in use; set %s to another, for example %s", s.addr, s.setting, s.example())
	case errors.Is(err, syscall.EACCES):
		msg = fmt.Sprintf("address %s needs more rights than this process has; set %s to a port above 1023, for example %s", s.addr, s.setting, s.example())
	}
	return &settingsError{msg, err}
}

// example returns an address like the one asked for with another port, never one
// of the two defaults.
func (s *Server) example() string {
	host, port, err := net.SplitHostPort(s.addr)
	n, numErr := strconv.Atoi(port)
	if err != nil || numErr != nil || n < 1024 || n > 65533 {
		return "127.0.0.1:8082"
	}
	for n++; n == 8080 || n == 8081; n++ {
	}
	return net.JoinHostPort(host, strconv.Itoa(n))
}
