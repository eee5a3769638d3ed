package bot

// Privacy says what is kept, how long, and how to see and delete it. history
// tells whether a [Store] outlives the process; without one there is little to
// say. The adapter adds buttons to show and to delete where people can be told
// apart. README.md has the same for operators to publish.
func Privacy(history bool) Answer {
	return notice("Privacy", privacy(history)...)
}

// privacy takes its times from where they hold, so that it stays true.
func privacy(history bool) []Block {
	if !history {
		return paragraphs("I keep what a conversation is about (job and topic, not your words) for "+days(ConversationTTL)+
			" in memory, so that you can ask follow-up questions. I don't keep your messages, and I don't log them.",
			"Nothing is written to disk, so there is nothing to show or delete later.")
	}
	blocks := paragraphs("I don't log your messages, your name or your id. This is what I keep:")
	blocks = append(blocks, bullets(
		"What your conversation is about (job and topic, not your words), under a scrambled form of your id: "+days(ConversationTTL)+" after your last question.",
		"That a message was taken up, or that you tapped a button, so that each counts once: "+days(ClaimTTL)+".",
		"How often each job and topic was asked about, and how often each answer was helpful or not. Nobody is named in it: "+days(TallyTTL)+".",
		"Questions I couldn't answer, without you, and with names, numbers, links and addresses taken out as well as a program can: "+days(UnansweredTTL)+" after they were last asked.",
		"Only if you tap \"Ask a person\": your question in that form, and, sealed, how to reach you. That goes once you've been told how it ended, after "+days(MentorTTL+MentorGrace)+
			" at the latest. A mentor's answer stays with the question, without you, for "+days(DraftTTL)+".",
	))
	return append(blocks, paragraphs("All of it goes by itself when its time is over. In Discord and Slack, /career privacy shows what is tied to you and deletes it.")...)
}

// ShowKept is what [People.Export] found, for the person alone.
func ShowKept(k Kept) Answer {
	if len(k.Conversations)+len(k.Questions) == 0 {
		return notice("What I keep about you", paragraphs("Nothing at the moment.")...)
	}
	var items []string
	for _, c := range k.Conversations {
		about := []string{subjectWords(c.Topic)}
		for _, id := range c.Subjects {
			about = append(about, subjectWords(id))
		}
		item := words(about...)
		if item == "" {
			item = "nothing in particular yet"
		}
		items = append(items, "A conversation about: "+item)
	}
	for _, q := range k.Questions {
		items = append(items, "A question for mentors of "+date(q.Asked)+" ("+mentorStates[q.State]+"): "+string(q.Text))
		if q.Answer != "" {
			items = append(items, "A mentor's answer to it: "+q.Answer)
		}
	}
	return notice("What I keep about you", bullets(items...))
}

var mentorStates = map[MentorState]string{
	MentorOpen:     "waiting for a mentor",
	MentorClaimed:  "a mentor is on it",
	MentorAnswered: "answered, you will be told",
	MentorExpired:  "nobody answered, you will be told",
}

// Forgotten says what [People.Forget] did: n records are gone.
func Forgotten(n int) Answer {
	if n == 0 {
		return notice("Nothing to delete", paragraphs("I kept nothing that was tied to you.")...)
	}
	return notice("Deleted", paragraphs("Done: "+count(n, "record")+" of yours "+isAre(n)+" gone. Questions of yours that mentors had not answered are gone too, and nobody will write to you about them.")...)
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// PrivacyAway answers who wants to see or delete while the storage is away.
// Nothing is claimed as deleted that may be left.
func PrivacyAway() Answer {
	return notice("I can't look right now", paragraphs("My storage is away, so I can neither show nor surely delete what I keep. Please try again in a few minutes. Everything also goes by itself when its time is over.")...)
}
