//! The plain tables of the configuration, with their defaults.

use std::{net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use serde::Deserialize;
use toml::Spanned;

use super::{Delay, HttpUrl, Listen, OdsCode, Part, PublicUrl, ServerTls, StoreUrl};
use crate::query::OfficerKey;

/// `[server]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port; port 0 takes any free port.
    pub listen: Listen,
    /// What partners call this server; without it, the address that it listens on.
    pub public_url: Option<PublicUrl>,
    /// Certificates; with them, HTTPS.
    pub tls: Option<ServerTls>,
    /// What is served there besides exchanges; without it, what no other listener serves.
    pub serves: Option<Vec<Part>>,
    /// Addresses of proxies that are believed about whom they call for (`X-Forwarded-For`).
    pub proxies: Vec<IpAddr>,
}

impl Default for Server {
    fn default() -> Server {
        let listen = Listen("127.0.0.1:8080".to_owned());
        Server { listen, public_url: None, tls: None, serves: None, proxies: Vec::new() }
    }
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// Which store, and where it is.
    pub url: StoreUrl,
    /// Its key file; without it, the one that goes with the URL.
    pub keys: Option<PathBuf>,
}

impl Store {
    /// Where its key file is, or will be when a key is needed.
    pub fn key_file(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| baton_store::default_keys(&self.url.0))
    }

    /// Opens it.
    ///
    /// # Errors
    /// As of [`baton_store::open_with_keys`].
    pub async fn open(&self) -> Result<Arc<dyn baton_store::Store>, baton_store::StoreError> {
        baton_store::open_with_keys(&self.url.0, &self.key_file()).await
    }
}

impl Default for Store {
    fn default() -> Store {
        Store { url: StoreUrl("sqlite:baton.db".to_owned()), keys: None }
    }
}

/// `[audit]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// The file of the key that signs checkpoints; without it, the store's key file with `.audit` behind its name.
    pub key_file: Option<PathBuf>,
    /// A file to which checkpoints are added, on a disk of somebody else.
    pub witness_file: Option<PathBuf>,
    /// Where checkpoints are posted to, at somebody else's.
    pub witness_url: Option<Spanned<HttpUrl>>,
    /// How often the witness is told at most.
    pub witness_every: Delay,
    /// What is kept of queries; their shape, when nothing is said.
    pub queries: Option<Spanned<QueriesKept>>,
    /// To whom they are sealed.
    pub officer_key: Option<Spanned<OfficerKey>>,
}

/// What is kept of the query of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueriesKept {
    /// Its shape, in which nobody is named.
    Shape,
    /// The query, too, sealed to a key that the server has not.
    Sealed,
}

impl Audit {
    /// To whom queries are sealed.
    #[must_use]
    pub fn officer(&self) -> Option<&OfficerKey> {
        match self.queries.as_ref().map(Spanned::get_ref) {
            None | Some(QueriesKept::Shape) => None,
            Some(QueriesKept::Sealed) => self.officer_key.as_ref().map(Spanned::get_ref),
        }
    }
}

impl Default for Audit {
    fn default() -> Audit {
        let witness_every = Delay(Duration::from_secs(60));
        Audit { key_file: None, witness_file: None, witness_url: None, witness_every, queries: None, officer_key: None }
    }
}

/// `[delivery]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// Whether notices may go to loopback and private ranges.
    pub allow_private_addresses: bool,
    /// How long after the first failure the second attempt comes.
    pub retry_first: Delay,
    /// The longest time between two attempts.
    pub retry_cap: Delay,
    /// When a notice is parked.
    pub give_up_after: Delay,
    /// How long one attempt may take.
    pub timeout: Delay,
    /// How long notices that were delivered are kept, for partners who catch up.
    pub keep_delivered: Delay,
}

impl Default for Delivery {
    fn default() -> Delivery {
        let secs = |secs| Delay(Duration::from_secs(secs));
        Delivery {
            allow_private_addresses: false,
            retry_first: secs(1),
            retry_cap: secs(3_600),
            give_up_after: secs(96 * 3_600),
            timeout: secs(10),
            keep_delivered: secs(720 * 3_600),
        }
    }
}

/// `[[organization]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organization {
    /// Its code in the Organisation Data Service.
    pub ods: Spanned<OdsCode>,
    /// Whether it may be the custodian of pointers.
    #[serde(default)]
    pub provider: bool,
}
