//! The lines that the audit gets of what people do here: that they logged in, or somebody could not; what they let apps have; and
//! which patients they were shown to choose from.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{Actor, AuditRecord, Errand, Visit},
    id::{ExchangeId, Home, PartnerId, ReferralId},
};
use hyper::StatusCode;

use crate::{
    app::App,
    exchanged::Exchanged,
    http::dispatch::Asked,
    visit::{self, Of},
};

/// How what somebody came for ended.
pub(super) struct Ended<'e> {
    pub(super) errand: Errand,
    pub(super) status: StatusCode,
    /// Why it came to nothing; empty when it did not.
    pub(super) code: &'static str,
    /// For whom the person acts, as far as that is known.
    pub(super) partner: Option<&'e PartnerId>,
    /// The person, and the app that it is about.
    pub(super) actor: Actor,
}

/// A line about the server's own pages.
pub(super) fn line(app: &App, asked: &Asked<'_>, ended: &Ended<'_>) -> AuditRecord {
    let (exchange, nobody) = (ExchangeId::from(""), PartnerId::from(""));
    let home = Home::of(&exchange, ended.partner.unwrap_or(&nobody));
    let of = Of { home, exchange: &exchange, partner: ended.partner, actor: ended.actor.clone(), now: app.clock.now() };
    visit::line(&of, &asked.trace.request_id, visit(ended, String::new(), Vec::new()))
}

/// A line about what happened at an exchange, and of which referrals something was shown.
pub(super) fn line_at(
    app: &App,
    asked: &Asked<'_>,
    exchange: &Exchanged,
    ended: &Ended<'_>,
    shown: &BTreeSet<ReferralId>,
) -> AuditRecord {
    let (mount, nobody) = (&exchange.mount, PartnerId::from(""));
    let home = visit::home(mount, ended.partner.unwrap_or(&nobody));
    let of = Of {
        home,
        exchange: &mount.exchange,
        partner: ended.partner,
        actor: ended.actor.clone(),
        now: app.clock.now(),
    };
    let resource_type = if ended.errand == Errand::Search { "Patient" } else { "" };
    visit::line(&of, &asked.trace.request_id, visit(ended, resource_type.to_owned(), shown.iter().copied().collect()))
}

fn visit(ended: &Ended<'_>, resource_type: String, referrals: Vec<ReferralId>) -> Visit {
    let (errand, status, code) = (ended.errand, ended.status.as_u16(), ended.code.to_owned());
    Visit { errand, status, code, resource_type, referrals }
}
