//! Reads certificates and keys from PEM files; what is wrong with one is said with its key in the configuration.

use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};

/// Why a file of certificates or keys is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` names {file}: {reason}")]
pub struct TlsFileError {
    /// The key in the configuration.
    pub key: String,
    /// The file, as configured.
    pub file: String,
    /// What is wrong, and what would be right.
    pub reason: String,
}

/// A file, and the key that names it.
#[derive(Clone, Copy)]
pub(super) struct Named<'f> {
    pub(super) key: &'f str,
    pub(super) file: &'f str,
}

impl Named<'_> {
    pub(super) fn error(self, reason: impl Into<String>) -> TlsFileError {
        TlsFileError { key: self.key.to_owned(), file: self.file.to_owned(), reason: reason.into() }
    }

    fn read(self) -> Result<Vec<u8>, TlsFileError> {
        std::fs::read(self.file).map_err(|error| self.error(format!("it cannot be read: {error}")))
    }

    /// All certificates of the file, in its order.
    pub(super) fn certificates(self) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
        let pem = self.read()?;
        let read: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&pem).collect();
        match read {
            Ok(certificates) if certificates.is_empty() => Err(self.error("it holds no certificate in PEM")),
            Ok(certificates) => Ok(certificates),
            Err(error) => Err(self.error(format!("it is no PEM: {error}"))),
        }
    }

    /// The first private key of the file.
    pub(super) fn private_key(self) -> Result<PrivateKeyDer<'static>, TlsFileError> {
        PrivateKeyDer::from_pem_slice(&self.read()?).map_err(|error| match error {
            pem::Error::NoItemsFound => {
                self.error("it holds no private key in PEM that can be read without a password")
            }
            error => self.error(format!("it is no PEM: {error}")),
        })
    }
}

/// The certificates of authorities in a file that a key of the configuration names.
///
/// # Errors
/// [`TlsFileError`] when it cannot be read, holds none, or one that is no certificate.
pub fn authorities(key: &str, file: &str) -> Result<RootCertStore, TlsFileError> {
    let named = Named { key, file };
    let mut roots = RootCertStore::empty();
    for certificate in named.certificates()? {
        roots.add(certificate).map_err(|error| named.error(format!("it holds no usable certificate: {error}")))?;
    }
    Ok(roots)
}
