-- The lines of the audit that tell of a referral, whether it was changed or shown.

CREATE TABLE audit_referral (
    referral BLOB NOT NULL,
    line INTEGER NOT NULL,
    PRIMARY KEY (referral, line)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_referral (referral, line) SELECT referral, seq FROM audit WHERE referral IS NOT NULL;

-- The tree over the audit, which grows after the commits. Lines from before it are taken in, too: there is nothing to tell of
-- what was done to them until then.
CREATE TABLE audit_leaf (
    number INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    link BLOB NOT NULL,
    salt BLOB NOT NULL
) STRICT;

-- What was signed of it: the newest, and one of each thousand lines.
CREATE TABLE audit_checkpoint (
    size INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    -- the roots of its full subtrees, the largest first
    peaks BLOB NOT NULL,
    -- of its last leaf
    link BLOB NOT NULL,
    note TEXT NOT NULL
) STRICT;
