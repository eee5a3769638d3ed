package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"careerbot/bot"
)

// secrets are the settings that are never printed and may be read from a file
// named by the same setting with _FILE.
var secrets = []string{
	"DISCORD_TOKEN", "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_CLIENT_SECRET",
	"CAREERBOT_SECRET_KEY", "DATABASE_URL",
}

// maxSecretFile bounds a secret's file.
const maxSecretFile = 64 << 10

// secret returns a secret setting: from the environment, or from the file that
// the setting with _FILE names.
func (e env) secret(name string) (string, error) {
	value := strings.TrimSpace(e.getenv(name))
	path := e.getenv(name + "_FILE")
	switch {
	case path == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("%s and %s_FILE are both set; keep one: %w", name, name, bot.ErrSettings)
	}
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSecretFile {
		return "", fmt.Errorf("%s_FILE must name a readable file that holds the secret (%v): %w", name, cause(err), bot.ErrSettings)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE must name a readable file that holds the secret (%v): %w", name, cause(err), bot.ErrSettings)
	}
	value = strings.TrimSpace(string(data))
	if value == "" {
		return "", fmt.Errorf("the file of %s_FILE is empty: %w", name, bot.ErrSettings)
	}
	if info.Mode().Perm()&0o004 != 0 {
		fmt.Fprintf(e.stderr, "warning: the file of %s_FILE can be read by everyone on this machine; chmod 600 it\n", name)
	}
	return value, nil
}

// cause is an error without the path it names.
func cause(err error) error {
	var pe *os.PathError
	switch {
	case errors.As(err, &pe):
		return pe.Err
	case err == nil:
		return errors.New("not a plain small file")
	}
	return err
}

// settings are the values of all secrets by name.
type settings map[string]string

func (e env) settings() (settings, error) {
	s := settings{}
	for _, name := range secrets {
		v, err := e.secret(name)
		if err != nil {
			return nil, err
		}
		s[name] = v
	}
	return s, nil
}
