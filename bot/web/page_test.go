package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
)

func TestStartPage(t *testing.T) {
	h, ask := newSite()
	w := get(h, "/")
	doc := parse(t, w)
	if got := texts(all(doc, "h1")); len(got) != 1 || got[0] != "careerbot" {
		t.Errorf("h1 = %q", got)
	}
	if got := texts(all(doc, "h2")); !slices.Equal(got, []string{answers.Greeting().Title}) {
		t.Errorf("h2 = %q, want the greeting", got)
	}
	if b := byID(doc, "restart"); b == nil || !slices.ContainsFunc(b.Attr, func(a html.Attribute) bool { return a.Key == "hidden" }) {
		t.Error("starting over is offered before anything was asked")
	}
	// Looking changes nothing: no cookie, and a question that is nobody's and not counted.
	if c := w.Result().Cookies(); len(c) != 0 {
		t.Errorf("GET set cookies %v", c)
	}
	for _, q := range ask.Asked() {
		if q.Person != "" || !q.Again || q.Text != "" {
			t.Errorf("GET asked %+v", q)
		}
	}
}

func TestLandmarks(t *testing.T) {
	h, _ := newSite()
	doc := parse(t, get(h, "/"))
	for _, name := range []string{"header", "main", "footer"} {
		if n := len(all(doc, name)); n != 1 {
			t.Errorf("%d %s elements, want 1", n, name)
		}
	}
	if html := all(doc, "html")[0]; attr(html, "lang") != "en" {
		t.Errorf("lang = %q", attr(html, "lang"))
	}
	log := byID(doc, "log")
	if attr(log, "role") != "log" || attr(log, "aria-live") != "polite" || attr(log, "aria-label") == "" {
		t.Errorf("the conversation is no labelled polite log: %v", log.Attr)
	}
	label := all(doc, "label")
	if len(label) != 1 || byID(doc, attr(label[0], "for")) == nil || words(label[0]) == "" {
		t.Error("the question field has no label")
	}
	if skip := all(all(doc, "body")[0], "a")[0]; byID(doc, strings.TrimPrefix(attr(skip, "href"), "#")) == nil {
		t.Error("the first link does not skip to the question field")
	}
}

// TestConversationWithoutScript asks and presses through a whole conversation as
// a browser without JavaScript does: each page's own fields are posted.
func TestConversationWithoutScript(t *testing.T) {
	h, ask := newSite()
	doc := parse(t, get(h, "/"))
	for i, step := range []struct{ button, text, title string }{
		{"", "what is the pay", "Phlebotomist: Pay"},
		{"How to start", "", "Phlebotomist: How to start"},
		{"", "lab tech", "One question first"},
		{"Pharmacy technician", "", "Phlebotomist: overview"},
		{"Privacy", "", "Hello"},
	} {
		doc = parse(t, post(h, "/", press(t, doc, step.button, step.text)))
		if got := words(byID(doc, "latest")); got != step.title {
			t.Fatalf("step %d: the latest answer is %q, want %q", i, got, step.title)
		}
		if got := words(all(doc, "title")[0]); got != step.title+" · careerbot" {
			t.Errorf("step %d: page title %q", i, got)
		}
	}
	want := []string{"You asked: what is the pay", "You asked: How to start", "You asked: lab tech", "You asked: Pharmacy technician", "You asked: Privacy"}
	if got := texts(withClass(doc, "asked")); !slices.Equal(got, want) {
		t.Errorf("the page shows questions %q, want %q", got, want)
	}
	// The last page asked everything of one fresh conversation, only the newest as new.
	all := ask.Asked()
	last := all[len(all)-5:]
	for i, q := range last {
		if q.Person != last[0].Person || q.Place != last[0].Place || q.Place.Thread == "" {
			t.Errorf("question %d is of %+v by %q, want one conversation", i, q.Place, q.Person)
		}
		if q.Again != (i < 4) {
			t.Errorf("question %d: Again = %v", i, q.Again)
		}
	}

	doc = parse(t, post(h, "/", press(t, doc, "Start over", "")))
	if got := texts(withClass(doc, "asked")); !slices.Equal(got, []string{"You asked: Start over"}) {
		t.Errorf("after starting over the page shows %q", got)
	}
}

func TestConversationIsCut(t *testing.T) {
	h, ask := newSite()
	doc := parse(t, get(h, "/"))
	for i := range maxPast + 4 {
		doc = parse(t, post(h, "/", press(t, doc, "", fmt.Sprintf("what is the pay %d", i))))
	}
	got := texts(withClass(doc, "asked"))
	if len(got) != maxPast+1 || got[0] != "You asked: what is the pay 3" {
		t.Errorf("the page shows %d questions from %q, want the last %d", len(got), got[0], maxPast+1)
	}
	if !strings.Contains(words(byID(doc, "log")), "no longer shown") {
		t.Error("the page does not say that questions are left out")
	}
	before := len(ask.Asked())
	post(h, "/", url.Values{"text": {"pay"}, "past": slices.Repeat([]string{"t:x"}, 1000)})
	if n := len(ask.Asked()) - before; n != maxPast+1 {
		t.Errorf("a form with 1,000 earlier questions asked %d", n)
	}
}

func TestDamagedPastIsLeftOut(t *testing.T) {
	h, _ := newSite()
	w := post(h, "/", url.Values{"text": {"pay"}, "past": {"c:junk", "nothing", "c:", "t:hello"}})
	got := texts(withClass(parse(t, w), "asked"))
	if want := []string{"You asked: hello", "You asked: pay"}; !slices.Equal(got, want) {
		t.Errorf("the page shows %q, want %q", got, want)
	}
}

// TestTurn asks as the page's script does.
func TestTurn(t *testing.T) {
	h, ask := newSite()
	w := post(h, "/turn", url.Values{"text": {"what is the pay"}})
	if !strings.HasPrefix(w.Body.String(), "<article ") {
		t.Errorf("the fragment starts with %.40q", w.Body)
	}
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("cookies = %v, want one", cookies)
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 0 || len(c.Value) != idLength {
		t.Errorf("cookie = %+v", c)
	}
	code, _ := answers.Start.Encode()
	r := httptest.NewRequest("POST", "/turn", strings.NewReader(url.Values{"choice": {code}, "text": {"half typed"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "es-MX,es;q=0.9,en;q=0.5")
	r.AddCookie(c)
	if w = serve(h, r); len(w.Result().Cookies()) != 0 {
		t.Error("a known browser is given another id")
	}
	asked := ask.Asked()
	if asked[0].Person != "browser:"+c.Value || asked[1].Person != asked[0].Person || asked[1].Place != asked[0].Place {
		t.Errorf("asked %+v, want one conversation", asked)
	}
	if q := asked[1]; q.Choice == nil || q.Choice.Topic != answers.Start.Topic || q.Locale != "es-MX" || q.Again {
		t.Errorf("asked %+v, want the choice in es-MX", q)
	}
}

func TestCookieIsSecureBehindTLS(t *testing.T) {
	h, _ := newSite()
	r := httptest.NewRequest("POST", "/turn", strings.NewReader("text=pay"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-Proto", "https")
	if c := serve(h, r).Result().Cookies(); len(c) != 1 || !c[0].Secure {
		t.Errorf("cookies = %v, want a secure one", c)
	}
}

func TestForeignCookieIsReplaced(t *testing.T) {
	h, ask := newSite()
	for _, value := range []string{"", "short", strings.Repeat("a", idLength), strings.Repeat("A", 4000)} {
		r := httptest.NewRequest("POST", "/turn", strings.NewReader("text=pay"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.AddCookie(&http.Cookie{Name: cookieName, Value: value})
		if c := serve(h, r).Result().Cookies(); len(c) != 1 {
			t.Errorf("cookie %.10q is kept", value)
		}
	}
	for _, q := range ask.Asked() {
		if len(q.Person) != len("browser:")+idLength {
			t.Errorf("person %.40q", q.Person)
		}
	}
}

func TestFormsRefused(t *testing.T) {
	h, ask := newSite()
	for _, tc := range []struct {
		name, path, mime, body string
		status                 int
	}{
		{"multipart", "/", "multipart/form-data; boundary=x", "--x--", 415},
		{"JSON", "/turn", "application/json", `{"text":"pay"}`, 415},
		{"no type", "/", "", "text=pay", 415},
		{"too long", "/", "application/x-www-form-urlencoded", "text=" + strings.Repeat("a", maxBodyBytes), 413},
		{"too long for the script", "/turn", "application/x-www-form-urlencoded", "text=" + strings.Repeat("a", maxBodyBytes), 413},
		{"bad escape", "/turn", "application/x-www-form-urlencoded", "text=%zz", 400},
		{"damaged button", "/turn", "application/x-www-form-urlencoded", "choice=q9|x", 400},
		{"damaged button on the page", "/", "application/x-www-form-urlencoded", "choice=q9|x", 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := httptest.NewRequest("POST", tc.path, strings.NewReader(tc.body))
			r.Header.Set("Content-Type", tc.mime)
			w := serve(h, r)
			if w.Code != tc.status {
				t.Errorf("status %d, want %d", w.Code, tc.status)
			}
			want := "text/html; charset=utf-8"
			if tc.path == "/turn" {
				want = "text/plain; charset=utf-8"
			}
			if got := w.Header().Get("Content-Type"); got != want || w.Body.Len() < 20 {
				t.Errorf("answered %q as %q", w.Body, got)
			}
		})
	}
	for _, q := range ask.Asked() {
		if !q.Again {
			t.Errorf("a refused form asked %+v", q)
		}
	}
}

// TestAnswersInFull checks on every example answer that each of its words
// reaches the reader, and each button its choice.
func TestAnswersInFull(t *testing.T) {
	for name, a := range answers.All() {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			render(w, 200, "answer", turn{Answer: a})
			doc := parse(t, w)
			shown := words(doc)
			for _, want := range everyText(a) {
				if want = squeeze(want); !strings.Contains(shown, want) {
					t.Errorf("the answer lacks %q:\n%s", want, shown)
				}
			}
			var got []string
			for _, b := range all(doc, "button") {
				got = append(got, attr(b, "value"))
			}
			var want []string
			for _, f := range slices.Concat(a.Choices, a.Change, a.FollowUps) {
				want = append(want, code(f.Choice))
			}
			if !slices.Equal(got, want) {
				t.Errorf("buttons carry %q, want %q", got, want)
			}
			for _, src := range a.Sources {
				link := func(e *html.Node) bool { return attr(e, "href") == src.URL && strings.HasPrefix(words(e), src.Title) }
				if slices.ContainsFunc(all(doc, "a"), link) != (webAddress(src.URL) != "") {
					t.Errorf("source %q: link or its absence is wrong", src.Title)
				}
			}
		})
	}
}

// squeeze writes text as the HTML parser gives it back.
func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "\x00", "\ufffd")), " ")
}

// everyText returns each text of an answer that a reader is to see.
func everyText(a bot.Answer) []string {
	want := []string{a.Title, a.Notice, a.ReadAs}
	for _, b := range a.Blocks {
		for _, spans := range append(b.Items, b.Spans) {
			for _, sp := range spans {
				want = append(want, sp.Text)
			}
		}
		for _, row := range b.Rows {
			want = append(want, row...)
		}
	}
	for _, f := range a.Facts {
		want = append(want, f.Label, f.Value, f.AsOf, f.Source, f.Caveat)
	}
	for _, s := range a.Sources {
		want = append(want, s.Title, sourceDate(s))
	}
	for _, f := range slices.Concat(a.Choices, a.Change, a.FollowUps) {
		want = append(want, f.Label)
	}
	return want
}

// TestMarkupIsSound walks all that is served for every example: headings go down
// one level at a time, ids are unique, nothing is inline, and only web addresses
// are links.
func TestMarkupIsSound(t *testing.T) {
	for name, a := range answers.All() {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			(&site{}).page(w, []turn{{Answer: answers.Greeting()}, {Question: "<script>alert(1)</script>\u202e\x00", Answer: a}},
				[]string{`t:"><script>alert(1)</script>`})
			doc := parse(t, w)
			level := 0
			ids := map[string]bool{}
			for _, e := range all(doc, "*") {
				if len(e.Data) == 2 && e.Data[0] == 'h' && e.Data[1] >= '1' && e.Data[1] <= '6' {
					if l := int(e.Data[1] - '0'); l > level+1 {
						t.Errorf("<%s> %q after level %d", e.Data, words(e), level)
					} else {
						level = l
					}
				}
				if id := attr(e, "id"); id != "" && ids[id] {
					t.Errorf("id %q twice", id)
				} else {
					ids[id] = true
				}
				checkElement(t, e)
			}
			if n := len(all(doc, "script")); n != 1 {
				t.Errorf("%d script elements, want our own", n)
			}
		})
	}
}

func checkElement(t *testing.T, e *html.Node) {
	t.Helper()
	switch e.Data {
	case "style", "iframe", "i", "base", "object":
		t.Errorf("element <%s>", e.Data)
	case "script":
		if e.FirstChild != nil || !strings.HasPrefix(attr(e, "src"), "/static/") {
			t.Error("a script that is not a file of ours")
		}
	case "a":
		if href := attr(e, "href"); !strings.HasPrefix(href, "https://") && !strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "#") {
			t.Errorf("link to %q", href)
		}
		if attr(e, "target") != "" && !strings.Contains(words(e), "new tab") {
			t.Errorf("link %q does not say that it opens a tab", words(e))
		}
	case "button":
		if words(e) == "" {
			t.Error("a button without words")
		}
	}
	for _, a := range e.Attr {
		if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
			t.Errorf("<%s> has an inline %s", e.Data, a.Key)
		}
	}
}

func TestSpansJoinWithoutBlanks(t *testing.T) {
	w := httptest.NewRecorder()
	render(w, 200, "answer", turn{Answer: bot.Answer{Blocks: []bot.Block{{Kind: bot.Paragraph, Spans: []bot.Span{
		{Text: "a", Bold: true}, {Text: "b"}, {Text: "c", Italic: true}, {Text: "d", Bold: true, Italic: true}, {Text: ", e"},
	}}}}})
	if want := "<p><strong>a</strong>b<em>c</em><strong><em>d</em></strong>, e</p>"; !strings.Contains(w.Body.String(), want) {
		t.Errorf("rendered\n%s\nwant %s in it", w.Body, want)
	}
}

func TestOddTables(t *testing.T) {
	for _, rows := range [][][]string{nil, {}, {{}}, {{"only"}}, {{"", "a"}, {"x", "1", "2"}, {}}} {
		render(httptest.NewRecorder(), 200, "answer", turn{Answer: bot.Answer{Blocks: []bot.Block{{Kind: bot.Table, Rows: rows}}}}) // must not panic
	}
}

func TestSourceDate(t *testing.T) {
	for _, tc := range []struct {
		in   bot.Source
		want string
	}{
		{bot.Source{Title: "Handbook", AsOf: "2025-05", Label: "Handbook, May 2025"}, "May 2025"},
		{bot.Source{Title: "Handbook", Label: "Handbook, undated, read May 2025"}, "undated, read May 2025"},
		{bot.Source{Title: "Our own advice", AsOf: "2026-11", Label: "Our own advice"}, ""},
		{bot.Source{Title: "Handbook", AsOf: "2025-05"}, "2025-05"},
	} {
		if got := sourceDate(tc.in); got != tc.want {
			t.Errorf("sourceDate(%+v) = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestFiles(t *testing.T) {
	h, _ := newSite()
	for path, wantType := range map[string]string{
		"/robots.txt": "text/plain; charset=utf-8", "/favicon.svg": "image/svg+xml", "/favicon.ico": "image/svg+xml",
		assetPath("chat.css"): "text/css; charset=utf-8", assetPath("chat.js"): "text/javascript; charset=utf-8",
	} {
		w := get(h, path)
		if w.Code != 200 || w.Header().Get("Content-Type") != wantType || w.Body.Len() == 0 || w.Header().Get("Cache-Control") == "no-store" {
			t.Errorf("%s: %d, %v", path, w.Code, w.Header())
		}
	}
	w := get(h, "/no/such/page")
	if w.Code != 404 || words(all(parse(t, w), "h2")[0]) != "Not Found" {
		t.Errorf("unknown page: %d %s", w.Code, w.Body)
	}
}
