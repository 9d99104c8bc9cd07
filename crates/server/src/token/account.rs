//! The line that the audit gets of a token that was given, or was not.

use baton_exchange::{
    audit::{AuditRecord, Errand, Visit},
    id::{ExchangeId, Home, PartnerId},
};
use baton_oauth::grant::TokenRefusal;

use super::endpoint::status;
use crate::{
    app::App,
    visit::{self, Of},
};

/// A line about a token. A client that cannot prove who it is has the name that it claims: whoever looks for those who try secrets
/// finds them there. One that nobody knows has a line, too: else the time that it takes would say who is known.
pub(super) fn line(
    app: &App,
    partner: Option<&PartnerId>,
    request_id: &str,
    refusal: Option<TokenRefusal>,
) -> AuditRecord {
    let visit = Visit {
        errand: Errand::Token,
        status: refusal.map_or(200, |refusal| status(refusal).as_u16()),
        code: refusal.map_or_else(String::new, |refusal| refusal.code().to_owned()),
        resource_type: String::new(),
        referrals: Vec::new(),
    };
    let (exchange, nobody) = (ExchangeId::from(""), PartnerId::from(""));
    let home = Home::of(&exchange, partner.unwrap_or(&nobody));
    visit::line(&Of { home, exchange: &exchange, partner, now: app.clock.now() }, request_id, visit)
}
