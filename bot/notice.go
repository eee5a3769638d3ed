package bot

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Answers that no question leads to: what people are told about feedback, about
// mentors and about what is kept. They are of KindMeta and carry no content.

func notice(title string, blocks ...Block) Answer {
	return Answer{Kind: KindMeta, Confidence: 1, Title: title, Blocks: blocks}
}

// paragraphs makes a block of every line that is not empty. Nothing in it is markup.
func paragraphs(texts ...string) (blocks []Block) {
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				blocks = append(blocks, Block{Kind: Paragraph, Spans: []Span{{Text: line}}})
			}
		}
	}
	return blocks
}

func bullets(items ...string) Block {
	b := Block{Kind: Bullets}
	for _, it := range items {
		b.Items = append(b.Items, []Span{{Text: it}})
	}
	return b
}

// ThankFor answers a tap on a verdict. After [NotHelpful] the adapter offers
// [Reasons] with it.
func ThankFor(v Verdict) Answer {
	switch v {
	case Helpful:
		return notice("Thank you", paragraphs("Good to know. It helps to keep what works.")...)
	case NotHelpful:
		return notice("Sorry about that", paragraphs("What was wrong? One tap helps the people who keep my pages.")...)
	}
	return notice("Thank you", paragraphs("The people who keep my pages will see it, without your name. You can ask again in other words, and name the job.")...)
}

// What the turn "can I talk to a person" says where it can be done.
const humanOffered = "I'm a program, but there are mentors here. Tap \"Ask a person\" and I pass your last question on to them, without your name, and tell you when one has answered."

// MentorsAsked answers a tap on "Ask a person" once the question is kept: also
// when it was kept before.
func MentorsAsked() Answer {
	return notice("Passed on to mentors", paragraphs(
		"The mentors here see your question without your name. I'll tell you when one of them has answered, and also if nobody has within "+days(MentorTTL)+".")...)
}

// MentorsRefused answers a tap on "Ask a person" that [MentorDesk.Ask] refused.
func MentorsRefused(err error) Answer {
	switch {
	case errors.Is(err, ErrLimit):
		return notice("Too many questions wait already", paragraphs(
			"I pass on at most "+strconv.Itoa(MaxOpenQuestions)+" open questions of one person, and only so many an hour. Yours was not passed on. Please try again later.")...)
	case errors.Is(err, ErrNotFound):
		return notice("No mentors for this", paragraphs(
			"I can't pass this question on from here. Ask in this channel, or look for a mentor, teacher or career adviser in your community.")...)
	}
	return notice("Not passed on", paragraphs(
		"I can't keep anything at the moment, so your question was not passed on. Please tap again in a few minutes.")...)
}

// MentorNotice is what the mentors' channel gets to see of a question. The
// question's words are a person's. The adapter adds a button to claim it.
func MentorNotice(q MentorQuestion) Answer {
	a := notice("Somebody asks a person", paragraphs(string(q.Text))...)
	if q.ReadAs != "" {
		a.Blocks = append(a.Blocks, Block{Kind: Paragraph, Spans: []Span{{Text: "I read it as: " + q.ReadAs, Italic: true}}})
	}
	state := "I had no answer that helped. Claim it to answer it; the asker is told, and doesn't see who you are unless you say so."
	switch q.State {
	case MentorClaimed:
		state = "A mentor is on it. If no answer comes within an hour, anybody may claim it again."
	case MentorAnswered:
		state = "Answered. Thank you!"
	case MentorExpired:
		state = "Nobody answered in time; the asker has been told."
	}
	a.Blocks = append(a.Blocks, paragraphs(state)...)
	return a
}

// MentorThanks answers a mentor whose words were kept.
func MentorThanks() Answer {
	return notice("Thank you", paragraphs("I'm passing your answer on. Without names, the exchange also goes to the people who keep my pages.")...)
}

// MentorRefused answers a mentor whose claim or answer was refused.
func MentorRefused(err error) Answer {
	switch {
	case errors.Is(err, ErrTaken):
		return notice("Somebody else has it", paragraphs("Another mentor has claimed or answered this question.")...)
	case errors.Is(err, ErrNotFound):
		return notice("No longer open", paragraphs("This question was taken back, or nobody answered it in time.")...)
	case errors.Is(err, ErrLimit):
		return notice("Too long, or empty", paragraphs("An answer has at least one word and at most "+strconv.Itoa(MaxMentorAnswerBytes)+" characters. Nothing was sent.")...)
	}
	return notice("Not saved", paragraphs("I can't keep anything at the moment, so nothing was saved or sent. Please try again in a few minutes.")...)
}

// MentorReply tells the asker how their question ended: with a mentor's words, or
// with nobody's. The words are the mentor's own and are shown as that.
func MentorReply(q MentorQuestion) Answer {
	asked := Block{Kind: Paragraph, Spans: []Span{{Text: "You asked: "}, {Text: string(q.Text), Italic: true}}}
	if q.State != MentorAnswered {
		a := notice("No mentor has answered", asked)
		a.Blocks = append(a.Blocks, paragraphs("Nobody has answered your question in "+days(MentorTTL)+", so I've closed it. You can ask again, or look for a teacher or career adviser near you.")...)
		return a
	}
	a := notice("A mentor has answered", asked)
	a.Blocks = append(a.Blocks, paragraphs(q.Answer)...)
	a.Notice = "A mentor of this community wrote this answer. It is not part of my reviewed content."
	return a
}

// days puts a time of whole days, hours or minutes into words.
func days(d time.Duration) string {
	switch {
	case d%(24*time.Hour) == 0:
		return count(int(d/(24*time.Hour)), "day")
	case d%time.Hour == 0:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/time.Minute), "minute")
}

// date is a day as readers see it.
func date(t time.Time) string { return t.UTC().Format("2 January 2006") }

// subjectWords makes a page's id or slug readable.
func subjectWords(id string) string {
	return strings.ReplaceAll(id[strings.LastIndexByte(id, '/')+1:], "-", " ")
}

func words(parts ...string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, " · ")
}
