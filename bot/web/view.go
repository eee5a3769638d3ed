package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"strings"

	"careerbot/bot"
)

//go:embed assets
var assets embed.FS

// templates render the page ("page"), one answer ("answer") and an error ("refusal").
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"asset": assetPath,
	"code":  code,
	"date":  sourceDate,
	"image": pictureAddress,
	"web":   webAddress,
}).ParseFS(assets, "assets/*.html"))

// code is a choice in the form that a button carries.
func code(c bot.Choice) string {
	s, _ := c.Encode() // longer than a chat platform's button is fine here
	return s
}

// sourceDate returns the date that a source's label adds to its title, "" when it
// adds none.
func sourceDate(s bot.Source) string {
	if s.Label == "" {
		return s.AsOf
	}
	rest, _ := strings.CutPrefix(s.Label, s.Title)
	return strings.TrimPrefix(rest, ", ")
}

// webAddress returns the address if it is one of the web, else "": content may
// name other things, but only those are links.
func webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return ""
	}
	return s
}

// render executes a template into memory first, so that a fault is a fault and
// not half a page.
func render(w http.ResponseWriter, status int, name string, data any) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		panic(err) // unreachable: tests execute every template on its type
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(b.Bytes()) // a reader that left needs no page
}

// A file is served as it is.
type file struct {
	body  []byte
	mime  string
	cache string
}

// How long browsers keep files. A path with a hash in it never changes.
const (
	cacheForever = "public, max-age=31536000, immutable"
	cacheDay     = "public, max-age=86400"
)

// files by their path.
var files = map[string]file{
	"/robots.txt":         {read("robots.txt"), "text/plain; charset=utf-8", cacheDay},
	"/favicon.svg":        {read("mark.svg"), "image/svg+xml", cacheDay},
	"/favicon.ico":        {read("mark.svg"), "image/svg+xml", cacheDay}, // what browsers ask for unbidden
	assetPath("chat.css"): {read("chat.css"), "text/css; charset=utf-8", cacheForever},
	assetPath("chat.js"):  {read("chat.js"), "text/javascript; charset=utf-8", cacheForever},
}

func (f file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", f.mime)
	w.Header().Set("Cache-Control", f.cache)
	w.Write(f.body)
}

// assetPath returns where a file is served, with its hash, so that a new version
// is a new path.
func assetPath(name string) string {
	sum := sha256.Sum256(read(name))
	ext := path.Ext(name)
	return "/static/" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:4]) + ext
}

func read(name string) []byte {
	b, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // unreachable: the file is embedded
	}
	return b
}
