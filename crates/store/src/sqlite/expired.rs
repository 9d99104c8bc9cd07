//! Whether anything expired, which each of the tables has an index for.

use baton_exchange::time::Timestamp;
use rusqlite::Connection;

use super::error::fault;
use crate::StoreError;

const ASK: &str = "SELECT EXISTS (SELECT 1 FROM receipt WHERE expires <= ?1)
         OR EXISTS (SELECT 1 FROM orphan WHERE expires <= ?1)
         OR EXISTS (SELECT 1 FROM token WHERE expires <= ?1)
         OR EXISTS (SELECT 1 FROM ticket WHERE expires <= ?1)";

/// Whether there is anything to forget.
pub(super) fn is_there(connection: &Connection, before: Timestamp) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    statement.query_row([before.0], |row| row.get(0)).map_err(fault)
}
