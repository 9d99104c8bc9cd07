//! Reads resources: one version, or all of them.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::StoredResource,
    time::Timestamp,
};
use rusqlite::{Connection, Row, params};

use super::error::fault;
use crate::{Page, PageToken, ResourceQuestion, StoreError, codec, column::count};

/// The version that counts, or the one that is asked for.
pub(super) fn read(connection: &Connection, question: ResourceQuestion) -> Result<Option<StoredResource>, StoreError> {
    const ASK: &str = "SELECT v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies FROM resource r
                       JOIN version v ON v.resource = r.seq AND v.version = coalesce(?4, r.current)
                       JOIN parcel p ON p.seq = v.parcel
                       WHERE r.home = ?1 AND r.type = ?2 AND r.id = ?3";
    let ResourceQuestion { home, resource_type, id, version } = question;
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![home.0, resource_type, id, version]).map_err(fault)?;
    let Some(row) = rows.next().map_err(fault)? else { return Ok(None) };
    Unpacker::default().resource(row, 0, home, resource_type, id).map(Some)
}

/// Newest first. A page goes on below the version at which the last one ended.
pub(super) fn history(
    connection: &Connection,
    question: &ResourceQuestion,
    page: Page,
) -> Result<(Vec<StoredResource>, Option<PageToken>), StoreError> {
    const ASK: &str = "SELECT v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies FROM resource r
                       JOIN version v ON v.resource = r.seq
                       JOIN parcel p ON p.seq = v.parcel
                       WHERE r.home = ?1 AND r.type = ?2 AND r.id = ?3 AND v.version < ?4
                       ORDER BY v.version DESC LIMIT ?5";
    let ResourceQuestion { home, resource_type, id, version: _ } = question;
    let below = page.after.map_or(i64::MAX, |token| token.0);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![home.0, resource_type, id, below, limit(page)]).map_err(fault)?;
    let (mut found, mut unpacker) = (Vec::new(), Unpacker::default());
    while let Some(row) = rows.next().map_err(fault)? {
        let resource = unpacker.resource(row, 0, *home, resource_type.clone(), id.clone())?;
        found.push((i64::from(resource.version), resource));
    }
    Ok(cut(found, page))
}

/// Takes resources out of parcels. The last parcel stays open, since the next resource is often in the same one.
#[derive(Default)]
pub(super) struct Unpacker {
    parcel: i64,
    bodies: Vec<u8>,
}

impl Unpacker {
    /// Reads `v.version, v.start, v.bytes, p.referral, p.updated, p.seq, p.bodies` from a place on.
    pub(super) fn resource(
        &mut self,
        row: &Row<'_>,
        first: usize,
        home: Home,
        resource_type: String,
        id: String,
    ) -> Result<StoredResource, StoreError> {
        let parcel: i64 = row.get(first + 5).map_err(fault)?;
        if parcel != self.parcel {
            let packed = row.get_ref(first + 6).map_err(fault)?;
            self.bodies = codec::unpack(packed.as_blob().map_err(|error| fault(error.into()))?)?;
            self.parcel = parcel;
        }
        let body = self.body(row.get(first + 1).map_err(fault)?, row.get(first + 2).map_err(fault)?)?;
        let columns = || -> rusqlite::Result<_> { Ok((row.get(first)?, row.get(first + 3)?, row.get(first + 4)?)) };
        let (version, referral, updated) = columns().map_err(fault)?;
        let (referral, updated) = (ReferralId(referral), Timestamp(updated));
        Ok(StoredResource { home, referral, resource_type, id, version, updated, body })
    }

    fn body(&self, start: i64, bytes: i64) -> Result<Vec<u8>, StoreError> {
        let (start, bytes): (usize, usize) = (count(start)?, count(bytes)?);
        let body = start.checked_add(bytes).and_then(|end| self.bodies.get(start..end));
        body.map(<[u8]>::to_vec).ok_or_else(|| StoreError::Corrupt("a parcel without the resource".into()))
    }
}

/// One row more than the page has, to know whether there are more.
pub(super) fn limit(page: Page) -> i64 {
    i64::from(page.size) + 1
}

/// The page of what [`limit`] gave, and where to go on when there is more.
pub(super) fn cut(mut found: Vec<(i64, StoredResource)>, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
    let more = found.len() > page.size as usize;
    found.truncate(page.size as usize);
    let next = found.last().filter(|_| more).map(|(place, _)| PageToken(*place));
    (found.into_iter().map(|(_, resource)| resource).collect(), next)
}
