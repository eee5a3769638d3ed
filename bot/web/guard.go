package web

import (
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"
)

// contentPolicy lets a page load our own style, script and pictures and nothing
// else: nothing inline, nothing foreign, and no frame around it.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// safeHeaders sets headers that are right for everything we serve; a mounted
// handler may set others.
func safeHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY") // for browsers older than frame-ancestors
		// Not no-referrer: under that browsers call our own forms' origin "null",
		// which the check of cross-site posts must refuse.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// A refusal answers a request that is not served, in a form its sender reads.
type refusal func(w http.ResponseWriter, r *http.Request, status int, why string)

// sameSite refuses requests that a browser makes on another site's behalf,
// unless their method is safe.
func sameSite(next http.Handler, refuse refusal) http.Handler {
	p := http.NewCrossOriginProtection()
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusForbidden, "This request came from another site. Open this page itself and ask there.")
	}))
	return p.Handler(next)
}

// catch turns a panic into one log line and, when nothing was sent yet, a plain
// error. The line tells where, not with what: a panic's value may quote a question.
func catch(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v) // the agreed way to drop a connection
			}
			log.Error("request panicked", "kind", fmt.Sprintf("%T", v), "at", panicSite())
			refuse(w, r, http.StatusInternalServerError, "Something broke while answering. Please ask again.")
		}()
		next.ServeHTTP(w, r)
	})
}

// panicSite returns file and line of the nearest frame of this module below a
// recovered panic.
func panicSite() string {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicked := false
	for {
		f, more := frames.Next()
		panicked = panicked || f.Function == "runtime.gopanic"
		if panicked && strings.HasPrefix(f.Function, "careerbot/") {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}

// methods is a handler per method. GET serves HEAD as well.
type methods map[string]http.HandlerFunc

func (m methods) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if h := m[method]; h != nil {
		h(w, r)
		return
	}
	allow := strings.Join(slices.Sorted(maps.Keys(m)), ", ")
	w.Header().Set("Allow", allow)
	refuse(w, r, http.StatusMethodNotAllowed, "This address takes "+allow+" only.")
}

// refuse answers with an error: JSON under /api/, text for the page's script and
// on the admin listener, and a page for everyone else.
func refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/api/"):
		writeJSON(w, status, map[string]string{"error": why})
	case r.URL.Path == "/turn", r.PostForm.Get("part") != "", strings.HasPrefix(r.URL.Path, "/-/"):
		writeText(w, status, why+"\n")
	default:
		render(w, status, "refusal", struct {
			Title, Why string
		}{http.StatusText(status), why})
	}
}
