//! The yardstick of the benchmark: rows into SQLite with the store's durability and group commit, and nothing else.
//!
//! It is here because SQL is nowhere else. No question is asked of it and nothing is checked: what a store costs more than this
//! is the price of its promises.

use std::{path::Path, sync::mpsc, thread};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::oneshot;

use crate::{
    StoreError,
    sqlite::{LOG_PAGES_MAX, PAGE_BYTES, WRITER_CACHE_KIB},
};

/// How many batches are written in one transaction at most; as the store has it.
const GROUP_MAX: usize = 256;

/// One message's rows.
#[derive(Debug, Default)]
pub struct Rows {
    /// Rows of a table of bodies, each also found by a unique id.
    pub bodies: Vec<([u8; 16], Vec<u8>)>,
    /// Rows of a table of search keys.
    pub keys: Vec<u64>,
}

struct Job {
    rows: Rows,
    done: oneshot::Sender<bool>,
}

/// A database that takes rows.
pub struct BareStore {
    queue: mpsc::Sender<Job>,
}

impl BareStore {
    /// Makes a database with the store's settings: page size, write-ahead log, full durability.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn open(path: &Path) -> Result<BareStore, StoreError> {
        let unavailable = |error: rusqlite::Error| StoreError::Unavailable(error.to_string());
        let connection = Connection::open(path).map_err(unavailable)?;
        // the store's own numbers, so that the two cannot drift apart
        connection
            .execute_batch(&format!(
                "PRAGMA page_size = {PAGE_BYTES};
                 PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 PRAGMA cache_size = -{WRITER_CACHE_KIB};
                 PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX};
                 CREATE TABLE body (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, data BLOB NOT NULL) STRICT;
                 CREATE UNIQUE INDEX body_id ON body (id);
                 CREATE TABLE key (key INTEGER NOT NULL, body INTEGER NOT NULL, PRIMARY KEY (key, body)) STRICT, WITHOUT ROWID;",
            ))
            .map_err(unavailable)?;
        let (queue, jobs) = mpsc::channel();
        let writer = thread::Builder::new().name("bare-writer".into());
        let started = writer.spawn(move || write_all(&connection, &jobs));
        started.map_err(|_| StoreError::Unavailable("no thread can be started".into()))?;
        Ok(BareStore { queue })
    }

    /// Writes the rows of one message; ready when they are durable.
    ///
    /// # Errors
    /// When they could not be written.
    pub async fn insert(&self, rows: Rows) -> Result<(), StoreError> {
        let (done, durable) = oneshot::channel();
        let failed = || StoreError::Unavailable("the rows could not be written".into());
        self.queue.send(Job { rows, done }).map_err(|_| failed())?;
        if durable.await == Ok(true) { Ok(()) } else { Err(failed()) }
    }
}

fn write_all(connection: &Connection, jobs: &mpsc::Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(GROUP_MAX - 1));
        let is_written = write_group(connection, &group).is_ok();
        for job in group {
            // the other side may have gone away
            let _ = job.done.send(is_written);
        }
    }
}

fn write_group(connection: &Connection, group: &[Job]) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let mut bodies = connection.prepare_cached("INSERT INTO body (id, data) VALUES (?1, ?2)")?;
    let mut keys = connection.prepare_cached("INSERT OR IGNORE INTO key (key, body) VALUES (?1, ?2)")?;
    for job in group {
        let mut newest = 0;
        for (id, data) in &job.rows.bodies {
            newest = bodies.insert((id, data))?;
        }
        for key in &job.rows.keys {
            keys.execute((key.cast_signed(), newest))?;
        }
    }
    connection.prepare_cached("COMMIT")?.execute([]).map(drop)
}

/// How large a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Rows in all tables.
    pub rows: u64,
    /// Bytes, what is still in the write-ahead log among them.
    pub bytes: u64,
}

/// Looks how large a database is.
///
/// # Errors
/// When it cannot be read.
pub fn measure(path: &Path) -> Result<Measured, StoreError> {
    let measured = || -> rusqlite::Result<Measured> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
        let names: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut rows = 0;
        for name in names {
            rows += connection.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| {
                row.get::<_, u32>(0).map(u64::from)
            })?;
        }
        let pages = connection.pragma_query_value(None, "page_count", |row| row.get::<_, u32>(0))?;
        let page = connection.pragma_query_value(None, "page_size", |row| row.get::<_, u32>(0))?;
        Ok(Measured { rows, bytes: u64::from(pages) * u64::from(page) })
    };
    measured().map_err(|error| StoreError::Unavailable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{BareStore, Rows, measure};

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
