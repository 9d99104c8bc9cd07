//! Signatures of tokens that others made, checked with keys that the operator gave or that a client publishes.
//! Source: RFC 7515 (JWS), RFC 7517 (JWK), RFC 8725 (best practices).

mod compact;
mod key;

use jsonwebtoken::{Algorithm, decode_header};
use serde_json::Value;

use crate::json;
pub(crate) use compact::{Compact, NotCompact};
pub(crate) use key::Key;

/// Public keys. The keys of one set are those of one sender or of one service.
#[derive(Clone, Default)]
pub struct KeySet(Vec<Key>);

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "KeySet({} keys)", self.0.len())
    }
}

/// Why a text is no set of keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// It is no JSON Web Key Set.
    #[error("this is no JSON Web Key Set: {0}")]
    Unreadable(String),
    /// A key cannot be used.
    #[error("key {number} of the set cannot be used: {reason}")]
    Unusable {
        /// Which one, from 1.
        number: usize,
        /// Why.
        reason: String,
    },
    /// There is no key in it.
    #[error("there is no key in the set")]
    Empty,
}

/// Why no key of a set is the one that a token names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOne {
    /// No key has that name and that type, or it is not good for that algorithm.
    None,
    /// More than one has.
    Many,
}

impl KeySet {
    /// Reads a set that the operator wrote: each of its keys must be good, so that a slip is heard of at once.
    /// Only RSA and elliptic-curve keys are: who knows a symmetric key can sign, too.
    ///
    /// # Errors
    /// [`KeySetError`] says which key is wrong, and why.
    pub fn read(text: &str) -> Result<KeySet, KeySetError> {
        let usable = |(at, jwk)| Key::read(jwk).map_err(|reason| KeySetError::Unusable { number: at + 1, reason });
        let keys = listed(text)?.iter().enumerate().map(usable).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeySetError::Empty) } else { Ok(KeySet(keys)) }
    }

    /// Reads a set that the operator wrote for a client that authenticates with it: each of its keys must be one that an assertion
    /// can name and be signed with. Source: SMART App Launch 2.2, "Client Authentication: Asymmetric".
    ///
    /// # Errors
    /// As [`KeySet::read`].
    pub fn of_client(text: &str) -> Result<KeySet, KeySetError> {
        let set = KeySet::read(text)?;
        for (at, key) in set.0.iter().enumerate() {
            set.unusable(at, key)
                .map_or(Ok(()), |reason| Err(KeySetError::Unusable { number: at + 1, reason: reason.to_owned() }))?;
        }
        Ok(set)
    }

    /// Why no assertion could be signed with a key.
    fn unusable(&self, at: usize, key: &Key) -> Option<&'static str> {
        let Some(kid) = key.id.as_deref().filter(|kid| !kid.is_empty()) else {
            return Some("it has no kid, by which an assertion names it");
        };
        if ![Algorithm::RS384, Algorithm::ES384].iter().any(|one| key.algorithms.contains(one)) {
            return Some(
                "assertions are signed with RS384 (RSA) or ES384 (EC, P-384), and it is for another algorithm",
            );
        }
        let is_twin = |other: &Key| other.id.as_deref() == Some(kid) && other.family() == key.family();
        self.0[..at]
            .iter()
            .any(is_twin)
            .then_some("another key of the same type has its kid: one of them has to have another")
    }

    /// Reads a set that somebody else publishes: keys for other purposes and of other kinds stand in it rightly, and are
    /// left out. It may be empty: so does a client take back its last key. Source: RFC 7517, section 5.
    ///
    /// # Errors
    /// [`KeySetError::Unreadable`] when it is no set.
    pub fn published(text: &str) -> Result<KeySet, KeySetError> {
        Ok(KeySet(listed(text)?.iter().filter_map(|jwk| Key::read(jwk).ok()).collect()))
    }

    /// Whether there is no key in it that could check anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a compact token is signed with one of the keys. Where the token names a key, only that one counts.
    #[must_use]
    pub fn verify(&self, token: &str) -> bool {
        let Ok(header) = decode_header(token) else { return false };
        let Some((message, signature)) = token.rsplit_once('.') else { return false };
        let named = |key: &&Key| header.kid.is_none() || key.id == header.kid;
        let fitting = self.0.iter().filter(named).filter(|key| key.algorithms.contains(&header.alg));
        fitting.into_iter().any(|key| key.signed(message, signature, header.alg))
    }

    /// Whether a key of that name is there at all: where not, a published set may be worth another look.
    #[must_use]
    pub fn names(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.id.as_deref() == Some(kid))
    }

    /// The one key of that name and of the type that the algorithm needs.
    /// Source: SMART App Launch 2.2, "Client Authentication: Asymmetric" (exactly one key, or the client is refused).
    pub(crate) fn only(&self, kid: &str, algorithm: Algorithm) -> Result<&Key, NotOne> {
        let fits = |key: &&Key| key.id.as_deref() == Some(kid) && key.family() == algorithm.family();
        let mut fitting = self.0.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) if key.algorithms.contains(&algorithm) => Ok(key),
            (Some(_), Some(_)) => Err(NotOne::Many),
            (Some(_) | None, _) => Err(NotOne::None),
        }
    }
}

/// The keys of a text, not read yet.
fn listed(text: &str) -> Result<Vec<Value>, KeySetError> {
    let unreadable = |reason: &str| KeySetError::Unreadable(reason.to_owned());
    let mut set = json::object(text.as_bytes())
        .ok_or_else(|| unreadable("it is not one JSON object in which each member stands once"))?;
    match set.remove("keys") {
        Some(Value::Array(keys)) => Ok(keys),
        _ => Err(unreadable("it has no list of keys")),
    }
}

#[cfg(test)]
mod tests;
