//! What each partner was told or is to be told, in its own count.
//!
//! Commits end in another order than they begin, so a number that is given when a notice is written could be seen before the
//! one below it, and a reader who has gone past would never come back. Numbers are therefore given afterwards, to what is
//! committed, by one at a time.

use baton_exchange::{
    audit::AuditRecord,
    id::{Home, NoticeId, PartnerId, ReferralId},
    notice::{Notice, Settled, Told, ToldQuestion},
    time::Timestamp,
};
use deadpool_postgres::Object;
use tokio_postgres::Row;

use super::{
    audit,
    commit::{ask, execute, query},
    error::{Trouble, fault},
    notice::lock_lines,
};
use crate::{
    StoreError,
    column::{count, id},
    ends::{AT_ONCE_MAX, TOLD_BYTES_MAX},
    seal::{Keys, Kind},
};

const NUMBERED: &str = "SELECT told, id, exchange, referral, event, body, created, due FROM
         (SELECT *, sum(octet_length(body)) OVER (ORDER BY told) - octet_length(body) AS before FROM
              (SELECT told, id, exchange, referral, event, body, created, due FROM notice
               WHERE home = $1 AND partner = $2 AND told > $3 ORDER BY told LIMIT $4) AS page) AS page
     WHERE before < $5 ORDER BY told";
const LAST: &str = "SELECT last FROM told WHERE home = $1 AND partner = $2";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM notice WHERE home = $1 AND partner = $2 AND told IS NULL)";

const BEGIN: &str = "INSERT INTO told (home, partner, last) VALUES ($1, $2, 0) ON CONFLICT (home, partner) DO NOTHING";
/// Two at once would give the same numbers: the second waits, and then sees what the first has numbered.
const HOLD: &str = "SELECT last FROM told WHERE home = $1 AND partner = $2 FOR UPDATE";
/// A notice about a referral is put behind the earlier ones under a lock, so its sequence is higher: each line keeps its order.
const NUMBER: &str = "UPDATE notice n SET told = $3 + fresh.place
     FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS place FROM
               (SELECT seq FROM notice WHERE home = $1 AND partner = $2 AND told IS NULL ORDER BY seq LIMIT $4) AS few)
          AS fresh
     WHERE n.home = $1 AND n.seq = fresh.seq";
const COUNT: &str = "UPDATE told SET last = last + $3 WHERE home = $1 AND partner = $2";

/// The sum keeps it to the index of those that are not done.
const LINES: &str = "SELECT DISTINCT referral FROM
         (SELECT referral FROM notice WHERE partner = $2 AND state <> 'done' AND home = $1 AND told + 0 <= $3 LIMIT $4) AS few
     ORDER BY referral";
const UNSETTLED: &str = "SELECT id, referral, event, created FROM notice
     WHERE partner = $2 AND state <> 'done' AND home = $1 AND told + 0 <= $3";
/// Many lines at once: without statistics PostgreSQL goes through all that waits for the partner, and then it does so once.
const SETTLE: &str = "UPDATE notice SET state = 'done', next = $5, trouble = NULL
                      WHERE home = $1 AND referral = ANY ($4) AND partner = $2 AND state <> 'done' AND told + 0 <= $3
                      RETURNING id, referral, event, created";
const PROMOTE: &str = "UPDATE notice n SET state = 'waiting'
     FROM (SELECT min(seq) AS seq FROM notice
           WHERE home = $1 AND referral = ANY ($2) AND partner = $3 AND state <> 'done' GROUP BY referral) AS first
     WHERE n.home = $1 AND n.seq = first.seq AND n.state = 'behind'";
const FORGET: &str = "DELETE FROM notice n USING
                          (SELECT home, seq FROM notice WHERE state = 'done' AND next < $1 ORDER BY next LIMIT $2) AS old
                      WHERE n.home = old.home AND n.seq = old.seq";

/// How many referrals are settled in one transaction: each holds a lock until its end.
const LINES_MAX: i64 = 200;
/// How often a transaction is begun again after a deadlock.
const TRIES_MAX: u32 = 5;

/// What has a number after that one; what has none gets one first, where the page would be empty.
pub(super) async fn told(connection: &mut Object, keys: &Keys, question: &ToldQuestion) -> Result<Told, StoreError> {
    let ToldQuestion { home, partner, .. } = question;
    loop {
        let told = match numbered(connection, keys, question).await {
            // of one that was just cleared the rows are gone before the key is
            Err(StoreError::Corrupt(_)) => numbered(connection, keys, question).await?,
            other => other?,
        };
        if !told.notices.is_empty() {
            return Ok(told);
        }
        let any = ask(connection, ANY, &[&home.0, &partner.as_str()]).await?;
        if !any.first().map_or(Ok(false), |row| row.try_get(0)).map_err(fault)? {
            return Ok(told);
        }
        let mut tries = 0;
        while let Err(trouble) = number(connection, *home, partner).await {
            again(trouble, &mut tries)?;
        }
    }
}

async fn numbered(connection: &Object, keys: &Keys, question: &ToldQuestion) -> Result<Told, StoreError> {
    let ToldQuestion { home, partner, after, limit } = question;
    let after = i64::try_from(*after).unwrap_or(i64::MAX);
    let values = [&home.0 as _, &partner.as_str() as _, &after as _, &i64::from(*limit) as _, &TOLD_BYTES_MAX as _];
    let rows = ask(connection, NUMBERED, &values).await?;
    let last = ask(connection, LAST, &[&home.0, &partner.as_str()]).await?;
    let last = last.first().map_or(Ok(0), |row| row.try_get(0)).map_err(fault)?;
    let notices = rows.iter().map(|row| Ok((count(row.try_get(0).map_err(fault)?)?, read(row, keys, *home, partner)?)));
    Ok(Told { notices: notices.collect::<Result<_, StoreError>>()?, last: count(last)? })
}

fn read(row: &Row, keys: &Keys, home: Home, partner: &PartnerId) -> Result<Notice, StoreError> {
    let text = |column: usize| row.try_get::<_, &str>(column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
    let referral = ReferralId(id(bytes(3)?)?);
    Ok(Notice {
        id: NoticeId(id(bytes(1)?)?),
        home,
        exchange: text(2)?.into(),
        partner: partner.clone(),
        referral,
        event: text(4)?.into(),
        body: keys.unpack(Kind::Notice, referral.into(), bytes(5)?)?,
        created: Timestamp(row.try_get(6).map_err(fault)?),
        due: Timestamp(row.try_get(7).map_err(fault)?),
    })
}

/// Whether a transaction may be begun again.
pub(super) fn again(trouble: Trouble, tries: &mut u32) -> Result<(), StoreError> {
    *tries += 1;
    match trouble {
        Trouble::Store(error) => Err(error),
        Trouble::Outdated | Trouble::Aborted | Trouble::Race if *tries < TRIES_MAX => Ok(()),
        Trouble::Outdated | Trouble::Aborted | Trouble::Race => {
            Err(StoreError::Unavailable("another process changes the same notices".into()))
        }
    }
}

async fn number(connection: &mut Object, home: Home, partner: &PartnerId) -> Result<(), Trouble> {
    let transaction = connection.transaction().await?;
    let partner = partner.as_str();
    execute(&transaction, BEGIN, &[&home.0, &partner]).await?;
    let held = query(&transaction, HOLD, &[&home.0, &partner]).await?;
    let last: i64 = held.first().map_or(Ok(0), |row| row.try_get(0))?;
    // its own snapshot, taken after the row was held
    let numbered = execute(&transaction, NUMBER, &[&home.0, &partner, &last, &(AT_ONCE_MAX as i64)]).await?;
    execute(&transaction, COUNT, &[&home.0, &partner, &i64::try_from(numbered).unwrap_or(i64::MAX)]).await?;
    Ok(transaction.commit().await?)
}

/// All notices up to a number that are not done.
pub(super) async fn unsettled(
    connection: &Object,
    home: Home,
    partner: &PartnerId,
    through: u64,
) -> Result<Vec<Settled>, StoreError> {
    let through = i64::try_from(through).unwrap_or(i64::MAX);
    let rows = ask(connection, UNSETTLED, &[&home.0, &partner.as_str(), &through]).await?;
    rows.iter().map(settled_notice).collect()
}

/// Makes all notices up to a number done, some referrals at a time, and calls those behind them. The line in each commit says about
/// which referrals they were.
pub(super) async fn settle(
    connection: &mut Object,
    home: Home,
    partner: &PartnerId,
    through: u64,
    line: &AuditRecord,
) -> Result<Vec<Settled>, StoreError> {
    let through = i64::try_from(through).unwrap_or(i64::MAX);
    let (mut all, mut tries) = (Vec::new(), 0);
    loop {
        let lines = ask(connection, LINES, &[&home.0, &partner.as_str(), &through, &LINES_MAX]).await?;
        let lines: Result<Vec<[u8; 16]>, StoreError> =
            lines.iter().map(|row| id(row.try_get(0).map_err(fault)?)).collect();
        let lines = lines?;
        if lines.is_empty() {
            return Ok(all);
        }
        match settle_lines(connection, home, partner, through, &lines, line).await {
            Ok(mut settled) => all.append(&mut settled),
            Err(trouble) => again(trouble, &mut tries)?,
        }
    }
}

async fn settle_lines(
    connection: &mut Object,
    home: Home,
    partner: &PartnerId,
    through: i64,
    lines: &[[u8; 16]],
    line: &AuditRecord,
) -> Result<Vec<Settled>, Trouble> {
    let transaction = connection.transaction().await?;
    for referral in lines {
        lock_lines(&transaction, home, ReferralId(*referral)).await?;
    }
    let (partner, referrals) = (partner.as_str(), lines.iter().map(<[u8; 16]>::as_slice).collect::<Vec<_>>());
    let settled = query(&transaction, SETTLE, &[&home.0, &partner, &through, &referrals, &line.at.0]).await?;
    let settled: Vec<Settled> = settled.iter().map(settled_notice).collect::<Result<_, StoreError>>()?;
    execute(&transaction, PROMOTE, &[&home.0, &referrals, &partner]).await?;
    if !settled.is_empty() {
        audit::put(&transaction, &line.about(settled.iter().map(|one| one.referral).collect())).await?;
    }
    transaction.commit().await?;
    Ok(settled)
}

fn settled_notice(row: &Row) -> Result<Settled, StoreError> {
    let bytes = |column: usize| row.try_get::<_, &[u8]>(column).map_err(fault);
    Ok(Settled {
        id: NoticeId(id(bytes(0)?)?),
        referral: ReferralId(id(bytes(1)?)?),
        event: row.try_get(2).map_err(fault)?,
        created: Timestamp(row.try_get(3).map_err(fault)?),
    })
}

/// Forgets some of those that were done before a moment.
pub(super) async fn forget(connection: &Object, before: Timestamp) -> Result<u64, StoreError> {
    let statement = connection.prepare_cached(FORGET).await.map_err(fault)?;
    connection.execute(&statement, &[&before.0, &(AT_ONCE_MAX as i64)]).await.map_err(fault)
}
