//! The tree over the audit.

use baton_exchange::audit::{Checkpoint, Growth, Leaf};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{audit::LOCK, commit::ask, error::fault};
use crate::{
    Committed, StoreError,
    tree::{CheckpointRow, join_peaks, leaf, number, numbered},
};

const NEWEST: &str = "SELECT size, at, peaks, link, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1";
const CHECKPOINTS: &str =
    "SELECT size, at, peaks, link, note FROM audit_checkpoint WHERE size > $1 ORDER BY size LIMIT $2";
const LEAVES: &str = "SELECT number, hash, link, salt FROM audit_leaf WHERE number > $1 ORDER BY number LIMIT $2";
const ADD: &str = "INSERT INTO audit_leaf (number, hash, link, salt)
                   SELECT * FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bytea[])";
const PUT: &str = "INSERT INTO audit_checkpoint (size, at, peaks, link, note) VALUES ($1, $2, $3, $4, $5)";

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
        leaf(row.try_get(0).map_err(fault)?, [bytes(1)?, bytes(2)?], bytes(3)?)
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
    let (mut numbers, mut hashes, mut links, mut salts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (its, Leaf { hash, link, salt }) in numbered(growth) {
        numbers.push(number(its));
        hashes.push(&hash.0[..]);
        links.push(&link.0[..]);
        salts.push(&salt.0[..]);
    }
    transaction.execute(ADD, &[&numbers, &hashes, &links, &salts]).await?;
    if growth.takes_its_place() {
        transaction.execute("DELETE FROM audit_checkpoint WHERE size = $1", &[&size]).await?;
    }
    let Checkpoint { at, edge, link, note } = &growth.checkpoint;
    let values = [&number(edge.size()) as _, &at.0 as _, &join_peaks(edge) as _, &&link.0[..] as _, note as _];
    transaction.execute(PUT, &values).await?;
    transaction.commit().await?;
    Ok(Committed::Done)
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
