package web

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"careerbot/bot"
	"careerbot/bot/bottest/answers"
	"careerbot/bot/chart"
)

// The phone that everything must work on, in CSS pixels.
const (
	phoneWidth  = 360
	phoneHeight = 640
)

// chromium returns the browser's path. Without one the test is skipped, unless
// this is a machine that promised everything.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CAREERBOT_SHARED") != "" {
		t.Fatal("no chromium here, although CAREERBOT_SHARED is set")
	}
	t.Skip("SKIPPED: NO CHROMIUM HERE, the page was not tested in a browser")
	return ""
}

// A tab is a page open in a real browser.
type tab struct {
	*testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string // exceptions and refusals the browser reported
}

// open starts a browser of the given size at an address.
func open(t *testing.T, url string, width, height int64, before ...chromedp.Action[chromedp.Void]) *tab {
	t.Helper()
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(chromium(t)), chromedp.UserDataDir(t.TempDir())}
	for _, f := range []string{"headless", "hide-scrollbars", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-dev-shm-usage"} {
		opts = append(opts, chromedp.Flag(f, true))
	}
	ctx, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(ctx)
	ctx, cancelTime := context.WithTimeout(ctx, time.Minute) // a page that never comes must not hang the run
	b := &tab{T: t, ctx: ctx}
	t.Cleanup(func() {
		cancelTime()
		cancel()
		cancelAlloc()
		if p := b.reported(); len(p) > 0 {
			t.Errorf("the browser reported:\n%s", strings.Join(p, "\n"))
		}
	})
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	b.do(append(before, chromedp.EmulateViewport(width, height), chromedp.Navigate(url))...)
	return b
}

// command is an action that sends the browser one command.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// listen notes what a developer would see in red.
func (b *tab) listen(event any) {
	var problem string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		problem = e.ExceptionDetails.Text
		if o := e.ExceptionDetails.Exception; o != nil {
			problem += ": " + o.Description
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError {
			problem = e.Entry.Text
		}
	}
	if problem != "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.problems = append(b.problems, problem)
	}
}

// reported returns and forgets what was noted.
func (b *tab) reported() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.problems
	b.problems = nil
	return p
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// eval returns an expression's value as text.
func (b *tab) eval(js string) string {
	b.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+js+")"))
	if err != nil {
		b.Fatalf("%s: %v", js, err)
	}
	return s
}

// want fails unless the expression has the value.
func (b *tab) want(js, value string) {
	b.Helper()
	if got := b.eval(js); got != value {
		b.Errorf("%s is %q, want %q", js, got, value)
	}
}

// wait blocks until the expression is true. It asks from outside, so that it also
// works on a page whose own scripts are off.
func (b *tab) wait(js string) {
	b.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		// While a page is being replaced there is nothing to ask.
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+js+")")); err == nil && ok {
			return
		}
		select {
		case <-b.ctx.Done():
			b.Fatalf("waiting for %s: %v", js, b.ctx.Err())
		case <-tick.C:
		}
	}
}

// keys types into whatever has the focus.
func (b *tab) keys(s string) {
	b.Helper()
	b.do(chromedp.KeyEvent(s))
}

func (b *tab) shiftTab() {
	b.Helper()
	b.do(chromedp.KeyEvent(kb.Tab, chromedp.KeyModifiers(chromedp.ModifierShift)))
}

// tabTo goes from control to control until the focused one has the property.
func (b *tab) tabTo(property string) {
	b.Helper()
	for range 30 {
		b.keys(kb.Tab)
		if b.eval(focused+property) == "true" {
			return
		}
	}
	b.Fatalf("no control in 30 has %s", property)
}

// shot keeps a picture among the test's artifacts.
func (b *tab) shot(name string) {
	b.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.ArtifactDir(), name+".png"), png, 0o644); err != nil {
		b.Fatal(err)
	}
}

// shotAll keeps a picture of the page from top to bottom.
func (b *tab) shotAll(name string) {
	b.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.ArtifactDir(), name+".png"), png, 0o644); err != nil {
		b.Fatal(err)
	}
}

const (
	lastAnswer = `[...document.querySelectorAll(".answer")].at(-1)`
	focused    = `document.activeElement`
	overflow   = `document.scrollingElement.scrollWidth - document.documentElement.clientWidth`
)

// TestBrowserByKeyboard asks, follows up and starts over without a mouse.
func TestBrowserByKeyboard(t *testing.T) {
	h, ask := newSite()
	srv := httptest.NewServer(h)
	defer srv.Close()
	b := open(t, srv.URL, phoneWidth, phoneHeight)

	b.keys(kb.Tab)
	b.want(focused+`.className`, "skip")
	b.keys(kb.Enter)
	b.wait(focused + `.id === "text"`)
	b.keys("what is the pay")
	b.keys(kb.Enter)
	b.wait(`document.querySelectorAll(".answer").length === 2`)
	b.want(`document.querySelector(".asked").textContent`, "You asked: what is the pay")
	b.want(lastAnswer+`.querySelector("h2").textContent`, answers.Pay().Title)
	b.want(lastAnswer+`.closest("[role=log][aria-live=polite]").id`, "log")
	b.want(`document.getElementById("log").hasAttribute("aria-busy")`, "false")
	b.want(lastAnswer+`.querySelector(".sources a").href`, answers.Pay().Sources[0].URL)
	b.want(focused+`.id`, "text") // one may go on typing
	b.want(`document.getElementById("text").value`, "")
	b.want(overflow, "0")
	b.want(`location.pathname + location.hash`, "/#text") // the page was not loaded anew

	// The newest answer's buttons are right before the field.
	b.shiftTab()
	b.want(focused+`.textContent`, answers.Pay().FollowUps[3].Label)
	for range 3 {
		b.shiftTab()
	}
	b.want(focused+`.textContent`, "How to start")
	b.want(`getComputedStyle(`+focused+`).outlineStyle`, "solid") // seen
	b.keys(kb.Enter)
	b.wait(`document.querySelectorAll(".answer").length === 3`)
	b.want(focused+`.textContent`, "Phlebotomist: How to start")
	b.want(focused+`.tagName`, "H2")
	b.want(`[...document.querySelectorAll(".asked")].at(-1).textContent`, "You asked: How to start")
	b.keys(kb.Tab)
	b.want(focused+`.closest(".answer") === `+lastAnswer, "true") // on into the new answer
	b.want(overflow, "0")

	// The other readings open, are pressed and close.
	b.eval(`document.querySelectorAll("summary")[0].focus()`)
	b.keys(kb.Enter)
	b.wait(`document.querySelector("details").open`)
	b.keys(kb.Tab)
	b.want(focused+`.textContent`, answers.Pay().Change[0].Label)
	b.keys(" ")
	b.wait(`document.querySelectorAll(".answer").length === 4`)
	b.want(`document.querySelectorAll("details[open]").length`, "0")

	asked := slices.DeleteFunc(ask.Asked(), func(q bot.Question) bool { return q.Again })
	if len(asked) != 3 || asked[1].Choice == nil || asked[0].Person == "" || asked[0].Person != asked[2].Person {
		t.Errorf("asked %+v, want three questions of one person", asked)
	}

	b.eval(`document.getElementById("restart").focus()`)
	b.keys(kb.Enter)
	b.wait(`document.querySelectorAll(".answer").length === 1`)
	b.want(`document.querySelectorAll(".asked").length + " " + document.getElementById("restart").hidden`, "0 true")
	b.want(focused+`.tagName`, "H2")
}

// TestBrowserWithoutScript does the same with JavaScript off.
func TestBrowserWithoutScript(t *testing.T) {
	h, _ := newSite()
	srv := httptest.NewServer(h)
	defer srv.Close()
	b := open(t, srv.URL, phoneWidth, phoneHeight,
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))

	b.tabTo(`.id === "text"`)
	b.keys("lab tech")
	b.keys(kb.Enter)
	b.wait(`document.querySelector("#latest")?.textContent === "One question first"`)
	b.want(`document.querySelectorAll(".answer").length`, "2")
	b.want(`location.hash`, "#latest")
	b.keys(kb.Tab) // from the latest answer on
	b.want(focused+`.textContent`, answers.Clarify().Choices[0].Label)
	b.keys(kb.Enter)
	b.wait(`document.querySelector("#latest")?.textContent === "Phlebotomist: Pay"`)
	b.want(`document.querySelectorAll(".asked").length`, "2")
	b.do(chromedp.Click(chromedp.CSS("summary")))
	b.want(`document.querySelector("details").open`, "true")
	b.want(overflow, "0")
	b.do(chromedp.Click(chromedp.ID("restart")))
	b.wait(`document.querySelector("#latest")?.textContent === "Hello"`)
	b.want(`document.querySelectorAll(".asked").length`, "1")
}

// TestBrowserOffline loses the server and gets it back.
func TestBrowserOffline(t *testing.T) {
	h, _ := newSite()
	var down atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			panic(http.ErrAbortHandler)
		}
		h.ServeHTTP(w, r)
	}))
	defer srv.Close()
	b := open(t, srv.URL, phoneWidth, phoneHeight)
	down.Store(true)
	b.do(chromedp.SendKeys(chromedp.ID("text"), "what is the pay"+kb.Enter))
	b.wait(`document.querySelector(".failed")`)
	b.want(`document.querySelector(".failed p").textContent`, "Not answered. The question did not get through. Please check your connection.")
	b.reported() // the lost request itself
	down.Store(false)
	b.do(chromedp.Click(chromedp.CSS(".failed button")))
	b.wait(`document.querySelectorAll(".answer").length === 2`)
	b.want(`document.querySelectorAll(".failed").length + " " + document.querySelectorAll(".asked").length`, "0 1")
}

// TestBrowserAccessibilityTree reads the page as a screen reader does.
func TestBrowserAccessibilityTree(t *testing.T) {
	h, _ := newCharted()
	srv := httptest.NewServer(h)
	defer srv.Close()
	b := open(t, srv.URL, phoneWidth, phoneHeight)
	b.do(chromedp.SendKeys(chromedp.ID("text"), "MLT vs MLS"+kb.Enter))
	b.wait(`document.querySelectorAll(".answer").length === 2`)

	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		line := axValue(n.Role) + " " + axValue(n.Name)
		for _, p := range n.Properties {
			if p.Name == "live" {
				line += ", live " + axValue(p.Value)
			}
		}
		seen = append(seen, strings.TrimSpace(line))
	}
	for _, want := range []string{
		"banner", "main", "contentinfo", "form Ask a question", "log Conversation, live polite", "textbox Your question", "button Ask",
		"heading careerbot", "heading MLT or MLS", "heading Figures", "heading Ask next", "term School", "button MLT",
		"image Chart. Expected job growth. Phlebotomist: 5.6%.",
		"link Occupational Employment and Wage Statistics: Phlebotomists (opens in a new tab)",
	} {
		if !slices.Contains(seen, want) {
			t.Errorf("the tree lacks %q:\n%s", want, strings.Join(seen, "\n"))
			break
		}
	}
}

func axValue(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

// TestBrowserLook measures contrast, sizes and overflow of every example answer
// in both colour schemes from a small phone to a desk, and takes pictures.
func TestBrowserLook(t *testing.T) {
	audit, err := os.ReadFile("testdata/audit.js")
	if err != nil {
		t.Fatal(err)
	}
	ask := &charted{}
	s := &site{ask: ask, drawer: chart.New(), ladder: rungs{}, log: slog.New(slog.DiscardHandler)}
	mux := http.NewServeMux()
	s.routes(mux)
	mux.HandleFunc("/all", func(w http.ResponseWriter, r *http.Request) {
		turns := []turn{s.opening(r)}
		for _, name := range []string{"answer", "steps", "compare", "path", "match", "define", "clarify", "decline", "emergency", "meta", "hostile"} {
			a := answers.All()[name]
			if name == "answer" || name == "compare" {
				a = ask.Answer(r.Context(), bot.Question{Text: map[string]string{"answer": "pay", "compare": "vs"}[name]})
			}
			turns = append(turns, turn{Question: "Show me " + name, Answer: a, Draws: true, Judged: true})
		}
		s.page(w, turns, []string{})
	})
	srv := httptest.NewServer(safeHeaders(mux))
	defer srv.Close()
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			media := command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}})
			b := open(t, srv.URL, phoneWidth, 740, media)
			b.shot("start-" + scheme)
			b.do(chromedp.SendKeys(chromedp.ID("text"), "what is the pay"+kb.Enter))
			b.wait(`document.querySelectorAll(".answer").length === 2`)
			b.shot("answer-" + scheme)
			for _, page := range []string{"/", "/all", "/ladder", "/nowhere"} {
				for _, width := range []int64{320, phoneWidth, 768, 1280} {
					b.do(chromedp.EmulateViewport(width, 740), chromedp.Navigate(srv.URL+page))
					if page != "/nowhere" { // short, and 404 on purpose
						b.eval(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`)
					} else {
						b.reported()
					}
					if page == "/all" {
						b.eval(`document.querySelectorAll("img").forEach((i) => { i.loading = "eager"; })`)
						b.wait(`[...document.querySelectorAll("img")].every((i) => i.complete)`)
						b.want(`document.querySelectorAll(".chart img").length`, "3")
						b.want(`[...document.querySelectorAll(".chart img")].every((i) => i.currentSrc.includes("scheme=dark") === `+fmt.Sprint(scheme == "dark")+`)`, "true")
					}
					if got := b.eval(string(audit)); got != "" {
						t.Errorf("%s at %d:\n%s", page, width, got)
					}
					if page == "/all" {
						b.shotAll(fmt.Sprintf("all-%s-%d", scheme, width))
						wide := width >= 640
						b.want(`document.querySelector(".wide").checkVisibility() + " " + document.querySelector(".narrow").checkVisibility()`, fmt.Sprintf("%v %v", wide, !wide))
					}
				}
			}
		})
	}
}
