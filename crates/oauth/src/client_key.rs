//! A private key as a client has it that authenticates with keys: what it publishes, and the assertions that it signs.
//! Source: SMART App Launch 2.2, "Client Authentication: Asymmetric"; RFC 7517 and RFC 7638 (public keys and their names).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, EncodingKey,
    crypto::sign,
    jwk::{AlgorithmParameters, Jwk, ThumbprintHash},
};
use serde_json::{Value, json};

use crate::signing::{MODULUS_BYTES_MIN, in_pkcs1};

/// A private key for ES384 or RS384. Prints its name only.
#[derive(Clone)]
pub struct ClientKey {
    kid: String,
    algorithm: Algorithm,
    key: EncodingKey,
    public: Value,
}

impl std::fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ClientKey({}, …)", self.kid)
    }
}

/// Why a key is of no use for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientKeyError {
    /// It is no key, or one of another kind, or too small to be safe.
    #[error("this is no private key for ES384 (P-384) or RS384 (RSA from 2048 bits) in PKCS #8")]
    Unreadable,
    /// The library could not sign.
    #[error("could not sign with this key")]
    Unsigned,
}

/// What an assertion says.
#[derive(Clone, Copy, Debug)]
pub struct Claims<'c> {
    /// The client.
    pub client_id: &'c str,
    /// For whom it is: a server's issuer or its token endpoint.
    pub audience: &'c str,
    /// Its number, which nobody uses twice.
    pub jti: &'c str,
    /// When it is made, in seconds since 1970.
    pub now: i64,
    /// How long it is good, in seconds.
    pub secs: u16,
}

impl ClientKey {
    /// Reads a private key in PKCS #8. Its name is its thumbprint, so that it has the same one wherever it is read.
    ///
    /// # Errors
    /// [`ClientKeyError`]
    pub fn from_pkcs8(der: &[u8]) -> Result<ClientKey, ClientKeyError> {
        let rsa = in_pkcs1(der);
        let (algorithm, key) = match rsa.len() < der.len() {
            true => (Algorithm::RS384, EncodingKey::from_rsa_der(rsa)),
            false => (Algorithm::ES384, EncodingKey::from_ec_der(der)),
        };
        let jwk = Jwk::from_encoding_key(&key, algorithm).map_err(|_| ClientKeyError::Unreadable)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(|_| ClientKeyError::Unreadable)?;
        let mut public = match &jwk.algorithm {
            AlgorithmParameters::EllipticCurve(point) => json!({"crv": "P-384", "x": point.x, "y": point.y}),
            AlgorithmParameters::RSA(numbers) => {
                let modulus = URL_SAFE_NO_PAD.decode(&numbers.n).map_err(|_| ClientKeyError::Unreadable)?;
                if modulus.iter().skip_while(|byte| **byte == 0).count() < MODULUS_BYTES_MIN {
                    return Err(ClientKeyError::Unreadable);
                }
                json!({"n": numbers.n, "e": numbers.e})
            }
            _ => return Err(ClientKeyError::Unreadable),
        };
        public["kty"] = json!(if algorithm == Algorithm::RS384 { "RSA" } else { "EC" });
        public["kid"] = json!(kid);
        public["use"] = json!("sig");
        public["alg"] = json!(format!("{algorithm:?}"));
        Ok(ClientKey { kid, algorithm, key, public })
    }

    /// Its name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// What is published of it, as a set of one key.
    #[must_use]
    pub fn published(&self) -> Value {
        json!({ "keys": [self.public] })
    }

    /// An assertion, as it is shown at a token endpoint.
    ///
    /// # Errors
    /// [`ClientKeyError::Unsigned`] when the library cannot use the key.
    pub fn assertion(&self, claims: &Claims<'_>) -> Result<String, ClientKeyError> {
        let header = json!({"alg": format!("{:?}", self.algorithm), "typ": "JWT", "kid": self.kid});
        let Claims { client_id, audience, jti, now, secs } = claims;
        let expires = now.saturating_add(i64::from(*secs));
        let claims =
            json!({"iss": client_id, "sub": client_id, "aud": audience, "jti": jti, "iat": now, "exp": expires});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let signature = sign(signed.as_bytes(), &self.key, self.algorithm).map_err(|_| ClientKeyError::Unsigned)?;
        Ok(format!("{signed}.{signature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, ClientKey, ClientKeyError};
    use crate::{
        assertion::{Expected, claimed},
        jws::KeySet,
    };
    use baton_testkit::signer::{EC, P256, RSA, RSA_PKCS8};

    #[track_caller]
    fn check(der: &[u8], algorithm: &str) {
        let key = ClientKey::from_pkcs8(der).expect("a key");
        let set = KeySet::read(&key.published().to_string()).expect("good keys");
        let claims = Claims { client_id: "a", audience: "https://b/token", jti: "1", now: 100, secs: 60 };
        let claimed = claimed(&key.assertion(&claims).expect("an assertion")).expect("it is well formed");
        let expected = Expected { audiences: &["https://b/token"], key_url: None, now: 100 };
        let verified = claimed.verify(&set, &expected).expect("it is good");
        assert_eq!((verified.client_id.as_str(), verified.expires), ("a", 160));
        assert_eq!((claimed.kid(), key.published()["keys"][0]["alg"].as_str()), (key.kid(), Some(algorithm)));
        assert_eq!(key.kid().len(), 43);
    }

    #[test]
    fn what_it_signs_is_good_with_what_it_publishes() {
        check(EC.key.as_bytes(), "ES384");
        check(&RSA_PKCS8, "RS384");
    }

    #[test]
    fn other_keys_are_of_no_use() {
        for der in [&b""[..], b"x", &[0x30; 30], P256.key.as_bytes(), RSA.key.as_bytes(), &RSA_PKCS8[..26]] {
            assert_eq!(ClientKey::from_pkcs8(der).map(|_| ()), Err(ClientKeyError::Unreadable));
        }
    }

    #[test]
    fn nothing_secret_is_published_or_printed() {
        let key = ClientKey::from_pkcs8(&RSA_PKCS8).expect("a key");
        let published = key.published();
        let members: Vec<_> = published["keys"][0].as_object().expect("a key").keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(format!("{key:?}"), format!("ClientKey({}, …)", key.kid()));
    }
}
