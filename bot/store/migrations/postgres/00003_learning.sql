-- +goose Up
CREATE TABLE feedback (
    passage   TEXT    NOT NULL,
    knowledge TEXT    NOT NULL, -- content hash
    verdict   TEXT    NOT NULL, -- bot.Verdict
    count     BIGINT  NOT NULL,
    last_at   BIGINT  NOT NULL,
    PRIMARY KEY (passage, knowledge, verdict)
);
CREATE INDEX feedback_last ON feedback (last_at);

CREATE TABLE usage_counts (
    day      TEXT    NOT NULL, -- 2006-01-02, UTC
    platform TEXT    NOT NULL,
    role     TEXT    NOT NULL,
    topic    TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    count    BIGINT  NOT NULL,
    PRIMARY KEY (day, platform, role, topic, kind)
);

CREATE TABLE unanswered (
    key      BYTEA   NOT NULL PRIMARY KEY, -- hash of the text in lower case
    text     TEXT    NOT NULL,             -- redacted
    reason   TEXT    NOT NULL,
    nearest  TEXT    NOT NULL,
    count    BIGINT  NOT NULL,
    first_at BIGINT  NOT NULL,
    last_at  BIGINT  NOT NULL
);
CREATE INDEX unanswered_last ON unanswered (last_at);
