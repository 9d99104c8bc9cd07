//! A mounted API of referrals: what its guide needs to know, and what it says of itself.

use std::{collections::HashSet, sync::Arc};

use baton_dialects::{
    Dialect, Mode, Mount, OauthUris, capability_statement, conformance_resources, ontario::Directory,
};
use baton_exchange::id::{ExchangeId, PartnerId};
use baton_fhir::{
    definitions::{Definitions, FhirVersion, definitions},
    tree::Tree,
};
use baton_oauth::discovery::smart_configuration;
use sha2::{Digest, Sha256};

use crate::{
    config::{Config, Exchange, ModeName, origins_of},
    directory::directory,
    http::route::Ways,
    listener::Listener,
    live::Live,
    token::{SCOPES_OF_APPS, served},
};

/// A mounted API.
pub struct Exchanged {
    /// What its guide needs to know, as configured. Who decides what is told to whom takes [`Exchanged::mount_now`].
    pub mount: Arc<Mount>,
    /// The same with the endpoints that partners registered.
    now: Live<Mount>,
    /// FHIR as its guide speaks it. Read at the start, so that the first message does not wait for it.
    pub definitions: &'static Definitions,
    /// The exchange to which everything that it accepts is submitted, too.
    pub bridge: Option<ExchangeId>,
    /// Who may use it.
    pub partners: HashSet<PartnerId>,
    /// Where pages come from that may use it from within a browser.
    pub origins: Arc<HashSet<String>>,
    /// Its CapabilityStatement.
    pub metadata: Tree,
    /// What the CapabilityStatement refers to.
    pub conformance: Vec<Tree>,
    /// SMART's discovery document, as JSON.
    pub smart: String,
}

impl Exchanged {
    /// What its guide needs to know, with the endpoints that are registered now.
    #[must_use]
    pub fn mount_now(&self) -> Arc<Mount> {
        self.now.now()
    }

    /// Takes in where its partners want to be told from now on.
    pub fn replace_directory(&self, directory: Directory) {
        self.now.replace(Mount { directory, ..Mount::clone(&self.mount) });
    }
}

/// An exchange of referrals as its guide knows it. `secret` is the deployment's.
pub(crate) fn mounted(config: &Config, exchange: &Exchange, public_url: &str, secret: &[u8; 32]) -> Mount {
    let id = ExchangeId::from(exchange.id.get_ref().0.as_str());
    let path = &exchange.path.get_ref().0;
    Mount {
        exchange: id,
        // other names were refused when the configuration was checked
        dialect: Dialect::named(exchange.dialect.get_ref().as_str()).unwrap_or(Dialect::Netsmart),
        mode: match exchange.mode {
            ModeName::Compat => Mode::Compat,
            ModeName::Strict => Mode::Strict,
        },
        base: format!("{public_url}{path}"),
        reliable_cache_secs: exchange.reliable_cache.secs(),
        bundle_entries_max: config.limits.bundle_entries_max.0,
        directory: directory(config, exchange),
        blind: blind_of(exchange, secret),
    }
}

/// One as it is configured, at the listener where it is mounted.
pub(crate) fn exchanged(config: &Config, exchange: &Exchange, here: &Listener, secret: &[u8; 32]) -> Exchanged {
    let mount = mounted(config, exchange, &here.public_url, secret);
    let has_apps = here.has_people() && config.apps_enabled().next().is_some();
    let scopes = scopes_of(mount.dialect, has_apps);
    let smart = smart_configuration(&served(has_apps, &here.public_url, &scopes));
    let keys = OauthUris { token: &smart.token_endpoint, authorize: smart.authorization_endpoint.as_deref() };
    Exchanged {
        definitions: definitions_of(mount.dialect),
        metadata: capability_statement(&mount, &keys, env!("CARGO_PKG_VERSION")),
        conformance: conformance_resources(&mount),
        bridge: exchange.bridge.as_ref().map(|to| ExchangeId::from(to.get_ref().0.as_str())),
        partners: config
            .partners_of(exchange)
            .map(|partner| PartnerId::from(partner.id.get_ref().0.as_str()))
            .collect(),
        origins: origins_of(config.partners_of(exchange), config.apps_of(exchange)),
        // a struct of texts is always JSON
        smart: serde_json::to_string(&smart).unwrap_or_default(),
        now: Live::new(mount.clone()),
        mount: Arc::new(mount),
    }
}

/// With what search keys of an exchange are blinded: of the deployment's secret, which lies beside the store, and the
/// exchange's name.
fn blind_of(exchange: &Exchange, secret: &[u8; 32]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(b"baton: blinded search keys of ");
    hasher.update(secret);
    hasher.update(exchange.id.get_ref().0.as_bytes());
    hasher.finalize().into()
}

/// The definitions of the FHIR version that a guide speaks.
#[must_use]
pub fn definitions_of(dialect: Dialect) -> &'static Definitions {
    match dialect {
        Dialect::Netsmart | Dialect::Ontario => definitions(FhirVersion::R4),
    }
}

/// By which ways an exchange takes what changes referrals.
pub(crate) fn ways_of(dialect: Dialect) -> Ways {
    match dialect {
        Dialect::Netsmart => Ways::Messages,
        Dialect::Ontario => Ways::MessagesAndRest,
    }
}

/// Scopes of which it makes sense to ask for some.
fn scopes_of(dialect: Dialect, has_apps: bool) -> Vec<&'static str> {
    let mut scopes = vec!["system/Messaging.write", "system/Messaging.*", "system/*.read"];
    if ways_of(dialect) == Ways::MessagesAndRest {
        scopes.push("system/*.write");
    }
    if has_apps {
        scopes.extend(SCOPES_OF_APPS);
    }
    scopes
}
