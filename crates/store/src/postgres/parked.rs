//! What was not delivered, as people see it.

use baton_exchange::{
    id::{NoticeId, ReferralId},
    notice::{Backlog, ParkedNotice},
    time::Timestamp,
};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{commit::ask, error::fault};
use crate::{
    Page, PageToken, ParkedQuestion, StoreError,
    column::{count, id, trouble},
    page::{cut_parked, limit},
};

/// Parked notices that fit, in the order in which they were written.
pub(super) async fn parked(
    connection: &Object,
    question: &ParkedQuestion,
    page: Page,
) -> Result<(Vec<ParkedNotice>, Option<PageToken>), StoreError> {
    const ASK: &str = "SELECT seq, id, exchange, partner, referral, event, created, attempt, trouble FROM notice
                       WHERE state = 'parked' AND seq > $1
                           AND ($2::text IS NULL OR exchange = $2) AND ($3::text IS NULL OR partner = $3)
                       ORDER BY seq LIMIT $4";
    let exchange = question.exchange.as_ref().map(|exchange| exchange.as_str());
    let partner = question.partner.as_ref().map(|partner| partner.as_str());
    let after = page.after.map_or(0, |token| token.0);
    let rows = ask(connection, ASK, &[&after, &exchange, &partner, &limit(page)]).await?;
    let found = rows.iter().map(|row| Ok((row.try_get(0).map_err(fault)?, read(row)?)));
    Ok(cut_parked(found.collect::<Result<_, StoreError>>()?, page))
}

fn read(row: &Row) -> Result<ParkedNotice, StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
    Ok(ParkedNotice {
        id: NoticeId(id(bytes(1)?)?),
        exchange: text(2)?.into(),
        partner: text(3)?.into(),
        referral: ReferralId(id(bytes(4)?)?),
        event: text(5)?.into(),
        created: Timestamp(row.try_get(6).map_err(fault)?),
        attempts: count(row.try_get(7).map_err(fault)?)?,
        trouble: trouble(row.try_get(8).map_err(fault)?)?,
    })
}

/// How much each partner has still to be told.
pub(super) async fn backlogs(connection: &Object) -> Result<Vec<Backlog>, StoreError> {
    const ASK: &str =
        "SELECT partner, count(*) FILTER (WHERE state <> 'parked'), count(*) FILTER (WHERE state = 'parked'),
                              min(created)
                       FROM notice WHERE state <> 'done' GROUP BY partner ORDER BY partner COLLATE \"C\"";
    let rows = ask(connection, ASK, &[]).await?;
    let backlog = |row: &Row| {
        Ok(Backlog {
            partner: row.try_get::<_, &str>(0).map_err(fault)?.into(),
            waiting: count(row.try_get(1).map_err(fault)?)?,
            parked: count(row.try_get(2).map_err(fault)?)?,
            oldest: Timestamp(row.try_get(3).map_err(fault)?),
        })
    };
    rows.iter().map(backlog).collect()
}
