//! Certificates of erasure, made of what is left: the referral's row, lines of the audit, notices that wait.

use baton_exchange::{
    audit::AuditAction,
    erasure::Erasure,
    id::{Home, PartnerId, ReferralId},
    referral::Referral,
    time::Timestamp,
};
use rusqlite::{Connection, named_params, params};

use super::{error::fault, referral};
use crate::{
    Page, StoreError,
    column::audit_action,
    page::{Erased, limit},
};

/// The certificates of a home, in the order of the ids of their referrals.
pub(super) fn erasures(
    connection: &Connection,
    home: Home,
    only: Option<ReferralId>,
    page: Page<ReferralId>,
) -> Result<(Vec<Erasure>, Option<ReferralId>), StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        referral::columns!(),
        " FROM referral r WHERE r.home = :home AND r.state = 'revoked' AND r.id > :after
          AND (:only IS NULL OR r.id = :only) ORDER BY r.id LIMIT :limit"
    );
    let snapshot = connection.unchecked_transaction().map_err(fault)?;
    let mut statement = snapshot.prepare_cached(ASK).map_err(fault)?;
    let after = page.after.map_or([0; 16], |id| id.0);
    let only = only.map(|id| id.0);
    let values = named_params! { ":home": home.0, ":after": after, ":only": only, ":limit": limit(page) };
    let mut rows = statement.query(values).map_err(fault)?;
    let mut found: Vec<Referral> = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        found.extend(referral::read(row, 0)?);
    }
    let erased = Erased::cut(found, page);
    let certificates = erased.referrals.into_iter().map(|referral| certificate(&snapshot, referral));
    Ok((certificates.collect::<Result<_, _>>()?, erased.next))
}

fn certificate(connection: &Connection, referral: Referral) -> Result<Erasure, StoreError> {
    let lines = lines(connection, referral.id)?;
    let untold = untold(connection, referral.home, referral.id)?;
    Ok(crate::page::certificate(referral, &lines, untold))
}

/// Who withdrew it, who acknowledged it, and when.
fn lines(
    connection: &Connection,
    id: ReferralId,
) -> Result<Vec<(AuditAction, Option<PartnerId>, Timestamp)>, StoreError> {
    const ASK: &str = "SELECT action, partner, at FROM audit
                       WHERE referral = ?1 AND action IN ('revoked', 'acknowledged') ORDER BY seq";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![id.0]).map_err(fault)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let (action, partner): (String, Option<String>) = (row.get(0).map_err(fault)?, row.get(1).map_err(fault)?);
        let partner = partner.as_deref().map(PartnerId::from);
        lines.push((audit_action(&action)?, partner, Timestamp(row.get(2).map_err(fault)?)));
    }
    Ok(lines)
}

fn untold(connection: &Connection, home: Home, id: ReferralId) -> Result<Vec<PartnerId>, StoreError> {
    const ASK: &str = "SELECT DISTINCT partner FROM notice
                       WHERE home = ?1 AND referral = ?2 AND state <> 'done' ORDER BY partner";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let names = statement.query_map(params![home.0, id.0], |row| row.get::<_, String>(0)).map_err(fault)?;
    names.map(|name| Ok(PartnerId::from(name.map_err(fault)?.as_str()))).collect()
}
