//! How late it was when a server last looked.

use baton_exchange::time::Timestamp;
use deadpool_postgres::Object;

use super::{commit::ask, error::fault, notice};
use crate::{Mark, StoreError};

const RAISE: &str = "INSERT INTO clock_mark (place, at) VALUES (1, $1)
                     ON CONFLICT (place) DO UPDATE SET at = greatest(clock_mark.at, excluded.at)";
const REPLACE: &str = "INSERT INTO clock_mark (place, at) VALUES (1, $1)
                       ON CONFLICT (place) DO UPDATE SET at = excluded.at";

/// What is written.
pub(super) async fn mark(connection: &Object) -> Result<Option<Timestamp>, StoreError> {
    let rows = ask(connection, "SELECT at FROM clock_mark", &[]).await?;
    rows.first().map(|row| row.try_get(0).map(Timestamp).map_err(fault)).transpose()
}

/// Writes it. When it is replaced, no notice waits for the time that was wrong.
pub(super) async fn put(connection: &mut Object, at: Timestamp, how: Mark) -> Result<(), StoreError> {
    let transaction = connection.transaction().await.map_err(fault)?;
    let statements = match how {
        Mark::Raised => &[RAISE][..],
        Mark::Replaced => &[REPLACE, notice::PULL_BACK][..],
    };
    for statement in statements {
        transaction.execute(*statement, &[&at.0]).await.map_err(fault)?;
    }
    transaction.commit().await.map_err(fault)
}
