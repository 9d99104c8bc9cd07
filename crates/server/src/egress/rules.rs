//! What holds for every call, whatever it is for.

use std::time::Duration;

use tokio_rustls::rustls::RootCertStore;

use super::PrivateAddresses;
use crate::{
    config::Config,
    tls::{TlsFileError, authorities},
};

/// How long it may take to find a host, to connect and to shake hands.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Rules of all calls.
#[derive(Clone, Debug)]
pub struct EgressRules {
    /// Whether private addresses may be called.
    pub private: PrivateAddresses,
    /// Whom servers' certificates have to be from.
    pub roots: RootCertStore,
    /// How long it may take until a connection can be used.
    pub connect_time: Duration,
}

/// Public addresses, public authorities.
impl Default for EgressRules {
    fn default() -> EgressRules {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        EgressRules { private: PrivateAddresses::Refused, roots, connect_time: CONNECT_TIME }
    }
}

impl EgressRules {
    /// As the configuration wants them.
    ///
    /// # Errors
    /// [`TlsFileError`] when the file of authorities is of no use.
    pub fn of(config: &Config) -> Result<EgressRules, TlsFileError> {
        let mut rules = EgressRules::default();
        if config.delivery.allow_private_addresses {
            rules.private = PrivateAddresses::Allowed;
        }
        if let Some(file) = &config.egress.extra_roots {
            rules.roots.roots.extend(authorities("egress.extra_roots", file)?.roots);
        }
        Ok(rules)
    }
}
