//! The yardstick for pointers: as many rows and index entries as the store has, clustered alike, bodies as they are.

use std::{path::Path, sync::Arc};

use baton_exchange::pointer::{MasterKey, PointerId, SubjectKey};
use rusqlite::{Connection, OptionalExtension, params};

use super::{group::Group, unavailable};
use crate::{StoreError, sqlite::Readers};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS pointer (
    place INTEGER PRIMARY KEY, home INTEGER NOT NULL, id BLOB NOT NULL, subject BLOB NOT NULL, master BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS pointer_id ON pointer (id);
CREATE UNIQUE INDEX IF NOT EXISTS pointer_master ON pointer (home, subject, master);
CREATE TABLE IF NOT EXISTS audit (
    line INTEGER PRIMARY KEY, home INTEGER NOT NULL, subject BLOB NOT NULL, data BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS audit_subject ON audit (home, subject);
CREATE TABLE IF NOT EXISTS audit_owner (
    owner TEXT NOT NULL, line INTEGER NOT NULL, PRIMARY KEY (owner, line)
) STRICT, WITHOUT ROWID;";

/// The low bits of a place count the pointers of one patient.
const COUNT_MASK: i64 = (1 << 20) - 1;

/// A pointer that is not there yet.
#[derive(Debug)]
pub struct NewPointer {
    /// Its id.
    pub id: PointerId,
    /// Its patient.
    pub subject: SubjectKey,
    /// What it is named by beside its patient.
    pub master: MasterKey,
    /// What is kept.
    pub body: Vec<u8>,
}

/// What becomes of pointers.
#[derive(Debug)]
pub enum Written {
    /// There is one more.
    New(NewPointer),
    /// The one at this place has another body.
    Changed {
        /// Its place.
        place: i64,
        /// Its body from now on.
        body: Vec<u8>,
    },
    /// They were looked at.
    Nothing,
}

/// What the audit keeps of a request.
#[derive(Debug)]
pub struct AuditLine {
    /// About whom.
    pub subject: SubjectKey,
    /// Who owns what was shown or changed.
    pub owner: &'static str,
    /// All else.
    pub data: Vec<u8>,
}

/// A database of pointers.
pub struct BareRegistry {
    // closed before the writer, whose end moves the log into the file
    readers: Arc<Readers>,
    group: Group<(Written, AuditLine)>,
}

impl BareRegistry {
    /// Opens a database, and makes it when there is none.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn open(path: &Path) -> Result<BareRegistry, StoreError> {
        let group = Group::open(path, SCHEMA, write)?;
        Ok(BareRegistry { group, readers: Readers::open(path.to_owned())? })
    }

    /// Writes what becomes of pointers, and a line of the audit; ready when both are durable.
    ///
    /// # Errors
    /// When they could not be written.
    pub async fn write(&self, written: Written, line: AuditLine) -> Result<(), StoreError> {
        self.group.write((written, line)).await
    }

    /// The body of the pointer with this id, and its patient.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn by_id(&self, id: PointerId) -> Result<Option<(SubjectKey, Vec<u8>)>, StoreError> {
        const ASK: &str = "SELECT subject, body FROM pointer WHERE id = ?1";
        self.ask(|connection| {
            let mut ask = connection.prepare_cached(ASK)?;
            ask.query_row([id.0], |row| Ok((SubjectKey(row.get(0)?), row.get(1)?))).optional()
        })
    }

    /// The place and body of a patient's pointer with this name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn by_master(&self, subject: SubjectKey, master: MasterKey) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        const ASK: &str = "SELECT place, body FROM pointer WHERE home = ?1 AND subject = ?2 AND master = ?3";
        self.ask(|connection| {
            let mut ask = connection.prepare_cached(ASK)?;
            ask.query_row(params![home(subject), subject.0, master.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
    }

    /// The bodies of a patient's pointers.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of_subject(&self, subject: SubjectKey) -> Result<Vec<Vec<u8>>, StoreError> {
        const ASK: &str = "SELECT body FROM pointer WHERE place BETWEEN ?1 AND ?2";
        let (first, last) = places(subject);
        self.ask(|connection| {
            let mut ask = connection.prepare_cached(ASK)?;
            ask.query_map([first, last], |row| row.get(0))?.collect()
        })
    }

    fn ask<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.readers.now(|connection| ask(connection).map_err(unavailable))
    }
}

/// Patients share homes, as in the store: the same twelve bits of their keys say which.
fn home(subject: SubjectKey) -> i64 {
    let [first, second, ..] = subject.0;
    i64::from(u16::from_be_bytes([first, second]) & 0x0FFF)
}

/// The places of a patient's pointers: the bits of the home, and thirty-two more.
fn places(subject: SubjectKey) -> (i64, i64) {
    let [_, _, a, b, c, d, ..] = subject.0;
    let first = home(subject) << 52 | i64::from(u32::from_be_bytes([a, b, c, d])) << 20;
    (first, first | COUNT_MASK)
}

fn write(connection: &Connection, (written, line): &(Written, AuditLine)) -> rusqlite::Result<()> {
    match written {
        Written::New(new) => insert(connection, new)?,
        Written::Changed { place, body } => {
            connection
                .prepare_cached("UPDATE pointer SET body = ?2 WHERE place = ?1")?
                .execute(params![place, body])?;
        }
        Written::Nothing => {}
    }
    let mut audit = connection.prepare_cached("INSERT INTO audit (home, subject, data) VALUES (?1, ?2, ?3)")?;
    let number = audit.insert(params![home(line.subject), line.subject.0, line.data])?;
    let mut owner = connection.prepare_cached("INSERT INTO audit_owner (owner, line) VALUES (?1, ?2)")?;
    owner.execute(params![line.owner, number]).map(drop)
}

fn insert(connection: &Connection, new: &NewPointer) -> rusqlite::Result<()> {
    let (first, last) = places(new.subject);
    let mut newest = connection.prepare_cached("SELECT max(place) FROM pointer WHERE place BETWEEN ?1 AND ?2")?;
    let newest: Option<i64> = newest.query_row([first, last], |row| row.get(0))?;
    let place = newest.map_or(first, |newest| newest + 1);
    connection
        .prepare_cached("INSERT INTO pointer (place, home, id, subject, master, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![place, home(new.subject), new.id.0, new.subject.0, new.master.0, new.body])
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::{AuditLine, BareRegistry, MasterKey, NewPointer, PointerId, SubjectKey, Written};

    const SUBJECT: SubjectKey = SubjectKey([7; 16]);

    fn line() -> AuditLine {
        AuditLine { subject: SUBJECT, owner: "RR8", data: vec![1] }
    }

    fn new(number: u8) -> Written {
        let (id, master) = (PointerId([number; 26]), MasterKey([number; 16]));
        Written::New(NewPointer { id, subject: SUBJECT, master, body: vec![number] })
    }

    #[tokio::test]
    async fn what_was_written_is_found_in_three_ways_and_can_be_changed() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let registry = BareRegistry::open(&folder.path().join("bare.db")).expect("it opens");
        registry.write(new(1), line()).await.expect("it is written");
        registry.write(new(2), line()).await.expect("it is written");
        assert_eq!(registry.of_subject(SUBJECT).expect("it can be read"), [[1], [2]]);
        let (place, _) = registry.by_master(SUBJECT, MasterKey([2; 16])).expect("it can be read").expect("it is there");
        registry.write(Written::Changed { place, body: vec![3] }, line()).await.expect("it is written");
        assert_eq!(registry.by_id(PointerId([2; 26])).expect("it can be read"), Some((SUBJECT, vec![3])));
        assert!(registry.write(new(1), line()).await.is_err(), "an id stands once");
        assert_eq!(registry.by_id(PointerId([9; 26])).expect("it can be read"), None);
    }
}
