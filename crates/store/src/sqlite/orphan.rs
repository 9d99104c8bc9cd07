//! Messages that came before their referral.

use std::collections::BTreeMap;

use baton_exchange::{
    id::{Home, MessageId, ReferralId},
    message::{Orphan, ReceiptKey},
    resource::IndexKey,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, Statement, named_params, params};

use super::{
    error::fault,
    group::{Trouble, conflict_or_trouble},
};
use crate::{
    StoreError,
    batch::{FORGET_MAX, ORPHANS_MAX},
    column::{join_ids, split_ids},
    seal::{Keys, Kind},
};

/// The statements of the writer.
pub(super) struct OrphanTable<'c> {
    insert: Statement<'c>,
    insert_name: Statement<'c>,
    select_named: Statement<'c>,
    select_by_id: Statement<'c>,
    select_of_referral: Statement<'c>,
    select_expired: Statement<'c>,
    retire: Statement<'c>,
    retire_unused: Statement<'c>,
    delete: Statement<'c>,
    delete_name: Statement<'c>,
}

/// Where an orphan is, and the names under which it is found.
type Place = (i64, i64, Vec<u8>);

impl<'c> OrphanTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<OrphanTable<'c>> {
        Ok(OrphanTable {
            insert: connection.prepare(
                "INSERT INTO orphan (home, id, exchange, sender, envelope, names, request, received, expires)
                 VALUES (:home, :id, :exchange, :sender, :envelope, :names, :request, :received, :expires)
                 ON CONFLICT (home, envelope) DO NOTHING",
            )?,
            insert_name: connection.prepare("INSERT OR IGNORE INTO orphan_name VALUES (?1, ?2, ?3)")?,
            select_named: connection.prepare(
                "SELECT o.id FROM orphan_name n JOIN orphan o ON o.seq = n.orphan
                 WHERE n.home = ?1 AND n.key = ?2 AND o.expires > ?3",
            )?,
            select_by_id: connection.prepare("SELECT seq, home, names FROM orphan WHERE home = ?1 AND id = ?2")?,
            select_of_referral: connection.prepare(
                "SELECT DISTINCT o.seq, o.home, o.names FROM name m
                 CROSS JOIN orphan_name n ON n.home = m.home AND n.key = m.key
                 CROSS JOIN orphan o ON o.seq = n.orphan WHERE m.home = ?1 AND m.referral = ?2",
            )?,
            select_expired: connection
                .prepare("SELECT seq, home, names FROM orphan WHERE expires <= ?1 ORDER BY expires LIMIT ?2")?,
            retire: connection.prepare(
                "UPDATE seal SET state = 'erased' WHERE home = ?1 AND state = 'live'
                     AND owner = (SELECT id FROM orphan WHERE seq = ?2)",
            )?,
            retire_unused: connection.prepare(
                "UPDATE seal SET state = 'erased' WHERE home = ?1 AND owner = ?2 AND state = 'live'
                     AND NOT EXISTS (SELECT 1 FROM orphan WHERE home = ?1 AND id = ?2)",
            )?,
            delete: connection.prepare("DELETE FROM orphan WHERE seq = ?1")?,
            delete_name: connection.prepare("DELETE FROM orphan_name WHERE home = ?1 AND key = ?2 AND orphan = ?3")?,
        })
    }

    /// One that is kept already stays as it is, and needs no second key.
    pub(super) fn put(&mut self, orphan: &Orphan) -> Result<(), Trouble> {
        let home = orphan.home.0;
        let written = self.insert.execute(named_params! {
            ":home": home,
            ":id": orphan.id.0,
            ":exchange": orphan.exchange.as_str(),
            ":sender": orphan.sender.as_str(),
            ":envelope": orphan.envelope.0,
            ":names": join_ids(orphan.names.iter().map(|name| name.0)),
            ":request": orphan.request,
            ":received": orphan.received.0,
            ":expires": orphan.expires.0,
        });
        if written.map_err(conflict_or_trouble)? == 0 {
            self.retire_unused.execute(params![home, orphan.id.0])?;
            return Ok(());
        }
        let (seq,) = self.select_by_id.query_row(params![home, orphan.id.0], |row| Ok((row.get::<_, i64>(0)?,)))?;
        for name in &orphan.names {
            self.insert_name.execute(params![home, name.0, seq])?;
        }
        Ok(())
    }

    /// Whether nobody came under these names but those that were seen. When as many were seen as are ever shown, others
    /// may be there.
    pub(super) fn none_unseen(
        &mut self,
        home: Home,
        names: &[IndexKey],
        seen: &[MessageId],
        now: Timestamp,
    ) -> Result<bool, Trouble> {
        if seen.len() >= ORPHANS_MAX {
            return Ok(true);
        }
        for name in names {
            let mut rows = self.select_named.query(params![home.0, name.0, now.0])?;
            while let Some(row) = rows.next()? {
                if !seen.contains(&MessageId(row.get(0)?)) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    pub(super) fn drop(&mut self, home: Home, ids: &[MessageId]) -> Result<(), Trouble> {
        for id in ids {
            let found = self.select_by_id.query_row(params![home.0, id.0], place).optional()?;
            self.delete_all(found.into_iter().collect())?;
        }
        Ok(())
    }

    /// Forgets those that have one of a referral's names.
    pub(super) fn erase(&mut self, home: Home, referral: ReferralId) -> Result<(), Trouble> {
        let found = self.select_of_referral.query_map(params![home.0, referral.0], place)?;
        let found = found.collect::<Result<_, _>>()?;
        self.delete_all(found)
    }

    pub(super) fn forget_expired(&mut self, before: Timestamp) -> Result<(), Trouble> {
        let found = self.select_expired.query_map(params![before.0, FORGET_MAX as i64], place)?;
        let found = found.collect::<Result<_, _>>()?;
        self.delete_all(found)
    }

    /// Their keys go with them.
    fn delete_all(&mut self, places: Vec<Place>) -> Result<(), Trouble> {
        for (seq, home, names) in places {
            for name in split_ids(&names)? {
                self.delete_name.execute(params![home, name, seq])?;
            }
            self.retire.execute(params![home, seq])?;
            self.delete.execute([seq])?;
        }
        Ok(())
    }
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
}

/// Those that have one of these names, oldest first.
pub(super) fn known(
    connection: &Connection,
    keys: &Keys,
    home: Home,
    names: &[IndexKey],
    now: Timestamp,
) -> Result<Vec<Orphan>, StoreError> {
    const FIND: &str = "SELECT o.received, o.id, o.seq FROM orphan_name n JOIN orphan o ON o.seq = n.orphan
                        WHERE n.home = ?1 AND n.key = ?2 AND o.expires > ?3 ORDER BY o.received, o.id LIMIT ?4";
    const READ: &str =
        "SELECT id, exchange, sender, envelope, names, request, received, expires FROM orphan WHERE seq = ?1";
    let mut find = connection.prepare_cached(FIND).map_err(fault)?;
    let mut oldest: BTreeMap<(i64, [u8; 16]), i64> = BTreeMap::new();
    for name in names {
        let rows = find.query_map(params![home.0, name.0, now.0, ORPHANS_MAX as i64], |row| {
            Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
        });
        for row in rows.map_err(fault)? {
            let (age, seq) = row.map_err(fault)?;
            oldest.insert(age, seq);
        }
    }
    let mut statement = connection.prepare_cached(READ).map_err(fault)?;
    let mut orphans = Vec::new();
    for seq in oldest.into_values().take(ORPHANS_MAX) {
        let (mut orphan, names) = statement.query_row([seq], |row| read(row, home)).map_err(fault)?;
        orphan.request = keys.unpack(Kind::Orphan, orphan.id.into(), &orphan.request)?;
        orphan.names = split_ids(&names)?.map(IndexKey).collect();
        orphans.push(orphan);
    }
    Ok(orphans)
}

/// Names and request are as they are kept.
fn read(row: &Row<'_>, home: Home) -> rusqlite::Result<(Orphan, Vec<u8>)> {
    let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
    let orphan = Orphan {
        id: MessageId(row.get(0)?),
        home,
        exchange: text(1)?.into(),
        sender: text(2)?.into(),
        envelope: ReceiptKey(row.get(3)?),
        names: Vec::new(),
        request: row.get(5)?,
        received: Timestamp(row.get(6)?),
        expires: Timestamp(row.get(7)?),
    };
    Ok((orphan, row.get(4)?))
}
