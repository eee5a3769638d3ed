package fakediscord

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
)

// A File is what was attached to a message.
type File struct {
	Name, Type string
	Data       []byte
}

// maxUpload is what a message's files may weigh together, and maxFiles their number.
// https://discord.com/developers/docs/reference#uploading-files
const (
	maxUpload = 10 << 20
	maxFiles  = 10
)

// form reads a multipart body: its payload_json becomes the body, so that it is
// checked as any other, and its files are kept beside it.
func (c *call) form() error {
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return nil
	}
	r := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	var body []byte
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("form: %w", err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return fmt.Errorf("form: %w", err)
		}
		switch name := p.FormName(); {
		case name == "payload_json":
			body = b
		case name == fmt.Sprintf("files[%d]", len(c.files)):
			c.files = append(c.files, File{p.FileName(), p.Header.Get("Content-Type"), b})
		default:
			return fmt.Errorf("form: part %q out of order", name)
		}
	}
	c.body = body
	c.r.Header.Set("Content-Type", "application/json")
	return nil
}

// checkFiles holds files against the attachments and addresses that name them.
func checkFiles(in map[string]any, files []File) []string {
	c := &check{}
	msg := in
	if data, ok := in["data"].(map[string]any); ok {
		msg = data
	}
	list, _ := msg["attachments"].([]any)
	if len(list) != len(files) || len(files) > maxFiles {
		c.fail("%d attachments and %d files", len(list), len(files))
		return c.out
	}
	flags, _ := msg["flags"].(float64)
	names := mediaNames(msg["components"])
	total := 0
	for n, v := range list {
		a, _ := v.(map[string]any)
		f := files[n]
		total += len(f.Data)
		if a["id"] != strconv.Itoa(n) || a["filename"] != f.Name {
			c.fail("attachment %v %v beside file %d %q", a["id"], a["filename"], n, f.Name)
		}
		alt, _ := a["description"].(string)
		if units(alt) > 1024 || strings.TrimSpace(alt) == "" {
			c.fail("an attachment's description of %d", units(alt))
		}
		if f.Type == "image/png" && !bytes.HasPrefix(f.Data, []byte("\x89PNG\r\n\x1a\n")) {
			c.fail("file %q is no PNG", f.Name)
		}
		if int(flags)&flagV2 != 0 && !names[f.Name] {
			c.fail("file %q is shown by no component", f.Name)
		}
		delete(names, f.Name)
	}
	for name := range names {
		c.fail("a component shows %q, which is not attached", name)
	}
	if total > maxUpload {
		c.fail("files of %d bytes", total)
	}
	return c.out
}

// mediaNames finds the attachments that components show.
func mediaNames(v any) map[string]bool {
	out := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if url, ok := v["url"].(string); ok {
				if name, ok := strings.CutPrefix(url, "attachment://"); ok {
					out[name] = true
				}
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	return out
}
