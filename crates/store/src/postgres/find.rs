//! Finds the pointers of a patient, and walks through those of an exchange.

use baton_exchange::{
    id::ExchangeId,
    pointer::{Bucket, Pointer, PointerId, PointerPage, PointerSearch},
};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{
    commit::ask,
    error::fault,
    pointer::{columns, read},
};
use crate::{Page, StoreError, column::count, page::limit};

/// The current pointers of a patient, in the order of their ids. One statement, so one snapshot.
pub(super) async fn find(
    connection: &Object,
    search: &PointerSearch,
    page: Page<PointerId>,
) -> Result<PointerPage, StoreError> {
    // That the order is of an expression keeps the planner from walking through the whole home in the order of ids.
    const ASK: &str = concat!(
        "SELECT ", columns!(), ", s.is_known, s.total
         FROM (SELECT count(*) > 0 AS is_known,
                      count(*) FILTER (WHERE state = 'current' AND custodian = coalesce($3, custodian)
                                             AND type = coalesce($4, type)) AS total
               FROM pointer WHERE home = $1 AND subject = $2) s
         LEFT JOIN LATERAL (SELECT * FROM pointer
                            WHERE home = $1 AND subject = $2 AND state = 'current' AND custodian = coalesce($3, custodian)
                                  AND type = coalesce($4, type) AND id > $5
                            ORDER BY id || ''::bytea LIMIT $6) p ON true
         ORDER BY p.id"
    );
    let PointerSearch { home, subject, custodian, record_type } = search;
    let custodian = custodian.as_ref().map(|custodian| custodian.as_str());
    let after = page.after.as_ref().map_or(&[][..], |after| &after.0[..]);
    let rows_max = if page.size == 0 { 0 } else { limit(page) };
    let values =
        [&home.0 as _, &subject.0.as_slice() as _, &custodian as _, record_type as _, &after as _, &rows_max as _];
    let rows = ask(connection, ASK, &values).await?;
    let Some(first) = rows.first() else { return Ok(PointerPage::default()) };
    let (is_known, total) = (first.try_get(11).map_err(fault)?, count(first.try_get(12).map_err(fault)?)?);
    let is_there = first.try_get::<_, Option<i64>>(0).map_err(fault)?.is_some();
    let (pointers, next) = if is_there { cut(&rows, page)? } else { (Vec::new(), None) };
    Ok(PointerPage { is_known, total, pointers, next })
}

/// All pointers of an exchange, in the order of their homes and ids. One statement, so one snapshot.
pub(super) async fn export(
    connection: &Object,
    exchange: &ExchangeId,
    page: Page<PointerId>,
) -> Result<(Vec<Pointer>, Option<PointerId>), StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM pointer p WHERE p.home = ANY ($1) AND (p.home, p.id) > ($2, $3)
         ORDER BY p.home, p.id LIMIT $4"
    );
    let after = page.after.as_ref().map_or((i64::MIN, &[][..]), |id| (id.bucket().home(exchange).0, &id.0[..]));
    let mut homes: Vec<i64> = Bucket::all().map(|bucket| bucket.home(exchange).0).collect();
    homes.retain(|home| *home >= after.0);
    homes.sort_unstable();
    let rows = ask(connection, ASK, &[&homes, &after.0, &after.1, &limit(page)]).await?;
    cut(&rows, page)
}

/// The page of what [`limit`] gave, and where to go on when there is more.
fn cut(rows: &[Row], page: Page<PointerId>) -> Result<(Vec<Pointer>, Option<PointerId>), StoreError> {
    let (part, rest) = rows.split_at(rows.len().min(page.size as usize));
    let pointers = part.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let next = pointers.last().filter(|_| !rest.is_empty()).map(|pointer| pointer.id);
    Ok((pointers, next))
}
