//! The outgoing queue: one line per referral and partner, and only its first may go.

use baton_exchange::{
    audit::Resent,
    delivery::Trouble as Parked,
    id::{Home, MessageId, NoticeId, PartnerId, ReferralId},
    notice::{Attempted, Lease, LeaseToken, Notice, Resend},
    time::Timestamp,
};
use deadpool_postgres::{Object, Transaction};
use tokio_postgres::Row;

use super::{
    audit,
    commit::{ask, execute, query},
    error::{Trouble, fault},
};
use crate::{
    StoreError,
    column::{count, id},
    seal::{Keys, Kind},
};

/// Held by whoever changes the lines of a referral: else a notice could be put behind one that is just being done, and
/// nobody would call it.
const LOCK_LINES: &str = "SELECT pg_advisory_xact_lock($1)";
const INSERT: &str =
    "INSERT INTO notice (home, id, exchange, partner, referral, event, body, created, due, next, attempt, state)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 0,
             CASE WHEN EXISTS (SELECT 1 FROM notice WHERE home = $1 AND referral = $5 AND partner = $4
                               AND state <> 'done') THEN 'behind' ELSE 'waiting' END)";
const LEASE: &str = "WITH due AS
                         (SELECT home, seq, next AS since FROM notice
                          WHERE state IN ('waiting', 'leased') AND partner = $4 AND next <= $1
                              AND exchange NOT IN (SELECT exchange FROM endpoint WHERE partner = $4 AND flow = 'paused')
                          ORDER BY next, seq LIMIT $3 FOR UPDATE SKIP LOCKED)
                     UPDATE notice n SET state = 'leased', next = $2, attempt = n.attempt + 1
                     FROM due WHERE n.home = due.home AND n.seq = due.seq
                     RETURNING n.home, n.id, n.exchange, n.partner, n.referral, n.event, n.body, n.created, n.due, n.attempt,
                               due.since, n.seq";
const SELECT_LEASED: &str =
    "SELECT home, referral, partner FROM notice WHERE id = $1 AND state = 'leased' AND attempt = $2";
const SET_STATE: &str = "UPDATE notice SET state = $4, next = coalesce($5, next), trouble = $6
                         WHERE home = $1 AND id = $2 AND state = 'leased' AND attempt = $3";
const PROMOTE: &str = "UPDATE notice SET state = 'waiting' WHERE home = $1 AND seq =
                           (SELECT min(seq) FROM notice
                            WHERE home = $1 AND referral = $2 AND partner = $3 AND state <> 'done')";

/// Goes from one partner to the next, however many notices each has.
const SELECT_PARTNERS: &str = "WITH RECURSIVE queue (partner) AS
         (SELECT min(partner) FROM notice WHERE state IN ('waiting', 'leased')
          UNION ALL
          SELECT (SELECT min(n.partner) FROM notice n
                  WHERE n.state IN ('waiting', 'leased') AND n.partner > queue.partner)
          FROM queue WHERE queue.partner IS NOT NULL)
     SELECT partner FROM queue
     WHERE partner IS NOT NULL
         AND EXISTS (SELECT 1 FROM notice n WHERE n.state IN ('waiting', 'leased')
                     AND n.partner = queue.partner AND n.next <= $1)
     ORDER BY partner COLLATE \"C\"";
const RESEND: &str = "UPDATE notice SET state = 'waiting', next = $1, due = $1, trouble = NULL
                      WHERE state = 'parked' AND ($2::bytea IS NULL OR id = $2) AND ($3::text IS NULL OR partner = $3)
                      RETURNING home, exchange, partner, referral";
const HASTEN: &str = "UPDATE notice SET next = $1
                      WHERE state IN ('waiting', 'leased') AND state = 'waiting' AND partner = $2 AND next > $1";

/// Lets nothing wait for a later time than this, whatever became of it: see [`crate::Mark::Replaced`].
pub(super) const PULL_BACK: &str =
    "UPDATE notice SET next = least(next, $1), due = least(due, $1) WHERE next > $1 OR due > $1";

/// Each has an index of its own.
const DELETE_DONE: &str = "DELETE FROM notice WHERE home = $1 AND referral = $2 AND state = 'done'";
const DELETE_OTHERS: &str = "DELETE FROM notice WHERE home = $1 AND referral = $2 AND state <> 'done'";

pub(super) const PREPARED: &[&str] = &[LOCK_LINES, INSERT, DELETE_DONE, DELETE_OTHERS];

pub(super) async fn put(transaction: &Transaction<'_>, notice: &Notice) -> Result<(), Trouble> {
    lock_lines(transaction, notice.home, notice.referral).await?;
    execute(
        transaction,
        INSERT,
        &[
            &notice.home.0,
            &notice.id.0.as_slice(),
            &notice.exchange.as_str(),
            &notice.partner.as_str(),
            &notice.referral.0.as_slice(),
            &notice.event,
            &notice.body,
            &notice.created.0,
            &notice.due.0,
        ],
    )
    .await
    .map(drop)
}

/// Forgets those about a referral, whatever became of them. With its lines locked, none goes from one state to another
/// meanwhile.
pub(super) async fn erase(transaction: &Transaction<'_>, home: Home, referral: ReferralId) -> Result<(), Trouble> {
    lock_lines(transaction, home, referral).await?;
    for statement in [DELETE_DONE, DELETE_OTHERS] {
        execute(transaction, statement, &[&home.0, &referral.0.as_slice()]).await?;
    }
    Ok(())
}

pub(super) async fn lock_lines(transaction: &Transaction<'_>, home: Home, referral: ReferralId) -> Result<(), Trouble> {
    let mixed = i128::from_be_bytes(referral.0);
    // Two referrals with the same number only wait for each other.
    let number = home.0 ^ (mixed >> 64) as i64 ^ mixed as i64;
    query(transaction, LOCK_LINES, &[&number]).await.map(drop)
}

pub(super) async fn partners_due(connection: &Object, now: Timestamp) -> Result<Vec<PartnerId>, StoreError> {
    let rows = ask(connection, SELECT_PARTNERS, &[&now.0]).await?;
    rows.iter().map(|row| Ok(row.try_get::<_, &str>(0).map_err(fault)?.into())).collect()
}

pub(super) async fn lease(
    connection: &mut Object,
    keys: &Keys,
    partner: &PartnerId,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Lease>, StoreError> {
    loop {
        let rows = ask(connection, LEASE, &[&now.0, &until.0, &i64::from(limit), &partner.as_str()]).await?;
        let mut leases = Vec::with_capacity(rows.len());
        for row in &rows {
            let place: (i64, i64) = (row.try_get(10).map_err(fault)?, row.try_get(11).map_err(fault)?);
            match read(row, until, keys) {
                Ok(lease) => leases.push((place, lease)),
                // it must not stand in the way of the partner's others
                Err(StoreError::Corrupt(_)) => park(connection, row).await?,
                Err(error) => return Err(error),
            }
        }
        if leases.is_empty() && !rows.is_empty() {
            continue;
        }
        leases.sort_by_key(|(place, _)| *place);
        return Ok(leases.into_iter().map(|(_, lease)| lease).collect());
    }
}

/// Gives up a notice that was leased and cannot be read.
async fn park(connection: &mut Object, row: &Row) -> Result<(), StoreError> {
    let notice = NoticeId(id(row.try_get(1).map_err(fault)?)?);
    let token = LeaseToken(count(row.try_get(9).map_err(fault)?)?);
    tracing::error!("notice {notice} is damaged and cannot be sent: it is parked");
    attempted(connection, notice, token, Attempted::Parked(Parked::Damaged)).await?;
    Ok(())
}

pub(super) async fn attempted(
    connection: &mut Object,
    notice: NoticeId,
    token: LeaseToken,
    outcome: Attempted,
) -> Result<bool, StoreError> {
    match try_attempted(connection, notice, token, outcome).await {
        Ok(counts) => Ok(counts),
        Err(Trouble::Store(error)) => Err(error),
        Err(Trouble::Outdated | Trouble::Aborted | Trouble::Race) => {
            Err(StoreError::Unavailable("another process changes the same notices".into()))
        }
    }
}

/// Whether a worker still holds it.
pub(super) async fn is_leased(connection: &Object, notice: NoticeId, token: LeaseToken) -> Result<bool, StoreError> {
    let Ok(attempt) = i64::try_from(token.0) else { return Ok(false) };
    Ok(!ask(connection, SELECT_LEASED, &[&notice.0.as_slice(), &attempt]).await?.is_empty())
}

async fn try_attempted(
    connection: &mut Object,
    notice: NoticeId,
    token: LeaseToken,
    outcome: Attempted,
) -> Result<bool, Trouble> {
    let Ok(attempt) = i64::try_from(token.0) else {
        return Ok(false);
    };
    let transaction = connection.transaction().await?;
    let found = query(&transaction, SELECT_LEASED, &[&notice.0.as_slice(), &attempt]).await?;
    let Some(row) = found.first() else { return Ok(false) };
    let (home, referral, partner): (i64, &[u8], &str) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    lock_lines(&transaction, Home(home), ReferralId(id(referral)?)).await?;
    let (state, next, word) = match outcome {
        Attempted::Delivered => ("done", None, None),
        Attempted::Again(moment) => ("waiting", Some(moment.0), None),
        Attempted::Parked(trouble) => ("parked", None, Some(trouble.code())),
    };
    let values = [&home as _, &notice.0.as_slice() as _, &attempt as _, &state as _, &next as _, &word as _];
    // Another worker may have taken it since it was looked for.
    let counts = execute(&transaction, SET_STATE, &values).await? == 1;
    if counts && outcome == Attempted::Delivered {
        execute(&transaction, PROMOTE, &[&home, &referral, &partner]).await?;
    }
    transaction.commit().await?;
    Ok(counts)
}

/// Makes what was given up due, and writes the lines that say so.
pub(super) async fn resend(
    connection: &mut Object,
    which: &Resend,
    now: Timestamp,
    message: MessageId,
) -> Result<u64, Trouble> {
    let (one, partner) = match which {
        Resend::One(id) => (Some(id.0.as_slice()), None),
        Resend::ParkedOf(partner) => (None, Some(partner.as_str())),
        Resend::AllParked => (None, None),
    };
    let transaction = connection.transaction().await?;
    let mut resent = Resent::default();
    for row in query(&transaction, RESEND, &[&now.0, &one, &partner]).await? {
        let text = |column: usize| row.try_get::<_, &str>(column);
        resent.add(Home(row.try_get(0)?), text(1)?.into(), text(2)?.into(), ReferralId(id(row.try_get(3)?)?));
    }
    for line in resent.lines(now, message) {
        audit::put(&transaction, &line).await?;
    }
    transaction.commit().await?;
    Ok(resent.count())
}

/// Makes what waits for a partner due.
pub(super) async fn hasten(connection: &Object, partner: &PartnerId, now: Timestamp) -> Result<u64, StoreError> {
    let statement = connection.prepare_cached(HASTEN).await.map_err(fault)?;
    connection.execute(&statement, &[&now.0, &partner.as_str()]).await.map_err(fault)
}

fn read(row: &Row, until: Timestamp, keys: &Keys) -> Result<Lease, StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    let number = |column: usize| row.try_get::<_, i64>(column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
    let attempt: u32 = count(number(9)?)?;
    let referral = ReferralId(id(bytes(4)?)?);
    let notice = Notice {
        home: Home(number(0)?),
        id: NoticeId(id(bytes(1)?)?),
        exchange: text(2)?.into(),
        partner: text(3)?.into(),
        referral,
        event: text(5)?.into(),
        body: keys.unpack(Kind::Notice, referral.into(), bytes(6)?)?,
        created: Timestamp(number(7)?),
        due: Timestamp(number(8)?),
    };
    Ok(Lease { notice, token: LeaseToken(attempt.into()), attempt, until })
}
