//! An address at which a partner is told, and what it wants to see there.

use std::time::Duration;

use baton_exchange::{
    delivery::{Heard, Trouble},
    endpoint::{Hidden, Settings},
    id::ExchangeId,
    notice::Notice,
};
use hyper::{StatusCode, header::HeaderValue};

use super::{
    attempt::{attempt, trouble},
    door::Door,
    granted::Granted,
    reply::REPLY_BYTES_MAX,
    signature::SigningKey,
};
use crate::{
    clock::Clock,
    config::Notify,
    egress::{AnswerLimits, Egress, EgressRequest, EgressResponse, Purpose, Target},
};

/// How much of an answer is read.
pub(super) const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// Where a partner wants to be told.
pub(super) struct Endpoint {
    pub(super) target: Target,
    pub(super) purpose: Purpose,
    auth: Auth,
    /// The newest first.
    pub(super) keys: Vec<SigningKey>,
}

/// What is shown in the header `Authorization`.
enum Auth {
    Nothing,
    Fixed(HeaderValue),
    Fetched(Box<Granted>),
}

impl Auth {
    /// The value to show. `refused` is one that was shown in vain.
    async fn token(
        &self,
        egress: &Egress,
        clock: &Clock,
        refused: Option<&HeaderValue>,
    ) -> Result<Option<HeaderValue>, Trouble> {
        match self {
            Auth::Nothing => Ok(None),
            Auth::Fixed(token) => Ok(Some(token.clone())),
            Auth::Fetched(granted) => granted.token(egress, clock, refused).await.map(Some),
        }
    }

    /// Whether another token could be had.
    fn is_fetched(&self) -> bool {
        matches!(self, Auth::Fetched(_))
    }
}

impl Endpoint {
    /// As the configuration has it. Nothing when something of it cannot be sent, which the check of the configuration has refused.
    pub(super) fn configured(notify: &Notify, timeout: Duration) -> Option<Endpoint> {
        let auth = match (&notify.oauth, &notify.token) {
            (Some(oauth), _) => Auth::Fetched(Box::new(Granted::of(&oauth.grant(), timeout)?)),
            (None, Some(token)) => Auth::Fixed(bearer(&token.0)?),
            (None, None) => Auth::Nothing,
        };
        Endpoint::of(&notify.url.0, auth, notify.secret.iter().cloned().collect(), timeout)
    }

    /// As it was registered. Nothing when something of it cannot be sent, which is refused when it is registered.
    pub(super) fn registered(settings: &Settings, timeout: Duration) -> Option<Endpoint> {
        let auth = match (&settings.grant, &settings.token) {
            (Some(grant), _) => Auth::Fetched(Box::new(Granted::of(grant, timeout)?)),
            (None, Some(token)) => Auth::Fixed(bearer(token.show())?),
            (None, None) => Auth::Nothing,
        };
        let read = |secret: &Hidden| SigningKey::read(secret.show()).ok();
        let mut keys = vec![read(&settings.secret)?];
        keys.extend(settings.old_secret.as_ref().and_then(read));
        Endpoint::of(&settings.url, auth, keys, timeout)
    }

    /// Calls something with the token that its partner wants to see, and once more with another one when that is refused: it may
    /// have been revoked before its time.
    ///
    /// # Errors
    /// [`Trouble`] when there is no answer.
    pub(super) async fn call(
        &self,
        egress: &Egress,
        clock: &Clock,
        purpose: &Purpose,
        request: impl Fn(Option<&HeaderValue>) -> EgressRequest,
    ) -> Result<EgressResponse, Trouble> {
        let mut refused = None;
        loop {
            let token = self.auth.token(egress, clock, refused.as_ref()).await?;
            let response = egress.send(purpose, request(token.as_ref())).await.map_err(|error| trouble(&error))?;
            let may_try_again = refused.is_none() && self.auth.is_fetched();
            if response.status != StatusCode::UNAUTHORIZED || !may_try_again {
                return Ok(response);
            }
            refused = token;
        }
    }

    fn of(url: &str, auth: Auth, keys: Vec<SigningKey>, timeout: Duration) -> Option<Endpoint> {
        let target = Target::parse(url).ok()?;
        let limits = AnswerLimits { time: timeout, bytes_max: REPLY_BYTES_MAX };
        let purpose = Purpose::new([target.origin().clone()], limits);
        Some(Endpoint { target, purpose, auth, keys })
    }
}

/// A token as it is shown, if it can stand in a header.
pub(super) fn bearer(token: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Sends something to where a partner is told in an exchange, once, paused or not, and leaves no trace of it. Nothing when it is
/// told nowhere.
pub async fn call_once(egress: &Egress, clock: &Clock, door: &Door, notice: &Notice) -> Option<Heard> {
    is_told(door, &notice.exchange).then_some(())?;
    let (heard, _) = attempt(egress, clock, door, notice).await;
    Some(heard)
}

fn is_told(door: &Door, exchange: &ExchangeId) -> bool {
    door.endpoint(exchange).is_some()
}
