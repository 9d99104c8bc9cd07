//! What an operator's commands need: the locator and the store that a configuration names, with or without a server beside.

mod account;
mod progress;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use baton_dialects::nrl::Locator;
use baton_store::{Store, StoreError};

use crate::{
    cli::UNUSABLE,
    clock::{Clock, beside},
    config::{Config, ConfigError, DialectName, Exchange},
    locator::located,
    log,
};

pub use account::{Account, Told, operated};
pub use progress::{Progress, counted, per_second};

/// Which locator to work on.
#[derive(Clone, Debug, clap::Args)]
pub struct Where {
    /// The configuration of the server, a TOML file: it names the store and the locator
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// The id of the locator, an exchange of the dialect nrl; needed only where there are several
    #[arg(long, value_name = "ID")]
    pub exchange: Option<String>,
}

/// A locator and what it remembers.
#[derive(Clone)]
pub struct Place {
    /// The locator.
    pub locator: Arc<Locator>,
    /// Its memory.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Clock,
    /// How long a pointer may be.
    pub body_bytes_max: usize,
}

/// Why there is nothing to work on.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The configuration is unusable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// No exchange fits.
    #[error("{file}: {what}")]
    NoLocator {
        /// The configuration.
        file: String,
        /// What is wrong, and what would be right.
        what: String,
    },
    /// The store is not there yet, and nothing would be found in a new one.
    #[error("there is no store at {0} yet: a server or an import makes it; a path starts at the current folder")]
    NoStore(String),
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Store(#[source] StoreError),
}

/// What to do about a store that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Make it.
    Make,
    /// Say so.
    Refuse,
}

impl Place {
    /// Opens what a configuration names.
    ///
    /// # Errors
    /// [`PlaceError`], with what to change.
    pub async fn open(at: &Where, missing: Missing) -> Result<Place, PlaceError> {
        let config = Config::load(&at.config)?;
        let no_locator = |what| PlaceError::NoLocator { file: at.config.display().to_string(), what };
        let exchange = chosen(&config, at.exchange.as_deref()).map_err(no_locator)?;
        let public_url = config.public_url(config.listener_of(exchange));
        let locator = located(&config, exchange, &public_url).locator;
        let url = &config.store.url.0;
        if let (Missing::Refuse, Some(path)) = (missing, url.strip_prefix("sqlite:"))
            && !Path::new(path).exists()
        {
            return Err(PlaceError::NoStore(path.to_owned()));
        }
        let store = config.store.open().await.map_err(PlaceError::Store)?;
        let clock = beside(&*store, Clock::of_machine()).await.map_err(PlaceError::Store)?;
        Ok(Place { locator, store, clock, body_bytes_max: config.limits.body_bytes_max.0 })
    }
}

/// The locator that is meant.
fn chosen<'c>(config: &'c Config, wanted: Option<&str>) -> Result<&'c Exchange, String> {
    let is_locator = |exchange: &&Exchange| *exchange.dialect.get_ref() == DialectName::Nrl;
    let locators: Vec<&Exchange> = config.exchanges.iter().filter(is_locator).collect();
    let ids = locators.iter().map(|exchange| exchange.id.get_ref().0.as_str()).collect::<Vec<_>>().join(", ");
    match (wanted, locators.as_slice()) {
        (_, []) => Err("it has no record locator: an [[exchange]] with dialect = \"nrl\"".to_owned()),
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("it has several record locators, say which with --exchange: {ids}")),
        (Some(wanted), _) => {
            let found = locators.iter().find(|exchange| exchange.id.get_ref().0 == wanted);
            found.copied().ok_or_else(|| format!("it has no record locator `{wanted}`: there is {ids}"))
        }
    }
}

/// Runs a command to its exit status. What ends it is printed with all that caused it.
pub fn run<E: std::error::Error>(command: &str, work: impl Future<Output = Result<ExitCode, E>>) -> ExitCode {
    log::start_quiet();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("baton {command}: could not start: {error}");
            return ExitCode::from(UNUSABLE);
        }
    };
    let status = runtime.block_on(work).unwrap_or_else(|error| {
        eprintln!("baton {command}: {}", log::with_sources(&error));
        ExitCode::from(UNUSABLE)
    });
    // somebody may still be waiting for standard input
    runtime.shutdown_background();
    status
}

#[cfg(test)]
mod tests {
    use super::chosen;
    use crate::config::Config;

    fn config(ids: &[&str]) -> Config {
        let exchange = |id: &&str| {
            format!("[[exchange]]\nid = \"{id}\"\ndialect = \"nrl\"\npath = \"/{id}\"\nspine_asid = \"999999999999\"\n")
        };
        let text: String = ids.iter().map(exchange).collect();
        let other = "[[exchange]]\nid = \"net\"\ndialect = \"netsmart\"\npath = \"/net\"\n";
        Config::parse(&format!("{text}{other}"), "test.toml").expect("it is usable")
    }

    #[track_caller]
    fn check(ids: &[&str], wanted: Option<&str>, expected: Result<&str, &str>) {
        let config = config(ids);
        match (chosen(&config, wanted), expected) {
            (Ok(exchange), Ok(id)) => assert_eq!(exchange.id.get_ref().0, id),
            (Err(said), Err(part)) => assert!(said.contains(part), "{said}"),
            (found, _) => panic!("{:?}", found.map(|exchange| &exchange.id)),
        }
    }

    #[test]
    fn only_record_locators_are_meant() {
        check(&[], None, Err("no record locator"));
        check(&["nrl"], Some("net"), Err("no record locator `net`: there is nrl"));
        check(&["nrl", "test"], None, Err("--exchange: nrl, test"));
    }

    #[test]
    fn the_only_one_needs_no_name() {
        check(&["nrl"], None, Ok("nrl"));
        check(&["nrl", "test"], Some("test"), Ok("test"));
    }
}
