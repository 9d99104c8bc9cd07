//! Checks of `[[listener]]` against all else.

use std::collections::HashMap;

use super::{Config, DialectName, Exchange, Fault, Partner, exchanges_are_there, fault, unique};
use crate::{
    config::{JwtCheck, Listen, Listener, Part, PublicUrl, ServerTls},
    listener::ListenerNumber,
};

/// Finds the first listener that contradicts another one, or what is served there.
pub(super) fn check(config: &Config) -> Result<(), Fault> {
    unique("listener", config.listeners.iter().map(|listener| &listener.id))?;
    addresses(config)?;
    names(config)?;
    let mut bound: HashMap<&str, &str> = HashMap::new();
    for listener in &config.listeners {
        let id = listener.id.get_ref().0.as_str();
        exchanges_are_there(config, &listener.exchanges)?;
        for name in &listener.exchanges {
            if let Some(other) = bound.insert(&name.get_ref().0, id) {
                let message = format!(
                    "the exchange `{}` is already served at `{other}`: an exchange has one address, and so one listener",
                    name.get_ref().0
                );
                return Err(fault(name, message));
            }
        }
        if listener.exchanges.is_empty() && listener.serves.is_empty() {
            let message =
                format!("nothing is served at `{id}`: name `exchanges`, or in `serves` \"health\" or \"metrics\"");
            return Err(fault(&listener.id, message));
        }
    }
    metrics_are_for_some(config)?;
    config.exchanges.iter().try_for_each(|exchange| unsigned(config, exchange))?;
    config.apps.iter().try_for_each(|app| {
        app.exchanges.iter().try_for_each(|name| match served_elsewhere(config, &name.get_ref().0) {
            None => Ok(()),
            Some(listener) => {
                let message = format!(
                    "the exchange `{}` is served at the listener `{}`, and apps are used where people log in, at \
                     `listen` of [server]",
                    name.get_ref().0,
                    listener.id.get_ref().0
                );
                Err(fault(name, message))
            }
        })
    })
}

/// The `[[listener]]` of an exchange.
fn served_elsewhere<'c>(config: &'c Config, exchange: &str) -> Option<&'c Listener> {
    config.listeners.iter().find(|listener| listener.exchanges.iter().any(|name| name.get_ref().0 == exchange))
}

/// Two listeners have two addresses.
fn addresses(config: &Config) -> Result<(), Fault> {
    let is_any = |listen: &Listen| listen.0.ends_with(":0");
    let mut seen = vec![&config.server.listen];
    for listener in &config.listeners {
        let listen = listener.listen.get_ref();
        if !is_any(listen) && seen.contains(&listen) {
            let message = format!("two listeners have the address `{}`: addresses are unique", listen.0);
            return Err(fault(&listener.listen, message));
        }
        seen.push(listen);
    }
    Ok(())
}

/// What is called alike is one to those who come: an assertion for the one would be good at the other, and bases would be the same.
fn names(config: &Config) -> Result<(), Fault> {
    let mut seen: Vec<&str> = config.server.public_url.iter().map(|url| url.0.as_str()).collect();
    for listener in &config.listeners {
        let Some(PublicUrl(name)) = &listener.public_url else { continue };
        if seen.contains(&name.as_str()) {
            let message = format!("two listeners have the public_url `{name}`: each is called in its own way");
            return Err(fault(&listener.id, message));
        }
        seen.push(name);
    }
    Ok(())
}

/// Metrics that are served at two addresses were not meant to be taken from one.
fn metrics_are_for_some(config: &Config) -> Result<(), Fault> {
    let is_here = config.server.serves.as_ref().is_some_and(|parts| parts.contains(&Part::Metrics));
    match config.listeners.iter().find(|listener| listener.serves.contains(&Part::Metrics)) {
        Some(listener) if is_here => {
            let message = format!(
                "`serves` of [server] names \"metrics\", and so does `{}`: take it out of one of both",
                listener.id.get_ref().0
            );
            Err(fault(&listener.id, message))
        }
        _ => Ok(()),
    }
}

/// A token without a signature is worth what the certificate of its connection is worth. What stands in front of `[server]` is
/// the operator's affair, and is warned of.
fn unsigned(config: &Config, exchange: &Exchange) -> Result<(), Fault> {
    let number = config.listener_of(exchange);
    let Some(listener) = config.listener(number) else { return Ok(()) };
    if *exchange.dialect.get_ref() != DialectName::Nrl || exchange.jwt == JwtCheck::Signed {
        return Ok(());
    }
    if config.requires_certificates(number) {
        return config.partners_of(exchange).try_for_each(|partner| tied(exchange, partner));
    }
    let (id, listener) = (&exchange.id.get_ref().0, &listener.id.get_ref().0);
    let message = format!(
        "`{id}` takes audit tokens without signature, and the listener `{listener}` lets callers in without a certificate: \
         give it `client_ca` and `client_cert = \"required\"` in [listener.tls], or the locator `jwt = \"signed\"`"
    );
    Err(fault(&exchange.id, message))
}

/// A certificate that is anybody's says no more than the token does.
fn tied(exchange: &Exchange, partner: &Partner) -> Result<(), Fault> {
    if partner.asid.is_none() || !partner.certificates.is_empty() {
        return Ok(());
    }
    let message = format!(
        "`{}` takes audit tokens without signature, so that a caller is known by its certificate alone: the partner needs \
         `certificates`",
        exchange.id.get_ref().0
    );
    Err(fault(&partner.id, message))
}

/// Who asks for certificates says whose they may be; who is bound to one comes where one is asked for.
pub(super) fn certificates(config: &Config) -> Result<(), Fault> {
    let all: Vec<&ServerTls> = ListenerNumber::all(config).filter_map(|number| config.tls_of(number)).collect();
    let lacks = |tls: &&&ServerTls| tls.client_ca.is_none() && tls.client_cert.is_some();
    if let Some(wanted) = all.iter().find(lacks).and_then(|tls| tls.client_cert.as_ref()) {
        let message = "`client_cert` needs `client_ca`, the authorities of the certificates".to_owned();
        return Err(fault(wanted, message));
    }
    config.partners.iter().filter(|partner| !partner.certificates.is_empty()).try_for_each(|partner| {
        if all.iter().all(|tls| tls.client_ca.is_none()) {
            let message =
                "`certificates` of a partner need `client_ca` in [server.tls]: no client can show one without";
            return Err(fault(&partner.id, message.to_owned()));
        }
        can_show(config, partner)
    })
}

fn can_show(config: &Config, partner: &Partner) -> Result<(), Fault> {
    for name in &partner.exchanges {
        let Some(exchange) = config.exchanges.iter().find(|it| it.id.get_ref() == name.get_ref()) else { continue };
        let number = config.listener_of(exchange);
        if config.tls_of(number).is_none_or(|tls| tls.client_ca.is_none()) {
            let at = config.listener(number).map_or("[server]", |listener| &listener.id.get_ref().0);
            let message = format!(
                "the partner has `certificates`, and `{}` is served at `{at}`, which asks for none: it needs `client_ca` there",
                name.get_ref().0
            );
            return Err(fault(name, message));
        }
    }
    Ok(())
}
