-- +goose Up
CREATE TABLE mentor_questions (
    id         TEXT    NOT NULL PRIMARY KEY,
    platform   TEXT    NOT NULL,
    workspace  TEXT    NOT NULL,
    person     TEXT    NOT NULL, -- bot.PersonKey of the asker, '' once they are forgotten
    text       TEXT    NOT NULL, -- redacted
    read_as    TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    topic      TEXT    NOT NULL,
    state      TEXT    NOT NULL, -- bot.MentorState
    mentor     TEXT    NOT NULL, -- bot.PersonKey of who claimed it
    answer     TEXT    NOT NULL, -- redacted, for the draft
    sealed     BLOB,             -- the asker's address, the place, the answer as written; NULL once told
    asked_at   INTEGER NOT NULL,
    changed_at INTEGER NOT NULL, -- of the state
    handed_at  INTEGER NOT NULL  -- last handed out for telling the asker
) STRICT, WITHOUT ROWID;
CREATE INDEX mentor_questions_person ON mentor_questions (person);
CREATE INDEX mentor_questions_state ON mentor_questions (state, platform, changed_at);
