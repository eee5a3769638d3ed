package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"careerbot/bot"
)

// KeepInstallations returns Installations that live in the bot's store, where
// they are sealed. Keys are "slack/team/" or "slack/org/" and the id.
func KeepInstallations(store bot.Installations) Installations { return keptInstallations{store} }

type keptInstallations struct{ store bot.Installations }

// installationKey names the workspace in the store.
func installationKey(w Workspace) string {
	if w.Team != "" {
		return "slack/team/" + w.Team
	}
	return "slack/org/" + w.Enterprise
}

// installationRecord is an [Installation] as it is stored: with the secrets in
// clear, for the store seals it. The workspace is its key.
type installationRecord struct {
	BotToken     string    `json:"bot_token"`
	BotUser      string    `json:"bot_user"`
	InstalledBy  string    `json:"installed_by,omitempty"`
	Scope        string    `json:"scope"`
	RefreshToken string    `json:"refresh_token,omitempty"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
}

// Find implements [Installations].
func (k keptInstallations) Find(ctx context.Context, w Workspace) (Installation, error) {
	data, err := k.store.Find(ctx, installationKey(w))
	if errors.Is(err, bot.ErrNotFound) {
		return Installation{}, ErrNotInstalled
	}
	if err != nil {
		return Installation{}, err
	}
	var r installationRecord
	if json.Unmarshal(data, &r) != nil || r.BotToken == "" {
		// The decoder's error could hold a piece of a token.
		return Installation{}, errors.New("stored installation is damaged")
	}
	return Installation{
		Workspace: w, BotToken: Secret(r.BotToken), BotUser: r.BotUser, InstalledBy: r.InstalledBy, Scope: r.Scope,
		RefreshToken: Secret(r.RefreshToken), ExpiresAt: r.ExpiresAt,
	}, nil
}

// Save implements [Installations].
func (k keptInstallations) Save(ctx context.Context, in Installation) error {
	data := encode(installationRecord{string(in.BotToken), in.BotUser, in.InstalledBy, in.Scope, string(in.RefreshToken), in.ExpiresAt})
	if err := k.store.Save(ctx, installationKey(in.Workspace), data); err != nil {
		return fmt.Errorf("save an installation: %w", err)
	}
	return nil
}

// Delete implements [Installations].
func (k keptInstallations) Delete(ctx context.Context, w Workspace) error {
	return k.store.Delete(ctx, installationKey(w))
}

// Lock implements [Installations].
func (k keptInstallations) Lock(ctx context.Context, w Workspace) (func(), error) {
	return k.store.Lock(ctx, installationKey(w))
}
