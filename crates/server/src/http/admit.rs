//! Who asks an exchange, whether it may use it, and whether it is its turn.

use std::sync::Arc;

use baton_exchange::{access::Caller, refusal::Refusal};

use super::{dispatch::Asked, refuse::Problem};
use crate::{
    app::App, exchanged::Exchanged, limit::Turn, log::RequestLine, metrics::Limited, tls::Shown, token::caller,
};

/// A caller that is let in. Its turn lasts as long as this lives.
pub(super) struct Admitted {
    pub(super) caller: Arc<Caller>,
    _turn: Turn,
}

/// The caller, when its token is good, its partner is registered for this exchange, and it does not ask too much.
pub(super) async fn admitted(
    app: &App,
    exchange: &Exchanged,
    asked: &Asked<'_>,
    log: &mut RequestLine,
) -> Result<Admitted, Problem> {
    let may_ask = || app.limiter.may_be_stranger(asked.peer.from, app.clock.now());
    let caller = match caller(app, &asked.head.headers, may_ask).await {
        Ok(caller) => caller,
        Err(problem) => {
            stranger(app, asked)?;
            return Err(problem);
        }
    };
    log.caller(&caller);
    bound_to_its_connection(app, asked, &caller)?;
    let turn = app.limiter.turn(&caller.partner, app.clock.now()).await;
    let turn = turn.inspect_err(|_| app.metrics.limited(Limited::Partner))?;
    let is_for_here = caller.person.as_ref().is_none_or(|person| person.exchange == exchange.mount.exchange);
    match is_for_here && exchange.partners.contains(&caller.partner) {
        true => Ok(Admitted { caller, _turn: turn }),
        false => Err(Refusal::ExchangeForbidden.into()),
    }
}

/// A token of a partner that is bound to certificates is worth nothing without one of them. Those are of its own system: apps of
/// its people run elsewhere. Source: RFC 8705, section 3.
pub(crate) fn bound_to_its_connection(app: &App, asked: &Asked<'_>, caller: &Caller) -> Result<(), Refusal> {
    let clients = app.clients.now();
    let shown = match caller.is_system() || !clients.knows(&caller.partner) {
        true => clients.shown(&caller.partner, asked.peer.certificate.as_ref()),
        false => Shown::Unbound,
    };
    match shown {
        Shown::Unbound | Shown::Own => Ok(()),
        Shown::Missing | Shown::Foreign => {
            stranger(app, asked)?;
            Err(Refusal::NotAuthenticated { presented: true })
        }
    }
}

/// Counts a request of nobody that is known.
///
/// # Errors
/// [`Refusal::TooManyRequests`].
pub(crate) fn stranger(app: &App, asked: &Asked<'_>) -> Result<(), Refusal> {
    let counted = app.limiter.stranger(asked.peer.from, app.clock.now());
    counted.inspect_err(|_| app.metrics.limited(Limited::Address))
}

/// Counts a refusal of somebody who has not proved to be known, before the audit gets its line. Who is known and who is not are counted
/// alike, so that nobody learns from it which of them they are.
///
/// # Errors
/// [`Refusal::TooManyRequests`]: then this is the answer, and there is no line.
pub(crate) fn refused_stranger(app: &App, asked: &Asked<'_>) -> Result<(), Refusal> {
    let counted = app.limiter.refused(asked.peer.from, app.clock.now());
    counted.inspect_err(|_| app.metrics.limited(Limited::Refused))
}
