//! What is known about a message. This question stands on the path of every message.

use baton_exchange::message::{Known, MessageQuestion};
use rusqlite::{Connection, named_params};

use super::{
    error::fault,
    receipt::{self, receipt_columns},
    referral,
};
use crate::StoreError;

/// One statement, so one snapshot: whatever was committed between two looks cannot make a wrong picture.
pub(super) fn known(connection: &Connection, question: &MessageQuestion) -> Result<Known, StoreError> {
    const ASK: &str = concat!(
        "SELECT ",
        receipt_columns!("e"),
        ", ",
        receipt_columns!("m"),
        ", r.home, r.id, r.exchange, r.source, r.request_id, r.patient, r.state, r.version, r.sent, r.changed, r.updated
         FROM (SELECT 1)
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
        by_envelope: receipt::read(row, 0)?,
        by_message: receipt::read(row, receipt::COLUMNS)?,
        referral: referral::read(row, 2 * receipt::COLUMNS)?,
    })
}

/// Whether the database can be read.
pub(super) fn probe(connection: &Connection) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT max(number) FROM migration").map_err(fault)?;
    statement.query_row([], |row| row.get::<_, i64>(0)).map(drop).map_err(fault)
}
