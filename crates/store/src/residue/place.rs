//! A store in a folder that holds nothing else, and what the folder holds.

use std::path::{Path, PathBuf};

use baton_exchange::decision::Batch;
use rusqlite::Connection;
use tempfile::TempDir;

use super::sample::{self, home};
use crate::{
    Committed, Store, StoreError,
    seal::{Care, Keys, Owner, Slot, raw_key},
    sqlite::SqliteStore,
};

pub struct Place {
    root: PathBuf,
    /// Only of a folder of our own, which goes with it.
    _own: Option<TempDir>,
}

impl Place {
    pub fn new() -> Place {
        let own = tempfile::tempdir().unwrap();
        Place { root: own.path().to_owned(), _own: Some(own) }
    }

    /// In somebody else's folder.
    pub fn within(folder: &Path) -> Place {
        Place { root: folder.to_owned(), _own: None }
    }

    fn database(&self) -> PathBuf {
        self.root.join("baton.db")
    }

    /// A copy of the database as it is now, without its keys. The store must be closed.
    pub fn copy(&self) -> Vec<u8> {
        std::fs::read(self.database()).unwrap()
    }

    /// Puts such a copy in the place of the database, as one does after a disaster.
    pub fn restore(&self, copy: &[u8]) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.database().display()));
        }
        std::fs::write(self.database(), copy).unwrap();
    }

    pub fn keys(&self) -> PathBuf {
        self.root.join("baton.db.keys")
    }

    pub fn open(&self, care: Care) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(self.database(), Keys::at(self.keys(), care))
    }

    /// The canaries of which there is a trace.
    pub fn traces(&self) -> Vec<String> {
        let traces = sample::scanner().scan(&self.root).unwrap();
        traces.into_iter().map(|trace| format!("{trace:?}")).collect()
    }

    /// The canaries of which there is none.
    pub fn missing(&self) -> Vec<String> {
        sample::scanner().missing(&self.root).unwrap().into_iter().map(str::to_owned).collect()
    }

    /// The living key of somebody, as it is in the file.
    pub fn key_of(&self, owner: Owner) -> Option<Vec<u8>> {
        let ask = "SELECT slot FROM seal WHERE home = ?1 AND owner = ?2 AND state = 'live'";
        let connection = Connection::open(self.database()).unwrap();
        let slot = connection.query_row(ask, rusqlite::params![home().0, owner.0], |row| row.get(0)).ok()?;
        Some(raw_key(&self.keys(), Slot(slot)))
    }

    /// Whether a key is in any file.
    pub fn has(&self, key: &[u8]) -> bool {
        let scanner = baton_testkit::residue::Scanner::default().bytes("key", key);
        !scanner.scan(&self.root).unwrap().is_empty()
    }

    /// Makes the database one of an older version, which knows no fingerprint.
    pub fn forget_fingerprint(&self) {
        let connection = Connection::open(self.database()).unwrap();
        assert_eq!(connection.execute("DELETE FROM key_file", []).unwrap(), 1);
    }

    /// Whether the database knows its key file.
    pub fn has_fingerprint(&self) -> bool {
        let connection = Connection::open(self.database()).unwrap();
        connection.query_row("SELECT EXISTS (SELECT 1 FROM key_file)", [], |row| row.get(0)).unwrap()
    }

    /// How many keys the database knows.
    pub fn seals(&self) -> i64 {
        let connection = Connection::open(self.database()).unwrap();
        connection.query_row("SELECT count(*) FROM seal", [], |row| row.get(0)).unwrap()
    }
}

pub async fn commit(store: &impl Store, batch: Batch) {
    assert_eq!(store.commit(batch).await.unwrap(), Committed::Done);
}
