//! `[[app]]`: an app that people let act for them.

use baton_oauth::{client::SecretHash, redirect::RedirectUri};
use serde::Deserialize;
use toml::Spanned;

use super::{ClientKeyFile, HashedSecret, HttpUrl, Id, KeysInPlace, Scope, Secret, WebOrigin};

/// One app. Source: SMART App Launch 2.2, "Register App with EHR".
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its OAuth client id.
    pub id: Spanned<Id>,
    /// Its name for people.
    pub name: String,
    /// Whose app it is: drafts of referrals to this partner are finished in it.
    pub partner: Option<Spanned<Id>>,
    /// The exchanges at which it may be used.
    pub exchanges: Vec<Spanned<Id>>,
    /// Where its users are sent back to: compared letter by letter.
    pub redirect_uris: Vec<Redirect>,
    /// Where it is launched from here.
    pub launch_url: Option<HttpUrl>,
    /// What people may let it have.
    pub scopes: Vec<Scope>,
    /// Whether it cannot keep a secret, such as an app that is all in the browser.
    #[serde(default)]
    pub public: bool,
    /// Its OAuth client secret.
    pub client_secret: Option<Secret>,
    /// The hash of that, so that the file holds no secret.
    pub client_secret_sha256: Option<HashedSecret>,
    /// The secret that it had before, as long as it may still show it.
    pub old_client_secret: Option<Secret>,
    /// The hash of that.
    pub old_client_secret_sha256: Option<HashedSecret>,
    /// Its public keys in place.
    pub jwks: Option<KeysInPlace>,
    /// A file with its public keys.
    pub jwks_file: Option<ClientKeyFile>,
    /// Where its public keys are fetched from.
    pub jwks_url: Option<HttpUrl>,
    /// Origins whose pages may call this server for it.
    #[serde(default)]
    pub origins: Vec<WebOrigin>,
}

impl App {
    /// How it authenticates: there is to be one way.
    #[must_use]
    pub fn ways(&self) -> usize {
        let ways = [
            self.public,
            self.client_secret.is_some(),
            self.client_secret_sha256.is_some(),
            self.jwks.is_some(),
            self.jwks_file.is_some(),
            self.jwks_url.is_some(),
        ];
        ways.iter().filter(|way| **way).count()
    }

    /// Its OAuth client secret, and the one that it had before.
    pub fn secrets(&self) -> impl Iterator<Item = SecretHash> {
        let plain = |secret: &Option<Secret>| secret.as_ref().map(|secret| SecretHash::of(&secret.0));
        let hashed = |secret: &Option<HashedSecret>| secret.as_ref().map(|secret| secret.0);
        let new = plain(&self.client_secret).or(hashed(&self.client_secret_sha256));
        let old = plain(&self.old_client_secret).or(hashed(&self.old_client_secret_sha256));
        [new, old].into_iter().flatten()
    }
}

/// An address that browsers are sent back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect(pub RedirectUri);

impl<'de> Deserialize<'de> for Redirect {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refused = |why| serde::de::Error::custom(format!("`{text}` cannot be a redirect_uri: {why}"));
        RedirectUri::read(&text).map(Redirect).map_err(refused)
    }
}
