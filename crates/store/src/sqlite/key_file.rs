//! On which key file this database relies.

use baton_exchange::id::Home;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::fault;
use crate::{
    StoreError,
    seal::{Fingerprint, Keys, Kind, Owner, Proof, Sealed, Slot},
};

/// What is on record.
pub(super) fn recorded(connection: &Connection) -> Result<Option<Fingerprint>, StoreError> {
    const ASK: &str = "SELECT fingerprint FROM key_file";
    let bytes = connection.query_row(ASK, [], |row| row.get::<_, Vec<u8>>(0)).optional().map_err(fault)?;
    bytes.map(|bytes| Fingerprint::read(&bytes)).transpose()
}

/// Puts a file on record unless one is, and says which one is then.
pub(super) fn record(connection: &Connection, ours: Fingerprint) -> Result<Fingerprint, StoreError> {
    const INSERT: &str = "INSERT INTO key_file (place, fingerprint) VALUES (1, ?1) ON CONFLICT DO NOTHING";
    if let Some(recorded) = recorded(connection)? {
        return Ok(recorded);
    }
    connection.execute(INSERT, [ours.bytes()]).map_err(fault)?;
    recorded(connection)?.ok_or_else(|| StoreError::Bug("the fingerprint of the key file was not written".into()))
}

/// Whether the file is on record.
///
/// # Errors
///
/// `Corrupt` when another one is.
pub(super) fn is_on_record(connection: &Connection, keys: &Keys) -> Result<bool, StoreError> {
    match recorded(connection)? {
        Some(recorded) => keys.compare(recorded).map(|()| true),
        None => Ok(false),
    }
}

/// Puts the file of a database on record that has seals since before there was a record.
///
/// # Errors
///
/// `Corrupt` when it may be that of another database.
pub(super) fn adopt(connection: &Connection, keys: &Keys) -> Result<(), StoreError> {
    prove(connection, keys)?;
    keys.compare(record(connection, keys.fingerprint()?)?)
}

fn prove(connection: &Connection, keys: &Keys) -> Result<(), StoreError> {
    let mut select = connection.prepare("SELECT home, owner, slot FROM seal WHERE state = 'live'").map_err(fault)?;
    let mut rows = select.query([]).map_err(fault)?;
    let mut proof = Proof::begin(keys)?;
    while let Some(row) = rows.next().map_err(fault)? {
        let sealed = sealed(row).map_err(fault)?;
        if proof.may_open(&sealed)
            && let Some((kind, body)) = a_body(connection, &sealed)?
            && proof.opens(kind, sealed.owner, &body)?
        {
            return Ok(());
        }
    }
    proof.end()
}

fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    Ok(Sealed { home: Home(row.get(0)?), owner: Owner(row.get(1)?), slot: Slot(row.get(2)?) })
}

/// Any body of somebody, if there is one.
fn a_body(connection: &Connection, sealed: &Sealed) -> Result<Option<(Kind, Vec<u8>)>, StoreError> {
    const PARCEL: &str = "SELECT p.bodies FROM resource r
                          CROSS JOIN version v ON v.resource = r.seq AND v.version = r.current
                          CROSS JOIN parcel p ON p.seq = v.parcel
                          WHERE r.home = ?1 AND r.referral = ?2 LIMIT 1";
    const TRANSCRIPT: &str = "SELECT transcript FROM receipt WHERE home = ?1 AND referral = ?2 AND shared = 1 LIMIT 1";
    const ORPHAN: &str = "SELECT request FROM orphan WHERE home = ?1 AND id = ?2";
    for (kind, ask) in [(Kind::Parcel, PARCEL), (Kind::Transcript, TRANSCRIPT), (Kind::Orphan, ORPHAN)] {
        let mut statement = connection.prepare_cached(ask).map_err(fault)?;
        let body = statement.query_row(params![sealed.home.0, sealed.owner.0], |row| row.get(0)).optional();
        if let Some(body) = body.map_err(fault)? {
            return Ok(Some((kind, body)));
        }
    }
    Ok(None)
}
