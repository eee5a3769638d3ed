package chart

import (
	"image/color"
	"math"
	"sort"
	"strings"
	"sync"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Measures of a sheet, in units. On a phone a unit is about a CSS pixel.
const (
	sheetWidth = 320
	margin     = 14
	inner      = sheetWidth - 2*margin

	titleSize = 17
	labelSize = 15
	valueSize = 14
	smallSize = 12

	leading = 1.28 // line height by font size
)

// A sheet collects what is to be painted from top to bottom, so that its height
// is known before there is a canvas. Its y axis points down.
type sheet struct {
	theme *theme
	y     float64 // where the next thing goes
	ops   []func(*pen)
}

func newSheet(t *theme) *sheet { return &sheet{theme: t, y: margin} }

func (s *sheet) height() float64 { return math.Ceil(s.y + margin) }

func (s *sheet) add(op func(*pen)) { s.ops = append(s.ops, op) }

// paint puts everything but the ground on a canvas as large as the sheet.
func (s *sheet) paint(c vg.Canvas) {
	p := &pen{c: c, height: s.height()}
	for _, op := range s.ops {
		op(p)
	}
}

// A face is one weight of text.
type face int

const (
	regular face = iota
	bold
)

var faces = sync.OnceValue(func() [2]font.Face {
	load := func(ttf []byte, w xfont.Weight) font.Face {
		f, err := opentype.Parse(ttf)
		if err != nil {
			panic(err) // unreachable: the font is part of the binary
		}
		return font.Face{Font: font.Font{Typeface: "Liberation", Variant: "Sans", Weight: w}, Face: f}
	}
	return [2]font.Face{load(liberationsansregular.TTF, xfont.WeightNormal), load(liberationsansbold.TTF, xfont.WeightBold)}
})

func (f face) sized(size float64) font.Face {
	ff := faces()[f]
	ff.Font.Size = vg.Length(size)
	return ff
}

// width is how wide a line of text is.
func (f face) width(text string, size float64) float64 {
	ff := f.sized(size)
	return float64(ff.Width(text))
}

// wrap breaks text at blanks into lines that fit, and cuts what does not: words
// that are too long, and the text after so many lines.
func (f face) wrap(text string, size, width float64, most int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if f.width(longer, size) <= width {
			line = longer
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		if line = f.clip(word, size, width); len(lines) >= most {
			break
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	if len(lines) > most {
		lines = lines[:most]
		lines[most-1] = f.clip(lines[most-1]+" …", size, width)
	}
	return lines
}

// clip cuts a line's end off when it is too wide, and says so by an ellipsis.
func (f face) clip(line string, size, width float64) string {
	if f.width(line, size) <= width {
		return line
	}
	rs := []rune(strings.TrimRight(line, " …"))
	n := sort.Search(len(rs), func(n int) bool { return f.width(string(rs[:n+1])+"…", size) > width })
	return strings.TrimRight(string(rs[:n]), " ") + "…"
}

// text adds wrapped lines at x and moves down by them.
func (s *sheet) text(f face, text string, size float64, clr color.Color, x, width float64, most int) {
	for _, line := range f.wrap(text, size, width, most) {
		s.line(f, line, size, clr, x)
		s.y += size * leading
	}
}

// line adds one line of text at x whose top is the sheet's y.
func (s *sheet) line(f face, text string, size float64, clr color.Color, x float64) {
	base := s.y + size*0.98
	s.add(func(p *pen) { p.text(f, text, size, x, base, clr) })
}

// head adds the title.
func (s *sheet) head(title string) {
	s.text(bold, title, titleSize, s.theme.ink, margin, inner, 3)
	s.y += 8
}

// foot adds the note with date and source.
func (s *sheet) foot(note string) {
	if note == "" {
		return
	}
	s.y += 10
	s.text(regular, note, smallSize, s.theme.muted, margin, inner, 8)
}

// A pen paints on a canvas, whose own y axis points up.
type pen struct {
	c      vg.Canvas
	height float64
}

func (p *pen) pt(x, y float64) vg.Point {
	return vg.Point{X: vg.Length(x), Y: vg.Length(p.height - y)}
}

func (p *pen) text(f face, text string, size, x, base float64, clr color.Color) {
	p.c.SetColor(clr)
	p.c.FillString(f.sized(size), p.pt(x, base), text)
}

// box fills a rectangle with rounded corners.
func (p *pen) box(x, y, w, h, r float64, clr color.Color) {
	p.c.SetColor(clr)
	p.c.Fill(p.rounded(x, y, w, h, r))
}

// frame strokes a rectangle with rounded corners.
func (p *pen) frame(x, y, w, h, r, width float64, dashed bool, clr color.Color) {
	p.style(width, dashed, clr)
	p.c.Stroke(p.rounded(x, y, w, h, r))
}

func (p *pen) style(width float64, dashed bool, clr color.Color) {
	p.c.SetColor(clr)
	p.c.SetLineWidth(vg.Length(width))
	if dashed {
		p.c.SetLineDash([]vg.Length{4, 3}, 0)
	} else {
		p.c.SetLineDash(nil, 0)
	}
}

func (p *pen) rounded(x, y, w, h, r float64) vg.Path {
	r = min(r, w/2, h/2)
	var path vg.Path
	if r <= 0 {
		path.Move(p.pt(x, y))
		path.Line(p.pt(x+w, y))
		path.Line(p.pt(x+w, y+h))
		path.Line(p.pt(x, y+h))
		path.Close()
		return path
	}
	k := r * 0.4477 // control points of a quarter circle lie this far from the corner
	path.Move(p.pt(x+r, y))
	path.Line(p.pt(x+w-r, y))
	path.CubeTo(p.pt(x+w-k, y), p.pt(x+w, y+k), p.pt(x+w, y+r))
	path.Line(p.pt(x+w, y+h-r))
	path.CubeTo(p.pt(x+w, y+h-k), p.pt(x+w-k, y+h), p.pt(x+w-r, y+h))
	path.Line(p.pt(x+r, y+h))
	path.CubeTo(p.pt(x+k, y+h), p.pt(x, y+h-k), p.pt(x, y+h-r))
	path.Line(p.pt(x, y+r))
	path.CubeTo(p.pt(x, y+k), p.pt(x+k, y), p.pt(x+r, y))
	path.Close()
	return path
}

// lines strokes from point to point: x, y, x, y, …
func (p *pen) lines(width float64, dashed bool, clr color.Color, xy ...float64) {
	p.style(width, dashed, clr)
	p.c.Stroke(p.path(xy))
}

// shape fills the area between points: x, y, x, y, …
func (p *pen) shape(clr color.Color, xy ...float64) {
	p.c.SetColor(clr)
	path := p.path(xy)
	path.Close()
	p.c.Fill(path)
}

func (p *pen) path(xy []float64) vg.Path {
	var path vg.Path
	path.Move(p.pt(xy[0], xy[1]))
	for i := 2; i < len(xy); i += 2 {
		path.Line(p.pt(xy[i], xy[i+1]))
	}
	return path
}

// diamond fills a square that stands on its corner.
func (p *pen) diamond(x, y, r float64, clr color.Color) {
	p.shape(clr, x, y-r, x+r, y, x, y+r, x-r, y)
}
