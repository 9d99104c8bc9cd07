//! Pointers: one row each, in its newest version.

use baton_exchange::{
    id::Home,
    pointer::{MasterKey, Pointer, PointerId, PointerName, SubjectKey},
    time::Timestamp,
};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::{
    commit::{ask, execute, query},
    error::{Trouble, fault},
};
use crate::{
    StoreError, codec,
    column::{count, id as as_id, ods, pointer_state},
};

const FIND_MASTER: &str = "SELECT 1 FROM pointer WHERE home = $1 AND subject = $2 AND master = $3";
/// Locks the row: a change that comes second waits, and then sees another version.
const FIND_VERSION: &str = "SELECT 1 FROM pointer WHERE home = $1 AND id = $2 AND version = $3 FOR NO KEY UPDATE";
const INSERT: &str =
    "INSERT INTO pointer (home, id, subject, custodian, type, master, state, version, created, updated, body)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $11, $8, $9, $10)";
const UPDATE: &str = "UPDATE pointer SET state = $3, version = $4::bigint, updated = $5, body = $6
                      WHERE home = $1 AND id = $2 AND version = $4::bigint - 1";

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

/// Of a pointer `p`, to be read with [`read`].
macro_rules! columns {
    () => {
        "p.home, p.id, p.subject, p.custodian, p.type, p.master, p.state, p.version, p.created, p.updated, p.body"
    };
}

pub(super) use columns;

/// The pointers with these names. One statement, so one snapshot. The limits make it look each name up, however small the
/// table was when the statement was planned.
pub(super) async fn by_names(connection: &Object, names: &[PointerName]) -> Result<Vec<Option<Pointer>>, StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        columns!(),
        ", n.number
         FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS n (number, home, id)
         CROSS JOIN LATERAL (SELECT * FROM pointer WHERE home = n.home AND id = n.id LIMIT 1) p
         UNION ALL
         SELECT ",
        columns!(),
        ", n.number
         FROM unnest($4::bigint[], $5::bigint[], $6::bytea[], $7::bytea[]) AS n (number, home, subject, master)
         CROSS JOIN LATERAL (SELECT * FROM pointer
                             WHERE home = n.home AND subject = n.subject AND master = n.master LIMIT 1) p"
    );
    let numbered = || (0_i64..).zip(names);
    let by_id = numbered().filter_map(|(number, name)| match name {
        PointerName::Id { home, id } => Some((number, (home.0, id.0.as_slice()))),
        PointerName::Master { .. } => None,
    });
    let by_master = numbered().filter_map(|(number, name)| match name {
        PointerName::Id { .. } => None,
        PointerName::Master { home, subject, master } => {
            Some((number, (home.0, (subject.0.as_slice(), master.0.as_slice()))))
        }
    });
    let (id_numbers, (id_homes, ids)): (Vec<_>, (Vec<_>, Vec<_>)) = by_id.unzip();
    let (numbers, (homes, (subjects, masters))): (Vec<_>, (Vec<_>, (Vec<_>, Vec<_>))) = by_master.unzip();
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

/// Reads [`columns`].
pub(super) fn read(row: &Row) -> Result<Pointer, StoreError> {
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
