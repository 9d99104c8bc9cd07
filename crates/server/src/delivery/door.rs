//! Where one partner is told: its address, what it wants to see there, and how it is doing.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use baton_exchange::id::ExchangeId;
use hyper::header::HeaderValue;

use super::{lane::Lane, reply::REPLY_BYTES_MAX, signature::SigningKey};
use crate::{
    config::{Config, DialectName, Exchange, Notify, Partner, Version},
    directory::version,
    egress::{AnswerLimits, Purpose, Target},
};

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json");
const FHIR_JSON_UTF8: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// One partner, as delivery knows it.
pub struct Door {
    /// For which exchanges it is registered, and the Content-Type of what it is sent from there.
    pub(super) exchanges: HashMap<ExchangeId, HeaderValue>,
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
    pub fn of(config: &Config, partner: &Partner, timeout: Duration) -> Door {
        let is_its = |exchange: &&Exchange| partner.exchanges.iter().any(|id| id.get_ref() == exchange.id.get_ref());
        let typed = |exchange: &Exchange| {
            (ExchangeId::from(exchange.id.get_ref().0.as_str()), content_type(*exchange.dialect.get_ref(), partner))
        };
        let exchanges = config.exchanges.iter().filter(is_its).map(typed).collect();
        let endpoint = partner.notify.as_ref().and_then(|notify| Endpoint::of(notify, timeout));
        Door { exchanges, endpoint, lane: Mutex::default() }
    }

    /// For a partner whose notices are in the store and who is not registered any more.
    #[must_use]
    pub fn of_nobody() -> Door {
        Door { exchanges: HashMap::new(), endpoint: None, lane: Mutex::default() }
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

impl Endpoint {
    /// Nothing when the address or the token cannot be sent, which the check of the configuration has refused.
    fn of(notify: &Notify, timeout: Duration) -> Option<Endpoint> {
        let target = Target::parse(&notify.url.0).ok()?;
        let limits = AnswerLimits { time: timeout, bytes_max: REPLY_BYTES_MAX };
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
        let named = door.exchanges.get(&exchange.into())?;
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
