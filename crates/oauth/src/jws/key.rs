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

/// A point of the curve P-384 whose first number is the SHA-384 of `baton: a key of nobody`, so that nobody has its secret.
pub(super) const P384_OF_NOBODY: [u8; 96] = [
    0x51, 0xDA, 0x55, 0x3A, 0xA2, 0x1F, 0xAD, 0xDC, 0x65, 0x7B, 0xBA, 0xF1, 0xE4, 0xAD, 0xD3, 0xDA, 0xFA, 0xC9, 0x28,
    0xA0, 0x50, 0xA5, 0x11, 0x78, 0xC6, 0x0B, 0xE8, 0x17, 0x7B, 0xF1, 0x3E, 0xEC, 0xBA, 0x3B, 0xBA, 0x87, 0xE8, 0xF2,
    0x5F, 0x83, 0x2D, 0x75, 0xBB, 0x95, 0xEB, 0x9A, 0xFD, 0xBD, 0xBF, 0x58, 0x77, 0x01, 0x67, 0xE7, 0x82, 0x83, 0xC5,
    0x54, 0x12, 0x3C, 0x56, 0x9F, 0x1D, 0x2F, 0xD2, 0x56, 0xCA, 0xC4, 0xA9, 0x7C, 0xB5, 0x54, 0x40, 0x66, 0xB7, 0xB6,
    0x03, 0x94, 0x9C, 0x9A, 0xD7, 0x03, 0x43, 0x03, 0xE6, 0x1A, 0x93, 0x4A, 0x2E, 0xD0, 0x4A, 0x73, 0x14, 0x4D, 0xB7,
    0x94,
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
            AlgorithmFamily::Ec => DecodingKey::from_ec_der(&[&[4], P384_OF_NOBODY.as_slice()].concat()),
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
