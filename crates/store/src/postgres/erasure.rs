//! Certificates of erasure, made of what is left: the referral's row, lines of the audit, notices that wait.

use baton_exchange::{
    erasure::Erasure,
    id::{Home, PartnerId, ReferralId},
    referral::Referral,
    time::Timestamp,
};
use deadpool_postgres::Object;

use super::{commit::ask, error::fault, referral};
use crate::{
    Page, StoreError,
    column::audit_action,
    page::{Erased, certificate, limit},
};

/// The certificates of a home, in the order of the ids of their referrals.
pub(super) async fn erasures(
    connection: &Object,
    home: Home,
    only: Option<ReferralId>,
    page: Page<ReferralId>,
) -> Result<(Vec<Erasure>, Option<ReferralId>), StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        referral::columns!(),
        " FROM referral r WHERE r.home = $1 AND r.state = 'revoked' AND r.id > $2
          AND ($3::bytea IS NULL OR r.id = $3) ORDER BY r.id LIMIT $4"
    );
    let after = page.after.map_or([0; 16], |id| id.0);
    let only: Option<Vec<u8>> = only.map(|id| id.0.to_vec());
    let rows = ask(connection, ASK, &[&home.0, &after.as_slice(), &only, &limit(page)]).await?;
    let mut found: Vec<Referral> = Vec::new();
    for row in &rows {
        found.extend(referral::read(row, 0)?);
    }
    let erased = Erased::cut(found, page);
    let mut certificates = Vec::with_capacity(erased.referrals.len());
    for referral in erased.referrals {
        certificates.push(one(connection, referral).await?);
    }
    Ok((certificates, erased.next))
}

async fn one(connection: &Object, referral: Referral) -> Result<Erasure, StoreError> {
    const LINES: &str = "SELECT action, partner, at FROM audit
                         WHERE referral = $1 AND action IN ('revoked', 'acknowledged') ORDER BY at, entry";
    const UNTOLD: &str = "SELECT DISTINCT partner COLLATE \"C\" FROM notice
                          WHERE home = $1 AND referral = $2 AND state <> 'done' ORDER BY 1";
    let id = referral.id.0.as_slice();
    let mut lines = Vec::new();
    for row in ask(connection, LINES, &[&id]).await? {
        let partner: Option<&str> = row.try_get(1).map_err(fault)?;
        let action = audit_action(row.try_get(0).map_err(fault)?)?;
        lines.push((action, partner.map(PartnerId::from), Timestamp(row.try_get(2).map_err(fault)?)));
    }
    let mut untold = Vec::new();
    for row in ask(connection, UNTOLD, &[&referral.home.0, &id]).await? {
        untold.push(PartnerId::from(row.try_get::<_, &str>(0).map_err(fault)?));
    }
    Ok(certificate(referral, &lines, untold))
}
