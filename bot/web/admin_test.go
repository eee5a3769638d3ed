package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

var testStatus = Status{
	Version: "v1", Started: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC),
	Adapters:  []AdapterStatus{{Name: "web"}, {Name: "slack"}},
	Knowledge: KnowledgeStatus{Hash: "5f3c", Loaded: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)},
}

func TestAdminReady(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*Status)
		status int
		want   string
	}{
		{"all well", func(*Status) {}, 200, "web: ready\nslack: ready\nknowledge: 5f3c, loaded 2026-11-22T09:00:00Z\nstore: ready\n"},
		{"an adapter is not", func(s *Status) { s.Adapters = []AdapterStatus{{"slack", "no link:\n refused"}} }, 503,
			"slack: not ready: no link: refused\nknowledge: 5f3c, loaded 2026-11-22T09:00:00Z\nstore: ready\n"},
		{"no knowledge", func(s *Status) { s.Knowledge = KnowledgeStatus{} }, 503, "web: ready\nslack: ready\nknowledge: not loaded\nstore: ready\n"},
		{"older knowledge", func(s *Status) {
			s.Knowledge = KnowledgeStatus{Hash: "1a", Note: "the folder has 2 problems, answering from the last good copy"}
		}, 200, "web: ready\nslack: ready\nknowledge: 1a; the folder has 2 problems, answering from the last good copy\nstore: ready\n"},
		{"no database", func(s *Status) { s.Store.Problem = "connection\nrefused" }, 200,
			"web: ready\nslack: ready\nknowledge: 5f3c, loaded 2026-11-22T09:00:00Z\nstore: degraded, answers go on without history: connection refused\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := testStatus
			tc.change(&s)
			w := get(Admin(func() Status { return s }, nil, nil), "/-/ready")
			if w.Code != tc.status || w.Body.String() != tc.want {
				t.Errorf("answered %d\n%s\nwant %d\n%s", w.Code, w.Body, tc.status, tc.want)
			}
		})
	}
}

func TestAdminPages(t *testing.T) {
	mounts := map[string]http.Handler{"GET /metrics": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("up 1\n")) })}
	h := Admin(func() Status { return testStatus }, nil, mounts)
	if w := get(h, "/-/healthy"); w.Code != 200 || w.Body.String() != "ok\n" {
		t.Errorf("healthy: %d %s", w.Code, w.Body)
	}
	var got Status
	if w := get(h, "/-/status"); json.Unmarshal(w.Body.Bytes(), &got) != nil || got.Knowledge != testStatus.Knowledge || len(got.Adapters) != 2 {
		t.Errorf("status: %d %s", w.Code, w.Body)
	}
	if w := get(h, "/metrics"); w.Body.String() != "up 1\n" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("mounted: %d %s", w.Code, w.Body)
	}
	if w := get(h, "/"); w.Code != 404 {
		t.Errorf("root: %d", w.Code)
	}
}

func TestAdminReload(t *testing.T) {
	var calls int
	var problem error
	h := Admin(func() Status { return testStatus }, func(context.Context) error { calls++; return problem }, nil)
	reload := func(method, from string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/-/reload", nil)
		r.Header.Set("Sec-Fetch-Site", from)
		return serve(h, r)
	}
	if w := reload("POST", ""); w.Code != 200 || w.Body.String() != "reloaded\n" {
		t.Errorf("reload: %d %s", w.Code, w.Body)
	}
	problem = errors.New("roles/phlebotomist.md:3: no title (title)")
	if w := reload("POST", ""); w.Code != 409 || w.Body.String() != problem.Error()+"\n" {
		t.Errorf("reload of a bad folder: %d %s", w.Code, w.Body)
	}
	if calls != 2 {
		t.Fatalf("reloaded %d times, want 2", calls)
	}
	if w := reload("GET", ""); w.Code != 405 || w.Header().Get("Allow") != "POST" || strings.Contains(w.Body.String(), "<") {
		t.Errorf("GET: %d %s", w.Code, w.Body)
	}
	if w := reload("POST", "cross-site"); w.Code != 403 || strings.Contains(w.Body.String(), "<") {
		t.Errorf("another site: %d %s", w.Code, w.Body)
	}
	if calls != 2 {
		t.Error("a refused request reloaded")
	}
}
