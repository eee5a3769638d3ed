package web

import (
	"crypto/rand"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"

	"careerbot/bot"
)

// maxPast is how many earlier questions a page without script carries along.
const maxPast = 8

// Buttons that every page has.
var (
	startOver = bot.Choice{Kind: bot.KindMeta, Topic: "start-over"}
	fixed     = []bot.FollowUp{
		{Label: "What can I ask?", Choice: bot.Choice{Kind: bot.KindMeta, Topic: "help"}},
		{Label: "Privacy", Choice: bot.Choice{Kind: bot.KindMeta, Topic: "privacy"}},
	}
)

// chat is what the page's template shows.
type chat struct {
	Title     string
	Turns     []turn
	Past      []string // questions to post along with the next one
	Begun     bool     // something was asked
	Cut       bool     // earlier questions are not shown
	StartOver bot.Choice
	Fixed     []bot.FollowUp
	Ladder    bool // there is a page of it
}

// A turn is a question as the person sees it, and its answer.
type turn struct {
	Question string // "" for the bot's opening
	Answer   bot.Answer
	Latest   bool
	Draws    bool // its charts can be shown
	Judged   bool // readers may say what they think of it
}

// start shows the page with the bot's opening.
func (s *site) start(w http.ResponseWriter, r *http.Request) {
	s.page(w, []turn{s.opening(r)}, nil)
}

// opening is the bot's own first words, which it also chooses the examples for.
func (s *site) opening(r *http.Request) turn {
	greeting := bot.Choice{Kind: bot.KindMeta, Topic: "greeting"}
	return s.answer(r, bot.Question{
		Choice: &greeting, Place: bot.Place{Platform: platform}, Locale: locale(r), Again: true,
	})
}

// answer asks and makes the answer a turn without a question.
func (s *site) answer(r *http.Request, q bot.Question) turn {
	return turn{Answer: s.ask.Answer(r.Context(), q), Draws: s.drawer != nil, Judged: s.feedback != nil}
}

// converse answers a posted form with the whole page. The page itself carries
// the questions so far, and asking them once more gives the conversation again:
// no server need remember it, and tabs and the back button do not mix it up.
func (s *site) converse(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	past := r.PostForm["past"]
	now := pastText + r.PostForm.Get("text")
	if code := r.PostForm.Get("choice"); code != "" {
		now = pastChoice + code
	}
	if now == pastChoice+code(startOver) {
		past = nil
	}
	cut := len(past) > maxPast
	if cut {
		past = past[len(past)-maxPast:]
	}
	q := bot.Question{
		Person: browser(w, r), Locale: locale(r),
		// The conversation of this page and post, apart from the script's.
		Place: bot.Place{Platform: platform, Thread: rand.Text()},
	}
	var turns []turn
	if !cut {
		turns = append(turns, s.opening(r))
	}
	var kept []string
	for _, p := range past {
		if t, err := s.again(r, q, p, turns); err == nil { // a damaged one is left out
			turns, kept = append(turns, t), append(kept, p)
		}
	}
	t, err := s.once(r, q, now, turns)
	if err != nil {
		refuse(w, r, http.StatusBadRequest, "That button is of another version of this page. Please ask in your own words.")
		return
	}
	s.page(w, append(turns, t), append(kept, now))
}

// How a question is carried in the page: as it was typed, or as its button's code.
const (
	pastText   = "t:"
	pastChoice = "c:"
)

// again answers a question that was answered before.
func (s *site) again(r *http.Request, q bot.Question, carried string, turns []turn) (turn, error) {
	q.Again = true
	return s.once(r, q, carried, turns)
}

// once answers a carried question.
func (s *site) once(r *http.Request, q bot.Question, carried string, turns []turn) (turn, error) {
	if text, ok := strings.CutPrefix(carried, pastText); ok {
		q.Text = text
		t := s.answer(r, q)
		t.Question = text
		return t, nil
	}
	codeText, _ := strings.CutPrefix(carried, pastChoice)
	c, err := bot.ParseChoice(codeText)
	if err != nil {
		return turn{}, err
	}
	q.Choice = &c
	t := s.answer(r, q)
	t.Question = label(codeText, t.Answer, turns)
	return t, nil
}

// label returns the words on the button that a code belongs to: it was offered
// earlier in the conversation, or has been cut off with it.
func label(wanted string, a bot.Answer, turns []turn) string {
	offers := append(fixed[:len(fixed):len(fixed)], bot.FollowUp{Label: "Start over", Choice: startOver})
	for _, t := range turns {
		offers = slices.Concat(offers, t.Answer.FollowUps, t.Answer.Choices, t.Answer.Change)
	}
	for _, f := range offers {
		if code(f.Choice) == wanted {
			return f.Label
		}
	}
	if a.ReadAs != "" {
		return a.ReadAs
	}
	return a.Title
}

// page shows a conversation.
func (s *site) page(w http.ResponseWriter, turns []turn, past []string) {
	last := &turns[len(turns)-1]
	last.Latest = true
	c := chat{
		Title: "careerbot", Turns: turns, Past: past, Begun: past != nil, Cut: turns[0].Question != "",
		StartOver: startOver, Fixed: fixed, Ladder: s.ladder != nil,
	}
	if c.Begun {
		c.Title = last.Answer.Title + " · careerbot"
	}
	render(w, http.StatusOK, "page", c)
}

// turn answers the page's script with one answer's HTML. Its conversation is the
// browser's.
func (s *site) turn(w http.ResponseWriter, r *http.Request) {
	if !readForm(w, r) {
		return
	}
	q := bot.Question{Text: r.PostForm.Get("text"), Place: bot.Place{Platform: platform}, Locale: locale(r)}
	if code := r.PostForm.Get("choice"); code != "" {
		c, err := bot.ParseChoice(code)
		if err != nil {
			refuse(w, r, http.StatusBadRequest, "That button is of another version of this page. Please ask in your own words.")
			return
		}
		q.Choice = &c
	}
	q.Person = browser(w, r)
	render(w, http.StatusOK, "answer", s.answer(r, q))
}

// readForm parses a posted form, or refuses it and returns false.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		refuse(w, r, http.StatusUnsupportedMediaType, "This address takes the form of its page. Programs ask at POST /api/v1/ask.")
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBodyBytes)
	if err := r.ParseForm(); err != nil {
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			refuse(w, r, http.StatusRequestEntityTooLarge, "That is too long. Please ask in a sentence or two.")
		} else {
			refuse(w, r, http.StatusBadRequest, "That form did not arrive whole. Please ask again.")
		}
		return false
	}
	return true
}
