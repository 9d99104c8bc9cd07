-- The lines of the audit that tell of a referral, whether it was changed or shown; written when they get their numbers.

ALTER TABLE audit ADD COLUMN referrals bytea[];
CREATE TABLE audit_referral (
    home bigint NOT NULL,
    referral bytea NOT NULL,
    number bigint NOT NULL,
    entry bigint NOT NULL,
    CONSTRAINT audit_referral_line PRIMARY KEY (referral, number, home)
);
INSERT INTO audit_referral (home, referral, number, entry)
    SELECT home, referral, number, entry FROM audit WHERE number IS NOT NULL AND referral IS NOT NULL;

-- The tree over the audit, which grows after the commits. Lines from before it are taken in, too: there is nothing to tell of
-- what was done to them until then. It is one thing over all homes: where tables are distributed, it stays in one place.
CREATE TABLE audit_leaf (
    number bigint PRIMARY KEY,
    hash bytea NOT NULL,
    link bytea NOT NULL,
    salt bytea NOT NULL
);

-- What was signed of it: the newest, and one of each thousand lines.
CREATE TABLE audit_checkpoint (
    size bigint PRIMARY KEY,
    at bigint NOT NULL,
    -- the roots of its full subtrees, the largest first
    peaks bytea NOT NULL,
    -- of its last leaf
    link bytea NOT NULL,
    note text NOT NULL
);
