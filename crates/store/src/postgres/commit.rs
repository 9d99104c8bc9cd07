//! One batch, one transaction.

use baton_exchange::{
    access::AccessChange,
    decision::Assert,
    id::{Home, ReferralId},
    time::Timestamp,
};
use deadpool_postgres::{Object, Transaction};

use super::{
    account, audit,
    error::{Trouble, fault},
    name, notice, orphan,
    pipeline::{Step, all},
    pointer, receipt, referral, resource,
    seal::{self, Retired},
    search, ticket, token, tree,
};
use crate::{
    Committed, StoreError,
    batch::{Packed, PackedChange},
    seal::may_retire,
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
    tree::PREPARED,
    token::PREPARED,
    ticket::PREPARED,
    account::PREPARED,
    name::PREPARED,
    orphan::PREPARED,
    resource::PREPARED_OWNED,
    seal::PREPARED,
];

/// Gives back what has to be destroyed before the commit is answered.
pub(super) async fn commit(connection: &mut Object, batch: &Packed) -> Result<(Committed, Retired), StoreError> {
    if let (true, [PackedChange::PutAudit(record)]) = (batch.asserts.is_empty(), batch.changes.as_slice()) {
        // Most of what happens is that somebody looks.
        return audit::put_alone(connection, record).await.map(|()| (Committed::Done, Retired::default()));
    }
    for _ in 0..TRIES_MAX {
        match try_commit(connection, batch).await {
            Ok(retired) => return Ok((Committed::Done, retired)),
            Err(Trouble::Outdated) => return Ok((Committed::Outdated, Retired::default())),
            Err(Trouble::Store(error)) => return Err(error),
            Err(Trouble::Aborted | Trouble::Race) => {}
        }
    }
    Err(StoreError::Unavailable("too many commits of the same rows at once".into()))
}

async fn try_commit(connection: &mut Object, batch: &Packed) -> Result<Retired, Trouble> {
    for statements in PREPARED {
        for statement in *statements {
            connection.prepare_cached(statement).await?;
        }
    }
    let transaction = connection.transaction().await?;
    write(&transaction, batch).await?;
    let retired = if may_retire(batch) { seal::retired(&transaction).await? } else { Retired::default() };
    transaction.commit().await?;
    Ok(retired)
}

async fn write(transaction: &Transaction<'_>, batch: &Packed) -> Result<(), Trouble> {
    if batch.changes.iter().any(|change| matches!(change, PackedChange::Erase(_))) {
        return write_in_order(transaction, batch).await;
    }
    let steps = steps(transaction, batch)?;
    if is_order_felt(batch) {
        for step in steps {
            step.await?;
        }
    } else {
        cause(all(steps).await)?;
    }
    for change in &batch.changes {
        put_resources(transaction, batch, change).await?;
    }
    Ok(())
}

/// One after the other: what comes before an erasure is erased, and what comes after it stays.
async fn write_in_order(transaction: &Transaction<'_>, batch: &Packed) -> Result<(), Trouble> {
    for step in asserted(transaction, batch)? {
        step.await?;
    }
    for change in &batch.changes {
        match change {
            PackedChange::Erase(referral) => erase(transaction, batch.home()?, *referral).await?,
            other => match written(transaction, batch, other)? {
                Some(step) => step.await?,
                None => put_resources(transaction, batch, other).await?,
            },
        }
    }
    Ok(())
}

async fn erase(transaction: &Transaction<'_>, home: Home, referral: ReferralId) -> Result<(), Trouble> {
    resource::erase(transaction, home, referral).await?;
    receipt::erase(transaction, home, referral).await?;
    notice::erase(transaction, home, referral).await?;
    orphan::erase(transaction, home, referral).await
}

/// Makes a change of resources; all others are left out. It needs the results of earlier statements.
async fn put_resources(transaction: &Transaction<'_>, batch: &Packed, change: &PackedChange) -> Result<(), Trouble> {
    match change {
        PackedChange::ReplaceResources { referral, at, parcels } => {
            resource::replace(transaction, batch.home()?, *referral, *at, parcels).await
        }
        PackedChange::PutResources { referral, at, parcels, left_out } => {
            resource::put(transaction, batch.home()?, *referral, *at, parcels, left_out).await
        }
        _ => Ok(()),
    }
}

/// Whether two changes are about the same rows and take more than one statement. Of steps that run at once the second
/// statements come after the first ones of all, and then what is put last would be forgotten first.
fn is_order_felt(batch: &Packed) -> bool {
    let is_of_those = |change: &&PackedChange| {
        matches!(change, PackedChange::PutReceipt { .. } | PackedChange::Access(_) | PackedChange::ForgetExpired(_))
    };
    batch.changes.iter().filter(is_of_those).nth(1).is_some()
}

/// The asserts, and after them those changes that need no results of earlier statements.
fn steps<'a>(
    transaction: &'a Transaction<'_>,
    batch: &'a Packed,
) -> Result<Vec<Step<'a, Result<(), Trouble>>>, Trouble> {
    let mut steps = asserted(transaction, batch)?;
    for change in &batch.changes {
        steps.extend(written(transaction, batch, change)?);
    }
    Ok(steps)
}

/// The asserts, and before them the names that they rely on.
fn asserted<'a>(
    transaction: &'a Transaction<'_>,
    batch: &'a Packed,
) -> Result<Vec<Step<'a, Result<(), Trouble>>>, Trouble> {
    let mut steps: Vec<Step<'a, Result<(), Trouble>>> = Vec::with_capacity(batch.asserts.len() + batch.changes.len());
    let names = name::locks(batch);
    if !names.is_empty() {
        steps.push(Box::pin(name::lock(transaction, names)));
    }
    for assert in &batch.asserts {
        steps.push(holds(transaction, batch, assert)?);
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
        Assert::NoNames { home, names, seen, orphans, now } => {
            Box::pin(name::none_has(transaction, *home, names, seen, orphans, *now))
        }
        Assert::ReferralAt { home, id, version } => Box::pin(referral::is_at(transaction, *home, *id, *version)),
        Assert::NoPointer { home, subject, master } => {
            Box::pin(pointer::none_has(transaction, *home, *subject, *master))
        }
        Assert::PointerAt { home, id, version } => Box::pin(pointer::is_at(transaction, *home, *id, *version)),
    })
}

/// The change as statements that need no others; nothing for resources and for what is only done in order.
fn written<'a>(
    transaction: &'a Transaction<'_>,
    batch: &Packed,
    change: &'a PackedChange,
) -> Result<Option<Step<'a, Result<(), Trouble>>>, Trouble> {
    Ok(Some(match change {
        PackedChange::PutSeals(seals) => Box::pin(seal::put(transaction, batch.home()?, seals)),
        PackedChange::PutReceipt { receipt, transcript, is_shared } => {
            Box::pin(receipt::put(transaction, receipt, transcript, *is_shared))
        }
        PackedChange::PutReferral(referral) => Box::pin(referral::put(transaction, referral)),
        PackedChange::ReplaceResources { .. } | PackedChange::PutResources { .. } | PackedChange::Erase(_) => {
            return Ok(None);
        }
        PackedChange::PutNames { referral, names } => Box::pin(name::put(transaction, batch.home()?, *referral, names)),
        PackedChange::PutOrphan(orphan) => Box::pin(orphan::put(transaction, orphan)),
        PackedChange::DropOrphans(ids) => Box::pin(orphan::drop_those(transaction, batch.home()?, ids)),
        PackedChange::PutPointer(pointer) => Box::pin(pointer::put(transaction, pointer)),
        PackedChange::AdoptPointer(pointer) => Box::pin(pointer::adopt(transaction, pointer)),
        PackedChange::PutNotice(notice) => Box::pin(notice::put(transaction, notice)),
        PackedChange::Redact(lines) => Box::pin(tree::redact(transaction, lines)),
        PackedChange::PutAudit(record) => Box::pin(audit::put(transaction, record)),
        PackedChange::Access(change) => Box::pin(access(transaction, change)),
        PackedChange::ForgetExpired(before) => Box::pin(forget_expired(transaction, *before)),
    }))
}

async fn access(transaction: &Transaction<'_>, change: &AccessChange) -> Result<(), Trouble> {
    match change {
        AccessChange::PutToken(token) => token::put(transaction, token).await,
        AccessChange::DropToken(hash) => token::forget(transaction, *hash).await,
        AccessChange::PutTicket(ticket) => ticket::put(transaction, ticket).await,
        AccessChange::PutAccount(account) => account::put(transaction, account).await,
        AccessChange::EndFamily(family) => {
            // Who writes for a family at the same time changes one of its tickets first: the first statement waits for them or
            // makes them outdated, and only those after it see what they wrote besides.
            let (first, again) = (ticket::end_family(transaction, *family), ticket::end_family(transaction, *family));
            let tokens = token::end_family(transaction, *family);
            cause(all(vec![Box::pin(first) as Step<'_, _>, Box::pin(tokens), Box::pin(again)]).await)
        }
    }
}

async fn forget_expired(transaction: &Transaction<'_>, before: Timestamp) -> Result<(), Trouble> {
    // All go out together: else statements of later changes would go out between them.
    let receipts = receipt::forget_expired(transaction, before);
    let tokens = token::forget_expired(transaction, before);
    let tickets = ticket::forget_expired(transaction, before);
    let orphans = orphan::forget_expired(transaction, before);
    let steps = vec![Box::pin(receipts) as Step<'_, _>, Box::pin(tokens), Box::pin(tickets), Box::pin(orphans)];
    cause(all(steps).await)
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
