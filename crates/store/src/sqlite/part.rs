//! The audit as a partner may see it.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{AuditRecord, PartQuestion},
    id::ReferralId,
};
use rusqlite::{Connection, Params, params};

use super::{audit, error::fault};
use crate::{
    Lines, Page, PageToken, StoreError,
    part::{LOOKED_MAX, Looking, parts},
};

macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT a.seq, a.home, a.at, a.exchange, a.partner, a.message, a.request_id, a.action, a.referral, a.subject,
                    a.details, a.account, a.app, a.query, a.sealed FROM ",
            $from
        )
    };
}

/// A page of it.
pub(super) fn part(
    connection: &Connection,
    question: &PartQuestion,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    const OF_REFERRAL: &str = select!(
        "audit_referral r CROSS JOIN audit a ON a.seq = r.line
         WHERE r.referral = ?1 AND r.line > ?2 ORDER BY r.line LIMIT ?3"
    );
    const OF_ALL: &str = select!("audit a WHERE a.seq > ?1 ORDER BY a.seq LIMIT ?2");
    let after = page.after.map_or(0, |token| token.0);
    let looked = match question.referral {
        Some(referral) => lines(connection, OF_REFERRAL, params![referral.0, after, LOOKED_MAX]),
        None => lines(connection, OF_ALL, params![after, LOOKED_MAX]),
    }?;
    let own = own(connection, question, question.doubtful(looked.records()))?;
    parts(looked, question, &own, page)
}

/// One line of it.
pub(super) fn line(
    connection: &Connection,
    question: &PartQuestion,
    number: u64,
) -> Result<Option<AuditRecord>, StoreError> {
    const ASK: &str = select!("audit a WHERE a.seq = ?1");
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query([i64::try_from(number).unwrap_or(i64::MAX)]).map_err(fault)?;
    let Some(row) = rows.next().map_err(fault)? else { return Ok(None) };
    let (_, record) = audit::read(row)?;
    let own = own(connection, question, question.doubtful([&record].into_iter()))?;
    Ok(question.part(record, &own))
}

fn lines(connection: &Connection, ask: &str, values: impl Params) -> Result<Looking, StoreError> {
    let mut statement = connection.prepare_cached(ask).map_err(fault)?;
    let mut rows = statement.query(values).map_err(fault)?;
    let mut lines = Looking::default();
    while !lines.is_full()
        && let Some(row) = rows.next().map_err(fault)?
    {
        let (number, record) = audit::read(row)?;
        lines.put(number, record);
    }
    Ok(lines)
}

/// Those in which the reader has a part.
fn own(
    connection: &Connection,
    question: &PartQuestion,
    mut referrals: BTreeSet<ReferralId>,
) -> Result<BTreeSet<ReferralId>, StoreError> {
    const ASK: &str = "SELECT 1 FROM party WHERE home = ?1 AND referral = ?2 AND partner = ?3";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut trouble = Ok(());
    referrals.retain(|referral| {
        let has_part = statement.exists(params![question.home.0, referral.0, question.reader.as_str()]);
        has_part.unwrap_or_else(|error| {
            trouble = Err(fault(error));
            false
        })
    });
    trouble.map(|()| referrals)
}
