package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"careerbot/bot"
)

// Bounds of what is read.
const (
	maxBodyBytes = 64 << 10
	maxTurns     = 50
	maxIDBytes   = 128 // of a session or id
)

// shapes tells a caller what to send.
const shapes = `send {"text":"a question"}, {"turns":["a question","the next"]} or {"choice":"a follow-up's choice"}`

// request is the body of POST /api/v1/ask: one of text, turns and choice.
type request struct {
	ID      string    `json:"id"`      // comes back as it is
	Session string    `json:"session"` // opaque; questions of one session are one conversation
	Text    *string   `json:"text"`
	Turns   *[]string `json:"turns"`
	Choice  *string   `json:"choice"`
}

// turnsJSON is what {"turns":[…]} is answered with.
type turnsJSON struct {
	ID      string           `json:"id"`
	Answers []bot.AnswerJSON `json:"answers"`
}

// api answers POST /api/v1/ask.
func (s *site) api(w http.ResponseWriter, r *http.Request) {
	req, status, why := readRequest(w, r)
	if status != 0 {
		refuse(w, r, status, why)
		return
	}
	q := bot.Question{Place: bot.Place{Platform: platform}, Locale: locale(r), Person: apiPerson(r, req.Session)}
	switch {
	case req.Turns != nil:
		q.Person = "turns:" + rand.Text() // a conversation of its own
		out := turnsJSON{ID: req.ID, Answers: []bot.AnswerJSON{}}
		for _, text := range *req.Turns {
			q.Text = text
			out.Answers = append(out.Answers, s.timed(r.Context(), req.ID, q))
		}
		writeJSON(w, http.StatusOK, out)
		return
	case req.Choice != nil:
		c, err := bot.ParseChoice(*req.Choice)
		if err != nil {
			refuse(w, r, http.StatusBadRequest, `"choice" is not one of this bot's: send the choice of a follow-up as it came, or {"text":"a question"}`)
			return
		}
		q.Choice = &c
	default:
		q.Text = *req.Text
	}
	writeJSON(w, http.StatusOK, s.timed(r.Context(), req.ID, q))
}

// timed answers one question in the form of the JSON contract.
func (s *site) timed(ctx context.Context, id string, q bot.Question) bot.AnswerJSON {
	start := time.Now()
	a := s.ask.Answer(ctx, q)
	return bot.EncodeAnswer(id, a, time.Since(start))
}

// readRequest reads and checks the body. A status other than 0 refuses it.
func readRequest(w http.ResponseWriter, r *http.Request) (req request, status int, why string) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return req, http.StatusUnsupportedMediaType, "send the header Content-Type: application/json and " + shapes[len("send "):]
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return req, http.StatusUnsupportedMediaType, "send the body as it is, without Content-Encoding"
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			return req, http.StatusRequestEntityTooLarge, "the body is longer than 64 KiB; " + shapes
		}
		return req, http.StatusBadRequest, "the body did not arrive whole"
	}
	if err := json.Unmarshal(body, &req); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
			return req, http.StatusBadRequest, `"` + e.Field + `" has the wrong type; ` + shapes
		}
		return req, http.StatusBadRequest, "the body is not a JSON object; " + shapes
	}
	return req, req.status(), req.problem()
}

// status is 400 when the request has a problem, otherwise 0.
func (req *request) status() int {
	if req.problem() != "" {
		return http.StatusBadRequest
	}
	return 0
}

// problem says what keeps the request from being answered, "" when nothing does.
func (req *request) problem() string {
	given := 0
	for _, there := range []bool{req.Text != nil, req.Turns != nil, req.Choice != nil} {
		if there {
			given++
		}
	}
	switch {
	case given != 1:
		return `exactly one of "text", "turns" and "choice" is needed; ` + shapes
	case req.Turns != nil && (len(*req.Turns) == 0 || len(*req.Turns) > maxTurns):
		return `"turns" takes 1 to 50 questions`
	case len(req.ID) > maxIDBytes || len(req.Session) > maxIDBytes:
		return `"id" and "session" take at most 128 bytes`
	}
	return ""
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // a reader that left needs no answer
}
