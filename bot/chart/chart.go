// Package chart draws the bot's pictures: ranges of pay, growth, and the ladder
// of places and steps.
//
// The central type is [Drawer], which implements [bot.Drawer]. A picture is laid
// out once, on a sheet 320 units wide, as wide as a phone's column, and comes out
// as SVG, or as PNG with more than three pixels to a unit. The same picture gives
// the same bytes. Nothing is said by color alone: every value is written beside
// its mark, and marks differ in shape. Pictures hold text from the knowledge
// folder and from outside; whatever it holds, drawing is bounded and never fails
// but for an unknown kind or mime type.
//
// Library: gonum.org/v1/plot, of which only the drawing layer is used (vg with
// its SVG and image canvases): its own plots are made for paper, with labels in
// margins that a phone has no room for. Two faces of the Liberation fonts are
// embedded instead of the twelve that plots bring along.
package chart

import (
	"bytes"
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/color"
	"image/png"
	"math"
	"sync"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"careerbot/bot"
)

// The formats.
const (
	PNG = "image/png"
	SVG = "image/svg+xml"
)

// ErrPicture: there is no such kind of picture or format, or nothing to draw.
var ErrPicture = errors.New("cannot be drawn")

// Bounds.
const (
	MaxRows   = 5  // subjects of a chart; the rest is counted in a note
	MaxPlaces = 24 // of a ladder; likewise
	MaxSteps  = 64

	cached     = 64 // drawings kept
	atOnce     = 2  // drawings under way: a tall ladder takes some 20 MB while drawn
	pixelDPI   = 270
	PixelWidth = sheetWidth * pixelDPI / 72 // of a PNG
)

// A Drawer makes pictures visible. It is safe for concurrent use.
type Drawer struct {
	slots chan struct{}

	mu    sync.Mutex
	order *list.List // of *drawing, most recently used first
	byKey map[[sha256.Size]byte]*list.Element
}

type drawing struct {
	key  [sha256.Size]byte
	body []byte
}

var _ bot.Drawer = (*Drawer)(nil)

// New returns a drawer.
func New() *Drawer {
	return &Drawer{slots: make(chan struct{}, atOnce), order: list.New(), byKey: map[[sha256.Size]byte]*list.Element{}}
}

// Draw implements [bot.Drawer]. The caller must not change the bytes. Errors wrap
// [ErrPicture] or are the context's.
func (d *Drawer) Draw(ctx context.Context, p bot.Picture, mime string, dark bool) ([]byte, error) {
	if mime != PNG && mime != SVG {
		return nil, fmt.Errorf("format %.40q: %w", mime, ErrPicture)
	}
	p = tidy(p)
	key := keyOf(p, mime, dark)
	if body := d.known(key); body != nil {
		return body, nil
	}
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	body, err := render(p, mime, dark)
	if err == nil {
		d.keep(key, body)
	}
	return body, err
}

// render lays the picture out and encodes it.
func render(p bot.Picture, mime string, dark bool) ([]byte, error) {
	s := newSheet(themeOf(dark))
	switch {
	case len(p.Rows) == 0:
		return nil, fmt.Errorf("a picture without rows: %w", ErrPicture)
	case p.Kind == bot.PicturePay:
		s.ranges(p)
	case p.Kind == bot.PictureGrowth:
		s.bars(p)
	case p.Kind == bot.PictureLadder:
		s.ladder(p)
	default:
		return nil, fmt.Errorf("kind %.40q: %w", p.Kind, ErrPicture)
	}
	if mime == SVG {
		return s.svg(p)
	}
	return s.png()
}

// png paints the sheet on pixels.
func (s *sheet) png() ([]byte, error) {
	c := vgimg.NewWith(vgimg.UseWH(sheetWidth, vg.Length(s.height())), vgimg.UseDPI(pixelDPI), vgimg.UseBackgroundColor(s.theme.ground))
	s.paint(c)
	var b bytes.Buffer
	err := png.Encode(&b, paletted(c.Image()))
	return b.Bytes(), err
}

// svg writes the sheet as SVG with the picture's words.
func (s *sheet) svg(p bot.Picture) ([]byte, error) {
	c := vgsvg.New(sheetWidth, vg.Length(s.height()))
	(&pen{c: c, height: s.height()}).box(0, 0, sheetWidth, s.height(), 0, s.theme.ground)
	s.paint(c)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, err
	}
	return describe(b.Bytes(), s.height(), p.Title, p.Alt), nil
}

// keyOf names a drawing. The picture is written with its numbers' bits: NaN has
// no other form that is equal to itself.
func keyOf(p bot.Picture, mime string, dark bool) [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s %v %q %q %q %q %q\n", mime, dark, p.Kind, p.Title, p.Unit, p.Note, p.Alt)
	for _, r := range p.Rows {
		fmt.Fprintf(h, "%q %q %x %x %x %v\n", r.ID, r.Label, math.Float64bits(r.Low), math.Float64bits(r.Mid), math.Float64bits(r.High), r.Reference)
	}
	for _, st := range p.Steps {
		fmt.Fprintf(h, "%q %q %q\n", st.From, st.To, st.Label)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func (d *Drawer) known(key [sha256.Size]byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.byKey[key]
	if e == nil {
		return nil
	}
	d.order.MoveToFront(e)
	return e.Value.(*drawing).body
}

// keep remembers a drawing in place of the one that was not used for longest.
func (d *Drawer) keep(key [sha256.Size]byte, body []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.byKey[key] != nil {
		return // drawn twice at once
	}
	d.byKey[key] = d.order.PushFront(&drawing{key, body})
	if d.order.Len() > cached {
		oldest := d.order.Back()
		d.order.Remove(oldest)
		delete(d.byKey, oldest.Value.(*drawing).key)
	}
}

// A theme is the colors on one ground. Text has a contrast of 4.5 to 1 or more on
// it, marks 3 to 1; a test computes it.
type theme struct {
	ground, tint, grid color.NRGBA
	ink, muted         color.NRGBA
	fill, mark, other  color.NRGBA
	layers             []color.NRGBA // of the ladder
}

// The colors of marks are Okabe and Ito's, which people tell apart with any kind
// of color vision (https://jfly.uni-koeln.de/color/), lightened or darkened only
// where the ground asks for it. Grounds and inks are the web page's.
var (
	light = theme{
		ground: rgb(0xfffefb), tint: rgb(0xeef2f1), grid: rgb(0xdfdbd1), ink: rgb(0x1c2426), muted: rgb(0x566164),
		fill: rgb(0x0072b2), mark: rgb(0xd55e00), other: rgb(0x7d8a88),
		layers: []color.NRGBA{rgb(0x0072b2), rgb(0xd55e00), rgb(0x007d5c), rgb(0xb5528a)},
	}
	dark = theme{
		ground: rgb(0x1a2225), tint: rgb(0x263134), grid: rgb(0x39464a), ink: rgb(0xe7eceb), muted: rgb(0xa6b2b2),
		fill: rgb(0x56b4e9), mark: rgb(0xe69f00), other: rgb(0x8b9997),
		layers: []color.NRGBA{rgb(0x56b4e9), rgb(0xe69f00), rgb(0x2fbf94), rgb(0xcc79a7)},
	}
)

func themeOf(isDark bool) *theme {
	if isDark {
		return &dark
	}
	return &light
}

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}
