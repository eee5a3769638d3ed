package discord

import (
	"strings"

	"careerbot/bot"
)

// Limits of messages, in UTF-16 units.
// https://discord.com/developers/docs/resources/message
// https://discord.com/developers/docs/components/reference
const (
	maxContent     = 2000 // of a message
	maxV2Text      = 4000 // of all text displays of a message together
	maxDescription = 4096 // of an embed
	maxFooter      = 2048 // of an embed
	maxCustomID    = 100
	maxOptions     = 25
	maxOptionText  = 100
	maxRowButtons  = 5

	// adviceLabel is how long a button's label may be to show whole on a phone.
	adviceLabel = 38
)

// Room given to the parts of a reply; the body takes what they leave.
const (
	roomTitle   = 250
	roomFacts   = 1100
	roomFewer   = 500 // of a comparison, whose table holds the figures already
	roomNotice  = 350
	roomSources = 900
	roomReadAs  = 160
)

// shortened closes a body that did not fit.
const shortened = "-# Shortened to fit. Ask about one part to see the rest."

// audience is who will see a reply.
type audience struct {
	ephemeral bool // only the person who asked
	others    bool // there are others, with whom it could be shared
	verdicts  bool // it can be said whether it helped

	extra []component // buttons beside those
}

// render returns an answer as a message within every limit: Components V2, or
// content and one embed when plain is set. It is a pure function.
func render(a *bot.Answer, to audience, plain bool) *post {
	p := &post{}
	if plain {
		renderPlain(p, a)
	} else {
		renderV2(p, a)
	}
	if to.ephemeral {
		p.Flags |= flagEphemeral
	}
	if row := utilities(a, to); len(row.Components) > 0 {
		p.Components = append(p.Components, row)
	}
	return p
}

// renderV2 lays out a container: heading and answer, figures, sources, then what
// can be tapped.
func renderV2(p *post, a *bot.Answer) {
	p.Flags |= flagComponentsV2
	head := heading(a, "## ", roomTitle)
	facts, foot := figures(a, factsRoom(a)), foot(a)
	left := maxV2Text - units(head) - units(facts) - units(foot)
	c := component{Type: componentContainer}
	add := func(text string) {
		if text != "" {
			c.Components = append(c.Components, component{Type: componentText, Content: text})
		}
	}
	body := body(a.Blocks, left-1)
	if body == "" && head == "" && facts == "" {
		body = "I have nothing to say to that."
	}
	add(strings.TrimPrefix(head+"\n"+body, "\n"))
	add(facts)
	if foot != "" {
		c.Components = append(c.Components, component{Type: componentSeparator})
		add(foot)
	}
	c.Components = append(c.Components, taps(a)...)
	p.Components = []component{c}
}

// renderPlain puts the short answer into the content, where it stands alone for
// readers who hide embeds, and the rest into one embed.
func renderPlain(p *post, a *bot.Answer) {
	head := heading(a, "**", roomTitle)
	blocks := a.Blocks
	var first []bot.Block
	if len(blocks) > 0 {
		first, blocks = blocks[:1], blocks[1:]
	}
	p.Content = strings.Trim(head+"\n"+body(first, maxContent-units(head)-1), "\n")
	facts, notice := figures(a, factsRoom(a)), notes(a)
	rest := []string{body(blocks, maxDescription-units(facts)-units(notice)-4), facts, notice}
	e := embed{Description: join(rest, "\n\n")}
	if a.ReadAs != "" {
		e.Footer = &footer{clip("Read as: "+a.ReadAs, roomReadAs)}
	}
	if e.Description != "" || e.Footer != nil {
		p.Embeds = []embed{e}
	}
	if p.Content == "" && len(p.Embeds) == 0 {
		p.Content = "I have nothing to say to that."
	}
	p.Components = taps(a)
}

func join(parts []string, sep string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, sep)
}

// heading is the title after a marker, or between two when it is bold.
func heading(a *bot.Answer, marker string, max int) string {
	title := clip(a.Title, max/2)
	if title == "" {
		return ""
	}
	p := newPad(max)
	p.raw(marker)
	p.lineStart = true
	p.text(title)
	if marker == "**" {
		return p.String() + marker
	}
	return p.String()
}

// body writes blocks in at most max units.
func body(blocks []bot.Block, max int) string {
	p := newPad(max - units(shortened) - 1)
	for i, b := range blocks {
		if i > 0 && p.b.Len() > 0 && !p.cut {
			p.raw("\n")
			p.lineStart = true
			if b.Kind != bot.Bullets && b.Kind != bot.Steps && blocks[i-1].Kind != bot.Heading {
				p.raw("\n")
			}
		}
		p.block(b)
	}
	s := p.String()
	if p.cut && s != "" {
		return s + "\n" + shortened
	}
	return s
}

func (p *pad) block(b bot.Block) {
	switch b.Kind {
	case bot.Heading:
		p.line("### ")
		p.spans(b.Spans)
	case bot.Bullets:
		for _, it := range b.Items {
			p.line("- ")
			p.spans(it)
		}
	case bot.Steps:
		for i, it := range b.Items {
			p.line(itoa(i+1) + ". ")
			p.spans(it)
		}
	case bot.Table:
		if len(b.Table) == 0 {
			p.table(b.Rows)
			return
		}
		for _, part := range b.Stacked() {
			p.block(part)
		}
	default:
		p.spans(b.Spans)
	}
}

// table writes a comparison as lists, one a row: Discord has no tables, and
// screen readers cannot follow columns made of spaces.
func (p *pad) table(rows [][]string) {
	if len(rows) == 0 {
		return
	}
	header := rows[0]
	for _, row := range rows[1:] {
		for i, cell := range row {
			switch {
			case i == 0 && cell != "":
				p.line("")
				p.styled(bot.Span{Text: cell, Bold: true})
			case i > 0:
				p.line("- ")
				if i < len(header) && strings.TrimSpace(header[i]) != "" {
					p.text(header[i] + ": ")
				}
				p.text(cell)
			}
		}
	}
}

// factsRoom is how much of a message the figures may take.
func factsRoom(a *bot.Answer) int {
	if a.Kind == bot.KindCompare {
		return roomFewer
	}
	return roomFacts
}

// figures lists an answer's facts, each with its date and source.
func figures(a *bot.Answer, max int) string {
	p := newPad(max)
	for i, f := range a.Facts {
		if i == bot.MaxFacts {
			break
		}
		one := newPad(max)
		one.raw("- ")
		one.lineStart = true
		one.text(strings.TrimSpace(f.Label) + ": ")
		one.styled(bot.Span{Text: f.Value, Bold: true})
		if origin := join([]string{join([]string{f.Source, f.AsOf}, ", "), f.Caveat}, "; "); origin != "" {
			one.text(" (" + origin + ")")
		}
		if i == 0 {
			p.raw("### Figures\n")
		}
		if !p.raw(one.String() + "\n") {
			p.cut = false // a later one may be shorter; none is cut in the middle
		}
	}
	if s := p.String(); s != "### Figures" {
		return s
	}
	return ""
}

// notes is the caution and the sources of an answer.
func notes(a *bot.Answer) string {
	var notice string
	if a.Notice != "" {
		p := newPad(roomNotice)
		p.raw("**Note:** ")
		p.text(clip(a.Notice, roomNotice/2))
		notice = p.String()
	}
	return join([]string{notice, sources(a.Sources, roomSources)}, "\n")
}

func foot(a *bot.Answer) string {
	s := notes(a)
	if a.ReadAs != "" {
		p := newPad(roomReadAs)
		p.raw("-# Read as: ")
		p.text(clip(a.ReadAs, roomReadAs/2))
		s = join([]string{s, p.String()}, "\n")
	}
	return s
}

// sources lists sources as titled links; those that do not fit are counted.
func sources(list []bot.Source, max int) string {
	p := newPad(max - 20)
	left := 0
	for i, s := range list {
		if i == 0 {
			p.raw("**Sources**\n")
		}
		label := s.Label
		if label == "" {
			label = s.Title
		}
		one := newPad(max)
		one.raw("- ")
		one.lineStart = true
		if link := safeLink(s.URL); link != "" {
			one.link(bot.Span{Text: label}, link)
		} else {
			one.text(clip(label, 200))
		}
		if one.cut || !p.raw(one.String()+"\n") {
			p.cut = false
			left++
		}
	}
	if s := p.String(); s != "" && s != "**Sources**" {
		if left > 0 {
			s += "\n- and " + itoa(left) + " more"
		}
		return s
	}
	return ""
}
