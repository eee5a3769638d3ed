package fakeslack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Limits of a response URL.
const (
	hookUses = 5
	hookLife = 30 * time.Minute
)

// A hook is a response URL.
type hook struct {
	uses  int
	since time.Time
}

// ResponseURL issues a response URL: good for five messages in 30 minutes.
func (s *Server) ResponseURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("h%d", s.next())
	s.hooks[id] = &hook{since: s.Now()}
	return s.http.URL + "/hook/" + id
}

// Posts returns what was posted to a response URL and carried out.
func (s *Server) Posts(responseURL string) []Call {
	id := responseURL[strings.LastIndexByte(responseURL, '/')+1:]
	var out []Call
	for _, c := range s.Calls("response_url") {
		if c.OK && c.Hook == id {
			out = append(out, c)
		}
	}
	return out
}

func (s *Server) serveHook(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	raw, err := io.ReadAll(r.Body)
	var args map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &args)
	}
	if err != nil || r.Method != http.MethodPost {
		s.problem("response_url: %v %v", r.Method, err)
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	i, script := s.take(Call{Method: "response_url", Args: args, Hook: id})
	if script != nil && !script.Run {
		play(w, r, script)
		return
	}
	if status, code := s.post(id, args); code != "" {
		http.Error(w, code, status)
		return
	}
	s.done(i)
	if script != nil {
		play(w, r, script)
		return
	}
	io.WriteString(w, "ok")
}

// post uses a response URL and returns status and error code, or "".
func (s *Server) post(id string, args map[string]any) (int, string) {
	s.mu.Lock()
	h := s.hooks[id]
	switch {
	case h == nil:
		s.mu.Unlock()
		return http.StatusNotFound, "no_service"
	case s.Now().Sub(h.since) > hookLife:
		s.mu.Unlock()
		return http.StatusNotFound, "expired_url"
	case h.uses >= hookUses:
		s.mu.Unlock()
		return http.StatusNotFound, "used_url"
	}
	h.uses++
	s.mu.Unlock()
	if code, err := s.checks.checkMessage(args); err != nil {
		s.problem("response_url: %v", err)
		return http.StatusBadRequest, code
	}
	return 0, ""
}
