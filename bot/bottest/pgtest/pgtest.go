// Package pgtest starts a real PostgreSQL server for tests, from the binaries of
// the machine, in a temporary folder and on a Unix socket only.
//
// The central type is [Server]. It can be stopped and started again, as servers
// are. Where the machine has no PostgreSQL a test that wants one is skipped with a
// loud word; with the environment variable CAREERBOT_SHARED set, as in the gate,
// it fails instead.
package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	role        = "careerbot"
	startWait   = 30 * time.Second
	stopWait    = 20 * time.Second
	maxSocket   = 100 // bytes of a socket's path, less than any system allows
	maxMessages = 64 << 10
)

// A Server is a PostgreSQL server of one test. Its methods may not be called at
// the same time.
type Server struct {
	t    testing.TB
	bin  string
	dir  string // holds the data and the socket
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
	log  *tail

	mu        sync.Mutex
	databases int
}

// Start makes a server and starts it. It is stopped, and its folder removed, when
// the test ends.
func Start(t testing.TB) *Server {
	t.Helper()
	bin, err := binaries()
	if err != nil {
		if os.Getenv("CAREERBOT_SHARED") != "" {
			t.Fatalf("PostgreSQL is needed with CAREERBOT_SHARED set: %v", err)
		}
		t.Skipf("SKIPPED: no PostgreSQL on this machine: %v", err)
	}
	dir, err := os.MkdirTemp("", "careerbot-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{t: t, bin: bin, dir: dir, log: &tail{}}
	if len(s.dir) > maxSocket {
		t.Fatalf("the temporary folder %s is too deep for a socket", dir)
	}
	if err := own(dir); err != nil {
		t.Fatalf("give %s to the server's user: %v", dir, err)
	}
	out, err := s.command("initdb", "-D", s.data(), "-U", role, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions").CombinedOutput()
	if err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s.Start()
	t.Cleanup(func() { s.end(syscall.SIGQUIT) })
	return s
}

// needed are the programs that a folder of binaries must have.
var needed = []string{"initdb", "postgres", "pg_isready", "createdb"}

// binaries finds the folder of PostgreSQL's programs, the newest version's.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.SortStableFunc(found, func(a, b string) int { return len(b) - len(a) }) // 9.6 is older than 15
	slices.Reverse(found)
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			found = append(found, filepath.Dir(path))
		}
	}
	for _, dir := range found {
		missing := slices.ContainsFunc(needed, func(name string) bool {
			_, err := os.Stat(filepath.Join(dir, name))
			return err != nil
		})
		if !missing {
			return dir, nil
		}
	}
	return "", fmt.Errorf("neither /usr/lib/postgresql/*/bin nor the PATH has all of %s", strings.Join(needed, ", "))
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// command runs as a user without rights where this process is root, for
// PostgreSQL refuses root.
func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"LC_ALL=C", "PATH=" + s.bin, "TZ=UTC", "PGPORT=5432"}
	cmd.SysProcAttr = attributes()
	return cmd
}

// Start starts a stopped server and waits until it takes connections.
func (s *Server) Start() {
	s.t.Helper()
	args := []string{"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=16MB", "-c", "log_min_messages=warning"}
	if _, measured := s.t.(*testing.B); !measured {
		args = append(args, "-c", "fsync=off") // what a power cut would lose is not lost when the server is killed
	}
	cmd := s.command("postgres", args...)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = s.log, s.log, stopWait
	s.cmd, s.done = cmd, make(chan struct{})
	started := make(chan error)
	go func() {
		// The kernel ends the server when this thread ends, so that no server
		// outlives a test that is killed.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
		}
		close(s.done)
	}()
	if err := <-started; err != nil {
		s.t.Fatalf("start PostgreSQL: %v", err)
	}
	s.await()
}

// await waits until the server takes connections.
func (s *Server) await() {
	s.t.Helper()
	limit := time.NewTimer(startWait)
	defer limit.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for s.command("pg_isready", "-q", "-h", s.dir, "-U", role, "-d", "postgres").Run() != nil {
		select {
		case <-tick.C:
		case <-s.done:
			s.t.Fatalf("PostgreSQL ended at its start:\n%s", s.log)
		case <-limit.C:
			s.t.Fatalf("PostgreSQL does not answer:\n%s", s.log)
		}
	}
}

// Stop stops the server as an operator does who does not wait for clients.
func (s *Server) Stop() {
	s.t.Helper()
	s.end(syscall.SIGINT)
}

// Kill ends the server as a power cut does, but for the disk.
func (s *Server) Kill() {
	s.t.Helper()
	s.end(syscall.SIGQUIT)
}

// end signals the server and waits for its end.
func (s *Server) end(sig syscall.Signal) {
	s.t.Helper()
	select {
	case <-s.done:
		return
	default:
	}
	if err := s.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Errorf("stop PostgreSQL: %v", err)
	}
	t := time.NewTimer(stopWait)
	defer t.Stop()
	select {
	case <-s.done:
	case <-t.C:
		s.t.Errorf("PostgreSQL does not stop:\n%s", s.log)
		s.cmd.Process.Kill()
		<-s.done
	}
}

// Database makes an empty database and returns its address.
func (s *Server) Database() string {
	s.t.Helper()
	s.mu.Lock()
	s.databases++
	name := fmt.Sprintf("test%d", s.databases)
	s.mu.Unlock()
	if out, err := s.command("createdb", "-h", s.dir, "-U", role, name).CombinedOutput(); err != nil {
		s.t.Fatalf("make a database: %v\n%s", err, out)
	}
	return s.url(name)
}

// url is the address of a database as DATABASE_URL has it.
func (s *Server) url(database string) string {
	return (&url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: url.Values{"host": {s.dir}}.Encode()}).String()
}

// Dial connects to the server's socket, for a proxy in front of it.
func (s *Server) Dial() (net.Conn, error) {
	return net.Dial("unix", filepath.Join(s.dir, ".s.PGSQL.5432"))
}

// Through returns the address of a database by way of a proxy on a port of this
// machine.
func Through(address string, port int) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	u.Host, u.RawQuery = fmt.Sprint("127.0.0.1:", port), "sslmode=disable"
	return u.String()
}

// tail keeps the beginning of what the server says.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *tail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if room := maxMessages - l.buf.Len(); room > 0 {
		l.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.TrimSpace(l.buf.String())
}
