//! Finds the pointers of a patient, and walks through those of an exchange.

use baton_exchange::{
    id::{ExchangeId, Home},
    pointer::{Bucket, Pointer, PointerId, PointerPage, PointerSearch, PointerState},
};
use rusqlite::{Connection, Row, params};

use super::{
    error::fault,
    pointer::{places_of_home, places_of_patient, read, select, unpacked},
};
use crate::{Page, StoreError, page::Window};

/// The current pointers of a patient, in the order of their ids. Places are given out when pointers are written, which may
/// be another order, but not by much. Nothing when there are more rows to look at than the caller has patience for.
pub(super) fn find(
    connection: &Connection,
    search: &PointerSearch,
    page: Page<PointerId>,
    rows_max: usize,
) -> Result<Option<PointerPage>, StoreError> {
    const ASK: &str = select!("place BETWEEN ?1 AND ?2 AND home = ?3 AND subject = ?4");
    let (first, last) = places_of_patient(search.home, search.subject);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![first, last, search.home.0, search.subject.0]).map_err(fault)?;
    let (mut seen, mut total, mut window) = (0, 0, Window::new(page));
    while let Some(row) = rows.next().map_err(fault)? {
        seen += 1;
        if seen > rows_max {
            return Ok(None);
        }
        if !fits(row, search).map_err(fault)? {
            continue;
        }
        total += 1;
        let id = PointerId(row.get(1).map_err(fault)?);
        if window.has_room_for(id) {
            window.put(id, read(row)?);
        }
    }
    let (pointers, next) = window.cut();
    let pointers = pointers.into_iter().map(unpacked).collect::<Result<_, _>>()?;
    Ok(Some(PointerPage { is_known: seen > 0, total, pointers, next }))
}

fn fits(row: &Row<'_>, search: &PointerSearch) -> rusqlite::Result<bool> {
    let is = |column: usize, wanted: &str| -> rusqlite::Result<bool> { Ok(row.get_ref(column)?.as_str()? == wanted) };
    Ok(is(6, PointerState::Current.as_str())?
        && search.custodian.as_ref().map_or(Ok(true), |custodian| is(3, custodian.as_str()))?
        && search.record_type.as_ref().map_or(Ok(true), |record_type| is(4, record_type))?)
}

/// All pointers of an exchange, home by home.
pub(super) fn export(
    connection: &Connection,
    exchange: &ExchangeId,
    page: Page<PointerId>,
) -> Result<(Vec<Pointer>, Option<PointerId>), StoreError> {
    const ASK: &str = select!("place BETWEEN ?1 AND ?2 AND home = ?3");
    let after = page.after.map(|id| (id.bucket().home(exchange), id));
    let mut homes: Vec<Home> = Bucket::all().map(|bucket| bucket.home(exchange)).collect();
    homes.retain(|home| after.is_none_or(|(passed, _)| *home >= passed));
    homes.sort();
    let mut window = Window::new(Page { size: page.size, after });
    let snapshot = connection.unchecked_transaction().map_err(fault)?;
    let mut statement = snapshot.prepare_cached(ASK).map_err(fault)?;
    for home in homes {
        let (first, last) = places_of_home(home);
        let mut rows = statement.query([first, last, home.0]).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            let place = (home, PointerId(row.get(1).map_err(fault)?));
            if place.1.bucket().home(exchange) == home && window.has_room_for(place) {
                window.put(place, read(row)?);
            }
        }
        if window.is_full() {
            break;
        }
    }
    let (pointers, next) = window.cut();
    let pointers = pointers.into_iter().map(unpacked).collect::<Result<_, _>>()?;
    Ok((pointers, next.map(|(_, id)| id)))
}
