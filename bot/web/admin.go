package web

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Status is how the process is doing.
type Status struct {
	Version   string          `json:"version"`
	Started   time.Time       `json:"started"`
	Adapters  []AdapterStatus `json:"adapters"`
	Knowledge KnowledgeStatus `json:"knowledge"`
	Store     StoreStatus     `json:"store"`
}

// StoreStatus is how the database is doing. Answers are given without it, so it
// does not decide readiness.
type StoreStatus struct {
	Problem string `json:"problem,omitempty"` // why nothing can be kept, "" when it can
}

// AdapterStatus is how one adapter is doing.
type AdapterStatus struct {
	Name    string `json:"name"`
	Problem string `json:"problem,omitempty"` // why no question reaches the bot through it, "" when they do
}

// KnowledgeStatus is what is answered from.
type KnowledgeStatus struct {
	Hash   string    `json:"hash"` // "" while nothing is loaded
	Loaded time.Time `json:"loaded,omitzero"`
	Note   string    `json:"note,omitempty"` // what a maintainer should know: a newer folder was refused
}

// ready reports whether every adapter is, and knowledge is loaded.
func (s *Status) ready() bool {
	for _, a := range s.Adapters {
		if a.Problem != "" {
			return false
		}
	}
	return s.Knowledge.Hash != ""
}

// lines tells about each part on a line of its own.
func (s *Status) lines() string {
	var b strings.Builder
	for _, a := range s.Adapters {
		state := "ready"
		if a.Problem != "" {
			state = "not ready: " + a.Problem
		}
		fmt.Fprintf(&b, "%s: %s\n", a.Name, oneLine(state))
	}
	state := "not loaded"
	if k := s.Knowledge; k.Hash != "" {
		state = k.Hash
		if !k.Loaded.IsZero() {
			state += ", loaded " + k.Loaded.UTC().Format(time.RFC3339)
		}
	}
	if s.Knowledge.Note != "" {
		state += "; " + s.Knowledge.Note
	}
	fmt.Fprintf(&b, "knowledge: %s\n", oneLine(state))
	state = "ready"
	if p := s.Store.Problem; p != "" {
		state = "degraded, answers go on without history: " + p
	}
	fmt.Fprintf(&b, "store: %s\n", oneLine(state))
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// reloadTime bounds a reload, which may be slow on a large folder.
const reloadTime = 2 * time.Minute

// Admin returns the handler of the admin listener. It answers:
//
//	GET  /-/healthy  200 while the process is up
//	GET  /-/ready    200 or 503, a line per adapter and one on the knowledge
//	GET  /-/status   the Status as JSON
//	POST /-/reload   calls reload: 200, or 409 with its problems as text
//
// and whatever is mounted by [http.ServeMux] patterns, such as /metrics. Posts
// that another site makes a browser send are refused.
func Admin(status func() Status, reload func(context.Context) error, mounts map[string]http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/-/healthy", methods{"GET": func(w http.ResponseWriter, r *http.Request) {
		writeText(w, http.StatusOK, "ok\n")
	}})
	mux.Handle("/-/ready", methods{"GET": func(w http.ResponseWriter, r *http.Request) {
		s := status()
		code := http.StatusOK
		if !s.ready() {
			code = http.StatusServiceUnavailable
		}
		writeText(w, code, s.lines())
	}})
	mux.Handle("/-/status", methods{"GET": func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, status())
	}})
	mux.Handle("/-/reload", methods{"POST": func(w http.ResponseWriter, r *http.Request) {
		// Best effort: a recorder in a test has no deadline to move.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(reloadTime + writeTimeout))
		ctx, cancel := context.WithTimeout(r.Context(), reloadTime)
		defer cancel()
		if err := reload(ctx); err != nil {
			writeText(w, http.StatusConflict, err.Error()+"\n")
			return
		}
		writeText(w, http.StatusOK, "reloaded\n")
	}})
	for pattern, h := range mounts {
		mux.Handle(pattern, h)
	}
	return safeHeaders(sameSite(mux, func(w http.ResponseWriter, _ *http.Request, status int, why string) {
		writeText(w, status, why+"\n")
	}))
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	w.Write([]byte(text)) // a reader that left needs no answer
}
