//! Referrals: one row each, in its newest version.

use baton_exchange::{
    id::{Home, ReferralId},
    referral::{Party, PatientKey, Referral},
    time::Timestamp,
};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::{
    commit::{cause, execute, query},
    error::{Trouble, fault},
    pipeline::{Step, all},
};
use crate::{
    StoreError,
    column::{count, id, join_ids, referral_state, split_ids},
    course,
};

const FIND_REQUEST: &str = "SELECT 1 FROM referral WHERE home = $1 AND request_id = $2";
/// Locks the row: an update that comes second waits, and then sees another version.
const FIND_VERSION: &str = "SELECT 1 FROM referral WHERE home = $1 AND id = $2 AND version = $3 FOR NO KEY UPDATE";
const PUT: &str =
    "INSERT INTO referral (home, id, exchange, source, request_id, patient, state, version, sent, changed,
                                         updated, course)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                   ON CONFLICT (home, id) DO UPDATE
                   SET exchange = excluded.exchange, source = excluded.source, request_id = excluded.request_id,
                       patient = excluded.patient, state = excluded.state, version = excluded.version,
                       sent = excluded.sent, changed = excluded.changed, updated = excluded.updated,
                       course = excluded.course
                   WHERE referral.version = excluded.version - 1";
/// Makes these the parties of a referral. One statement, so that it keeps its place among the others of its batch; most
/// messages change none, so rows are only written when they differ.
const PUT_PARTIES: &str = "WITH gone AS
         (DELETE FROM party WHERE home = $1 AND referral = $2 AND partner <> ALL ($3::text[]))
     INSERT INTO party (home, referral, partner, part)
     SELECT DISTINCT ON (new.partner) $1, $2, new.partner, new.part
     FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS new (partner, part, place) ORDER BY new.partner, new.place
     ON CONFLICT (home, referral, partner) DO UPDATE SET part = excluded.part WHERE party.part <> excluded.part";

pub(super) const PREPARED: &[&str] = &[FIND_REQUEST, FIND_VERSION, PUT, PUT_PARTIES];

pub(super) async fn none_has(transaction: &Transaction<'_>, home: Home, request_id: &str) -> Result<(), Trouble> {
    let found = query(transaction, FIND_REQUEST, &[&home.0, &request_id]).await?;
    if found.is_empty() { Ok(()) } else { Err(Trouble::Outdated) }
}

pub(super) async fn is_at(
    transaction: &Transaction<'_>,
    home: Home,
    id: ReferralId,
    version: u32,
) -> Result<(), Trouble> {
    let found = query(transaction, FIND_VERSION, &[&home.0, &id.0.as_slice(), &i64::from(version)]).await?;
    if found.is_empty() { Err(Trouble::Outdated) } else { Ok(()) }
}

/// Outdated when the version is not the next one, or another referral has the request id.
pub(super) async fn put(transaction: &Transaction<'_>, referral: &Referral) -> Result<(), Trouble> {
    let Some(course) = &referral.course else {
        return put_row(transaction, referral).await;
    };
    // Both go out together: else statements of later changes would go out between them.
    let parties = put_parties(transaction, referral, &course.parties);
    cause(all(vec![Box::pin(put_row(transaction, referral)) as Step<'_, _>, Box::pin(parties)]).await)
}

async fn put_parties(transaction: &Transaction<'_>, referral: &Referral, parties: &[Party]) -> Result<(), Trouble> {
    let (partners, parts): (Vec<&str>, Vec<&str>) =
        parties.iter().map(|party| (party.partner.as_str(), party.part.as_str())).unzip();
    let values = [&referral.home.0 as _, &referral.id.0.as_slice() as _, &partners as _, &parts as _];
    execute(transaction, PUT_PARTIES, &values).await.map(drop)
}

async fn put_row(transaction: &Transaction<'_>, referral: &Referral) -> Result<(), Trouble> {
    let written = execute(
        transaction,
        PUT,
        &[
            &referral.home.0,
            &referral.id.0.as_slice(),
            &referral.exchange.as_str(),
            &referral.source.as_str(),
            &referral.request_id,
            &join_ids(referral.patient.iter().map(|key| key.0)),
            &referral.state.as_str(),
            &i64::from(referral.version),
            &referral.sent.map(|moment| moment.0),
            &referral.changed.map(|moment| moment.0),
            &referral.updated.0,
            &referral.course.as_ref().map(course::pack),
        ],
    )
    .await?;
    if written == 1 { Ok(()) } else { Err(Trouble::Outdated) }
}

/// The columns that [`read`] expects, of a table with the alias `r`.
macro_rules! columns {
    () => {
        "r.home, r.id, r.exchange, r.source, r.request_id, r.patient, r.state, r.version, r.sent, r.changed, r.updated, r.course"
    };
}
pub(super) use columns;

/// Reads these columns from a place on; nothing when a left join found no referral.
pub(super) fn read(row: &Row, first: usize) -> Result<Option<Referral>, StoreError> {
    let Some(home) = row.try_get::<_, Option<i64>>(first).map_err(fault)? else {
        return Ok(None);
    };
    let text = |column: usize| row.try_get::<_, &str>(first + column).map_err(fault);
    let number = |column: usize| row.try_get::<_, i64>(first + column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(first + column).map_err(fault);
    let moment = |column: usize| row.try_get::<_, Option<i64>>(first + column).map_err(fault);
    Ok(Some(Referral {
        id: ReferralId(id(bytes(1)?)?),
        home: Home(home),
        exchange: text(2)?.into(),
        source: text(3)?.into(),
        request_id: text(4)?.into(),
        patient: split_ids(bytes(5)?)?.map(PatientKey).collect(),
        state: referral_state(text(6)?)?,
        version: count(number(7)?)?,
        sent: moment(8)?.map(Timestamp),
        changed: moment(9)?.map(Timestamp),
        updated: Timestamp(number(10)?),
        course: row.try_get::<_, Option<&[u8]>>(first + 11).map_err(fault)?.map(course::unpack).transpose()?,
    }))
}
