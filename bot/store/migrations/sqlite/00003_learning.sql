-- +goose Up
CREATE TABLE feedback (
    passage   TEXT    NOT NULL,
    knowledge TEXT    NOT NULL, -- content hash
    verdict   TEXT    NOT NULL, -- bot.Verdict
    count     INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (passage, knowledge, verdict)
) STRICT, WITHOUT ROWID;
CREATE INDEX feedback_last ON feedback (last_at);

CREATE TABLE usage_counts (
    day      TEXT    NOT NULL, -- 2006-01-02, UTC
    platform TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    topic    TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (day, platform, role, topic, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE unanswered (
    key      BLOB    NOT NULL PRIMARY KEY, -- hash of the text in lower case
    text     TEXT    NOT NULL,             -- redacted
    reason   TEXT    NOT NULL,
    nearest  TEXT    NOT NULL,
    count    INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX unanswered_last ON unanswered (last_at);
