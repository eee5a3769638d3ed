package web

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image/png"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
	"careerbot/bot/chart"
)

// charted gives the example answers charts of their figures.
type charted struct{ answers.Asker }

func (c *charted) Answer(ctx context.Context, q bot.Question) bot.Answer {
	a := c.Asker.Answer(ctx, q)
	if q.Choice != nil && q.Choice.Kind == bot.KindCompare {
		a = answers.Compare()
	}
	switch a.Kind {
	case bot.KindAnswer:
		if a.Title == answers.Pay().Title {
			a.Pictures = []bot.Picture{payPicture(bot.Choice{Subjects: []string{"phlebotomist"}, Topic: "pay"})}
		}
	case bot.KindCompare:
		// Five long slugs: more than a chat platform's button holds.
		p := payPicture(bot.Choice{Kind: bot.KindCompare, Topic: "pay", Subjects: []string{"diagnostic-medical-sonographer",
			"emergency-medical-technician", "medical-laboratory-technician", "medical-laboratory-scientist", "physical-therapist-assistant"}})
		g := p
		g.Kind, g.Title, g.Unit, g.Alt = bot.PictureGrowth, "Expected job growth", "% over ten years", "Chart. Expected job growth. Phlebotomist: 5.6%."
		g.Rows = []bot.PictureRow{{ID: "phlebotomist", Label: "Phlebotomist", Mid: 5.6, Low: math.NaN(), High: math.NaN()}}
		a.Pictures = []bot.Picture{g, p}
	}
	return a
}

func payPicture(c bot.Choice) bot.Picture {
	return bot.Picture{
		Kind: bot.PicturePay, Title: "Yearly pay: Phlebotomist", Unit: "$ a year", Note: "As of May 2025.",
		Alt:  `Chart. Yearly pay, "$ a year". Phlebotomist: lowest tenth up to $35,780, median $45,230, highest tenth from $58,780.`,
		Rows: []bot.PictureRow{{ID: "phlebotomist", Label: "Phlebotomist", Low: 35780, Mid: 45230, High: 58780}}, Choice: c,
	}
}

// newCharted returns a site whose answers have charts.
func newCharted() (http.Handler, *charted) {
	var ask charted
	return New(Config{Drawer: chart.New()}, &ask, slog.New(slog.DiscardHandler)).Handler(), &ask
}

// TestPicturesOnThePage follows a page's charts to their drawings.
func TestPicturesOnThePage(t *testing.T) {
	h, ask := newCharted()
	for text, n := range map[string]int{"what is the pay": 1, "MLT vs MLS": 2, "lab tech": 0} {
		for _, path := range []string{"/turn", "/"} {
			doc := parse(t, post(h, path, url.Values{"text": {text}}))
			images := withClass(doc, "chart")
			if len(images) != n {
				t.Fatalf("%q at %s shows %d charts, want %d", text, path, len(images), n)
			}
			for _, picture := range images {
				img, source := all(picture, "img")[0], all(picture, "source")[0]
				if alt := attr(img, "alt"); !strings.HasPrefix(alt, "Chart. ") {
					t.Errorf("alternative text %q", alt)
				}
				if attr(source, "media") != "(prefers-color-scheme: dark)" {
					t.Errorf("the dark drawing is for %q", attr(source, "media"))
				}
				light, dark := get(h, attr(img, "src")), get(h, attr(source, "srcset"))
				if light.Code != 200 || dark.Code != 200 || bytes.Equal(light.Body.Bytes(), dark.Body.Bytes()) {
					t.Errorf("drawings: %d %s, %d", light.Code, light.Body, dark.Code)
				}
				var svg struct {
					Desc string `xml:"desc"`
				}
				if err := xml.Unmarshal(light.Body.Bytes(), &svg); err != nil || svg.Desc != attr(img, "alt") {
					t.Errorf("description %q (%v), want %q", svg.Desc, err, attr(img, "alt"))
				}
				head := light.Header()
				if head.Get("Content-Type") != "image/svg+xml" || head.Get("Content-Security-Policy") != picturePolicy || head.Get("Cache-Control") != cacheDay ||
					head.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("header %v", head)
				}
			}
		}
	}
	for _, q := range ask.Asked() {
		if q.Choice != nil && q.Choice.Topic == "pay" && (!q.Again || q.Person != "") {
			t.Errorf("drawing asked %+v, want nobody's question that is not counted", q)
		}
	}
}

func TestNoPicturesWithoutADrawer(t *testing.T) {
	var ask charted
	h := New(Config{}, &ask, slog.New(slog.DiscardHandler)).Handler()
	if n := len(all(parse(t, post(h, "/turn", url.Values{"text": {"what is the pay"}})), "img")); n != 0 {
		t.Errorf("%d images", n)
	}
	if w := get(h, "/api/v1/picture?choice=q1||phlebotomist|pay"); w.Code != 404 {
		t.Errorf("status %d", w.Code)
	}
}

func TestPictureRequests(t *testing.T) {
	h, _ := newCharted()
	for _, tc := range []struct {
		name, query, mime string
		status            int
	}{
		{"first picture", "choice=q1||phlebotomist|pay", "image/svg+xml", 200},
		{"by kind", "choice=q1|compare|a,b&kind=pay", "image/svg+xml", 200},
		{"dark png", "choice=q1||phlebotomist|pay&scheme=dark&format=png", "image/png", 200},
		{"of other content", "choice=q1||phlebotomist|pay&v=0123", "image/svg+xml", 200},
		{"no such picture", "choice=q1||phlebotomist|pay&kind=ladder", "application/json; charset=utf-8", 404},
		{"answer without any", "choice=q1||phlebotomist|how-to-start", "application/json; charset=utf-8", 404},
		{"no choice", "", "application/json; charset=utf-8", 400},
		{"damaged", "choice=q9|x", "application/json; charset=utf-8", 400},
		{"other format", "choice=q1||phlebotomist|pay&format=gif", "application/json; charset=utf-8", 400},
		{"other scheme", "choice=q1||phlebotomist|pay&scheme=pink", "application/json; charset=utf-8", 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, err := url.ParseQuery(tc.query)
			if err != nil {
				t.Fatal(err)
			}
			w := get(h, "/api/v1/picture?"+q.Encode())
			if w.Code != tc.status || w.Header().Get("Content-Type") != tc.mime {
				t.Errorf("status %d as %q: %.200s", w.Code, w.Header().Get("Content-Type"), w.Body)
			}
			if cached := w.Header().Get("Cache-Control"); cached != "no-store" {
				t.Errorf("kept by browsers (%s), although its address does not name the content", cached)
			}
			if tc.mime == "image/png" {
				if img, err := png.Decode(w.Body); err != nil || img.Bounds().Dx() != chart.PixelWidth {
					t.Errorf("no picture: %v", err)
				}
			}
		})
	}
	r := httptest.NewRequest("POST", "/api/v1/picture", nil)
	if w := serve(h, r); w.Code != 405 {
		t.Errorf("POST: %d", w.Code)
	}
}

// broken is a drawer that cannot.
type broken struct{ err error }

func (b broken) Draw(context.Context, bot.Picture, string, bool) ([]byte, error) { return nil, b.err }

func TestPictureNotDrawn(t *testing.T) {
	for want, err := range map[int]error{404: errors.New("no ink"), 503: context.DeadlineExceeded} {
		h := New(Config{Drawer: broken{err}}, &charted{}, slog.New(slog.DiscardHandler)).Handler()
		if w := get(h, "/api/v1/picture?choice=q1%7C%7Cphlebotomist%7Cpay"); w.Code != want || strings.Contains(w.Body.String(), "ink") {
			t.Errorf("%v: status %d, %s", err, w.Code, w.Body)
		}
	}
}

// rungs is a ladder of two places to start from.
type rungs struct{}

func (rungs) Ladder() ([]bot.Picture, string) {
	row := func(id, label string) bot.PictureRow { return bot.PictureRow{ID: id, Label: label} }
	return []bot.Picture{
		{Kind: bot.PictureLadder, Title: "From Phlebotomist", Alt: "Ladder. From Phlebotomist: MLT (about two years).",
			Rows: []bot.PictureRow{row("phlebotomist", "Phlebotomist"), row("mlt", "MLT")}, Steps: []bot.PictureStep{{From: "phlebotomist", To: "mlt", Label: "about two years"}},
			Choice: bot.Choice{Kind: bot.KindPath, Subjects: []string{"phlebotomist"}}},
		{Kind: bot.PictureLadder, Title: "From MLT", Alt: "Ladder. From MLT: MLS.",
			Rows: []bot.PictureRow{row("mlt", "MLT"), row("mls", "MLS")}, Steps: []bot.PictureStep{{From: "mlt", To: "mls"}},
			Choice: bot.Choice{Kind: bot.KindPath, Subjects: []string{"mlt"}}},
	}, "0123"
}

func TestLadderPage(t *testing.T) {
	h := New(Config{Drawer: chart.New(), Ladder: rungs{}}, &charted{}, slog.New(slog.DiscardHandler)).Handler()
	if link := all(withElement(parse(t, get(h, "/")), "footer"), "a"); len(link) != 1 || attr(link[0], "href") != "/ladder" {
		t.Error("the first page does not lead to the ladder")
	}
	doc := parse(t, get(h, "/ladder"))
	if got := texts(all(doc, "li")); !slices.Equal(got, []string{"Phlebotomist", "MLT", "MLT: about two years", "MLS"}) {
		t.Errorf("lists %q", got)
	}
	for _, a := range all(all(doc, "nav")[0], "a") {
		if byID(doc, strings.TrimPrefix(attr(a, "href"), "#")) == nil {
			t.Errorf("%s leads nowhere", attr(a, "href"))
		}
	}
	for _, img := range all(doc, "img")[1:] { // behind the mark
		w := get(h, attr(img, "src"))
		if w.Code != 200 || w.Header().Get("Cache-Control") != cacheDay || !strings.HasPrefix(attr(img, "alt"), "Ladder. From ") {
			t.Errorf("%s: %d", attr(img, "src"), w.Code)
		}
	}
	for _, e := range all(doc, "*") {
		checkElement(t, e)
	}
	for address, status := range map[string]int{"place=mlt&format=png": 200, "place=nowhere": 404, "": 404, "place=mlt&format=bmp": 400} {
		if w := get(h, "/api/v1/ladder?"+address); w.Code != status {
			t.Errorf("%q: %d, want %d", address, w.Code, status)
		}
	}
	plain, _ := newSite()
	if w := get(plain, "/ladder"); w.Code != 404 {
		t.Errorf("without a ladder: %d", w.Code)
	}
}

func withElement(doc *html.Node, name string) *html.Node { return all(doc, name)[0] }
