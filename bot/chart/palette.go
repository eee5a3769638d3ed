package chart

import (
	"image"
	"image/color"
	"image/draw"
)

// paletted returns the picture with at most 256 colors, which halves its file
// more than once. A chart has few colors, and the many in between are the edges
// of letters: where there are too many, near ones become the most frequent of
// them, so that grounds and inks stay what they are.
func paletted(src draw.Image) image.Image {
	img, ok := src.(*image.RGBA)
	if !ok {
		return src
	}
	seen := count(img)
	for drop := range 8 {
		if to := merge(seen, drop); to != nil {
			return apply(img, to)
		}
	}
	return src // unreachable: with one bit left there are eight colors
}

// pixel is red, green and blue. Charts are opaque.
type pixel [3]uint8

// count returns how often each color occurs.
func count(img *image.RGBA) map[pixel]int {
	seen := map[pixel]int{}
	last, run := pixel{}, 0
	for i := 0; i+3 < len(img.Pix); i += 4 {
		c := pixel(img.Pix[i : i+3])
		if c != last && run > 0 {
			seen[last] += run
			run = 0
		}
		last = c
		run++
	}
	seen[last] += run
	return seen
}

// merge maps each color to the most frequent one that is equal but for so many
// low bits of each channel, or returns nil when more than 256 are left.
func merge(seen map[pixel]int, drop int) map[pixel]pixel {
	best := map[pixel]pixel{}
	group := func(c pixel) pixel { return pixel{c[0] >> drop, c[1] >> drop, c[2] >> drop} }
	for c, n := range seen {
		g := group(c)
		b, ok := best[g]
		if !ok || n > seen[b] || n == seen[b] && less(c, b) {
			best[g] = c
		}
	}
	if len(best) > 256 {
		return nil
	}
	to := make(map[pixel]pixel, len(seen))
	for c := range seen {
		to[c] = best[group(c)]
	}
	return to
}

func less(a, b pixel) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// apply writes the picture with the colors that its own are mapped to. The
// palette is in order of appearance.
func apply(img *image.RGBA, to map[pixel]pixel) *image.Paletted {
	out := image.NewPaletted(img.Rect, nil)
	index := map[pixel]uint8{}
	known := map[pixel]uint8{}
	last, lastIndex, begun := pixel{}, uint8(0), false
	for i := 0; i+3 < len(img.Pix); i += 4 {
		c := pixel(img.Pix[i : i+3])
		if !begun || c != last {
			k, ok := known[c]
			if !ok {
				t := to[c]
				if k, ok = index[t]; !ok {
					k = uint8(len(out.Palette))
					index[t] = k
					out.Palette = append(out.Palette, color.RGBA{t[0], t[1], t[2], 0xff})
				}
				known[c] = k
			}
			last, lastIndex, begun = c, k, true
		}
		out.Pix[i/4] = lastIndex
	}
	return out
}
