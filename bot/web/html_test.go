package web

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/net/html"

	"careerbot/bot/bottest/answers"
)

func TestMain(m *testing.M) {
	// The search library under package bot starts its workers at init, for good.
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// newSite returns the adapter's handler over a fake asker.
func newSite() (http.Handler, *answers.Asker) {
	var ask answers.Asker
	return New(Config{}, &ask, slog.New(slog.DiscardHandler)).Handler(), &ask
}

// serve sends one request to the handler.
func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	return serve(h, httptest.NewRequest("GET", path, nil))
}

// post sends a form as the page does.
func post(h http.Handler, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return serve(h, r)
}

// parse returns the document that was served and fails when it is no HTML page
// or fragment of status 200.
func parse(t *testing.T, w *httptest.ResponseRecorder) *html.Node {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Fatalf("Content-Type = %q, want HTML", got)
	}
	return parseText(t, w.Body)
}

func parseText(t *testing.T, r io.Reader) *html.Node {
	t.Helper()
	doc, err := html.Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// all returns the elements with the given name, "*" for every one, in order.
func all(n *html.Node, name string) []*html.Node {
	var found []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && (name == "*" || d.Data == name) {
			found = append(found, d)
		}
	}
	return found
}

// withClass returns the elements that have a class.
func withClass(n *html.Node, class string) []*html.Node {
	return slices.DeleteFunc(all(n, "*"), func(e *html.Node) bool { return !slices.Contains(strings.Fields(attr(e, "class")), class) })
}

// byID returns the element with an id, or nil.
func byID(n *html.Node, id string) *html.Node {
	for _, e := range all(n, "*") {
		if attr(e, "id") == id {
			return e
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words returns the text inside an element, blanks collapsed.
func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// texts returns each element's words.
func texts(nodes []*html.Node) []string {
	var out []string
	for _, n := range nodes {
		out = append(out, words(n))
	}
	return out
}

// press returns what pressing the button with the given words, or sending the
// form with a text, posts: the fields of the form that owns it.
func press(t *testing.T, doc *html.Node, button, text string) url.Values {
	t.Helper()
	form := url.Values{}
	id := "ask"
	if button != "" {
		i := slices.IndexFunc(all(doc, "button"), func(b *html.Node) bool { return words(b) == button })
		if i < 0 {
			t.Fatalf("no button %q among %q", button, texts(all(doc, "button")))
		}
		b := all(doc, "button")[i]
		id = attr(b, "form")
		form.Set(attr(b, "name"), attr(b, "value"))
	} else {
		form.Set("text", text)
	}
	owner := byID(doc, id)
	if owner == nil || owner.Data != "form" || attr(owner, "method") != "post" {
		t.Fatalf("button %q is not owned by a posting form", button)
	}
	for _, in := range all(owner, "input") {
		if attr(in, "type") == "hidden" {
			form.Add(attr(in, "name"), attr(in, "value"))
		}
	}
	return form
}
