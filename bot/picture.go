package bot

import "context"

// PictureKind tells what a picture shows.
type PictureKind string

// The kinds of pictures.
const (
	PicturePay    PictureKind = "pay"    // from the lowest to the highest tenth, the median marked
	PictureGrowth PictureKind = "growth" // a bar of change for each
	PictureLadder PictureKind = "ladder" // places and the steps between them
)

// A Picture is a chart as data, which a [Drawer] makes visible. It repeats
// figures of the answer it belongs to and never stands in for them.
type Picture struct {
	Kind  PictureKind
	Title string // "Pay of phlebotomists and MLTs"
	Unit  string // of the values, for the axis: "$ a year", "% over ten years"
	Rows  []PictureRow
	Steps []PictureStep // of a ladder: between rows
	Note  string        // date and source, for the foot
	Alt   string        // the same in words with every number, for those who do not see it

	// Choice is a question whose answer has this picture as the first of its kind:
	// what an address of the picture carries.
	Choice Choice
}

// A PictureRow is one subject of a chart. A value that is not known is NaN.
type PictureRow struct {
	ID, Label      string
	Low, Mid, High float64 // of growth only Mid
	Reference      bool    // no subject itself, but for scale: all jobs
}

// A PictureStep leads from one row's ID to another's.
type PictureStep struct {
	From, To, Label string
}

// A Drawer makes pictures visible.
type Drawer interface {
	// Draw returns an image of the picture: "image/png" or "image/svg+xml". dark
	// chooses colors for a dark background.
	Draw(ctx context.Context, p Picture, mime string, dark bool) ([]byte, error)
}
