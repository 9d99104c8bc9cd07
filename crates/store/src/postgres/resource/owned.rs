//! Resources that belong to one referral only: each message changes some of them and leaves the others as they are. See
//! `sqlite/resource/owned.rs`.

use baton_exchange::{
    id::{Home, ReferralId},
    time::Timestamp,
};
use deadpool_postgres::Transaction;

use super::{put_parcels, put_versions, take_places};
use crate::{
    StoreError,
    batch::{PackedResource, Parcel},
    postgres::{
        commit::{execute, query},
        error::Trouble,
    },
};

/// The generation of parcels of which no set says what is current.
const NO_GENERATION: i64 = 0;

/// Makes no version of some resources count.
const TAKE_OUT: &str = "WITH old AS MATERIALIZED
         (SELECT r.seq, v.keys FROM resource r
          JOIN unnest($3::text[], $4::text[]) AS named (type, id) USING (type, id)
          JOIN version v ON v.home = r.home AND v.resource = r.seq AND v.version = r.current
          WHERE r.home = $1 AND r.referral = $2),
     keys AS (SELECT seq, substring(keys FROM 16 * place + 1 FOR 16) AS key
              FROM old, generate_series(0, length(keys) / 16 - 1) AS place),
     dropped AS (DELETE FROM search s USING keys WHERE s.home = $1 AND s.key = keys.key AND s.resource = keys.seq)
     UPDATE resource r SET current = 0 FROM old WHERE r.home = $1 AND r.seq = old.seq";
const FIND_SET: &str = "SELECT 1 FROM current_set WHERE home = $1 AND referral = $2";
/// Takes away all versions of a referral's resources with their keys and bodies. What is left are their ids and how many
/// versions there were.
const ERASE: &str = "WITH owned AS (UPDATE resource SET current = 0 WHERE home = $1 AND referral = $2 RETURNING seq),
     gone AS (DELETE FROM version v USING owned WHERE v.home = $1 AND v.resource = owned.seq
              RETURNING v.resource, v.parcel, v.keys),
     keys AS (SELECT resource, substring(keys FROM 16 * place + 1 FOR 16) AS key
              FROM gone, generate_series(0, length(keys) / 16 - 1) AS place),
     dropped AS (DELETE FROM search s USING (SELECT DISTINCT resource, key FROM keys) k
                 WHERE s.home = $1 AND s.key = k.key AND s.resource = k.resource)
     DELETE FROM parcel WHERE home = $1 AND seq IN (SELECT parcel FROM gone)";

pub(in crate::postgres) const PREPARED: &[&str] = &[TAKE_OUT, FIND_SET, ERASE];

/// Makes these the current versions, and those that are left out no longer current.
pub(in crate::postgres) async fn put(
    transaction: &Transaction<'_>,
    home: Home,
    referral: ReferralId,
    at: Timestamp,
    parcels: &[Parcel],
    left_out: &[(String, String)],
) -> Result<(), Trouble> {
    if !left_out.is_empty() {
        let (types, ids): (Vec<&str>, Vec<&str>) =
            left_out.iter().map(|(resource_type, id)| (resource_type.as_str(), id.as_str())).unzip();
        execute(transaction, TAKE_OUT, &[&home.0, &referral.0.as_slice(), &types, &ids]).await?;
    }
    let resources: Vec<&PackedResource> = parcels.iter().flat_map(|parcel| &parcel.resources).collect();
    if resources.is_empty() {
        return Ok(());
    }
    let rows = put_parcels(transaction, home, referral, NO_GENERATION, at, parcels).await?;
    let places = take_places(transaction, home, Some(referral), &resources).await?;
    put_versions(transaction, home, None, parcels, &rows, &places).await
}

pub(in crate::postgres) async fn erase(
    transaction: &Transaction<'_>,
    home: Home,
    referral: ReferralId,
) -> Result<(), Trouble> {
    if !query(transaction, FIND_SET, &[&home.0, &referral.0.as_slice()]).await?.is_empty() {
        return Err(StoreError::Bug("an erasure of resources that several referrals may have".into()).into());
    }
    execute(transaction, ERASE, &[&home.0, &referral.0.as_slice()]).await.map(drop)
}
