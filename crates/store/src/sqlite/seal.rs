//! Whose key is where, and which keys are to be destroyed.

use std::collections::{BTreeMap, BTreeSet};

use baton_exchange::id::Home;
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::{
    error::fault,
    group::{Trouble, conflict_or_trouble},
    key_file,
};
use crate::{
    Keyless, StoreError,
    column::count,
    seal::{Keys, Owner, Seals, Slot},
};

/// The statements of the writer.
pub(super) struct SealTable<'c> {
    insert: Statement<'c>,
    is_live: Statement<'c>,
    retire: Statement<'c>,
    select_erased: Statement<'c>,
    delete: Statement<'c>,
    /// Whose keys are gone, and whose rows may go with the next transaction.
    destroyed: Vec<Slot>,
}

impl<'c> SealTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<SealTable<'c>> {
        Ok(SealTable {
            insert: connection.prepare("INSERT INTO seal (slot, home, owner, state) VALUES (?1, ?2, ?3, 'live')")?,
            is_live: connection
                .prepare("SELECT EXISTS (SELECT 1 FROM seal WHERE slot = ?1 AND home = ?2 AND state = 'live')")?,
            retire: connection
                .prepare("UPDATE seal SET state = 'erased' WHERE home = ?1 AND owner = ?2 AND state = 'live'")?,
            select_erased: connection.prepare("SELECT slot FROM seal WHERE state = 'erased'")?,
            delete: connection.prepare("DELETE FROM seal WHERE slot = ?1")?,
            destroyed: Vec::new(),
        })
    }

    /// A conflict is a key that was retired meanwhile, or one that another commit was first to give.
    pub(super) fn put(&mut self, home: Home, seals: &Seals) -> Result<(), Trouble> {
        for owner in &seals.retired {
            self.retire(home, *owner)?;
        }
        for (_, slot) in &seals.kept {
            if !self.is_live.query_row(params![slot.0, home.0], |row| row.get::<_, bool>(0))? {
                return Err(Trouble::Conflict);
            }
        }
        for (owner, slot) in &seals.put {
            self.insert.execute(params![slot.0, home.0, owner.0]).map_err(conflict_or_trouble)?;
        }
        Ok(())
    }

    /// Has the key of somebody destroyed after the commit.
    pub(super) fn retire(&mut self, home: Home, owner: Owner) -> Result<(), Trouble> {
        self.retire.execute(params![home.0, owner.0])?;
        Ok(())
    }

    /// To be called after a commit that may have retired keys, and before it is answered.
    pub(super) fn destroy_retired(&mut self, keys: &Keys) -> Result<(), StoreError> {
        let slots = erased(&mut self.select_erased)?;
        if keys.care().destroys_keys() {
            keys.destroy(&slots)?;
            self.destroyed = slots;
        }
        Ok(())
    }

    /// To be called in each transaction: rows of keys that are gone are of no use.
    pub(super) fn forget_destroyed(&mut self) -> rusqlite::Result<()> {
        for slot in &self.destroyed {
            self.delete.execute([slot.0])?;
        }
        Ok(())
    }

    /// To be called when such a transaction was committed.
    pub(super) fn is_forgotten(&mut self) {
        self.destroyed.clear();
    }
}

/// Compares the key file with what the database says of it, and finishes what a crash may have left: keys that were to be destroyed
/// and may be there still. Before anything is served.
///
/// # Errors
///
/// `Corrupt` when the key file is that of another database or keys are missing on which this one relies, `Unavailable` when they
/// cannot be destroyed.
pub(super) fn finish(connection: &Connection, keys: &Keys) -> Result<(), StoreError> {
    const LAST: &str = "SELECT coalesce(max(slot) + 1, 0) FROM seal";
    let is_on_record = key_file::is_on_record(connection, keys)?;
    let slots = count(connection.query_row(LAST, [], |row| row.get(0)).map_err(fault)?)?;
    keys.check(slots)?;
    if !is_on_record && slots > 0 {
        key_file::adopt(connection, keys)?;
    }
    let mut select = connection.prepare("SELECT slot FROM seal WHERE state = 'erased'").map_err(fault)?;
    let slots = erased(&mut select)?;
    if slots.is_empty() || !keys.care().destroys_keys() {
        return Ok(());
    }
    keys.destroy(&slots)?;
    connection.execute("DELETE FROM seal WHERE state = 'erased'", []).map_err(fault)?;
    // What the crash left in the log is older than the clearing.
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(fault)
}

/// The keys of those who have one.
pub(super) fn find(
    connection: &Connection,
    home: Home,
    owners: &BTreeSet<Owner>,
) -> Result<BTreeMap<Owner, Slot>, StoreError> {
    const ASK: &str = "SELECT slot FROM seal WHERE home = ?1 AND owner = ?2 AND state = 'live'";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut found = BTreeMap::new();
    for owner in owners {
        let slot = statement.query_row(params![home.0, owner.0], |row| row.get(0)).optional().map_err(fault)?;
        found.extend(slot.map(|slot| (*owner, Slot(slot))));
    }
    Ok(found)
}

/// Who stands here as alive and has no key any more.
pub(super) fn keyless(connection: &Connection, keys: &Keys) -> Result<Vec<Keyless>, StoreError> {
    const LIVE: &str = "SELECT home, owner, slot FROM seal WHERE state = 'live'";
    // The keys first: one that is destroyed after this look was retired in the database before.
    let destroyed = keys.destroyed()?;
    // Nobody is called keyless by a file that is not this database's.
    if destroyed.is_empty() || !key_file::is_on_record(connection, keys)? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare(LIVE).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        if destroyed.contains(&Slot(row.get(2).map_err(fault)?)) {
            found.push(Keyless { home: Home(row.get(0).map_err(fault)?), id: row.get(1).map_err(fault)? });
        }
    }
    Ok(found)
}

fn erased(select: &mut Statement<'_>) -> Result<Vec<Slot>, StoreError> {
    let slots = select.query_map([], |row| row.get(0).map(Slot)).map_err(fault)?;
    slots.collect::<Result<_, _>>().map_err(fault)
}
