//! Access tokens: opaque, 256 bits of chance, remembered by their hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// How long a token of a backend client is good. Source: SMART App Launch 2.2, Backend Services (at most 300 seconds).
pub const TOKEN_SECS: i64 = 300;

/// How long a token is good that an app has for a user. The shorter, the less a stolen one is worth, and a refresh token gives
/// the next one. Source: SMART App Launch 2.2, "Obtain access token" (at most one hour).
pub const USER_TOKEN_SECS: i64 = 900;

/// The text of a token made of 256 bits of chance.
#[must_use]
pub fn token_text(chance: [u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(chance)
}

/// What is remembered of a token's text: its SHA-256.
#[must_use]
pub fn token_hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{token_hash, token_text};

    #[test]
    fn a_token_is_43_characters_that_need_no_escaping() {
        let text = token_text([0xFB; 32]);
        assert_eq!(text.len(), 43);
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'), "{text}");
    }

    #[test]
    fn two_tokens_have_two_hashes() {
        assert_ne!(token_hash(&token_text([1; 32])), token_hash(&token_text([2; 32])));
    }
}
