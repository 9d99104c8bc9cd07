//! Brings a PostgreSQL database up to date, in one transaction. Of several processes that start at once, one does it.

use tokio_postgres::Client;

use super::{Applied, Migration, missing};
use crate::{StoreError, postgres::error::fault};

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("postgres/0001_first.sql") },
    Migration { number: 2, sql: include_str!("postgres/0002_pointers.sql") },
    Migration { number: 3, sql: include_str!("postgres/0003_delivery.sql") },
    Migration { number: 4, sql: include_str!("postgres/0004_parties.sql") },
    Migration { number: 5, sql: include_str!("postgres/0005_seals.sql") },
    Migration { number: 6, sql: include_str!("postgres/0006_endpoints.sql") },
    Migration { number: 7, sql: include_str!("postgres/0007_erasures.sql") },
    Migration { number: 8, sql: include_str!("postgres/0008_key_file.sql") },
    Migration { number: 9, sql: include_str!("postgres/0009_tickets.sql") },
    Migration { number: 10, sql: include_str!("postgres/0010_audit_tree.sql") },
    Migration { number: 11, sql: include_str!("postgres/0011_accounts.sql") },
    Migration { number: 12, sql: include_str!("postgres/0012_actors.sql") },
    Migration { number: 13, sql: include_str!("postgres/0013_epochs.sql") },
    Migration { number: 14, sql: include_str!("postgres/0014_people_who_log_in_elsewhere.sql") },
    Migration { number: 15, sql: include_str!("postgres/0015_redaction.sql") },
    Migration { number: 16, sql: include_str!("postgres/0016_clock.sql") },
    Migration { number: 17, sql: include_str!("postgres/0017_queries.sql") },
];

/// Held by the process that migrates: "Batn".
const LOCK: i64 = 0x4261_746e;

const JOURNAL: &str = "CREATE TABLE IF NOT EXISTS migration (number bigint PRIMARY KEY, checksum bytea NOT NULL)";

/// A step takes as long as there are rows, and whoever comes second waits for it; with the limits of other statements a large database
/// could never be brought up to date.
const PATIENCE: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'";

/// Applies what is missing.
///
/// # Errors
///
/// See [`missing`]; and `Unavailable` when the database cannot be reached.
pub(crate) async fn migrate(client: &mut Client) -> Result<(), StoreError> {
    let transaction = client.transaction().await.map_err(fault)?;
    transaction.batch_execute(PATIENCE).await.map_err(fault)?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await.map_err(fault)?;
    transaction.batch_execute(JOURNAL).await.map_err(fault)?;
    let rows = transaction.query("SELECT number, checksum FROM migration ORDER BY number", &[]).await.map_err(fault)?;
    let applied: Result<Vec<Applied>, _> =
        rows.iter().map(|row| Ok(Applied { number: row.try_get(0)?, checksum: row.try_get(1)? })).collect();
    for step in missing(&applied.map_err(fault)?, MIGRATIONS)? {
        transaction.batch_execute(step.sql).await.map_err(fault)?;
        let insert = "INSERT INTO migration (number, checksum) VALUES ($1, $2)";
        transaction.execute(insert, &[&step.number, &step.checksum()]).await.map_err(fault)?;
    }
    transaction.commit().await.map_err(fault)
}
