//! The line that the audit gets of what a client asked for about tokens, and was given or not.

use baton_exchange::{
    audit::{AuditRecord, Errand, Visit},
    id::{ExchangeId, Home, PartnerId},
};
use baton_oauth::grant::TokenRefusal;
use hyper::StatusCode;

use super::form::status;
use crate::{
    app::App,
    failure::Failure,
    visit::{self, Of},
};

/// What a client asks for, as the audit will have it. Who sends what cannot be read says nothing of itself and has no line.
pub(super) struct Asking<'a> {
    pub(super) app: &'a App,
    request_id: &'a str,
    errand: Errand,
    by: By,
}

enum By {
    /// It has not said yet who it is.
    Unsaid,
    /// Who it says to be, or nobody that is known.
    Said(Option<PartnerId>),
}

impl<'a> Asking<'a> {
    /// Begins with what it asks for.
    pub(super) fn new(app: &'a App, request_id: &'a str, errand: Errand) -> Asking<'a> {
        Asking { app, request_id, errand, by: By::Unsaid }
    }

    /// It says who it is. A client that cannot prove that has the name that it claims: whoever looks for those who try secrets
    /// finds them there. One that nobody knows has a line, too: else the time that it takes would say who is known.
    pub(super) fn by(&mut self, partner: Option<&PartnerId>) {
        self.by = By::Said(partner.cloned());
    }

    /// The line of what is given, to be written with it.
    pub(super) fn given(&self) -> AuditRecord {
        self.line(StatusCode::OK, "")
    }

    /// Writes the line of what is given where nothing else is written with it.
    ///
    /// # Errors
    /// When it cannot be written: then nothing is given.
    pub(super) async fn write_given(&self) -> Result<(), Failure> {
        self.app.write_line(self.given()).await
    }

    /// Writes the line of what is refused.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) async fn write_refused(&self, refusal: TokenRefusal) -> Result<(), Failure> {
        match self.by {
            By::Unsaid => Ok(()),
            By::Said(_) => self.app.write_line(self.line(status(refusal), refusal.code())).await,
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
        let partner = match &self.by {
            By::Unsaid | By::Said(None) => None,
            By::Said(Some(partner)) => Some(partner),
        };
        let (exchange, nobody) = (ExchangeId::from(""), PartnerId::from(""));
        let home = Home::of(&exchange, partner.unwrap_or(&nobody));
        visit::line(&Of { home, exchange: &exchange, partner, now: self.app.clock.now() }, self.request_id, visit)
    }
}
