//! What PostgreSQL's errors mean to us. Their texts may quote values, so only their codes are passed on.

use deadpool_postgres::PoolError;
use tokio_postgres::{Error, error::SqlState, types::WasNull};

use crate::StoreError;

/// Translates an error of PostgreSQL.
pub(crate) fn fault(error: Error) -> StoreError {
    let Some(code) = error.code() else {
        return without_code(&error);
    };
    let text = format!("PostgreSQL says {}", code.code());
    match code.code().get(..2) {
        // Connections, permissions, names of databases, conflicts that a retry solves, resources, the operator, files.
        Some("08" | "25" | "28" | "3D" | "40" | "53" | "55" | "57" | "58") => StoreError::Unavailable(text),
        Some("XX") => StoreError::Corrupt(text),
        _ => StoreError::Bug(text),
    }
}

/// An error of the client: mostly the connection.
fn without_code(error: &Error) -> StoreError {
    if std::error::Error::source(error).is_some_and(|source| source.is::<WasNull>()) {
        // the database sees to the types; that something is there, for some kinds of rows, only who writes them
        return StoreError::Corrupt("a column that is not what was written".into());
    }
    // Only this kind has no source and is our own fault.
    let is_connection =
        error.is_closed() || std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
    if is_connection {
        return StoreError::Unavailable("the connection to PostgreSQL is lost".into());
    }
    StoreError::Unavailable("the client of PostgreSQL failed".into())
}

/// Translates an error of the pool.
pub(super) fn pool_fault(error: PoolError) -> StoreError {
    match error {
        PoolError::Backend(error) => fault(error),
        PoolError::Timeout(_) => StoreError::Unavailable("no connection to PostgreSQL was free in time".into()),
        PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
            StoreError::Bug("the pool of connections is closed".into())
        }
    }
}

/// Why a batch was not written.
#[derive(Debug)]
pub(super) enum Trouble {
    /// What the batch relies on has changed.
    Outdated,
    /// Another statement of the same transaction failed before.
    Aborted,
    /// Two transactions waited for each other, and this one had to go: it may be tried again at once.
    Race,
    /// It could not be done.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Trouble::Store(error)
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error.code() {
            Some(&(SqlState::T_R_DEADLOCK_DETECTED | SqlState::T_R_SERIALIZATION_FAILURE)) => Trouble::Race,
            Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => Trouble::Aborted,
            Some(&SqlState::UNIQUE_VIOLATION) if is_first_come(&error) => Trouble::Outdated,
            _ => Trouble::Store(fault(error)),
        }
    }
}

/// Whether the row that is in its place was written by another commit that was first, and not by a fault of ours.
fn is_first_come(error: &Error) -> bool {
    let constraint = error.as_db_error().and_then(|error| error.constraint());
    matches!(
        constraint,
        Some(
            "receipt_envelope"
                | "receipt_message"
                | "referral_id"
                | "referral_request"
                | "pointer_id"
                | "pointer_master"
                | "seal_owner"
                | "account_elsewhere"
        )
    )
}
