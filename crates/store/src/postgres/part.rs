//! The audit as a partner may see it.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{AuditRecord, PartQuestion},
    id::ReferralId,
};
use deadpool_postgres::Object;

use super::{audit, error::fault};
use crate::{
    Lines, Page, PageToken, StoreError, column,
    part::{LOOKED_MAX, Looking, parts},
};

const COLUMNS: &str = "number, home, at, exchange, partner, message, request_id, action, referral, subject, details, \
                       account, app, query, sealed";
const BY_NUMBER: &str = "audit WHERE number = $1";
/// Only as many as are looked at: details of the others are not read.
const LOOKED: &str = "(SELECT *, sum(weight) OVER (ORDER BY number) - weight AS before FROM
                          (SELECT *, 1 + CASE WHEN referral IS NULL THEN coalesce(cardinality(referrals), 0) ELSE 1 END AS weight
                           FROM ";
const OF_REFERRAL: &str = "(SELECT a.* FROM audit_referral r JOIN audit a ON a.home = r.home AND a.entry = r.entry
                            WHERE r.referral = $3 AND r.number > $1 ORDER BY r.number LIMIT $2)";
const OF_ALL: &str = "(SELECT a.* FROM audit a WHERE a.number > $1 ORDER BY a.number LIMIT $2)";
const OWN: &str = "SELECT referral FROM party WHERE home = $1 AND partner = $2 AND referral = ANY($3)";

/// A page of it. Planned anew each time, as all that is asked seldom.
pub(super) async fn part(
    connection: &mut Object,
    question: &PartQuestion,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    audit::number_lines(connection).await.map_err(fault)?;
    let after = page.after.map_or(0, |token| token.0);
    let ask = |from: &str| {
        format!("SELECT {COLUMNS} FROM {LOOKED}{from} picked) weighed) looked WHERE before < $2 ORDER BY number")
    };
    let rows = match question.referral {
        Some(referral) => connection.query(&ask(OF_REFERRAL), &[&after, &LOOKED_MAX, &&referral.0[..]]).await,
        None => connection.query(&ask(OF_ALL), &[&after, &LOOKED_MAX]).await,
    };
    let mut looked = Looking::default();
    for row in rows.map_err(fault)? {
        let (number, record) = audit::read(&row)?;
        looked.put(number, record);
    }
    let own = own(connection, question, &question.doubtful(looked.records())).await?;
    parts(looked, question, &own, page)
}

/// One line of it. Numbers are only given when it has none yet: that takes a lock that all processes share.
pub(super) async fn line(
    connection: &mut Object,
    question: &PartQuestion,
    number: u64,
) -> Result<Option<AuditRecord>, StoreError> {
    let (ask, number) = (format!("SELECT {COLUMNS} FROM {BY_NUMBER}"), i64::try_from(number).unwrap_or(i64::MAX));
    let mut found = connection.query_opt(&ask, &[&number]).await.map_err(fault)?;
    if found.is_none() {
        audit::number_lines(connection).await.map_err(fault)?;
        found = connection.query_opt(&ask, &[&number]).await.map_err(fault)?;
    }
    let Some(row) = found else { return Ok(None) };
    let (_, record) = audit::read(&row)?;
    let own = own(connection, question, &question.doubtful([&record].into_iter())).await?;
    Ok(question.part(record, &own))
}

/// Those in which the reader has a part.
async fn own(
    connection: &Object,
    question: &PartQuestion,
    referrals: &BTreeSet<ReferralId>,
) -> Result<BTreeSet<ReferralId>, StoreError> {
    if referrals.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ids: Vec<&[u8]> = referrals.iter().map(|referral| &referral.0[..]).collect();
    let rows = connection.query(OWN, &[&question.home.0, &question.reader.as_str(), &ids]).await.map_err(fault)?;
    rows.iter().map(|row| column::id(row.try_get(0).map_err(fault)?).map(ReferralId)).collect()
}
