package slack

import (
	"net/http"
	"strconv"
	"time"
)

// A class says what an error of Slack means to us.
type class uint8

const (
	classOther   class = iota // not known: given up, logged
	classOK                   // it worked
	classBusy                 // refused before anything was done: wait and try again
	classDown                 // Slack failed, maybe after doing it: only what may be done twice is tried again
	classContent              // the blocks or text are refused: say it more simply
	classPlace                // we may not speak there
	classToken                // the token or app is not good (any more)
	classStale                // too late: the view, trigger or response URL is gone
	classBug                  // our request is wrong
)

// String names the class in logs.
func (c class) String() string {
	return [...]string{"other", "ok", "busy", "down", "content", "place", "token", "stale", "bug"}[c]
}

// classes decides every error that the methods we may call document, and those
// of response URLs.
var classes = func() map[string]class {
	byCode := map[string]class{}
	for c, codes := range map[class][]string{
		classBusy: {"ratelimited", "rate_limited", "message_limit_exceeded"},
		classDown: {
			"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org",
			"org_login_required", "external_channel_migrating", "update_failed", "messaging_processing_failed",
			"rollup_error",
		},
		classContent: {
			"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_blocks_too_many", "msg_too_long",
			"no_text", "view_too_large", "too_many_attachments", "too_many_contact_cards", "invalid_attachments",
			"attachment_payload_limit_exceeded", "block_mismatch", "invalid_payload", "invalid_chunks",
			"markdown_text_conflict", "slack_connect_file_link_sharing_blocked",
			"slack_connect_canvas_sharing_blocked", "slack_connect_lists_sharing_blocked",
		},
		classPlace: {
			"channel_not_found", "not_in_channel", "is_archived", "is_inactive", "user_not_in_channel",
			"messages_tab_disabled", "restricted_action", "restricted_action_non_threadable_channel",
			"restricted_action_read_only_channel", "restricted_action_thread_locked",
			"restricted_action_thread_only_channel", "cannot_reply_to_message", "channel_is_limited_access",
			"channel_type_not_supported", "ekm_access_denied", "user_not_found", "user_not_visible", "user_disabled",
			"posting_to_channel_denied", "app_access_restricted", "team_not_found", "invalid_user_combination",
			"method_not_supported_for_channel_type", "not_enabled", "not_authorized", "feature_disabled",
			"not_implemented", "preview_feature_not_available", "send_on_behalf_not_allowed", "thread_locked",
			"action_prohibited", "posting_to_general_channel_denied",
		},
		classToken: {
			"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
			"not_allowed_token_type", "no_permission", "access_denied", "accesslimited", "forbidden_team",
			"two_factor_setup_required", "enterprise_is_restricted", "is_bot", "invalid_refresh_token",
			"invalid_client_id", "bad_client_secret", "invalid_token", "authorization_not_found",
			"client_id_token_mismatch", "not_bearer_token", "token_already_exchanged", "token_rotation_not_enabled",
			"cannot_install_an_org_installed_app", "user_email_unverified", "not_agent_app", "no_team", "team_disabled",
		},
		classStale: {
			"expired_trigger_id", "exchanged_trigger_id", "hash_conflict", "not_found", "message_not_found",
			"cant_update_message", "cant_delete_message", "edit_window_closed", "streaming_state_conflict",
			"push_limit_reached", "duplicate_external_id", "invalid_code", "invalid_thread_ts", "used_url",
			"expired_url", "no_service", "stopped_by_user", "message_not_in_streaming_state",
			"draft_already_deleted", "draft_already_sent", "draft_has_conflict", "draft_not_found",
			"already_reacted", "cannot_parse_attachment", "no_active_hooks",
		},
		classBug: {
			"invalid_arg_name", "invalid_array_arg", "invalid_charset", "invalid_form_data", "invalid_post_type",
			"missing_post_type", "missing_argument", "missing_args", "unknown_method", "method_deprecated",
			"deprecated_endpoint", "insecure_request", "invalid_arguments", "invalid_trigger_id",
			"as_user_not_supported", "bad_timestamp", "invalid_name", "invalid_metadata_format",
			"invalid_metadata_schema", "metadata_too_large", "metadata_must_be_sent_from_app",
			"duplicate_channel_not_found", "duplicate_message_not_found", "bad_redirect_uri", "invalid_grant_type",
			"no_scopes", "oauth_authorization_url_mismatch", "pkce_not_allowed", "invalid_code_verifier",
			"bot_not_found", "bots_not_found", "not_enough_users", "users_list_not_supplied", "too_many_users",
			"missing_file_data", "blocked_file_type", "cant_broadcast_message", "file_deleted", "file_is_deleted",
			"file_not_found", "file_share_limit_reached", "max_file_sharing_exceeded", "unable_to_share_files",
			"no_dual_broadcast_content_update", "slack_connect_blocked_file_type",
			"slack_connect_clip_sharing_blocked", "slack_connect_file_upload_sharing_blocked",
			"invalid_status", "message_not_owned_by_app", "missing_profile_id", "missing_recipient_team_id",
			"missing_recipient_user_id", "no_access", "no_item_specified", "not_reactable",
			"not_subscribed_to_message_stream_stopped", "reserved_username", "thread_ts_not_allowed",
			"thread_ts_required", "too_many_emoji", "too_many_reactions",
		},
	} {
		for _, code := range codes {
			byCode[code] = c
		}
	}
	return byCode
}()

// classify decides what an answer means. The code is Slack's error, "" when the
// body had none. Every status is decided: see the table in the test.
func classify(status int, code string) class {
	switch {
	case status == http.StatusTooManyRequests:
		return classBusy
	case status == http.StatusServiceUnavailable:
		return classBusy // refused at the door, nothing was done
	}
	if c, ok := classes[code]; ok {
		return c
	}
	switch {
	case status == http.StatusOK && code == "":
		return classOK
	case status >= 500:
		return classDown
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return classToken
	case status == http.StatusNotFound || status == http.StatusGone:
		return classStale
	case status == http.StatusRequestEntityTooLarge:
		return classContent
	case status == http.StatusRequestTimeout:
		return classDown
	case status >= 400:
		return classBug
	}
	return classOther
}

// Bounds of trying again.
const (
	maxTries   = 5
	firstPause = 500 * time.Millisecond
	maxPause   = 8 * time.Second
)

// retryIn decides whether and when to try again after the n-th try (from 1).
// A busy Slack says when; without a Retry-After a 429 is given up, for waiting
// blindly makes it worse. What may be done twice is tried again after failures
// of Slack's too, with growing pauses.
func retryIn(c class, status int, retryAfter string, idempotent bool, n int) (time.Duration, bool) {
	if n >= maxTries {
		return 0, false
	}
	switch {
	case c == classBusy && status == http.StatusServiceUnavailable, c == classDown && idempotent:
		if d, ok := parseRetryAfter(retryAfter); ok {
			return d, true
		}
		return min(firstPause<<(n-1), maxPause), true
	case c == classBusy:
		return parseRetryAfter(retryAfter)
	}
	return 0, false
}

// parseRetryAfter reads whole seconds. Slack sends no dates.
func parseRetryAfter(s string) (time.Duration, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return time.Duration(n) * time.Second, err == nil
}
