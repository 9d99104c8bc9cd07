//! What is known about a message. This question stands on the path of every message.

use baton_exchange::message::{Known, MessageQuestion};
use rusqlite::{Connection, named_params};

use super::{
    case,
    error::fault,
    orphan,
    receipt::{self, receipt_columns},
    referral,
};
use crate::{StoreError, seal::Keys};

/// One snapshot: whatever is committed between two looks cannot make a wrong picture. Where one partner works on a referral
/// it is one statement, and needs no transaction.
pub(super) fn known(connection: &Connection, keys: &Keys, question: &MessageQuestion) -> Result<Known, StoreError> {
    let Some(names) = &question.names else {
        return receipts(connection, keys, question);
    };
    // Dropped, it ends. There is nothing to commit.
    let snapshot = connection.unchecked_transaction().map_err(fault)?;
    let known = receipts(&snapshot, keys, question)?;
    let cases = case::known(&snapshot, keys, question.home, names)?;
    let orphans = orphan::known(&snapshot, keys, question.home, &names.keys, question.now)?;
    Ok(Known { cases, orphans, ..known })
}

fn receipts(connection: &Connection, keys: &Keys, question: &MessageQuestion) -> Result<Known, StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        receipt_columns!("e"),
        ", ",
        receipt_columns!("m"),
        ", ",
        referral::columns!(),
        " FROM (SELECT 1)
         LEFT JOIN receipt e ON e.home = :home AND e.envelope = :envelope AND e.expires > :now
         LEFT JOIN receipt m ON m.home = :home AND m.message = :message AND m.expires > :now
         LEFT JOIN referral r ON r.home = :home AND r.request_id = :request_id"
    );
    let mut statement = connection.prepare_cached(ASK).map_err(fault)?;
    let mut rows = statement
        .query(named_params! {
            ":home": question.home.0,
            ":envelope": question.envelope.0,
            ":message": question.message.map(|key| key.0),
            ":request_id": question.request_id,
            ":now": question.now.0,
        })
        .map_err(fault)?;
    let Some(row) = rows.next().map_err(fault)? else {
        return Ok(Known::default());
    };
    Ok(Known {
        by_envelope: receipt::read(row, 0, keys)?,
        by_message: receipt::read(row, receipt::COLUMNS, keys)?,
        referral: referral::read(row, 2 * receipt::COLUMNS)?,
        ..Known::default()
    })
}

/// Whether the database can be read.
pub(super) fn probe(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT max(number) FROM migration").map_err(fault)?;
    statement.query_row([], |row| row.get::<_, i64>(0)).map(drop).map_err(fault)
}
