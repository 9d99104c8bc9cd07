//! Our own keys: what we sign with, and what we publish of them.
//! Source: RFC 7517; RFC 7638 (names of keys); OpenID Connect Core 1.0, section 10.1.1 (how keys are changed).

use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::sign,
    jwk::{AlgorithmParameters, Jwk, ThumbprintHash},
};
use serde::Serialize;
use serde_json::{Value, json};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Smaller keys are no longer safe.
pub(crate) const MODULUS_BYTES_MIN: usize = 2048 / 8;

/// What says, before the key itself, that a PKCS #8 text holds an RSA key: `rsaEncryption` without parameters.
/// Source: RFC 5208, section 5; RFC 8017, appendix A.1.
const RSA_IN_PKCS8: [u8; 18] = [2, 1, 0, 0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 13, 1, 1, 1, 5, 0];

/// A private RSA key of ours. Prints its name only.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    key: EncodingKey,
    public: Value,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}, …)", self.kid)
    }
}

/// Why there is nothing to sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// It is no key.
    #[error("this is no private RSA key in DER, as PKCS #1 or PKCS #8 have it")]
    Unreadable,
    /// It is not safe.
    #[error("an RSA key has at least 2048 bits")]
    TooSmall,
    /// The library could not sign.
    #[error("could not sign with this key")]
    Unsigned,
}

impl SigningKey {
    /// Reads a private key. Its name is its thumbprint, so that it has the same one wherever it is read.
    ///
    /// # Errors
    /// [`SigningError`]
    pub fn from_der(der: &[u8]) -> Result<SigningKey, SigningError> {
        let key = EncodingKey::from_rsa_der(in_pkcs1(der));
        let jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).map_err(|_| SigningError::Unreadable)?;
        let AlgorithmParameters::RSA(numbers) = &jwk.algorithm else { return Err(SigningError::Unreadable) };
        let modulus = URL_SAFE_NO_PAD.decode(&numbers.n).map_err(|_| SigningError::Unreadable)?;
        if modulus.iter().skip_while(|byte| **byte == 0).count() < MODULUS_BYTES_MIN {
            return Err(SigningError::TooSmall);
        }
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| SigningError::Unreadable)?;
        let public = json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": numbers.n, "e": numbers.e});
        Ok(SigningKey { kid, key, public })
    }

    /// Its name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// A token of these claims, signed with RS256.
    ///
    /// # Errors
    /// [`SigningError::Unsigned`] when the library cannot use the key.
    pub fn sign(&self, claims: &impl Serialize) -> Result<String, SigningError> {
        let header = json!({"alg": "RS256", "typ": "JWT", "kid": self.kid});
        let claims = serde_json::to_vec(claims).map_err(|_| SigningError::Unsigned)?;
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims));
        let signature = sign(signed.as_bytes(), &self.key, Algorithm::RS256).map_err(|_| SigningError::Unsigned)?;
        Ok(format!("{signed}.{signature}"))
    }
}

/// The key itself, where something stands before it.
pub(crate) fn in_pkcs1(der: &[u8]) -> &[u8] {
    // a sequence with its length in two bytes, which it has from 2048 bits on, and the key as a text with its own length
    match der.get(4..22) {
        Some(says) if says == RSA_IN_PKCS8 => der.get(26..).unwrap_or_default(),
        _ => der,
    }
}

/// What is published, so that others can check what was signed: the keys that are used, those that will be, and those that
/// were until all that they signed has expired.
#[must_use]
pub fn published(keys: &[SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| &key.public).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::{SigningError, SigningKey, published};
    use crate::jws::KeySet;
    use baton_testkit::signer::{P256, RSA, RSA_PKCS8};
    use serde_json::json;

    fn key() -> SigningKey {
        SigningKey::from_der(RSA.key.as_bytes()).expect("a key")
    }

    #[test]
    fn what_is_no_rsa_key_is_not_read() {
        for der in [&b""[..], b"x", &[0x30; 30], &RSA.key.as_bytes()[1..], P256.key.as_bytes(), &RSA_PKCS8[..26]] {
            assert_eq!(SigningKey::from_der(der).map(|_| ()), Err(SigningError::Unreadable));
        }
    }

    #[test]
    fn a_key_has_the_same_name_in_both_forms() {
        let other = SigningKey::from_der(&RSA_PKCS8).expect("a key");
        assert_eq!((other.kid(), other.kid().len()), (key().kid(), 43));
    }

    #[test]
    fn what_is_published_checks_what_was_signed_and_holds_no_secret() {
        let set = published(&[key()]);
        let token = key().sign(&json!({"a": 1})).expect("a token");
        assert!(KeySet::read(&set.to_string()).expect("good keys").verify(&token));
        let members: Vec<_> = set["keys"][0].as_object().expect("a key").keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    }

    #[test]
    fn debug_output_hides_the_key() {
        assert_eq!(format!("{:?}", key()), format!("SigningKey({}, …)", key().kid()));
    }
}
