//! A message that came before the referral that it is about: kept, and put into effect when the referral comes.

use super::ReceiptKey;
use crate::{
    id::{ExchangeId, Home, MessageId, PartnerId},
    resource::IndexKey,
    time::Timestamp,
};

/// A message without its referral.
#[derive(Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Our id of the message.
    pub id: MessageId,
    /// Where it is kept.
    pub home: Home,
    /// The exchange that took it.
    pub exchange: ExchangeId,
    /// Who sent it.
    pub sender: PartnerId,
    /// Its envelope's key: the same message is kept once.
    pub envelope: ReceiptKey,
    /// By what it names its referral. Never empty.
    pub names: Vec<IndexKey>,
    /// The body as it came.
    pub request: Vec<u8>,
    /// When it came.
    pub received: Timestamp,
    /// From when on nobody waits for its referral any more.
    pub expires: Timestamp,
}

impl std::fmt::Debug for Orphan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Orphan({}, …)", self.id)
    }
}
