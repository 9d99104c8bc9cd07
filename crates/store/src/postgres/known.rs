//! What is known about a message. This question stands on the path of every message.

use baton_exchange::message::{Known, MessageQuestion};
use deadpool_postgres::Object;

use super::{commit::ask, receipt, referral};
use crate::StoreError;

/// One statement, so one snapshot: whatever was committed between two looks cannot make a wrong picture.
const ASK: &str = "SELECT e.home, e.id, e.exchange, e.sender, e.referral, e.event, e.envelope, e.message, e.content, e.status,
                          e.received, e.expires, e.request_bytes, e.transcript,
                          m.home, m.id, m.exchange, m.sender, m.referral, m.event, m.envelope, m.message, m.content, m.status,
                          m.received, m.expires, m.request_bytes, m.transcript,
                          r.home, r.id, r.exchange, r.source, r.request_id, r.patient, r.state, r.version, r.sent,
                          r.changed, r.updated
                   FROM (SELECT 1) one
                   LEFT JOIN receipt e ON e.home = $1 AND e.envelope = $2 AND e.expires > $5
                   LEFT JOIN receipt m ON m.home = $1 AND m.message = $3 AND m.expires > $5
                   LEFT JOIN referral r ON r.home = $1 AND r.request_id = $4";

pub(super) async fn known(connection: &Object, question: &MessageQuestion) -> Result<Known, StoreError> {
    let MessageQuestion { home, envelope, message, request_id, now } = question;
    let message = message.as_ref().map(|key| key.0.as_slice());
    let rows = ask(connection, ASK, &[&home.0, &envelope.0.as_slice(), &message, request_id, &now.0]).await?;
    let Some(row) = rows.first() else {
        return Ok(Known::default());
    };
    Ok(Known {
        by_envelope: receipt::read(row, 0)?,
        by_message: receipt::read(row, receipt::COLUMNS)?,
        referral: referral::read(row, 2 * receipt::COLUMNS)?,
    })
}
