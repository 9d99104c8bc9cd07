//! The audit: lines are added and never changed.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{Actor, AuditRecord, Audited},
    id::{Home, MessageId, ReferralId},
    pointer::{Ods, SubjectKey},
    time::Timestamp,
};
use rusqlite::{Connection, Row, Statement, named_params, params};

use super::{error::fault, group::Trouble};
use crate::{
    StoreError,
    column::{audit_action, count, query},
    details,
};

/// The statements of the writer.
pub(super) struct AuditTable<'c> {
    connection: &'c Connection,
    insert: Statement<'c>,
    insert_owner: Statement<'c>,
    insert_referral: Statement<'c>,
}

impl<'c> AuditTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<AuditTable<'c>> {
        // The number is the one after the last, and a rollback takes it back.
        Ok(AuditTable {
            connection,
            insert: connection.prepare(
                "INSERT INTO audit (home, at, exchange, partner, message, request_id, action, referral, subject, details,
                                    account, app, query, sealed)
                 VALUES (:home, :at, :exchange, :partner, :message, :request_id, :action, :referral, :subject, :details,
                         :account, :app, :query, :sealed)",
            )?,
            insert_owner: connection.prepare("INSERT INTO audit_owner (owner, line, at) VALUES (?1, ?2, ?3)")?,
            insert_referral: connection.prepare("INSERT INTO audit_referral (referral, line) VALUES (?1, ?2)")?,
        })
    }

    pub(super) fn put(&mut self, record: &AuditRecord) -> Result<(), Trouble> {
        self.insert(record)?;
        let line = self.connection.last_insert_rowid();
        for referral in record.what.referrals() {
            self.insert_referral.execute(params![referral.0, line])?;
        }
        if let Audited::Pointers(access) = &record.what {
            let owners: BTreeSet<&Ods> = access.pointers.iter().map(|pointer| &pointer.custodian).collect();
            for owner in owners {
                self.insert_owner.execute(params![owner.as_str(), line, record.at.0])?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, record: &AuditRecord) -> Result<(), Trouble> {
        let (referral, subject) = match &record.what {
            Audited::Referral { referral, .. } => (Some(*referral), None),
            Audited::Pointers(access) => (None, access.subject),
            Audited::Visit(_) | Audited::Operator(_) => (None, None),
        };
        self.insert.execute(named_params! {
            ":home": record.home.0,
            ":at": record.at.0,
            ":exchange": record.exchange.as_str(),
            ":partner": record.partner.as_ref().map(|partner| partner.as_str()),
            ":message": record.message.0,
            ":request_id": record.request_id,
            ":action": details::action(&record.what),
            ":referral": referral.map(|referral| referral.0),
            ":subject": subject.map(|subject| subject.0),
            ":details": details::pack(&record.what),
            ":account": record.actor.account,
            ":app": record.actor.app,
            ":query": record.query.as_ref().map(|query| &query.shape),
            ":sealed": record.query.as_ref().and_then(|query| query.sealed.as_ref()).map(|sealed| &sealed.0),
        })?;
        Ok(())
    }
}

/// Lines after a number, oldest first.
pub(super) fn after(connection: &Connection, after: u64, limit: u32) -> Result<Vec<(u64, AuditRecord)>, StoreError> {
    const ASK: &str =
        "SELECT seq, home, at, exchange, partner, message, request_id, action, referral, subject, details,
                              account, app, query, sealed
                       FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement.query(params![after, limit]).map_err(fault)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        let (number, record) = read(row)?;
        lines.push((count(number)?, record));
    }
    Ok(lines)
}

/// Reads `seq, home, at, exchange, partner, message, request_id, action, referral, subject, details, account, app, query, sealed`.
pub(super) fn read(row: &Row<'_>) -> Result<(i64, AuditRecord), StoreError> {
    let what = what(row)?;
    let columns = || -> rusqlite::Result<(i64, AuditRecord)> {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        let record = AuditRecord {
            home: Home(row.get(1)?),
            at: Timestamp(row.get(2)?),
            exchange: text(3)?.into(),
            partner: row.get_ref(4)?.as_str_or_null()?.map(Into::into),
            actor: Actor { account: row.get(11)?, app: row.get(12)? },
            message: MessageId(row.get(5)?),
            request_id: text(6)?.into(),
            query: query(row.get(13)?, row.get(14)?),
            what,
        };
        Ok((row.get(0)?, record))
    };
    columns().map_err(fault)
}

fn what(row: &Row<'_>) -> Result<Audited, StoreError> {
    let action: String = row.get(7).map_err(fault)?;
    if let Some(referral) = row.get::<_, Option<_>>(8).map_err(fault)? {
        return Ok(Audited::Referral { action: audit_action(&action)?, referral: ReferralId(referral) });
    }
    let subject = row.get::<_, Option<_>>(9).map_err(fault)?.map(SubjectKey);
    let details: Vec<u8> = row.get(10).map_err(fault)?;
    details::unpack(&details, &action, subject)
}
