-- Certificates of erasure: what is left of referrals that were cleared is found without looking at all others.

CREATE INDEX referral_revoked ON referral (home, id) WHERE state = 'revoked';
CREATE INDEX audit_erasure ON audit (referral) WHERE action IN ('revoked', 'acknowledged');
