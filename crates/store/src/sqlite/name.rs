//! Names by which referrals are found.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::IndexKey,
};
use rusqlite::{Connection, Statement, params};

use super::group::Trouble;
use crate::batch::{CASES_MAX, NAMESAKES_MAX};

/// The statements of the writer.
pub(super) struct NameTable<'c> {
    find: Statement<'c>,
    insert: Statement<'c>,
}

impl<'c> NameTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<NameTable<'c>> {
        Ok(NameTable {
            find: connection.prepare("SELECT referral FROM name WHERE home = ?1 AND key = ?2 LIMIT ?3")?,
            insert: connection.prepare("INSERT OR IGNORE INTO name VALUES (?1, ?2, ?3)")?,
        })
    }

    /// Whether nobody has one of these names but the referrals that were seen. A name of too many is none, and where as many
    /// were seen as are ever shown, others may be there.
    pub(super) fn none_has(&mut self, home: Home, names: &[IndexKey], seen: &[ReferralId]) -> Result<bool, Trouble> {
        for name in names.iter().filter(|_| seen.len() < CASES_MAX) {
            let values = params![home.0, name.0, NAMESAKES_MAX as i64 + 1];
            let having = self.find.query_map(values, |row| row.get(0).map(ReferralId))?;
            let having: Vec<ReferralId> = having.collect::<Result<_, _>>()?;
            if having.len() <= NAMESAKES_MAX && having.iter().any(|referral| !seen.contains(referral)) {
                return Ok(false);
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
