//! What is remembered for those who must account for it: who did what to which referral or pointer, and when.

mod access;
mod actor;
mod entry;
mod extension;
mod operation;
mod part;
mod proof;
mod query;
mod redaction;
mod resent;
#[cfg(test)]
mod sample;
mod trail;
mod tree;
mod visit;
mod walk;

pub use access::{Agent, AuditedPointer, Interaction, PointerAccess};
pub use actor::Actor;
pub use entry::{Entry, Salt, leaf};
pub use extension::{Extension, extends};
pub use operation::{Deed, Operation};
pub use part::PartQuestion;
pub use proof::{Prover, root_of};
pub use query::{Query, Sealed};
pub use redaction::{Redacted, Redaction};
pub use resent::Resent;
pub use trail::{TrailPatient, TrailQuestion, owned_part};
pub use tree::{Checkpoint, Edge, Growth, Hash, Leaf, Personal};
pub use visit::{Errand, Visit};
pub use walk::{Flaw, Walk};

use std::collections::BTreeSet;

use crate::{
    id::{ExchangeId, Home, MessageId, PartnerId, ReferralId},
    time::Timestamp,
};

/// What was done to a referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditAction {
    /// A referral was submitted.
    Submitted,
    /// A referral was updated.
    Updated,
    /// A referral was cancelled by its source.
    Cancelled,
    /// A referral was made known that is worked on elsewhere.
    Recorded,
    /// Its data were corrected at its target.
    Corrected,
    /// Its target said where it is in its life.
    Moved,
    /// An appointment was made, changed or cancelled.
    Booked,
    /// Somebody wrote to the other side.
    Wrote,
    /// It went on to another target.
    Forwarded,
    /// It was withdrawn, and its personal data are cleared.
    Revoked,
    /// A message about it changed nothing.
    Heard,
    /// A partner took the message that says to forget it.
    Acknowledged,
}

impl AuditAction {
    /// The word in columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AuditAction::Submitted => "submitted",
            AuditAction::Updated => "updated",
            AuditAction::Cancelled => "cancelled",
            AuditAction::Recorded => "recorded",
            AuditAction::Corrected => "corrected",
            AuditAction::Moved => "moved",
            AuditAction::Booked => "booked",
            AuditAction::Wrote => "wrote",
            AuditAction::Forwarded => "forwarded",
            AuditAction::Revoked => "revoked",
            AuditAction::Heard => "heard",
            AuditAction::Acknowledged => "acknowledged",
        }
    }
}

/// What a line of the audit tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audited {
    /// A referral was changed.
    Referral {
        /// How.
        action: AuditAction,
        /// Which one.
        referral: ReferralId,
    },
    /// A record locator was asked, whatever it answered.
    Pointers(PointerAccess),
    /// A partner came to an exchange of referrals and changed none.
    Visit(Visit),
    /// An operator did something at the machine.
    Operator(Operation),
}

impl Audited {
    /// The referrals by which a line is found: the one that was changed, or all of which something was shown.
    #[must_use]
    pub fn referrals(&self) -> &[ReferralId] {
        match self {
            Audited::Referral { referral, .. } => std::slice::from_ref(referral),
            Audited::Visit(visit) => &visit.referrals,
            Audited::Operator(operation) => operation.referral.as_slice(),
            Audited::Pointers(_) => &[],
        }
    }
}

/// One line of the audit, written in the commit that it tells of. Patients are in it as keys only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Where what it tells of lives.
    pub home: Home,
    /// When it happened.
    pub at: Timestamp,
    /// Through which exchange.
    pub exchange: ExchangeId,
    /// Who did it; nothing when the caller was refused before it was known.
    pub partner: Option<PartnerId>,
    /// The person and the app that acted in the partner's name.
    pub actor: Actor,
    /// By which message. Callers of a locator find this id in every answer.
    pub message: MessageId,
    /// The caller's request id, so that both sides find each other's lines.
    pub request_id: String,
    /// What a search asked; nothing for all that is none.
    pub query: Option<Query>,
    /// What was done, and to what.
    pub what: Audited,
}

impl AuditRecord {
    /// The line of a visit as one about these referrals, in the order of their ids and none twice: an effect that takes several
    /// commits has a line in each, about what that commit did. Lines of another kind know what they are about.
    #[must_use]
    pub fn about(&self, referrals: BTreeSet<ReferralId>) -> AuditRecord {
        let mut line = self.clone();
        if let Audited::Visit(visit) = &mut line.what {
            visit.referrals = referrals.into_iter().collect();
        }
        line
    }
}
