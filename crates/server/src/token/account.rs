//! The line that the audit gets of what a client asked for about tokens, and was given or not.

use baton_exchange::{
    audit::{Actor, AuditRecord, Errand, Visit},
    id::{ExchangeId, Home, PartnerId},
};
use baton_oauth::grant::TokenRefusal;
use hyper::StatusCode;

use super::form::status;
use crate::{
    app::App,
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
        Asking { app, here, asked, errand, by: By::Unsaid, is_refused: false }
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

    /// The line of what is refused, to be written with what the refusal takes away. No other is written then.
    pub(super) fn refused(&mut self, refusal: TokenRefusal) -> AuditRecord {
        self.is_refused = true;
        self.line(status(refusal), refusal.code())
    }

    /// Writes the line of what is refused, unless it was written.
    ///
    /// # Errors
    /// As [`Asking::counted`], or when it cannot be written.
    pub(super) async fn write_refused(&self, refusal: TokenRefusal) -> Result<(), Problem> {
        if self.is_refused {
            return Ok(());
        }
        self.counted()?;
        match self.by {
            By::Unsaid => Ok(()),
            By::Said(_) | By::Proved(_) => Ok(self.app.write_line(self.line(status(refusal), refusal.code())).await?),
        }
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
