//! The outgoing queue: one line per referral and partner, and only its first may go.

use baton_exchange::{
    id::{Home, NoticeId, ReferralId},
    notice::{Attempted, Lease, LeaseToken, Notice},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, Statement, named_params, params};

use super::{
    error::fault,
    group::Trouble,
    job::{AttemptReport, LeaseQuestion},
};
use crate::{StoreError, codec};

/// The statements of the writer.
pub(super) struct NoticeTable<'c> {
    insert: Statement<'c>,
    select_due: Statement<'c>,
    lease: Statement<'c>,
    select_leased: Statement<'c>,
    set_state: Statement<'c>,
    promote: Statement<'c>,
}

impl<'c> NoticeTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<NoticeTable<'c>> {
        Ok(NoticeTable {
            insert: connection.prepare(
                "INSERT INTO notice (home, id, exchange, partner, referral, event, body, created, due, next, attempt,
                                     state)
                 VALUES (:home, :id, :exchange, :partner, :referral, :event, :body, :created, :due, :due, 0,
                         iif(EXISTS (SELECT 1 FROM notice WHERE home = :home AND referral = :referral
                                     AND partner = :partner AND state <> 'done'), 'behind', 'waiting'))",
            )?,
            select_due: connection.prepare(
                "SELECT seq, attempt, home, id, exchange, partner, referral, event, body, created, due FROM notice
                 WHERE state IN ('waiting', 'leased') AND next <= ?1 ORDER BY next, seq LIMIT ?2",
            )?,
            lease: connection.prepare("UPDATE notice SET state = 'leased', next = ?2, attempt = ?3 WHERE seq = ?1")?,
            select_leased: connection.prepare(
                "SELECT seq, home, referral, partner FROM notice
                 WHERE id = ?1 AND state = 'leased' AND attempt = ?2",
            )?,
            set_state: connection.prepare("UPDATE notice SET state = ?2, next = coalesce(?3, next) WHERE seq = ?1")?,
            promote: connection.prepare(
                "UPDATE notice SET state = 'waiting' WHERE seq =
                     (SELECT min(seq) FROM notice
                      WHERE home = ?1 AND referral = ?2 AND partner = ?3 AND state <> 'done')",
            )?,
        })
    }

    pub(super) fn put(&mut self, notice: &Notice) -> Result<(), Trouble> {
        self.insert.execute(named_params! {
            ":home": notice.home.0,
            ":id": notice.id.0,
            ":exchange": notice.exchange.as_str(),
            ":partner": notice.partner.as_str(),
            ":referral": notice.referral.0,
            ":event": notice.event,
            ":body": notice.body,
            ":created": notice.created.0,
            ":due": notice.due.0,
        })?;
        Ok(())
    }

    pub(super) fn lease(&mut self, question: &LeaseQuestion) -> Result<Vec<Lease>, Trouble> {
        let LeaseQuestion { now, until, limit } = *question;
        let mut due = Vec::new();
        let mut rows = self.select_due.query(params![now.0, limit])?;
        while let Some(row) = rows.next()? {
            due.push((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, read(row)?));
        }
        drop(rows);
        let mut leases = Vec::with_capacity(due.len());
        for (seq, earlier, notice) in due {
            let attempt = earlier.saturating_add(1);
            self.lease.execute(params![seq, until.0, attempt])?;
            leases.push(Lease { notice, token: LeaseToken(attempt.into()), attempt, until });
        }
        Ok(leases)
    }

    pub(super) fn attempted(&mut self, report: &AttemptReport) -> Result<bool, Trouble> {
        let AttemptReport { notice, token, outcome } = *report;
        let Ok(attempt) = i64::try_from(token.0) else {
            return Ok(false);
        };
        let held = self.select_leased.query_row(params![notice.0, attempt], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, [u8; 16]>(2)?, row.get::<_, String>(3)?))
        });
        let Some((seq, home, referral, partner)) = held.optional()? else {
            return Ok(false);
        };
        let (state, next) = match outcome {
            Attempted::Delivered => ("done", None),
            Attempted::Again(moment) => ("waiting", Some(moment.0)),
            Attempted::Parked => ("parked", None),
        };
        self.set_state.execute(params![seq, state, next])?;
        if outcome == Attempted::Delivered {
            self.promote.execute(params![home, referral, partner])?;
        }
        Ok(true)
    }
}

/// Whether a lease would give anything, so that an idle worker does not disturb the writer.
pub(super) fn any_due(connection: &Connection, now: Timestamp) -> Result<bool, StoreError> {
    const ASK: &str = "SELECT EXISTS (SELECT 1 FROM notice WHERE state IN ('waiting', 'leased') AND next <= ?1)";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    statement.query_row([now.0], |row| row.get(0)).map_err(fault)
}

fn read(row: &Row<'_>) -> Result<Notice, Trouble> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    Ok(Notice {
        home: Home(row.get(2)?),
        id: NoticeId(row.get(3)?),
        exchange: text(4)?.into(),
        partner: text(5)?.into(),
        referral: ReferralId(row.get(6)?),
        event: text(7)?.into(),
        body: codec::unpack(row.get_ref(8)?.as_blob().map_err(rusqlite::Error::from)?)?,
        created: Timestamp(row.get(9)?),
        due: Timestamp(row.get(10)?),
    })
}
