package pgtest

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestServer: a server comes up, keeps what was committed through a stop and a
// kill, and has a database for each who asks.
func TestServer(t *testing.T) {
	s := Start(t)
	address := s.Database()
	psql := func(statement string) (string, error) {
		out, err := s.command("psql", "-qAtX", "-c", statement, address).CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	must := func(statement string) string {
		t.Helper()
		out, err := psql(statement)
		if err != nil {
			t.Fatalf("%s: %v\n%s", statement, err, out)
		}
		return out
	}
	must("CREATE TABLE t (n INTEGER)")
	for _, end := range []func(){s.Stop, s.Kill} {
		must("INSERT INTO t VALUES (1)")
		end()
		if out, err := psql("SELECT 1"); err == nil {
			t.Errorf("a server that was stopped answers %q", out)
		}
		s.Start()
	}
	if got := must("SELECT count(*) FROM t"); got != "2" {
		t.Errorf("%s rows, want 2", got)
	}
	if other := s.Database(); other == address {
		t.Errorf("two databases are one: %s", other)
	}
}
