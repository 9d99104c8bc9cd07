-- Pointers of a record locator, one row each, in its newest version.
--
-- A table with a rowid keeps rows in the order of that number and only there, with nothing but numbers in the inner pages, so
-- it stays flat. The number is chosen such that the pointers of a patient are neighbours: 20 bits of the home, 24 of the
-- patient, and 20 that count. So a search reads one or two pages, however many pointers there are, and needs no index; a
-- walk through a home is one stretch. (PRIMARY KEY (home, subject, id) without a rowid clusters alike, but takes whole rows
-- into the inner pages, a dozen to a page, and repeats the patient in each index.)
CREATE TABLE pointer (
    place INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    -- 26 bytes
    id BLOB NOT NULL,
    subject BLOB NOT NULL,
    custodian TEXT NOT NULL,
    type TEXT NOT NULL,
    master BLOB,
    -- current, superseded, entered-in-error, removed
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
-- Ids are time-ordered: with the id first, new rows come at the end of the index, and its pages are full.
CREATE UNIQUE INDEX pointer_id ON pointer (id, home);
CREATE UNIQUE INDEX pointer_master ON pointer (home, subject, master) WHERE master IS NOT NULL;

-- The audit, now of pointers too, and of callers whom nobody knows. Nothing is ever deleted, so that the sequence has no
-- gaps.
CREATE TABLE wider_audit (
    seq INTEGER PRIMARY KEY,
    home INTEGER NOT NULL,
    at INTEGER NOT NULL,
    exchange TEXT NOT NULL,
    partner TEXT,
    message BLOB NOT NULL,
    request_id TEXT NOT NULL,
    -- what was done to the referral, or asked of the locator
    action TEXT NOT NULL,
    -- of a line about a referral
    referral BLOB,
    -- of a line about pointers: the patient, and all else in one piece
    subject BLOB,
    details BLOB
) STRICT;
INSERT INTO wider_audit (seq, home, at, exchange, partner, message, request_id, action, referral)
    SELECT seq, home, at, exchange, partner, message, request_id, action, referral FROM audit ORDER BY seq;
DROP TABLE audit;
ALTER TABLE wider_audit RENAME TO audit;
CREATE INDEX audit_patient ON audit (home, subject) WHERE subject IS NOT NULL;

-- The lines in which an organisation owns a pointer. The moment is here so that lines of other times need no look.
CREATE TABLE audit_owner (
    owner TEXT NOT NULL,
    line INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (owner, line)
) STRICT, WITHOUT ROWID;
