//! `[[partner]]`: one registered system.

use baton_exchange::endpoint::{Grant, Hidden};
use baton_oauth::client::SecretHash;
use serde::Deserialize;
use toml::Spanned;

use super::{BaseUrl, ClientKeyFile, HashedSecret, HttpUrl, Id, KeysInPlace, OdsCode, Scope, Secret, WebOrigin};
use crate::{delivery::SigningKey, tls::CertificateFingerprint};

/// One registered system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Its name in logs, keys and other tables.
    pub id: Spanned<Id>,
    /// Its name for people.
    pub name: String,
    /// The exchanges that it may use.
    pub exchanges: Vec<Spanned<Id>>,
    /// Whether it is kept out for now: it gets no tokens, and is not called.
    #[serde(default)]
    pub disabled: bool,
    /// Its OAuth client id; without it, `id`.
    pub client_id: Option<Spanned<String>>,
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
    /// Certificates of which it must show one.
    #[serde(default)]
    pub certificates: Vec<CertificateFingerprint>,
    /// Where pages come from that may ask for it from within a browser.
    #[serde(default)]
    pub origins: Vec<WebOrigin>,
    /// What its tokens may hold.
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// Whether it is this program itself: `baton send` sends in its name, and referrals that name no target are its own.
    #[serde(default)]
    pub own: bool,
    /// What it does.
    #[serde(default)]
    pub roles: Vec<Role>,
    /// ontario: which edition it speaks.
    pub version: Option<Version>,
    /// ontario: which shape of reply it gets.
    pub reply: Option<ReplyShape>,
    /// ontario: what it hears of a message whose referral is not there.
    #[serde(default)]
    pub orphans: Orphans,
    /// nrl: the number of its system.
    pub asid: Option<Spanned<Id>>,
    /// nrl: the organisation that it acts for.
    pub ods: Option<Spanned<OdsCode>>,
    /// nrl: where its records may be fetched.
    #[serde(default)]
    pub endpoints: Vec<BaseUrl>,
    /// Where it wants to be told.
    pub notify: Option<Notify>,
}

impl Partner {
    /// Its OAuth client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.client_id.as_ref().map_or(&self.id.get_ref().0, |client_id| client_id.get_ref())
    }

    /// Its OAuth client secret, and the one that it had before.
    pub fn secrets(&self) -> impl Iterator<Item = SecretHash> {
        let plain = |secret: &Option<Secret>| secret.as_ref().map(|secret| SecretHash::of(&secret.0));
        let hashed = |secret: &Option<HashedSecret>| secret.as_ref().map(|secret| secret.0);
        let new = plain(&self.client_secret).or(hashed(&self.client_secret_sha256));
        let old = plain(&self.old_client_secret).or(hashed(&self.old_client_secret_sha256));
        [new, old].into_iter().flatten()
    }

    /// Whether it authenticates with keys.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.jwks.is_some() || self.jwks_file.is_some() || self.jwks_url.is_some()
    }
}

/// What a partner does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// ontario: it refers.
    Source,
    /// ontario: it is referred to.
    Target,
    /// ontario: it listens.
    ThirdParty,
    /// nrl: it makes pointers.
    Provider,
    /// nrl: it reads them.
    Consumer,
}

/// Editions of the Ontario guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Version {
    /// 0.10
    #[serde(rename = "0.10")]
    V010,
    /// 0.11 and 0.12
    #[serde(rename = "0.11")]
    V011,
    /// CA:eReC
    #[serde(rename = "erec")]
    Erec,
}

/// Shapes of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyShape {
    /// The Bundle again.
    Echo,
    /// A response message.
    Message,
    /// An OperationOutcome.
    Outcome,
    /// The HTTP status alone.
    Status,
}

/// What a partner hears of a message whose referral is not there. It is kept in both cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Orphans {
    /// 404: it may try again.
    #[default]
    Refuse,
    /// 202: it is put into effect when the referral comes.
    Accept,
}

/// Where a partner wants to be told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// The address.
    pub url: HttpUrl,
    /// Codes of events, or `*`.
    #[serde(default = "all_events")]
    pub events: Vec<String>,
    /// A bearer token to show there.
    pub token: Option<Secret>,
    /// How tokens to show there are fetched; instead of `token`.
    pub oauth: Option<Oauth>,
    /// The key that notices are signed with, as Standard Webhooks has it.
    pub secret: Option<SigningKey>,
}

/// How tokens of a partner are fetched: OAuth 2 `client_credentials` with `client_secret_basic`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oauth {
    /// The partner's token endpoint.
    pub token_url: HttpUrl,
    /// What Baton is called there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Secret,
    /// What the token is to cover.
    pub scope: Option<String>,
}

impl Oauth {
    /// As delivery takes it.
    #[must_use]
    pub fn grant(&self) -> Grant {
        Grant {
            token_url: self.token_url.0.clone(),
            client_id: self.client_id.clone(),
            client_secret: Hidden(self.client_secret.0.clone()),
            scope: self.scope.clone(),
        }
    }
}

fn all_events() -> Vec<String> {
    vec!["*".to_owned()]
}
