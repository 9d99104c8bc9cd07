-- Where the key of each referral is that lives in a shared home. The keys themselves are in a file outside of the database.
CREATE TABLE seal (
    home bigint NOT NULL,
    -- the place in the key file
    slot bigint NOT NULL,
    -- the id of the referral, or of a message that waits for its referral
    owner bytea NOT NULL,
    -- live; or erased, until the key is destroyed and the row goes
    state text NOT NULL,
    CONSTRAINT seal_slot PRIMARY KEY (home, slot)
);
CREATE UNIQUE INDEX seal_owner ON seal (home, owner) WHERE state = 'live';
CREATE INDEX seal_erased ON seal (home, slot) WHERE state = 'erased';
CREATE INDEX seal_last ON seal (slot);
