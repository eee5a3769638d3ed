package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"careerbot/knowledge"
	"careerbot/knowledge/corpus"
)

type versionCmd struct{}

// Run prints the build and the embedded content.
func (versionCmd) Run(e env) error {
	fmt.Fprintf(e.stdout, "careerbot %s, %s, %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if c, _ := corpus.Load(knowledge.FS); c != nil {
		fmt.Fprintf(e.stdout, "content %s: %d pages, %d sources\n", c.Hash, len(c.Pages), len(c.Sources))
	}
	return nil
}

// version is the module version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "development build"
}
