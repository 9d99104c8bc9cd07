//! When a token is good.
//! Source: the NHS responder stub: made at most half a minute from now, good for five minutes.

use baton_exchange::time::Timestamp;

use super::{Token, TokenTimes};
use crate::nrl::{Locator, fault::Fault};

/// Clocks may differ by this many seconds.
const SKEW_SECS: i64 = 30;
/// For how long a token may be good.
const LIFE_SECS: i64 = 300;

/// Checks that a token is good now.
pub(crate) fn check_times(locator: &Locator, token: &Token, now: Timestamp) -> Result<(), Fault> {
    if locator.times == TokenTimes::Ignored {
        return Ok(());
    }
    let now = now.secs();
    let fault = |expected| Err(Fault::TokenTimes { expected });
    if token.issued > now.saturating_add(SKEW_SECS) {
        return fault("iat is in the future");
    }
    if token.expires < token.issued {
        return fault("exp is before iat");
    }
    if token.expires < now.saturating_sub(SKEW_SECS) {
        return fault("exp has passed");
    }
    if token.expires > now.saturating_add(LIFE_SECS + SKEW_SECS) {
        return fault("exp is more than five minutes from now");
    }
    Ok(())
}
