//! The yardstick for messages: bodies and keys are written, and never asked for.

use std::path::Path;

use rusqlite::Connection;

use super::group::Group;
use crate::StoreError;

const SCHEMA: &str = "
CREATE TABLE body (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, data BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX body_id ON body (id);
CREATE TABLE key (key INTEGER NOT NULL, body INTEGER NOT NULL, PRIMARY KEY (key, body)) STRICT, WITHOUT ROWID;";

/// One message's rows.
#[derive(Debug, Default)]
pub struct Rows {
    /// Rows of a table of bodies, each also found by a unique id.
    pub bodies: Vec<([u8; 16], Vec<u8>)>,
    /// Rows of a table of search keys.
    pub keys: Vec<u64>,
}

/// A database that takes rows.
pub struct BareStore(Group<Rows>);

impl BareStore {
    /// Makes a database.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn open(path: &Path) -> Result<BareStore, StoreError> {
        Group::open(path, SCHEMA, write).map(BareStore)
    }

    /// Writes the rows of one message; ready when they are durable.
    ///
    /// # Errors
    /// When they could not be written.
    pub async fn insert(&self, rows: Rows) -> Result<(), StoreError> {
        self.0.write(rows).await
    }
}

fn write(connection: &Connection, rows: &Rows) -> rusqlite::Result<()> {
    let mut bodies = connection.prepare_cached("INSERT INTO body (id, data) VALUES (?1, ?2)")?;
    let mut keys = connection.prepare_cached("INSERT OR IGNORE INTO key (key, body) VALUES (?1, ?2)")?;
    let mut newest = 0;
    for (id, data) in &rows.bodies {
        newest = bodies.insert((id, data))?;
    }
    for key in &rows.keys {
        keys.execute((key.cast_signed(), newest))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::measure, BareStore, Rows};

    #[tokio::test]
    async fn what_was_inserted_is_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("bare.db");
        let store = BareStore::open(&path).expect("it opens");
        let rows_of = |id| Rows { bodies: vec![([id; 16], vec![1, 2])], keys: vec![1, u64::MAX] };
        store.insert(rows_of(1)).await.expect("it is written");
        store.insert(rows_of(2)).await.expect("it is written");
        assert_eq!(measure(&path).expect("it can be read").rows, 6);
        assert!(store.insert(rows_of(2)).await.is_err(), "an id stands once");
    }
}
