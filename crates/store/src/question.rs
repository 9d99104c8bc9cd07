//! What can be asked of the store.

use baton_exchange::{
    id::Home,
    message::{Receipt, ReceiptKey},
    referral::Referral,
    resource::IndexKey,
    time::Timestamp,
};

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

/// Asks for one resource.
#[derive(Clone, Debug)]
pub struct ResourceQuestion {
    /// Whose resources are looked at.
    pub home: Home,
    /// FHIR type.
    pub resource_type: String,
    /// Logical id.
    pub id: String,
    /// One version instead of the current one.
    pub version: Option<u32>,
}

/// Asks for current resources.
#[derive(Clone, Debug)]
pub struct SearchQuestion {
    /// Whose resources are looked at.
    pub home: Home,
    /// FHIR type.
    pub resource_type: String,
    /// Only these logical ids; nothing means any.
    pub ids: Option<Vec<String>>,
    /// For each of these sets, at least one key must fit: sets are "and", keys within a set are "or".
    pub keys: Vec<Vec<IndexKey>>,
}

/// A place in a list to go on from. Opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageToken(pub i64);

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// How many at most.
    pub size: u32,
    /// Where the last part ended.
    pub after: Option<PageToken>,
}
