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
