-- +goose Up
-- A claim may hold what was delivered, until it has its final state.
ALTER TABLE claims ADD COLUMN platform TEXT NOT NULL DEFAULT '';
ALTER TABLE claims ADD COLUMN sealed BLOB; -- the delivery's key and payload, see Sealer; NULL once finished
ALTER TABLE claims ADD COLUMN handed_at INTEGER NOT NULL DEFAULT 0; -- last handed out for being taken up again
CREATE INDEX claims_unfinished ON claims (platform, claimed_at) WHERE sealed IS NOT NULL;
