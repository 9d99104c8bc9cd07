//! Pointers: one row each, in its newest version, beside the others of its patient.

use baton_exchange::{
    id::Home,
    pointer::{MasterKey, Pointer, PointerId, PointerName, SubjectKey},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, Statement, named_params, params};

use super::{
    error::fault,
    group::{Trouble, conflict_or_trouble},
};
use crate::{
    StoreError, codec,
    column::{ods, pointer_state},
};

/// How many bits of a place count the pointers of one patient.
const COUNT_BITS: u32 = 20;
/// How many bits of a place say which patient of the home.
const PATIENT_BITS: u32 = 24;

/// The places of a home's pointers: it shares them with few others, if any.
pub(super) fn places_of_home(home: Home) -> (i64, i64) {
    let rest = (1 << (COUNT_BITS + PATIENT_BITS)) - 1;
    (home.0 & !rest, home.0 | rest)
}

/// The places of a patient's pointers: it shares them with few others, if any.
pub(super) fn places_of_patient(home: Home, subject: SubjectKey) -> (i64, i64) {
    // The first bytes are the same for all patients of a home.
    let [_, _, a, b, c, ..] = subject.0;
    let first = places_of_home(home).0 | i64::from(u32::from_be_bytes([0, a, b, c])) << COUNT_BITS;
    (first, first | ((1 << COUNT_BITS) - 1))
}

/// The statements of the writer.
pub(super) struct PointerTable<'c> {
    find_master: Statement<'c>,
    version: Statement<'c>,
    last_place: Statement<'c>,
    insert: Statement<'c>,
    update: Statement<'c>,
}

impl<'c> PointerTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<PointerTable<'c>> {
        Ok(PointerTable {
            find_master: connection.prepare(
                "SELECT EXISTS (SELECT 1 FROM pointer WHERE home = ?1 AND subject = ?2 AND master = ?3)",
            )?,
            version: connection.prepare("SELECT version FROM pointer WHERE home = ?1 AND id = ?2")?,
            last_place: connection.prepare("SELECT max(place) FROM pointer WHERE place BETWEEN ?1 AND ?2")?,
            insert: connection.prepare(
                "INSERT INTO pointer (place, home, id, subject, custodian, type, master, state, version, created,
                                      updated, body)
                 VALUES (:place, :home, :id, :subject, :custodian, :type, :master, :state, :version, :created, :updated, :body)",
            )?,
            update: connection.prepare(
                "UPDATE pointer SET state = :state, version = :version, updated = :updated, body = :body
                 WHERE home = :home AND id = :id AND version = :version - 1",
            )?,
        })
    }

    pub(super) fn none_has(&mut self, home: Home, subject: SubjectKey, master: MasterKey) -> Result<bool, Trouble> {
        let found: bool = self.find_master.query_row(params![home.0, subject.0, master.0], |row| row.get(0))?;
        Ok(!found)
    }

    pub(super) fn is_at(&mut self, home: Home, id: PointerId, version: u32) -> Result<bool, Trouble> {
        let now: Option<u32> = self.version.query_row(params![home.0, id.0], |row| row.get(0)).optional()?;
        Ok(now == Some(version))
    }

    /// A conflict is a first version whose id or masterIdentifier is in use, or another one that is not the next.
    pub(super) fn put(&mut self, pointer: &Pointer) -> Result<(), Trouble> {
        let written = if pointer.version == 1 { self.insert(pointer)? } else { self.update(pointer)? };
        if written == 1 { Ok(()) } else { Err(Trouble::Conflict) }
    }

    /// A conflict is an id or masterIdentifier that is in use.
    pub(super) fn adopt(&mut self, pointer: &Pointer) -> Result<(), Trouble> {
        if self.insert(pointer)? == 1 { Ok(()) } else { Err(Trouble::Conflict) }
    }

    fn insert(&mut self, pointer: &Pointer) -> Result<usize, Trouble> {
        let (first, last) = places_of_patient(pointer.home, pointer.subject);
        let place = match self.last_place.query_row([first, last], |row| row.get::<_, Option<i64>>(0))? {
            None => first,
            Some(taken) if taken < last => taken + 1,
            Some(_) => return Err(StoreError::Bug("a patient with a million pointers".into()).into()),
        };
        let written = self.insert.execute(named_params! {
            ":place": place,
            ":home": pointer.home.0,
            ":id": pointer.id.0,
            ":subject": pointer.subject.0,
            ":custodian": pointer.custodian.as_str(),
            ":type": pointer.record_type,
            ":master": pointer.master.map(|master| master.0),
            ":state": pointer.state.as_str(),
            ":version": pointer.version,
            ":created": pointer.created.0,
            ":updated": pointer.updated.0,
            ":body": pointer.body,
        });
        written.map_err(conflict_or_trouble)
    }

    fn update(&mut self, pointer: &Pointer) -> Result<usize, Trouble> {
        Ok(self.update.execute(named_params! {
            ":home": pointer.home.0,
            ":id": pointer.id.0,
            ":state": pointer.state.as_str(),
            ":version": pointer.version,
            ":updated": pointer.updated.0,
            ":body": pointer.body,
        })?)
    }
}

/// Asks for pointers, to be read with [`read`].
macro_rules! select {
    ($condition:literal) => {
        concat!(
            "SELECT home, id, subject, custodian, type, master, state, version, created, updated, body FROM pointer WHERE ",
            $condition
        )
    };
}

pub(super) use select;

/// The pointers with these names.
pub(super) fn by_names(connection: &Connection, names: &[PointerName]) -> Result<Vec<Option<Pointer>>, StoreError> {
    if let [name] = names {
        return Ok(vec![by_name(connection, name)?]);
    }
    let snapshot = connection.unchecked_transaction().map_err(fault)?;
    names.iter().map(|name| by_name(&snapshot, name)).collect()
}

fn by_name(connection: &Connection, name: &PointerName) -> Result<Option<Pointer>, StoreError> {
    const BY_ID: &str = select!("home = ?1 AND id = ?2");
    const BY_MASTER: &str = select!("home = ?1 AND subject = ?2 AND master = ?3");
    let ask = match name {
        PointerName::Id { .. } => BY_ID,
        PointerName::Master { .. } => BY_MASTER,
    };
    let mut statement = connection.prepare_cached(ask).map_err(fault)?;
    let mut rows = match name {
        PointerName::Id { home, id } => statement.query(params![home.0, id.0]),
        PointerName::Master { home, subject, master } => statement.query(params![home.0, subject.0, master.0]),
    }
    .map_err(fault)?;
    rows.next().map_err(fault)?.map(|row| read(row).and_then(unpacked)).transpose()
}

/// Reads what [`select`] asks for, with its body as it is kept.
pub(super) fn read(row: &Row<'_>) -> Result<Pointer, StoreError> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let custodian = ods(text(3).map_err(fault)?)?;
    let state = pointer_state(text(6).map_err(fault)?)?;
    let columns = || -> rusqlite::Result<Pointer> {
        Ok(Pointer {
            home: Home(row.get(0)?),
            id: PointerId(row.get(1)?),
            subject: SubjectKey(row.get(2)?),
            custodian,
            record_type: row.get(4)?,
            master: row.get::<_, Option<_>>(5)?.map(MasterKey),
            state,
            version: row.get(7)?,
            created: Timestamp(row.get(8)?),
            updated: Timestamp(row.get(9)?),
            body: row.get(10)?,
        })
    };
    columns().map_err(fault)
}

pub(super) fn unpacked(pointer: Pointer) -> Result<Pointer, StoreError> {
    Ok(Pointer { body: codec::unpack(&pointer.body)?, ..pointer })
}

#[cfg(test)]
mod tests {
    use baton_exchange::{
        id::Home,
        pointer::{Bucket, MasterKey, Ods, Pointer, PointerId, PointerState, SubjectKey},
        time::Timestamp,
    };
    use rusqlite::Connection;

    use super::{PointerTable, Trouble, places_of_home, places_of_patient};
    use crate::{StoreError, migrations};

    const SUBJECT: SubjectKey = SubjectKey([7; 16]);

    fn pointer(number: u8) -> Pointer {
        Pointer {
            id: PointerId::new(SUBJECT, [number; 16], [0; 10]),
            home: Home(-1),
            subject: SUBJECT,
            custodian: Ods::parse("RR8").unwrap(),
            record_type: "736253002".into(),
            master: Some(MasterKey([number; 16])),
            state: PointerState::Current,
            version: 1,
            created: Timestamp(0),
            updated: Timestamp(0),
            body: vec![0],
        }
    }

    #[test]
    fn a_patient_without_a_free_place_gets_no_pointer() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::sqlite::migrate(&mut connection).unwrap();
        let mut table = PointerTable::prepare(&connection).unwrap();
        assert!(table.put(&pointer(1)).is_ok());
        let (_, last) = places_of_patient(Home(-1), SUBJECT);
        connection.execute("UPDATE pointer SET place = ?1", [last - 1]).unwrap();
        assert!(table.put(&pointer(2)).is_ok());
        assert!(matches!(table.put(&pointer(3)), Err(Trouble::Job(StoreError::Bug(_)))));
    }

    #[test]
    fn patients_have_places_of_their_own_within_those_of_their_home() {
        for home in [Home(i64::MIN), Home(-1), Home(0), Home(i64::MAX), Bucket::of(SUBJECT).home(&"nrl".into())] {
            let (first, last) = places_of_home(home);
            let mut before = first - i64::from(first > i64::MIN);
            for patient in [0, 1, 127, 128, 254, 255] {
                let mut key = SUBJECT;
                key.0[2..5].copy_from_slice(&[patient, 0, 1]);
                let places = places_of_patient(home, key);
                assert!(before < places.0 && places.0 < places.1 && places.1 <= last, "{home:?} {patient}");
                before = places.1;
            }
        }
    }
}
