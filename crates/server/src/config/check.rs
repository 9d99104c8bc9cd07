//! Checks of the configuration that look at more than one key.

use std::collections::HashSet;

use toml::Spanned;

use hyper::header::HeaderValue;

use baton_oauth::provider::is_safe;

use super::{Config, DialectName, Exchange, HttpUrl, Id, Partner, QueriesKept, Role, bridge};

mod app;
mod listener;
mod login;
mod scopes;
use crate::egress::Target;

/// What is wrong, and where the value starts in the file.
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) message: String,
}

pub(super) fn fault<T>(at: &Spanned<T>, message: String) -> Fault {
    Fault { offset: at.span().start, message }
}

/// Finds the first thing that makes no sense as a whole.
pub(super) fn check(config: &Config) -> Result<(), Fault> {
    unique("exchange", config.exchanges.iter().map(|exchange| &exchange.id))?;
    unique("partner", config.partners.iter().map(|partner| &partner.id))?;
    unique("app", config.apps.iter().map(|app| &app.id))?;
    for exchange in &config.exchanges {
        match exchange.dialect.get_ref() {
            DialectName::Netsmart | DialectName::Ontario => {}
            DialectName::Nrl => locator(config, exchange)?,
        }
    }
    paths(config)?;
    if let Some(url) = &config.audit.witness_url {
        Target::parse(&url.get_ref().0).map_err(|error| fault(url, error.to_string()))?;
    }
    officer(config)?;
    bridge::check(config)?;
    login::fits(config)?;
    listener::check(config)?;
    listener::certificates(config)?;
    clients(config)?;
    config.partners.iter().try_for_each(|partner| partner_fits(config, partner))?;
    config.apps.iter().try_for_each(|one| app::fits(config, one))
}

/// Queries are sealed to somebody, and who is named has them sealed.
fn officer(config: &Config) -> Result<(), Fault> {
    let sealed = config.audit.queries.as_ref().filter(|queries| *queries.get_ref() == QueriesKept::Sealed);
    match (sealed, &config.audit.officer_key) {
        (None, Some(key)) => {
            let right = "say queries = \"sealed\", or leave the key out";
            Err(fault(key, format!("nothing is sealed to this key: {right}")))
        }
        (Some(queries), None) => {
            let right = "`baton audit open --new FILE` makes one and prints it";
            Err(fault(queries, format!("queries are sealed to an officer_key, and there is none: {right}")))
        }
        (None, None) | (Some(_), Some(_)) => Ok(()),
    }
}

/// Each system of a locator has a number of its own.
fn locator(config: &Config, exchange: &Exchange) -> Result<(), Fault> {
    let id = &exchange.id.get_ref().0;
    let mut seen = HashSet::new();
    for asid in config.partners_of(exchange).filter_map(|partner| partner.asid.as_ref()) {
        if !seen.insert(&asid.get_ref().0) {
            return Err(fault(
                asid,
                format!("two partners of `{id}` have the asid `{}`: it is unique", asid.get_ref().0),
            ));
        }
    }
    Ok(())
}

fn unique<'c>(what: &str, ids: impl Iterator<Item = &'c Spanned<Id>>) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for id in ids {
        if !seen.insert(&id.get_ref().0) {
            return Err(fault(id, format!("there are two {what}s with the id `{}`: ids are unique", id.get_ref().0)));
        }
    }
    Ok(())
}

fn paths(config: &Config) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for exchange in &config.exchanges {
        let path = exchange.path.get_ref();
        if !seen.insert(&path.0) {
            return Err(fault(&exchange.path, format!("two exchanges are mounted at `{}`: paths are unique", path.0)));
        }
    }
    Ok(())
}

fn clients(config: &Config) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    for partner in &config.partners {
        let client_id = partner.client_id();
        if !seen.insert(client_id) {
            let message = format!("two partners have the client id `{client_id}`: client ids are unique");
            return Err(match &partner.client_id {
                Some(written) => fault(written, message),
                None => fault(&partner.id, message),
            });
        }
    }
    Ok(())
}

pub(super) fn exchanges_are_there(config: &Config, names: &[Spanned<Id>]) -> Result<(), Fault> {
    let known = |name: &Id| config.exchanges.iter().any(|exchange| exchange.id.get_ref() == name);
    for name in names {
        if !known(name.get_ref()) {
            let all: Vec<&str> = config.exchanges.iter().map(|exchange| exchange.id.get_ref().0.as_str()).collect();
            let there_are = if all.is_empty() { "there are none".to_owned() } else { all.join(", ") };
            return Err(fault(name, format!("no exchange is called `{}`: {there_are}", name.get_ref().0)));
        }
    }
    Ok(())
}

fn partner_fits(config: &Config, partner: &Partner) -> Result<(), Fault> {
    exchanges_are_there(config, &partner.exchanges)?;
    if partner.name.trim().is_empty() {
        return Err(fault(&partner.id, "`name` is empty: give the partner a name for people".to_owned()));
    }
    if partner.own && !partner.roles.iter().any(|role| matches!(role, Role::Source | Role::Target)) {
        let message =
            "a partner that is Baton's `own` refers or is referred to: its `roles` have to name `source` or `target`";
        let message = message.to_owned();
        return Err(fault(&partner.id, message));
    }
    scopes::fit(config, &partner.id, &partner.exchanges, &partner.scopes)?;
    notify(partner)?;
    authentication(partner)
}

/// A partner proves who it is in one way.
fn authentication(partner: &Partner) -> Result<(), Fault> {
    let (plain, hashed) = (partner.client_secret.is_some(), partner.client_secret_sha256.is_some());
    let keys = [partner.jwks.is_some(), partner.jwks_file.is_some(), partner.jwks_url.is_some()];
    if keys.into_iter().chain([plain, hashed]).filter(|way| *way).count() > 1 {
        let message =
            "a partner has one of client_secret, client_secret_sha256, jwks, jwks_file and jwks_url, not several";
        return Err(fault(&partner.id, message.to_owned()));
    }
    let (old_plain, old_hashed) = (partner.old_client_secret.is_some(), partner.old_client_secret_sha256.is_some());
    if old_plain && old_hashed {
        let message = "there is one secret before: old_client_secret or old_client_secret_sha256, not both".to_owned();
        return Err(fault(&partner.id, message));
    }
    if (old_plain || old_hashed) && !(plain || hashed) {
        let message =
            "an old secret stands beside `client_secret` or `client_secret_sha256`, the one that takes its place";
        return Err(fault(&partner.id, message.to_owned()));
    }
    match &partner.jwks_url {
        Some(url) => called("jwks_url", url).map_err(|message| fault(&partner.id, message)),
        None => Ok(()),
    }
}

/// An address that can be called, and at which nobody on the way reads or changes what proves who somebody is.
fn called(what: &str, url: &HttpUrl) -> Result<(), String> {
    Target::parse(&url.0).map_err(|error| format!("`{what}` cannot be called: {error}"))?;
    secure(what, url)
}

/// The same for an address that browsers call.
fn secure(what: &str, url: &HttpUrl) -> Result<(), String> {
    match is_safe(&url.0) {
        true => Ok(()),
        false => Err(format!(
            "`{what}` is plain http, which others on the way can read and change: take https (http is for this machine alone: \
             localhost, 127.0.0.1 or [::1])"
        )),
    }
}

/// Where a partner is told can be called, and what it wants to see there can be sent.
fn notify(partner: &Partner) -> Result<(), Fault> {
    let Some(notify) = &partner.notify else { return Ok(()) };
    if let Err(error) = Target::parse(&notify.url.0) {
        return Err(fault(&partner.id, format!("`notify.url` cannot be called: {error}")));
    }
    if let Some(oauth) = &notify.oauth {
        if notify.token.is_some() {
            let message = "`notify.token` and `notify.oauth` are two ways to the same header: choose one";
            return Err(fault(&partner.id, message.to_owned()));
        }
        called("notify.oauth.token_url", &oauth.token_url).map_err(|message| fault(&partner.id, message))?;
    }
    match &notify.token {
        Some(token) if HeaderValue::from_str(&token.0).is_err() => {
            Err(fault(&partner.id, "`notify.token` has characters that cannot stand in a header".to_owned()))
        }
        _ => Ok(()),
    }
}
