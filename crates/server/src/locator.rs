//! A mounted record locator, made from the configuration.

use baton_dialects::{
    Mode,
    nrl::{
        Custody, Directory, Displays, Locator, Registered, TokenTimes, TokenTrust, Values, Wording,
        capability_statement,
    },
};
use baton_exchange::{
    access::{LocatorRole, System},
    id::{ExchangeId, PartnerId},
    pointer::Ods,
};
use baton_fhir::tree::Tree;
use baton_oauth::jws::KeySet;
use std::{collections::HashSet, sync::Arc};

use crate::config::{Config, Exchange, JwtCheck, JwtTimes, ModeName, Partner, Role, origins_of};

/// A mounted record locator.
pub struct Located {
    /// What its guide needs to know.
    pub locator: Arc<Locator>,
    /// Its CapabilityStatement.
    pub metadata: Tree,
    /// Keys that audit tokens may be signed with.
    pub keys: Option<KeySet>,
    /// Where pages come from that may use it from within a browser; all, as long as none is registered.
    pub origins: Option<Arc<HashSet<String>>>,
}

/// The locator that a configuration asks for.
#[must_use]
pub fn located(config: &Config, exchange: &Exchange, public_url: &str) -> Located {
    let path = &exchange.path.get_ref().0;
    let locator = Locator {
        exchange: ExchangeId::from(exchange.id.get_ref().0.as_str()),
        mode: match exchange.mode {
            ModeName::Compat => Mode::Compat,
            ModeName::Strict => Mode::Strict,
        },
        base: format!("{public_url}{path}"),
        wording: exchange.wording.as_ref().map_or(Wording::First, |wording| wording.get_ref().0),
        spine_asid: exchange.spine_asid.0.clone(),
        trust: match exchange.jwt {
            JwtCheck::Signed => TokenTrust::Signed,
            JwtCheck::Unsigned => TokenTrust::Unsigned,
        },
        times: match exchange.jwt_times {
            JwtTimes::Checked => TokenTimes::Checked,
            JwtTimes::Ignored => TokenTimes::Ignored,
        },
        ssp_hosts: exchange.ssp_hosts.clone(),
        displays: if exchange.lenient_display { Displays::Any } else { Displays::Exact },
        values: exchange.value_sets.as_ref().map_or_else(Values::of_guide, |values| values.get_ref().0.clone()),
        directory: directory(config, exchange),
    };
    let metadata = capability_statement(&locator, env!("CARGO_PKG_VERSION"));
    // also by a partner that is disabled: what is closed to other pages stays so
    let is_closed = config.partners_of(exchange).any(|partner| !partner.origins.is_empty());
    Located {
        locator: Arc::new(locator),
        metadata,
        keys: exchange.jwt_jwks_file.as_ref().map(|keys| keys.get_ref().0.clone()),
        origins: is_closed.then(|| origins_of(config.partners_of(exchange), std::iter::empty())),
    }
}

/// Who is who: the partners of the exchange, and the organisations beside them.
fn directory(config: &Config, exchange: &Exchange) -> Directory {
    let mut directory = Directory::default();
    for organization in &config.organizations {
        let custody = if organization.provider { Custody::Provider } else { Custody::None };
        directory.add_organization(organization.ods.get_ref().0.clone(), custody);
    }
    for partner in config.partners_of(exchange) {
        match registered(partner) {
            Some(its) if partner.disabled => directory.add_organization_of(&its.system),
            Some(its) => directory.add_system(its),
            None => {}
        }
    }
    directory
}

/// A partner as a system of the locator. One without a number or an organisation cannot call; the start warns of it.
fn registered(partner: &Partner) -> Option<Registered> {
    let (asid, ods) = (partner.asid.as_ref()?, partner.ods.as_ref()?);
    let roles = partner.roles.iter().filter_map(|role| match role {
        Role::Provider => Some(LocatorRole::Provider),
        Role::Consumer => Some(LocatorRole::Consumer),
        Role::Source | Role::Target | Role::ThirdParty => None,
    });
    Some(Registered {
        system: System {
            partner: PartnerId::from(partner.id.get_ref().0.as_str()),
            asid: asid.get_ref().0.clone(),
            ods: Ods::clone(&ods.get_ref().0),
            roles: roles.collect(),
        },
        endpoints: partner.endpoints.iter().map(|endpoint| endpoint.0.clone()).collect(),
    })
}
