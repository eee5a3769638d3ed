package chart

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"careerbot/bot"
)

// mode names a color scheme in file names.
func mode(isDark bool) string {
	if isDark {
		return "dark"
	}
	return "light"
}

// TestGolden compares every sample with testdata: as SVG byte for byte, and as a
// small picture of the PNG, whose edges may differ a little between machines.
// UPDATE=1 rewrites them; PICTURES=DIR keeps the full PNGs there, to look at.
func TestGolden(t *testing.T) {
	d := New()
	for name, p := range samples() {
		for _, isDark := range []bool{false, true} {
			file := filepath.Join("testdata", name+"-"+mode(isDark))
			svg := drawn(t, d, p, SVG, isDark)
			full := drawn(t, d, p, PNG, isDark)
			checkText(t, svg)
			if dir := os.Getenv("PICTURES"); dir != "" {
				write(t, filepath.Join(dir, name+"-"+mode(isDark)+".png"), full)
			}
			small := reduced(t, full)
			if os.Getenv("UPDATE") != "" {
				write(t, file+".svg", svg)
				var b bytes.Buffer
				if err := png.Encode(&b, small); err != nil {
					t.Fatal(err)
				}
				write(t, file+".png", b.Bytes())
			}
			if want, err := os.ReadFile(file + ".svg"); err != nil || !bytes.Equal(svg, want) {
				t.Errorf("%s.svg (%v) differs; UPDATE=1 rewrites it", file, err)
			}
			if got := difference(small, decoded(t, file+".png")); got > 1.5 {
				t.Errorf("%s.png differs by %.2f a pixel; UPDATE=1 rewrites it", file, got)
			}
			if name == "pay-five" && isDark {
				if again := drawn(t, New(), p, PNG, isDark); !bytes.Equal(again, full) {
					t.Errorf("%s: drawn twice, it differs", file)
				}
			}
			if len(full) > 300<<10 {
				t.Errorf("%s: PNG of %d bytes", file, len(full))
			}
		}
	}
}

func write(t *testing.T, file string, b []byte) {
	t.Helper()
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func drawn(t testing.TB, d *Drawer, p bot.Picture, mime string, isDark bool) []byte {
	t.Helper()
	b, err := d.Draw(t.Context(), p, mime, isDark)
	if err != nil {
		t.Fatalf("%s: %v", p.Title, err)
	}
	return b
}

// reduced returns the picture at a fifth of its size in gray.
func reduced(t *testing.T, full []byte) *image.Gray {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(full))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	if b.Dx() != PixelWidth {
		t.Errorf("PNG is %d wide, want %d", b.Dx(), PixelWidth)
	}
	out := image.NewGray(image.Rect(0, 0, b.Dx()/5, b.Dy()/5))
	draw.BiLinear.Scale(out, out.Rect, img, b, draw.Src, nil)
	return out
}

func decoded(t *testing.T, file string) *image.Gray {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img.(*image.Gray)
}

// difference is how far the pixels are apart on average.
func difference(a, b *image.Gray) float64 {
	if a.Rect != b.Rect {
		return math.Inf(1)
	}
	sum := 0.0
	for i := range a.Pix {
		sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
	}
	return sum / float64(len(a.Pix))
}

// An svgFile is what a drawing may hold.
type svgFile struct {
	Role  string     `xml:"role,attr"`
	Title string     `xml:"title"`
	Desc  string     `xml:"desc"`
	W     float64    `xml:"width,attr"`
	H     float64    `xml:"height,attr"`
	G     []svgGroup `xml:"g"`
}

type svgGroup struct {
	Text []struct {
		X     float64 `xml:"x,attr"`
		Y     float64 `xml:"y,attr"` // in a group that points up: minus the height above the foot
		Style string  `xml:"style,attr"`
		Words string  `xml:",chardata"`
	} `xml:"text"`
}

// checkText parses an SVG file and checks that no line of text sticks out or lies
// on another. It returns the lines.
func checkText(t testing.TB, svg []byte) []string {
	t.Helper()
	var f svgFile
	if err := xml.Unmarshal(svg, &f); err != nil {
		t.Fatalf("%v in\n%s", err, svg)
	}
	if f.Role != "img" || f.W != sheetWidth || len(f.G) != 1 {
		t.Errorf("role %q, width %v, %d groups", f.Role, f.W, len(f.G))
	}
	if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf,")) {
		t.Errorf("coordinates that are no numbers:\n%s", svg)
	}
	type area struct {
		left, right, top, bottom float64
		words                    string
	}
	var areas []area
	var words []string
	for _, x := range f.G[0].Text {
		size, err := strconv.ParseFloat(between(x.Style, "font-size:", "px"), 64)
		if err != nil {
			t.Fatalf("style %q", x.Style)
		}
		face := regular
		if strings.Contains(x.Style, "font-weight:bold") {
			face = bold
		}
		base := f.H + x.Y
		a := area{x.X, x.X + face.width(x.Words, size), base - size*0.72, base + size*0.2, x.Words}
		if a.left < 0 || a.right > f.W+0.5 || a.top < 0 || a.bottom > f.H {
			t.Errorf("%q sticks out: %+v of %v by %v", x.Words, a, f.W, f.H)
		}
		for _, b := range areas {
			if a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom {
				t.Errorf("%q lies on %q", a.words, b.words)
			}
		}
		areas, words = append(areas, a), append(words, x.Words)
	}
	return words
}

func between(s, before, after string) string {
	_, s, _ = strings.Cut(s, before)
	s, _, _ = strings.Cut(s, after)
	return s
}

// TestEveryNumberIsWritten looks for each value among the words of a drawing.
func TestEveryNumberIsWritten(t *testing.T) {
	for name, p := range samples() {
		svg := drawn(t, New(), p, SVG, false)
		words := strings.Join(checkText(t, svg), "\n")
		for _, r := range p.Rows {
			if !strings.Contains(strings.ReplaceAll(words, "\n", " "), r.Label) {
				t.Errorf("%s lacks %q", name, r.Label)
			}
			for _, v := range []float64{r.Low, r.Mid, r.High} {
				if !math.IsNaN(v) && !strings.Contains(words, figure(v, p.Unit)) {
					t.Errorf("%s lacks %v", name, v)
				}
			}
		}
		for _, st := range p.Steps {
			if !strings.Contains(strings.ReplaceAll(words, "\n", " "), st.Label) {
				t.Errorf("%s lacks the step %q", name, st.Label)
			}
		}
		var f svgFile
		if err := xml.Unmarshal(svg, &f); err != nil || f.Title != p.Title || f.Desc != p.Alt {
			t.Errorf("%s: title %q and description %q (%v)", name, f.Title, f.Desc, err)
		}
	}
}

func TestFigure(t *testing.T) {
	for _, tc := range []struct {
		v    float64
		unit string
		want string
	}{
		{45230, "$ a year", "$45,230"}, {21.75, "$ an hour", "$21.75"}, {5.6, "% over ten years", "5.6%"}, {22, "%", "22%"},
		{-11.4, "%", "−11.4%"}, {0, "%", "0%"}, {-0.001, "%", "0%"}, {1234567.891, "", "1,234,567.89"}, {999, "", "999"},
	} {
		if got := figure(tc.v, tc.unit); got != tc.want {
			t.Errorf("figure(%v, %q) = %q, want %q", tc.v, tc.unit, got, tc.want)
		}
	}
}

// TestClimb checks that a ladder shows each place once, each step once, and each
// place on the layer of its shortest way.
func TestClimb(t *testing.T) {
	step := func(from, to string) bot.PictureStep {
		return bot.PictureStep{From: from, To: to, Label: from + to}
	}
	for _, tc := range []struct {
		name  string
		rows  []bot.PictureRow
		steps []bot.PictureStep
		want  string // a word a rung: layer, label, the step to it
	}{
		{"chain", places("a", "A", "b", "B", "c", "C"), []bot.PictureStep{step("a", "b"), step("b", "c")}, "0A 1Bab 2Cbc"},
		{"two ways", places("a", "A", "b", "B", "c", "C"), []bot.PictureStep{step("a", "b"), step("a", "c"), step("b", "c")}, "0A 1Bab 2C(bc) 1Cac"},
		{"circle", places("a", "A", "b", "B"), []bot.PictureStep{step("a", "b"), step("b", "a")}, "0A 1Bab 2A(ba)"},
		{"circle behind a start", places("s", "S", "a", "A", "b", "B"), []bot.PictureStep{step("s", "a"), step("a", "b"), step("b", "a")}, "0S 1Asa 2Bab 3A(ba)"},
		{"unheard-of places", places("a", "A"), []bot.PictureStep{step("a", "x"), step("y", "a"), step("a", "a")}, "0A"},
		{"apart", places("a", "A", "b", "B"), nil, "0A 0B"},
	} {
		var got []string
		for _, r := range climb(bot.Picture{Rows: tc.rows, Steps: tc.steps}) {
			word := fmt.Sprintf("%d%s", r.layer, r.label)
			if r.again {
				word += "(" + r.step + ")"
			} else {
				word += r.step
			}
			got = append(got, word)
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, s, tc.want)
		}
	}
}

// TestHostile draws what no honest caller sends.
func TestHostile(t *testing.T) {
	wall := strings.Repeat("supercalifragilistic", 500)
	evil := "<script>alert(1)</script>\x1b[2J\u202egnp\x00 \xff日本語 👩‍🔬 ]]> &amp; \ufffe"
	many := make([]bot.PictureRow, 1000)
	deep := bot.Picture{Kind: bot.PictureLadder, Title: "Deep", Note: "A note."}
	for i := range many {
		many[i] = bot.PictureRow{ID: strconv.Itoa(i), Label: wall, Low: 1, Mid: 2, High: 3}
		deep.Steps = append(deep.Steps, bot.PictureStep{From: strconv.Itoa(i), To: strconv.Itoa(i + 1), Label: wall})
	}
	deep.Rows = many
	inf := math.Inf(1)
	row := func(low, mid, high float64) bot.PictureRow {
		return bot.PictureRow{ID: evil, Label: evil, Low: low, Mid: mid, High: high}
	}
	for name, p := range map[string]bot.Picture{
		"infinite":  {Kind: bot.PicturePay, Rows: []bot.PictureRow{row(-inf, nan, inf), row(nan, inf, nan)}},
		"huge":      {Kind: bot.PicturePay, Unit: evil, Rows: []bot.PictureRow{row(-1e300, 1e300, math.MaxFloat64), row(-1e12, 0, 1e12)}},
		"tiny":      {Kind: bot.PicturePay, Unit: "$", Rows: []bot.PictureRow{row(5e-324, 1e-300, 1e-9)}},
		"reversed":  {Kind: bot.PicturePay, Rows: []bot.PictureRow{row(9, 5, 1), row(1, 50, 3)}},
		"zero":      {Kind: bot.PictureGrowth, Unit: "%", Rows: []bot.PictureRow{row(nan, 0, nan)}},
		"negative":  {Kind: bot.PictureGrowth, Unit: "%", Rows: []bot.PictureRow{row(nan, -99.99, nan), row(nan, -1e11, nan)}},
		"long":      {Kind: bot.PicturePay, Title: wall, Unit: wall, Note: wall, Alt: wall, Rows: many},
		"growth":    {Kind: bot.PictureGrowth, Title: wall + " " + wall, Unit: "%", Rows: many},
		"evil":      {Kind: bot.PictureGrowth, Title: evil, Unit: evil, Note: evil, Alt: evil, Rows: []bot.PictureRow{row(1, 2, 3)}},
		"deep":      deep,
		"no labels": {Kind: bot.PictureLadder, Rows: make([]bot.PictureRow, 30), Steps: make([]bot.PictureStep, 30)},
	} {
		t.Run(name, func(t *testing.T) {
			d := New()
			svg := drawn(t, d, p, SVG, true)
			words := strings.Join(checkText(t, svg), " ")
			if strings.ContainsAny(words, "\x00\x1b\u202e\ufffe") || bytes.Contains(svg, []byte("<script")) {
				t.Errorf("what is not to be seen got through: %q", words)
			}
			if len(p.Rows) == 1000 && !strings.Contains(words, "more") {
				t.Errorf("nothing says that rows are left out: %q", words)
			}
			if name == "deep" || name == "infinite" { // the tallest, and one like all others
				if b := drawn(t, d, p, PNG, false); len(b) > 1<<20 {
					t.Errorf("PNG of %d bytes", len(b))
				}
			}
		})
	}
}

func TestNotDrawn(t *testing.T) {
	rows := []bot.PictureRow{{ID: "a", Label: "A", Low: 1, Mid: 2, High: 3}}
	for name, tc := range map[string]struct {
		p    bot.Picture
		mime string
	}{
		"unheard-of kind":   {bot.Picture{Kind: "pie", Rows: rows}, SVG},
		"unheard-of format": {bot.Picture{Kind: bot.PicturePay, Rows: rows}, "image/gif"},
		"no rows":           {bot.Picture{Kind: bot.PicturePay}, SVG},
	} {
		if _, err := New().Draw(t.Context(), tc.p, tc.mime, false); !errors.Is(err, ErrPicture) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := New()
	for range atOnce {
		d.slots <- struct{}{} // all busy
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Draw(ctx, bot.Picture{Kind: bot.PicturePay, Rows: rows}, SVG, false); !errors.Is(err, context.Canceled) {
		t.Errorf("waited for a busy drawer: %v", err)
	}
}

// TestCache draws more pictures than are kept, and at once.
func TestCache(t *testing.T) {
	d := New()
	p := func(i int) bot.Picture {
		return bot.Picture{Kind: bot.PictureGrowth, Unit: "%", Rows: []bot.PictureRow{{ID: "a", Label: "A", Mid: float64(i)}}}
	}
	first := drawn(t, d, p(0), SVG, false)
	if again := drawn(t, d, p(0), SVG, false); &again[0] != &first[0] {
		t.Error("a picture that is kept was drawn again")
	}
	if other := drawn(t, d, p(0), SVG, true); bytes.Equal(other, first) {
		t.Error("dark and light are the same")
	}
	done := make(chan error)
	for g := range 4 {
		go func() {
			var err error
			for i := range cached {
				_, e := d.Draw(t.Context(), p(g*8+i+1), SVG, false)
				err = errors.Join(err, e)
			}
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if len(d.byKey) != cached || d.order.Len() != cached {
		t.Errorf("%d drawings kept, want %d", len(d.byKey), cached)
	}
	if again := drawn(t, d, p(0), SVG, false); &again[0] == &first[0] || !bytes.Equal(again, first) {
		t.Error("the oldest was kept, or its like differs")
	}
}

// TestContrast computes what the themes promise.
func TestContrast(t *testing.T) {
	for _, isDark := range []bool{false, true} {
		th := themeOf(isDark)
		for name, ground := range map[string]color.NRGBA{"ground": th.ground, "tint": th.tint} {
			for what, c := range map[string]color.NRGBA{"ink": th.ink, "muted": th.muted} {
				if got := contrast(c, ground); got < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", mode(isDark), what, name, got)
				}
			}
			marks := append([]color.NRGBA{th.fill, th.mark, th.other}, th.layers...)
			for i, c := range marks {
				if got := contrast(c, ground); got < 3 {
					t.Errorf("%s: mark %d on %s has a contrast of %.2f", mode(isDark), i, name, got)
				}
			}
		}
	}
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	r, g, b := linear(c)
	return 0.2126*r + 0.7152*g + 0.0722*b
}

func linear(c color.NRGBA) (r, g, b float64) {
	one := func(v uint8) float64 {
		f := float64(v) / 255
		if f <= 0.04045 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return one(c.R), one(c.G), one(c.B)
}

// TestColorVision looks at the two colors that stand on one bar as people without
// one kind of cone do (Machado, Oliveira and Fernandes 2009, severity 1).
func TestColorVision(t *testing.T) {
	for name, m := range map[string][9]float64{
		"full":         {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	} {
		for _, isDark := range []bool{false, true} {
			th := themeOf(isDark)
			seen := func(c color.NRGBA) (out [3]float64) {
				r, g, b := linear(c)
				for i := range out {
					v := min(max(m[3*i]*r+m[3*i+1]*g+m[3*i+2]*b, 0), 1)
					out[i] = 255 * math.Pow(v, 1/2.2)
				}
				return out
			}
			a, b := seen(th.fill), seen(th.mark)
			if d := math.Sqrt(sq(a[0]-b[0]) + sq(a[1]-b[1]) + sq(a[2]-b[2])); d < 60 {
				t.Errorf("%s, %s: bar and mark are %.0f apart", name, mode(isDark), d)
			}
		}
	}
}

func sq(v float64) float64 { return v * v }

// FuzzDraw draws anything.
func FuzzDraw(f *testing.F) {
	f.Add("pay", "Yearly pay", "$ a year", "Phlebotomist", "b", "about two years", 35780.0, 45230.0, 58780.0)
	f.Add("growth", "Growth <&>", "% over ten years", "A\u202e", "a", "\xff", math.Inf(-1), -3.5, 1e300)
	f.Add("ladder", "", "", "", "a", strings.Repeat("word ", 99), 0.0, math.NaN(), 5e-324)
	f.Fuzz(func(t *testing.T, kind, title, unit, label, id, step string, low, mid, high float64) {
		p := bot.Picture{
			Kind: bot.PictureKind(kind), Title: title, Unit: unit, Note: step + label, Alt: title + label,
			Rows: []bot.PictureRow{
				{ID: "a", Label: label, Low: low, Mid: mid, High: high}, {ID: id, Label: title, Low: mid, Mid: high, High: low},
				{ID: "c", Label: step, Low: low, Mid: low, High: low, Reference: true},
			},
			Steps: []bot.PictureStep{{From: "a", To: id, Label: step}, {From: id, To: "c", Label: label}, {From: "c", To: "a", Label: title}},
		}
		svg, err := New().Draw(t.Context(), p, SVG, len(title)%2 == 0)
		if err != nil {
			if !errors.Is(err, ErrPicture) {
				t.Fatal(err)
			}
			return
		}
		checkText(t, svg)
	})
}

func BenchmarkDraw(b *testing.B) {
	for _, name := range []string{"pay-five", "ladder-onward"} {
		for _, mime := range []string{SVG, PNG} {
			b.Run(name+"/"+strings.TrimPrefix(mime, "image/"), func(b *testing.B) {
				p := tidy(samples()[name])
				b.ReportAllocs()
				for b.Loop() {
					if _, err := render(p, mime, false); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
