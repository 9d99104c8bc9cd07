//! Clients that authenticate with a signed assertion (`private_key_jwt`), in two steps: whose assertion it claims to be,
//! so that the keys of that client can be fetched, and whether it is theirs.
//! Source: RFC 7521, section 4.2; RFC 7523, section 3; SMART App Launch 2.2, "Client Authentication: Asymmetric".
//!
//! Stricter than SMART: the audience is one text and never a list, so that an assertion for another server cannot be
//! used here (draft-ietf-oauth-rfc7523bis); and one that has expired is not given any grace.

mod claims;
mod refusal;

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use crate::jws::{Compact, Key, KeySet};
use claims::check_claims;
pub use refusal::AssertionRefusal;

/// The one value of `client_assertion_type`. Source: RFC 7523, section 2.2.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far ahead of now an assertion may expire. Source: SMART App Launch 2.2 (at most five minutes).
pub const ASSERTION_SECS_MAX: i64 = 300;

/// How far the clock of a client may be ahead.
pub const SKEW_SECS: i64 = 30;

/// Longer assertions are not looked at.
pub const ASSERTION_BYTES_MAX: usize = 8 * 1024;

/// Names and numbers of others: ids of clients, of keys and of assertions.
const NAME_BYTES_MAX: usize = 256;

/// Members of a header that bring keys along, or that ask for more than is understood here.
/// Source: RFC 8725, sections 3.9 and 3.10; RFC 7515, section 4.1.11.
const FORBIDDEN: [&str; 4] = ["jwk", "x5u", "x5c", "crit"];

/// What an assertion says of itself. Nothing of it is proven.
#[derive(Clone)]
pub struct Claimed {
    client_id: String,
    kid: String,
    jku: Option<String>,
    algorithm: Algorithm,
    token: Compact,
}

/// What an assertion has to say to be good for us.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// Our issuer and our token endpoint.
    pub audiences: &'e [&'e str],
    /// Where the client publishes its keys; nothing when they are registered in place.
    pub key_url: Option<&'e str>,
    /// Seconds since 1970.
    pub now: i64,
}

/// A client that proved who it is, provided that nobody used this assertion before: the caller keeps client and `jti`
/// until the assertion expires, and refuses the second one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who.
    pub client_id: String,
    /// The number of the assertion, good once for each client.
    pub jti: String,
    /// When it expires, in seconds since 1970. Later it is refused for that.
    pub expires: i64,
}

impl std::fmt::Debug for Claimed {
    /// An assertion is a secret until it expires.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Claimed({}, …)", self.client_id)
    }
}

/// Reads whose an assertion claims to be.
///
/// # Errors
/// Whatever is wrong with it for any client: its form, its algorithm, its header, or that it names no client or two.
pub fn claimed(token: &str) -> Result<Claimed, AssertionRefusal> {
    if token.len() > ASSERTION_BYTES_MAX {
        return Err(AssertionRefusal::TooLong);
    }
    let token = Compact::read(token)?;
    let algorithm = match token.header.get("alg").and_then(Value::as_str) {
        Some("RS384") => Algorithm::RS384,
        Some("ES384") => Algorithm::ES384,
        _ => return Err(AssertionRefusal::Algorithm),
    };
    check_header(&token.header)?;
    let kid = name(&token.header, "kid").ok_or(AssertionRefusal::NoKeyId)?;
    let jku = match token.header.get("jku") {
        None => None,
        Some(Value::String(url)) => Some(url.clone()),
        Some(_) => return Err(AssertionRefusal::KeyUrl),
    };
    let client_id = name(&token.claims, "iss").ok_or(AssertionRefusal::NoClient)?;
    if token.claims.get("sub").and_then(Value::as_str) != Some(&client_id) {
        return Err(AssertionRefusal::TwoClients);
    }
    Ok(Claimed { client_id, kid, jku, algorithm, token })
}

fn check_header(header: &Map<String, Value>) -> Result<(), AssertionRefusal> {
    if FORBIDDEN.iter().any(|member| header.contains_key(*member)) {
        return Err(AssertionRefusal::HeaderMember);
    }
    match header.get("typ") {
        None => Ok(()),
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("JWT") => Ok(()),
        Some(_) => Err(AssertionRefusal::Type),
    }
}

/// A text that is there, not empty, not too long, and without control characters, which some stores and logs do not bear.
fn name(members: &Map<String, Value>, member: &str) -> Option<String> {
    let name = members.get(member)?.as_str()?;
    let good = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control);
    good.then(|| name.to_owned())
}

impl Claimed {
    /// The client that it claims to be of.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The key that it claims to be signed with.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Whether the address of keys that it names, if it names one, is the registered one. To be asked before keys are
    /// fetched, which are fetched from the registered address only.
    #[must_use]
    pub fn fits(&self, key_url: Option<&str>) -> bool {
        self.jku.is_none() || self.jku.as_deref() == key_url
    }

    /// Looks at signature and claims. Claims are looked at only when the signature is good, so that nobody else than the
    /// client learns what it is registered with, and it takes the same time when there is no such key.
    ///
    /// # Errors
    /// Whatever is wrong with it for this client.
    pub fn verify(&self, keys: &KeySet, expected: &Expected<'_>) -> Result<Verified, AssertionRefusal> {
        let key = keys.only(&self.kid, self.algorithm);
        let signed = match key {
            Ok(key) => self.signed_with(key),
            Err(_) => self.signed_with(&Key::of_nobody(self.algorithm)),
        };
        key?;
        if !signed {
            return Err(AssertionRefusal::Signature);
        }
        if !self.fits(expected.key_url) {
            return Err(AssertionRefusal::KeyUrl);
        }
        let (jti, expires) = check_claims(&self.token.claims, expected)?;
        Ok(Verified { client_id: self.client_id.clone(), jti, expires })
    }

    /// Refuses an assertion of a client that nobody knows, in the time that it takes to refuse one with a wrong signature.
    #[must_use]
    pub fn of_nobody(&self) -> AssertionRefusal {
        // the answer means nothing, and is kept so that the check is not left out
        let _ = std::hint::black_box(self.signed_with(&Key::of_nobody(self.algorithm)));
        AssertionRefusal::UnknownClient
    }

    fn signed_with(&self, key: &Key) -> bool {
        key.signed(&self.token.signed, &self.token.signature, self.algorithm)
    }
}

#[cfg(test)]
mod tests;
