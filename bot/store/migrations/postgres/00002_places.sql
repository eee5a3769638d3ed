-- +goose Up
CREATE TABLE installations (
    key      TEXT    NOT NULL PRIMARY KEY,
    sealed   BYTEA   NOT NULL, -- see Sealer
    saved_at BIGINT  NOT NULL
);

CREATE TABLE settings (
    platform  TEXT    NOT NULL,
    workspace TEXT    NOT NULL,
    channel   TEXT    NOT NULL, -- '' for the workspace's own
    doc       TEXT    NOT NULL, -- JSON
    saved_at  BIGINT  NOT NULL,
    PRIMARY KEY (platform, workspace, channel)
);

CREATE TABLE leases (
    name   TEXT    NOT NULL PRIMARY KEY,
    holder TEXT    NOT NULL,
    until  BIGINT  NOT NULL -- by the database's clock
);
