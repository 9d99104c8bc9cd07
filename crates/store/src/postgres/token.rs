//! Access tokens, by their hash.

use baton_exchange::{
    access::{AccessToken, Family, TokenHash},
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
    column::{id, join_scopes, split_scopes},
};

const PUT: &str = "INSERT INTO token (hash, partner, scopes, expires, family, context) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (hash) DO UPDATE
                   SET partner = excluded.partner, scopes = excluded.scopes, expires = excluded.expires,
                       family = excluded.family, context = excluded.context";
const DROP: &str = "DELETE FROM token WHERE hash = $1";
const DELETE_FAMILY: &str = "DELETE FROM token WHERE family = $1";
const DELETE_EXPIRED: &str =
    "DELETE FROM token WHERE hash IN (SELECT hash FROM token WHERE expires <= $1 ORDER BY expires LIMIT $2)";
const FIND: &str = "SELECT partner, scopes, expires, family, context FROM token WHERE hash = $1";

pub(super) const PREPARED: &[&str] = &[PUT, DROP, DELETE_FAMILY, DELETE_EXPIRED];

pub(super) async fn put(transaction: &Transaction<'_>, token: &AccessToken) -> Result<(), Trouble> {
    let AccessToken { hash, partner, scopes, expires, family, context } = token;
    let family = family.as_ref().map(|family| family.0.as_slice());
    let (hash, partner, scopes) = (hash.0.as_slice(), partner.as_str(), join_scopes(scopes));
    let values = [&hash as _, &partner as _, &scopes as _, &expires.0 as _, &family as _, context as _];
    execute(transaction, PUT, &values).await.map(drop)
}

pub(super) async fn forget(transaction: &Transaction<'_>, hash: TokenHash) -> Result<(), Trouble> {
    execute(transaction, DROP, &[&hash.0.as_slice()]).await.map(drop)
}

pub(super) async fn end_family(transaction: &Transaction<'_>, family: Family) -> Result<(), Trouble> {
    execute(transaction, DELETE_FAMILY, &[&family.0.as_slice()]).await.map(drop)
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
        family: row.try_get::<_, Option<&[u8]>>(3).map_err(fault)?.map(id).transpose()?.map(Family),
        context: row.try_get(4).map_err(fault)?,
    }))
}
