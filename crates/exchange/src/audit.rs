//! What is remembered for those who must account for it: who did what to which referral, and when.

use crate::{
    id::{ExchangeId, Home, MessageId, PartnerId, ReferralId},
    time::Timestamp,
};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditAction {
    /// A referral was submitted.
    Submitted,
    /// A referral was updated.
    Updated,
    /// A referral was cancelled by its source.
    Cancelled,
}

impl AuditAction {
    /// The word in columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AuditAction::Submitted => "submitted",
            AuditAction::Updated => "updated",
            AuditAction::Cancelled => "cancelled",
        }
    }
}

/// One line of the audit, written in the commit that it tells of. It holds no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Where the referral lives.
    pub home: Home,
    /// When it happened.
    pub at: Timestamp,
    /// Through which exchange.
    pub exchange: ExchangeId,
    /// Who did it.
    pub partner: PartnerId,
    /// What was done.
    pub action: AuditAction,
    /// To which referral.
    pub referral: ReferralId,
    /// By which message.
    pub message: MessageId,
    /// The caller's request id, so that both sides find each other's lines.
    pub request_id: String,
}
