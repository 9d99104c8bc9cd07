//! From a URL to a store.

use std::{path::PathBuf, sync::Arc};

use crate::{Store, StoreError, postgres::PostgresStore, sqlite::SqliteStore};

/// Opens the store that a URL names, makes what is not there yet, and brings it up to date.
///
/// - `sqlite:PATH`: one file, relative to the current folder. Its folder must exist.
/// - `postgres://user:password@host/database`: a database that exists. The connection is not encrypted yet, so it should
///   stay on one machine or in a private network; a URL with `sslmode=require` is refused.
///
/// # Errors
///
/// `Unavailable` when the URL is not of these forms, when the database cannot be reached or was written by a newer
/// program; `Corrupt` when it belongs to another program or cannot be read.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        if path.is_empty() || path.starts_with(':') {
            return Err(StoreError::Unavailable("a sqlite URL names a file: sqlite:PATH".into()));
        }
        return Ok(Arc::new(SqliteStore::open(PathBuf::from(path))?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Arc::new(PostgresStore::open(url).await?));
    }
    Err(StoreError::Unavailable("the URL begins neither with sqlite: nor with postgres://".into()))
}
