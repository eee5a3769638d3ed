package discord

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"time"

	"careerbot/bot"
)

const (
	maxCharts     = 4       // of a message; Discord takes ten files
	maxChartBytes = 8 << 20 // of all of them together; Discord takes ten MiB
	maxAlt        = 1024    // characters of an attachment's description

	// drawWait is what charts may hold an answer up: it is complete without them.
	drawWait = 800 * time.Millisecond
)

// chart is a picture of an answer, ready to attach.
type chart struct {
	name string // "chart1.png"
	alt  string
	data []byte
}

// draw makes an answer's pictures visible: as PNG, for the dark background that
// most of Discord's readers have. One that fails or takes long is left out.
func (a *Adapter) draw(ctx context.Context, ans *bot.Answer) []chart {
	if a.set.Drawer == nil || len(ans.Pictures) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, drawWait)
	defer cancel()
	var out []chart
	left := maxChartBytes
	for _, p := range ans.Pictures {
		alt := clip(p.Alt, maxAlt)
		if alt == "" || len(out) == maxCharts {
			continue // what only some can read is not shown
		}
		data, err := a.set.Drawer.Draw(ctx, p, "image/png", true)
		if err != nil || len(data) == 0 || len(data) > left {
			a.log.Warn("a chart is left out", "kind", p.Kind, "bytes", len(data), "failed", err != nil)
			continue
		}
		left -= len(data)
		out = append(out, chart{fmt.Sprintf("chart%d.png", len(out)+1), alt, data})
	}
	return out
}

// illustrate adds charts to a rendered message: as a gallery between figures and
// sources or, in a plain one, as attachments under it.
func illustrate(p *post, charts []chart, plain bool) {
	if len(charts) == 0 {
		return
	}
	p.charts = charts
	gallery := component{Type: componentGallery}
	for n, c := range charts {
		p.Attachments = append(p.Attachments, attachment{itoa(n), c.name, c.alt})
		gallery.Items = append(gallery.Items, galleryItem{media{"attachment://" + c.name}, c.alt})
	}
	if plain || len(p.Components) == 0 || p.Components[0].Type != componentContainer {
		return
	}
	inner := p.Components[0].Components
	at := 0
	for at < len(inner) && inner[at].Type == componentText {
		at++
	}
	p.Components[0].Components = append(inner[:at:at], append([]component{gallery}, inner[at:]...)...)
}

// chartsOf finds the files that belong to a body.
func chartsOf(body any) []chart {
	switch v := body.(type) {
	case *post:
		return v.charts
	case callback:
		return chartsOf(v.Data)
	}
	return nil
}

// encodeBody returns a request's body and its content type: JSON, or with files
// the multipart form that Discord takes them in.
// https://discord.com/developers/docs/reference#uploading-files
func encodeBody(body any) (b []byte, contentType string, err error) {
	b, err = encode(body)
	charts := chartsOf(body)
	if err != nil || len(charts) == 0 {
		return b, "application/json", err
	}
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	part := func(disposition, contentType string, data []byte) {
		h := textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {contentType}}
		if dst, e := w.CreatePart(h); e != nil {
			err = e
		} else {
			dst.Write(data) // to memory
		}
	}
	part(`form-data; name="payload_json"`, "application/json", b)
	for n, c := range charts {
		part(fmt.Sprintf(`form-data; name="files[%d]"; filename="%s"`, n, c.name), "image/png", c.data)
	}
	if e := w.Close(); e != nil {
		err = e
	}
	return out.Bytes(), w.FormDataContentType(), err
}
