package web

import (
	"crypto/rand"
	"net/http"
	"strings"

	"golang.org/x/text/language"
)

// platform is this adapter's name in [bot.Place].
const platform = "web"

// cookieName holds a browser's random id, which keeps its conversation together.
// It names nobody, ends with the browser's session and is never logged.
const cookieName = "careerbot"

// idLength is the length of an id as [rand.Text] makes it: 130 random bits.
const idLength = 26

// browser returns the id of the browser's conversation and sets the cookie when
// there is none yet. Only answers to POST may call it: looking changes nothing.
func browser(w http.ResponseWriter, r *http.Request) string {
	if id := knownBrowser(r); id != "" {
		return "browser:" + id
	}
	id := rand.Text()
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		// A proxy in front ends TLS. Claiming https falsely only loses the sender its own cookie.
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	})
	return "browser:" + id
}

// knownBrowser returns the id that the request's cookie holds, "" when it has
// none of ours.
func knownBrowser(r *http.Request) string {
	c, err := r.Cookie(cookieName)
	if err != nil || len(c.Value) != idLength {
		return ""
	}
	if strings.Trim(c.Value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return ""
	}
	return c.Value
}

// apiPerson tells whose conversation a question of the API belongs to: its
// session's, else its browser's, else nobody's.
func apiPerson(r *http.Request, session string) string {
	if session != "" {
		return "session:" + session
	}
	if id := knownBrowser(r); id != "" {
		return "browser:" + id
	}
	return ""
}

// maxAcceptBytes is how much of Accept-Language is worth reading.
const maxAcceptBytes = 100

// locale returns the first language the browser asks for, "" when it names none.
func locale(r *http.Request) string {
	accept := r.Header.Get("Accept-Language")
	if len(accept) > maxAcceptBytes {
		return ""
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return ""
	}
	return tags[0].String()
}
