package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"careerbot/bot"
)

// Formats of GET /api/v1/picture.
var formats = map[string]string{"": "image/svg+xml", "svg": "image/svg+xml", "png": "image/png"}

// picturePolicy lets a drawing have its own style and nothing else: it runs and
// loads nothing, whoever opens it.
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

// picture answers GET /api/v1/picture with a chart of an answer:
//
//	choice  the encoded question whose answer has the picture
//	kind    pay, growth or ladder; default: the answer's first
//	scheme  dark or light (default)
//	format  svg (default) or png
//	v       the content it was offered with; only keeps browsers' copies apart
func (s *site) picture(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	mime, ok := drawingAsked(w, r)
	if !ok {
		return
	}
	c, err := bot.ParseChoice(query.Get("choice"))
	if err != nil {
		refuse(w, r, http.StatusBadRequest, `"choice" is not one of this bot's: send the choice of a picture as it came`)
		return
	}
	a := s.ask.Answer(r.Context(), bot.Question{Choice: &c, Place: bot.Place{Platform: platform}, Again: true})
	kind := bot.PictureKind(query.Get("kind"))
	i := slices.IndexFunc(a.Pictures, func(p bot.Picture) bool { return kind == "" || p.Kind == kind })
	if i < 0 {
		refuse(w, r, http.StatusNotFound, "the answer to this choice has no such picture")
		return
	}
	s.draw(w, r, a.Pictures[i], mime, a.Knowledge)
}

// drawingAsked returns the format asked for, or refuses what there is none of.
func drawingAsked(w http.ResponseWriter, r *http.Request) (mime string, ok bool) {
	query := r.URL.Query()
	mime, ok = formats[query.Get("format")]
	if scheme := query.Get("scheme"); !ok || scheme != "" && scheme != "dark" && scheme != "light" {
		refuse(w, r, http.StatusBadRequest, `"format" is svg or png and "scheme" is light or dark`)
		return "", false
	}
	return mime, true
}

// draw sends a drawing. Browsers may keep it while its address names the content
// it was drawn from.
func (s *site) draw(w http.ResponseWriter, r *http.Request, p bot.Picture, mime, knowledge string) {
	if s.drawer == nil {
		refuse(w, r, http.StatusNotFound, "there are no pictures here")
		return
	}
	body, err := s.drawer.Draw(r.Context(), p, mime, r.URL.Query().Get("scheme") == "dark")
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		refuse(w, r, http.StatusServiceUnavailable, "drawing took too long; please ask again")
		return
	default:
		s.log.Warn("picture not drawn", "kind", p.Kind, "err", err)
		refuse(w, r, http.StatusNotFound, "this picture cannot be drawn")
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", picturePolicy)
	h.Set("Content-Type", mime)
	if v := r.URL.Query().Get("v"); v != "" && v == knowledge {
		h.Set("Cache-Control", cacheDay)
	}
	w.Write(body) // a reader that left needs no picture
}

// pictureAddress returns where a picture of an answer is drawn.
func pictureAddress(p bot.Picture, knowledge, scheme string) string {
	q := url.Values{"choice": {code(p.Choice)}, "kind": {string(p.Kind)}}
	if scheme != "" {
		q.Set("scheme", scheme)
	}
	if knowledge != "" {
		q.Set("v", knowledge)
	}
	return "/api/v1/picture?" + q.Encode()
}
