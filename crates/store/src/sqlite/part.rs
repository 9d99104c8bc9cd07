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
    part::{LOOKED_MAX, parts},
};

macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT a.seq, a.home, a.at, a.exchange, a.partner, a.message, a.request_id, a.action, a.referral, a.subject,
                    a.details, a.account, a.app FROM ",
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
    let own = own(connection, question, question.doubtful(looked.iter().map(|(_, record)| record)))?;
    parts(looked, question, &own, page)
}

fn lines(connection: &Connection, ask: &str, values: impl Params) -> Result<Vec<(i64, AuditRecord)>, StoreError> {
    let mut statement = connection.prepare_cached(ask).map_err(fault)?;
    let mut rows = statement.query(values).map_err(fault)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        lines.push(audit::read(row)?);
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
