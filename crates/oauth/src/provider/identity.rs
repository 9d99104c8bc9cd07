//! The ID token of a provider. Source: OpenID Connect Core 1.0, sections 2 and 3.1.3.7; RFC 8725.
//!
//! Stricter than OpenID: the token names its key, `iat` has to be there, and what has expired is given no grace.

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use crate::{
    assertion::SKEW_SECS,
    jws::{Compact, KeySet},
};

/// Longer tokens are not looked at.
const TOKEN_BYTES_MAX: usize = 32 * 1024;

/// The claim that says when somebody logged in.
const AUTHENTICATED: &str = "auth_time";

/// Members of a header that bring keys along, or that ask for more than is understood here.
const FORBIDDEN: [&str; 5] = ["jwk", "jku", "x5u", "x5c", "crit"];

/// An ID token of which nothing is proven.
#[derive(Clone)]
pub struct ClaimedIdentity {
    kid: String,
    algorithm: Algorithm,
    token: Compact,
}

/// It is about somebody.
impl std::fmt::Debug for ClaimedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClaimedIdentity({:?}, …)", self.algorithm)
    }
}

/// What it has to say.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The provider.
    pub issuer: &'w str,
    /// What we are called there.
    pub client_id: &'w str,
    /// What we asked with.
    pub nonce: &'w str,
    /// Since when the person has to have logged in, in seconds since 1970, where that was asked for.
    pub since: Option<i64>,
    /// Seconds since 1970.
    pub now: i64,
}

/// A person who logged in at the provider.
#[derive(Clone)]
pub struct Identity(Map<String, Value>);

/// It is somebody.
impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

/// Why an ID token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityRefusal {
    /// It is none.
    #[error("the ID token is no signed token in three parts")]
    Form,
    /// Its algorithm proves nothing, or is not known here.
    #[error("the ID token is not signed with RS256, RS384, PS256, PS384, ES256 or ES384")]
    Algorithm,
    /// Its header asks for more.
    #[error("the header of the ID token brings a key along, or has something that must be understood and is not")]
    Header,
    /// It names no key.
    #[error("the ID token does not name its key (kid)")]
    NoKeyId,
    /// The provider does not publish such a key.
    #[error("the provider publishes no key of the name and kind that the ID token has, or two of them")]
    Key,
    /// It is not signed with that key.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// It is another provider's.
    #[error("the iss of the ID token is another one")]
    Issuer,
    /// It is for somebody else.
    #[error("the aud or azp of the ID token is another client")]
    Audience,
    /// It answers another question.
    #[error("the nonce of the ID token is another one")]
    Nonce,
    /// It has expired.
    #[error("the ID token has expired, or the clocks differ")]
    Expired,
    /// It is not good yet.
    #[error("the ID token is from the future: the clocks differ")]
    FromTheFuture,
    /// It does not say when, in whole seconds.
    #[error("the ID token has no exp or iat, or one that is no whole number")]
    NoTime,
    /// It does not say who.
    #[error("the ID token has no sub")]
    NoSubject,
    /// It does not say when the person logged in, although that was asked for.
    #[error("the ID token does not say when the person logged in (auth_time), which has to be there with max_age")]
    NoLogin,
    /// The person logged in too long ago.
    #[error("the person logged in longer ago than was asked for")]
    TooLongAgo,
}

/// Reads what an ID token says of itself, so that its key can be fetched.
///
/// # Errors
/// Whatever is wrong with it for any provider.
pub fn claimed(token: &str) -> Result<ClaimedIdentity, IdentityRefusal> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(IdentityRefusal::Form);
    }
    let token = Compact::read(token).map_err(|_| IdentityRefusal::Form)?;
    let algorithm = match token.header.get("alg").and_then(Value::as_str) {
        Some("RS256") => Algorithm::RS256,
        Some("RS384") => Algorithm::RS384,
        Some("PS256") => Algorithm::PS256,
        Some("PS384") => Algorithm::PS384,
        Some("ES256") => Algorithm::ES256,
        Some("ES384") => Algorithm::ES384,
        _ => return Err(IdentityRefusal::Algorithm),
    };
    if FORBIDDEN.iter().any(|member| token.header.contains_key(*member)) {
        return Err(IdentityRefusal::Header);
    }
    let kid = token.header.get("kid").and_then(Value::as_str).filter(|kid| !kid.is_empty());
    Ok(ClaimedIdentity { kid: kid.ok_or(IdentityRefusal::NoKeyId)?.to_owned(), algorithm, token })
}

impl ClaimedIdentity {
    /// The key that it claims to be signed with.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Looks at signature and claims.
    ///
    /// # Errors
    /// Whatever is wrong with it.
    pub fn verify(self, keys: &KeySet, wanted: &Wanted<'_>) -> Result<Identity, IdentityRefusal> {
        let key = keys.only(&self.kid, self.algorithm).map_err(|_| IdentityRefusal::Key)?;
        if !key.signed(&self.token.signed, &self.token.signature, self.algorithm) {
            return Err(IdentityRefusal::Signature);
        }
        let claims = self.token.claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(wanted.issuer) {
            return Err(IdentityRefusal::Issuer);
        }
        check_audience(&claims, wanted.client_id)?;
        check_times(&claims, wanted.now)?;
        let is_ours = |nonce: &str| bool::from(nonce.as_bytes().ct_eq(wanted.nonce.as_bytes()));
        if !text("nonce").is_some_and(is_ours) {
            return Err(IdentityRefusal::Nonce);
        }
        text("sub").filter(|subject| !subject.is_empty()).ok_or(IdentityRefusal::NoSubject)?;
        if let Some(since) = wanted.since {
            check_login(&claims, since, wanted.now)?;
        }
        Ok(Identity(claims))
    }
}

/// We are the one audience; of several, the one that asked.
fn check_audience(claims: &Map<String, Value>, client_id: &str) -> Result<(), IdentityRefusal> {
    let audiences: Vec<Option<&str>> = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().map(Value::as_str).collect(),
        Some(one) => vec![one.as_str()],
        None => Vec::new(),
    };
    let party = claims.get("azp").map(Value::as_str);
    let is_asked_by_us = match party {
        Some(party) => party == Some(client_id),
        None => audiences.len() == 1,
    };
    if audiences.contains(&Some(client_id)) && is_asked_by_us { Ok(()) } else { Err(IdentityRefusal::Audience) }
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), IdentityRefusal> {
    if time(claims, "exp")?.ok_or(IdentityRefusal::NoTime)? <= now {
        return Err(IdentityRefusal::Expired);
    }
    time(claims, "iat")?.ok_or(IdentityRefusal::NoTime)?;
    for claim in ["iat", "nbf"] {
        if time(claims, claim)?.is_some_and(|time| time > now + SKEW_SECS) {
            return Err(IdentityRefusal::FromTheFuture);
        }
    }
    Ok(())
}

/// The clocks may differ a little. Source: OpenID Connect Core 1.0, section 3.1.3.7 (13).
fn check_login(claims: &Map<String, Value>, since: i64, now: i64) -> Result<(), IdentityRefusal> {
    let at = time(claims, AUTHENTICATED).map_err(|_| IdentityRefusal::NoLogin)?.ok_or(IdentityRefusal::NoLogin)?;
    if at > now + SKEW_SECS {
        return Err(IdentityRefusal::FromTheFuture);
    }
    if at < since.saturating_sub(SKEW_SECS) { Err(IdentityRefusal::TooLongAgo) } else { Ok(()) }
}

fn time(claims: &Map<String, Value>, claim: &str) -> Result<Option<i64>, IdentityRefusal> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    let secs = value.as_u64().and_then(|secs| i64::try_from(secs).ok());
    secs.map(Some).ok_or(IdentityRefusal::NoTime)
}

impl Identity {
    /// The value of a claim by which people are known here. An address counts only where the provider has verified it: who may
    /// write any address into their profile there would come in as anybody.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&str> {
        let is_verified = name != "email" || self.0.get("email_verified") == Some(&Value::Bool(true));
        self.0.get(name).and_then(Value::as_str).filter(|_| is_verified)
    }

    /// When the person logged in there, in seconds since 1970, where the provider says so.
    #[must_use]
    pub fn authenticated(&self) -> Option<i64> {
        time(&self.0, AUTHENTICATED).ok().flatten()
    }
}

#[cfg(test)]
mod tests;
