-- +goose Up
-- Times are milliseconds since 1970, UTC.
CREATE TABLE conversations (
    key      TEXT    NOT NULL PRIMARY KEY, -- bot.ConversationKey
    person   TEXT    NOT NULL,             -- bot.PersonKey, the part before the colon
    context  TEXT    NOT NULL,             -- router.Context as JSON: what is in play, no words
    saved_at BIGINT  NOT NULL
);
CREATE INDEX conversations_person ON conversations (person);
CREATE INDEX conversations_saved ON conversations (saved_at);

CREATE TABLE claims (
    key        BYTEA   NOT NULL PRIMARY KEY, -- of the delivery's key, a hash
    claimed_at BIGINT  NOT NULL
);
CREATE INDEX claims_claimed ON claims (claimed_at);

-- One row, written to see whether the database takes writes.
CREATE TABLE heartbeat (
    id INTEGER NOT NULL PRIMARY KEY,
    at BIGINT  NOT NULL
);
