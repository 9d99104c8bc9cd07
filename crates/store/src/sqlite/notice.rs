//! The outgoing queue: one line per referral and partner, and only its first may go.

use baton_exchange::{
    audit::Resent,
    delivery::Trouble as Parked,
    id::{Home, MessageId, NoticeId, PartnerId, ReferralId},
    notice::{Attempted, Lease, LeaseToken, Notice, Resend},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, Statement, named_params, params};

use super::{
    audit::AuditTable,
    error::fault,
    group::Trouble,
    job::{AttemptReport, LeaseQuestion},
};
use crate::{
    StoreError,
    seal::{Keys, Kind},
};

const SELECT_LEASED: &str =
    "SELECT seq, home, referral, partner FROM notice WHERE id = ?1 AND state = 'leased' AND attempt = ?2";

/// The statements of the writer.
pub(super) struct NoticeTable<'c> {
    insert: Statement<'c>,
    select_due: Statement<'c>,
    lease: Statement<'c>,
    select_leased: Statement<'c>,
    set_state: Statement<'c>,
    promote: Statement<'c>,
    delete_done: Statement<'c>,
    delete_others: Statement<'c>,
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
                 WHERE state IN ('waiting', 'leased') AND partner = ?3 AND next <= ?1
                     AND exchange NOT IN (SELECT exchange FROM endpoint WHERE partner = ?3 AND flow = 'paused')
                 ORDER BY next, seq LIMIT ?2",
            )?,
            lease: connection.prepare("UPDATE notice SET state = 'leased', next = ?2, attempt = ?3 WHERE seq = ?1")?,
            select_leased: connection.prepare(SELECT_LEASED)?,
            set_state: connection
                .prepare("UPDATE notice SET state = ?2, next = coalesce(?3, next), trouble = ?4 WHERE seq = ?1")?,
            promote: connection.prepare(
                "UPDATE notice SET state = 'waiting' WHERE seq =
                     (SELECT min(seq) FROM notice
                      WHERE home = ?1 AND referral = ?2 AND partner = ?3 AND state <> 'done')",
            )?,
            delete_done: connection
                .prepare("DELETE FROM notice WHERE home = ?1 AND referral = ?2 AND state = 'done'")?,
            delete_others: connection
                .prepare("DELETE FROM notice WHERE home = ?1 AND referral = ?2 AND state <> 'done'")?,
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

    /// Forgets those about a referral, whatever became of them. Each has an index of its own.
    pub(super) fn erase(&mut self, home: Home, referral: ReferralId) -> Result<(), Trouble> {
        for statement in [&mut self.delete_done, &mut self.delete_others] {
            statement.execute(params![home.0, referral.0])?;
        }
        Ok(())
    }

    pub(super) fn lease(&mut self, question: &LeaseQuestion, keys: &Keys) -> Result<Vec<Lease>, Trouble> {
        let LeaseQuestion { now, until, limit, ref partner } = *question;
        let mut due = Vec::new();
        let mut rows = self.select_due.query(params![now.0, limit, partner.as_str()])?;
        while let Some(row) = rows.next()? {
            due.push((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, NoticeId(row.get(3)?), read(row, keys)));
        }
        drop(rows);
        let (mut leases, all) = (Vec::with_capacity(due.len()), due.len());
        for (seq, earlier, id, notice) in due {
            let notice = match notice {
                Ok(notice) => notice,
                // it must not stand in the way of the partner's others
                Err(Trouble::Job(StoreError::Corrupt(_))) => {
                    tracing::error!("notice {id} is damaged and cannot be sent: it is parked");
                    self.set_state.execute(params![seq, "parked", None::<i64>, Parked::Damaged.code()])?;
                    continue;
                }
                Err(trouble) => return Err(trouble),
            };
            let attempt = earlier.saturating_add(1);
            self.lease.execute(params![seq, until.0, attempt])?;
            leases.push(Lease { notice, token: LeaseToken(attempt.into()), attempt, until });
        }
        if leases.is_empty() && all > 0 {
            return self.lease(question, keys);
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
        let (state, next, trouble) = match outcome {
            Attempted::Delivered => ("done", None, None),
            Attempted::Again(moment) => ("waiting", Some(moment.0), None),
            Attempted::Parked(trouble) => ("parked", None, Some(trouble.code())),
        };
        self.set_state.execute(params![seq, state, next, trouble])?;
        if outcome == Attempted::Delivered {
            self.promote.execute(params![home, referral, partner])?;
        }
        Ok(true)
    }
}

/// Makes what was given up due, and writes the lines that say so.
pub(super) fn resend(
    connection: &Connection,
    which: &Resend,
    now: Timestamp,
    message: MessageId,
) -> Result<u64, Trouble> {
    const RESEND: &str = "UPDATE notice SET state = 'waiting', next = ?1, due = ?1, trouble = NULL
                          WHERE state = 'parked' AND (?2 IS NULL OR id = ?2) AND (?3 IS NULL OR partner = ?3)
                          RETURNING home, exchange, partner, referral";
    let (id, partner) = match which {
        Resend::One(id) => (Some(id.0), None),
        Resend::ParkedOf(partner) => (None, Some(partner.as_str())),
        Resend::AllParked => (None, None),
    };
    let (mut resent, mut statement) = (Resent::default(), connection.prepare_cached(RESEND)?);
    let mut rows = statement.query(params![now.0, id, partner])?;
    while let Some(row) = rows.next()? {
        let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
        resent.add(Home(row.get(0)?), text(1)?.into(), text(2)?.into(), ReferralId(row.get(3)?));
    }
    let mut audit = AuditTable::prepare(connection)?;
    for line in resent.lines(now, message) {
        audit.put(&line)?;
    }
    Ok(resent.count())
}

/// Makes what waits for a partner due.
pub(super) fn hasten(connection: &Connection, partner: &PartnerId, now: Timestamp) -> Result<u64, Trouble> {
    const HASTEN: &str = "UPDATE notice SET next = ?1
                          WHERE state IN ('waiting', 'leased') AND state = 'waiting' AND partner = ?2 AND next > ?1";
    Ok(connection.prepare_cached(HASTEN)?.execute(params![now.0, partner.as_str()])? as u64)
}

/// The partners for whom a lease would give something. Goes from one partner to the next, however many notices each has.
pub(super) fn partners_due(connection: &Connection, now: Timestamp) -> Result<Vec<PartnerId>, StoreError> {
    const ASK: &str = "WITH RECURSIVE queue (partner) AS
                           (SELECT min(partner) FROM notice WHERE state IN ('waiting', 'leased')
                            UNION ALL
                            SELECT (SELECT min(n.partner) FROM notice n
                                    WHERE n.state IN ('waiting', 'leased') AND n.partner > queue.partner)
                            FROM queue WHERE queue.partner IS NOT NULL)
                       SELECT partner FROM queue
                       WHERE partner IS NOT NULL
                           AND EXISTS (SELECT 1 FROM notice n WHERE n.state IN ('waiting', 'leased')
                                       AND n.partner = queue.partner AND n.next <= ?1)";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let rows = statement.query_map([now.0], |row| Ok(row.get_ref(0)?.as_str()?.into())).map_err(fault)?;
    rows.collect::<Result<_, _>>().map_err(fault)
}

/// Whether a lease would give anything, so that an idle worker does not disturb the writer.
pub(super) fn any_due(connection: &Connection, partner: &PartnerId, now: Timestamp) -> Result<bool, StoreError> {
    const ASK: &str = "SELECT EXISTS
                           (SELECT 1 FROM notice WHERE state IN ('waiting', 'leased') AND partner = ?2 AND next <= ?1
                                AND exchange NOT IN
                                    (SELECT exchange FROM endpoint WHERE partner = ?2 AND flow = 'paused'))";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    statement.query_row(params![now.0, partner.as_str()], |row| row.get(0)).map_err(fault)
}

/// Whether a worker still holds it.
pub(super) fn is_leased(connection: &Connection, notice: NoticeId, token: LeaseToken) -> Result<bool, StoreError> {
    let Ok(attempt) = i64::try_from(token.0) else { return Ok(false) };
    let mut statement = connection.prepare_cached(SELECT_LEASED).map_err(fault)?;
    statement.exists(params![notice.0, attempt]).map_err(fault)
}

/// Lets nothing wait for a later time than this, whatever became of it: see [`crate::Mark::Replaced`].
pub(super) fn pull_back(connection: &Connection, now: Timestamp) -> Result<(), Trouble> {
    const PULL: &str = "UPDATE notice SET next = min(next, ?1), due = min(due, ?1) WHERE next > ?1 OR due > ?1";
    connection.prepare_cached(PULL)?.execute(params![now.0])?;
    Ok(())
}

fn read(row: &Row<'_>, keys: &Keys) -> Result<Notice, Trouble> {
    let referral = ReferralId(row.get(6)?);
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    Ok(Notice {
        home: Home(row.get(2)?),
        id: NoticeId(row.get(3)?),
        exchange: text(4)?.into(),
        partner: text(5)?.into(),
        referral,
        event: text(7)?.into(),
        body: keys.unpack(Kind::Notice, referral.into(), row.get_ref(8)?.as_blob().map_err(rusqlite::Error::from)?)?,
        created: Timestamp(row.get(9)?),
        due: Timestamp(row.get(10)?),
    })
}
