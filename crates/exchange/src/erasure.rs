//! What can be said of a referral whose personal data were cleared: a certificate that names no person.

use crate::{
    id::{ExchangeId, PartnerId, ReferralId},
    referral::Party,
    time::Timestamp,
};

/// A certificate of erasure. It holds nothing that was cleared: organisations, moments, and an id of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The referral.
    pub referral: ReferralId,
    /// The exchange that it came through.
    pub exchange: ExchangeId,
    /// Who withdrew it.
    pub by: Option<PartnerId>,
    /// When its data were cleared here.
    pub at: Timestamp,
    /// Who had a part in it, and so may have copies.
    pub parties: Vec<Party>,
    /// Who has taken the message that says to forget it, and when.
    pub acknowledged: Vec<(PartnerId, Timestamp)>,
    /// Who has still to be told.
    pub untold: Vec<PartnerId>,
}

impl Erasure {
    /// Whether everybody who was to be told has been.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.untold.is_empty()
    }
}
