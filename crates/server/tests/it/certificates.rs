//! Authorities and certificates of the tests' own, made anew for each.

use std::{path::Path, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Somebody who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pub pem: String,
}

/// A certificate with its key, both in PEM.
pub struct Certified {
    pub pem: String,
    pub key: String,
}

impl Authority {
    pub fn new(name: &str) -> Authority {
        let key = KeyPair::generate().expect("chance");
        let mut params = params(name, Vec::new());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let pem = params.self_signed(&key).expect("parameters that fit").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a server of that name.
    pub fn server(&self, name: &str) -> Certified {
        self.sign(with_purpose(params(name, vec![name.to_owned()]), ExtendedKeyUsagePurpose::ServerAuth))
    }

    /// A certificate for a server of that name that is no longer valid.
    pub fn expired_server(&self, name: &str) -> Certified {
        let mut params = params(name, vec![name.to_owned()]);
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        self.sign(with_purpose(params, ExtendedKeyUsagePurpose::ServerAuth))
    }

    /// A certificate for a server of that name that is not valid yet.
    pub fn future_server(&self, name: &str) -> Certified {
        let mut params = params(name, vec![name.to_owned()]);
        (params.not_before, params.not_after) = (date_time_ymd(4000, 1, 1), date_time_ymd(4001, 1, 1));
        self.sign(with_purpose(params, ExtendedKeyUsagePurpose::ServerAuth))
    }

    /// A certificate for a server of that name, signed by one for a server.
    pub fn signed_by_a_server(&self, name: &str) -> Certified {
        let key = KeyPair::generate().expect("chance");
        let between = with_purpose(params(name, vec![name.to_owned()]), ExtendedKeyUsagePurpose::ServerAuth);
        let between_pem = between.signed_by(&key, &self.issuer).expect("parameters that fit").pem();
        let signed = Authority { issuer: Issuer::new(between, key), pem: String::new() }.server(name);
        Certified { pem: signed.pem + &between_pem, key: signed.key }
    }

    /// Its own certificate, as if it were a server.
    pub fn itself(&self) -> Certified {
        Certified { pem: self.pem.clone(), key: self.issuer.key().serialize_pem() }
    }

    /// A certificate for a client.
    pub fn client(&self, name: &str) -> Certified {
        self.sign(with_purpose(params(name, Vec::new()), ExtendedKeyUsagePurpose::ClientAuth))
    }

    fn sign(&self, params: CertificateParams) -> Certified {
        let key = KeyPair::generate().expect("chance");
        let pem = params.signed_by(&key, &self.issuer).expect("parameters that fit").pem();
        Certified { pem, key: key.serialize_pem() }
    }

    /// Trusts this authority alone.
    pub fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("PEM")).expect("an authority");
        roots
    }

    /// A client that trusts this authority alone, and may show a certificate.
    pub fn trusting(&self, shows: Option<&Certified>) -> ClientConfig {
        let builder = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(self.roots());
        match shows {
            None => builder.with_no_client_auth(),
            Some(shown) => builder.with_client_auth_cert(vec![shown.der()], shown.private_key()).expect("its key"),
        }
    }
}

impl Certified {
    pub fn der(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(self.pem.as_bytes()).expect("PEM")
    }

    /// Itself and those between it and its authority.
    pub fn chain(&self) -> Vec<CertificateDer<'static>> {
        CertificateDer::pem_slice_iter(self.pem.as_bytes()).map(|one| one.expect("PEM")).collect()
    }

    pub fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).expect("PEM")
    }

    /// Writes both as `server.pem` and `server.key`.
    pub fn write(&self, folder: &Path) {
        std::fs::write(folder.join("server.pem"), &self.pem).expect("the folder is ours");
        std::fs::write(folder.join("server.key"), &self.key).expect("the folder is ours");
    }
}

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn params(name: &str, names: Vec<String>) -> CertificateParams {
    let mut params = CertificateParams::new(names).expect("names");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn with_purpose(mut params: CertificateParams, purpose: ExtendedKeyUsagePurpose) -> CertificateParams {
    params.extended_key_usages = vec![purpose];
    params
}
