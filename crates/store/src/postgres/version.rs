//! Reads resources: one version, or all of them.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::StoredResource,
    time::Timestamp,
};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{commit::ask, error::fault};
use crate::{
    Page, PageToken, ResourceQuestion, StoreError,
    column::{count, id as as_id},
    page::{OpenParcel, cut, limit},
};

/// The version that counts, or the one that is asked for.
pub(super) async fn read(
    connection: &Object,
    question: ResourceQuestion,
) -> Result<Option<StoredResource>, StoreError> {
    const ASK: &str = "SELECT v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies FROM resource r
                       JOIN version v ON v.home = r.home AND v.resource = r.seq AND v.version = coalesce($4, r.current)
                       JOIN parcel p ON p.home = v.home AND p.seq = v.parcel
                       WHERE r.home = $1 AND r.type = $2 AND r.id = $3";
    let ResourceQuestion { home, resource_type, id, version } = question;
    let rows = ask(connection, ASK, &[&home.0, &resource_type, &id, &version.map(i64::from)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    read_row(row, 0, &mut OpenParcel::default(), home, resource_type, id).map(Some)
}

/// Newest first. A page goes on below the version at which the last one ended.
pub(super) async fn history(
    connection: &Object,
    question: &ResourceQuestion,
    page: Page,
) -> Result<(Vec<StoredResource>, Option<PageToken>), StoreError> {
    const ASK: &str = "SELECT v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies FROM resource r
                       JOIN version v ON v.home = r.home AND v.resource = r.seq
                       JOIN parcel p ON p.home = v.home AND p.seq = v.parcel
                       WHERE r.home = $1 AND r.type = $2 AND r.id = $3 AND v.version < $4
                       ORDER BY v.version DESC LIMIT $5";
    let ResourceQuestion { home, resource_type, id, version: _ } = question;
    let below = page.after.map_or(i64::MAX, |token| token.0);
    let (mut found, mut parcel) = (Vec::new(), OpenParcel::default());
    for row in ask(connection, ASK, &[&home.0, resource_type, id, &below, &limit(page)]).await? {
        let resource = read_row(&row, 0, &mut parcel, *home, resource_type.clone(), id.clone())?;
        found.push((i64::from(resource.version), resource));
    }
    Ok(cut(found, page))
}

/// Reads `v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies` from a place on.
pub(super) fn read_row(
    row: &Row,
    first: usize,
    parcel: &mut OpenParcel,
    home: Home,
    resource_type: String,
    id: String,
) -> Result<StoredResource, StoreError> {
    let number = |column: usize| row.try_get::<_, i64>(first + column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(first + column).map_err(fault);
    Ok(StoredResource {
        home,
        referral: ReferralId(as_id(bytes(3)?)?),
        resource_type,
        id,
        version: count(number(0)?)?,
        updated: Timestamp(number(4)?),
        body: parcel.body(number(5)?, bytes(6)?, number(1)?, number(2)?)?,
    })
}
