//! The tree over the audit, where an operator's commands find it: its store, its key, its newest checkpoint.

use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use baton_exchange::audit::Flaw;
use baton_store::{Store, StoreError};

use crate::{
    config::{Config, ConfigError},
    tree::{KeyFault, NoteFault, Signer, Verifier},
};

/// Which audit.
#[derive(Clone, Debug, clap::Args)]
pub struct At {
    /// The configuration of the server, a TOML file: it names the store and the key
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
}

/// Why nothing can be said of the tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The configuration is unusable.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no store to ask.
    #[error("there is no store at {0} yet: a server makes it; a path starts at the current folder")]
    NoStore(String),
    /// The store cannot be asked.
    #[error("cannot use the store")]
    Store(#[from] StoreError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// There is no key that opens queries.
    #[error(transparent)]
    Opening(#[from] crate::query::KeyFault),
    /// A line that was listed cannot be read.
    #[error("line {1} of {0} is none that `baton audit list --format json` prints")]
    Listed(String, usize),
    /// The text of a public key is none.
    #[error("--key is no public key: `baton audit key` prints it")]
    PublicKey,
    /// A file cannot be read.
    #[error("cannot read {0}")]
    Read(String, #[source] std::io::Error),
    /// The checkpoint of what is lost cannot be kept.
    #[error("cannot keep what was signed in {0}")]
    Move(String, #[source] std::io::Error),
    /// A saved checkpoint does not count.
    #[error("{0}: {1}")]
    Saved(String, NoteFault),
    /// A proof is none.
    #[error("{0} is no proof: `baton audit proof` makes one")]
    NoProof(String),
    /// Neither a store nor a proof is named.
    #[error("say what to verify: --config FILE, or --proof FILE with --key")]
    Nothing,
    /// The answer cannot be written.
    #[error("cannot write the answer")]
    Write(#[from] std::io::Error),
}

/// A store, and the key that its tree is checked with.
pub(super) struct Opened {
    pub(super) store: Arc<dyn Store>,
    pub(super) verifier: Verifier,
}

impl Opened {
    /// What a configuration names. An auditor brings the key, since the one in the key file says nothing to others.
    pub(super) async fn of(config: &Path, key: Option<&str>) -> Result<Opened, TreeError> {
        let config = Config::load(config)?;
        let store = opened(&config).await?;
        let verifier = match key {
            Some(key) => verifier(key)?,
            None => Signer::open(&config.audit_key_file())?.verifier().clone(),
        };
        Ok(Opened { store, verifier })
    }
}

/// Reads a public key.
pub(super) fn verifier(key: &str) -> Result<Verifier, TreeError> {
    Verifier::parse(key.trim()).ok_or(TreeError::PublicKey)
}

/// What is wrong, for people.
pub(super) fn told(flaw: &Flaw) -> String {
    match flaw {
        Flaw::LineMissing { number } => format!("line {number} is missing"),
        Flaw::LineChanged { number } => format!("line {number} was changed after it came into the tree"),
        Flaw::LeafMissing { number } => format!("the tree has nothing of line {number}, although more was signed"),
        Flaw::LeafChanged { number } => format!("what the tree has of line {number} was changed"),
        Flaw::TreeChanged { first, last } => {
            format!("lines {first} to {last} are not those that were signed: one of them or several are others")
        }
        Flaw::Truncated { sure, first, last } => {
            let text = format!("lines {first} to {last} were signed and are gone");
            if sure + 1 == *first { text } else { format!("{text}; lines {} to {} may be others", sure + 1, first - 1) }
        }
    }
}

/// The store of a configuration, which is not made here.
pub(super) async fn opened(config: &Config) -> Result<Arc<dyn Store>, TreeError> {
    if let Some(path) = config.store.url.0.strip_prefix("sqlite:")
        && !Path::new(path).exists()
    {
        return Err(TreeError::NoStore(path.to_owned()));
    }
    Ok(config.store.open().await?)
}

/// Prints the newest checkpoint.
pub(super) async fn checkpoint(at: &At) -> Result<ExitCode, TreeError> {
    let opened = Opened::of(&at.config, None).await?;
    let Some(checkpoint) = opened.store.tree().await? else {
        eprintln!("baton audit checkpoint: there is none yet: a server signs the first one when there is a line");
        return Ok(ExitCode::FAILURE);
    };
    stdout().write_all(checkpoint.note.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the public key.
pub(super) async fn key(at: &At) -> Result<ExitCode, TreeError> {
    let config = Config::load(&at.config)?;
    println!("{}", Signer::open(&config.audit_key_file())?.verifier());
    Ok(ExitCode::SUCCESS)
}
