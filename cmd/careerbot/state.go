package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"careerbot/bot"
	"careerbot/bot/store"
)

// openStore opens the database: PostgreSQL when DATABASE_URL is set, otherwise a
// file in the state folder.
func (c *serveCmd) openStore(ctx context.Context, set settings, e env, log *slog.Logger) (*store.Resilient, error) {
	cfg := store.Config{
		URL: store.Secret(set["DATABASE_URL"]), Keys: store.Secret(set["CAREERBOT_SECRET_KEY"]),
		Now: time.Now, Log: log,
	}
	if cfg.URL == "" {
		var err error
		if cfg.Dir, err = c.stateDir(e); err != nil {
			return nil, err
		}
	} else if cfg.Keys == "" {
		fmt.Fprintln(e.stderr, "warning: without CAREERBOT_SECRET_KEY questions cannot go to mentors, and messages under way do not outlive a restart; set it to the output of: openssl rand -base64 32")
	}
	return store.OpenResilient(ctx, cfg)
}

// stateDir returns a folder that can be written. Only one that nobody asked for
// may be missing: then it is a new one that lasts as long as the machine lets it,
// and a warning says so.
func (c *serveCmd) stateDir(e env) (string, error) {
	if c.State != "" {
		if err := writable(c.State); err != nil {
			return "", fmt.Errorf("CAREERBOT_STATE: the folder %q cannot be written (%v); name one that can: %w", c.State, cause(err), bot.ErrSettings)
		}
		return c.State, nil
	}
	dir, err := userStateDir(e.getenv)
	if err == nil {
		dir = filepath.Join(dir, "careerbot")
		if err = writable(dir); err == nil {
			return dir, nil
		}
	}
	dir, tmpErr := os.MkdirTemp("", "careerbot-state-")
	if tmpErr != nil {
		return "", fmt.Errorf("CAREERBOT_STATE: no folder can be written (%v); name one that can: %w", cause(tmpErr), bot.ErrSettings)
	}
	fmt.Fprintf(e.stderr, "warning: nothing outlives this machine's temporary files (%v); set CAREERBOT_STATE to a folder that can be written\n", cause(err))
	return dir, nil
}

// userStateDir is where programs of this user keep state: XDG_STATE_HOME or what
// stands for it on the system.
func userStateDir(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir, nil
	}
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return os.UserConfigDir()
	}
	home := getenv("HOME")
	if home == "" {
		return "", fmt.Errorf("neither XDG_STATE_HOME nor HOME is set")
	}
	return filepath.Join(home, ".local", "state"), nil
}

// writable makes the folder if need be and reports whether a file can be made in it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".careerbot-probe-")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}
