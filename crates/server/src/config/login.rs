//! `[login]`: how people log in who let apps act for them.

use std::path::Path;

use baton_oauth::{client_key::ClientKey, provider::is_issuer};
use serde::{Deserialize, de::Error};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use toml::Spanned;

use super::{Secret, WebOrigin};

/// `[login]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Login {
    /// Whether people may log in here, with a password.
    pub passwords: bool,
    /// Where else they may.
    pub oidc: Option<Oidc>,
}

impl Default for Login {
    fn default() -> Login {
        Login { passwords: true, oidc: None }
    }
}

/// An OpenID provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Its issuer, letter by letter.
    pub issuer: Spanned<Issuer>,
    /// What Baton is called there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Option<Secret>,
    /// The private key with which it authenticates there instead.
    pub key_file: Option<PrivateKeyFile>,
    /// What people call it; without it, the issuer's host.
    pub name: Option<String>,
    /// The claim by which people are known.
    #[serde(default = "subject")]
    pub account_claim: String,
    /// What is asked for.
    pub scopes: Option<Vec<String>>,
    /// Other origins at which it has its token endpoint or its keys.
    #[serde(default)]
    pub origins: Vec<WebOrigin>,
}

fn subject() -> String {
    "sub".to_owned()
}

impl Oidc {
    /// The scopes to ask for, as one text.
    #[must_use]
    pub fn scope(&self) -> String {
        match (&self.scopes, self.account_claim.as_str()) {
            (Some(scopes), _) => scopes.join(" "),
            (None, "email") => "openid email".to_owned(),
            (None, _) => "openid".to_owned(),
        }
    }
}

/// An issuer. Unlike other addresses it keeps a slash at its end: it is compared letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer(pub String);

impl<'de> Deserialize<'de> for Issuer {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let right =
            "an https address without query, as the provider's own document has it (http on this machine alone)";
        if is_issuer(&text) {
            Ok(Issuer(text))
        } else {
            Err(D::Error::custom(format!("`{text}` is no issuer: {right}")))
        }
    }
}

/// A file with a private key in PEM, read with the configuration that names it.
#[derive(Clone, Debug)]
pub struct PrivateKeyFile(pub ClientKey);

impl PrivateKeyFile {
    fn read(file: &Path) -> Result<PrivateKeyFile, String> {
        let at = |what: String| format!("{}: {what}", file.display());
        let text = std::fs::read(file).map_err(|error| at(error.to_string()))?;
        let other = "this is no private key in PEM (PKCS #8): `baton keys new` makes one";
        match PrivateKeyDer::from_pem_slice(&text) {
            Ok(PrivateKeyDer::Pkcs8(der)) => {
                let key = ClientKey::from_pkcs8(der.secret_pkcs8_der()).map_err(|error| at(error.to_string()))?;
                Ok(PrivateKeyFile(key))
            }
            Ok(_) | Err(_) => Err(at(other.to_owned())),
        }
    }
}

impl<'de> Deserialize<'de> for PrivateKeyFile {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PrivateKeyFile::read(Path::new(&String::deserialize(deserializer)?)).map_err(D::Error::custom)
    }
}
