//! One public key of a set. Source: RFC 7517 (JWK), RFC 7518, section 6 (their members), RFC 8725, section 3.5 (key sizes).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, crypto::verify};
use serde_json::{Map, Value};

/// Smaller keys are no longer safe.
const RSA_BITS_MIN: usize = 2048;

/// Larger keys only cost time.
const RSA_BITS_MAX: usize = 8192;

/// What RSA keys sign with.
const RSA: [Algorithm; 6] =
    [Algorithm::RS256, Algorithm::RS384, Algorithm::RS512, Algorithm::PS256, Algorithm::PS384, Algorithm::PS512];

/// Some point of the curve P-384: its base point. Source: SEC 2, section 2.5.1.
const P384_BASE: [u8; 96] = [
    0xAA, 0x87, 0xCA, 0x22, 0xBE, 0x8B, 0x05, 0x37, 0x8E, 0xB1, 0xC7, 0x1E, 0xF3, 0x20, 0xAD, 0x74, 0x6E, 0x1D, 0x3B,
    0x62, 0x8B, 0xA7, 0x9B, 0x98, 0x59, 0xF7, 0x41, 0xE0, 0x82, 0x54, 0x2A, 0x38, 0x55, 0x02, 0xF2, 0x5D, 0xBF, 0x55,
    0x29, 0x6C, 0x3A, 0x54, 0x5E, 0x38, 0x72, 0x76, 0x0A, 0xB7, 0x36, 0x17, 0xDE, 0x4A, 0x96, 0x26, 0x2C, 0x6F, 0x5D,
    0x9E, 0x98, 0xBF, 0x92, 0x92, 0xDC, 0x29, 0xF8, 0xF4, 0x1D, 0xBD, 0x28, 0x9A, 0x14, 0x7C, 0xE9, 0xDA, 0x31, 0x13,
    0xB5, 0xF0, 0xB8, 0xC0, 0x0A, 0x60, 0xB1, 0xCE, 0x1D, 0x7E, 0x81, 0x9D, 0x7A, 0x43, 0x1D, 0x7C, 0x90, 0xEA, 0x0E,
    0x5F,
];

/// A public key.
#[derive(Clone)]
pub(crate) struct Key {
    /// Its name in its set.
    pub(crate) id: Option<String>,
    /// What it signs with; keys are good for one algorithm only where their set says so.
    pub(crate) algorithms: Vec<Algorithm>,
    key: DecodingKey,
}

impl Key {
    /// Reads a key.
    ///
    /// # Errors
    /// Why it is not good for checking signatures of others.
    pub(crate) fn read(jwk: &Value) -> Result<Key, String> {
        let jwk = jwk.as_object().ok_or("it is no JSON object")?;
        if ["d", "p", "q"].iter().any(|secret| jwk.contains_key(*secret)) {
            return Err(
                "it holds a secret, and who knows the secret can sign: only the public part belongs here".to_owned()
            );
        }
        check_purpose(jwk)?;
        let (possible, key) = match text(jwk, "kty")? {
            Some("RSA") => (RSA.to_vec(), rsa(jwk)?),
            Some("EC") => elliptic(jwk)?,
            Some("oct") => return Err("it is symmetric: RSA and EC keys are good".to_owned()),
            _ => return Err("its kty is not supported: RSA and EC are".to_owned()),
        };
        let algorithms = match text(jwk, "alg")? {
            None => possible,
            Some(named) => possible.into_iter().filter(|algorithm| format!("{algorithm:?}") == named).collect(),
        };
        if algorithms.is_empty() {
            return Err("its alg does not fit its kty".to_owned());
        }
        Ok(Key { id: text(jwk, "kid")?.map(str::to_owned), algorithms, key })
    }

    /// A key of nobody, so that checking a signature takes as long where there is no key to check it with.
    /// What it says of a signature means nothing.
    pub(crate) fn of_nobody(algorithm: Algorithm) -> Key {
        let key = match algorithm.family() {
            AlgorithmFamily::Ec => DecodingKey::from_ec_der(&[&[4], P384_BASE.as_slice()].concat()),
            _ => DecodingKey::from_rsa_raw_components(&[0xE5; RSA_BITS_MIN / 8], &[1, 0, 1]),
        };
        Key { id: None, algorithms: vec![algorithm], key }
    }

    /// RSA or elliptic curves: what JWK calls `kty`.
    pub(crate) fn family(&self) -> AlgorithmFamily {
        self.key.family()
    }

    /// Whether a signature, in base64url, is the one of this key under these bytes.
    pub(crate) fn signed(&self, message: &str, signature: &str, algorithm: Algorithm) -> bool {
        verify(signature, message.as_bytes(), &self.key, algorithm).unwrap_or(false)
    }
}

/// Keys for encryption do not check signatures. Source: RFC 7517, sections 4.2 and 4.3.
fn check_purpose(jwk: &Map<String, Value>) -> Result<(), String> {
    if !matches!(text(jwk, "use")?, None | Some("sig")) {
        return Err("its use is not sig".to_owned());
    }
    let verifies = |operations: &Value| {
        operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    };
    if jwk.get("key_ops").is_some_and(|operations| !verifies(operations)) {
        return Err("verify is not among its key_ops".to_owned());
    }
    Ok(())
}

fn rsa(jwk: &Map<String, Value>) -> Result<DecodingKey, String> {
    let modulus = number(jwk, "n")?;
    let exponent = number(jwk, "e")?;
    let significant = modulus.iter().skip_while(|byte| **byte == 0);
    let bits =
        significant.clone().count() * 8 - significant.clone().next().map_or(0, |byte| byte.leading_zeros() as usize);
    if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
        return Err(format!("it has {bits} bits: RSA keys have {RSA_BITS_MIN} to {RSA_BITS_MAX}"));
    }
    let is_odd = exponent.last().is_some_and(|last| last % 2 == 1);
    if !is_odd || exponent.iter().skip_while(|byte| **byte == 0).eq([&1]) {
        return Err("its e is no exponent of RSA".to_owned());
    }
    Ok(DecodingKey::from_rsa_raw_components(&modulus, &exponent))
}

fn elliptic(jwk: &Map<String, Value>) -> Result<(Vec<Algorithm>, DecodingKey), String> {
    let (algorithm, bytes) = match text(jwk, "crv")? {
        Some("P-256") => (Algorithm::ES256, 32),
        Some("P-384") => (Algorithm::ES384, 48),
        _ => return Err("its curve is not supported: P-256 and P-384 are".to_owned()),
    };
    let (x, y) = (number(jwk, "x")?, number(jwk, "y")?);
    if x.len() != bytes || y.len() != bytes {
        return Err(format!("its x and y have {bytes} bytes each on this curve"));
    }
    // an uncompressed point: SEC 1, section 2.3.3
    let point = [&[4], x.as_slice(), y.as_slice()].concat();
    Ok((vec![algorithm], DecodingKey::from_ec_der(&point)))
}

fn text<'j>(jwk: &'j Map<String, Value>, name: &str) -> Result<Option<&'j str>, String> {
    let Some(value) = jwk.get(name) else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| format!("its {name} is no text"))
}

fn number(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, String> {
    let encoded = text(jwk, name)?.ok_or_else(|| format!("its {name} is missing"))?;
    URL_SAFE_NO_PAD.decode(encoded).map_err(|_| format!("its {name} is no base64url without padding"))
}
