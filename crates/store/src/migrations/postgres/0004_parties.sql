-- Referrals on which several parties work: they are found by many names, and seen by those who have a part in them.

-- what its parties have made of it, in one piece
ALTER TABLE referral ADD COLUMN course bytea;

-- Who may see what. The index finds all referrals of a partner.
CREATE TABLE party (
    home bigint NOT NULL,
    referral bytea NOT NULL,
    partner text NOT NULL,
    -- source, target, former-target, third-party
    part text NOT NULL,
    CONSTRAINT party_place PRIMARY KEY (home, referral, partner)
);
CREATE INDEX party_partner ON party (home, partner, referral);

-- By what a message may name a referral. Names go with a referral to the one that takes its place.
CREATE TABLE name (
    home bigint NOT NULL,
    key bytea NOT NULL,
    referral bytea NOT NULL,
    CONSTRAINT name_place PRIMARY KEY (home, key, referral)
);
CREATE INDEX name_referral ON name (home, referral);

-- Of a resource that belongs to one referral only, that one. Its parcels are of generation 0, and its current version is
-- the one that counts. Where the newest version is missing, it was cleared.
ALTER TABLE resource ADD COLUMN referral bytea;
CREATE INDEX resource_referral ON resource (home, referral, type) WHERE referral IS NOT NULL;

-- true in a home that several partners share: only there a receipt is looked for by its referral, and the others need no
-- index
ALTER TABLE receipt ADD COLUMN shared boolean;
CREATE INDEX receipt_referral ON receipt (home, referral) WHERE shared;

-- with the index of those that are not done it finds all notices about a referral
CREATE INDEX notice_done ON notice (home, referral) WHERE state = 'done';

-- Messages that came before their referral.
CREATE TABLE orphan (
    home bigint NOT NULL,
    id bytea NOT NULL,
    exchange text NOT NULL,
    sender text NOT NULL,
    envelope bytea NOT NULL,
    -- its keys, 16 bytes each
    names bytea NOT NULL,
    request bytea NOT NULL,
    received bigint NOT NULL,
    expires bigint NOT NULL,
    CONSTRAINT orphan_id PRIMARY KEY (home, id)
);
ALTER TABLE orphan ALTER request SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX orphan_envelope ON orphan (home, envelope);
CREATE INDEX orphan_expires ON orphan (expires);

CREATE TABLE orphan_name (
    home bigint NOT NULL,
    key bytea NOT NULL,
    orphan bytea NOT NULL,
    CONSTRAINT orphan_name_place PRIMARY KEY (home, key, orphan)
);
CREATE INDEX orphan_name_orphan ON orphan_name (home, orphan);
