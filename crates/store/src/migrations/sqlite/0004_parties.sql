-- Referrals on which several parties work: they are found by many names, and seen by those who have a part in them.

-- what its parties have made of it, in one piece
ALTER TABLE referral ADD COLUMN course BLOB;

-- Who may see what. The index finds all referrals of a partner.
CREATE TABLE party (
    home INTEGER NOT NULL,
    referral BLOB NOT NULL,
    partner TEXT NOT NULL,
    -- source, target, former-target, third-party
    part TEXT NOT NULL,
    PRIMARY KEY (home, referral, partner)
) STRICT, WITHOUT ROWID;
CREATE INDEX party_partner ON party (home, partner, referral);

-- By what a message may name a referral. Names go with a referral to the one that takes its place.
CREATE TABLE name (
    home INTEGER NOT NULL,
    key BLOB NOT NULL,
    referral BLOB NOT NULL,
    PRIMARY KEY (home, key, referral)
) STRICT, WITHOUT ROWID;
CREATE INDEX name_referral ON name (home, referral);

-- Of a resource that belongs to one referral only, that one. Its parcels are of generation 0, and its current version is
-- the one that counts. Where the newest version is missing, it was cleared.
ALTER TABLE resource ADD COLUMN referral BLOB;
CREATE INDEX resource_referral ON resource (home, referral, type) WHERE referral IS NOT NULL;

-- 1 in a home that several partners share: only there a receipt is looked for by its referral, and the others need no index
ALTER TABLE receipt ADD COLUMN shared INTEGER;
CREATE INDEX receipt_referral ON receipt (home, referral) WHERE shared = 1;

-- with the index of those that are not done it finds all notices about a referral
CREATE INDEX notice_done ON notice (home, referral) WHERE state = 'done';

-- Messages that came before their referral.
CREATE TABLE orphan (
    seq INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    id BLOB NOT NULL,
    exchange TEXT NOT NULL,
    sender TEXT NOT NULL,
    envelope BLOB NOT NULL,
    -- its keys, 16 bytes each
    names BLOB NOT NULL,
    request BLOB NOT NULL,
    received INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX orphan_envelope ON orphan (home, envelope);
CREATE UNIQUE INDEX orphan_id ON orphan (home, id);
CREATE INDEX orphan_expires ON orphan (expires);

CREATE TABLE orphan_name (
    home INTEGER NOT NULL,
    key BLOB NOT NULL,
    -- its sequence
    orphan INTEGER NOT NULL,
    PRIMARY KEY (home, key, orphan)
) STRICT, WITHOUT ROWID;
