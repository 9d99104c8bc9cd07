//! Notices to an exchange of this program: what was accepted on one exchange is submitted to another, in this process.

use std::sync::Arc;

use baton_dialects::{
    Posted, Way,
    bridge::{Form, may_open, message, partner},
};
use baton_exchange::{
    access::Caller,
    delivery::{Heard, Trouble},
    id::{Home, PartnerId},
    notice::Notice,
};
use baton_fhir::{format::Format, json, tree::Tree};

use crate::{
    app::App,
    exchanged::Exchanged,
    http::refuse::Problem,
    live::Mounted,
    log::with_sources,
    message::{self as messages, Taken},
};

/// Brings a notice to an exchange, if it is for one. It counts as what a partner would have answered.
pub(super) async fn told(app: &App, notice: &Notice) -> Option<Heard> {
    let to =
        app.exchanges.iter().map(Mounted::now).find(|exchange| partner(&exchange.mount.exchange) == notice.partner)?;
    let from = app.exchange(&notice.exchange);
    let Some(source) =
        from.as_ref().and_then(|from| source_of(from, notice)).filter(|source| to.partners.contains(*source))
    else {
        return Some(Heard::Nothing(Trouble::NoEndpoint));
    };
    Some(match cross(app, &to, notice, source).await {
        Ok(()) => Heard::Answer { status: 200, duplicate: false, retry_after: None },
        Err(Problem::Failure(failure)) => {
            tracing::warn!("notice {} was not brought over: {}", notice.id, with_sources(&failure));
            Heard::Postponed
        }
        Err(Problem::Refused(refused)) => {
            let rules: Vec<&str> = refused.findings.iter().map(|finding| finding.rule.id).collect();
            let (exchange, rules) = (&to.mount.exchange, rules.join(", "));
            tracing::error!(partner = %source, "exchange {exchange} refuses notice {}: {rules}", notice.id);
            Heard::Refused
        }
        Err(Problem::Refusal(_)) => Heard::Refused,
    })
}

/// The home of a notice says in whose name it is.
fn source_of<'e>(from: &'e Exchanged, notice: &Notice) -> Option<&'e PartnerId> {
    from.partners.iter().find(|partner| Home::of(&notice.exchange, partner) == notice.home)
}

async fn cross(app: &App, to: &Exchanged, notice: &Notice, source: &PartnerId) -> Result<(), Problem> {
    let unreadable = || Problem::Refusal(baton_exchange::refusal::Refusal::RequestInvalid);
    let own = message(&to.mount, notice, source, Form::Own).ok_or_else(unreadable)?;
    let taken = take(app, to, notice, source, &own).await?;
    // kept until its referral comes, which it never will by itself: it was submitted before there was a bridge
    if matches!(taken.status, 202 | 404) && may_open(&own) {
        let opening = message(&to.mount, notice, source, Form::Opening).ok_or_else(unreadable)?;
        take(app, to, notice, source, &opening).await?;
    }
    Ok(())
}

async fn take(
    app: &App,
    to: &Exchanged,
    notice: &Notice,
    source: &PartnerId,
    message: &Tree,
) -> Result<Taken, Problem> {
    let mut body = Vec::with_capacity(notice.body.len() + 2048);
    json::write(message.root(), &mut body);
    let posted = Posted { body, format: Format::Json, as_form: false, way: Way::Operation, referral_info: None };
    let caller = Caller::system(source.clone(), Vec::new());
    messages::take(app, &to.mount_now(), Arc::new(caller), posted, notice.id.to_string()).await
}
