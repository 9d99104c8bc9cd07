//! Where one partner is told: its address, what it wants to see there, and how it is doing.

use std::{collections::HashSet, sync::Mutex, time::Duration};

use baton_exchange::id::ExchangeId;
use hyper::header::HeaderValue;

use super::{lane::Lane, signature::SigningKey};
use crate::{
    config::{Notify, Partner},
    egress::{AnswerLimits, Purpose, Target},
};

/// How much of an answer is read.
const ANSWER_BYTES_MAX: u64 = 16 * 1024;

/// One partner, as delivery knows it.
pub struct Door {
    /// For which exchanges it is registered.
    pub(super) exchanges: HashSet<ExchangeId>,
    /// Where it wants to be told; nothing when it does not say.
    pub(super) endpoint: Option<Endpoint>,
    /// Who is calling it, and how that went.
    pub(super) lane: Mutex<Lane>,
}

/// Where a partner wants to be told.
pub(super) struct Endpoint {
    pub(super) target: Target,
    pub(super) purpose: Purpose,
    /// `Authorization`.
    pub(super) token: Option<HeaderValue>,
    pub(super) key: Option<SigningKey>,
}

impl Door {
    /// As the configuration has it.
    #[must_use]
    pub fn of(partner: &Partner, timeout: Duration) -> Door {
        let exchanges = partner.exchanges.iter().map(|id| ExchangeId::from(id.get_ref().0.as_str())).collect();
        let endpoint = partner.notify.as_ref().and_then(|notify| Endpoint::of(notify, timeout));
        Door { exchanges, endpoint, lane: Mutex::default() }
    }

    /// For a partner whose notices are in the store and who is not registered any more.
    #[must_use]
    pub fn of_nobody() -> Door {
        Door { exchanges: HashSet::new(), endpoint: None, lane: Mutex::default() }
    }
}

impl Endpoint {
    /// Nothing when the address or the token cannot be sent, which the check of the configuration has refused.
    fn of(notify: &Notify, timeout: Duration) -> Option<Endpoint> {
        let target = Target::parse(&notify.url.0).ok()?;
        let limits = AnswerLimits { time: timeout, bytes_max: ANSWER_BYTES_MAX };
        let purpose = Purpose::new([target.origin().clone()], limits);
        let token = match &notify.token {
            None => None,
            Some(token) => {
                let mut value = HeaderValue::from_str(&format!("Bearer {}", token.0)).ok()?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        Some(Endpoint { target, purpose, token, key: notify.secret.clone() })
    }
}
