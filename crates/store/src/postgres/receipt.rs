//! Receipts: written with their message, found again by either key.

use baton_exchange::{
    id::{Home, MessageId, ReferralId},
    message::{ContentHash, Identity, Receipt, ReceiptKey},
    time::Timestamp,
};
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use super::{
    commit::{cause, execute, query},
    error::{Trouble, fault},
    pipeline::{Step, all},
};
use crate::{
    StoreError,
    batch::{FORGET_MAX, Transcript, unpack_transcript},
    column::{count, id},
    seal::Keys,
};

const FIND: &str = "SELECT 1 FROM receipt
                    WHERE home = $1 AND expires > $3 AND (envelope = ANY ($2) OR message = ANY ($2)) LIMIT 1";
const DELETE_EXPIRED_LIKE: &str =
    "DELETE FROM receipt WHERE home = $1 AND (envelope = $2 OR message = $3) AND expires <= $4";
const INSERT: &str =
    "INSERT INTO receipt (home, id, exchange, sender, referral, event, envelope, message, content, status,
                                           received, expires, request_bytes, transcript, shared)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING";
const DELETE_EXPIRED: &str = "DELETE FROM receipt r USING
                                  (SELECT home, envelope FROM receipt WHERE expires <= $1 ORDER BY expires LIMIT $2) e
                              WHERE r.home = e.home AND r.envelope = e.envelope AND r.expires <= $1";

const DELETE_OF_REFERRAL: &str = "DELETE FROM receipt WHERE home = $1 AND referral = $2 AND shared";

pub(super) const PREPARED: &[&str] = &[FIND, DELETE_EXPIRED_LIKE, INSERT, DELETE_EXPIRED, DELETE_OF_REFERRAL];

pub(super) async fn none_has(
    transaction: &Transaction<'_>,
    home: Home,
    keys: &[ReceiptKey],
    now: Timestamp,
) -> Result<(), Trouble> {
    let keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
    let found = query(transaction, FIND, &[&home.0, &keys, &now.0]).await?;
    if found.is_empty() { Ok(()) } else { Err(Trouble::Outdated) }
}

/// The unique indexes settle a race: the second one waits for the first, and then is outdated.
pub(super) async fn put(
    transaction: &Transaction<'_>,
    receipt: &Receipt,
    transcript: &Transcript,
    is_shared: bool,
) -> Result<(), Trouble> {
    let Identity { envelope, message, content } = &receipt.identity;
    let message = message.as_ref().map(|key| key.0.as_slice());
    let (home, envelope) = (receipt.home.0, envelope.0.as_slice());
    let make_room = async {
        execute(transaction, DELETE_EXPIRED_LIKE, &[&home, &envelope, &message, &receipt.received.0]).await.map(drop)
    };
    let insert = async {
        let values = [
            &home as _,
            &receipt.id.0.as_slice() as _,
            &receipt.exchange.as_str() as _,
            &receipt.sender.as_str() as _,
            &receipt.referral.0.as_slice() as _,
            &receipt.event as _,
            &envelope as _,
            &message as _,
            &content.0.as_slice() as _,
            &i64::from(receipt.status) as _,
            &receipt.received.0 as _,
            &receipt.expires.0 as _,
            &(transcript.request_bytes as i64) as _,
            &transcript.packed as _,
            &is_shared.then_some(true) as _,
        ];
        if execute(transaction, INSERT, &values).await? == 1 { Ok(()) } else { Err(Trouble::Outdated) }
    };
    // Both go out together: else statements of later changes would go out between them.
    cause(all(vec![Box::pin(make_room) as Step<'_, _>, Box::pin(insert)]).await)
}

/// Forgets those about a referral.
pub(super) async fn erase(transaction: &Transaction<'_>, home: Home, referral: ReferralId) -> Result<(), Trouble> {
    execute(transaction, DELETE_OF_REFERRAL, &[&home.0, &referral.0.as_slice()]).await.map(drop)
}

pub(super) async fn forget_expired(transaction: &Transaction<'_>, before: Timestamp) -> Result<(), Trouble> {
    execute(transaction, DELETE_EXPIRED, &[&before.0, &(FORGET_MAX as i64)]).await.map(drop)
}

/// How many columns [`read`] expects: `home, id, exchange, sender, referral, event, envelope, message, content, status,
/// received, expires, request_bytes, transcript`.
pub(super) const COLUMNS: usize = 14;

/// Reads the columns from a place on; nothing when a left join found no receipt.
pub(super) fn read(row: &Row, first: usize, keys: &Keys) -> Result<Option<Receipt>, StoreError> {
    let Some(home) = row.try_get::<_, Option<i64>>(first).map_err(fault)? else {
        return Ok(None);
    };
    let text = |column: usize| row.try_get::<_, &str>(first + column).map_err(fault);
    let number = |column: usize| row.try_get::<_, i64>(first + column).map_err(fault);
    let bytes = |column: usize| row.try_get::<_, &[u8]>(first + column).map_err(fault);
    let message: Option<&[u8]> = row.try_get(first + 7).map_err(fault)?;
    let referral = ReferralId(id(bytes(4)?)?);
    let (request, answer) = unpack_transcript(keys, referral, number(12)?, bytes(13)?)?;
    Ok(Some(Receipt {
        id: MessageId(id(bytes(1)?)?),
        home: Home(home),
        exchange: text(2)?.into(),
        sender: text(3)?.into(),
        referral,
        event: text(5)?.into(),
        identity: Identity {
            envelope: ReceiptKey(id(bytes(6)?)?),
            message: message.map(id).transpose()?.map(ReceiptKey),
            content: ContentHash(id(bytes(8)?)?),
        },
        request,
        status: count(number(9)?)?,
        answer,
        received: Timestamp(number(10)?),
        expires: Timestamp(number(11)?),
    }))
}
