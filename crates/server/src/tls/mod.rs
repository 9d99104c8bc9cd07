//! TLS: the certificates of this server and of its clients, and the stream that HTTP runs on.

mod certificate;
mod files;
mod listener;
mod wire;

use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};

pub use certificate::{CertificateFingerprint, Shown, certificate_is_of};
pub use files::{TlsFileError, authorities};
#[cfg(test)]
pub(crate) use listener::HANDSHAKE_TIME;
pub use listener::{HandshakeError, ListenerTls};
pub use wire::Wire;

/// What HTTP/1.1 is called in TLS.
pub(crate) const ALPN: &[u8] = b"http/1.1";

/// The cryptography of every connection. It is named here and nowhere installed, so that a library that brings another
/// cannot change what ours use.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}
