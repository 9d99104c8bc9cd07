//! Who asks an exchange, whether it may use it, and whether it is its turn.

use std::sync::Arc;

use baton_exchange::{access::Caller, refusal::Refusal};

use super::{dispatch::Asked, refuse::Problem};
use crate::{
    app::{App, Exchanged},
    limit::Turn,
    log::RequestLine,
    metrics::Limited,
    token::caller,
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
    let caller = match caller(app, &asked.head.headers).await {
        Ok(caller) => caller,
        Err(problem) => {
            stranger(app, asked)?;
            return Err(problem);
        }
    };
    log.partner(&caller.partner);
    let turn = app.limiter.turn(&caller.partner, app.clock.now()).await;
    let turn = turn.inspect_err(|_| app.metrics.limited(Limited::Partner))?;
    match exchange.partners.contains(&caller.partner) {
        true => Ok(Admitted { caller, _turn: turn }),
        false => Err(Refusal::ExchangeForbidden.into()),
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
