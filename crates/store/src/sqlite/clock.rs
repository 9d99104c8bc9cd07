//! How late it was when a server last looked.

use baton_exchange::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{error::fault, group::Trouble, notice};
use crate::{Mark, StoreError};

/// What is written.
pub(super) fn mark(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    const ASK: &str = "SELECT at FROM clock_mark";
    connection.query_row(ASK, [], |row| row.get(0).map(Timestamp)).optional().map_err(fault)
}

/// Writes it. When it is replaced, no notice waits for the time that was wrong.
pub(super) fn put(connection: &Connection, at: Timestamp, how: Mark) -> Result<(), Trouble> {
    let later = match how {
        Mark::Raised => "max(at, excluded.at)",
        Mark::Replaced => "excluded.at",
    };
    let put =
        format!("INSERT INTO clock_mark (place, at) VALUES (1, ?1) ON CONFLICT (place) DO UPDATE SET at = {later}");
    connection.prepare_cached(&put)?.execute(params![at.0])?;
    match how {
        Mark::Raised => Ok(()),
        Mark::Replaced => notice::pull_back(connection, at),
    }
}
