//! What makes a part of the configuration of no use to somebody, and is no fault of it as a whole.

use baton_oauth::provider::is_safe;

use crate::{
    config::{Config, DialectName, Exchange, JwtCheck},
    directory::roles,
    listener::ListenerNumber,
};

/// Says all of it in the log.
pub fn log(config: &Config) {
    of_locators(config);
    of_roles(config);
    of_people(config);
}

/// What people type and what apps get for them can be read by whoever is on the way.
fn of_people(config: &Config) {
    let url = config.public_url(ListenerNumber::SERVER);
    if config.apps_enabled().next().is_some() && !is_safe(&url) {
        tracing::warn!(
            "people log in at {url}, and plain http can be read and changed on the way: give [server] certificates, or put a proxy \
             with TLS in front and name it in `public_url`"
        );
    }
}

fn of_locators(config: &Config) {
    for exchange in config.exchanges.iter().filter(|exchange| *exchange.dialect.get_ref() == DialectName::Nrl) {
        let id = &exchange.id.get_ref().0;
        if exchange.jwt == JwtCheck::Signed && exchange.jwt_jwks_file.is_none() {
            tracing::warn!(
                "locator {id} wants signed tokens and has no keys: nobody can call before jwt_jwks_file names some"
            );
        }
        if let Some(what) = unsigned(config, exchange) {
            tracing::warn!("{what}");
        }
        for partner in config.partners_of(exchange) {
            if partner.asid.is_none() || partner.ods.is_none() {
                let partner = &partner.id.get_ref().0;
                tracing::warn!("partner {partner} of locator {id} has no asid or no ods, so it cannot call");
            }
        }
    }
}

/// Whoever reaches a locator that takes tokens without signature may say to be anybody. A proxy in front would reach it by an
/// address of this machine, or has a network of its own, which nothing here shows.
fn unsigned(config: &Config, exchange: &Exchange) -> Option<String> {
    let is_open = exchange.jwt == JwtCheck::Unsigned && !config.requires_certificates(config.listener_of(exchange));
    let listen = &config.server.listen;
    (is_open && !listen.is_loopback()).then(|| {
        format!(
            "locator {} takes audit tokens without signature at {}, where no certificate is asked for: whoever reaches this \
             address may say to be anybody. A [[listener]] with client_cert = \"required\" is the place for it",
            exchange.id.get_ref().0,
            listen.0
        )
    })
}

/// Where partners work on the same referrals, one that has no part to play can neither send nor read anything.
fn of_roles(config: &Config) {
    for exchange in config.exchanges.iter().filter(|exchange| *exchange.dialect.get_ref() == DialectName::Ontario) {
        let id = &exchange.id.get_ref().0;
        for partner in config.partners_of(exchange).filter(|partner| roles(partner).next().is_none()) {
            let partner = &partner.id.get_ref().0;
            tracing::warn!(
                "partner {partner} of exchange {id} has no role: it is neither source, target nor third-party"
            );
        }
    }
}
