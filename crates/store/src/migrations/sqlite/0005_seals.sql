-- Where the key of each referral is that lives in a shared home. The keys themselves are in a file beside the database.
CREATE TABLE seal (
    -- the place in the key file
    slot INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    -- the id of the referral, or of a message that waits for its referral
    owner BLOB NOT NULL,
    -- live; or erased, until the key is destroyed and the row goes
    state TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX seal_owner ON seal (home, owner) WHERE state = 'live';
CREATE INDEX seal_erased ON seal (slot) WHERE state = 'erased';
