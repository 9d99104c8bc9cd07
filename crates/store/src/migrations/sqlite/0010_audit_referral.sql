-- The lines of the audit that tell of a referral, whether it was changed or shown.

CREATE TABLE audit_referral (
    referral BLOB NOT NULL,
    line INTEGER NOT NULL,
    PRIMARY KEY (referral, line)
) STRICT, WITHOUT ROWID;
INSERT INTO audit_referral (referral, line) SELECT referral, seq FROM audit WHERE referral IS NOT NULL;
