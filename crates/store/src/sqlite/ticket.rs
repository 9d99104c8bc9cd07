//! Tickets, by their hash.

use baton_exchange::{
    access::{Family, Ticket, TicketKey},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Statement, params};

use super::{error::fault, group::Trouble};
use crate::{StoreError, batch::FORGET_MAX};

/// The statements of the writer.
pub(super) struct TicketTable<'c> {
    insert: Statement<'c>,
    update: Statement<'c>,
    delete_family: Statement<'c>,
    delete_expired: Statement<'c>,
}

impl<'c> TicketTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<TicketTable<'c>> {
        Ok(TicketTable {
            insert: connection.prepare(
                "INSERT INTO ticket (key, version, family, body, expires) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
            )?,
            update: connection.prepare(
                "UPDATE ticket SET version = ?2, family = ?3, body = ?4, expires = ?5
                 WHERE key = ?1 AND version = ?2 - 1",
            )?,
            delete_family: connection.prepare("DELETE FROM ticket WHERE family = ?1")?,
            delete_expired: connection.prepare(
                "DELETE FROM ticket WHERE key IN
                     (SELECT key FROM ticket WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
            )?,
        })
    }

    /// A conflict is a ticket that is there already, or is not at the version before.
    pub(super) fn put(&mut self, ticket: &Ticket) -> Result<(), Trouble> {
        let Ticket { key, version, family, body, expires } = ticket;
        let put = if *version == 1 { &mut self.insert } else { &mut self.update };
        let written = put.execute(params![key.0, version, family.map(|family| family.0), body, expires.0])?;
        if written == 0 { Err(Trouble::Conflict) } else { Ok(()) }
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

/// The ticket with this hash, expired or not.
pub(super) fn find(connection: &Connection, key: TicketKey) -> Result<Option<Ticket>, StoreError> {
    const ASK: &str = "SELECT version, family, body, expires FROM ticket WHERE key = ?1";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let found = statement.query_row([key.0], |row| {
        Ok(Ticket {
            key,
            version: row.get(0)?,
            family: row.get::<_, Option<_>>(1)?.map(Family),
            body: row.get(2)?,
            expires: Timestamp(row.get(3)?),
        })
    });
    found.optional().map_err(fault)
}
