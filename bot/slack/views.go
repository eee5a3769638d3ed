package slack

import (
	"context"
	"fmt"
	"strings"
	"time"

	"careerbot/bot"
)

// Callback ids of shortcuts (in the manifest) and of our modals.
const (
	callAsk    = "ask"
	callAnswer = "answer_this"
	callForm   = "ask_form"
	callResult = "answer"

	callPerson   = "person_form"
	callMentor   = "mentor_form"
	callSettings = "settings_form"
)

// Block ids of the form's inputs.
const (
	blockJob   = "job"
	blockWords = "words"
)

// viewArgs are the arguments of views.open, views.update and views.publish.
type viewArgs struct {
	Trigger string   `json:"trigger_id,omitempty"`
	ViewID  string   `json:"view_id,omitempty"`
	User    string   `json:"user_id,omitempty"`
	Hash    string   `json:"hash,omitempty"`
	View    viewBody `json:"view"`
}

// form is the modal for a question.
func form(jobs bool) viewBody {
	v := viewBody{
		Type: "modal", CallbackID: callForm, Title: plain("Ask about a career", maxTitle),
		Submit: plain("Ask", maxTitle), Close: plain("Cancel", maxTitle),
	}
	if jobs {
		two := 2
		v.Blocks = append(v.Blocks, &inputBlock{
			Type: "input", BlockID: blockJob, Label: plain("Job", maxLabel), Optional: true,
			Element: &selectMenu{Type: "external_select", ActionID: actJob, Placeholder: plain("Type the name of a job", maxPlaceholder), MinQuery: &two},
		})
	}
	v.Blocks = append(v.Blocks, &inputBlock{
		Type: "input", BlockID: blockWords, Label: plain("Your question", maxLabel), Optional: jobs,
		Element: &textInput{
			Type: "plain_text_input", ActionID: actWords, MaxLength: maxQuestion, Focus: !jobs,
			Placeholder: plain("How do I become a phlebotomist?", maxPlaceholder),
		},
	})
	return v
}

// result is the modal that shows an answer. Like messages it falls back to text.
func result(ans *bot.Answer) viewBody {
	v := viewBody{
		Type: "modal", CallbackID: callResult, Title: plain("Career answer", maxTitle), Close: plain("Close", maxTitle),
	}
	if m, err := drawn(ans, look{view: true}); err == nil && len(m.Blocks) > 0 {
		v.Blocks = m.Blocks
		if v.check() == nil {
			return v
		}
	}
	v.Blocks = []block{&sectionBlock{Type: "section", Text: mrkdwn(textOnly(ans).Text)}}
	return v
}

// waiting is the modal while an answer takes its time.
func waiting() viewBody {
	return viewBody{
		Type: "modal", CallbackID: callResult, Title: plain("Career answer", maxTitle), Close: plain("Close", maxTitle),
		Blocks: []block{&sectionBlock{Type: "section", Text: plain("One moment, I am looking this up.", maxText)}},
	}
}

// shortcut opens the form.
func (a *Adapter) shortcut(ctx context.Context, d *delivery) error {
	if d.in.callback != callAsk {
		return nil
	}
	d.early()
	return a.openForm(ctx, &d.in)
}

func (a *Adapter) openForm(ctx context.Context, in *inbound) error {
	return a.openView(ctx, in, form(a.suggester != nil))
}

func (a *Adapter) openView(ctx context.Context, in *inbound, v viewBody) error {
	token, err := a.tokens.find(ctx, in)
	if err != nil {
		return err
	}
	return a.client.call(ctx, "views.open", token, viewArgs{Trigger: in.trigger, View: v}, nil)
}

// readMore shows the whole of an answer that a message cuts.
func (a *Adapter) readMore(ctx context.Context, in *inbound) error {
	rest, ok := versioned(moreVersion, in.value)
	if !ok {
		return a.answer(ctx, in, oldButton)
	}
	q, ok := in.carriedBy(rest)
	if !ok {
		return a.answer(ctx, in, oldButton)
	}
	ans := a.ask(ctx, in, q)
	return a.openView(ctx, in, result(&ans))
}

// showAnswer shows an answer where it was asked for: in the open modal, or in a
// new one above the Home tab.
func (a *Adapter) showAnswer(ctx context.Context, in *inbound, ans *bot.Answer) error {
	if in.view.kind != "modal" {
		return a.openView(ctx, in, result(ans))
	}
	return a.updateView(ctx, in, ans, in.view.hash)
}

// updateView replaces a modal. Somebody who has closed it meanwhile is not missed.
func (a *Adapter) updateView(ctx context.Context, in *inbound, ans *bot.Answer, hash string) error {
	token, err := a.tokens.find(ctx, in)
	if err != nil {
		return err
	}
	err = a.client.call(ctx, "views.update", token, viewArgs{ViewID: in.view.id, Hash: hash, View: result(ans)}, nil)
	if classOf(err) == classStale {
		return nil
	}
	return err
}

// viewResponse answers a submission.
type viewResponse struct {
	Action string            `json:"response_action"`
	View   *viewBody         `json:"view,omitempty"`
	Errors map[string]string `json:"errors,omitempty"`
}

// submission takes a form.
func (a *Adapter) submission(ctx context.Context, d *delivery) error {
	switch d.in.callback {
	case callForm:
		return a.asked(ctx, d)
	case callPerson:
		return a.personAsked(ctx, d)
	case callMentor:
		return a.mentorAnswered(ctx, d)
	case callSettings:
		return a.settingsChosen(ctx, d)
	}
	return nil
}

// asked answers the form in the same modal, at once or, when the answer is
// slow or too large for the acknowledgement, after a waiting note.
func (a *Adapter) asked(ctx context.Context, d *delivery) error {
	in := d.in
	q, ok := formQuestion(&in)
	if !ok {
		d.reply(encode(viewResponse{Action: "errors", Errors: map[string]string{blockWords: "Write a question, or pick a job above."}}))
		return nil
	}
	hold := waiting()
	wait := func() bool { return d.sure && d.reply(encode(viewResponse{Action: "update", View: &hold})) }
	early := time.AfterFunc(inlineWait-time.Since(d.at), func() { wait() })
	defer early.Stop()
	ans := a.ask(ctx, &in, q)
	v := result(&ans)
	if d.reply(encode(viewResponse{Action: "update", View: &v})) {
		return nil
	}
	wait()
	return a.updateView(ctx, &in, &ans, "")
}

// formQuestion reads what was filled in.
func formQuestion(in *inbound) (bot.Question, bool) {
	text := typed(in.view.values[blockWords][actWords].Value)
	job := in.view.values[blockJob][actJob].Selected
	switch {
	case text == "" && job.Value == "":
		return bot.Question{}, false
	case text == "":
		q := in.words("")
		q.Choice = &bot.Choice{Subjects: []string{job.Value}, Topic: "overview"}
		return q, true
	case job.Value != "":
		text += " (" + oneLine(job.Text.Text) + ")"
	}
	return in.words(text), true
}

// optionList answers a typeahead; the list is there even when it is empty, as
// Slack requires.
type optionList struct {
	Options []option `json:"options"`
}

// maxSuggestions is how many names a typeahead shows.
const maxSuggestions = 20

// options completes the name of a job.
func (a *Adapter) options(d *delivery) error {
	list := optionList{Options: []option{}}
	role := strings.HasPrefix(d.in.actionID, actRole)
	if role && d.in.value == "" {
		list.Options = append(list.Options, option{plain("No particular job", maxOptionText), undecided})
	}
	if a.suggester != nil && (d.in.actionID == actJob || role) {
		for _, s := range a.suggester.Suggest("role", d.in.value, maxSuggestions) {
			if label := oneLine(s.Label); label != "" && s.Value != "" && len(s.Value) <= maxOptionValue {
				list.Options = append(list.Options, option{plain(label, maxOptionText), s.Value})
			}
		}
	}
	d.reply(encode(list))
	return nil
}

// home draws the Home tab, not more than once a minute for a person.
func (a *Adapter) home(ctx context.Context, d *delivery) error {
	in := &d.in
	key := fmt.Sprintf("slack/home/%s/%s/%d", in.team, in.user, a.now().Unix()/60)
	if ok, _ := a.ledger.local.Claim(ctx, key); !ok {
		return nil
	}
	token, err := a.tokens.find(ctx, in)
	if err != nil {
		return err
	}
	v := a.homeTab(ctx, in)
	err = a.client.call(ctx, "views.publish", token, viewArgs{User: in.user, Hash: in.view.hash, View: v}, nil)
	if classOf(err) == classStale {
		return nil // a newer one is shown
	}
	return err
}

// homeTab is made of two answers: help, whose follow-ups are what people ask
// most, and what the bot says about its content.
func (a *Adapter) homeTab(ctx context.Context, in *inbound) viewBody {
	meta := func(topic string) bot.Answer {
		// Nobody asks here, so no conversation changes.
		return a.ask(ctx, in, bot.Question{Choice: &bot.Choice{Kind: bot.KindMeta, Topic: topic}, Place: in.place()})
	}
	help, self := meta("help"), meta("about")
	v := viewBody{Type: "home", Blocks: []block{
		&headerBlock{"header", plain("Career answers", maxHeader)},
		&actionsBlock{"actions", []any{&button{
			Type: "button", ActionID: actSearch, Style: "primary", Text: plain("Ask a question", maxButtonText), Value: "form",
		}}},
	}}
	if row := topicButtons(a.popular(help.FollowUps)); len(row) > 0 {
		v.Blocks = append(v.Blocks, &headerBlock{"header", plain("Popular topics", maxHeader)}, &actionsBlock{"actions", row})
	}
	v.Blocks = append(v.Blocks, a.newest()...)
	for _, part := range []struct {
		title string
		ans   *bot.Answer
	}{{"How to ask", &help}, {"What I know", &self}} {
		body := bodyBlocks(part.ans.Blocks, look{view: true})
		if len(body) == 0 {
			continue
		}
		v.Blocks = append(v.Blocks, &dividerBlock{"divider"}, &headerBlock{"header", plain(part.title, maxHeader)})
		v.Blocks = append(v.Blocks, body...)
	}
	if k := oneLine(first(self.Knowledge, help.Knowledge)); k != "" {
		v.Blocks = append(v.Blocks, &contextBlock{"context", []*textBody{plain("Content version "+clip(k, 20)+". In any channel: /career and your question.", maxField)}})
	}
	if err := v.check(); err != nil {
		a.log.Warn("slack: home tab reduced", "err", err)
		v.Blocks = v.Blocks[:2]
	}
	return v
}

// maxNewest is how many pages the Home tab lists as changed.
const maxNewest = 5

// newest shows what changed in the content, and how far its figures reach.
func (a *Adapter) newest() []block {
	if a.cfg.About == nil {
		return nil
	}
	about := a.cfg.About()
	var row []any
	var items [][]bot.Span
	for i, c := range about.Changed[:min(len(about.Changed), maxNewest)] {
		items = append(items, []bot.Span{{Text: c.Title, Bold: true}, {Text: ", reviewed " + c.Reviewed}})
		row = appendButton(row, fmt.Sprint(actAsk, "new", i), c.Open)
	}
	body := bodyBlocks([]bot.Block{{Kind: bot.Bullets, Items: items}}, look{view: true})
	if len(body) == 0 {
		return nil
	}
	out := append([]block{&dividerBlock{"divider"}, &headerBlock{"header", plain("What changed", maxHeader)}}, body...)
	if len(row) > 0 {
		out = append(out, &actionsBlock{"actions", row})
	}
	coverage := fmt.Sprintf("%d jobs, %d credentials, %d terms, %d figures from %d sources.", about.Jobs, about.Credentials, about.Terms, about.Figures, about.Sources)
	if about.NewestData != "" {
		coverage += " The newest figures are of " + about.NewestData + "."
	}
	return append(out, &contextBlock{"context", []*textBody{plain(coverage, maxField)}})
}

// popular is what people ask about most, or where nobody counts the starting
// points of the help.
func (a *Adapter) popular(starts []bot.FollowUp) []bot.FollowUp {
	if a.cfg.Popular == nil || a.suggester == nil {
		return starts
	}
	jobs := a.suggester.Suggest("role", "", maxSuggestions)
	a.cfg.Popular.Sort("role", jobs)
	var out []bot.FollowUp
	for _, j := range jobs {
		out = append(out, bot.FollowUp{Label: j.Label, Choice: bot.Choice{Subjects: []string{j.Value}, Topic: "overview"}})
	}
	if len(out) == 0 {
		return starts
	}
	return out[:min(len(out), maxPopular)]
}

// maxPopular is how many topics the Home tab offers.
const maxPopular = 8

// topicButtons offers follow-ups on the Home tab.
func topicButtons(list []bot.FollowUp) []any {
	var row []any
	for i, f := range list[:min(len(list), maxChoices)] {
		row = appendButton(row, fmt.Sprint(actAsk, i), f)
	}
	return row
}
