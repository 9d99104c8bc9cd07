//! An access token as it is remembered: by its hash, never by its text.

use super::Family;
use crate::{id::PartnerId, time::Timestamp};

/// SHA-256 of an opaque access token. Prints as `…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; 32]);

impl std::fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// What a token stands for until it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The token's hash.
    pub hash: TokenHash,
    /// Whom it was given to.
    pub partner: PartnerId,
    /// Scopes that were granted.
    pub scopes: Vec<String>,
    /// The first moment at which it is no longer good.
    pub expires: Timestamp,
    /// With what it ends, if it does not end alone.
    pub family: Option<Family>,
    /// Who logged in, in which app and for what; nothing for a client that asked for itself.
    pub context: Option<Vec<u8>>,
}
