//! TLS of the listener: handshakes within their time, and certificates that can be changed while it runs.

use std::{
    io,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        Error as TlsError, ServerConfig,
        server::{WebPkiClientVerifier, danger::ClientCertVerifier},
    },
};

use super::{
    ALPN, CertificateFingerprint, Wire,
    files::{Named, TlsFileError, authorities},
    provider,
};
use crate::config::{ClientCert, ServerTls};

/// How long a handshake may take.
pub(crate) const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// Why a connection never became one.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// It took too long.
    #[error("the handshake took more than {0:?}")]
    Timeout(Duration),
    /// The client speaks something else, or its certificate is not accepted.
    #[error("the handshake failed")]
    Failed(#[source] io::Error),
}

/// TLS as the configuration wants it.
pub struct ListenerTls {
    /// What errors call the table.
    table: String,
    files: ServerTls,
    current: RwLock<Arc<ServerConfig>>,
}

impl ListenerTls {
    /// Reads the files that `[server.tls]` names.
    ///
    /// # Errors
    /// [`TlsFileError`] for the first that is of no use.
    pub fn open(files: &ServerTls) -> Result<ListenerTls, TlsFileError> {
        ListenerTls::open_of("server.tls", files)
    }

    /// Reads the files that another table names.
    ///
    /// # Errors
    /// As [`ListenerTls::open`], with the key under the name of the table.
    pub fn open_of(table: &str, files: &ServerTls) -> Result<ListenerTls, TlsFileError> {
        let current = RwLock::new(Arc::new(read(table, files)?));
        Ok(ListenerTls { table: table.to_owned(), files: files.clone(), current })
    }

    /// What the configuration calls the table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Reads the files again, for the handshakes from now on. Connections stay as they are.
    ///
    /// # Errors
    /// [`TlsFileError`] when one is of no use; then all stays as it was.
    pub fn reload(&self) -> Result<(), TlsFileError> {
        // sessions are remembered in the configuration: a client whose authority was taken out cannot resume one
        let config = Arc::new(read(&self.table, &self.files)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
        Ok(())
    }

    /// Takes a new connection through its handshake; gives the certificate that the client showed.
    ///
    /// # Errors
    /// [`HandshakeError`] when it fails or takes too long.
    pub async fn shake(&self, stream: TcpStream) -> Result<(Wire, Option<CertificateFingerprint>), HandshakeError> {
        let config = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match timeout(HANDSHAKE_TIME, TlsAcceptor::from(config).accept(stream)).await {
            Err(_) => Err(HandshakeError::Timeout(HANDSHAKE_TIME)),
            Ok(Err(error)) => Err(HandshakeError::Failed(error)),
            Ok(Ok(stream)) => {
                let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                let peer = shown.map(|certificate| CertificateFingerprint::of(certificate));
                Ok((Wire::Tls(Box::new(stream.into())), peer))
            }
        }
    }
}

fn read(table: &str, files: &ServerTls) -> Result<ServerConfig, TlsFileError> {
    let [cert, key, client_ca] = ["cert", "key", "client_ca"].map(|key| format!("{table}.{key}"));
    let (cert, key) = (Named { key: &cert, file: &files.cert }, Named { key: &key, file: &files.key });
    let (chain, private_key) = (cert.certificates()?, key.private_key()?);
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| cert.error(error.to_string()))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(file) => builder.with_client_cert_verifier(clients(Named { key: &client_ca, file }, files.client_cert())?),
    };
    let mut config = builder.with_single_cert(chain, private_key).map_err(|error| match error {
        TlsError::InconsistentKeys(_) => key.error(format!("it is not the key of the certificate in {}", files.cert)),
        TlsError::InvalidCertificate(_) => cert.error(format!("its first certificate is of no use: {error}")),
        error => key.error(format!("it is of no use: {error}")),
    })?;
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(config)
}

/// Who decides on certificates of clients.
fn clients(authority: Named<'_>, wanted: ClientCert) -> Result<Arc<dyn ClientCertVerifier>, TlsFileError> {
    let roots = Arc::new(authorities(authority.key, authority.file)?);
    let builder = WebPkiClientVerifier::builder_with_provider(roots, provider());
    let builder = match wanted {
        ClientCert::Required => builder,
        ClientCert::Optional => builder.allow_unauthenticated(),
    };
    builder.build().map_err(|error| authority.error(error.to_string()))
}
