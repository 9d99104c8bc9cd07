//! Makes resources the current ones of their referral. See `sqlite/resource/mod.rs` for how versions become current; here
//! each step is one statement for all resources.
//!
//! Several commits may want the same resources. Rows are locked in the order of type and id, so that they do not wait
//! for each other in a circle; new rows are settled by the unique index.

mod owned;

use std::collections::{HashMap, HashSet};

use baton_exchange::{
    id::{Home, ReferralId},
    resource::IndexKey,
    time::Timestamp,
};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

pub(super) use self::owned::{PREPARED as PREPARED_OWNED, erase, put};
use super::{
    commit::{cause, execute, query},
    error::Trouble,
    pipeline::{Step, all},
    search::{self, KeyChanges},
};
use crate::{
    StoreError,
    batch::{PackedResource, Parcel},
    column::{join_ids, split_ids},
};

const PUT_SET: &str = "INSERT INTO current_set (home, referral, generation, resources) VALUES ($1, $2, 1, '{}')
                       ON CONFLICT (home, referral) DO UPDATE SET generation = current_set.generation + 1
                       RETURNING generation, resources";
const SET_RESOURCES: &str = "UPDATE current_set SET resources = $3 WHERE home = $1 AND referral = $2";
const LOCK: &str = "SELECT 1 FROM resource WHERE home = $1 AND seq IN
                        (SELECT unnest($2::bigint[]) UNION
                         SELECT r.seq FROM resource r JOIN unnest($3::text[], $4::text[]) AS new (type, id) USING (type, id)
                         WHERE r.home = $1)
                    ORDER BY type, id FOR NO KEY UPDATE";
/// A new one counts at once. Of one that is there, the version that counted until now is given back.
const TAKE_PLACES: &str = "WITH numbered AS MATERIALIZED
         (SELECT type, id, times, nextval('resource_seq') AS seq
          FROM unnest($2::text[], $3::text[], $4::bigint[]) AS new (type, id, times))
     INSERT INTO resource (home, seq, type, id, versions, current, referral)
     SELECT $1, seq, type, id, times, times, $5 FROM numbered ORDER BY type, id
     ON CONFLICT (home, type, id) DO UPDATE SET versions = resource.versions + excluded.versions
     RETURNING type, id, seq, versions, current, referral";
const SET_CURRENT: &str = "UPDATE resource r SET current = new.current
                           FROM unnest($2::bigint[], $3::bigint[]) AS new (seq, current)
                           WHERE r.home = $1 AND r.seq = new.seq";
const INSERT_PARCEL: &str =
    "INSERT INTO parcel (home, referral, generation, updated, bodies) VALUES ($1, $2, $3, $4, $5)
                             RETURNING seq";
const INSERT_VERSIONS: &str = "INSERT INTO version (home, resource, version, parcel, start, bytes, keys)
     SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bytea[])";
const SELECT_KEYS: &str = "SELECT v.resource, v.keys FROM version v
                           JOIN unnest($2::bigint[], $3::bigint[]) AS old (resource, version) USING (resource, version)
                           WHERE v.home = $1";
/// Of the resources that a referral leaves out, those whose version counted; and the version that counts next, if any.
const SELECT_LEFT_OUT: &str = "SELECT r.seq, v.keys, coalesce(n.version, 0), coalesce(n.keys, '')
     FROM resource r
     JOIN version v ON v.home = r.home AND v.resource = r.seq AND v.version = r.current
     JOIN parcel p ON p.home = v.home AND p.seq = v.parcel AND p.referral = $3 AND p.generation = $4
     LEFT JOIN LATERAL
         (SELECT o.version, o.keys FROM version o
          JOIN parcel q ON q.home = o.home AND q.seq = o.parcel
          JOIN current_set s ON s.home = q.home AND s.referral = q.referral AND s.generation = q.generation
          WHERE o.home = r.home AND o.resource = r.seq AND o.version < r.current
          ORDER BY o.version DESC LIMIT 1) n ON true
     WHERE r.home = $1 AND r.seq = ANY ($2)";

pub(super) const PREPARED: &[&str] = &[
    PUT_SET,
    SET_RESOURCES,
    LOCK,
    TAKE_PLACES,
    SET_CURRENT,
    INSERT_PARCEL,
    INSERT_VERSIONS,
    SELECT_KEYS,
    SELECT_LEFT_OUT,
];

/// A resource and the number of its new version.
#[derive(Clone, Copy)]
struct Place {
    seq: i64,
    version: i64,
    /// The version that counted until now, 0 for none.
    counted: i64,
    /// The newest version of this message: another one, when it names the resource twice.
    last: i64,
    /// No message named it before. Then its row says already which version counts.
    is_new: bool,
}

pub(super) async fn replace(
    transaction: &Transaction<'_>,
    home: Home,
    referral: ReferralId,
    at: Timestamp,
    parcels: &[Parcel],
) -> Result<(), Trouble> {
    let set = query(transaction, PUT_SET, &[&home.0, &referral.0.as_slice()]).await?;
    let set = only(&set)?;
    let (generation, earlier): (i64, Vec<i64>) = (set.try_get(0)?, set.try_get(1)?);
    let resources: Vec<&PackedResource> = parcels.iter().flat_map(|parcel| &parcel.resources).collect();
    if !earlier.is_empty() {
        let (types, ids): (Vec<_>, Vec<_>) = resources.iter().copied().map(name).unzip();
        query(transaction, LOCK, &[&home.0, &earlier, &types, &ids]).await?;
    }
    let parcel_rows = put_parcels(transaction, home, referral, generation, at, parcels).await?;
    let places = take_places(transaction, home, None, &resources).await?;
    put_versions(transaction, home, Some(referral), parcels, &parcel_rows, &places).await?;
    let now: HashSet<i64> = places.iter().map(|place| place.seq).collect();
    let left_out: Vec<i64> = earlier.into_iter().filter(|seq| !now.contains(seq)).collect();
    if !left_out.is_empty() {
        leave_out(transaction, home, referral, generation - 1, &left_out).await?;
    }
    Ok(())
}

/// Stores the bodies, and gives back where.
async fn put_parcels(
    transaction: &Transaction<'_>,
    home: Home,
    referral: ReferralId,
    generation: i64,
    at: Timestamp,
    parcels: &[Parcel],
) -> Result<Vec<i64>, Trouble> {
    let mut steps: Vec<Step<'_, Result<i64, Trouble>>> = Vec::new();
    for parcel in parcels {
        steps.push(Box::pin(async move {
            let values = [&home.0 as _, &referral.0.as_slice() as _, &generation as _, &at.0 as _, &parcel.packed as _];
            let rows = query(transaction, INSERT_PARCEL, &values).await?;
            Ok(only(&rows)?.try_get(0)?)
        }));
    }
    all(steps).await.into_iter().collect()
}

/// Counts one version more of each. A message may name the same resource twice, but a statement changes a row only once:
/// so it says how many versions come, and they are numbered here.
async fn take_places(
    transaction: &Transaction<'_>,
    home: Home,
    owner: Option<ReferralId>,
    resources: &[&PackedResource],
) -> Result<Vec<Place>, Trouble> {
    let mut times: HashMap<(&str, &str), i64> = HashMap::with_capacity(resources.len());
    let (mut types, mut ids) = (Vec::new(), Vec::new());
    for resource in resources {
        let times = times.entry(name(resource)).or_default();
        *times += 1;
        if *times == 1 {
            types.push(name(resource).0);
            ids.push(name(resource).1);
        }
    }
    let counts: Vec<i64> = types.iter().zip(&ids).filter_map(|name| times.get(&(*name.0, *name.1)).copied()).collect();
    let owner = owner.as_ref().map(|owner| owner.0.as_slice());
    let rows = query(transaction, TAKE_PLACES, &[&home.0, &types, &ids, &counts, &owner]).await?;
    let mut next: HashMap<(&str, &str), Place> = HashMap::with_capacity(rows.len());
    for row in &rows {
        let name = (row.try_get(0)?, row.try_get(1)?);
        if owner.is_some() && row.try_get::<_, Option<&[u8]>>(5)? != owner {
            return Err(StoreError::Bug("a resource that belongs to another referral".into()).into());
        }
        let (seq, versions, current): (i64, i64, i64) = (row.try_get(2)?, row.try_get(3)?, row.try_get(4)?);
        let earlier = versions - times.get(&name).copied().unwrap_or_default();
        let is_new = earlier == 0;
        let counted = if is_new { 0 } else { current };
        next.insert(name, Place { seq, version: earlier, counted, last: versions, is_new });
    }
    let mut places = Vec::with_capacity(resources.len());
    for resource in resources {
        let missing = || Trouble::Store(StoreError::Bug("a resource without a place".into()));
        let place = next.get_mut(&name(resource)).ok_or_else(missing)?;
        place.version += 1;
        places.push(*place);
    }
    Ok(places)
}

/// Adds the versions, which count from now on, and makes them be found by their keys. Those of a set are all that their
/// referral has now.
async fn put_versions(
    transaction: &Transaction<'_>,
    home: Home,
    set: Option<ReferralId>,
    parcels: &[Parcel],
    parcel_rows: &[i64],
    places: &[Place],
) -> Result<(), Trouble> {
    let mut keys = counted_keys(transaction, home, places).await?;
    let (mut rows, mut changes) = (VersionRows::default(), KeyChanges::default());
    let (mut counting, mut counting_versions) = (Vec::new(), Vec::new());
    let mut place = places.iter();
    for (parcel, parcel_row) in parcels.iter().zip(parcel_rows) {
        for (resource, place) in parcel.resources.iter().zip(&mut place) {
            rows.push(place, *parcel_row, resource);
            let old = keys.insert(place.seq, resource.keys.clone()).unwrap_or_default();
            changes.add(place.seq, &old, &resource.keys);
            if place.version == place.last && !place.is_new {
                counting.push(place.seq);
                counting_versions.push(place.version);
            }
        }
    }
    let mut steps: Vec<Step<'_, Result<(), Trouble>>> = vec![Box::pin(rows.insert(transaction, home))];
    if let Some(referral) = set {
        steps.push(Box::pin(set_resources(transaction, home, referral, distinct_seqs(places))));
    }
    if !counting.is_empty() {
        steps.push(Box::pin(set_current(transaction, home, &counting, &counting_versions)));
    }
    steps.push(Box::pin(search::change(transaction, home, &changes)));
    cause(all(steps).await)
}

fn distinct_seqs(places: &[Place]) -> Vec<i64> {
    let mut seqs: Vec<i64> = places.iter().map(|place| place.seq).collect();
    seqs.sort_unstable();
    seqs.dedup();
    seqs
}

/// The keys of the versions that counted until now, by resource.
async fn counted_keys(
    transaction: &Transaction<'_>,
    home: Home,
    places: &[Place],
) -> Result<HashMap<i64, Vec<IndexKey>>, Trouble> {
    let (mut seqs, mut versions) = (Vec::new(), Vec::new());
    for place in places.iter().filter(|place| place.counted > 0) {
        seqs.push(place.seq);
        versions.push(place.counted);
    }
    let mut keys = HashMap::new();
    if seqs.is_empty() {
        return Ok(keys);
    }
    for row in query(transaction, SELECT_KEYS, &[&home.0, &seqs, &versions]).await? {
        keys.insert(row.try_get(0)?, split_ids(row.try_get(1)?)?.map(IndexKey).collect());
    }
    Ok(keys)
}

/// Resources that their referral has no more. If a version counted, an older one of another referral may count again.
async fn leave_out(
    transaction: &Transaction<'_>,
    home: Home,
    referral: ReferralId,
    generation: i64,
    seqs: &[i64],
) -> Result<(), Trouble> {
    let values = [&home.0 as _, &seqs as _, &referral.0.as_slice() as _, &generation as _];
    let (mut changes, mut next, mut versions) = (KeyChanges::default(), Vec::new(), Vec::new());
    for row in query(transaction, SELECT_LEFT_OUT, &values).await? {
        let seq = row.try_get(0)?;
        let old: Vec<IndexKey> = split_ids(row.try_get(1)?)?.map(IndexKey).collect();
        let new: Vec<IndexKey> = split_ids(row.try_get(3)?)?.map(IndexKey).collect();
        changes.add(seq, &old, &new);
        next.push(seq);
        versions.push(row.try_get::<_, i64>(2)?);
    }
    set_current(transaction, home, &next, &versions).await?;
    search::change(transaction, home, &changes).await
}

async fn set_resources(
    transaction: &Transaction<'_>,
    home: Home,
    referral: ReferralId,
    seqs: Vec<i64>,
) -> Result<(), Trouble> {
    execute(transaction, SET_RESOURCES, &[&home.0, &referral.0.as_slice(), &seqs]).await.map(drop)
}

async fn set_current(transaction: &Transaction<'_>, home: Home, seqs: &[i64], versions: &[i64]) -> Result<(), Trouble> {
    execute(transaction, SET_CURRENT, &[&home.0, &seqs, &versions]).await.map(drop)
}

/// Columns of new versions.
#[derive(Default)]
struct VersionRows {
    resources: Vec<i64>,
    versions: Vec<i64>,
    parcels: Vec<i64>,
    starts: Vec<i64>,
    bytes: Vec<i64>,
    keys: Vec<Vec<u8>>,
}

impl VersionRows {
    fn push(&mut self, place: &Place, parcel: i64, resource: &PackedResource) {
        self.resources.push(place.seq);
        self.versions.push(place.version);
        self.parcels.push(parcel);
        self.starts.push(resource.start as i64);
        self.bytes.push(resource.bytes as i64);
        self.keys.push(join_ids(resource.keys.iter().map(|key| key.0)));
    }

    async fn insert(self, transaction: &Transaction<'_>, home: Home) -> Result<(), Trouble> {
        let VersionRows { resources, versions, parcels, starts, bytes, keys } = self;
        let values =
            [&home.0 as _, &resources as _, &versions as _, &parcels as _, &starts as _, &bytes as _, &keys as _];
        execute(transaction, INSERT_VERSIONS, &values).await.map(drop)
    }
}

fn name(resource: &PackedResource) -> (&str, &str) {
    (&resource.resource_type, &resource.id)
}

fn only(rows: &[Row]) -> Result<&Row, Trouble> {
    rows.first().ok_or_else(|| Trouble::Store(StoreError::Bug("a statement without its row".into())))
}
