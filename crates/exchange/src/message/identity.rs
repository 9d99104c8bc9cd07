//! What makes two transmissions the same message. Which ids count is the guide's choice, see its `identity`.

use crate::id::{ExchangeId, PartnerId, short_hash};

/// A key under which a receipt is found again. The sender is always part of it, so that nobody can take another's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceiptKey(pub [u8; 16]);

impl ReceiptKey {
    /// The key of an id (or of an id and an event) that a partner used in an exchange.
    /// `kind` keeps ids of envelopes and of messages apart.
    #[must_use]
    pub fn of(exchange: &ExchangeId, sender: &PartnerId, kind: &str, parts: &[&str]) -> ReceiptKey {
        let mut all = vec![exchange.as_str().as_bytes(), sender.as_str().as_bytes(), kind.as_bytes()];
        all.extend(parts.iter().map(|part| part.as_bytes()));
        ReceiptKey(short_hash(&all))
    }
}

/// SHA-256 of a message's content without regard to white space and the order of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash(pub [u8; 32]);

/// How a message is known again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The transmission: R4's Bundle.id. Unique among receipts.
    pub envelope: ReceiptKey,
    /// The logical message: R4's MessageHeader.id. Unique among receipts; nothing where the guide has no such identity.
    pub message: Option<ReceiptKey>,
    /// The content, to tell a resend from a reused id.
    pub content: ContentHash,
}
