//! Our memory of a message and our answer.

use super::Identity;
use crate::{
    id::{ExchangeId, Home, MessageId, PartnerId, ReferralId},
    time::Timestamp,
};

/// What was sent, who sent it, and what we said. Written in the commit that the message caused.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Our id of the message.
    pub id: MessageId,
    /// Where the message's effect lives.
    pub home: Home,
    /// The exchange that took it.
    pub exchange: ExchangeId,
    /// Who sent it.
    pub sender: PartnerId,
    /// The referral that it is about.
    pub referral: ReferralId,
    /// The event's code.
    pub event: String,
    /// How it is known again.
    pub identity: Identity,
    /// The body as it came.
    pub request: Vec<u8>,
    /// HTTP status of the answer: 200, or 204 where the sender wanted no answer.
    pub status: u16,
    /// The answer as compact FHIR JSON; empty with 204.
    pub answer: Vec<u8>,
    /// When it came.
    pub received: Timestamp,
    /// From when on it may be forgotten (the reliable cache).
    pub expires: Timestamp,
}

impl std::fmt::Debug for Receipt {
    /// Prints ids only: request and answer hold personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receipt({}, {}, …)", self.id, self.event)
    }
}
