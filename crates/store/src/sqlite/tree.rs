//! The tree over the audit.

use baton_exchange::audit::{Checkpoint, Growth, Leaf, Redacted};
use rusqlite::{Connection, Row, params};

use super::{error::fault, group::Trouble};
use crate::{
    Committed, StoreError,
    tree::{CheckpointRow, join_peaks, leaf, number, numbered, personal},
};

/// The checkpoint of most lines.
pub(super) fn newest(connection: &Connection) -> Result<Option<Checkpoint>, StoreError> {
    const ASK: &str = "SELECT size, at, peaks, link, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query([]).map_err(fault)?;
    rows.next().map_err(fault)?.map(read).transpose()
}

/// Checkpoints of more lines than these.
pub(super) fn checkpoints(connection: &Connection, after: u64, limit: u32) -> Result<Vec<Checkpoint>, StoreError> {
    const ASK: &str = "SELECT size, at, peaks, link, note FROM audit_checkpoint WHERE size > ?1 ORDER BY size LIMIT ?2";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![number(after), limit]).map_err(fault)?;
    let mut checkpoints = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        checkpoints.push(read(row)?);
    }
    Ok(checkpoints)
}

/// Leaves after a number.
pub(super) fn leaves(connection: &Connection, after: u64, limit: u32) -> Result<Vec<(u64, Leaf)>, StoreError> {
    const ASK: &str =
        "SELECT number, hash, link, salt, withheld FROM audit_leaf WHERE number > ?1 ORDER BY number LIMIT ?2";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![number(after), limit]).map_err(fault)?;
    let mut leaves = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let bytes = |column: usize| row.get_ref(column).and_then(|it| Ok(it.as_blob()?)).map_err(fault);
        let withheld = row.get_ref(4).and_then(|it| Ok(it.as_blob_or_null()?)).map_err(fault)?;
        leaves.push(leaf(row.get(0).map_err(fault)?, [bytes(1)?, bytes(2)?], bytes(3)?, withheld)?);
    }
    Ok(leaves)
}

/// Adds leaves, and what was signed of the tree with them.
pub(super) fn grow(connection: &Connection, growth: &Growth) -> Result<Committed, Trouble> {
    const SIZE: &str = "SELECT coalesce(max(size), 0) FROM audit_checkpoint";
    let size: i64 = connection.prepare_cached(SIZE)?.query_row([], |row| row.get(0))?;
    if size != number(growth.from) {
        return Ok(Committed::Outdated);
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO audit_leaf (number, hash, link, salt, withheld) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (its, leaf) in numbered(growth) {
        let (salt, withheld) = personal(leaf);
        insert.execute(params![number(its), leaf.hash.0, leaf.link.0, salt, withheld])?;
    }
    if growth.takes_its_place() {
        connection.prepare_cached("DELETE FROM audit_checkpoint WHERE size = ?1")?.execute([size])?;
    }
    let Checkpoint { at, edge, link, note } = &growth.checkpoint;
    let put = "INSERT INTO audit_checkpoint (size, at, peaks, link, note) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(put)?.execute(params![number(edge.size()), at.0, join_peaks(edge), link.0, note])?;
    Ok(Committed::Done)
}

/// Drops what is personal in lines, each of which must still have it.
pub(super) fn redact(connection: &Connection, lines: &[Redacted]) -> Result<(), Trouble> {
    let mut leaf = connection
        .prepare_cached("UPDATE audit_leaf SET salt = x'', withheld = ?2 WHERE number = ?1 AND withheld IS NULL")?;
    let mut line =
        connection.prepare_cached("UPDATE audit SET request_id = '', subject = NULL, sealed = NULL WHERE seq = ?1")?;
    for Redacted { number: its, withheld } in lines {
        let changed = leaf.execute(params![number(*its), withheld.0])?;
        if changed != 1 || line.execute([number(*its)])? != 1 {
            return Err(Trouble::Conflict);
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Checkpoint, StoreError> {
    let bytes = |column: usize| row.get_ref(column).and_then(|it| Ok(it.as_blob()?)).map_err(fault);
    let note: String = row.get(4).map_err(fault)?;
    CheckpointRow {
        size: row.get(0).map_err(fault)?,
        at: row.get(1).map_err(fault)?,
        peaks: bytes(2)?,
        link: bytes(3)?,
        note: &note,
    }
    .read()
}
