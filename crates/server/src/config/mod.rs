//! The configuration: one TOML file, each key checked before anything starts.

mod app;
mod bridge;
mod check;
mod exchange;
mod keys;
mod limits;
mod listener;
mod locator;
mod login;
mod partner;
mod tables;
mod tls;
mod values;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use baton_exchange::search::References;
use baton_fhir::tree::Position;
use serde::Deserialize;
use toml::Spanned;

pub use app::App;
pub use exchange::{DialectName, Exchange, JwtCheck, JwtTimes, ModeName};
pub use keys::{ClientKeyFile, HashedSecret, KeyFile, KeysInPlace};
pub use limits::{BodyBytes, Count, Entries, Limits};
pub use listener::{Listener, Part};
pub use locator::{OdsCode, ValueSetFile, WordingName};
pub use login::{Issuer, Login, Oidc, PrivateKeyFile};
pub use partner::{Notify, Oauth, Orphans, Partner, ReplyShape, Role, Version};
pub use tables::{Audit, Delivery, Organization, QueriesKept, Server, Store};
pub use tls::{ClientCert, EgressTable, ServerTls};
pub use values::{BasePath, BaseUrl, Delay, HttpUrl, Id, Listen, PublicUrl, Scope, Secret, StoreUrl, WebOrigin};

/// All that can be configured. The tables are those of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens and what it is called.
    #[serde(default)]
    pub server: Server,
    /// More addresses to listen on.
    #[serde(default, rename = "listener")]
    pub listeners: Vec<Listener>,
    /// Where things are kept.
    #[serde(default)]
    pub store: Store,
    /// Who vouches for the audit.
    #[serde(default)]
    pub audit: Audit,
    /// What is too much.
    #[serde(default)]
    pub limits: Limits,
    /// How notices are sent.
    #[serde(default)]
    pub delivery: Delivery,
    /// How other systems are called.
    #[serde(default)]
    pub egress: EgressTable,
    /// How people log in.
    #[serde(default)]
    pub login: Login,
    /// Mounted APIs.
    #[serde(default, rename = "exchange")]
    pub exchanges: Vec<Exchange>,
    /// Registered systems.
    #[serde(default, rename = "partner")]
    pub partners: Vec<Partner>,
    /// Apps that people let act for them.
    #[serde(default, rename = "app")]
    pub apps: Vec<App>,
    /// Organisations that a registry knows besides the partners' own.
    #[serde(default, rename = "organization")]
    pub organizations: Vec<Organization>,
}

/// Why a configuration is unusable: where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it was named.
    pub file: String,
    /// The place in it.
    pub position: Option<Position>,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.position {
            Some(Position { line, column }) => write!(f, "{}:{line}:{column}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, has a key that Baton does not know, or a value that makes no sense.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            file: file.clone(),
            position: None,
            message: format!("cannot be read: {error}"),
        })?;
        Config::parse(&text, &file)
    }

    /// Reads and checks a text; `file` is what errors call it.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str, file: &str) -> Result<Config, ConfigError> {
        let at = |offset: Option<usize>, message: String| ConfigError {
            file: file.to_owned(),
            position: offset.map(|offset| Position::of(text, offset)),
            message,
        };
        let config: Config =
            toml::from_str(text).map_err(|error| at(error.span().map(|span| span.start), one_line(error.message())))?;
        check::check(&config).map_err(|fault| at(Some(fault.offset), fault.message))?;
        Ok(config)
    }
}

impl Config {
    /// Checks it again as a whole, after something else was put into it.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        check::check(self).map_err(|fault| fault.message)
    }

    /// The file of the key that signs checkpoints of the audit.
    #[must_use]
    pub fn audit_key_file(&self) -> PathBuf {
        let beside = || {
            let mut name = self.store.key_file().into_os_string();
            name.push(".audit");
            PathBuf::from(name)
        };
        self.audit.key_file.clone().unwrap_or_else(beside)
    }

    /// The apps that may be used: those of a disabled partner may not.
    pub fn apps_enabled(&self) -> impl Iterator<Item = &App> {
        let is_disabled = |name: &Id| self.partners.iter().any(|one| one.disabled && one.id.get_ref() == name);
        self.apps.iter().filter(move |app| !app.partner.as_ref().is_some_and(|name| is_disabled(name.get_ref())))
    }

    /// The apps that may be used at an exchange.
    pub fn apps_of(&self, exchange: &Exchange) -> impl Iterator<Item = &App> {
        let id = exchange.id.get_ref().clone();
        self.apps_enabled().filter(move |app| app.exchanges.iter().any(|name| *name.get_ref() == id))
    }

    /// How exchanges keep references: as ours where one of them does.
    #[must_use]
    pub fn references(&self, exchanges: &[Spanned<Id>]) -> References {
        let is_named = |exchange: &&Exchange| exchanges.iter().any(|name| name.get_ref() == exchange.id.get_ref());
        let mut dialects = self.exchanges.iter().filter(is_named).map(|exchange| *exchange.dialect.get_ref());
        match dialects.any(|dialect| dialect == DialectName::Ontario) {
            true => References::Ours,
            false => References::OfSender,
        }
    }

    /// The partners of an exchange.
    pub fn partners_of(&self, exchange: &Exchange) -> impl Iterator<Item = &Partner> {
        let id = exchange.id.get_ref().clone();
        self.partners.iter().filter(move |partner| partner.exchanges.iter().any(|name| *name.get_ref() == id))
    }
}

/// Where pages of these partners and apps come from. Those of disabled partners may read nothing.
pub fn origins_of<'c>(
    partners: impl Iterator<Item = &'c Partner>,
    apps: impl Iterator<Item = &'c App>,
) -> Arc<HashSet<String>> {
    let of_partners = partners.filter(|partner| !partner.disabled).flat_map(|partner| &partner.origins);
    Arc::new(of_partners.chain(apps.flat_map(|app| &app.origins)).map(|origin| origin.0.clone()).collect())
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
