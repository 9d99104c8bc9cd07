//! Access tokens, by their hash.

use baton_exchange::{
    access::{AccessToken, TokenHash},
    time::Timestamp,
};
use deadpool_postgres::{Object, Transaction};

use super::{
    commit::{ask, execute},
    error::{Trouble, fault},
};
use crate::{
    StoreError,
    batch::FORGET_MAX,
    column::{join_scopes, split_scopes},
};

const PUT: &str = "INSERT INTO token (hash, partner, scopes, expires) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (hash) DO UPDATE
                   SET partner = excluded.partner, scopes = excluded.scopes, expires = excluded.expires";
const DELETE_EXPIRED: &str =
    "DELETE FROM token WHERE hash IN (SELECT hash FROM token WHERE expires <= $1 ORDER BY expires LIMIT $2)";
const FIND: &str = "SELECT partner, scopes, expires FROM token WHERE hash = $1";

pub(super) const PREPARED: &[&str] = &[PUT, DELETE_EXPIRED];

pub(super) async fn put(transaction: &Transaction<'_>, token: &AccessToken) -> Result<(), Trouble> {
    let AccessToken { hash, partner, scopes, expires } = token;
    let values = [&hash.0.as_slice() as _, &partner.as_str() as _, &join_scopes(scopes) as _, &expires.0 as _];
    execute(transaction, PUT, &values).await.map(drop)
}

pub(super) async fn forget_expired(transaction: &Transaction<'_>, before: Timestamp) -> Result<(), Trouble> {
    execute(transaction, DELETE_EXPIRED, &[&before.0, &(FORGET_MAX as i64)]).await.map(drop)
}

/// The token with this hash, expired or not.
pub(super) async fn find(connection: &Object, hash: TokenHash) -> Result<Option<AccessToken>, StoreError> {
    let rows = ask(connection, FIND, &[&hash.0.as_slice()]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    Ok(Some(AccessToken {
        hash,
        partner: text(0)?.into(),
        scopes: split_scopes(text(1)?),
        expires: Timestamp(row.try_get(2).map_err(fault)?),
    }))
}
