//! On which key file this database relies, whichever of its processes was the first to say so.

use baton_exchange::id::Home;
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{commit::ask, error::fault};
use crate::{
    StoreError,
    column::{count, id},
    seal::{Fingerprint, Keys, Kind, Owner, Proof, Sealed, Slot},
};

/// What is on record.
pub(super) async fn recorded(connection: &Object) -> Result<Option<Fingerprint>, StoreError> {
    let rows = ask(connection, "SELECT fingerprint FROM key_file", &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Fingerprint::read(row.try_get(0).map_err(fault)?).map(Some)
}

/// Puts a file on record unless one is, and says which one is then. Of several processes that do it at once one is the first, and
/// the others see what it wrote.
pub(super) async fn record(connection: &Object, ours: Fingerprint) -> Result<Fingerprint, StoreError> {
    const INSERT: &str = "INSERT INTO key_file (place, fingerprint) VALUES (1, $1) ON CONFLICT DO NOTHING";
    if let Some(recorded) = recorded(connection).await? {
        return Ok(recorded);
    }
    ask(connection, INSERT, &[&ours.bytes()]).await?;
    let recorded = recorded(connection).await?;
    recorded.ok_or_else(|| StoreError::Bug("the fingerprint of the key file was not written".into()))
}

/// Whether the file is on record.
///
/// # Errors
///
/// `Corrupt` when another one is.
pub(super) async fn is_on_record(connection: &Object, keys: &Keys) -> Result<bool, StoreError> {
    match recorded(connection).await? {
        Some(recorded) => keys.compare(recorded).map(|()| true),
        None => Ok(false),
    }
}

/// Puts the file of a database on record that has seals since before there was a record.
///
/// # Errors
///
/// `Corrupt` when it may be that of another database.
pub(super) async fn adopt(connection: &Object, keys: &Keys) -> Result<(), StoreError> {
    prove(connection, keys).await?;
    keys.compare(record(connection, keys.fingerprint()?).await?)
}

async fn prove(connection: &Object, keys: &Keys) -> Result<(), StoreError> {
    let mut proof = Proof::begin(keys)?;
    for row in ask(connection, "SELECT home, owner, slot FROM seal WHERE state = 'live'", &[]).await? {
        let sealed = sealed(&row)?;
        if proof.may_open(&sealed)
            && let Some((kind, body)) = a_body(connection, &sealed).await?
            && proof.opens(kind, sealed.owner, &body)?
        {
            return Ok(());
        }
    }
    proof.end()
}

fn sealed(row: &Row) -> Result<Sealed, StoreError> {
    let home = Home(row.try_get(0).map_err(fault)?);
    let owner = Owner(id(row.try_get(1).map_err(fault)?)?);
    Ok(Sealed { home, owner, slot: Slot(count(row.try_get(2).map_err(fault)?)?) })
}

/// Any body of somebody, if there is one.
async fn a_body(connection: &Object, sealed: &Sealed) -> Result<Option<(Kind, Vec<u8>)>, StoreError> {
    const PARCEL: &str = "SELECT p.bodies FROM resource r
                          JOIN version v ON v.home = r.home AND v.resource = r.seq AND v.version = r.current
                          JOIN parcel p ON p.home = v.home AND p.seq = v.parcel
                          WHERE r.home = $1 AND r.referral = $2 LIMIT 1";
    const TRANSCRIPT: &str = "SELECT transcript FROM receipt WHERE home = $1 AND referral = $2 AND shared LIMIT 1";
    const ORPHAN: &str = "SELECT request FROM orphan WHERE home = $1 AND id = $2";
    for (kind, words) in [(Kind::Parcel, PARCEL), (Kind::Transcript, TRANSCRIPT), (Kind::Orphan, ORPHAN)] {
        let rows = ask(connection, words, &[&sealed.home.0, &sealed.owner.0.as_slice()]).await?;
        if let Some(row) = rows.first() {
            return Ok(Some((kind, row.try_get(0).map_err(fault)?)));
        }
    }
    Ok(None)
}
