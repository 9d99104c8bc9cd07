//! The tree over the audit.

use baton_exchange::audit::{Checkpoint, Growth, Leaf, Redacted};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::{
    audit::LOCK,
    commit::{ask, execute},
    error::{Trouble, fault},
};
use crate::{
    Committed, StoreError,
    tree::{CheckpointRow, join_peaks, leaf, number, numbered, personal},
};

const NEWEST: &str = "SELECT size, at, peaks, link, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1";
const CHECKPOINTS: &str =
    "SELECT size, at, peaks, link, note FROM audit_checkpoint WHERE size > $1 ORDER BY size LIMIT $2";
const LEAVES: &str =
    "SELECT number, hash, link, salt, withheld FROM audit_leaf WHERE number > $1 ORDER BY number LIMIT $2";
const ADD: &str = "INSERT INTO audit_leaf (number, hash, link, salt, withheld)
                   SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])";
const REDACT_LEAVES: &str =
    "UPDATE audit_leaf l SET salt = '', withheld = r.withheld FROM unnest($1::bigint[], $2::bytea[]) AS r(number, withheld)
     WHERE l.number = r.number AND l.withheld IS NULL";
const REDACT_LINES: &str = "UPDATE audit SET request_id = '', subject = NULL, sealed = NULL WHERE number = ANY($1)";
const PUT: &str = "INSERT INTO audit_checkpoint (size, at, peaks, link, note) VALUES ($1, $2, $3, $4, $5)";

pub(super) const PREPARED: &[&str] = &[REDACT_LEAVES, REDACT_LINES];

/// The checkpoint of most lines.
pub(super) async fn newest(connection: &Object) -> Result<Option<Checkpoint>, StoreError> {
    ask(connection, NEWEST, &[]).await?.first().map(read).transpose()
}

/// Checkpoints of more lines than these.
pub(super) async fn checkpoints(connection: &Object, after: u64, limit: u32) -> Result<Vec<Checkpoint>, StoreError> {
    ask(connection, CHECKPOINTS, &[&number(after), &i64::from(limit)]).await?.iter().map(read).collect()
}

/// Leaves after a number.
pub(super) async fn leaves(connection: &Object, after: u64, limit: u32) -> Result<Vec<(u64, Leaf)>, StoreError> {
    let rows = ask(connection, LEAVES, &[&number(after), &i64::from(limit)]).await?;
    let read = |row: &Row| {
        let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
        let withheld = row.try_get::<_, Option<&[u8]>>(4).map_err(fault)?;
        leaf(row.try_get(0).map_err(fault)?, [bytes(1)?, bytes(2)?], bytes(3)?, withheld)
    };
    rows.iter().map(read).collect()
}

/// Adds leaves, and what was signed of the tree with them. It takes the lock under which lines get their numbers, so that of
/// several processes one grows the tree.
pub(super) async fn grow(connection: &mut Object, growth: &Growth) -> Result<Committed, StoreError> {
    try_grow(connection, growth).await.map_err(fault)
}

async fn try_grow(connection: &mut Object, growth: &Growth) -> Result<Committed, tokio_postgres::Error> {
    let transaction = connection.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    let newest = "SELECT coalesce(max(size), 0) FROM audit_checkpoint";
    let size: i64 = transaction.query_one(newest, &[]).await?.try_get(0)?;
    if size != number(growth.from) {
        return Ok(Committed::Outdated);
    }
    let (mut numbers, mut hashes, mut links) = (Vec::new(), Vec::new(), Vec::new());
    let (mut salts, mut withheld) = (Vec::new(), Vec::new());
    for (its, leaf) in numbered(growth) {
        numbers.push(number(its));
        hashes.push(&leaf.hash.0[..]);
        links.push(&leaf.link.0[..]);
        let (salt, dropped) = personal(leaf);
        salts.push(salt);
        withheld.push(dropped);
    }
    transaction.execute(ADD, &[&numbers, &hashes, &links, &salts, &withheld]).await?;
    if growth.takes_its_place() {
        transaction.execute("DELETE FROM audit_checkpoint WHERE size = $1", &[&size]).await?;
    }
    let Checkpoint { at, edge, link, note } = &growth.checkpoint;
    let values = [&number(edge.size()) as _, &at.0 as _, &join_peaks(edge) as _, &&link.0[..] as _, note as _];
    transaction.execute(PUT, &values).await?;
    transaction.commit().await?;
    Ok(Committed::Done)
}

/// Drops what is personal in lines, each of which must still have it.
pub(super) async fn redact(transaction: &Transaction<'_>, lines: &[Redacted]) -> Result<(), Trouble> {
    let numbers: Vec<i64> = lines.iter().map(|line| number(line.number)).collect();
    let withheld: Vec<&[u8]> = lines.iter().map(|line| &line.withheld.0[..]).collect();
    let leaves = execute(transaction, REDACT_LEAVES, &[&numbers, &withheld]).await?;
    let changed = execute(transaction, REDACT_LINES, &[&numbers]).await?;
    if (leaves, changed) == (lines.len() as u64, lines.len() as u64) { Ok(()) } else { Err(Trouble::Outdated) }
}

fn read(row: &Row) -> Result<Checkpoint, StoreError> {
    CheckpointRow {
        size: row.try_get(0).map_err(fault)?,
        at: row.try_get(1).map_err(fault)?,
        peaks: row.try_get(2).map_err(fault)?,
        link: row.try_get(3).map_err(fault)?,
        note: row.try_get(4).map_err(fault)?,
    }
    .read()
}
