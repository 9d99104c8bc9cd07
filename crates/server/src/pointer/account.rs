//! The line that the audit gets of a request, filled while the request is worked on.

use baton_dialects::nrl::{Settled, Voice, fhir};
use baton_exchange::{
    access::System,
    audit::{Actor, Agent, AuditRecord, Audited, AuditedPointer, Interaction, PointerAccess},
    id::{Home, MessageId, PartnerId},
    pointer::{Bucket, SubjectKey},
    time::Timestamp,
};

use baton_fhir::search_shape::SearchWay;
use hyper::Method;

use super::Cx;
use crate::{clock::ordered_id, failure::Failure, query::Searched};

/// What is known of a request so far.
pub(super) struct Account {
    message: MessageId,
    now: Timestamp,
    interaction: Interaction,
    partner: Option<PartnerId>,
    agent: Agent,
    subject: Option<SubjectKey>,
    pointers: Vec<AuditedPointer>,
}

impl Account {
    pub(super) fn new(cx: &Cx<'_>, interaction: Interaction) -> Account {
        Account {
            message: MessageId(ordered_id()),
            now: cx.app.clock.now(),
            interaction,
            partner: None,
            agent: Agent::default(),
            subject: None,
            pointers: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn interaction(&self) -> Interaction {
        self.interaction
    }

    pub(super) fn partner(&self) -> Option<&PartnerId> {
        self.partner.as_ref()
    }

    /// Who asks.
    pub(super) fn by(&mut self, system: Option<&System>, agent: &Agent) {
        self.partner = system.map(|system| system.partner.clone());
        self.agent = agent.clone();
    }

    /// About whom.
    pub(super) fn about(&mut self, subject: Option<SubjectKey>) {
        self.subject = subject.or(self.subject);
    }

    /// Which pointers are shown or changed.
    pub(super) fn of(&mut self, pointers: Vec<AuditedPointer>) {
        self.pointers = pointers;
    }

    /// What a decision tells of both.
    pub(super) fn settled(&mut self, settled: &Settled) {
        self.about(settled.subject);
        self.of(settled.audited.clone());
    }

    /// How the request is answered.
    pub(super) fn voice(&self, cx: &Cx<'_>) -> Voice {
        Voice { wording: cx.located.locator.wording, interaction: self.interaction, message: self.message }
    }

    /// The line itself. What is about nobody lives with the partner that asked.
    pub(super) fn record(&self, cx: &Cx<'_>, status: u16, code: String) -> AuditRecord {
        let exchange = &cx.located.locator.exchange;
        let nobody = PartnerId::from("");
        let home = match self.subject {
            Some(subject) => Bucket::of(subject).home(exchange),
            None => Home::of(exchange, self.partner.as_ref().unwrap_or(&nobody)),
        };
        AuditRecord {
            home,
            at: self.now,
            exchange: exchange.clone(),
            partner: self.partner.clone(),
            actor: Actor::default(),
            message: self.message,
            request_id: cx.asked.trace.request_id.clone(),
            query: None,
            what: Audited::Pointers(PointerAccess {
                interaction: self.interaction,
                status,
                code,
                subject: self.subject,
                pointers: self.pointers.clone(),
                agent: self.agent.clone(),
            }),
        }
    }

    /// Writes the line by itself.
    pub(super) async fn keep(&self, cx: &Cx<'_>, status: u16, code: String) -> Result<(), Failure> {
        let mut line = self.record(cx, status, code);
        line.query = self.searched(cx).map(|searched| cx.app.queries.kept(&line, &searched)).transpose()?;
        cx.app.write_line(line).await
    }

    /// The search that it is; nothing for all that is none.
    pub(super) fn searched<'s>(&self, cx: &'s Cx<'_>) -> Option<Searched<'s>> {
        let resource_type = match self.interaction {
            Interaction::Search => "DocumentReference",
            Interaction::Audit => "AuditEvent",
            Interaction::Create
            | Interaction::Update
            | Interaction::Delete
            | Interaction::Read
            | Interaction::Retrieve
            | Interaction::Export
            | Interaction::Other => return None,
        };
        let way = if cx.asked.head.method == Method::POST { SearchWay::Form } else { SearchWay::Get };
        Some(Searched { way, resource_type, definitions: fhir(), asked: cx.asked })
    }
}
