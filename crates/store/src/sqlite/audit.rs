//! The audit: lines are added and never changed.

use baton_exchange::{
    audit::AuditRecord,
    id::{Home, MessageId, ReferralId},
    time::Timestamp,
};
use rusqlite::{Connection, Row, Statement, params};

use super::{error::fault, group::Trouble};
use crate::{
    StoreError,
    column::{audit_action, count},
};

/// The statement of the writer.
pub(super) struct AuditTable<'c> {
    insert: Statement<'c>,
}

impl<'c> AuditTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<AuditTable<'c>> {
        // The number is the one after the last, and a rollback takes it back.
        Ok(AuditTable {
            insert: connection.prepare(
                "INSERT INTO audit (home, at, exchange, partner, action, referral, message, request_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
        })
    }

    pub(super) fn put(&mut self, record: &AuditRecord) -> Result<(), Trouble> {
        self.insert.execute(params![
            record.home.0,
            record.at.0,
            record.exchange.as_str(),
            record.partner.as_str(),
            record.action.as_str(),
            record.referral.0,
            record.message.0,
            record.request_id,
        ])?;
        Ok(())
    }
}

/// Lines after a number, oldest first.
pub(super) fn after(connection: &Connection, after: u64, limit: u32) -> Result<Vec<(u64, AuditRecord)>, StoreError> {
    const ASK: &str = "SELECT seq, home, at, exchange, partner, action, referral, message, request_id
                       FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![after, limit]).map_err(fault)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        lines.push(read(row)?);
    }
    Ok(lines)
}

fn read(row: &Row<'_>) -> Result<(u64, AuditRecord), StoreError> {
    let action: String = row.get(5).map_err(fault)?;
    let action = audit_action(&action)?;
    let columns = || -> rusqlite::Result<(i64, AuditRecord)> {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let record = AuditRecord {
            home: Home(row.get(1)?),
            at: Timestamp(row.get(2)?),
            exchange: text(3)?.into(),
            partner: text(4)?.into(),
            action,
            referral: ReferralId(row.get(6)?),
            message: MessageId(row.get(7)?),
            request_id: text(8)?.into(),
        };
        Ok((row.get(0)?, record))
    };
    let (number, record) = columns().map_err(fault)?;
    Ok((count(number)?, record))
}
