package discord

import (
	"context"
	"encoding/json"
	"strings"
)

// share posts the answer that one person saw for everyone in the channel. The
// message itself comes with the tap, so nothing has to be remembered; of it only
// texts that we wrote are taken, and never its components.
func (a *Adapter) share(ctx context.Context, x *exchange) error {
	m := x.i.Message
	if m == nil || !x.i.ephemeral() {
		return a.reply(ctx, x, notice("There is nothing to share here."))
	}
	if !x.resumed && !a.claim(ctx, "share/"+m.ID) {
		return a.reply(ctx, x, notice("This answer is already shared."))
	}
	texts := textsOf(m.Components)
	by := "-# Shared by <@" + x.i.person() + ">"
	if !isSnowflake(x.i.person()) {
		by = "-# Shared"
	}
	return a.reply(ctx, x, func(f form) (*post, int) {
		if len(texts) > 0 && !f.plain {
			return sharedV2(texts, by), callbackMessage
		}
		return sharedPlain(m.Content, m.Embeds, texts, by), callbackMessage
	})
}

// textsOf returns the texts of Components V2, in order.
func textsOf(raw json.RawMessage) []string {
	type node struct {
		Type       int             `json:"type"`
		Content    string          `json:"content"`
		Components json.RawMessage `json:"components"`
	}
	var list []node
	if len(raw) == 0 || lenient(raw, &list) != nil {
		return nil
	}
	var out []string
	for _, n := range list {
		switch n.Type {
		case componentText:
			if n.Content != "" {
				out = append(out, n.Content)
			}
		case componentContainer:
			out = append(out, textsOf(n.Components)...)
		}
		if len(out) > 20 {
			return out[:20]
		}
	}
	return out
}

func sharedV2(texts []string, by string) *post {
	left := maxV2Text - units(by)
	c := component{Type: componentContainer}
	for _, t := range texts {
		if n := units(t); n <= left {
			left -= n
			c.Components = append(c.Components, component{Type: componentText, Content: t})
		}
	}
	c.Components = append(c.Components, component{Type: componentText, Content: by})
	return &post{Flags: flagComponentsV2, Components: []component{c}}
}

func sharedPlain(content string, embeds []embed, texts []string, by string) *post {
	if content == "" {
		content = strings.Join(texts, "\n")
	}
	if units(content)+units(by)+1 > maxContent {
		content = clip(content, maxContent-units(by)-1)
	}
	p := &post{Content: strings.TrimPrefix(content+"\n"+by, "\n")}
	if len(embeds) > 0 && units(embeds[0].Description) <= maxDescription && (embeds[0].Footer == nil || units(embeds[0].Footer.Text) <= maxFooter) {
		p.Embeds = []embed{{Description: embeds[0].Description, Footer: embeds[0].Footer}}
	}
	return p
}
