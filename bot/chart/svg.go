package chart

import (
	"bytes"
	"fmt"
	"html"
)

// describe replaces the head of an SVG file by one that readers of the screen
// understand, that scales with its place, and that names fonts which most
// machines have and which are as wide as the one measured.
func describe(svg []byte, height float64, title, alt string) []byte {
	_, body, _ := bytes.Cut(svg, []byte("xmlns:xlink=\"http://www.w3.org/1999/xlink\">\n"))
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%d" height="%.0f" viewBox="0 0 %d %.0f">`+"\n",
		sheetWidth, height, sheetWidth, height)
	fmt.Fprintf(&b, "<title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&b, "<desc>%s</desc>\n", html.EscapeString(alt))
	body = bytes.ReplaceAll(body, []byte("font-family:Liberation Sans;font-variant:none;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"))
	body = bytes.ReplaceAll(body, []byte(";font-style:normal"), nil)
	b.Write(body)
	return b.Bytes()
}
