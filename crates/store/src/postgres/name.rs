//! Names by which referrals are found.

use baton_exchange::{
    decision::Assert,
    id::{Home, MessageId, ReferralId},
    resource::IndexKey,
    time::Timestamp,
};
use deadpool_postgres::Transaction;

use super::{
    commit::{execute, query},
    error::Trouble,
};
use crate::batch::{CASES_MAX, NAMESAKES_MAX, ORPHANS_MAX, Packed, PackedChange};

/// A name that nobody has, has no row that could be locked. So whoever relies on that, or puts something under a name, holds
/// the name itself until its end: of a referral and an orphan that come at once, the one that waits sees what the other wrote,
/// since each statement of a transaction sees all that was committed before it began. Numbers are taken in their order, and
/// before all rows, so that nobody waits in a circle.
const LOCK: &str = "SELECT pg_advisory_xact_lock(number) FROM unnest($1::bigint[]) AS number";
const FIND: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM unnest($2::bytea[]) AS asked(key)
                            WHERE NOT $7
                                  AND EXISTS (SELECT 1 FROM name
                                              WHERE home = $1 AND key = asked.key AND referral <> ALL ($6))
                                  AND (SELECT count(*) FROM (SELECT 1 FROM name WHERE home = $1 AND key = asked.key
                                                             LIMIT $8::bigint + 1) AS those) <= $8::bigint)
                        OR EXISTS (SELECT 1 FROM orphan_name n JOIN orphan o ON o.home = n.home AND o.id = n.orphan
                                   WHERE n.home = $1 AND n.key = ANY ($2) AND o.expires > $4
                                         AND NOT $5 AND o.id <> ALL ($3))";
const PUT: &str = "INSERT INTO name (home, key, referral) SELECT $1, unnest($3::bytea[]), $2 ON CONFLICT DO NOTHING";

pub(super) const PREPARED: &[&str] = &[LOCK, FIND, PUT];

/// The numbers of all names that a batch relies on or puts something under, in their order.
pub(super) fn locks(batch: &Packed) -> Vec<i64> {
    let relied_on = batch.asserts.iter().filter_map(|assert| match assert {
        Assert::NoNames { home, names, .. } => Some((*home, names)),
        Assert::NoReceipt { .. }
        | Assert::NoReferral { .. }
        | Assert::ReferralAt { .. }
        | Assert::NoPointer { .. }
        | Assert::PointerAt { .. } => None,
    });
    let put = batch.changes.iter().filter_map(|change| match change {
        PackedChange::PutNames { names, .. } => Some((batch.home().ok()?, names)),
        PackedChange::PutOrphan(orphan) => Some((orphan.home, &orphan.names)),
        PackedChange::PutSeals(_)
        | PackedChange::PutReceipt { .. }
        | PackedChange::PutReferral(_)
        | PackedChange::ReplaceResources { .. }
        | PackedChange::PutResources { .. }
        | PackedChange::DropOrphans(_)
        | PackedChange::Erase(_)
        | PackedChange::PutPointer(_)
        | PackedChange::AdoptPointer(_)
        | PackedChange::PutNotice(_)
        | PackedChange::PutAudit(_)
        | PackedChange::Redact(_)
        | PackedChange::Access(_)
        | PackedChange::ForgetExpired(_) => None,
    });
    let mut numbers: Vec<i64> =
        relied_on.chain(put).flat_map(|(home, names)| names.iter().map(move |name| number(home, *name))).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Two names with the same number only wait for each other.
fn number(home: Home, name: IndexKey) -> i64 {
    let mixed = i128::from_be_bytes(name.0);
    home.0 ^ (mixed >> 64) as i64 ^ mixed as i64
}

pub(super) async fn lock(transaction: &Transaction<'_>, numbers: Vec<i64>) -> Result<(), Trouble> {
    query(transaction, LOCK, &[&numbers]).await.map(drop)
}

pub(super) async fn none_has(
    transaction: &Transaction<'_>,
    home: Home,
    names: &[IndexKey],
    seen: &[ReferralId],
    orphans: &[MessageId],
    now: Timestamp,
) -> Result<(), Trouble> {
    // where as many were seen as are ever shown, others may be there
    let (are_all_seen, namesakes_max) = (seen.len() >= CASES_MAX, NAMESAKES_MAX as i64);
    let seen: Vec<&[u8]> = seen.iter().map(|id| id.0.as_slice()).collect();
    let seen_orphans: Vec<&[u8]> = orphans.iter().map(|id| id.0.as_slice()).collect();
    let is_all_shown = orphans.len() >= ORPHANS_MAX;
    let values = [
        &home.0 as _,
        &bytes(names) as _,
        &seen_orphans as _,
        &now.0 as _,
        &is_all_shown as _,
        &seen as _,
        &are_all_seen as _,
        &namesakes_max as _,
    ];
    if query(transaction, FIND, &values).await?.is_empty() { Ok(()) } else { Err(Trouble::Outdated) }
}

pub(super) async fn put(
    transaction: &Transaction<'_>,
    home: Home,
    referral: ReferralId,
    names: &[IndexKey],
) -> Result<(), Trouble> {
    execute(transaction, PUT, &[&home.0, &referral.0.as_slice(), &bytes(names)]).await.map(drop)
}

/// Keys as a parameter.
pub(super) fn bytes(names: &[IndexKey]) -> Vec<&[u8]> {
    names.iter().map(|name| name.0.as_slice()).collect()
}
