//! What becomes of a message: the original answer again, a refusal, or a batch to write with the answer to it.

use std::borrow::Cow;

use baton_exchange::{
    access::{Caller, Reach},
    audit::AuditAction,
    decision::{Batch, Change},
    id::{MessageId, ReferralId},
    message::{Arrived as Seen, Known, decide},
    time::Timestamp,
};
use baton_fhir::{json, tree::Tree};

use crate::{Arrived, Dialect, Mount, Refused, netsmart, ontario, refuse};

/// Ids that are new, for what may be written.
#[derive(Clone, Debug)]
pub struct NewIds {
    /// For the message.
    pub message: MessageId,
    /// For the referral that it may open.
    pub referral: ReferralId,
    /// For the Bundle of the answer, a UUID.
    pub answer_bundle: String,
    /// For the MessageHeader of the answer, a UUID.
    pub answer_header: String,
    /// For the OperationOutcome in the answer, a UUID.
    pub answer_outcome: String,
}

/// What a decision needs besides the message and what is known.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Who sent the message.
    pub caller: &'a Caller,
    /// How far it may write what it asks to be written by its address. A message is not compared with it.
    pub reach: &'a Reach,
    /// When it came.
    pub now: Timestamp,
    /// Ids for what is new.
    pub ids: &'a NewIds,
    /// The caller's request id (`X-Request-ID`), for the audit.
    pub request_id: &'a str,
}

/// What becomes of a message.
pub enum Verdict {
    /// It was answered before: the same answer again.
    Replay {
        /// HTTP status of that answer.
        status: u16,
        /// The answer as compact FHIR JSON; empty with 204.
        answer: Vec<u8>,
    },
    /// The rules say no. Nothing is written.
    Refused(Refused),
    /// To be written, and then answered.
    Accept(Box<Accepted>),
}

/// A message that is accepted once its batch is written.
pub struct Accepted {
    /// What to write, the receipt with the answer included where there is one.
    pub batch: Batch,
    /// HTTP status of the answer.
    pub status: u16,
    /// The answer; nothing with 204.
    pub answer: Option<Tree>,
    /// What was done.
    pub action: AuditAction,
    /// To which referral.
    pub referral: ReferralId,
    /// How many warnings the answer carries.
    pub warnings: usize,
    /// The resource that was made or changed, where one was asked for by its address.
    pub made: Option<Made>,
}

/// A resource that was made or changed by REST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its type.
    pub resource_type: String,
    /// Its logical id.
    pub id: String,
    /// Its version now.
    pub version: u32,
    /// Whether it was not there before.
    pub is_new: bool,
}

impl Accepted {
    /// The answer as compact FHIR JSON: as the receipt keeps it, or as it is where nothing remembers it. Empty without one.
    #[must_use]
    pub fn answer_json(&self) -> Cow<'_, [u8]> {
        let receipt = self.batch.changes.iter().find_map(|change| match change {
            Change::PutReceipt(receipt) => Some(receipt.answer.as_slice()),
            _ => None,
        });
        if let Some(kept) = receipt {
            return kept.into();
        }
        let mut written = Vec::new();
        if let Some(answer) = &self.answer {
            json::write(answer.root(), &mut written);
        }
        written.into()
    }
}

/// Decides what becomes of a message. A receipt that is found wins over every finding: a resend must never get another
/// answer because a rule or the configuration has changed since.
#[must_use]
pub fn settle(mount: &Mount, arrived: &Arrived, known: &Known, cx: &Context<'_>) -> Verdict {
    if let Some(message) = &arrived.message {
        match decide(&message.identity, known) {
            Ok(Seen::Repeat(receipt)) => {
                return Verdict::Replay { status: receipt.status, answer: receipt.answer.clone() };
            }
            Err(refusal) => return Verdict::Refused(refuse(mount.dialect, &refusal)),
            Ok(Seen::New) => {}
        }
    }
    if let Some(refused) = arrived.refused() {
        return Verdict::Refused(refused);
    }
    let settled = match mount.dialect {
        Dialect::Netsmart => netsmart::settle(mount, arrived, known, cx),
        Dialect::Ontario => ontario::settle(mount, arrived, known, cx),
    };
    match settled {
        Ok(accepted) => Verdict::Accept(Box::new(accepted)),
        Err(refused) => Verdict::Refused(refused),
    }
}

#[cfg(test)]
mod tests {
    use super::{Accepted, AuditAction, Batch, ReferralId, Tree};

    fn accepted(answer: Option<Tree>) -> Accepted {
        Accepted {
            batch: Batch::default(),
            status: 200,
            answer,
            action: AuditAction::Heard,
            referral: ReferralId([0; 16]),
            warnings: 0,
            made: None,
        }
    }

    #[test]
    fn an_answer_that_no_receipt_keeps_is_written_as_it_is() {
        assert_eq!(&*accepted(Some(Tree::resource("Task"))).answer_json(), br#"{"resourceType":"Task"}"#);
        assert!(accepted(None).answer_json().is_empty());
    }
}
