//! What each partner was told or is to be told, in its own count.

use baton_exchange::{
    audit::AuditRecord,
    id::{Home, NoticeId, PartnerId, ReferralId},
    notice::{Notice, Settled, Told, ToldQuestion},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{audit::AuditTable, error::fault, group::Trouble};
use crate::{
    StoreError,
    column::count,
    ends::{AT_ONCE_MAX, TOLD_BYTES_MAX},
    seal::{Keys, Kind},
};

/// What has a number after that one.
pub(super) fn numbered(connection: &Connection, keys: &Keys, question: &ToldQuestion) -> Result<Told, StoreError> {
    const ASK: &str = "SELECT told, id, exchange, referral, event, body, created, due FROM
                           (SELECT *, sum(length(body)) OVER (ORDER BY told) - length(body) AS before FROM
                                (SELECT told, id, exchange, referral, event, body, created, due FROM notice
                                 WHERE home = ?1 AND partner = ?2 AND told > ?3 ORDER BY told LIMIT ?4))
                       WHERE before < ?5 ORDER BY told";
    const LAST: &str = "SELECT last FROM told WHERE home = ?1 AND partner = ?2";
    let ToldQuestion { home, partner, after, limit } = question;
    let last = connection.prepare_cached(LAST).map_err(fault)?;
    let last: Option<i64> =
        { last }.query_row(params![home.0, partner.as_str()], |row| row.get(0)).optional().map_err(fault)?;
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let after = i64::try_from(*after).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![home.0, partner.as_str(), after, limit, TOLD_BYTES_MAX]).map_err(fault)?;
    let mut notices = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        notices.push((count(row.get(0).map_err(fault)?)?, read(row, keys, *home, partner)?));
    }
    Ok(Told { notices, last: last.map_or(Ok(0), count)? })
}

fn read(row: &Row<'_>, keys: &Keys, home: Home, partner: &PartnerId) -> Result<Notice, StoreError> {
    let text = |column: usize| row.get::<_, String>(column).map_err(fault);
    let packed: Vec<u8> = row.get(5).map_err(fault)?;
    let referral = ReferralId(row.get(3).map_err(fault)?);
    Ok(Notice {
        id: NoticeId(row.get(1).map_err(fault)?),
        home,
        exchange: text(2)?.as_str().into(),
        partner: partner.clone(),
        referral,
        event: text(4)?,
        body: keys.unpack(Kind::Notice, referral.into(), &packed)?,
        created: Timestamp(row.get(6).map_err(fault)?),
        due: Timestamp(row.get(7).map_err(fault)?),
    })
}

/// Whether something has no number yet.
pub(super) fn any_unnumbered(connection: &Connection, home: Home, partner: &PartnerId) -> Result<bool, StoreError> {
    const ASK: &str = "SELECT EXISTS (SELECT 1 FROM notice WHERE home = ?1 AND partner = ?2 AND told IS NULL)";
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    statement.query_row(params![home.0, partner.as_str()], |row| row.get(0)).map_err(fault)
}

/// Gives numbers, oldest first, to some of those that have none. One writer alone does this, so all that is there was
/// committed before whatever comes.
pub(super) fn number(connection: &Connection, home: Home, partner: &PartnerId) -> Result<(), Trouble> {
    const BEGIN: &str = "INSERT OR IGNORE INTO told (home, partner, last) VALUES (?1, ?2, 0)";
    const NUMBER: &str =
        "UPDATE notice SET told = fresh.place + (SELECT last FROM told WHERE home = ?1 AND partner = ?2)
                          FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS place FROM
                                    (SELECT seq FROM notice WHERE home = ?1 AND partner = ?2 AND told IS NULL
                                     ORDER BY seq LIMIT ?3)) AS fresh
                          WHERE notice.seq = fresh.seq";
    const COUNT: &str = "UPDATE told SET last = last + ?3 WHERE home = ?1 AND partner = ?2";
    let partner = partner.as_str();
    connection.prepare_cached(BEGIN)?.execute(params![home.0, partner])?;
    let numbered = connection.prepare_cached(NUMBER)?.execute(params![home.0, partner, AT_ONCE_MAX as i64])?;
    connection.prepare_cached(COUNT)?.execute(params![home.0, partner, numbered as i64])?;
    Ok(())
}

/// All notices up to a number that are not done.
pub(super) fn unsettled(
    connection: &Connection,
    home: Home,
    partner: &PartnerId,
    through: u64,
) -> Result<Vec<Settled>, StoreError> {
    // as below
    const ASK: &str = "SELECT id, referral, event, created FROM notice
                       WHERE partner = ?2 AND state <> 'done' AND +home = ?1 AND +told <= ?3";
    let through = i64::try_from(through).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let read = |row: &Row<'_>| {
        let (id, referral) = (NoticeId(row.get(0)?), ReferralId(row.get(1)?));
        Ok(Settled { id, referral, event: row.get(2)?, created: Timestamp(row.get(3)?) })
    };
    let rows = statement.query_map(params![home.0, partner.as_str(), through], read).map_err(fault)?;
    rows.collect::<rusqlite::Result<_>>().map_err(fault)
}

/// Makes some notices up to a number done, one referral after the other, and calls those behind them. The line says about which
/// referrals they were.
pub(super) fn settle(
    connection: &Connection,
    home: Home,
    partner: &PartnerId,
    through: u64,
    line: &AuditRecord,
) -> Result<Vec<Settled>, Trouble> {
    // The plus signs keep it to the index of those that are not done.
    const LINES: &str = "SELECT DISTINCT referral FROM
                             (SELECT referral FROM notice
                              WHERE partner = ?2 AND state <> 'done' AND +home = ?1 AND +told <= ?3 LIMIT ?4)";
    const SETTLE: &str = "UPDATE notice SET state = 'done', next = ?5, trouble = NULL
                          WHERE home = ?1 AND referral = ?4 AND partner = ?2 AND state <> 'done' AND +told <= ?3
                          RETURNING id, event, created";
    const PROMOTE: &str = "UPDATE notice SET state = 'waiting' WHERE state = 'behind' AND seq =
                               (SELECT min(seq) FROM notice
                                WHERE home = ?1 AND referral = ?2 AND partner = ?3 AND state <> 'done')";
    let (partner, through) = (partner.as_str(), i64::try_from(through).unwrap_or(i64::MAX));
    let mut lines = connection.prepare_cached(LINES)?;
    let lines = lines.query_map(params![home.0, partner, through, AT_ONCE_MAX as i64], |row| row.get(0))?;
    let lines: Vec<[u8; 16]> = lines.collect::<Result<_, _>>()?;
    let (mut settle, mut promote) = (connection.prepare_cached(SETTLE)?, connection.prepare_cached(PROMOTE)?);
    let mut settled = Vec::new();
    for referral in lines.into_iter().map(ReferralId) {
        let rows = settle.query_map(params![home.0, partner, through, referral.0, line.at.0], |row| {
            let (id, created) = (NoticeId(row.get(0)?), Timestamp(row.get(2)?));
            Ok(Settled { id, referral, event: row.get(1)?, created })
        })?;
        settled.extend(rows.collect::<rusqlite::Result<Vec<_>>>()?);
        promote.execute(params![home.0, referral.0, partner])?;
    }
    if !settled.is_empty() {
        let about = settled.iter().map(|one| one.referral).collect();
        AuditTable::prepare(connection)?.put(&line.about(about))?;
    }
    Ok(settled)
}

/// Forgets some of those that were done before a moment.
pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<u64, Trouble> {
    const FORGET: &str = "DELETE FROM notice WHERE seq IN
                              (SELECT seq FROM notice WHERE state = 'done' AND next < ?1 ORDER BY next LIMIT ?2)";
    Ok(connection.prepare_cached(FORGET)?.execute(params![before.0, AT_ONCE_MAX as i64])? as u64)
}
