//! The referrals that a message may mean, and all that belongs to them. Several statements: the caller holds the snapshot.

use std::collections::{BTreeMap, BTreeSet};

use baton_exchange::{
    id::{Home, ReferralId},
    message::{CaseNames, KnownCase},
    referral::Referral,
    resource::{IndexKey, StoredResource},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{error::fault, referral, version::read_row};
use crate::{StoreError, batch::NAMESAKES_MAX, chain::Chain, page::OpenParcel, seal::Keys};

pub(super) fn known(
    connection: &Connection,
    keys: &Keys,
    home: Home,
    names: &CaseNames,
) -> Result<Vec<KnownCase>, StoreError> {
    let named = named(connection, home, &names.keys)?;
    let mut roots: BTreeSet<ReferralId> = named.keys().copied().collect();
    roots.extend(names.id);
    if let Some((resource_type, id)) = &names.resource {
        roots.extend(owner(connection, home, resource_type, id)?);
    }
    let mut chain = Chain::from(roots);
    while !chain.wanted().is_empty() {
        chain.put(referrals(connection, home, chain.wanted())?);
    }
    let case = |referral: Referral| {
        let its = named.get(&referral.id);
        let has = |key: &IndexKey| its.is_some_and(|keys| keys.contains(key));
        let resources = resources(connection, keys, home, referral.id)?;
        Ok(KnownCase { referral, keys: names.keys.iter().copied().filter(has).collect(), resources })
    };
    chain.into_referrals().map(case).collect()
}

/// The referrals that have one of these names, with those names. A name of too many is none.
fn named(
    connection: &Connection,
    home: Home,
    keys: &[IndexKey],
) -> Result<BTreeMap<ReferralId, BTreeSet<IndexKey>>, StoreError> {
    const ASK: &str = "SELECT referral FROM name WHERE home = ?1 AND key = ?2 LIMIT ?3";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut named: BTreeMap<ReferralId, BTreeSet<IndexKey>> = BTreeMap::new();
    for key in keys {
        let values = params![home.0, key.0, NAMESAKES_MAX as i64 + 1];
        let having = statement.query_map(values, |row| row.get(0).map(ReferralId)).map_err(fault)?;
        let having: Vec<ReferralId> = having.collect::<Result<_, _>>().map_err(fault)?;
        for referral in having.iter().filter(|_| having.len() <= NAMESAKES_MAX) {
            named.entry(*referral).or_default().insert(*key);
        }
    }
    Ok(named)
}

/// The referral to which a resource belongs, or belonged.
fn owner(connection: &Connection, home: Home, resource_type: &str, id: &str) -> Result<Option<ReferralId>, StoreError> {
    const ASK: &str = "SELECT referral FROM resource WHERE home = ?1 AND type = ?2 AND id = ?3";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let found = statement.query_row(params![home.0, resource_type, id], |row| row.get::<_, Option<_>>(0));
    Ok(found.optional().map_err(fault)?.flatten().map(ReferralId))
}

fn referrals(connection: &Connection, home: Home, ids: &[ReferralId]) -> Result<Vec<Referral>, StoreError> {
    const ASK: &str = concat!("SELECT ", referral::columns!(), " FROM referral r WHERE r.home = ?1 AND r.id = ?2");
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut found = Vec::new();
    for id in ids {
        let mut rows = statement.query(params![home.0, id.0]).map_err(fault)?;
        if let Some(row) = rows.next().map_err(fault)? {
            found.extend(referral::read(row, 0)?);
        }
    }
    Ok(found)
}

/// What belongs to a referral now, in the order of first acceptance.
fn resources(
    connection: &Connection,
    keys: &Keys,
    home: Home,
    referral: ReferralId,
) -> Result<Vec<StoredResource>, StoreError> {
    const ASK: &str = "SELECT r.type, r.id, v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies
                       FROM resource r
                       CROSS JOIN version v ON v.resource = r.seq AND v.version = r.current
                       CROSS JOIN parcel p ON p.seq = v.parcel
                       WHERE r.home = ?1 AND r.referral = ?2 ORDER BY r.seq";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![home.0, referral.0]).map_err(fault)?;
    let (mut found, mut parcel) = (Vec::new(), OpenParcel::none(keys));
    while let Some(row) = rows.next().map_err(fault)? {
        let (resource_type, id) = (row.get(0).map_err(fault)?, row.get(1).map_err(fault)?);
        found.push(read_row(row, 2, &mut parcel, home, resource_type, id)?);
    }
    Ok(found)
}
