//! Who has a part in which referral.

use baton_exchange::{
    id::{Home, ReferralId},
    referral::Party,
};
use rusqlite::{Connection, Statement, params};

use super::group::Trouble;

/// The statements of the writer.
pub(super) struct PartyTable<'c> {
    select: Statement<'c>,
    delete: Statement<'c>,
    insert: Statement<'c>,
}

impl<'c> PartyTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<PartyTable<'c>> {
        Ok(PartyTable {
            select: connection.prepare("SELECT partner, part FROM party WHERE home = ?1 AND referral = ?2")?,
            delete: connection.prepare("DELETE FROM party WHERE home = ?1 AND referral = ?2")?,
            insert: connection.prepare("INSERT OR IGNORE INTO party VALUES (?1, ?2, ?3, ?4)")?,
        })
    }

    /// Makes these the parties of a referral. Most messages change none, so rows are only written when they differ.
    pub(super) fn put(&mut self, home: Home, referral: ReferralId, parties: &[Party]) -> Result<(), Trouble> {
        if self.are(home, referral, parties)? {
            return Ok(());
        }
        self.delete.execute(params![home.0, referral.0])?;
        for Party { partner, part } in parties {
            self.insert.execute(params![home.0, referral.0, partner.as_str(), part.as_str()])?;
        }
        Ok(())
    }

    fn are(&mut self, home: Home, referral: ReferralId, parties: &[Party]) -> Result<bool, Trouble> {
        let mut rows = self.select.query(params![home.0, referral.0])?;
        let mut found = 0;
        while let Some(row) = rows.next()? {
            let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let (partner, part) = (text(0)?, text(1)?);
            if !parties.iter().any(|party| party.partner.as_str() == partner && party.part.as_str() == part) {
                return Ok(false);
            }
            found += 1;
        }
        Ok(found == parties.len())
    }
}
