//! Names by which referrals are found.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::IndexKey,
};
use rusqlite::{Connection, Statement, params};

use super::group::Trouble;

/// The statements of the writer.
pub(super) struct NameTable<'c> {
    find: Statement<'c>,
    insert: Statement<'c>,
}

impl<'c> NameTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<NameTable<'c>> {
        Ok(NameTable {
            find: connection.prepare("SELECT referral FROM name WHERE home = ?1 AND key = ?2")?,
            insert: connection.prepare("INSERT OR IGNORE INTO name VALUES (?1, ?2, ?3)")?,
        })
    }

    /// Whether nobody has one of these names but the referrals that were seen.
    pub(super) fn none_has(&mut self, home: Home, names: &[IndexKey], seen: &[ReferralId]) -> Result<bool, Trouble> {
        for name in names {
            let mut rows = self.find.query(params![home.0, name.0])?;
            while let Some(row) = rows.next()? {
                if !seen.contains(&ReferralId(row.get(0)?)) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    pub(super) fn put(&mut self, home: Home, referral: ReferralId, names: &[IndexKey]) -> Result<(), Trouble> {
        for name in names {
            self.insert.execute(params![home.0, name.0, referral.0])?;
        }
        Ok(())
    }
}
