//! What was not delivered, as people see it.

use baton_exchange::{
    id::{NoticeId, ReferralId},
    notice::{Backlog, ParkedNotice},
    time::Timestamp,
};
use rusqlite::{Connection, Row, named_params};

use super::error::fault;
use crate::{
    Page, PageToken, ParkedQuestion, StoreError,
    column::{count, trouble},
    page::{cut_parked, limit},
};

/// Parked notices that fit, in the order in which they were written.
pub(super) fn parked(
    connection: &Connection,
    question: &ParkedQuestion,
    page: Page,
) -> Result<(Vec<ParkedNotice>, Option<PageToken>), StoreError> {
    const ASK: &str = "SELECT seq, id, exchange, partner, referral, event, created, attempt, trouble FROM notice
                       WHERE state = 'parked' AND seq > :after
                           AND (:exchange IS NULL OR exchange = :exchange) AND (:partner IS NULL OR partner = :partner)
                       ORDER BY seq LIMIT :limit";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement
        .query(named_params! {
            ":after": page.after.map_or(0, |token| token.0),
            ":exchange": question.exchange.as_ref().map(|exchange| exchange.as_str()),
            ":partner": question.partner.as_ref().map(|partner| partner.as_str()),
            ":limit": limit(page),
        })
        .map_err(fault)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        found.push((row.get(0).map_err(fault)?, read(row)?));
    }
    Ok(cut_parked(found, page))
}

fn read(row: &Row<'_>) -> Result<ParkedNotice, StoreError> {
    let text = |column: usize| row.get::<_, String>(column).map_err(fault);
    Ok(ParkedNotice {
        id: NoticeId(row.get(1).map_err(fault)?),
        exchange: text(2)?.as_str().into(),
        partner: text(3)?.as_str().into(),
        referral: ReferralId(row.get(4).map_err(fault)?),
        event: text(5)?,
        created: Timestamp(row.get(6).map_err(fault)?),
        attempts: row.get(7).map_err(fault)?,
        trouble: trouble(row.get::<_, Option<String>>(8).map_err(fault)?.as_deref())?,
    })
}

/// How much each partner has still to be told.
pub(super) fn backlogs(connection: &Connection) -> Result<Vec<Backlog>, StoreError> {
    const ASK: &str =
        "SELECT partner, count(*) FILTER (WHERE state <> 'parked'), count(*) FILTER (WHERE state = 'parked'),
                              min(created)
                       FROM notice WHERE state <> 'done' GROUP BY partner ORDER BY partner";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    let mut backlogs = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let partner: String = row.get(0).map_err(fault)?;
        backlogs.push(Backlog {
            partner: partner.as_str().into(),
            waiting: count(row.get(1).map_err(fault)?)?,
            parked: count(row.get(2).map_err(fault)?)?,
            oldest: Timestamp(row.get(3).map_err(fault)?),
        });
    }
    Ok(backlogs)
}
