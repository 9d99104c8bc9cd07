//! Endpoints that were registered.

use baton_exchange::{audit::AuditRecord, endpoint::Endpoint, time::Timestamp};
use rusqlite::{Connection, params};

use super::{audit::AuditTable, error::fault, group::Trouble};
use crate::{
    Committed, StoreError,
    column::count,
    ends::{settings, texts},
};

const NEXT: &str = "(SELECT coalesce(max(serial), 0) + 1 FROM endpoint)";

/// Those that were changed after a change, oldest change first.
pub(super) fn changed(connection: &Connection, after: u64) -> Result<Vec<Endpoint>, StoreError> {
    const ASK: &str =
        "SELECT exchange, partner, serial, changed, url, events, flow, token, secret, old_secret, grant_url,
                              grant_client, grant_secret, grant_scope
                       FROM endpoint WHERE serial > ?1 ORDER BY serial";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query([i64::try_from(after).unwrap_or(i64::MAX)]).map_err(fault)?;
    let mut endpoints = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let mut texts = crate::ends::Texts::default();
        for (number, text) in texts.iter_mut().enumerate() {
            *text = row.get(4 + number).map_err(fault)?;
        }
        endpoints.push(Endpoint {
            exchange: row.get::<_, String>(0).map_err(fault)?.as_str().into(),
            partner: row.get::<_, String>(1).map_err(fault)?.as_str().into(),
            serial: count(row.get(2).map_err(fault)?)?,
            changed: Timestamp(row.get(3).map_err(fault)?),
            settings: settings(texts)?,
        });
    }
    Ok(endpoints)
}

/// Writes the next version of one, and the line that says so.
pub(super) fn put(connection: &Connection, endpoint: &Endpoint, line: &AuditRecord) -> Result<Committed, Trouble> {
    let insert = format!(
        "INSERT OR IGNORE INTO endpoint
             (exchange, partner, serial, changed, url, events, flow, token, secret, old_secret, grant_url, grant_client,
              grant_secret, grant_scope)
         SELECT ?1, ?2, {NEXT}, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 WHERE ?3 = 0"
    );
    let update = format!(
        "UPDATE OR IGNORE endpoint
         SET serial = {NEXT}, changed = ?4, url = ?5, events = ?6, flow = ?7, token = ?8, secret = ?9, old_secret = ?10,
             grant_url = ?11, grant_client = ?12, grant_secret = ?13, grant_scope = ?14
         WHERE exchange = ?1 AND partner = ?2 AND serial = ?3"
    );
    let sql = if endpoint.serial == 0 { insert } else { update };
    let [url, events, flow, token, secret, old_secret, grant_url, client, grant_secret, scope] = texts(endpoint);
    let seen = i64::try_from(endpoint.serial).unwrap_or(i64::MAX);
    let (exchange, partner) = (endpoint.exchange.as_str(), endpoint.partner.as_str());
    let changed = connection.prepare_cached(&sql)?.execute(params![
        exchange,
        partner,
        seen,
        endpoint.changed.0,
        url,
        events,
        flow,
        token,
        secret,
        old_secret,
        grant_url,
        client,
        grant_secret,
        scope
    ])?;
    if changed != 1 {
        return Ok(Committed::Outdated);
    }
    AuditTable::prepare(connection)?.put(line)?;
    Ok(Committed::Done)
}
