package corpus

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
)

// A StatePay is an occupation's pay in one state, in dollars a year. Percentiles
// that are not known are nil.
type StatePay struct {
	P10, P25, Median, P75, P90 *Fact
}

type payKey struct{ occupation, abbr string }

// Pay returns the pay of the role's occupation in a state, or nil.
func (s *States) Pay(role *Page, st *State) *StatePay {
	if role.Occupation == "" {
		return nil
	}
	return s.pay[payKey{role.Occupation, st.Abbr}]
}

// payFile is the table of pay by state.
const payFile = "pay-by-state.csv"

// payColumns are the columns of pay-by-state.csv, in any order.
var payColumns = []string{"occupation", "title", "state", "p10", "p25", "median", "p75", "p90", "as_of", "source", "confidence"}

// parsePay reads the table of pay by state. What is empty is not known.
func (l *loader) parsePay(f *yamlFile, text string) {
	r := csv.NewReader(strings.NewReader(text))
	head, err := r.Read()
	if err != nil {
		l.fatal(f.name, 1, "csv", "holds no table: the first line names the columns %s", strings.Join(payColumns, ","))
		return
	}
	for _, c := range payColumns {
		if !slices.Contains(head, c) {
			l.fatal(f.name, 1, "csv", "the first line lacks the column %q; it must be %s, with commas between", c, strings.Join(payColumns, ","))
			return
		}
	}
	l.c.States.pay = map[payKey]*StatePay{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			l.badRow(f.name, err, len(head), len(row))
			return
		}
		line, _ := r.FieldPos(0)
		cell := map[string]string{}
		for i, c := range head {
			cell[c] = strings.TrimSpace(row[i])
		}
		l.payRow(f.name, line, cell)
	}
}

// badRow reports a row that is not one of the table.
func (l *loader) badRow(file string, err error, want, got int) {
	pe, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case !ok:
		l.fatal(file, 1, "csv", "cannot be read: %v", err)
	case errors.Is(pe, csv.ErrFieldCount):
		l.fatal(file, pe.Line, "csv", "the row has %d cells, the first line %d; write numbers without commas, and put a text that holds a comma in \"quotes\"", got, want)
	default: // the reader notices a quote that never ends only at the end
		l.fatal(file, pe.StartLine, "csv", "a quote in this row has no partner; a quoted cell starts and ends with one")
	}
}

func (l *loader) payRow(file string, line int, cell map[string]string) {
	asOf, err := ParseDate(cell["as_of"])
	if err != nil {
		l.fatal(file, line, "fact-date", "as_of: %v", err)
	}
	source := l.c.sources[cell["source"]]
	if source == nil {
		l.fatal(file, line, "source", "there is no source %q in sources.yaml%s", cell["source"], didYouMean(cell["source"], l.c.sources))
	}
	if !slices.Contains(confidences, cell["confidence"]) {
		l.fatal(file, line, "value", "confidence is %q; it must be one of: %s", cell["confidence"], strings.Join(confidences, ", "))
	}
	key := payKey{cell["occupation"], cell["state"]}
	if !abbrPattern.MatchString(key.abbr) || key.occupation == "" {
		l.fatal(file, line, "value", "a row needs its occupation's code and the state's two capital letters")
		return
	}
	if l.c.States.pay[key] != nil {
		l.fatal(file, line, "duplicate", "%s in %s stands twice; keep one row", key.occupation, key.abbr)
		return
	}
	last := 0.0
	figure := func(column, label string) *Fact {
		if cell[column] == "" {
			return nil
		}
		v, err := strconv.ParseFloat(cell[column], 64)
		if err != nil || v < 1000 || v > 1e6 {
			l.fatal(file, line, "type", "%s is %q; write dollars a year as a plain number such as 45230", column, cell[column])
			return nil
		}
		if v < last {
			l.fatal(file, line, "value", "%s is lower than the column before it", column)
		}
		last = v
		return &Fact{ID: column, Label: label, Text: formatValue(v, v, "usd/year"), Low: v, High: v, Unit: "usd/year",
			AsOf: asOf, Source: source, Confidence: cell["confidence"], Line: line}
	}
	p := &StatePay{P10: figure("p10", "Lowest tenth earn under"), P25: figure("p25", "Lowest quarter earn under"),
		Median: figure("median", "Median pay"), P75: figure("p75", "Highest quarter earn over"), P90: figure("p90", "Highest tenth earn over")}
	if p.Median == nil {
		if cell["median"] != "" {
			return // said already
		}
		l.fatal(file, line, "required", "a row needs the median; leave the whole row out when it is not known")
		return
	}
	l.c.States.pay[key] = p
}

// checkPay wants every row to belong to a state and, mostly, to a role, and a
// page's own copy of a figure (pay-tx) to say the same as the table.
func (l *loader) checkPay() {
	roles := map[string]bool{}
	for _, p := range l.c.Roles() {
		roles[p.Occupation] = true
		for _, f := range p.Facts {
			abbr, found := strings.CutPrefix(f.ID, "pay-")
			row := l.c.States.pay[payKey{p.Occupation, strings.ToUpper(abbr)}]
			if found && row != nil && row.Median.Low != f.Low {
				l.add(Error, p.File, f.Line, "figure-twice", "the fact %q says %s, but %s says %s; correct one", f.ID, f.Text, payFile, row.Median.Text)
			}
		}
	}
	warned := map[string]bool{}
	for key, p := range l.c.States.pay {
		if l.c.States.State(key.abbr) == nil {
			l.fatal(payFile, p.Median.Line, "state", "there is no state %q in states.yaml", key.abbr)
		}
		if !roles[key.occupation] && !warned[key.occupation] {
			warned[key.occupation] = true
			l.add(Warning, payFile, 1, "occupation", "no role's header has 'occupation: %s'", key.occupation)
		}
	}
}
