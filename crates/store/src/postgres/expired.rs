//! Whether anything expired, which each of the tables has an index for.

use baton_exchange::time::Timestamp;
use deadpool_postgres::Object;

use super::{commit::ask, error::fault};
use crate::StoreError;

const ASK: &str = "SELECT EXISTS (SELECT 1 FROM receipt WHERE expires <= $1)
         OR EXISTS (SELECT 1 FROM orphan WHERE expires <= $1)
         OR EXISTS (SELECT 1 FROM token WHERE expires <= $1)
         OR EXISTS (SELECT 1 FROM ticket WHERE expires <= $1)";

/// Whether there is anything to forget.
pub(super) async fn is_there(connection: &Object, before: Timestamp) -> Result<bool, StoreError> {
    let rows = ask(connection, ASK, &[&before.0]).await?;
    rows.first().map_or(Ok(false), |row| row.try_get(0).map_err(fault))
}
