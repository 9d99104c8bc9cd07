-- Pointers of a record locator, one row each, in its newest version. No index has what an update changes, and pages keep
-- some room, so that the new version of a row finds its place beside the old one.
CREATE TABLE pointer (
    home bigint NOT NULL,
    -- 26 bytes, time-ordered
    id bytea NOT NULL,
    subject bytea NOT NULL,
    custodian text NOT NULL,
    type text NOT NULL,
    master bytea,
    -- current, superseded, entered-in-error, removed
    state text NOT NULL,
    version bigint NOT NULL,
    created bigint NOT NULL,
    updated bigint NOT NULL,
    body bytea NOT NULL,
    CONSTRAINT pointer_id PRIMARY KEY (home, id)
) WITH (fillfactor = 90);
ALTER TABLE pointer ALTER body SET STORAGE EXTERNAL;
-- Finds a patient's pointers as well: so those without a masterIdentifier, which may be many, are in it.
CREATE UNIQUE INDEX pointer_master ON pointer (home, subject, master);

-- The audit, now of pointers too, and of callers whom nobody knows. The action is what was done to the referral, or asked
-- of the locator.
ALTER TABLE audit ALTER partner DROP NOT NULL;
ALTER TABLE audit ALTER referral DROP NOT NULL;
-- of a line about pointers: the patient, those who own pointers in it, and all else in one piece
ALTER TABLE audit ADD COLUMN subject bytea;
ALTER TABLE audit ADD COLUMN owners text[];
ALTER TABLE audit ADD COLUMN details bytea;
CREATE INDEX audit_patient ON audit (home, subject, number) WHERE subject IS NOT NULL;

-- The lines in which an organisation owns a pointer, written when they get their numbers. The moment is here so that lines
-- of other times need no look, and the entry so that a line is found by its key.
CREATE TABLE audit_owner (
    home bigint NOT NULL,
    owner text NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,
    entry bigint NOT NULL,
    CONSTRAINT audit_owner_line PRIMARY KEY (owner, number, home)
);
