//! Opens connections, each set up for its work.

use std::{fs::OpenOptions, io::ErrorKind, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::error::fault;
use crate::{StoreError, migrations, seal::Care};

/// Marks the file as ours: "Batn".
const APPLICATION_ID: i64 = 0x4261_746e;

/// Keys of the indexes are random, so each write dirties many pages of which it changes little: small pages make less to
/// write. Bodies are compressed and leave no big gaps in them.
pub(crate) const PAGE_BYTES: i64 = 4096;

/// How long opening waits for another program that holds the file.
const OPEN_WAIT: Duration = Duration::from_secs(5);

/// How long a checkpoint waits for others. It holds up the writer meanwhile.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(50);

/// Kept in memory by the writer, in KiB.
pub(crate) const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Kept in memory by each reader, in KiB; most of what readers see is mapped.
const READER_CACHE_KIB: i64 = 8 * 1024;
const READER_MAP_BYTES: i64 = 256 * 1024 * 1024;

/// A log that grew beyond this, in a burst, is cut when it starts anew. Writing over an old log is much faster than
/// making a file longer, so it is kept as it is below that.
const LOG_BYTES_KEPT: i64 = 160 * 1024 * 1024;

/// The one connection that writes. Makes the file if there is none, and brings it up to date.
///
/// # Errors
///
/// `Unavailable` when the folder does not exist or the file is held by another program, `Corrupt` when the file is not
/// ours, and those of the migrations.
pub(super) fn writer(path: &Path, care: Care) -> Result<Connection, StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if folder.is_some_and(|folder| !folder.is_dir()) {
        return Err(StoreError::Unavailable("the folder of the database does not exist".into()));
    }
    keep_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_timeout(OPEN_WAIT).map_err(fault)?;
    keep_plans(&connection)?;
    claim(&connection)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(fault)?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(StoreError::Unavailable("the file system of the database allows no write-ahead log".into()));
    }
    set(&connection, "synchronous", "FULL")?;
    set(&connection, "cache_size", -WRITER_CACHE_KIB)?;
    set(&connection, "journal_size_limit", LOG_BYTES_KEPT)?;
    // What is deleted is personal data: it must not be found in the file later.
    set(&connection, "secure_delete", if care.overwrites() { "ON" } else { "OFF" })?;
    migrations::sqlite::migrate(&mut connection)?;
    Ok(connection)
}

/// Makes the file when there is none, so that only its owner can read it: it will hold personal data. SQLite gives its
/// log the permissions of the file. Those of a file that is there already are the operator's choice.
fn keep_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unavailable(format!("the database file cannot be made: {}", error.kind()))),
    }
}

/// Says whose file it is: ours, or nobody's and then ours from now on.
fn claim(connection: &Connection) -> Result<(), StoreError> {
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fault)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fault)?;
    match (id, tables) {
        (APPLICATION_ID, _) => Ok(()),
        (0, 0) => {
            // The page size is settled by the first write, which is the next line.
            set(connection, "page_size", PAGE_BYTES)?;
            set(connection, "application_id", APPLICATION_ID)
        }
        _ => Err(StoreError::Corrupt("the file is the database of another program".into())),
    }
}

/// A connection that reads. The writer must have opened the file before.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_timeout(OPEN_WAIT).map_err(fault)?;
    keep_plans(&connection)?;
    connection.set_prepared_statement_cache_capacity(64);
    set(&connection, "query_only", "ON")?;
    set(&connection, "cache_size", -READER_CACHE_KIB)?;
    set(&connection, "mmap_size", READER_MAP_BYTES)?;
    Ok(connection)
}

/// A connection that moves the log into the database.
pub(super) fn checkpointer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fault)?;
    connection.busy_timeout(CHECKPOINT_WAIT).map_err(fault)?;
    set(&connection, "synchronous", "FULL")?;
    Ok(connection)
}

/// A plan depends on the statement alone, not on the values: else SQLite plans anew each time that one is bound.
fn keep_plans(connection: &Connection) -> Result<(), StoreError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop).map_err(fault)
}

fn set(connection: &Connection, name: &str, value: impl rusqlite::ToSql) -> Result<(), StoreError> {
    // Some pragmas answer with the value that they have now.
    connection.pragma_update(None, name, value).map_err(fault)
}
