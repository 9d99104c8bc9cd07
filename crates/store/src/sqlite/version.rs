//! Reads resources: one version, or all of them.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::StoredResource,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::fault;
use crate::{Page, PageToken, ResourceQuestion, StoreError, codec};

/// The version that counts, or the one that is asked for.
pub(super) fn read(connection: &Connection, question: ResourceQuestion) -> Result<Option<StoredResource>, StoreError> {
    const ASK: &str = "SELECT v.version, v.referral, v.updated, v.body FROM resource r
                       JOIN version v ON v.resource = r.seq AND v.version = coalesce(?4, r.current)
                       WHERE r.home = ?1 AND r.type = ?2 AND r.id = ?3";
    let ResourceQuestion { home, resource_type, id, version } = question;
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let found = statement.query_row(params![home.0, resource_type, id, version], |row| Columns::read(row, 0));
    let Some(columns) = found.optional().map_err(fault)? else { return Ok(None) };
    columns.resource(home, resource_type, id).map(Some)
}

/// Newest first. A page goes on below the version at which the last one ended.
pub(super) fn history(
    connection: &Connection,
    question: &ResourceQuestion,
    page: Page,
) -> Result<(Vec<StoredResource>, Option<PageToken>), StoreError> {
    const ASK: &str = "SELECT v.version, v.version, v.referral, v.updated, v.body FROM resource r
                       JOIN version v ON v.resource = r.seq
                       WHERE r.home = ?1 AND r.type = ?2 AND r.id = ?3 AND v.version < ?4
                       ORDER BY v.version DESC LIMIT ?5";
    let ResourceQuestion { home, resource_type, id, version: _ } = question;
    let below = page.after.map_or(i64::MAX, |token| token.0);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![home.0, resource_type, id, below, limit(page)]).map_err(fault)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let place: i64 = row.get(0).map_err(fault)?;
        let columns = Columns::read(row, 1).map_err(fault)?;
        found.push((place, columns.resource(*home, resource_type.clone(), id.clone())?));
    }
    Ok(cut(found, page))
}

/// What a version has besides its name.
pub(super) struct Columns {
    version: u32,
    referral: ReferralId,
    updated: Timestamp,
    body: Vec<u8>,
}

impl Columns {
    /// Reads `version, referral, updated, body` from a place on.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Columns> {
        Ok(Columns {
            version: row.get(first)?,
            referral: ReferralId(row.get(first + 1)?),
            updated: Timestamp(row.get(first + 2)?),
            body: row.get(first + 3)?,
        })
    }

    pub(super) fn resource(
        self,
        home: Home,
        resource_type: String,
        id: String,
    ) -> Result<StoredResource, StoreError> {
        let body = codec::unpack(&self.body)?;
        let Columns { version, referral, updated, body: _ } = self;
        Ok(StoredResource { home, referral, resource_type, id, version, updated, body })
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
