//! Where one partner is told: its addresses, what it wants to see there, and how it is doing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use baton_exchange::{
    endpoint::{self, Flow},
    id::ExchangeId,
    time::Timestamp,
};
use hyper::header::HeaderValue;

use super::{lane::Lane, target::Endpoint};
use crate::{
    config::{Config, DialectName, Exchange, Notify, Partner, Version},
    directory::version,
    live::Live,
};

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");
const FHIR_JSON_UTF8: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// One partner, as delivery knows it.
pub struct Door {
    /// What the configuration says.
    configured: Live<Configured>,
    /// What was registered since, which takes the place of it.
    registered: RwLock<HashMap<ExchangeId, Registered>>,
    /// How long an attempt may take.
    pub(super) timeout: Duration,
    /// Who is calling it, and how that went.
    pub(super) lane: Mutex<Lane>,
}

/// A partner as the configuration has it.
#[derive(Default)]
struct Configured {
    /// For which exchanges it is registered, and the Content-Type of what it is sent from there.
    exchanges: HashMap<ExchangeId, HeaderValue>,
    /// Where it wants to be told; nothing when the configuration does not say.
    notify: Option<Notify>,
    endpoint: Option<Arc<Endpoint>>,
    is_disabled: bool,
    /// When it was enabled again.
    enabled: Option<Timestamp>,
}

/// What another configuration means for what waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing.
    Same,
    /// The partner is enabled again, or told elsewhere: there is no reason to wait longer.
    Eased,
}

/// An endpoint that was registered while the server was running.
struct Registered {
    endpoint: Option<Arc<Endpoint>>,
    flow: Flow,
    changed: Timestamp,
}

impl Door {
    /// As the configuration has it.
    #[must_use]
    pub fn of(config: &Config, partner: &Partner, timeout: Duration) -> Door {
        let endpoint = partner.notify.as_ref().and_then(|notify| Endpoint::configured(notify, timeout)).map(Arc::new);
        Door { configured: Live::new(Configured::of(config, partner, endpoint)), timeout, ..Door::of_nobody() }
    }

    /// For a partner whose notices are in the store and who is not registered any more.
    #[must_use]
    pub fn of_nobody() -> Door {
        Door {
            configured: Live::default(),
            registered: RwLock::default(),
            timeout: Duration::ZERO,
            lane: Mutex::default(),
        }
    }

    /// Takes in another configuration of the same partner.
    pub(super) fn take_in(&self, config: &Config, partner: &Partner, now: Timestamp) -> Turn {
        let before = self.configured.now();
        let is_same_place = before.notify == partner.notify;
        let endpoint = match &partner.notify {
            // with the token that was fetched for it
            Some(_) if is_same_place => before.endpoint.clone(),
            Some(notify) => Endpoint::configured(notify, self.timeout).map(Arc::new),
            None => None,
        };
        let is_back = before.is_disabled && !partner.disabled;
        let enabled = if is_back { Some(now) } else { before.enabled };
        self.configured.replace(Configured { enabled, ..Configured::of(config, partner, endpoint) });
        if is_same_place && !is_back {
            return Turn::Same;
        }
        self.lane.lock().unwrap_or_else(PoisonError::into_inner).forget_health();
        Turn::Eased
    }

    /// The partner is registered no more.
    pub(super) fn close(&self) {
        self.configured.replace(Configured::default());
    }

    /// The Content-Type of what it is sent from an exchange; nothing when it is not registered for it.
    pub(super) fn content_type(&self, exchange: &ExchangeId) -> Option<HeaderValue> {
        self.configured.now().exchanges.get(exchange).cloned()
    }

    /// Whether the operator has disabled the partner: it is not called, for whatever.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.configured.now().is_disabled
    }

    /// Takes in an endpoint that was changed. How its partner was doing at another place says nothing of this one.
    pub fn follow(&self, changed: &endpoint::Endpoint) {
        let mut registered = self.registered.write().unwrap_or_else(PoisonError::into_inner);
        match &changed.settings {
            None => drop(registered.remove(&changed.exchange)),
            Some(settings) => {
                let endpoint = Endpoint::registered(settings, self.timeout).map(Arc::new);
                let (flow, changed_at) = (settings.flow, changed.changed);
                registered.insert(changed.exchange.clone(), Registered { endpoint, flow, changed: changed_at });
            }
        }
        self.lane.lock().unwrap_or_else(PoisonError::into_inner).forget_health();
    }

    /// Where it wants to be told of what happens in an exchange.
    #[must_use]
    pub(super) fn endpoint(&self, exchange: &ExchangeId) -> Option<Arc<Endpoint>> {
        match self.registered.read().unwrap_or_else(PoisonError::into_inner).get(exchange) {
            Some(registered) => registered.endpoint.clone(),
            None => self.configured.now().endpoint.clone(),
        }
    }

    /// When that was changed last, or the partner enabled again; the patience that it gets is counted from there.
    pub(super) fn changed(&self, exchange: &ExchangeId) -> Option<Timestamp> {
        let registered = self.registered.read().unwrap_or_else(PoisonError::into_inner);
        let changed = registered.get(exchange).map(|registered| registered.changed);
        changed.max(self.configured.now().enabled)
    }

    /// Whether all that it could be told has to wait.
    pub(super) fn is_paused(&self) -> bool {
        let configured = self.configured.now();
        let mut exchanges = configured.exchanges.keys();
        configured.is_disabled || exchanges.len() > 0 && exchanges.all(|exchange| self.is_paused_in(exchange))
    }

    /// Whether what it could be told of an exchange has to wait.
    #[must_use]
    pub fn is_paused_in(&self, exchange: &ExchangeId) -> bool {
        let registered = self.registered.read().unwrap_or_else(PoisonError::into_inner);
        self.is_disabled() || registered.get(exchange).is_some_and(|registered| registered.flow == Flow::Paused)
    }
}

impl Configured {
    fn of(config: &Config, partner: &Partner, endpoint: Option<Arc<Endpoint>>) -> Configured {
        let is_its = |exchange: &&Exchange| partner.exchanges.iter().any(|id| id.get_ref() == exchange.id.get_ref());
        let typed = |exchange: &Exchange| {
            (ExchangeId::from(exchange.id.get_ref().0.as_str()), content_type(*exchange.dialect.get_ref(), partner))
        };
        Configured {
            exchanges: config.exchanges.iter().filter(is_its).map(typed).collect(),
            notify: partner.notify.clone(),
            endpoint,
            is_disabled: partner.disabled,
            enabled: None,
        }
    }
}

/// How a partner wants FHIR's JSON to be called. Source: spec of Ontario, 1.3 "Wire form".
fn content_type(dialect: DialectName, partner: &Partner) -> HeaderValue {
    match (dialect, version(partner)) {
        (DialectName::Ontario, Version::V010) => FHIR_JSON_UTF8,
        (DialectName::Ontario, Version::V011 | Version::Erec) | (DialectName::Netsmart | DialectName::Nrl, _) => {
            FHIR_JSON
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Door, Duration};

    const CONFIG: &str = r#"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart"
[[partner]]
id = "valley"
name = "Valley"
exchanges = ["ontario", "netsmart"]
version = "0.10"
[[partner]]
id = "cedar"
name = "Cedar"
exchanges = ["ontario"]
version = "0.11"
"#;

    fn content_type(partner: usize, exchange: &str) -> Option<String> {
        let config = Config::parse(CONFIG, "f").expect("a good configuration");
        let door = Door::of(&config, &config.partners[partner], Duration::from_secs(1));
        let named = door.content_type(&exchange.into())?;
        named.to_str().ok().map(str::to_owned)
    }

    #[test]
    fn each_partner_gets_the_content_type_of_its_version() {
        assert_eq!(content_type(0, "ontario").as_deref(), Some("application/fhir+json; charset=utf-8"));
        assert_eq!(content_type(0, "netsmart").as_deref(), Some("application/fhir+json"));
        assert_eq!(content_type(1, "ontario").as_deref(), Some("application/fhir+json"));
        assert_eq!(content_type(1, "netsmart"), None);
    }
}
