package web

import (
	"net/http"
	"net/url"
	"slices"

	"careerbot/bot"
)

// A Ladder tells how jobs lead to others, as pictures each of which starts at one
// place, and the content hash they are of.
type Ladder interface {
	Ladder() (pictures []bot.Picture, knowledge string)
}

// A rise is where one place leads, as the page shows it.
type rise struct {
	ID, Place, Title string
	Light, Dark      string // addresses of its drawings, "" when there are none
	Alt              string
	Ways             []way
	Choice           bot.Choice
}

// A way is a step in words.
type way struct{ To, Time string }

// ladderPage shows the whole ladder, place by place, in pictures and in words.
func (s *site) ladderPage(w http.ResponseWriter, r *http.Request) {
	pictures, knowledge := s.ladder.Ladder()
	var rises []rise
	for _, p := range pictures {
		rises = append(rises, s.rise(p, knowledge))
	}
	render(w, http.StatusOK, "ladder", struct {
		Title string
		Rises []rise
	}{"Career ladder · careerbot", rises})
}

func (s *site) rise(p bot.Picture, knowledge string) rise {
	out := rise{ID: p.Rows[0].ID, Place: p.Rows[0].Label, Title: p.Title, Alt: p.Alt, Choice: p.Choice}
	if s.drawer != nil {
		out.Light, out.Dark = ladderAddress(out.ID, knowledge, ""), ladderAddress(out.ID, knowledge, "dark")
	}
	for _, st := range p.Steps {
		i := slices.IndexFunc(p.Rows, func(r bot.PictureRow) bool { return r.ID == st.To })
		out.Ways = append(out.Ways, way{p.Rows[i].Label, st.Label})
	}
	return out
}

// ladderPicture answers GET /api/v1/ladder with the drawing of where one place
// leads. Beside place it takes scheme, format and v, as /api/v1/picture does.
func (s *site) ladderPicture(w http.ResponseWriter, r *http.Request) {
	mime, ok := drawingAsked(w, r)
	if !ok {
		return
	}
	pictures, knowledge := s.ladder.Ladder()
	place := r.URL.Query().Get("place")
	i := slices.IndexFunc(pictures, func(p bot.Picture) bool { return p.Rows[0].ID == place })
	if i < 0 {
		refuse(w, r, http.StatusNotFound, "no steps lead on from such a place")
		return
	}
	s.draw(w, r, pictures[i], mime, knowledge)
}

func ladderAddress(place, knowledge, scheme string) string {
	q := url.Values{"place": {place}, "v": {knowledge}}
	if scheme != "" {
		q.Set("scheme", scheme)
	}
	return "/api/v1/ladder?" + q.Encode()
}
