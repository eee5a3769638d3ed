package chart

import (
	"math"

	"careerbot/bot"
)

const (
	payNote    = "As of May 2025. Source: BLS OEWS national table, May 2025 (released 15 May 2026)."
	growthNote = "As of August 2025. Source: BLS Employment Projections 2024–34, tables 1.2, 1.10 and 1.12."
)

var nan = math.NaN()

// samples are the pictures that golden files and the eye check.
func samples() map[string]bot.Picture {
	phlebotomist := bot.PictureRow{ID: "phlebotomist", Label: "Phlebotomist", Low: 35780, Mid: 45230, High: 58780}
	return map[string]bot.Picture{
		"pay-one": {
			Kind: bot.PicturePay, Title: "Yearly pay: Phlebotomist", Unit: "$ a year", Note: payNote,
			Rows: []bot.PictureRow{phlebotomist, {ID: "all", Label: "All US workers", Low: nan, Mid: 50980, High: nan, Reference: true}},
			Alt:  "Chart. Yearly pay, $ a year. Phlebotomist: lowest tenth up to $35,780, median $45,230, highest tenth from $58,780. All US workers: median $50,980. " + payNote,
		},
		"pay-five": {
			Kind: bot.PicturePay, Title: "Yearly pay: 5 jobs", Unit: "$ a year",
			Note: "¹ Covers all cardiovascular technologists and technicians, not EKG technicians alone. " + payNote,
			Rows: []bot.PictureRow{
				phlebotomist,
				{ID: "medical-assistant", Label: "Medical assistant", Low: 36050, Mid: 45690, High: 59310},
				{ID: "ekg-technician", Label: "EKG technician ¹", Low: 39000, Mid: 74310, High: 121350},
				{ID: "nursing-assistant", Label: "Nursing assistant (CNA)", Low: 33940, Mid: 42260, High: 51980},
				{ID: "diagnostic-medical-sonographer", Label: "Diagnostic medical sonographer", Low: 67820, Mid: 96590, High: 129370},
			},
		},
		"pay-gaps": {
			Kind: bot.PicturePay, Title: "Yearly pay: what is known", Unit: "$ a year", Note: "Undated.",
			Rows: []bot.PictureRow{
				{ID: "a", Label: "Only the middle", Low: nan, Mid: 50000, High: nan},
				{ID: "b", Label: "Only the ends", Low: 30000, Mid: nan, High: 70000},
				{ID: "c", Label: "One end", Low: nan, Mid: nan, High: 60000},
				{ID: "d", Label: "Nothing at all", Low: nan, Mid: nan, High: nan},
			},
		},
		"growth-five": {
			Kind: bot.PictureGrowth, Title: "Expected job growth: 4 jobs", Unit: "% over ten years",
			Note: "¹ Covers medical laboratory scientists and technicians together. " + growthNote,
			Rows: []bot.PictureRow{
				{ID: "phlebotomist", Label: "Phlebotomist", Low: nan, Mid: 5.6, High: nan},
				{ID: "mls", Label: "Medical laboratory scientist ¹", Low: nan, Mid: 1.7, High: nan},
				{ID: "pta", Label: "Physical therapist assistant", Low: nan, Mid: 22, High: nan},
				{ID: "typist", Label: "Word processor and typist", Low: nan, Mid: -11.4, High: nan},
				{ID: "all", Label: "All US jobs", Low: nan, Mid: 3.1, High: nan, Reference: true},
			},
		},
		"growth-one": {
			Kind: bot.PictureGrowth, Title: "Expected job growth: Phlebotomist", Unit: "% over ten years", Note: growthNote,
			Rows: []bot.PictureRow{
				{ID: "phlebotomist", Label: "Phlebotomist", Low: nan, Mid: 5.6, High: nan},
				{ID: "all", Label: "All US jobs", Low: nan, Mid: 3.1, High: nan, Reference: true},
			},
		},
		"ladder-path": {
			Kind: bot.PictureLadder, Title: "Phlebotomist to Medical laboratory scientist",
			Rows: places("phlebotomist", "Phlebotomist", "mlt", "Medical lab technician (MLT)", "mls", "Medical laboratory scientist"),
			Steps: []bot.PictureStep{
				{From: "phlebotomist", To: "mlt", Label: "about two years"},
				{From: "phlebotomist", To: "mls", Label: "about four years"},
				{From: "mlt", To: "mls", Label: "time for a bachelor's degree, with about two years of lab work"},
			},
			Note: "Times are estimates. Ask each school in writing what it accepts from before.",
		},
		"ladder-onward": {
			Kind: bot.PictureLadder, Title: "From Phlebotomist, what next",
			Rows: places("phlebotomist", "Phlebotomist", "mlt", "Medical lab technician (MLT)", "mls", "Medical laboratory scientist", "hist", "Histotechnician",
				"lead", "Lead phlebotomist or supervisor", "pct", "Patient care technician", "ekg", "EKG technician", "ma", "Medical assistant", "sup", "Laboratory supervisor", "path", "Pathologist (physician)"),
			Steps: []bot.PictureStep{
				{From: "phlebotomist", To: "mlt", Label: "about two years"},
				{From: "mlt", To: "mls", Label: "about two years"},
				{From: "mls", To: "sup", Label: "several years"},
				{From: "sup", To: "path", Label: "medical school and years of training after it"},
				{From: "mlt", To: "sup", Label: "several years, often with the MLS step"},
				{From: "phlebotomist", To: "hist", Label: "one to two years"},
				{From: "phlebotomist", To: "lead", Label: "a few years of work"},
				{From: "phlebotomist", To: "pct", Label: "weeks to a few months"},
				{From: "phlebotomist", To: "ekg", Label: "weeks to months"},
				{From: "pct", To: "ekg", Label: "weeks"},
				{From: "phlebotomist", To: "ma", Label: "about a year"},
			},
		},
	}
}

func places(idsAndLabels ...string) (rows []bot.PictureRow) {
	for i := 0; i < len(idsAndLabels); i += 2 {
		rows = append(rows, bot.PictureRow{ID: idsAndLabels[i], Label: idsAndLabels[i+1], Low: nan, Mid: nan, High: nan})
	}
	return rows
}
