//! Referrals: one row each, in its newest version.

use baton_exchange::{
    id::{Home, ReferralId},
    referral::{PatientKey, Referral},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, Statement, named_params, params};

use super::{
    error::fault,
    group::{Trouble, conflict_or_trouble},
    party::PartyTable,
};
use crate::{
    StoreError,
    column::{ID_BYTES, join_ids, referral_state, split_ids},
    course,
};

/// The statements of the writer.
pub(super) struct ReferralTable<'c> {
    find_request: Statement<'c>,
    version: Statement<'c>,
    put: Statement<'c>,
    parties: PartyTable<'c>,
}

impl<'c> ReferralTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<ReferralTable<'c>> {
        Ok(ReferralTable {
            find_request: connection
                .prepare("SELECT EXISTS (SELECT 1 FROM referral WHERE home = ?1 AND request_id = ?2)")?,
            version: connection.prepare("SELECT version FROM referral WHERE home = ?1 AND id = ?2")?,
            put: connection.prepare(
                "INSERT INTO referral (home, id, exchange, source, request_id, patient, state, version, sent, changed,
                                       updated, course)
                 VALUES (:home, :id, :exchange, :source, :request_id, :patient, :state, :version, :sent, :changed,
                         :updated, :course)
                 ON CONFLICT (home, id) DO UPDATE
                 SET exchange = excluded.exchange, source = excluded.source, request_id = excluded.request_id,
                     patient = excluded.patient, state = excluded.state, version = excluded.version,
                     sent = excluded.sent, changed = excluded.changed, updated = excluded.updated,
                     course = excluded.course
                 WHERE referral.version = excluded.version - 1",
            )?,
            parties: PartyTable::prepare(connection)?,
        })
    }

    pub(super) fn none_has(&mut self, home: Home, request_id: &str) -> Result<bool, Trouble> {
        let found: bool = self.find_request.query_row(params![home.0, request_id], |row| row.get(0))?;
        Ok(!found)
    }

    pub(super) fn is_at(&mut self, home: Home, id: ReferralId, version: u32) -> Result<bool, Trouble> {
        let now: Option<u32> = self.version.query_row(params![home.0, id.0], |row| row.get(0)).optional()?;
        Ok(now == Some(version))
    }

    /// A conflict is a version that is not the next one, or a request id that another referral has.
    pub(super) fn put(&mut self, referral: &Referral) -> Result<(), Trouble> {
        let written = self.put.execute(named_params! {
            ":home": referral.home.0,
            ":id": referral.id.0,
            ":exchange": referral.exchange.as_str(),
            ":source": referral.source.as_str(),
            ":request_id": referral.request_id,
            ":patient": join_ids(referral.patient.iter().map(|key| key.0)),
            ":state": referral.state.as_str(),
            ":version": referral.version,
            ":sent": referral.sent.map(|moment| moment.0),
            ":changed": referral.changed.map(|moment| moment.0),
            ":updated": referral.updated.0,
            ":course": referral.course.as_ref().map(course::pack),
        });
        if written.map_err(conflict_or_trouble)? == 0 {
            return Err(Trouble::Conflict);
        }
        match &referral.course {
            Some(course) => self.parties.put(referral.home, referral.id, &course.parties),
            None => Ok(()),
        }
    }
}

/// The columns that [`read`] expects, of a table with the alias `r`.
macro_rules! columns {
    () => {
        "r.home, r.id, r.exchange, r.source, r.request_id, r.patient, r.state, r.version, r.sent, r.changed, r.updated, r.course"
    };
}
pub(super) use columns;

/// Reads these columns from a place on; nothing when a left join found no referral.
pub(super) fn read(row: &Row<'_>, first: usize) -> Result<Option<Referral>, StoreError> {
    let Some(home) = row.get::<_, Option<i64>>(first).map_err(fault)? else {
        return Ok(None);
    };
    let patient: Vec<u8> = row.get(first + 5).map_err(fault)?;
    let state: String = row.get(first + 6).map_err(fault)?;
    let course: Option<Vec<u8>> = row.get(first + 11).map_err(fault)?;
    let course = course.as_deref().map(course::unpack).transpose()?;
    let keys = split_ids(&patient)?;
    let state = referral_state(&state)?;
    let columns = || -> rusqlite::Result<Referral> {
        let text = |column: usize| row.get_ref(first + column)?.as_str().map_err(rusqlite::Error::from);
        Ok(Referral {
            id: ReferralId(row.get::<_, [u8; ID_BYTES]>(first + 1)?),
            home: Home(home),
            exchange: text(2)?.into(),
            source: text(3)?.into(),
            request_id: text(4)?.into(),
            patient: keys.map(PatientKey).collect(),
            state,
            version: row.get(first + 7)?,
            sent: row.get::<_, Option<_>>(first + 8)?.map(Timestamp),
            changed: row.get::<_, Option<_>>(first + 9)?.map(Timestamp),
            updated: Timestamp(row.get(first + 10)?),
            course,
        })
    };
    columns().map(Some).map_err(fault)
}
