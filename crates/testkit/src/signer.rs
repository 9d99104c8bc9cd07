//! Keys that tests sign tokens with.

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{self, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto::sign, jwk::Jwk};
use serde_json::{Value, json};

/// A private key. It is called by its variable's name in its set.
pub struct Signer {
    /// Its name in its set.
    pub kid: &'static str,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// The key.
    pub key: EncodingKey,
}

/// The key of [`RSA`] in the form of PKCS #8.
pub static RSA_PKCS8: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pair = rsa::KeyPair::generate(KeySize::Rsa2048).expect("chance");
    AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).expect("a key").as_ref().to_vec()
});

/// RSA, for RS384.
pub static RSA: LazyLock<Signer> = LazyLock::new(|| {
    // the key itself stands behind 26 bytes that say what kind of key it is
    Signer { kid: "rsa", algorithm: Algorithm::RS384, key: EncodingKey::from_rsa_der(&RSA_PKCS8[26..]) }
});

/// P-384, for ES384.
pub static EC: LazyLock<Signer> = LazyLock::new(|| elliptic("ec", &ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::ES384));

/// Another of the same kind.
pub static OTHER: LazyLock<Signer> =
    LazyLock::new(|| elliptic("other", &ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::ES384));

/// P-256, for ES256.
pub static P256: LazyLock<Signer> =
    LazyLock::new(|| elliptic("p256", &ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::ES256));

fn elliptic(kid: &'static str, curve: &'static EcdsaSigningAlgorithm, algorithm: Algorithm) -> Signer {
    let pair = EcdsaKeyPair::generate(curve).expect("chance");
    let der = pair.to_pkcs8v1().expect("a key");
    Signer { kid, algorithm, key: EncodingKey::from_ec_der(der.as_ref()) }
}

impl Signer {
    /// The public part.
    pub fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).expect("a key");
        let mut jwk = serde_json::to_value(jwk).expect("JSON");
        jwk["kid"] = json!(self.kid);
        jwk
    }

    /// A token with exactly this text as header and claims.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = sign(signed.as_bytes(), &self.key, self.algorithm).expect("a signature");
        format!("{signed}.{signature}")
    }
}
