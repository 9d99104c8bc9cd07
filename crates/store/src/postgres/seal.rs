//! Whose key is where, and which keys are to be destroyed.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use baton_exchange::id::Home;
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::{
    commit::{ask, cause, execute, query},
    error::{Trouble, fault},
    key_file,
    pipeline::{Step, all},
};
use crate::{
    Keyless, StoreError,
    column::{count, id},
    seal::{Keys, Owner, Seals, Slot},
};

const INSERT: &str = "INSERT INTO seal (home, slot, owner, state) VALUES ($1, $2, $3, 'live')";
/// Locks the row: whoever retires the key waits until this commit has ended, and then clears what it wrote; or was first, and
/// then there is no such row.
const HOLD: &str = "SELECT 1 FROM seal WHERE home = $1 AND slot = $2 AND state = 'live' FOR SHARE";
const RETIRE: &str = "UPDATE seal SET state = 'erased' WHERE home = $1 AND owner = $2 AND state = 'live'";
const FIND: &str = "SELECT owner, slot FROM seal WHERE home = $1 AND owner = ANY($2) AND state = 'live'";
const LIVE: &str = "SELECT home, owner, slot FROM seal WHERE state = 'live'";
const LAST: &str = "SELECT coalesce(max(slot) + 1, 0) FROM seal";
const ERASED: &str = "SELECT slot, home FROM seal WHERE state = 'erased'";
const FORGET: &str = "DELETE FROM seal WHERE home = ANY($1) AND slot = ANY($2) AND state = 'erased'";

pub(super) const PREPARED: &[&str] = &[INSERT, HOLD, RETIRE, ERASED];

/// Retires, holds and gives keys, in this order.
pub(super) async fn put(transaction: &Transaction<'_>, home: Home, seals: &Seals) -> Result<(), Trouble> {
    let mut steps: Vec<Step<'_, Result<(), Trouble>>> = Vec::new();
    for owner in &seals.retired {
        steps.push(Box::pin(retire(transaction, home, *owner)));
    }
    for (_, slot) in &seals.kept {
        steps.push(Box::pin(hold(transaction, home, *slot)));
    }
    for (owner, slot) in &seals.put {
        steps.push(Box::pin(insert(transaction, home, *owner, *slot)));
    }
    cause(all(steps).await)
}

/// Has the key of somebody destroyed after the commit.
async fn retire(transaction: &Transaction<'_>, home: Home, owner: Owner) -> Result<(), Trouble> {
    execute(transaction, RETIRE, &[&home.0, &owner.0.as_slice()]).await.map(drop)
}

async fn hold(transaction: &Transaction<'_>, home: Home, slot: Slot) -> Result<(), Trouble> {
    let held = query(transaction, HOLD, &[&home.0, &i64::from(slot.0)]).await?;
    if held.is_empty() { Err(Trouble::Outdated) } else { Ok(()) }
}

async fn insert(transaction: &Transaction<'_>, home: Home, owner: Owner, slot: Slot) -> Result<(), Trouble> {
    execute(transaction, INSERT, &[&home.0, &i64::from(slot.0), &owner.0.as_slice()]).await.map(drop)
}

/// The keys of those who have one.
pub(super) async fn find(
    connection: &Object,
    home: Home,
    owners: &BTreeSet<Owner>,
) -> Result<BTreeMap<Owner, Slot>, StoreError> {
    let owners: Vec<&[u8]> = owners.iter().map(|owner| owner.0.as_slice()).collect();
    let rows = ask(connection, FIND, &[&home.0, &owners]).await?;
    rows.iter().map(|row| Ok((Owner(id(row.try_get(0).map_err(fault)?)?), slot(row, 1)?))).collect()
}

/// Keys that are to be destroyed, by whichever process they were retired.
#[derive(Default)]
pub(super) struct Retired {
    homes: Vec<i64>,
    slots: Vec<Slot>,
}

impl Retired {
    fn of(rows: &[Row]) -> Result<Retired, StoreError> {
        Ok(Retired {
            homes: rows.iter().map(|row| row.try_get(1)).collect::<Result<_, _>>().map_err(fault)?,
            slots: rows.iter().map(|row| slot(row, 0)).collect::<Result<_, _>>()?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}

/// What a transaction will have retired when it is committed, and what others left.
pub(super) async fn retired(transaction: &Transaction<'_>) -> Result<Retired, Trouble> {
    Ok(Retired::of(&query(transaction, ERASED, &[]).await?)?)
}

/// Destroys keys, and forgets then where they were.
///
/// # Errors
///
/// `Unavailable` when they cannot be destroyed.
pub(super) async fn destroy(connection: &Object, keys: &Arc<Keys>, retired: Retired) -> Result<(), StoreError> {
    let numbers: Vec<i64> = retired.slots.iter().map(|slot| i64::from(slot.0)).collect();
    let keys = Arc::clone(keys);
    let destroyed = tokio::task::spawn_blocking(move || keys.destroy(&retired.slots)).await;
    destroyed.map_err(|_| StoreError::Bug("the destroying of keys did not end".into()))??;
    if let Err(error) = ask(connection, FORGET, &[&retired.homes, &numbers]).await {
        // They are destroyed once more, and then forgotten.
        tracing::warn!("where destroyed keys were could not be forgotten yet: {error}");
    }
    Ok(())
}

/// Compares the key file with what the database says of it, and finishes what a crash may have left: keys that were to be destroyed
/// and may be there still. Before anything is served.
///
/// # Errors
///
/// `Corrupt` when the key file is that of another database or keys are missing on which this one relies, `Unavailable` when they
/// cannot be destroyed.
pub(super) async fn finish(connection: &Object, keys: &Arc<Keys>) -> Result<(), StoreError> {
    let is_on_record = key_file::is_on_record(connection, keys).await?;
    let rows = ask(connection, LAST, &[]).await?;
    let slots = count(rows.first().map_or(Ok(0), |row| row.try_get(0)).map_err(fault)?)?;
    keys.check(slots)?;
    if !is_on_record && slots > 0 {
        key_file::adopt(connection, keys).await?;
    }
    let retired = Retired::of(&ask(connection, ERASED, &[]).await?)?;
    if retired.is_empty() { Ok(()) } else { destroy(connection, keys, retired).await }
}

/// Who stands here as alive and has no key any more.
pub(super) async fn keyless(connection: &Object, keys: &Arc<Keys>) -> Result<Vec<Keyless>, StoreError> {
    // The keys first: one that is destroyed after this look was retired in the database before.
    let destroyed = keys.destroyed()?;
    // Nobody is called keyless by a file that is not this database's.
    if destroyed.is_empty() || !key_file::is_on_record(connection, keys).await? {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for row in &ask(connection, LIVE, &[]).await? {
        if destroyed.contains(&slot(row, 2)?) {
            let owner: &[u8] = row.try_get(1).map_err(fault)?;
            found.push(Keyless { home: Home(row.try_get(0).map_err(fault)?), id: id(owner)? });
        }
    }
    Ok(found)
}

fn slot(row: &Row, column: usize) -> Result<Slot, StoreError> {
    count(row.try_get(column).map_err(fault)?).map(Slot)
}
