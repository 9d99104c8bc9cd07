//! Tickets, by their hash.

use baton_exchange::{
    access::{Family, Ticket, TicketKey},
    time::Timestamp,
};
use deadpool_postgres::{Object, Transaction};

use super::{
    commit::{ask, execute},
    error::{Trouble, fault},
};
use crate::{
    StoreError,
    batch::FORGET_MAX,
    column::{count, id},
};

const INSERT: &str = "INSERT INTO ticket (key, version, family, body, expires) VALUES ($1, $2, $3, $4, $5)
                      ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE ticket SET version = $2::bigint, family = $3, body = $4, expires = $5
                      WHERE key = $1 AND version = $2::bigint - 1";
const DELETE_FAMILY: &str = "DELETE FROM ticket WHERE family = $1";
const DELETE_EXPIRED: &str =
    "DELETE FROM ticket WHERE key IN (SELECT key FROM ticket WHERE expires <= $1 ORDER BY expires LIMIT $2)";
const FIND: &str = "SELECT version, family, body, expires FROM ticket WHERE key = $1";

pub(super) const PREPARED: &[&str] = &[INSERT, UPDATE, DELETE_FAMILY, DELETE_EXPIRED];

/// Outdated when the ticket is there already, or is not at the version before.
pub(super) async fn put(transaction: &Transaction<'_>, ticket: &Ticket) -> Result<(), Trouble> {
    let Ticket { key, version, family, body, expires } = ticket;
    let sql = if *version == 1 { INSERT } else { UPDATE };
    let (version, family) = (i64::from(*version), family.as_ref().map(|family| family.0.as_slice()));
    let values = [&key.0.as_slice() as _, &version as _, &family as _, &body.as_slice() as _, &expires.0 as _];
    if execute(transaction, sql, &values).await? == 0 { Err(Trouble::Outdated) } else { Ok(()) }
}

pub(super) async fn end_family(transaction: &Transaction<'_>, family: Family) -> Result<(), Trouble> {
    execute(transaction, DELETE_FAMILY, &[&family.0.as_slice()]).await.map(drop)
}

pub(super) async fn forget_expired(transaction: &Transaction<'_>, before: Timestamp) -> Result<(), Trouble> {
    execute(transaction, DELETE_EXPIRED, &[&before.0, &(FORGET_MAX as i64)]).await.map(drop)
}

/// The ticket with this hash, expired or not.
pub(super) async fn find(connection: &Object, key: TicketKey) -> Result<Option<Ticket>, StoreError> {
    let rows = ask(connection, FIND, &[&key.0.as_slice()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let family = row.try_get::<_, Option<&[u8]>>(1).map_err(fault)?;
    Ok(Some(Ticket {
        key,
        version: count(row.try_get(0).map_err(fault)?)?,
        family: family.map(id).transpose()?.map(Family),
        body: row.try_get(2).map_err(fault)?,
        expires: Timestamp(row.try_get(3).map_err(fault)?),
    }))
}
