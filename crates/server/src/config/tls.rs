//! `[server.tls]` and `[egress]`: certificates and keys in files.

use serde::Deserialize;
use toml::Spanned;

/// `[server.tls]`: with it the listener speaks TLS only. Files are PEM, read from where the program was started.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTls {
    /// The server's certificate and those between it and its authority.
    pub cert: String,
    /// Its private key.
    pub key: String,
    /// Authorities of clients' certificates.
    pub client_ca: Option<String>,
    /// Whether a client must show one; only with `client_ca`.
    pub client_cert: Option<Spanned<ClientCert>>,
}

impl ServerTls {
    /// What is asked of clients where there are authorities for them.
    #[must_use]
    pub fn client_cert(&self) -> ClientCert {
        self.client_cert.as_ref().map_or(ClientCert::Required, |wanted| *wanted.get_ref())
    }
}

/// Whether a client must show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ClientCert {
    /// Every client must.
    Required,
    /// It may; whoever is bound to one is refused without it.
    Optional,
}

/// `[egress]`: calls to other systems.
#[derive(Clone, Debug, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EgressTable {
    /// A file with authorities that are trusted besides the public ones.
    pub extra_roots: Option<String>,
}
