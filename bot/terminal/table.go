package terminal

import "strings"

// table writes rows side by side where that leaves room for words, and stacked
// one below the other where it does not. The first row is the header, the first
// column names the rows.
func (p *page) table(rows [][]string) {
	if len(rows) == 0 || len(rows[0]) == 0 {
		return
	}
	if widths := columnWidths(rows, p.width); widths != nil {
		p.grid(rows, widths)
		return
	}
	p.stack(rows)
}

// columnWidths shares out the width among the columns, or returns nil when a
// column would be too narrow to read.
func columnWidths(rows [][]string, width int) []int {
	n := len(rows[0])
	natural := make([]int, n)
	total := (n - 1) * columnGap
	for _, row := range rows {
		for i, cell := range row[:min(n, len(row))] {
			natural[i] = max(natural[i], columns(clean(cell)))
		}
	}
	for _, w := range natural {
		total += w
	}
	if total <= width {
		return natural
	}
	first := min(natural[0], maxLabel)
	if n == 1 {
		return []int{width}
	}
	each := (width-first)/(n-1) - columnGap
	if each < minCell {
		return nil
	}
	widths := []int{first}
	for range n - 1 {
		widths = append(widths, each)
	}
	return widths
}

// grid writes aligned columns with wrapped cells and a rule under the header.
func (p *page) grid(rows [][]string, widths []int) {
	for i, row := range rows {
		cells := make([][]string, len(widths))
		height := 1
		for c := range cells {
			if c < len(row) {
				cells[c] = wrap(row[c], widths[c])
			}
			height = max(height, len(cells[c]))
		}
		for h := range height {
			var b strings.Builder
			for c, w := range widths {
				text := ""
				if h < len(cells[c]) {
					text = cells[c][h]
				}
				b.WriteString(text + strings.Repeat(" ", max(w-columns(text), 0)+columnGap))
			}
			p.WriteString(strings.TrimRight(b.String(), " ") + "\n")
		}
		if i == 0 {
			p.rule(widths)
		}
	}
}

func (p *page) rule(widths []int) {
	var parts []string
	for _, w := range widths {
		parts = append(parts, strings.Repeat("-", w))
	}
	p.WriteString(strings.TrimRight(strings.Join(parts, strings.Repeat(" ", columnGap)), " ") + "\n")
}

// stack writes each row as its name with one line a column.
func (p *page) stack(rows [][]string) {
	header := rows[0]
	for _, row := range rows[1:] {
		p.lines("", row[0])
		for c := 1; c < min(len(row), len(header)); c++ {
			p.lines("  - ", header[c]+": "+row[c])
		}
	}
}
