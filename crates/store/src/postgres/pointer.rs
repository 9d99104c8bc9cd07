//! Pointers: one row each, in its newest version.

use baton_exchange::{
    id::{ExchangeId, Home},
    pointer::{Bucket, MasterKey, Pointer, PointerId, PointerName, PointerPage, PointerSearch, SubjectKey},
    time::Timestamp,
};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::{
    commit::{ask, execute, query},
    error::{Trouble, fault},
};
use crate::{
    Page, StoreError, codec,
    column::{count, id as as_id, ods, pointer_state},
    page::limit,
};

const FIND_MASTER: &str = "SELECT 1 FROM pointer WHERE home = $1 AND subject = $2 AND master = $3";
/// Locks the row: a change that comes second waits, and then sees another version.
const FIND_VERSION: &str = "SELECT 1 FROM pointer WHERE home = $1 AND id = $2 AND version = $3 FOR NO KEY UPDATE";
const INSERT: &str =
    "INSERT INTO pointer (home, id, subject, custodian, type, master, state, version, created, updated, body)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $11, $8, $9, $10)";
const UPDATE: &str = "UPDATE pointer SET state = $3, version = $4, updated = $5, body = $6
                      WHERE home = $1 AND id = $2 AND version = $4 - 1";

pub(super) const PREPARED: &[&str] = &[FIND_MASTER, FIND_VERSION, INSERT, UPDATE];

pub(super) async fn none_has(
    transaction: &Transaction<'_>,
    home: Home,
    subject: SubjectKey,
    master: MasterKey,
) -> Result<(), Trouble> {
    let values = [&home.0 as _, &subject.0.as_slice() as _, &master.0.as_slice() as _];
    let found = query(transaction, FIND_MASTER, &values).await?;
    if found.is_empty() { Ok(()) } else { Err(Trouble::Outdated) }
}

pub(super) async fn is_at(
    transaction: &Transaction<'_>,
    home: Home,
    id: PointerId,
    version: u32,
) -> Result<(), Trouble> {
    let found = query(transaction, FIND_VERSION, &[&home.0, &id.0.as_slice(), &i64::from(version)]).await?;
    if found.is_empty() { Err(Trouble::Outdated) } else { Ok(()) }
}

/// Outdated when a first version has an id or a masterIdentifier that is in use, or another one is not the next.
pub(super) async fn put(transaction: &Transaction<'_>, pointer: &Pointer) -> Result<(), Trouble> {
    let written =
        if pointer.version == 1 { insert(transaction, pointer).await } else { update(transaction, pointer).await };
    if written? == 1 { Ok(()) } else { Err(Trouble::Outdated) }
}

/// Outdated when its id or masterIdentifier is in use.
pub(super) async fn adopt(transaction: &Transaction<'_>, pointer: &Pointer) -> Result<(), Trouble> {
    if insert(transaction, pointer).await? == 1 { Ok(()) } else { Err(Trouble::Outdated) }
}

async fn insert(transaction: &Transaction<'_>, pointer: &Pointer) -> Result<u64, Trouble> {
    let values = [
        &pointer.home.0 as _,
        &pointer.id.0.as_slice() as _,
        &pointer.subject.0.as_slice() as _,
        &pointer.custodian.as_str() as _,
        &pointer.record_type as _,
        &pointer.master.as_ref().map(|master| master.0.as_slice()) as _,
        &pointer.state.as_str() as _,
        &pointer.created.0 as _,
        &pointer.updated.0 as _,
        &pointer.body as _,
        &i64::from(pointer.version) as _,
    ];
    execute(transaction, INSERT, &values).await
}

async fn update(transaction: &Transaction<'_>, pointer: &Pointer) -> Result<u64, Trouble> {
    let values = [
        &pointer.home.0 as _,
        &pointer.id.0.as_slice() as _,
        &pointer.state.as_str() as _,
        &i64::from(pointer.version) as _,
        &pointer.updated.0 as _,
        &pointer.body as _,
    ];
    execute(transaction, UPDATE, &values).await
}

macro_rules! columns {
    () => {
        "p.home, p.id, p.subject, p.custodian, p.type, p.master, p.state, p.version, p.created, p.updated, p.body"
    };
}

/// The pointers with these names. One statement, so one snapshot.
pub(super) async fn by_names(connection: &Object, names: &[PointerName]) -> Result<Vec<Option<Pointer>>, StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        columns!(),
        ", n.number
         FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS n (number, home, id)
         JOIN pointer p ON p.home = n.home AND p.id = n.id
         UNION ALL
         SELECT ",
        columns!(),
        ", n.number
         FROM unnest($4::bigint[], $5::bigint[], $6::bytea[], $7::bytea[]) AS n (number, home, subject, master)
         JOIN pointer p ON p.home = n.home AND p.subject = n.subject AND p.master = n.master"
    );
    let (mut ids, mut id_homes, mut id_numbers) = (Vec::new(), Vec::new(), Vec::new());
    let (mut subjects, mut masters, mut homes, mut numbers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, name) in (0_i64..).zip(names) {
        match name {
            PointerName::Id { home, id } => {
                id_numbers.push(number);
                id_homes.push(home.0);
                ids.push(id.0.as_slice());
            }
            PointerName::Master { home, subject, master } => {
                numbers.push(number);
                homes.push(home.0);
                subjects.push(subject.0.as_slice());
                masters.push(master.0.as_slice());
            }
        }
    }
    let values =
        [&id_numbers as _, &id_homes as _, &ids as _, &numbers as _, &homes as _, &subjects as _, &masters as _];
    let mut found = vec![None; names.len()];
    for row in ask(connection, ASK, &values).await? {
        let number: usize = count(row.try_get(11).map_err(fault)?)?;
        if let Some(place) = found.get_mut(number) {
            *place = Some(read(&row)?);
        }
    }
    Ok(found)
}

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

/// Reads [`columns`].
fn read(row: &Row) -> Result<Pointer, StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    let number = |column: usize| row.try_get::<_, i64>(column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
    let master = row.try_get::<_, Option<&[u8]>>(5).map_err(fault)?;
    Ok(Pointer {
        home: Home(number(0)?),
        id: PointerId(as_id(bytes(1)?)?),
        subject: SubjectKey(as_id(bytes(2)?)?),
        custodian: ods(text(3)?)?,
        record_type: text(4)?.into(),
        master: master.map(|master| as_id(master).map(MasterKey)).transpose()?,
        state: pointer_state(text(6)?)?,
        version: count(number(7)?)?,
        created: Timestamp(number(8)?),
        updated: Timestamp(number(9)?),
        body: codec::unpack(bytes(10)?)?,
    })
}
