//! The audit as those read it who may ask who looked at pointers.

use baton_exchange::{audit::TrailQuestion, pointer::Ods};
use deadpool_postgres::Object;
use tokio_postgres::{Row, types::ToSql};

use super::{audit, error::fault};
use crate::{
    Lines, Page, PageToken, StoreError,
    page::{cut_lines, limit},
};

macro_rules! select {
    ($from:literal) => {
        concat!(
            "SELECT a.number, a.home, a.at, a.exchange, a.partner, a.message, a.request_id, a.action, a.referral, a.subject,
                    a.details, a.account, a.app, a.query, a.sealed FROM ",
            $from
        )
    };
}

const OF_PATIENT: &str =
    select!("audit a WHERE a.home = $1 AND a.subject = $2 AND a.number > $3 ORDER BY a.number LIMIT $4");
const OF_OWNER: &str = select!(
    "audit_owner o JOIN audit a ON a.home = o.home AND a.entry = o.entry
     WHERE o.owner = $1 AND o.at BETWEEN $2 AND $3 AND o.number > $4 ORDER BY o.number LIMIT $5"
);
const OF_ALL: &str = select!("audit a WHERE a.number > $1 ORDER BY a.number LIMIT $2");

/// How many lines are fetched at once at least.
const LINES_MIN: i64 = 256;

/// Lines that fit. What is asked for decides on which way lines come; whether they fit is then seen. Since lines never change
/// and none is put between others, several statements see what one would.
pub(super) async fn trail(
    connection: &mut Object,
    question: &TrailQuestion,
    page: Page,
) -> Result<(Lines, Option<PageToken>), StoreError> {
    audit::number_lines(connection).await.map_err(fault)?;
    let lines_max = limit(page).max(LINES_MIN);
    let (mut after, mut lines) = (page.after.map_or(0, |token| token.0), Vec::new());
    loop {
        let rows = lines_after(connection, question, after, lines_max).await?;
        for row in &rows {
            let (number, record) = audit::read(row)?;
            after = number;
            if question.fits(&record) {
                lines.push((number, record));
            }
        }
        if (rows.len() as i64) < lines_max || lines.len() as i64 >= limit(page) {
            return cut_lines(lines, page);
        }
    }
}

/// Planned anew each time: it is asked seldom, and what is best depends on how many lines an owner has.
async fn lines_after(
    connection: &Object,
    question: &TrailQuestion,
    after: i64,
    lines_max: i64,
) -> Result<Vec<Row>, StoreError> {
    if let Some(patient) = question.patient {
        let values = [&patient.home.0 as _, &patient.subject.0.as_slice() as _, &after as _, &lines_max as _];
        return connection.query(OF_PATIENT, &values).await.map_err(fault);
    }
    let Some(owner) = question.owner.as_ref().map(Ods::as_str) else {
        return connection.query(OF_ALL, &[&after, &lines_max]).await.map_err(fault);
    };
    let from = question.from.map_or(i64::MIN, |from| from.0);
    let until = question.until.map_or(i64::MAX, |until| until.0);
    let values: [&(dyn ToSql + Sync); 5] = [&owner, &from, &until, &after, &lines_max];
    connection.query(OF_OWNER, &values).await.map_err(fault)
}
