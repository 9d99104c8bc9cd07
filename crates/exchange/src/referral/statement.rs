//! What a message says about a referral, and what becomes of the referral.

use super::{PatientKey, Referral};
use crate::{
    audit::AuditAction,
    decision::Assert,
    id::{ExchangeId, Home, PartnerId},
    time::Timestamp,
};

/// What a message says about a referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where the referral lives, or would.
    pub home: Home,
    /// The exchange that the message came through.
    pub exchange: ExchangeId,
    /// Who sent it.
    pub source: PartnerId,
    /// The source's id of its ServiceRequest.
    pub request_id: String,
    /// By which its patient is recognised.
    pub patient: Vec<PatientKey>,
    /// When the source says that it made the message.
    pub sent: Option<Timestamp>,
    /// When the source says that it last changed its request.
    pub changed: Option<Timestamp>,
}

/// What becomes of a referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What must still be true when it is written.
    pub assert: Assert,
    /// The referral as it will be.
    pub referral: Referral,
    /// What was done to it.
    pub action: AuditAction,
}
