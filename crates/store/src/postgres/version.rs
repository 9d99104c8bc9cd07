//! Reads resources: one version, or all of them.

use baton_exchange::{
    id::{Home, PartnerId, ReferralId},
    resource::StoredResource,
    time::Timestamp,
};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{commit::ask, error::fault};
use crate::{
    Looked, Page, PageToken, ResourceQuestion, StoreError,
    column::{count, id as as_id},
    page::{BEFORE_MAX, Filling, OpenParcel, Within, limit},
    seal::Keys,
};

/// Whether a partner has a part in the referral of the resource `r`.
macro_rules! has_part {
    ($partner:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM party y WHERE y.home = r.home AND y.referral = r.referral AND y.partner = ",
            $partner,
            ")"
        )
    };
}

/// The version that counts, or the one that is asked for.
pub(super) async fn read(connection: &Object, keys: &Keys, question: &ResourceQuestion) -> Result<Looked, StoreError> {
    const ASK: &str = concat!(
        "SELECT v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies,
                v.version IS NULL AND coalesce($4, r.versions) BETWEEN 1 AND r.versions
                AND NOT EXISTS (SELECT 1 FROM version n WHERE n.home = r.home AND n.resource = r.seq
                                                              AND n.version = coalesce($4, r.versions))
         FROM resource r
         LEFT JOIN version v ON v.home = r.home AND v.resource = r.seq AND v.version = coalesce($4, r.current)
         LEFT JOIN parcel p ON p.home = v.home AND p.seq = v.parcel
         WHERE r.home = $1 AND r.type = $2 AND r.id = $3 AND ($5::text IS NULL OR ",
        has_part!("$5"),
        ")"
    );
    let ResourceQuestion { home, resource_type, id, version, seen_by } = question;
    let seen_by = seen_by.as_ref().map(PartnerId::as_str);
    let rows = ask(connection, ASK, &[&home.0, resource_type, id, &version.map(i64::from), &seen_by]).await?;
    let Some(row) = rows.first() else { return Ok(Looked::Nothing) };
    if row.try_get::<_, Option<i64>>(0).map_err(fault)?.is_some() {
        let mut parcel = OpenParcel::none(keys);
        return read_row(row, 0, &mut parcel, *home, resource_type.clone(), id.clone()).map(Looked::Found);
    }
    // A version that was counted and is not there was cleared.
    Ok(if row.try_get(7).map_err(fault)? { Looked::Gone } else { Looked::Nothing })
}

/// Newest first. A page goes on below the version at which the last one ended.
pub(super) async fn history(
    connection: &Object,
    keys: &Keys,
    question: &ResourceQuestion,
    page: Page,
) -> Result<(Vec<StoredResource>, Option<PageToken>), StoreError> {
    const ASK: &str = concat!(
        "SELECT w.version, w.start, w.bytes, p.referral, p.updated, p.seq, p.bodies FROM
             (SELECT v.*, (sum(v.bytes) OVER (ORDER BY v.version DESC))::bigint - v.bytes AS before,
                     first_value(v.bytes) OVER (ORDER BY v.version DESC) AS first FROM
                 (SELECT v.* FROM resource r JOIN version v ON v.home = r.home AND v.resource = r.seq
                  WHERE r.home = $1 AND r.type = $2 AND r.id = $3 AND v.version < $4 AND ($6::text IS NULL OR ",
        has_part!("$6"),
        ")
                  ORDER BY v.version DESC LIMIT $5) v) w
         JOIN parcel p ON p.home = w.home AND p.seq = w.parcel
         WHERE w.before <= greatest($7, w.first) ORDER BY w.version DESC"
    );
    let ResourceQuestion { home, resource_type, id, version: _, seen_by } = question;
    let seen_by = seen_by.as_ref().map(PartnerId::as_str);
    let below = page.after.map_or(i64::MAX, |token| token.0);
    let (mut filling, mut parcel) = (Filling::of(page), OpenParcel::none(keys));
    let values =
        [&home.0 as _, resource_type as _, id as _, &below as _, &limit(page) as _, &seen_by as _, &BEFORE_MAX as _];
    for row in ask(connection, ASK, &values).await? {
        let resource = read_row(&row, 0, &mut parcel, *home, resource_type.clone(), id.clone())?;
        filling.put(i64::from(resource.version), resource);
    }
    Ok(filling.done())
}

/// Reads `v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies` from a place on.
pub(super) fn read_row(
    row: &Row,
    first: usize,
    parcel: &mut OpenParcel<'_>,
    home: Home,
    resource_type: String,
    id: String,
) -> Result<StoredResource, StoreError> {
    let number = |column: usize| row.try_get::<_, i64>(first + column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(first + column).map_err(fault);
    let referral = ReferralId(as_id(bytes(3)?)?);
    let within = Within { start: number(1)?, bytes: number(2)? };
    Ok(StoredResource {
        home,
        referral,
        resource_type,
        id,
        version: count(number(0)?)?,
        updated: Timestamp(number(4)?),
        body: parcel.body(referral, number(5)?, bytes(6)?, within)?,
    })
}
