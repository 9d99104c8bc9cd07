//! Signatures of tokens that others made, checked with keys that the operator gave.
//! Source: RFC 7515 (JWS), RFC 7517 (JWK), RFC 8725 (best practices).

use jsonwebtoken::{
    Algorithm, DecodingKey,
    crypto::verify,
    decode_header,
    jwk::{AlgorithmParameters, Jwk, JwkSet},
};

/// Public keys. The keys of one set are those of one sender or of one service.
#[derive(Clone)]
pub struct KeySet(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: Option<String>,
    /// What it signs with; keys are good for one algorithm only where their set says so.
    algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

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

impl KeySet {
    /// Reads a JSON Web Key Set. Only RSA and elliptic-curve keys are good: who knows a symmetric key can sign, too.
    ///
    /// # Errors
    /// [`KeySetError`] says which key is wrong, and why.
    pub fn read(text: &str) -> Result<KeySet, KeySetError> {
        let set: JwkSet = serde_json::from_str(text).map_err(|error| KeySetError::Unreadable(error.to_string()))?;
        let keys = set
            .keys
            .iter()
            .enumerate()
            .map(|(at, jwk)| key(jwk).map_err(|reason| KeySetError::Unusable { number: at + 1, reason }));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeySetError::Empty) } else { Ok(KeySet(keys)) }
    }

    /// Whether a compact token is signed with one of the keys. Where the token names a key, only that one counts.
    #[must_use]
    pub fn verify(&self, token: &str) -> bool {
        let Ok(header) = decode_header(token) else { return false };
        let Some((message, signature)) = token.rsplit_once('.') else { return false };
        let named = |key: &&Key| header.kid.is_none() || key.id == header.kid;
        let fitting = self.0.iter().filter(named).filter(|key| key.algorithms.contains(&header.alg));
        fitting.into_iter().any(|key| verify(signature, message.as_bytes(), &key.key, header.alg).unwrap_or(false))
    }
}

fn key(jwk: &Jwk) -> Result<Key, String> {
    let possible = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => vec![
            Algorithm::RS256,
            Algorithm::RS384,
            Algorithm::RS512,
            Algorithm::PS256,
            Algorithm::PS384,
            Algorithm::PS512,
        ],
        AlgorithmParameters::EllipticCurve(curve) => match &curve.curve {
            jsonwebtoken::jwk::EllipticCurve::P256 => vec![Algorithm::ES256],
            jsonwebtoken::jwk::EllipticCurve::P384 => vec![Algorithm::ES384],
            other => return Err(format!("the curve {other:?} is not supported: P-256 and P-384 are")),
        },
        AlgorithmParameters::OctetKey(_) => return Err("it is symmetric: RSA and EC keys are good".to_owned()),
        _ => return Err("its type is not supported: RSA and EC are".to_owned()),
    };
    let algorithms = match jwk.common.key_algorithm {
        None => possible,
        Some(named) => possible.into_iter().filter(|algorithm| format!("{algorithm:?}") == named.to_string()).collect(),
    };
    if algorithms.is_empty() {
        return Err("its alg does not fit its kty".to_owned());
    }
    let key = DecodingKey::from_jwk(jwk).map_err(|error| error.to_string())?;
    Ok(Key { id: jwk.common.key_id.clone(), algorithms, key })
}
