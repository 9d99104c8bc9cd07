//! Endpoints that were registered.

use baton_exchange::{audit::AuditRecord, endpoint::Endpoint, time::Timestamp};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::{Row, error::SqlState};

use super::{
    audit,
    commit::ask,
    error::{Trouble, fault},
};
use crate::{
    Committed, StoreError,
    column::count,
    ends::{Texts, settings, texts},
};

const CHANGED: &str =
    "SELECT exchange, partner, serial, changed, url, events, flow, token, secret, old_secret, grant_url,
                              grant_client, grant_secret, grant_scope
                       FROM endpoint WHERE serial > $1 ORDER BY serial";
/// Two at once want the same number, and one of them finds it taken: so numbers are seen in their order.
const INSERT: &str = "INSERT INTO endpoint
         (exchange, partner, serial, changed, url, events, flow, token, secret, old_secret, grant_url, grant_client,
          grant_secret, grant_scope)
     SELECT $1, $2, (SELECT coalesce(max(serial), 0) + 1 FROM endpoint), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
     WHERE $3::bigint = 0";
const UPDATE: &str = "UPDATE endpoint
     SET serial = (SELECT coalesce(max(serial), 0) + 1 FROM endpoint), changed = $4, url = $5, events = $6, flow = $7,
         token = $8, secret = $9, old_secret = $10, grant_url = $11, grant_client = $12, grant_secret = $13, grant_scope = $14
     WHERE exchange = $1 AND partner = $2 AND serial = $3";

/// Those that were changed after a change, oldest change first.
pub(super) async fn changed(connection: &Object, after: u64) -> Result<Vec<Endpoint>, StoreError> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    ask(connection, CHANGED, &[&after]).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Endpoint, StoreError> {
    let mut texts = Texts::default();
    for (number, text) in texts.iter_mut().enumerate() {
        *text = row.try_get(4 + number).map_err(fault)?;
    }
    Ok(Endpoint {
        exchange: row.try_get::<_, &str>(0).map_err(fault)?.into(),
        partner: row.try_get::<_, &str>(1).map_err(fault)?.into(),
        serial: count(row.try_get(2).map_err(fault)?)?,
        changed: Timestamp(row.try_get(3).map_err(fault)?),
        settings: settings(texts)?,
    })
}

/// Writes the line of a change, and both are there.
async fn written(transaction: Transaction<'_>, line: &AuditRecord) -> Result<Committed, StoreError> {
    match audit::put(&transaction, line).await {
        Ok(()) => transaction.commit().await.map(|()| Committed::Done).map_err(fault),
        Err(Trouble::Store(error)) => Err(error),
        Err(Trouble::Outdated | Trouble::Aborted | Trouble::Race) => {
            Err(StoreError::Unavailable("the line of a changed endpoint could not be written".into()))
        }
    }
}

/// Writes the next version of one, and the line that says so.
pub(super) async fn put(
    connection: &mut Object,
    endpoint: &Endpoint,
    line: &AuditRecord,
) -> Result<Committed, StoreError> {
    let sql = if endpoint.serial == 0 { INSERT } else { UPDATE };
    let statement = connection.prepare_cached(sql).await.map_err(fault)?;
    let texts = texts(endpoint);
    let seen = i64::try_from(endpoint.serial).unwrap_or(i64::MAX);
    let (exchange, partner) = (endpoint.exchange.as_str(), endpoint.partner.as_str());
    let mut values: Vec<&(dyn tokio_postgres::types::ToSql + Sync)> =
        vec![&exchange, &partner, &seen, &endpoint.changed.0];
    for text in &texts {
        values.push(text);
    }
    let transaction = connection.transaction().await.map_err(fault)?;
    match transaction.execute(&statement, &values).await {
        Ok(1) => written(transaction, line).await,
        Ok(_) => Ok(Committed::Outdated),
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(Committed::Outdated),
        Err(error) => Err(fault(error)),
    }
}
