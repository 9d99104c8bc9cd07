//! What a database file says of its key file, to somebody who only looks.

use std::path::Path;

use rusqlite::Connection;

use super::{connect::reader, error::fault, key_file::recorded};
use crate::{StoreError, column::count, key_report::Recorded};

/// Whatever version wrote it.
pub(crate) fn key_report(path: &Path) -> Result<Recorded, StoreError> {
    const USED: &str = "SELECT count(*) FROM seal WHERE state = 'live'";
    const NEEDED: &str = "SELECT coalesce(max(slot) + 1, 0) FROM seal";
    let connection = reader(path)?;
    let number = |ask| count(connection.query_row(ask, [], |row| row.get(0)).map_err(fault)?);
    let mut found = Recorded::default();
    if has_table(&connection, "seal")? {
        (found.used, found.needed) = (number(USED)?, number(NEEDED)?);
    }
    if has_table(&connection, "key_file")? {
        found.fingerprint = recorded(&connection)?;
    }
    Ok(found)
}

fn has_table(connection: &Connection, name: &str) -> Result<bool, StoreError> {
    const ASK: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    connection.query_row(ASK, [name], |row| row.get(0)).map_err(fault)
}
