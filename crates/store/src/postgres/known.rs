//! What is known about a message. This question stands on the path of every message.

use baton_exchange::{
    id::Home,
    message::{Known, MessageQuestion},
};
use deadpool_postgres::Object;
use tokio_postgres::{Row, types::ToSql};

use super::{case, commit::ask, receipt, referral};
use crate::{StoreError, seal::Keys};

/// One statement, so one snapshot: whatever was committed between two looks cannot make a wrong picture.
pub(super) const ASK: &str = concat!(
    "SELECT e.home, e.id, e.exchange, e.sender, e.referral, e.event, e.envelope, e.message, e.content, e.status,
            e.received, e.expires, e.request_bytes, e.transcript,
            m.home, m.id, m.exchange, m.sender, m.referral, m.event, m.envelope, m.message, m.content, m.status,
            m.received, m.expires, m.request_bytes, m.transcript, ",
    referral::columns!(),
    " FROM (SELECT 1) one
      LEFT JOIN receipt e ON e.home = $1 AND e.envelope = $2 AND e.expires > $5
      LEFT JOIN receipt m ON m.home = $1 AND m.message = $3 AND m.expires > $5
      LEFT JOIN referral r ON r.home = $1 AND r.request_id = $4"
);

/// The parameters of [`ASK`].
pub(super) struct Parameters<'q> {
    home: Home,
    envelope: &'q [u8],
    message: Option<&'q [u8]>,
    request_id: &'q Option<String>,
    now: i64,
}

impl<'q> Parameters<'q> {
    pub(super) fn of(question: &'q MessageQuestion) -> Parameters<'q> {
        let MessageQuestion { home, envelope, message, request_id, names: _, now } = question;
        let message = message.as_ref().map(|key| key.0.as_slice());
        Parameters { home: *home, envelope: &envelope.0, message, request_id, now: now.0 }
    }

    pub(super) fn values(&self) -> [&(dyn ToSql + Sync); 5] {
        [&self.home.0, &self.envelope, &self.message, self.request_id, &self.now]
    }
}

pub(super) async fn known(
    connection: &mut Object,
    keys: &Keys,
    question: &MessageQuestion,
) -> Result<Known, StoreError> {
    if let Some(names) = &question.names {
        return case::known(connection, keys, question, names).await;
    }
    read(&ask(connection, ASK, &Parameters::of(question).values()).await?, keys)
}

/// Reads what [`ASK`] gave.
pub(super) fn read(rows: &[Row], keys: &Keys) -> Result<Known, StoreError> {
    let Some(row) = rows.first() else {
        return Ok(Known::default());
    };
    Ok(Known {
        by_envelope: receipt::read(row, 0, keys)?,
        by_message: receipt::read(row, receipt::COLUMNS, keys)?,
        referral: referral::read(row, 2 * receipt::COLUMNS)?,
        ..Known::default()
    })
}
