package discord

// Bodies that we send: only the fields we use.

// Component types, https://discord.com/developers/docs/components/reference
const (
	componentRow       = 1
	componentButton    = 2
	componentSelect    = 3
	componentInput     = 4
	componentText      = 10
	componentGallery   = 12
	componentSeparator = 14
	componentContainer = 17
	componentLabel     = 18

	styleSecondary = 2
	styleParagraph = 2 // of an input

	flagComponentsV2 = 1 << 15
)

// Types of first responses to an interaction.
const (
	callbackPong     = 1
	callbackMessage  = 4
	callbackDeferred = 5
	callbackUpdate   = 7
	callbackChoices  = 8
	callbackModal    = 9
)

type callback struct {
	Type int `json:"type"`
	Data any `json:"data,omitempty"` // *post, choices or *modal
}

// post is a message as it is sent, by any route.
type post struct {
	Content    string          `json:"content,omitempty"`
	Embeds     []embed         `json:"embeds,omitempty"`
	Components []component     `json:"components,omitempty"`
	Flags      int             `json:"flags,omitempty"`
	Mentions   allowedMentions `json:"allowed_mentions"`

	Attachments []attachment `json:"attachments,omitempty"`
	charts      []chart      // what the attachments name; they make the body a multipart one

	// Of a channel message only.
	Reference    *reference `json:"message_reference,omitempty"`
	Nonce        string     `json:"nonce,omitempty"`
	EnforceNonce bool       `json:"enforce_nonce,omitempty"`
}

// allowedMentions always allows none: its zero value is all there is.
type allowedMentions struct{}

// MarshalJSON returns {"parse":[]}, which lets nothing in the text ping anyone.
func (allowedMentions) MarshalJSON() ([]byte, error) { return []byte(`{"parse":[]}`), nil }

type reference struct {
	Message string `json:"message_id"`
	// FailIfMissing is false: a question that was deleted meanwhile is still answered.
	FailIfMissing bool `json:"fail_if_not_exists"`
}

type embed struct {
	Title       string  `json:"title,omitempty"`
	Description string  `json:"description,omitempty"`
	Footer      *footer `json:"footer,omitempty"`
}

type footer struct {
	Text string `json:"text"`
}

type attachment struct {
	ID          string `json:"id"` // the number of the body's part
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

type galleryItem struct {
	Media       media  `json:"media"`
	Description string `json:"description,omitempty"`
}

type media struct {
	URL string `json:"url"`
}

// component is a component of any type.
type component struct {
	Type        int            `json:"type"`
	Content     string         `json:"content,omitempty"`
	Components  []component    `json:"components,omitempty"`
	Style       int            `json:"style,omitempty"`
	Label       string         `json:"label,omitempty"`
	CustomID    string         `json:"custom_id,omitempty"`
	Placeholder string         `json:"placeholder,omitempty"`
	Options     []selectOption `json:"options,omitempty"`
	Items       []galleryItem  `json:"items,omitempty"`
	Component   *component     `json:"component,omitempty"` // what a label labels
	Description string         `json:"description,omitempty"`
	Value       string         `json:"value,omitempty"`
	MaxLength   int            `json:"max_length,omitempty"`
}

// modal is a form that opens in front of the person.
type modal struct {
	CustomID   string      `json:"custom_id"`
	Title      string      `json:"title"`
	Components []component `json:"components"`
}

type selectOption struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

type choices struct {
	Choices []choice `json:"choices,omitempty"`
}

type choice struct {
	Name  string            `json:"name"`
	Names map[string]string `json:"name_localizations,omitempty"`
	Value string            `json:"value"`
}
