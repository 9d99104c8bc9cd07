//! Lines of the audit about what an operator does: commands are called by name where systems have their numbers.

use baton_exchange::{
    audit::{Actor, Agent, AuditRecord, Audited, AuditedPointer, Interaction, Operation, PointerAccess},
    id::{ExchangeId, Home, MessageId, PartnerId},
    pointer::{Bucket, SubjectKey},
    time::Timestamp,
};

use super::Place;
use crate::clock::{ordered_id, random_id};

/// A line about what an operator did, other than to pointers.
#[must_use]
pub fn operated(home: Home, exchange: &ExchangeId, now: Timestamp, operation: Operation) -> AuditRecord {
    AuditRecord {
        home,
        at: now,
        exchange: exchange.clone(),
        partner: None,
        actor: Actor::default(),
        message: MessageId(ordered_id()),
        // nobody asked
        request_id: String::new(),
        query: None,
        what: Audited::Operator(operation),
    }
}

/// One run of a command. All its lines have one request id.
#[derive(Clone, Debug)]
pub struct Account {
    command: &'static str,
    request_id: String,
}

/// What a line tells of.
#[derive(Clone, Debug)]
pub struct Told {
    /// What was done.
    pub interaction: Interaction,
    /// As which answer it counts.
    pub status: u16,
    /// The guide's code for it.
    pub code: &'static str,
    /// About whom.
    pub subject: Option<SubjectKey>,
    /// Which pointer.
    pub pointers: Vec<AuditedPointer>,
}

impl Account {
    /// A run of a command, such as `baton-import`.
    #[must_use]
    pub fn new(command: &'static str) -> Account {
        Account { command, request_id: random_id() }
    }

    /// The request id of all its lines.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// A line. What is about nobody lives with the locator itself.
    #[must_use]
    pub fn line(&self, place: &Place, told: Told) -> AuditRecord {
        let exchange = &place.locator.exchange;
        let home = match told.subject {
            Some(subject) => Bucket::of(subject).home(exchange),
            None => Home::of(exchange, &PartnerId::from("")),
        };
        let agent = Agent { system: self.command.to_owned(), ..Agent::default() };
        AuditRecord {
            home,
            at: place.clock.now(),
            exchange: exchange.clone(),
            partner: None,
            actor: Actor::default(),
            message: MessageId(ordered_id()),
            request_id: self.request_id.clone(),
            query: None,
            what: Audited::Pointers(PointerAccess {
                interaction: told.interaction,
                status: told.status,
                code: told.code.to_owned(),
                subject: told.subject,
                pointers: told.pointers,
                agent,
            }),
        }
    }
}
