//! The referrals that a message may mean, and all that belongs to them. Several statements in one snapshot.

use std::collections::{BTreeMap, BTreeSet};

use baton_exchange::{
    id::{Home, ReferralId},
    message::{CaseNames, Known, KnownCase, MessageQuestion},
    referral::Referral,
    resource::{IndexKey, StoredResource},
};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::{IsolationLevel, Row, types::ToSql};

use super::{
    error::fault,
    known, name, orphan,
    pipeline::{Step, all},
    referral,
    version::read_row,
};
use crate::{
    StoreError,
    batch::{NAMESAKES_MAX, ORPHANS_MAX},
    chain::Chain,
    column::id,
    page::OpenParcel,
    seal::Keys,
};

/// By each name one more than a name may have.
const NAMED: &str = "SELECT those.referral, asked.key FROM unnest($2::bytea[]) AS asked(key)
                     CROSS JOIN LATERAL (SELECT referral FROM name WHERE home = $1 AND key = asked.key LIMIT $3) AS those";
const OWNER: &str = "SELECT referral FROM resource WHERE home = $1 AND type = $2 AND id = $3 AND referral IS NOT NULL";
const REFERRALS: &str =
    concat!("SELECT ", referral::columns!(), " FROM referral r WHERE r.home = $1 AND r.id = ANY ($2)");
/// What belongs to referrals now, in the order of first acceptance.
const RESOURCES: &str = "SELECT r.type, r.id, v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies
                         FROM resource r
                         JOIN version v ON v.home = r.home AND v.resource = r.seq AND v.version = r.current
                         JOIN parcel p ON p.home = v.home AND p.seq = v.parcel
                         WHERE r.home = $1 AND r.referral = ANY ($2) ORDER BY r.seq";

/// What is known about a message that several parties may send. The statements that need no results of others go out
/// together.
pub(super) async fn known(
    connection: &mut Object,
    keys: &Keys,
    question: &MessageQuestion,
    names: &CaseNames,
) -> Result<Known, StoreError> {
    for statement in [known::ASK, NAMED, OWNER, orphan::KNOWN] {
        connection.prepare_cached(statement).await.map_err(fault)?;
    }
    let snapshot = connection.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    let snapshot = snapshot.start().await.map_err(fault)?;
    let (named_keys, home) = (name::bytes(&names.keys), question.home);
    let (resource_type, id) = names.resource.clone().unwrap_or_default();
    let named_values = [&home.0 as _, &named_keys as _, &(NAMESAKES_MAX as i64 + 1) as _];
    let owner_values = [&home.0 as _, &resource_type as _, &id as _];
    let orphan_values = [&home.0 as _, &named_keys as _, &question.now.0 as _, &(ORPHANS_MAX as i64) as _];
    let parameters = known::Parameters::of(question);
    let receipt_values = parameters.values();
    let looks: Vec<Step<'_, Result<Vec<Row>, StoreError>>> = vec![
        Box::pin(look(&snapshot, known::ASK, &receipt_values)),
        Box::pin(look(&snapshot, NAMED, &named_values)),
        Box::pin(look(&snapshot, OWNER, &owner_values)),
        Box::pin(look(&snapshot, orphan::KNOWN, &orphan_values)),
    ];
    let mut seen = all(looks).await.into_iter();
    let mut next = || seen.next().unwrap_or_else(|| Ok(Vec::new()));
    let (receipts, named, owners, orphans) = (next()?, named(&next()?)?, next()?, next()?);
    let mut roots: BTreeSet<ReferralId> = named.keys().copied().collect();
    roots.extend(names.id);
    for row in owners {
        roots.insert(referral_id(&row)?);
    }
    Ok(Known {
        cases: cases(&snapshot, &mut OpenParcel::none(keys), home, names, &named, roots).await?,
        orphans: orphans.iter().map(|row| orphan::read(row, home, keys)).collect::<Result<_, _>>()?,
        ..known::read(&receipts, keys)?
    })
}

/// Runs one statement of a snapshot.
async fn look(snapshot: &Transaction<'_>, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, StoreError> {
    let statement = snapshot.prepare_cached(sql).await.map_err(fault)?;
    snapshot.query(&statement, values).await.map_err(fault)
}

/// The names that were asked for, by the referrals that have them.
type Named = BTreeMap<ReferralId, BTreeSet<IndexKey>>;

/// A name of too many is none.
fn named(rows: &[Row]) -> Result<Named, StoreError> {
    let mut having: BTreeMap<IndexKey, BTreeSet<ReferralId>> = BTreeMap::new();
    for row in rows {
        let key = IndexKey(id(row.try_get(1).map_err(fault)?)?);
        having.entry(key).or_default().insert(referral_id(row)?);
    }
    let mut named = Named::new();
    for (key, referrals) in having.into_iter().filter(|(_, referrals)| referrals.len() <= NAMESAKES_MAX) {
        for referral in referrals {
            named.entry(referral).or_default().insert(key);
        }
    }
    Ok(named)
}

fn referral_id(row: &Row) -> Result<ReferralId, StoreError> {
    id(row.try_get(0).map_err(fault)?).map(ReferralId)
}

async fn cases(
    snapshot: &Transaction<'_>,
    parcel: &mut OpenParcel<'_>,
    home: Home,
    names: &CaseNames,
    named: &Named,
    roots: BTreeSet<ReferralId>,
) -> Result<Vec<KnownCase>, StoreError> {
    let mut chain = Chain::from(roots);
    while !chain.wanted().is_empty() {
        let ids: Vec<&[u8]> = chain.wanted().iter().map(|id| id.0.as_slice()).collect();
        let rows = look(snapshot, REFERRALS, &[&home.0, &ids]).await?;
        let found: Result<Vec<Option<Referral>>, _> = rows.iter().map(|row| referral::read(row, 0)).collect();
        chain.put(found?.into_iter().flatten().collect());
    }
    let referrals: Vec<Referral> = chain.into_referrals().collect();
    let mut resources = resources(snapshot, parcel, home, &referrals).await?;
    let case = |referral: Referral| {
        let its = named.get(&referral.id);
        let has = |key: &IndexKey| its.is_some_and(|keys| keys.contains(key));
        KnownCase {
            keys: names.keys.iter().copied().filter(has).collect(),
            resources: resources.remove(&referral.id).unwrap_or_default(),
            referral,
        }
    };
    Ok(referrals.into_iter().map(case).collect())
}

async fn resources(
    snapshot: &Transaction<'_>,
    parcel: &mut OpenParcel<'_>,
    home: Home,
    referrals: &[Referral],
) -> Result<BTreeMap<ReferralId, Vec<StoredResource>>, StoreError> {
    let mut resources: BTreeMap<ReferralId, Vec<StoredResource>> = BTreeMap::new();
    if referrals.is_empty() {
        return Ok(resources);
    }
    let ids: Vec<&[u8]> = referrals.iter().map(|referral| referral.id.0.as_slice()).collect();
    for row in look(snapshot, RESOURCES, &[&home.0, &ids]).await? {
        let (resource_type, id) = (row.try_get(0).map_err(fault)?, row.try_get(1).map_err(fault)?);
        let resource = read_row(&row, 2, parcel, home, resource_type, id)?;
        resources.entry(resource.referral).or_default().push(resource);
    }
    Ok(resources)
}
