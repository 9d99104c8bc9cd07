//! What the store is asked about a message, and what it says.

use super::{Receipt, ReceiptKey};
use crate::{id::Home, referral::Referral, time::Timestamp};

/// Asks what is known about a message.
#[derive(Clone, Debug)]
pub struct MessageQuestion {
    /// Where its effect would live.
    pub home: Home,
    /// Its envelope's key.
    pub envelope: ReceiptKey,
    /// Its message key, where its guide has such an identity.
    pub message: Option<ReceiptKey>,
    /// The ServiceRequest id that it names, if any.
    pub request_id: Option<String>,
    /// Receipts that expired before this moment do not count.
    pub now: Timestamp,
}

/// What is known about a message, in one snapshot.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The receipt with that envelope key.
    pub by_envelope: Option<Receipt>,
    /// The receipt with that message key.
    pub by_message: Option<Receipt>,
    /// The referral with that ServiceRequest id in that home.
    pub referral: Option<Referral>,
}
