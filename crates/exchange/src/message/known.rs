//! What the store is asked about a message, and what it says.

use super::{Orphan, Receipt, ReceiptKey};
use crate::{
    id::{Home, ReferralId},
    referral::Referral,
    resource::{IndexKey, StoredResource},
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
    /// Where several parties work on the same referrals: by what the message names the one it means.
    pub names: Option<CaseNames>,
    /// Receipts that expired before this moment do not count.
    pub now: Timestamp,
}

impl MessageQuestion {
    /// Asks for referrals by their names, without a message.
    #[must_use]
    pub fn about(home: Home, names: CaseNames, now: Timestamp) -> MessageQuestion {
        let nobody = ReceiptKey([0; 16]);
        MessageQuestion { home, envelope: nobody, message: None, request_id: None, names: Some(names), now }
    }
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
    /// The referrals that have one of the names, and those that they replaced or were replaced by, each with all that
    /// belongs to it. In the order of their ids.
    pub cases: Vec<KnownCase>,
    /// Messages that came before their referral and have one of the names, oldest first.
    pub orphans: Vec<Orphan>,
}

/// By what a message names its referral, in an exchange whose referrals have many names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseNames {
    /// Our id, where the message has it.
    pub id: Option<ReferralId>,
    /// Keys of identifiers. A referral that has any of them is meant.
    pub keys: Vec<IndexKey>,
    /// Type and id of a resource that belongs to it.
    pub resource: Option<(String, String)>,
}

/// A referral, and all that belongs to it now.
#[derive(Clone, Debug)]
pub struct KnownCase {
    /// The referral. Of a revoked one there is nothing else.
    pub referral: Referral,
    /// Which of the asked keys it has; none for one that is here because of another.
    pub keys: Vec<IndexKey>,
    /// Its current resources.
    pub resources: Vec<StoredResource>,
}
