//! Access tokens, by their hash.

use baton_exchange::{
    access::{AccessToken, Family, TokenHash},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::{error::fault, group::Trouble};
use crate::{
    StoreError,
    batch::FORGET_MAX,
    column::{join_scopes, split_scopes},
};

/// The statements of the writer.
pub(super) struct TokenTable<'c> {
    put: Statement<'c>,
    drop: Statement<'c>,
    delete_family: Statement<'c>,
    delete_expired: Statement<'c>,
}

impl<'c> TokenTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<TokenTable<'c>> {
        Ok(TokenTable {
            put: connection.prepare(
                "INSERT OR REPLACE INTO token (hash, partner, scopes, expires, family, context)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?,
            drop: connection.prepare("DELETE FROM token WHERE hash = ?1")?,
            delete_family: connection.prepare("DELETE FROM token WHERE family = ?1")?,
            delete_expired: connection.prepare(
                "DELETE FROM token WHERE hash IN
                     (SELECT hash FROM token WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
            )?,
        })
    }

    pub(super) fn put(&mut self, token: &AccessToken) -> Result<(), Trouble> {
        let AccessToken { hash, partner, scopes, expires, family, context } = token;
        let family = family.map(|family| family.0);
        self.put.execute(params![hash.0, partner.as_str(), join_scopes(scopes), expires.0, family, context])?;
        Ok(())
    }

    pub(super) fn drop(&mut self, hash: TokenHash) -> Result<(), Trouble> {
        self.drop.execute([hash.0])?;
        Ok(())
    }

    pub(super) fn end_family(&mut self, family: Family) -> Result<(), Trouble> {
        self.delete_family.execute([family.0])?;
        Ok(())
    }

    pub(super) fn forget_expired(&mut self, before: Timestamp) -> Result<(), Trouble> {
        self.delete_expired.execute(params![before.0, FORGET_MAX as i64])?;
        Ok(())
    }
}

/// The token with this hash, expired or not.
pub(super) fn find(connection: &Connection, hash: TokenHash) -> Result<Option<AccessToken>, StoreError> {
    const ASK: &str = "SELECT partner, scopes, expires, family, context FROM token WHERE hash = ?1";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let found = statement.query_row([hash.0], |row| {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        Ok(AccessToken {
            hash,
            partner: text(0)?.into(),
            scopes: split_scopes(text(1)?),
            expires: Timestamp(row.get(2)?),
            family: row.get::<_, Option<_>>(3)?.map(Family),
            context: row.get(4)?,
        })
    });
    found.optional().map_err(fault)
}
