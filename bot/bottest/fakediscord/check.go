package fakediscord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// SharedEnv names the folder whose discord/openapi.json requests and answers
// are checked against.
const SharedEnv = "CAREERBOT_SHARED"

// checker holds requests and answers against Discord's OpenAPI file. A nil
// checker finds everything right.
type checker struct {
	router routers.Router

	// The validator compiles schemas anew for every body, which takes up to a
	// tenth of a second, so what was found for a body is kept; bodies that differ
	// in ids only count as one.
	mu   sync.Mutex
	seen map[string][]string
}

var ids = regexp.MustCompile(`\d{15,20}`)

// once returns what find finds for a key, from memory the second time.
func (c *checker) once(key string, find func() []string) []string {
	key = ids.ReplaceAllString(key, "1")
	c.mu.Lock()
	found, ok := c.seen[key]
	c.mu.Unlock()
	if !ok {
		found = find()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.seen[key] = found
	}
	return found
}

var loadOnce = sync.OnceValues(func() (*checker, error) {
	file := filepath.Join(os.Getenv(SharedEnv), "discord", "openapi.json")
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", file, err)
	}
	// The server's host is of no interest, its path is what is left to match.
	doc.Servers = openapi3.Servers{{URL: apiPrefix}}
	// The file wants this integer to be a number; the documentation and the real
	// service want a string.
	for _, s := range doc.Components.Schemas {
		if s.Value != nil {
			delete(s.Value.Properties, "default_member_permissions")
			s.Value.Required = without(s.Value.Required, "default_member_permissions")
		}
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return &checker{router: router, seen: map[string][]string{}}, nil
})

func without(list []string, drop string) []string {
	var out []string
	for _, s := range list {
		if s != drop {
			out = append(out, s)
		}
	}
	return out
}

// loadChecker reads the OpenAPI file once a process; nil when there is none.
func loadChecker(tb testing.TB) *checker {
	tb.Helper()
	if os.Getenv(SharedEnv) == "" {
		tb.Logf("%s is not set: bodies are not checked against Discord's OpenAPI file", SharedEnv)
		return nil
	}
	c, err := loadOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// input is a request as the validator wants it, nil if the file has no such route.
func (c *checker) input(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	clone := r.Clone(context.Background())
	clone.Body = io.NopCloser(bytes.NewReader(body))
	clone.URL.Scheme, clone.URL.Host = "", ""
	route, params, err := c.router.FindRoute(clone)
	if err != nil {
		return nil, err
	}
	return &openapi3filter.RequestValidationInput{
		Request: clone, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true, IncludeResponseStatus: true,
		},
	}, nil
}

func (c *checker) request(r *http.Request, body []byte) []string {
	if c == nil {
		return nil
	}
	return c.once(r.Method+" "+r.URL.String()+"\n"+string(body), func() []string {
		in, err := c.input(r, body)
		if err == nil {
			err = openapi3filter.ValidateRequest(context.Background(), in)
		}
		return short("request", err)
	})
}

func (c *checker) response(r *http.Request, body []byte, out reply) []string {
	if c == nil || out.status == http.StatusNoContent {
		return nil
	}
	b, _ := json.Marshal(out.body)
	return c.once(fmt.Sprint(r.Method, " ", r.URL, " ", out.status, "\n", string(b)), func() []string {
		in, err := c.input(r, body)
		if err == nil {
			err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
				RequestValidationInput: in, Status: out.status, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(bytes.NewReader(b)), Options: in.Options,
			})
		}
		return short("response", err)
	})
}

// short keeps the first lines of the validator's long texts.
func short(what string, err error) []string {
	if err == nil {
		return nil
	}
	var multi openapi3.MultiError
	if !errors.As(err, &multi) {
		multi = openapi3.MultiError{err}
	}
	var out []string
	for _, e := range multi {
		text, _, _ := strings.Cut(e.Error(), "\nSchema:")
		if len(text) > 600 {
			text = text[:600] + "…"
		}
		out = append(out, what+": "+text)
	}
	return out
}

// CheckLimits holds a body against what the real service refuses although its
// OpenAPI file allows it, and returns every reason.
func CheckLimits(route string, body []byte) []string {
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		return []string{"not a JSON object"}
	}
	return checkBody(route, in)
}

// CheckBody is [CheckLimits] and the OpenAPI file, where there is one.
func CheckBody(tb testing.TB, method, route string, body []byte) []string {
	tb.Helper()
	path := strings.NewReplacer("{id}", BotID, "{token}", "token").Replace(route)
	r, err := http.NewRequest(method, "http://discord.test"+apiPrefix+path, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return append(loadChecker(tb).request(r, body), CheckLimits(route, body)...)
}
