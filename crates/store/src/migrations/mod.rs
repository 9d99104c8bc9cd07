//! How a database comes to the schema that this program knows. Migrations only go forward; both databases have the
//! same numbers.

pub(crate) mod postgres;
pub(crate) mod sqlite;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

use crate::StoreError;

/// One step forward.
pub(crate) struct Migration {
    /// From 1, without gaps.
    pub(crate) number: i64,
    /// Never changed once it was released: see [`Migration::checksum`].
    pub(crate) sql: &'static str,
}

impl Migration {
    /// By which a database knows that it was made by this very step.
    pub(crate) fn checksum(&self) -> Vec<u8> {
        Sha256::digest(self.sql).to_vec()
    }
}

/// A step that a database has behind it.
pub(crate) struct Applied {
    pub(crate) number: i64,
    pub(crate) checksum: Vec<u8>,
}

/// The steps that a database still needs.
///
/// # Errors
///
/// `Unavailable` when a newer program wrote the database, `Corrupt` when its steps are not ours.
pub(crate) fn missing<'a>(applied: &[Applied], known: &'a [Migration]) -> Result<&'a [Migration], StoreError> {
    let newest = applied.iter().map(|step| step.number).max().unwrap_or(0);
    let last = known.last().map_or(0, |step| step.number);
    if newest > last {
        let text = format!("the database has schema {newest}, this program knows schemas up to {last} only");
        return Err(StoreError::Unavailable(text));
    }
    for (step, ours) in applied.iter().zip(known) {
        if step.number != ours.number {
            return Err(StoreError::Corrupt(format!("the database has no migration {}", ours.number)));
        }
        if step.checksum != ours.checksum() {
            return Err(StoreError::Corrupt(format!("the database was made by another migration {}", ours.number)));
        }
    }
    Ok(known.get(applied.len()..).unwrap_or_default())
}
