package bot

// TableJSON is a comparison: the same rows for every subject.
type TableJSON struct {
	Subjects []string       `json:"subjects"`
	Rows     []TableRowJSON `json:"rows"`
}

// TableRowJSON is a row, one cell a subject.
type TableRowJSON struct {
	Label      string     `json:"label"`
	Comparable bool       `json:"comparable"`
	Note       string     `json:"note,omitempty"` // why it is not comparable
	Cells      []CellJSON `json:"cells"`
}

// CellJSON is one value; as_of and source are empty where it is no figure.
type CellJSON struct {
	Value  string `json:"value"`
	AsOf   string `json:"as_of,omitempty"`
	Source string `json:"source,omitempty"`
	Caveat string `json:"caveat,omitempty"`
}

// tableJSON encodes the first comparison among the blocks, if there is one.
func tableJSON(blocks []Block) *TableJSON {
	for _, b := range blocks {
		if b.Kind != Table || len(b.Table) == 0 {
			continue
		}
		out := &TableJSON{Subjects: b.Rows[0][1:]}
		for _, r := range b.Table {
			row := TableRowJSON{Label: r.Label, Comparable: r.Unlike == "", Note: r.Unlike}
			for _, f := range r.Cells {
				row.Cells = append(row.Cells, CellJSON{f.Value, f.AsOf, f.Source, f.Caveat})
			}
			out.Rows = append(out.Rows, row)
		}
		return out
	}
	return nil
}

// facts lists the table's figures as an answer lists its own.
func (t *TableJSON) facts() []Fact {
	if t == nil {
		return nil
	}
	var out []Fact
	for _, r := range t.Rows {
		for i, c := range r.Cells {
			if c.Source != "" {
				out = append(out, Fact{Label: t.Subjects[i] + ": " + r.Label, Value: c.Value, AsOf: c.AsOf, Source: c.Source, Caveat: c.Caveat})
			}
		}
	}
	return out
}

// RouteJSON is one way along the ladder.
type RouteJSON struct {
	Steps []StepJSON `json:"steps"`
}

// StepJSON leads from one place to the next.
type StepJSON struct {
	From       string `json:"from"`
	To         string `json:"to"`
	FromID     string `json:"from_id"`
	ToID       string `json:"to_id"`
	Time       string `json:"time"`
	Credential string `json:"credential"`
	Cost       string `json:"cost"` // "" when nothing is known
	Detail     string `json:"detail"`
	AsOf       string `json:"as_of"`
	Source     string `json:"source"`
	Caveat     string `json:"caveat,omitempty"`
	Shortcut   bool   `json:"shortcut"`
}

func routesJSON(routes []Route) []RouteJSON {
	var out []RouteJSON
	for _, r := range routes {
		var one RouteJSON
		for _, s := range r.Steps {
			one.Steps = append(one.Steps, StepJSON(s))
		}
		out = append(out, one)
	}
	return out
}
