//! New stores for tests.

use std::{path::PathBuf, sync::Arc};

use baton_store::Store;
use tempfile::TempDir;

/// A folder for one database.
pub struct SqliteFile {
    folder: TempDir,
}

impl SqliteFile {
    pub fn new() -> SqliteFile {
        SqliteFile { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("baton.db")
    }

    pub async fn open(&self) -> Arc<dyn Store> {
        baton_store::open(&format!("sqlite:{}", self.path().display())).await.unwrap()
    }
}
