//! Reads resources: one version, or all of them.

use baton_exchange::{
    id::{Home, PartnerId, ReferralId},
    resource::StoredResource,
    time::Timestamp,
};
use rusqlite::{Connection, Row, params};

use super::error::fault;
use crate::{
    Looked, Page, PageToken, ResourceQuestion, StoreError,
    column::count,
    page::{Filling, OpenParcel, Within, limit},
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
pub(super) use has_part;

/// The version that counts, or the one that is asked for.
pub(super) fn read(connection: &Connection, keys: &Keys, question: &ResourceQuestion) -> Result<Looked, StoreError> {
    const ASK: &str = concat!(
        "SELECT v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies,
                v.version IS NULL AND coalesce(?4, r.versions) BETWEEN 1 AND r.versions
                AND NOT EXISTS (SELECT 1 FROM version n WHERE n.resource = r.seq AND n.version = coalesce(?4, r.versions))
         FROM resource r
         LEFT JOIN version v ON v.resource = r.seq AND v.version = coalesce(?4, r.current)
         LEFT JOIN parcel p ON p.seq = v.parcel
         WHERE r.home = ?1 AND r.type = ?2 AND r.id = ?3 AND (?5 IS NULL OR ",
        has_part!("?5"),
        ")"
    );
    let ResourceQuestion { home, resource_type, id, version, seen_by } = question;
    let seen_by = seen_by.as_ref().map(PartnerId::as_str);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![home.0, resource_type, id, version, seen_by]).map_err(fault)?;
    let Some(row) = rows.next().map_err(fault)? else {
        return Ok(Looked::Nothing);
    };
    if row.get::<_, Option<i64>>(0).map_err(fault)?.is_some() {
        return read_row(row, 0, &mut OpenParcel::none(keys), *home, resource_type.clone(), id.clone())
            .map(Looked::Found);
    }
    // A version that was counted and is not there was cleared.
    Ok(if row.get(7).map_err(fault)? { Looked::Gone } else { Looked::Nothing })
}

/// Newest first. A page goes on below the version at which the last one ended.
pub(super) fn history(
    connection: &Connection,
    keys: &Keys,
    question: &ResourceQuestion,
    page: Page,
) -> Result<(Vec<StoredResource>, Option<PageToken>), StoreError> {
    const ASK: &str = concat!(
        "SELECT v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies FROM resource r
         JOIN version v ON v.resource = r.seq
         JOIN parcel p ON p.seq = v.parcel
         WHERE r.home = ?1 AND r.type = ?2 AND r.id = ?3 AND v.version < ?4 AND (?6 IS NULL OR ",
        has_part!("?6"),
        ")
         ORDER BY v.version DESC LIMIT ?5"
    );
    let ResourceQuestion { home, resource_type, id, version: _, seen_by } = question;
    let seen_by = seen_by.as_ref().map(PartnerId::as_str);
    let below = page.after.map_or(i64::MAX, |token| token.0);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![home.0, resource_type, id, below, limit(page), seen_by]).map_err(fault)?;
    let (mut filling, mut parcel) = (Filling::of(page), OpenParcel::none(keys));
    while !filling.is_over()
        && let Some(row) = rows.next().map_err(fault)?
    {
        let resource = read_row(row, 0, &mut parcel, *home, resource_type.clone(), id.clone())?;
        filling.put(i64::from(resource.version), resource);
    }
    Ok(filling.done())
}

/// Reads `v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies` from a place on.
pub(super) fn read_row(
    row: &Row<'_>,
    first: usize,
    parcel: &mut OpenParcel<'_>,
    home: Home,
    resource_type: String,
    id: String,
) -> Result<StoredResource, StoreError> {
    let number = |column: usize| row.get::<_, i64>(first + column).map_err(fault);
    let bodies = row.get_ref(first + 6).map_err(fault)?.as_blob().map_err(|error| fault(error.into()))?;
    let referral = ReferralId(row.get(first + 3).map_err(fault)?);
    let within = Within { start: number(1)?, bytes: number(2)? };
    Ok(StoredResource {
        home,
        referral,
        resource_type,
        id,
        version: count(number(0)?)?,
        updated: Timestamp(number(4)?),
        body: parcel.body(referral, number(5)?, bodies, within)?,
    })
}
