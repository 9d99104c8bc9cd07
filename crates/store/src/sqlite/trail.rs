//! The audit as those read it who may ask who looked at pointers.

use baton_exchange::audit::{AuditRecord, TrailQuestion};
use rusqlite::{Connection, Params, params};

use super::{audit, error::fault};
use crate::{
    Lines, Page, PageToken, StoreError,
    page::{cut_lines, limit},
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

/// Lines that fit. What is asked for decides on which way lines come; whether they fit is then seen.
pub(super) fn trail(
    connection: &Connection,
    question: &TrailQuestion,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    const OF_PATIENT: &str = select!("audit a WHERE a.home = ?1 AND a.subject = ?2 AND a.seq > ?3 ORDER BY a.seq");
    const OF_OWNER: &str = select!(
        "audit_owner o CROSS JOIN audit a ON a.seq = o.line
         WHERE o.owner = ?1 AND o.at BETWEEN ?2 AND ?3 AND o.line > ?4 ORDER BY o.line"
    );
    const OF_ALL: &str = select!("audit a WHERE a.seq > ?1 ORDER BY a.seq");
    let after = page.after.map_or(0, |token| token.0);
    let lines = match (question.patient, &question.owner) {
        (Some(patient), _) => {
            fitting(connection, OF_PATIENT, params![patient.home.0, patient.subject.0, after], question, page)
        }
        (None, Some(owner)) => {
            let from = question.from.map_or(i64::MIN, |from| from.0);
            let until = question.until.map_or(i64::MAX, |until| until.0);
            fitting(connection, OF_OWNER, params![owner.as_str(), from, until, after], question, page)
        }
        (None, None) => fitting(connection, OF_ALL, params![after], question, page),
    };
    cut_lines(lines?, page)
}

/// One more than the page has, if there are as many.
fn fitting(
    connection: &Connection,
    ask: &str,
    values: impl Params,
    question: &TrailQuestion,
    page: Page,
) -> Result<Vec<(i64, AuditRecord)>, StoreError> {
    let mut statement = connection.prepare_cached(ask).map_err(fault)?;
    let mut rows = statement.query(values).map_err(fault)?;
    let mut lines = Vec::new();
    while (lines.len() as i64) < limit(page)
        && let Some(row) = rows.next().map_err(fault)?
    {
        let (number, record) = audit::read(row)?;
        if question.fits(&record) {
            lines.push((number, record));
        }
    }
    Ok(lines)
}
