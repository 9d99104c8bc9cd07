//! Receipts: written with their message, found again by either key.

use baton_exchange::{
    id::{Home, MessageId, ReferralId},
    message::{ContentHash, Identity, Receipt, ReceiptKey},
    time::Timestamp,
};
use rusqlite::{Connection, Row, Statement, named_params, params};

use super::{
    error::fault,
    group::{Trouble, conflict_or_trouble},
};
use crate::{
    StoreError,
    batch::{FORGET_MAX, Transcript, unpack_transcript},
    seal::Keys,
};

/// The statements of the writer.
pub(super) struct ReceiptTable<'c> {
    find: Statement<'c>,
    insert: Statement<'c>,
    delete_expired_like: Statement<'c>,
    delete_expired: Statement<'c>,
    delete_of_referral: Statement<'c>,
}

impl<'c> ReceiptTable<'c> {
    pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<ReceiptTable<'c>> {
        Ok(ReceiptTable {
            find: connection.prepare(
                "SELECT EXISTS (SELECT 1 FROM receipt WHERE home = ?1 AND envelope = ?2 AND expires > ?3)
                     OR EXISTS (SELECT 1 FROM receipt WHERE home = ?1 AND message = ?2 AND expires > ?3)",
            )?,
            insert: connection.prepare(
                "INSERT INTO receipt (home, id, exchange, sender, referral, event, envelope, message, content, status,
                                      received, expires, request_bytes, transcript, shared)
                 VALUES (:home, :id, :exchange, :sender, :referral, :event, :envelope, :message, :content, :status,
                         :received, :expires, :request_bytes, :transcript, :shared)",
            )?,
            delete_expired_like: connection
                .prepare("DELETE FROM receipt WHERE home = ?1 AND (envelope = ?2 OR message = ?3) AND expires <= ?4")?,
            delete_expired: connection.prepare(
                "DELETE FROM receipt WHERE seq IN
                     (SELECT seq FROM receipt WHERE expires <= ?1 ORDER BY expires LIMIT ?2)",
            )?,
            delete_of_referral: connection
                .prepare("DELETE FROM receipt WHERE home = ?1 AND referral = ?2 AND shared = 1")?,
        })
    }

    pub(super) fn none_has(&mut self, home: Home, keys: &[ReceiptKey], now: Timestamp) -> Result<bool, Trouble> {
        for key in keys {
            if self.find.query_row(params![home.0, key.0, now.0], |row| row.get(0))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// An expired receipt in the same place makes room; that is rare, so it is only looked for after a conflict.
    pub(super) fn put(&mut self, receipt: &Receipt, transcript: &Transcript, is_shared: bool) -> Result<(), Trouble> {
        match self.insert(receipt, transcript, is_shared).map_err(conflict_or_trouble) {
            Err(Trouble::Conflict) => {}
            other => return other,
        }
        let Identity { envelope, message, .. } = receipt.identity;
        let message = message.map(|key| key.0);
        self.delete_expired_like.execute(params![receipt.home.0, envelope.0, message, receipt.received.0])?;
        self.insert(receipt, transcript, is_shared).map_err(conflict_or_trouble)
    }

    fn insert(&mut self, receipt: &Receipt, transcript: &Transcript, is_shared: bool) -> rusqlite::Result<()> {
        let written = self.insert.execute(named_params! {
            ":home": receipt.home.0,
            ":id": receipt.id.0,
            ":exchange": receipt.exchange.as_str(),
            ":sender": receipt.sender.as_str(),
            ":referral": receipt.referral.0,
            ":event": receipt.event,
            ":envelope": receipt.identity.envelope.0,
            ":message": receipt.identity.message.map(|key| key.0),
            ":content": receipt.identity.content.0,
            ":status": receipt.status,
            ":received": receipt.received.0,
            ":expires": receipt.expires.0,
            ":request_bytes": transcript.request_bytes as i64,
            ":transcript": transcript.packed,
            ":shared": is_shared.then_some(1),
        });
        written.map(drop)
    }

    /// Forgets those about a referral.
    pub(super) fn erase(&mut self, home: Home, referral: ReferralId) -> Result<(), Trouble> {
        self.delete_of_referral.execute(params![home.0, referral.0])?;
        Ok(())
    }

    pub(super) fn forget_expired(&mut self, before: Timestamp) -> Result<(), Trouble> {
        self.delete_expired.execute(params![before.0, FORGET_MAX as i64])?;
        Ok(())
    }
}

/// The columns that [`read`] expects, of the table with this alias.
macro_rules! receipt_columns {
    ($alias:literal) => {
        concat!(
            $alias,
            ".home, ",
            $alias,
            ".id, ",
            $alias,
            ".exchange, ",
            $alias,
            ".sender, ",
            $alias,
            ".referral, ",
            $alias,
            ".event, ",
            $alias,
            ".envelope, ",
            $alias,
            ".message, ",
            $alias,
            ".content, ",
            $alias,
            ".status, ",
            $alias,
            ".received, ",
            $alias,
            ".expires, ",
            $alias,
            ".request_bytes, ",
            $alias,
            ".transcript"
        )
    };
}
pub(super) use receipt_columns;

/// How many they are.
pub(super) const COLUMNS: usize = 14;

/// Reads the columns from a place on; nothing when a left join found no receipt.
pub(super) fn read(row: &Row<'_>, first: usize, keys: &Keys) -> Result<Option<Receipt>, StoreError> {
    let Some(home) = row.get::<_, Option<i64>>(first).map_err(fault)? else {
        return Ok(None);
    };
    let (mut receipt, request_bytes, transcript) = read_columns(row, first, Home(home)).map_err(fault)?;
    (receipt.request, receipt.answer) = unpack_transcript(keys, receipt.referral, request_bytes, &transcript)?;
    Ok(Some(receipt))
}

fn read_columns(row: &Row<'_>, first: usize, home: Home) -> rusqlite::Result<(Receipt, i64, Vec<u8>)> {
    let text = |column: usize| row.get_ref(first + column)?.as_str().map_err(rusqlite::Error::from);
    let receipt = Receipt {
        id: MessageId(row.get(first + 1)?),
        home,
        exchange: text(2)?.into(),
        sender: text(3)?.into(),
        referral: ReferralId(row.get(first + 4)?),
        event: text(5)?.into(),
        identity: Identity {
            envelope: ReceiptKey(row.get(first + 6)?),
            message: row.get::<_, Option<_>>(first + 7)?.map(ReceiptKey),
            content: ContentHash(row.get(first + 8)?),
        },
        request: Vec::new(),
        status: row.get(first + 9)?,
        answer: Vec::new(),
        received: Timestamp(row.get(first + 10)?),
        expires: Timestamp(row.get(first + 11)?),
    };
    Ok((receipt, row.get(first + 12)?, row.get(first + 13)?))
}
