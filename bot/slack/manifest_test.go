package slack

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestManifestIsValid(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(shared(t), "manifest", "manifest.schema.1.0.0.re2.json"))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("manifest.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{"socket": "", "http": "https://bot.example.org/"} {
		t.Run(name, func(t *testing.T) {
			m := Manifest(address)
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(m))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); err != nil {
				t.Error(err)
			}
			golden(t, "manifest_"+name, v)
			if strings.Contains(string(m), "org//") {
				t.Error("an address has two slashes")
			}
		})
	}
}
