//! The audit: lines are added and never changed, but for the number that they get when they are first read.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use baton_exchange::{
    audit::{Actor, AuditRecord, Audited, PointerAccess},
    id::{Home, MessageId, ReferralId},
    pointer::SubjectKey,
    time::Timestamp,
};
use deadpool_postgres::{Object, Pool, Transaction};
use tokio_postgres::{Row, error::SqlState, types::ToSql};

use super::{
    commit::{ask, execute},
    error::Trouble,
    error::fault,
};
use crate::{
    StoreError,
    batch::{Packed, PackedChange},
    column::{audit_action, count, id, query},
    details,
};

const INSERT: &str =
    "INSERT INTO audit (home, at, exchange, partner, message, request_id, action, referral, subject, owners, details, referrals,
                        account, app, query, sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
/// Held by whoever numbers lines or grows the tree over them: "Audi".
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock(1098212457)";
/// Owners and referrals find a line by its number, so they are noted when it has one.
const NUMBER: &str = "WITH unnumbered AS (
                          SELECT home, entry, coalesce(cardinality(referrals), 0) + coalesce(cardinality(owners), 0) AS listed
                          FROM audit WHERE number IS NULL ORDER BY entry LIMIT $1),
                      summed AS (
                          SELECT home, entry, sum(listed) OVER (ORDER BY entry) - listed AS before FROM unnumbered),
                      next AS (
                          SELECT home, entry, row_number() OVER (ORDER BY entry) + coalesce(
                              (SELECT max(number) FROM audit WHERE number IS NOT NULL), 0) AS number
                          FROM summed WHERE before < $2),
                      numbered AS (
                          UPDATE audit a SET number = next.number FROM next
                          WHERE a.home = next.home AND a.entry = next.entry
                          RETURNING a.home, a.entry, a.number, a.at, a.owners,
                              CASE WHEN a.referral IS NULL THEN a.referrals ELSE ARRAY[a.referral] END AS referrals),
                      owned AS (
                          INSERT INTO audit_owner (home, owner, number, at, entry)
                          SELECT home, unnest(owners), number, at, entry FROM numbered),
                      told AS (
                          INSERT INTO audit_referral (home, referral, number, entry)
                          SELECT home, unnest(referrals), number, entry FROM numbered)
                      SELECT (SELECT count(*) FROM unnumbered) = $1 OR EXISTS (SELECT 1 FROM summed WHERE before >= $2)
                      FROM (SELECT count(*) FROM numbered) done";
/// How many lines a process adds before it numbers what has no number yet: who reads next should not have to wait for all
/// that was ever written.
const NUMBERED_EVERY: u64 = 5_000;
/// How many lines are numbered in one transaction, so that it ends in time however long nobody read any.
const NUMBERED_MAX: i64 = 10_000;
/// How many referrals and owners are written beside those lines, beyond those of the last one. A line of a search may have 500.
const LISTED_MAX: i64 = 20_000;
const SELECT: &str =
    "SELECT number, home, at, exchange, partner, message, request_id, action, referral, subject, details,
                             account, app, query, sealed FROM audit
                      WHERE number > $1 ORDER BY number LIMIT $2";

pub(super) const PREPARED: &[&str] = &[INSERT];

pub(super) async fn put(transaction: &Transaction<'_>, record: &AuditRecord) -> Result<(), Trouble> {
    execute(transaction, INSERT, &Columns::of(record).values()).await.map(drop)
}

/// Writes one line by itself: one statement is a transaction of its own, and so one round trip.
pub(super) async fn put_alone(connection: &Object, record: &AuditRecord) -> Result<(), StoreError> {
    ask(connection, INSERT, &Columns::of(record).values()).await.map(drop)
}

/// A line as its columns have it.
struct Columns<'r> {
    record: &'r AuditRecord,
    partner: Option<&'r str>,
    action: &'static str,
    referral: Option<&'r [u8]>,
    subject: Option<&'r [u8]>,
    owners: Option<Vec<&'r str>>,
    details: Option<Vec<u8>>,
    /// A change has its own instead.
    referrals: Option<Vec<&'r [u8]>>,
    shape: Option<&'r str>,
    sealed: Option<&'r [u8]>,
    message: &'r [u8],
    exchange: &'r str,
}

impl<'r> Columns<'r> {
    fn of(record: &'r AuditRecord) -> Columns<'r> {
        let (referral, access) = match &record.what {
            Audited::Referral { referral, .. } => (Some(&referral.0[..]), None),
            Audited::Pointers(access) => (None, Some(access)),
            Audited::Visit(_) | Audited::Operator(_) => (None, None),
        };
        let found_by = record.what.referrals().iter().map(|referral| &referral.0[..]).collect::<Vec<_>>();
        Columns {
            record,
            partner: record.partner.as_ref().map(|partner| partner.as_str()),
            action: details::action(&record.what),
            referral,
            subject: access.and_then(|access| access.subject.as_ref()).map(|subject| &subject.0[..]),
            owners: access.map(owners).filter(|owners| !owners.is_empty()),
            details: details::pack(&record.what),
            referrals: Some(found_by).filter(|found_by| referral.is_none() && !found_by.is_empty()),
            shape: record.query.as_ref().map(|query| query.shape.as_str()),
            sealed: record.query.as_ref().and_then(|query| query.sealed.as_ref()).map(|sealed| &sealed.0[..]),
            message: &record.message.0,
            exchange: record.exchange.as_str(),
        }
    }

    fn values(&self) -> [&(dyn ToSql + Sync); 16] {
        [
            &self.record.home.0,
            &self.record.at.0,
            &self.exchange,
            &self.partner,
            &self.message,
            &self.record.request_id,
            &self.action,
            &self.referral,
            &self.subject,
            &self.owners,
            &self.details,
            &self.referrals,
            &self.record.actor.account,
            &self.record.actor.app,
            &self.shape,
            &self.sealed,
        ]
    }
}

fn owners(access: &PointerAccess) -> Vec<&str> {
    let owners: BTreeSet<&str> = access.pointers.iter().map(|pointer| pointer.custodian.as_str()).collect();
    owners.into_iter().collect()
}

/// Lines after a number, oldest first.
pub(super) async fn after(
    connection: &mut Object,
    after: u64,
    limit: u32,
) -> Result<Vec<(u64, AuditRecord)>, StoreError> {
    number_lines(connection).await.map_err(fault)?;
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let rows = ask(connection, SELECT, &[&after, &i64::from(limit)]).await?;
    rows.iter().map(|row| read(row).and_then(|(number, record)| Ok((count(number)?, record)))).collect()
}

/// Numbers lines now and then, beside the commits.
#[derive(Default)]
pub(super) struct Numbering {
    added: AtomicU64,
}

impl Numbering {
    /// To be told of each batch that was committed.
    pub(super) fn after_commit(&self, batch: &Packed, pool: &Pool) {
        let lines = batch.changes.iter().filter(|change| matches!(change, PackedChange::PutAudit(_))).count() as u64;
        let before = self.added.fetch_add(lines, Ordering::Relaxed);
        if before / NUMBERED_EVERY == (before + lines) / NUMBERED_EVERY {
            return;
        }
        let pool = pool.clone();
        tokio::spawn(async move {
            let Ok(mut connection) = pool.get().await else { return };
            // Another process may be at it, and whoever reads does it too.
            if let Err(error) = number_lines(&mut connection).await {
                tracing::debug!("lines of the audit were not numbered: {}", fault(error));
            }
        });
    }
}

/// What is committed and has no number yet gets the next ones. What takes too long is tried again with half as much: otherwise it
/// would take as long the next time, and no line would ever have a number again.
pub(super) async fn number_lines(connection: &mut Object) -> Result<(), tokio_postgres::Error> {
    let (mut lines, mut listed) = (NUMBERED_MAX, LISTED_MAX);
    loop {
        match number_some(connection, lines, listed).await {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) && lines > 1 => {
                (lines, listed) = (lines / 2, (listed / 2).max(1));
            }
            Err(error) => return Err(error),
        }
    }
}

/// Numbers so many lines, with lists of so many entries, and says whether there are more. Two at once would give the same numbers:
/// the second waits.
async fn number_some(connection: &mut Object, lines: i64, listed: i64) -> Result<bool, tokio_postgres::Error> {
    let transaction = connection.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    // Planned anew each time: a plan that was made when there were few lines takes minutes for many.
    let is_more = transaction.query_one(NUMBER, &[&lines, &listed]).await?.try_get(0)?;
    transaction.commit().await?;
    Ok(is_more)
}

/// Reads `number, home, at, exchange, partner, message, request_id, action, referral, subject, details, account, app, query,
/// sealed`.
pub(super) fn read(row: &Row) -> Result<(i64, AuditRecord), StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    let number = |column: usize| row.try_get::<_, i64>(column).map_err(fault);
    let record = AuditRecord {
        home: Home(number(1)?),
        at: Timestamp(number(2)?),
        exchange: text(3)?.into(),
        partner: row.try_get::<_, Option<&str>>(4).map_err(fault)?.map(Into::into),
        actor: Actor { account: row.try_get(11).map_err(fault)?, app: row.try_get(12).map_err(fault)? },
        message: MessageId(id(row.try_get(5).map_err(fault)?)?),
        request_id: text(6)?.into(),
        query: query(row.try_get(13).map_err(fault)?, row.try_get(14).map_err(fault)?),
        what: what(row)?,
    };
    Ok((number(0)?, record))
}

fn what(row: &Row) -> Result<Audited, StoreError> {
    let action = row.try_get::<_, &str>(7).map_err(fault)?;
    let bytes = |column: usize| row.try_get::<_, Option<&[u8]>>(column).map_err(fault);
    if let Some(referral) = bytes(8)? {
        return Ok(Audited::Referral { action: audit_action(action)?, referral: ReferralId(id(referral)?) });
    }
    let subject = bytes(9)?.map(|subject| id(subject).map(SubjectKey)).transpose()?;
    let details = row.try_get::<_, &[u8]>(10).map_err(fault)?;
    details::unpack(details, action, subject)
}
