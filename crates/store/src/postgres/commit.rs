//! One batch, one transaction.

use baton_exchange::{decision::Assert, time::Timestamp};
use deadpool_postgres::{Object, Transaction};

use super::{
    audit,
    error::{Trouble, fault},
    notice,
    pipeline::{Step, all},
    pointer, receipt, referral, resource, search, token,
};
use crate::{
    Committed, StoreError,
    batch::{Packed, PackedChange},
};

/// How often a batch is begun again after a deadlock.
const TRIES_MAX: u32 = 5;

/// All statements of a commit. They are prepared before the first is sent: see [`all`].
pub(super) const PREPARED: &[&[&str]] = &[
    receipt::PREPARED,
    referral::PREPARED,
    resource::PREPARED,
    search::PREPARED,
    pointer::PREPARED,
    notice::PREPARED,
    audit::PREPARED,
    token::PREPARED,
];

pub(super) async fn commit(connection: &mut Object, batch: &Packed) -> Result<Committed, StoreError> {
    if let (true, [PackedChange::PutAudit(record)]) = (batch.asserts.is_empty(), batch.changes.as_slice()) {
        // Most of what happens is that somebody looks.
        return audit::put_alone(connection, record).await.map(|()| Committed::Done);
    }
    for _ in 0..TRIES_MAX {
        match try_commit(connection, batch).await {
            Ok(()) => return Ok(Committed::Done),
            Err(Trouble::Outdated) => return Ok(Committed::Outdated),
            Err(Trouble::Store(error)) => return Err(error),
            Err(Trouble::Aborted | Trouble::Race) => {}
        }
    }
    Err(StoreError::Unavailable("too many commits of the same rows at once".into()))
}

async fn try_commit(connection: &mut Object, batch: &Packed) -> Result<(), Trouble> {
    for statements in PREPARED {
        for statement in *statements {
            connection.prepare_cached(statement).await?;
        }
    }
    let transaction = connection.transaction().await?;
    write(&transaction, batch).await?;
    transaction.commit().await?;
    Ok(())
}

async fn write(transaction: &Transaction<'_>, batch: &Packed) -> Result<(), Trouble> {
    let steps = steps(transaction, batch)?;
    if is_order_felt(batch) {
        for step in steps {
            step.await?;
        }
    } else {
        cause(all(steps).await)?;
    }
    // These need the results of earlier statements.
    for change in &batch.changes {
        if let PackedChange::ReplaceResources { referral, at, parcels } = change {
            resource::replace(transaction, batch.home()?, *referral, *at, parcels).await?;
        }
    }
    Ok(())
}

/// Whether two changes are about the same rows and take more than one statement. Of steps that run at once the second
/// statements come after the first ones of all, and then what is put last would be forgotten first.
fn is_order_felt(batch: &Packed) -> bool {
    let is_of_those = |change: &&PackedChange| {
        matches!(change, PackedChange::PutReceipt { .. } | PackedChange::PutToken(_) | PackedChange::ForgetExpired(_))
    };
    batch.changes.iter().filter(is_of_those).nth(1).is_some()
}

/// The asserts, and after them those changes that need no results of earlier statements.
fn steps<'a>(
    transaction: &'a Transaction<'_>,
    batch: &'a Packed,
) -> Result<Vec<Step<'a, Result<(), Trouble>>>, Trouble> {
    let mut steps = Vec::with_capacity(batch.asserts.len() + batch.changes.len());
    for assert in &batch.asserts {
        steps.push(holds(transaction, batch, assert)?);
    }
    for change in &batch.changes {
        steps.extend(written(transaction, change));
    }
    Ok(steps)
}

/// The first failure that does not just follow from another one.
pub(super) fn cause(results: Vec<Result<(), Trouble>>) -> Result<(), Trouble> {
    let mut failures: Vec<Trouble> = results.into_iter().filter_map(Result::err).collect();
    if failures.is_empty() {
        return Ok(());
    }
    let first = failures.iter().position(|failure| !matches!(failure, Trouble::Aborted)).unwrap_or(0);
    Err(failures.swap_remove(first))
}

fn holds<'a>(
    transaction: &'a Transaction<'_>,
    batch: &Packed,
    assert: &'a Assert,
) -> Result<Step<'a, Result<(), Trouble>>, Trouble> {
    Ok(match assert {
        Assert::NoReceipt { keys, now } => Box::pin(receipt::none_has(transaction, batch.home()?, keys, *now)),
        Assert::NoReferral { home, request_id } => Box::pin(referral::none_has(transaction, *home, request_id)),
        Assert::ReferralAt { home, id, version } => Box::pin(referral::is_at(transaction, *home, *id, *version)),
        Assert::NoPointer { home, subject, master } => {
            Box::pin(pointer::none_has(transaction, *home, *subject, *master))
        }
        Assert::PointerAt { home, id, version } => Box::pin(pointer::is_at(transaction, *home, *id, *version)),
    })
}

/// The change as statements that need no others; nothing for resources.
fn written<'a>(transaction: &'a Transaction<'_>, change: &'a PackedChange) -> Option<Step<'a, Result<(), Trouble>>> {
    Some(match change {
        PackedChange::PutReceipt { receipt, transcript } => Box::pin(receipt::put(transaction, receipt, transcript)),
        PackedChange::PutReferral(referral) => Box::pin(referral::put(transaction, referral)),
        PackedChange::ReplaceResources { .. } => return None,
        PackedChange::PutPointer(pointer) => Box::pin(pointer::put(transaction, pointer)),
        PackedChange::AdoptPointer(pointer) => Box::pin(pointer::adopt(transaction, pointer)),
        PackedChange::PutNotice(notice) => Box::pin(notice::put(transaction, notice)),
        PackedChange::PutAudit(record) => Box::pin(audit::put(transaction, record)),
        PackedChange::PutToken(token) => Box::pin(token::put(transaction, token)),
        PackedChange::ForgetExpired(before) => Box::pin(forget_expired(transaction, *before)),
    })
}

async fn forget_expired(transaction: &Transaction<'_>, before: Timestamp) -> Result<(), Trouble> {
    // Both go out together: else statements of later changes would go out between them.
    let receipts = receipt::forget_expired(transaction, before);
    let tokens = token::forget_expired(transaction, before);
    cause(all(vec![Box::pin(receipts) as Step<'_, _>, Box::pin(tokens)]).await)
}

/// Runs one statement that was prepared, and tells how many rows it wrote.
pub(super) async fn execute(
    transaction: &Transaction<'_>,
    sql: &str,
    values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<u64, Trouble> {
    let statement = transaction.prepare_cached(sql).await?;
    Ok(transaction.execute(&statement, values).await?)
}

/// Runs one statement that was prepared, and gives back its rows.
pub(super) async fn query(
    transaction: &Transaction<'_>,
    sql: &str,
    values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<tokio_postgres::Row>, Trouble> {
    let statement = transaction.prepare_cached(sql).await?;
    Ok(transaction.query(&statement, values).await?)
}

/// The same outside of a transaction.
pub(super) async fn ask(
    connection: &Object,
    sql: &str,
    values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<Vec<tokio_postgres::Row>, StoreError> {
    let statement = connection.prepare_cached(sql).await.map_err(fault)?;
    connection.query(&statement, values).await.map_err(fault)
}
