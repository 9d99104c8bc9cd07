//! Lists the partners, without secrets.

use std::{
    io::{Write, stdout},
    path::PathBuf,
};

use serde_json::{Value, json};

use super::Unable;
use crate::config::{Config, DialectName, Partner, Role, Version};

/// Arguments of `baton partner list`.
#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// The configuration, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// As JSON, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn list(args: &ListArgs) -> Result<(), Unable> {
    let config = Config::load(&args.config)?;
    let mut out = stdout().lock();
    if args.json {
        let all: Vec<Value> = config.partners.iter().map(|partner| shown(&config, partner)).collect();
        writeln!(out, "{:#}", json!(all))?;
        return Ok(());
    }
    for partner in &config.partners {
        writeln!(out, "{}", line(&shown(&config, partner)))?;
    }
    writeln!(out, "{} partners", config.partners.len())?;
    Ok(())
}

fn shown(config: &Config, partner: &Partner) -> Value {
    let tells = |partner: &Partner| {
        config.exchanges.iter().any(|exchange| {
            *exchange.dialect.get_ref() == DialectName::Ontario
                && partner.exchanges.iter().any(|id| id.get_ref() == exchange.id.get_ref())
        })
    };
    json!({
        "id": partner.id.get_ref().0,
        "name": partner.name,
        "exchanges": partner.exchanges.iter().map(|id| id.get_ref().0.as_str()).collect::<Vec<_>>(),
        "roles": partner.roles.iter().map(|role| role_name(*role)).collect::<Vec<_>>(),
        "version": tells(partner).then(|| version_name(crate::directory::version(partner))),
        "client_id": partner.client_id(),
        "scopes": partner.scopes.iter().map(|scope| scope.0.as_str()).collect::<Vec<_>>(),
        "authenticates": way(partner),
        "state": if partner.disabled { "disabled" } else { "enabled" },
    })
}

/// By what a partner proves who it is when it asks for a token.
fn way(partner: &Partner) -> &'static str {
    match partner.secrets().count() {
        0 if partner.jwks_url.is_some() => "published keys",
        0 if partner.has_keys() => "keys",
        0 if !partner.certificates.is_empty() => "certificate",
        0 => "nothing",
        1 => "secret",
        _ => "secret, and the one before",
    }
}

/// One line, with two spaces between columns and a dash where there is nothing.
fn line(shown: &Value) -> String {
    let columns = ["id", "name", "exchanges", "roles", "version", "scopes", "authenticates", "state"];
    let text = |value: &Value| match value {
        Value::Array(all) if !all.is_empty() => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
        Value::String(text) => text.clone(),
        _ => "-".to_owned(),
    };
    columns.map(|column| text(&shown[column])).join("  ")
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Source => "source",
        Role::Target => "target",
        Role::ThirdParty => "third-party",
        Role::Provider => "provider",
        Role::Consumer => "consumer",
    }
}

fn version_name(version: Version) -> &'static str {
    match version {
        Version::V010 => "0.10",
        Version::V011 => "0.11",
        Version::Erec => "erec",
    }
}
