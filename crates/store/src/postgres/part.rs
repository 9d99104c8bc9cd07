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
    part::{LOOKED_MAX, parts},
};

macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT a.number, a.home, a.at, a.exchange, a.partner, a.message, a.request_id, a.action, a.referral, a.subject,
                    a.details, a.account, a.app FROM ",
            $from
        )
    };
}

const OF_REFERRAL: &str = select!(
    "audit_referral r JOIN audit a ON a.home = r.home AND a.entry = r.entry
     WHERE r.referral = $1 AND r.number > $2 ORDER BY r.number LIMIT $3"
);
const OF_ALL: &str = select!("audit a WHERE a.number > $1 ORDER BY a.number LIMIT $2");
const OWN: &str = "SELECT referral FROM party WHERE home = $1 AND partner = $2 AND referral = ANY($3)";

/// A page of it. Planned anew each time, as all that is asked seldom.
pub(super) async fn part(
    connection: &mut Object,
    question: &PartQuestion,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    audit::number_lines(connection).await.map_err(fault)?;
    let after = page.after.map_or(0, |token| token.0);
    let rows = match question.referral {
        Some(referral) => connection.query(OF_REFERRAL, &[&&referral.0[..], &after, &LOOKED_MAX]).await,
        None => connection.query(OF_ALL, &[&after, &LOOKED_MAX]).await,
    };
    let looked: Vec<(i64, AuditRecord)> = rows.map_err(fault)?.iter().map(audit::read).collect::<Result<_, _>>()?;
    let own = own(connection, question, &question.doubtful(looked.iter().map(|(_, record)| record))).await?;
    parts(looked, question, &own, page)
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
