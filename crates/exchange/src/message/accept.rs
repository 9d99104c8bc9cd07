//! Accepts a message: everything that its commit writes.

use super::{Identity, Receipt};
use crate::{
    audit::{Actor, AuditRecord, Audited},
    decision::{Assert, Batch, Change},
    id::MessageId,
    referral::Decision,
    resource::NewResource,
    time::Timestamp,
};

/// A message that is accepted, with the answer to it.
#[derive(Clone)]
pub struct Accepted {
    /// Our id of the message.
    pub id: MessageId,
    /// The event's code.
    pub event: String,
    /// How the message is known again.
    pub identity: Identity,
    /// The body as it came.
    pub request: Vec<u8>,
    /// HTTP status of the answer.
    pub status: u16,
    /// The answer as compact FHIR JSON; empty with 204.
    pub answer: Vec<u8>,
    /// What the referral consists of now.
    pub resources: Vec<NewResource>,
    /// The person and the app that sent it in the partner's name.
    pub actor: Actor,
    /// The caller's request id.
    pub request_id: String,
    /// When it came.
    pub received: Timestamp,
    /// From when on it may be forgotten.
    pub expires: Timestamp,
}

impl Accepted {
    /// The batch that remembers the message and does what was decided: receipt, referral, resources and audit. It holds
    /// only while nobody else has sent a message with one of its ids.
    #[must_use]
    pub fn into_batch(self, decision: Decision) -> Batch {
        let Decision { assert, referral, action } = decision;
        let keys = [Some(self.identity.envelope), self.identity.message].into_iter().flatten().collect();
        let asserts = vec![Assert::NoReceipt { keys, now: self.received }, assert];
        let audit = AuditRecord {
            home: referral.home,
            at: self.received,
            exchange: referral.exchange.clone(),
            partner: Some(referral.source.clone()),
            actor: self.actor,
            message: self.id,
            request_id: self.request_id,
            query: None,
            what: Audited::Referral { action, referral: referral.id },
        };
        let receipt = Receipt {
            id: self.id,
            home: referral.home,
            exchange: referral.exchange.clone(),
            sender: referral.source.clone(),
            referral: referral.id,
            event: self.event,
            identity: self.identity,
            request: self.request,
            status: self.status,
            answer: self.answer,
            received: self.received,
            expires: self.expires,
        };
        let resources = Change::ReplaceResources {
            home: referral.home,
            referral: referral.id,
            at: self.received,
            resources: self.resources,
        };
        let changes =
            vec![Change::PutReceipt(receipt), Change::PutReferral(referral), resources, Change::PutAudit(audit)];
        Batch { asserts, changes }
    }
}
