// Package web serves the bot to browsers and programs.
//
// The central type is [Adapter], the public listener: a chat page at /, which
// works without JavaScript and better with it, the JSON API at POST /api/v1/ask
// with charts at GET /api/v1/picture, and whatever inlets of other adapters are
// mounted beside them. [Admin] is the handler of the second, private listener,
// and [Server] runs either of the two.
//
// The page is one set of templates for every reader: the server renders the whole
// conversation when a form is posted, or only the newest answer when the page's
// script asks for it.
package web

import (
	"context"
	"log/slog"
	"net/http"

	"careerbot/bot"
)

// An Asker answers questions. It never fails and is quick; ctx only carries
// deadlines.
type Asker interface {
	Answer(ctx context.Context, q bot.Question) bot.Answer
}

// Config of the public listener. The zero value serves the page and the API alone.
type Config struct {
	Addr   string                  // host:port; default [DefaultAddr]
	Mounts map[string]http.Handler // further handlers by [http.ServeMux] pattern: "POST /slack/events"
	Drawer bot.Drawer              // makes answers' charts visible; default: none are shown

	Feedback Feedback // takes verdicts on answers; default: nobody is asked
	Ladder   Ladder   // shown at /ladder; default: there is no such page
}

// DefaultAddr is listened on when no address is set.
const DefaultAddr = "127.0.0.1:8080"

// Adapter is the public listener.
type Adapter struct {
	*Server
	handler http.Handler
}

var _ bot.Adapter = (*Adapter)(nil)

// New returns an adapter that has yet to listen; [Server.Run] does. It panics when
// two mounts have conflicting patterns.
func New(cfg Config, ask Asker, log *slog.Logger) *Adapter {
	if cfg.Addr == "" {
		cfg.Addr = DefaultAddr
	}
	s := &site{ask: ask, drawer: cfg.Drawer, feedback: cfg.Feedback, ladder: cfg.Ladder, log: log}
	mux := http.NewServeMux()
	ours := http.NewServeMux()
	s.routes(ours)
	// Only our own forms and API refuse other sites' browsers: mounted inlets
	// prove who calls them by signature.
	mux.Handle("/", sameSite(ours, refuse))
	for pattern, h := range cfg.Mounts {
		mux.Handle(pattern, h)
	}
	h := safeHeaders(catch(mux, log))
	return &Adapter{Server: NewServer(cfg.Addr, "CAREERBOT_ADDR", h, log), handler: h}
}

// Name returns "web".
func (a *Adapter) Name() string { return "web" }

// Handler returns all that the listener serves, for tests and other servers.
func (a *Adapter) Handler() http.Handler { return a.handler }

// site answers the adapter's own routes.
type site struct {
	ask      Asker
	drawer   bot.Drawer // nil when there is none
	feedback Feedback   // likewise
	ladder   Ladder     // likewise
	log      *slog.Logger
}

func (s *site) routes(mux *http.ServeMux) {
	mux.Handle("/{$}", methods{"GET": s.start, "POST": s.converse})
	mux.Handle("/feedback", methods{"POST": s.opine})
	mux.Handle("/turn", methods{"POST": s.turn})
	mux.Handle("/api/v1/ask", methods{"POST": s.api})
	mux.Handle("/api/v1/picture", methods{"GET": s.picture})
	if s.ladder != nil {
		mux.Handle("/ladder", methods{"GET": s.ladderPage})
		mux.Handle("/api/v1/ladder", methods{"GET": s.ladderPicture})
	}
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusNotFound, "there is no such method; questions go to POST /api/v1/ask")
	})
	for path, f := range files {
		mux.Handle(path, methods{"GET": f.ServeHTTP})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, http.StatusNotFound, "There is no page at this address.")
	})
}
