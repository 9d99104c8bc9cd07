//! What SQLite's errors mean to us. Their texts may quote statements, so only their codes are passed on.

use rusqlite::{Error, ErrorCode, ffi};

use crate::StoreError;

/// Translates an error of SQLite.
pub(crate) fn fault(error: Error) -> StoreError {
    let Error::SqliteFailure(code, _) = &error else {
        return match &error {
            // SQLite lets every column hold everything: somebody else wrote it
            Error::FromSqlConversionFailure(..) | Error::InvalidColumnType(..) | Error::IntegralValueOutOfRange(..) => {
                StoreError::Corrupt("a column that is not what was written".into())
            }
            other => StoreError::Bug(kind(other).into()),
        };
    };
    let text = format!("SQLite says {}: {}", code.extended_code, ffi::code_to_str(code.extended_code));
    match code.code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Corrupt(text),
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::CannotOpen
        | ErrorCode::DiskFull
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::OutOfMemory
        | ErrorCode::SystemIoFailure => StoreError::Unavailable(text),
        _ => StoreError::Bug(text),
    }
}

/// Whether another program holds the write lock.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whether the disk did not do what it was told.
pub(super) fn is_disk_failure(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}

/// Whether a row with the same key is there already.
pub(super) fn is_conflict(error: &Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY))
}

/// The kind of an error that SQLite itself did not raise, without the values that it may hold.
fn kind(error: &Error) -> &'static str {
    match error {
        Error::QueryReturnedNoRows => "a query without its row",
        Error::InvalidParameterCount(..) => "a statement with the wrong number of parameters",
        _ => "a fault in the use of SQLite",
    }
}
