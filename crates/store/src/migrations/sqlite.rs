//! Brings a SQLite file up to date, in one transaction.

use rusqlite::{Connection, TransactionBehavior, params};

use super::{Applied, Migration, missing};
use crate::{StoreError, sqlite::error::fault};

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("sqlite/0001_first.sql") },
    Migration { number: 2, sql: include_str!("sqlite/0002_pointers.sql") },
    Migration { number: 3, sql: include_str!("sqlite/0003_delivery.sql") },
    Migration { number: 4, sql: include_str!("sqlite/0004_parties.sql") },
    Migration { number: 5, sql: include_str!("sqlite/0005_seals.sql") },
    Migration { number: 6, sql: include_str!("sqlite/0006_endpoints.sql") },
    Migration { number: 7, sql: include_str!("sqlite/0007_erasures.sql") },
    Migration { number: 8, sql: include_str!("sqlite/0008_key_file.sql") },
    Migration { number: 9, sql: include_str!("sqlite/0009_tickets.sql") },
    Migration { number: 10, sql: include_str!("sqlite/0010_audit_tree.sql") },
    Migration { number: 11, sql: include_str!("sqlite/0011_accounts.sql") },
    Migration { number: 12, sql: include_str!("sqlite/0012_actors.sql") },
    Migration { number: 13, sql: include_str!("sqlite/0013_epochs.sql") },
    Migration { number: 14, sql: include_str!("sqlite/0014_people_who_log_in_elsewhere.sql") },
    Migration { number: 15, sql: include_str!("sqlite/0015_redaction.sql") },
    Migration { number: 16, sql: include_str!("sqlite/0016_clock.sql") },
    Migration { number: 17, sql: include_str!("sqlite/0017_queries.sql") },
];

const JOURNAL: &str =
    "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL) STRICT";

/// Applies what is missing.
///
/// # Errors
///
/// See [`missing`]; and `Unavailable` when another program holds the file.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
    transaction.execute(JOURNAL, []).map_err(fault)?;
    for step in missing(&applied(&transaction)?, MIGRATIONS)? {
        transaction.execute_batch(step.sql).map_err(fault)?;
        let insert = "INSERT INTO migration (number, checksum) VALUES (?1, ?2)";
        transaction.execute(insert, params![step.number, step.checksum()]).map_err(fault)?;
    }
    transaction.commit().map_err(fault)
}

fn applied(connection: &Connection) -> Result<Vec<Applied>, StoreError> {
    let mut select = connection.prepare("SELECT number, checksum FROM migration ORDER BY number").map_err(fault)?;
    let rows = select.query_map([], |row| Ok(Applied { number: row.get(0)?, checksum: row.get(1)? })).map_err(fault)?;
    rows.collect::<Result<_, _>>().map_err(fault)
}
