// Package knowledge is the curated content that ships inside the binary.
//
// Everything else in this folder is text for maintainers; see README.md.
package knowledge

import "embed"

// FS holds the folder as it was when the binary was built.
//
//go:embed README.md *.yaml *.csv words.txt all:roles all:certifications all:skills all:pitfalls all:guides all:tests
var FS embed.FS
