-- +goose Up
CREATE TABLE installations (
    key      TEXT    NOT NULL PRIMARY KEY,
    sealed   BLOB    NOT NULL, -- see Sealer
    saved_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    platform  TEXT    NOT NULL,
    workspace TEXT    NOT NULL,
    channel   TEXT    NOT NULL, -- '' for the workspace's own
    doc       TEXT    NOT NULL, -- JSON
    saved_at  INTEGER NOT NULL,
    PRIMARY KEY (platform, workspace, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE leases (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    until  INTEGER NOT NULL -- by the database's clock
) STRICT, WITHOUT ROWID;
