//! What a database says of its key file, to somebody who only looks.

use deadpool_postgres::Object;

use super::{
    commit::ask,
    connect::pool,
    error::{fault, pool_fault},
    key_file::recorded,
};
use crate::{StoreError, column::count, key_report::Recorded};

/// Whatever version wrote it.
pub(crate) async fn key_report(url: &str) -> Result<Recorded, StoreError> {
    const ASK: &str = "SELECT count(*) FILTER (WHERE state = 'live'), coalesce(max(slot) + 1, 0)::bigint FROM seal";
    let connection = pool(url)?.get().await.map_err(pool_fault)?;
    let mut found = Recorded::default();
    if has_table(&connection, "seal").await?
        && let Some(row) = ask(&connection, ASK, &[]).await?.first()
    {
        found.used = count(row.try_get(0).map_err(fault)?)?;
        found.needed = count(row.try_get(1).map_err(fault)?)?;
    }
    if has_table(&connection, "key_file").await? {
        found.fingerprint = recorded(&connection).await?;
    }
    Ok(found)
}

async fn has_table(connection: &Object, name: &str) -> Result<bool, StoreError> {
    let rows = ask(connection, "SELECT to_regclass($1) IS NOT NULL", &[&name]).await?;
    rows.first().map_or(Ok(false), |row| row.try_get(0).map_err(fault))
}
