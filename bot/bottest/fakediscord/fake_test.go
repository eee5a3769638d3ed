package fakediscord

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemoryConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork()
		accepted := make(chan net.Conn, 1)
		go func() { c, _ := n.Accept(); accepted <- c }()
		client, err := n.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		server := <-accepted
		go func() { server.Write([]byte("hello")) }()
		buf := make([]byte, 3)
		if _, err := io.ReadFull(client, buf); err != nil || string(buf) != "hel" {
			t.Fatalf("read %q, %v", buf, err)
		}
		start := time.Now()
		client.SetReadDeadline(start.Add(time.Second))
		io.ReadFull(client, buf[:2])
		if _, err := client.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("read past the deadline: %v after %v", err, time.Since(start))
		}
		client.SetReadDeadline(time.Time{})
		client.SetWriteDeadline(time.Now().Add(time.Second))
		if k, err := client.Write(make([]byte, pipeBuffer+1)); k != pipeBuffer || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a full connection took %d bytes: %v", k, err)
		}
		server.Close()
		if _, err := client.Read(buf); err != io.EOF {
			t.Errorf("read after the other side's end: %v", err)
		}
		if _, err := client.Write(buf); err == nil {
			t.Error("write after the other side's end succeeded")
		}
		client.Close()
		if _, err := client.Read(buf); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read after the end: %v", err)
		}
		n.Close()
		if _, err := n.dial(context.Background()); err == nil {
			t.Error("dial after the listener's end succeeded")
		}
	})
}

// TestChecks holds bodies that Discord refuses against the checks. Those marked
// are beyond the OpenAPI file, so they are found without it.
func TestChecks(t *testing.T) {
	long := func(n int) string { return strings.Repeat("x", n) }
	button := `{"type":2,"style":2,"label":"a","custom_id":"a"}`
	mentions := `"allowed_mentions":{"parse":[]}`
	for _, tc := range []struct {
		name, route, body string
		always            bool
		ok                bool
	}{
		{"good", RouteMessages, `{"content":"a",` + mentions + `}`, true, true},
		{"good V2", RouteMessages, `{"flags":32768,"components":[{"type":17,"components":[{"type":10,"content":"a"}]}],` + mentions + `}`, true, true},
		{"no mentions", RouteMessages, `{"content":"a"}`, true, false},
		{"pings the author", RouteMessages, `{"content":"a","allowed_mentions":{"parse":[],"replied_user":true}}`, true, false},
		{"long content", RouteMessages, `{"content":"` + long(2001) + `",` + mentions + `}`, true, false},
		{"empty", RouteMessages, `{` + mentions + `}`, true, false},
		{"ephemeral to a channel", RouteMessages, `{"content":"a","flags":64,` + mentions + `}`, true, false},
		{"six rows", RouteMessages, `{"content":"a","components":[` + strings.TrimSuffix(strings.Repeat(`{"type":1,"components":[`+button+`]},`, 6), ",") + `],` + mentions + `}`, true, false},
		{"same custom_id", RouteMessages, `{"content":"a","components":[{"type":1,"components":[` + button + `,` + button + `]}],` + mentions + `}`, true, false},
		{"V2 with content", RouteMessages, `{"content":"a","flags":32768,"components":[{"type":10,"content":"a"}],` + mentions + `}`, true, false},
		{"V2 text too long together", RouteMessages, `{"flags":32768,"components":[{"type":10,"content":"` + long(2500) + `"},{"type":10,"content":"` + long(1501) + `"}],` + mentions + `}`, true, false},
		{"V2 component without the flag", RouteMessages, `{"components":[{"type":10,"content":"a"}],` + mentions + `}`, true, false},
		{"embeds too long together", RouteMessages, `{"embeds":[{"description":"` + long(4000) + `"},{"description":"` + long(2001) + `"}],` + mentions + `}`, true, false},
		{"no choices in a list", RouteCallback, `{"type":8,"data":{"choices":[]}}`, true, false},
		{"custom_id of 101", RouteMessages, `{"content":"a","components":[{"type":1,"components":[{"type":2,"style":2,"label":"a","custom_id":"` + long(101) + `"}]}],` + mentions + `}`, true, false},
		{"label of 81", RouteMessages, `{"content":"a","components":[{"type":1,"components":[{"type":2,"style":2,"label":"` + long(81) + `","custom_id":"a"}]}],` + mentions + `}`, true, false},
		{"26 choices", RouteCallback, `{"type":8,"data":{"choices":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a","value":"a"},`, 26), ",") + `]}}`, true, false},
		{"wrong type", RouteMessages, `{"content":7,"embeds":[{"description":"a"}],` + mentions + `}`, false, false},
		{"long description", RouteMessages, `{"embeds":[{"description":"` + long(4097) + `"}],` + mentions + `}`, true, false},
		{"unknown callback", RouteCallback, `{"type":77}`, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.always {
				if got := CheckLimits(tc.route, []byte(tc.body)); (len(got) == 0) != tc.ok {
					t.Errorf("CheckLimits: %q, want ok %v", got, tc.ok)
				}
			}
			if os.Getenv(SharedEnv) == "" {
				if !tc.always {
					t.Skipf("%s is not set", SharedEnv)
				}
				return
			}
			if got := CheckBody(t, "POST", tc.route, []byte(tc.body)); (len(got) == 0) != tc.ok {
				t.Errorf("CheckBody: %q, want ok %v", got, tc.ok)
			}
		})
	}
}

// TestFileCatches makes sure that the OpenAPI file is really asked.
func TestFileCatches(t *testing.T) {
	if os.Getenv(SharedEnv) == "" {
		t.Skipf("%s is not set", SharedEnv)
	}
	c := loadChecker(t)
	for _, tc := range []struct {
		name string
		out  reply
		ok   bool
	}{
		{"bare id", reply{200, map[string]any{"id": "1"}}, false},
		{"whole message", reply{200, message("1", "2", map[string]any{"content": "a"})}, true},
	} {
		r := httptest.NewRequest("POST", apiPrefix+"/channels/1/messages", nil)
		if got := c.response(r, []byte(`{"content":"a"}`), tc.out); (len(got) == 0) != tc.ok {
			t.Errorf("%s: %q, want ok %v", tc.name, got, tc.ok)
		}
	}
}
