//! From a URL to a store.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    Store, StoreError,
    postgres::PostgresStore,
    seal::{Care, Keys},
    sqlite::SqliteStore,
};

/// The key file of a PostgreSQL store, in the current folder.
const POSTGRES_KEYS: &str = "baton.keys";

/// Opens the store that a URL names, makes what is not there yet, and brings it up to date. Its key file is the one of
/// [`default_keys`].
///
/// - `sqlite:PATH`: one file, relative to the current folder. Its folder must exist.
/// - `postgres://user:password@host/database`: a database that exists. The connection is not encrypted yet, so it should
///   stay on one machine or in a private network; a URL with `sslmode=require` is refused.
///
/// # Errors
///
/// `Unavailable` when the URL is not of these forms, when the database cannot be reached or was written by a newer
/// program; `Corrupt` when it belongs to another program or cannot be read, or when keys are missing on which it relies.
pub async fn open(url: &str) -> Result<Arc<dyn Store>, StoreError> {
    open_with_keys(url, &default_keys(url)).await
}

/// The same with a key file of this name, which is made when it is first needed. Several processes that share a PostgreSQL
/// database share the key file.
///
/// # Errors
///
/// As of [`open`].
pub async fn open_with_keys(url: &str, keys: &Path) -> Result<Arc<dyn Store>, StoreError> {
    let keys = Keys::at(keys.to_owned(), Care::Full);
    if let Some(path) = url.strip_prefix("sqlite:") {
        if path.is_empty() || path.starts_with(':') {
            return Err(StoreError::Unavailable("a sqlite URL names a file: sqlite:PATH".into()));
        }
        return Ok(Arc::new(SqliteStore::open(PathBuf::from(path), keys)?));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Arc::new(PostgresStore::open(url, keys).await?));
    }
    Err(StoreError::Unavailable("the URL begins neither with sqlite: nor with postgres://".into()))
}

/// Where the keys of a store are unless the configuration says something else: beside a SQLite file, with `.keys` behind its
/// name; `baton.keys` in the current folder for PostgreSQL.
#[must_use]
pub fn default_keys(url: &str) -> PathBuf {
    let beside = url.strip_prefix("sqlite:").map(|path| PathBuf::from(format!("{path}.keys")));
    beside.unwrap_or_else(|| POSTGRES_KEYS.into())
}
