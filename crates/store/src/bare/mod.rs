//! The yardsticks of the benchmarks: rows in SQLite with the store's durability and group commit, and nothing else.
//!
//! They are here because SQL is nowhere else. Nothing is checked: what a store costs more than this is the price of its
//! promises.

mod group;
mod message;
mod pointer;

pub use message::{BareStore, Rows};
pub use pointer::{AuditLine, BareRegistry, NewPointer, Written};

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::StoreError;

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
    measured().map_err(unavailable)
}

fn unavailable(error: rusqlite::Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}
