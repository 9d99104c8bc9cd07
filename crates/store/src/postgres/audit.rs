//! The audit: lines are added and never changed, but for the number that they get when they are first read.

use baton_exchange::{
    audit::AuditRecord,
    id::{Home, MessageId, ReferralId},
    time::Timestamp,
};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::{
    commit::{ask, execute},
    error::Trouble,
    error::fault,
};
use crate::{
    StoreError,
    column::{audit_action, count, id},
};

const INSERT: &str = "INSERT INTO audit (home, at, exchange, partner, action, referral, message, request_id)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
/// Held by whoever numbers lines: "Audi".
const LOCK: &str = "SELECT pg_advisory_xact_lock(1098212457)";
const NUMBER: &str = "UPDATE audit a SET number = n.number FROM
                          (SELECT home, entry, row_number() OVER (ORDER BY entry) + coalesce(
                               (SELECT max(number) FROM audit WHERE number IS NOT NULL), 0) AS number
                           FROM audit WHERE number IS NULL) n
                      WHERE a.home = n.home AND a.entry = n.entry";
const SELECT: &str = "SELECT number, home, at, exchange, partner, action, referral, message, request_id FROM audit
                      WHERE number > $1 ORDER BY number LIMIT $2";

pub(super) const PREPARED: &[&str] = &[INSERT];

pub(super) async fn put(transaction: &Transaction<'_>, record: &AuditRecord) -> Result<(), Trouble> {
    execute(
        transaction,
        INSERT,
        &[
            &record.home.0,
            &record.at.0,
            &record.exchange.as_str(),
            &record.partner.as_str(),
            &record.action.as_str(),
            &record.referral.0.as_slice(),
            &record.message.0.as_slice(),
            &record.request_id,
        ],
    )
    .await
    .map(drop)
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
    rows.iter().map(read).collect()
}

/// What is committed and has no number yet gets the next ones. Two at once would give the same: the second waits.
async fn number_lines(connection: &mut Object) -> Result<(), tokio_postgres::Error> {
    let transaction = connection.transaction().await?;
    transaction.batch_execute(LOCK).await?;
    transaction.execute(NUMBER, &[]).await?;
    transaction.commit().await
}

fn read(row: &Row) -> Result<(u64, AuditRecord), StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    let number = |column: usize| row.try_get::<_, i64>(column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
    let record = AuditRecord {
        home: Home(number(1)?),
        at: Timestamp(number(2)?),
        exchange: text(3)?.into(),
        partner: text(4)?.into(),
        action: audit_action(text(5)?)?,
        referral: ReferralId(id(bytes(6)?)?),
        message: MessageId(id(bytes(7)?)?),
        request_id: text(8)?.into(),
    };
    Ok((count(number(0)?)?, record))
}
