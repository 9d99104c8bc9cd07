//! Authenticates clients by their secret. Source: RFC 6749, section 2.3.1.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256 of a client's secret. Prints as `…`.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// The hash of a secret.
    #[must_use]
    pub fn of(secret: &str) -> SecretHash {
        SecretHash(Sha256::digest(secret.as_bytes()).into())
    }

    /// Reads a hash in 64 hex digits; nothing for any other text.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<SecretHash> {
        let mut hash = [0; 32];
        if text.len() != 2 * hash.len() {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = u8::try_from(hex(pair[0])? * 16 + hex(pair[1])?).ok()?;
        }
        Some(SecretHash(hash))
    }

    /// The hash in hex, as a configuration has it. It opens nothing.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether two secrets are the same, in a time that does not depend on where they differ.
    #[must_use]
    pub fn fits(&self, other: &SecretHash) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl std::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// What a client shows to say who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Its id.
    pub client_id: String,
    /// Its secret, as it was shown.
    pub client_secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, …)", self.client_id)
    }
}

impl Credentials {
    /// Reads the value of an `Authorization: Basic` header; id and secret are percent-encoded inside, as in a form.
    /// Nothing when it is something else.
    ///
    /// ```
    /// use baton_oauth::client::Credentials;
    /// let credentials = Credentials::from_basic("Basic Y2xpbmljJTNBYTpwJTQwc3M=").expect("proper credentials");
    /// assert_eq!((credentials.client_id.as_str(), credentials.client_secret.as_str()), ("clinic:a", "p@ss"));
    /// ```
    #[must_use]
    pub fn from_basic(header: &str) -> Option<Credentials> {
        let (scheme, encoded) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (client_id, client_secret) = decoded.split_once(':')?;
        Some(Credentials { client_id: form_decoded(client_id)?, client_secret: form_decoded(client_secret)? })
    }

    /// Compares the secret with the one that is registered. Takes the same time when the client is not known.
    #[must_use]
    pub fn fit(&self, registered: Option<&SecretHash>) -> bool {
        // an unknown client is compared with a hash that no secret is known to have
        let expected = registered.copied().unwrap_or(SecretHash([0; 32]));
        SecretHash::of(&self.client_secret).fits(&expected) & registered.is_some()
    }
}

/// Undoes `application/x-www-form-urlencoded`. Nothing for a broken escape or what is no UTF-8.
fn form_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let ([high, low], after) = after.split_first_chunk::<2>()?;
                bytes.push(u8::try_from(hex(*high)? * 16 + hex(*low)?).ok()?);
                rest = after;
            }
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

#[cfg(test)]
mod tests {
    use super::{Credentials, STANDARD, SecretHash};
    use base64::Engine;

    fn basic(inside: &str) -> Option<Credentials> {
        Credentials::from_basic(&format!("Basic {}", STANDARD.encode(inside)))
    }

    #[test]
    fn what_is_no_basic_header_is_not_read() {
        for header in ["", "Basic", "Bearer YTpi", "Basic ***", "Basic YWI="] {
            assert_eq!(Credentials::from_basic(header), None, "{header}");
        }
    }

    #[test]
    fn broken_escapes_are_not_guessed() {
        for inside in ["a:%", "a:%4", "a:%zz", "a%ff:b"] {
            assert_eq!(basic(inside), None, "{inside}");
        }
    }

    #[test]
    fn the_secret_may_hold_a_colon_and_a_plus_is_a_space() {
        let credentials = basic("a:b:c+d%2B").expect("it can be read");
        assert_eq!(credentials.client_secret, "b:c d+");
    }

    #[test]
    fn only_the_right_secret_of_a_known_client_fits() {
        let credentials = |secret: &str| Credentials { client_id: "a".to_owned(), client_secret: secret.to_owned() };
        let registered = SecretHash::of("right");
        assert!(credentials("right").fit(Some(&registered)));
        assert!(!credentials("wrong").fit(Some(&registered)));
        assert!(!credentials("right").fit(None));
    }

    #[test]
    fn a_hash_in_hex_is_the_hash_of_the_secret() {
        let hash = SecretHash::of("right");
        let read = SecretHash::from_hex(&hash.to_hex().to_uppercase()).expect("it is in hex");
        assert!(read.fits(&hash));
        for other in ["", "00", &"g".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
            assert!(SecretHash::from_hex(other).is_none(), "{other}");
        }
    }

    #[test]
    fn debug_output_hides_secrets() {
        let text = format!("{:?} {:?}", basic("a:hidden"), SecretHash::of("hidden"));
        assert!(!text.contains("hidden"), "{text}");
    }
}
