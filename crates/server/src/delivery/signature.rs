//! Signed notices. Source: Standard Webhooks 1.0, "Signature scheme", symmetric.

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_exchange::{id::NoticeId, time::Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How many bytes a key has.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// What secrets of this kind begin with, so that they are known when they are found where they should not be.
const PREFIX: &str = "whsec_";

/// A key that one partner and Baton share. Prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads `whsec_` and base64.
    ///
    /// # Errors
    /// A sentence that does not repeat the text.
    pub fn read(text: &str) -> Result<SigningKey, String> {
        let wrong = || "this is no signing secret: \"whsec_\" and 24 to 64 random bytes in base64".to_owned();
        let key = BASE64_STANDARD.decode(text.strip_prefix(PREFIX).ok_or_else(wrong)?).map_err(|_| wrong())?;
        if KEY_BYTES.contains(&key.len()) { Ok(SigningKey(key)) } else { Err(wrong()) }
    }
}

/// A new secret of 32 random bytes, as its partner gets it.
#[must_use]
pub fn new_secret(random: [u8; 32]) -> String {
    format!("{PREFIX}{}", BASE64_STANDARD.encode(random))
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// What one key adds to the header `webhook-signature` of an attempt.
#[must_use]
pub fn sign(key: &SigningKey, notice: NoticeId, attempted: Timestamp, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes keys of any length");
    mac.update(format!("{notice}.{}.", attempted.secs()).as_bytes());
    mac.update(body);
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::{NoticeId, SigningKey, Timestamp, new_secret, sign};

    /// Made by `openssl dgst -sha256 -mac HMAC`.
    /// Threat: T98
    #[test]
    fn a_signature_is_the_one_that_others_compute() {
        let key = SigningKey::read("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz").unwrap();
        let notice = NoticeId([0x11; 16]);
        let signed = sign(&key, notice, Timestamp(1_768_487_400_000_000), b"{\"resourceType\":\"Bundle\"}");
        assert_eq!(signed, "v1,qiKNUppcTJ+jiwDul26xHKcAYS8mi0FDnqCAQJFZqjA=");
    }

    #[test]
    fn a_new_secret_can_be_read() {
        assert!(SigningKey::read(&new_secret([7; 32])).is_ok());
    }

    #[test]
    fn a_secret_has_its_prefix_and_enough_bytes() {
        for wrong in ["", "whsec_", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz", "whsec_MDEyMw==", "whsec_§"] {
            let error = SigningKey::read(wrong).unwrap_err();
            assert!(error.contains("whsec_") && !error.contains("MDEy"), "{error}");
        }
        assert_eq!(format!("{:?}", SigningKey::read(&format!("whsec_{}", "A".repeat(32)))), "Ok(…)");
    }
}
