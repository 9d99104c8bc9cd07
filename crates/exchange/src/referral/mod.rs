//! The thing that lives: request, state, parties.

mod course;
mod paper;
mod part;
mod patient;
mod stage;
mod stamp;
mod statement;
mod submit;
mod update;

pub use course::{Course, Links, Realm};
pub use paper::{PaperKey, Papers};
pub use part::{Deed, Part, Party, may_do};
pub use patient::{PatientKey, is_same_patient};
pub use stage::Stage;
pub use stamp::{Stamp, Stamps};
pub use statement::{Decision, Statement};
pub use submit::submit;
pub use update::{cancel, update};

use crate::{
    id::{ExchangeId, Home, PartnerId, ReferralId},
    time::Timestamp,
};

/// Where a referral is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferralState {
    /// It was submitted and may be updated.
    Active,
    /// Its source took it back. Nothing changes it any more.
    Cancelled,
    /// Its source withdrew it and all personal data are being cleared, or are cleared. What is left says that it was here.
    Revoked,
}

impl ReferralState {
    /// The word in columns and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ReferralState::Active => "active",
            ReferralState::Cancelled => "cancelled",
            ReferralState::Revoked => "revoked",
        }
    }
}

/// A referral as it is remembered. Its resources are versions of their own ([`crate::resource`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    /// Our id.
    pub id: ReferralId,
    /// Where its rows live.
    pub home: Home,
    /// The exchange that it came through.
    pub exchange: ExchangeId,
    /// The partner that submitted it.
    pub source: PartnerId,
    /// The source's id of its ServiceRequest; unique for that source in that exchange.
    pub request_id: String,
    /// By which its patient is recognised in updates.
    pub patient: Vec<PatientKey>,
    /// Where it is in its life.
    pub state: ReferralState,
    /// Counts the accepted messages about it, from 1.
    pub version: u32,
    /// When the source says that the newest accepted message was made (Bundle.timestamp).
    pub sent: Option<Timestamp>,
    /// When the source says that its request was last changed (ServiceRequest.meta.lastUpdated).
    pub changed: Option<Timestamp>,
    /// When we accepted the newest message.
    pub updated: Timestamp,
    /// What its parties have made of it, in exchanges where they work on it together.
    pub course: Option<Course>,
}

#[cfg(test)]
mod tests;
