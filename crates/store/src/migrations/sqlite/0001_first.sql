-- Ids are blobs of 16 bytes, moments are microseconds since 1970, bodies begin with their codec byte.

CREATE TABLE receipt (
    seq INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    id BLOB NOT NULL,
    exchange TEXT NOT NULL,
    sender TEXT NOT NULL,
    referral BLOB NOT NULL,
    event TEXT NOT NULL,
    envelope BLOB NOT NULL,
    message BLOB,
    content BLOB NOT NULL,
    status INTEGER NOT NULL,
    received INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    -- the request and the answer in one piece, and where the request ends
    request_bytes INTEGER NOT NULL,
    transcript BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX receipt_envelope ON receipt (home, envelope);
CREATE UNIQUE INDEX receipt_message ON receipt (home, message) WHERE message IS NOT NULL;
CREATE INDEX receipt_expires ON receipt (expires);

CREATE TABLE referral (
    home INTEGER NOT NULL,
    id BLOB NOT NULL,
    exchange TEXT NOT NULL,
    source TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- the patient's keys, 16 bytes each
    patient BLOB NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    sent INTEGER,
    changed INTEGER,
    updated INTEGER NOT NULL,
    PRIMARY KEY (home, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX referral_request ON referral (home, request_id);

-- What a home calls type/id. The sequence is the order of first acceptance.
CREATE TABLE resource (
    seq INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    -- how many there are, which is the number of the newest
    versions INTEGER NOT NULL,
    -- the version that counts: the newest that a referral still has, or 0
    current INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_id ON resource (home, type, id);
CREATE INDEX resource_order ON resource (home, type);

-- Resources that one message brought, their bodies in one compressed piece.
CREATE TABLE parcel (
    seq INTEGER PRIMARY KEY,
    referral BLOB NOT NULL,
    -- of the referral's set: what is in the parcel is current while the set is of this generation
    generation INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    bodies BLOB NOT NULL
) STRICT;

CREATE TABLE version (
    resource INTEGER NOT NULL,
    version INTEGER NOT NULL,
    -- where its body is
    parcel INTEGER NOT NULL,
    start INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    -- what it is found by while it counts, 16 bytes each
    keys BLOB NOT NULL,
    PRIMARY KEY (resource, version)
) STRICT, WITHOUT ROWID;

-- What a referral consists of now. Each message makes a new generation, so that no old version needs a write.
CREATE TABLE current_set (
    home INTEGER NOT NULL,
    referral BLOB NOT NULL,
    generation INTEGER NOT NULL,
    -- sequences of its resources, 8 bytes each
    resources BLOB NOT NULL,
    PRIMARY KEY (home, referral)
) STRICT, WITHOUT ROWID;

-- The keys of the versions that count.
CREATE TABLE search (
    home INTEGER NOT NULL,
    key BLOB NOT NULL,
    resource INTEGER NOT NULL,
    PRIMARY KEY (home, key, resource)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice (
    seq INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    id BLOB NOT NULL,
    exchange TEXT NOT NULL,
    partner TEXT NOT NULL,
    referral BLOB NOT NULL,
    event TEXT NOT NULL,
    body BLOB NOT NULL,
    created INTEGER NOT NULL,
    due INTEGER NOT NULL,
    -- behind (another one goes first), waiting, leased, parked, done
    state TEXT NOT NULL,
    -- not before this moment; of a leased one, when another worker may take it
    next INTEGER NOT NULL,
    -- how often it was leased, which is the token of the newest lease
    attempt INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX notice_id ON notice (id);
CREATE INDEX notice_next ON notice (next) WHERE state IN ('waiting', 'leased');
CREATE INDEX notice_line ON notice (home, referral, partner) WHERE state <> 'done';

-- Nothing is ever deleted, so that the sequence has no gaps.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    at INTEGER NOT NULL,
    exchange TEXT NOT NULL,
    partner TEXT NOT NULL,
    action TEXT NOT NULL,
    referral BLOB NOT NULL,
    message BLOB NOT NULL,
    request_id TEXT NOT NULL
) STRICT;

CREATE TABLE token (
    hash BLOB NOT NULL PRIMARY KEY,
    partner TEXT NOT NULL,
    scopes TEXT NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_expires ON token (expires);
