//! The line that the audit gets of what a client asked for about tokens, and was given or not.

use baton_exchange::{
    access::{AccessChange, Ticket},
    audit::{Actor, AuditRecord, Errand, Visit},
    decision::{Batch, Change},
    id::{ExchangeId, Home, PartnerId},
};
use baton_oauth::{assertion::AssertionRefusal, grant::TokenRefusal};
use baton_store::Committed;
use hyper::StatusCode;

use super::form::{Hindered, status};
use crate::{
    app::App,
    failure::Failure,
    http::{admit::refused_stranger, dispatch::Asked, refuse::Problem},
    visit::{self, Of},
};

/// What a client asks for, as the audit will have it. Who sends what cannot be read says nothing of itself and has no line.
pub(super) struct Asking<'a> {
    pub(super) app: &'a App,
    /// What the listener is called at which it asks.
    pub(super) here: &'a str,
    asked: &'a Asked<'a>,
    errand: Errand,
    by: By,
    /// That its assertion was used: to be written with whatever comes of this, good or not.
    proof: Option<Ticket>,
    is_refused: bool,
}

/// Who a client says to be, as far as anybody is registered under that name.
#[derive(Clone, Default)]
pub(super) struct Said {
    /// The partner whose system it is, or for whom the person acts.
    pub(super) partner: Option<PartnerId>,
    /// The app, and the person who let it act.
    pub(super) actor: Actor,
}

enum By {
    /// It has not said yet who it is.
    Unsaid,
    /// Who it says to be, or nobody that is known.
    Said(Said),
    /// Who it is.
    Proved(Said),
}

impl<'a> Asking<'a> {
    /// Begins with what it asks for.
    pub(super) fn new(app: &'a App, asked: &'a Asked<'a>, errand: Errand) -> Asking<'a> {
        let here = &app.listeners.at(asked.peer.listener).public_url;
        Asking { app, here, asked, errand, by: By::Unsaid, proof: None, is_refused: false }
    }

    /// Whether it asks where people log in: only there apps get something for what people say.
    pub(super) fn is_among_people(&self) -> bool {
        self.app.listeners.at(self.asked.peer.listener).has_people()
    }

    /// It says who it is. A client that cannot prove that has the name that it claims: whoever looks for those who try secrets
    /// finds them there. One that nobody knows has a line, too: else the time that it takes would say who is known.
    pub(super) fn by(&mut self, said: Said) {
        self.by = By::Said(said);
    }

    /// What it shows was given for this person, whose partner may not be known yet.
    pub(super) fn of_person(&mut self, subject: &str, partner: Option<&PartnerId>) {
        let (By::Said(said) | By::Proved(said)) = &mut self.by else { return };
        said.actor.account = Some(subject.to_owned());
        if let Some(partner) = partner {
            said.partner = Some(partner.clone());
        }
    }

    /// It has proved who it is: by what only this client has, or by a code or a token that was given to it.
    pub(super) fn proved(&mut self) {
        if let By::Said(said) = &mut self.by {
            self.by = By::Proved(std::mem::take(said));
        }
    }

    /// It has shown an assertion that nobody else may show: what is written next, writes that it was used.
    pub(super) fn used_up(&mut self, proof: Ticket) {
        self.proof = Some(proof);
    }

    /// Writes what comes of this, and with it that the assertion was used. [`Committed::Outdated`] when somebody else was faster with
    /// something else.
    ///
    /// # Errors
    /// [`AssertionRefusal::Replayed`] when the assertion was used before: then nothing is written, and nothing is proved.
    pub(super) async fn commit(&mut self, mut changes: Vec<Change>) -> Result<Committed, Hindered> {
        let app = self.app;
        changes.extend(self.proof.clone().map(|ticket| Change::Access(AccessChange::PutTicket(ticket))));
        let committed = app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
        let Some(proof) = &self.proof else { return Ok(committed) };
        match committed {
            Committed::Done => self.proof = None,
            Committed::Outdated if app.in_time(app.store.ticket(proof.key)).await?.is_none() => {}
            Committed::Outdated => {
                self.disproved();
                return Err(TokenRefusal::WrongAssertion(AssertionRefusal::Replayed).into());
            }
        }
        Ok(committed)
    }

    /// What it showed proves nothing after all.
    fn disproved(&mut self) {
        self.proof = None;
        if let By::Proved(said) = &mut self.by {
            self.by = By::Said(std::mem::take(said));
        }
    }

    /// Who it has proved to be, where that is a partner.
    pub(super) fn known(&self) -> Option<&PartnerId> {
        match &self.by {
            By::Unsaid | By::Said(_) => None,
            By::Proved(said) => said.partner.as_ref(),
        }
    }

    /// Counts what is of no use to somebody who has proved nothing: they could have it written down for ever.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`](baton_exchange::refusal::Refusal::TooManyRequests).
    pub(super) fn counted(&self) -> Result<(), Problem> {
        match self.by {
            By::Unsaid | By::Proved(_) => Ok(()),
            By::Said(_) => Ok(refused_stranger(self.app, self.asked)?),
        }
    }

    /// The line of what is given, to be written with it.
    pub(super) fn given(&self) -> AuditRecord {
        self.line(StatusCode::OK, "")
    }

    /// Writes the line of what is refused, together with what the refusal takes away. No other is written then.
    ///
    /// # Errors
    /// As [`Asking::commit`].
    pub(super) async fn refused(&mut self, refusal: TokenRefusal, mut taken: Vec<Change>) -> Result<(), Hindered> {
        taken.push(Change::PutAudit(self.line(status(refusal), refusal.code())));
        self.is_refused = self.commit(taken).await? == Committed::Done;
        match self.is_refused {
            true => Ok(()),
            false => Err(Failure::Bug("a refusal was outdated".to_owned()).into()),
        }
    }

    /// Writes the line of what is refused, unless it was written, and says what is refused: an assertion that was used before
    /// proves nobody, whatever else is wrong.
    ///
    /// # Errors
    /// As [`Asking::counted`], or when it cannot be written.
    pub(super) async fn write_refused(&mut self, refusal: TokenRefusal) -> Result<TokenRefusal, Hindered> {
        match self.write(refusal).await {
            Err(Hindered::Refused(replayed)) => self.write(replayed).await.map(|()| replayed),
            written => written.map(|()| refusal),
        }
    }

    async fn write(&mut self, refusal: TokenRefusal) -> Result<(), Hindered> {
        if self.is_refused || matches!(self.by, By::Unsaid) {
            return Ok(());
        }
        self.counted()?;
        self.refused(refusal, Vec::new()).await
    }

    fn line(&self, status: StatusCode, code: &str) -> AuditRecord {
        let visit = Visit {
            errand: self.errand,
            status: status.as_u16(),
            code: code.to_owned(),
            resource_type: String::new(),
            referrals: Vec::new(),
        };
        let nobody = Said::default();
        let Said { partner, actor } = match &self.by {
            By::Unsaid => &nobody,
            By::Said(said) | By::Proved(said) => said,
        };
        let (partner, actor) = (partner.as_ref(), actor.clone());
        let (exchange, nobody) = (ExchangeId::from(""), PartnerId::from(""));
        let home = Home::of(&exchange, partner.unwrap_or(&nobody));
        visit::line(
            &Of { home, exchange: &exchange, partner, actor, now: self.app.clock.now() },
            &self.asked.trace.request_id,
            visit,
        )
    }
}
