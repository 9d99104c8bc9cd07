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

/// What a client shows to say who it is. In a header it can be read in two ways: RFC 6749 wants id and secret encoded as in a
/// form, and clients that many use (fhirclient, Medplum, Authlib) send them as they are, which makes a difference where a `+` or a
/// `%` is in one. Either is good: whoever shows one of them knows the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    readings: [Reading; 2],
}

/// An id and a secret.
#[derive(Clone, PartialEq, Eq)]
struct Reading {
    client_id: String,
    client_secret: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, …)", self.readings[0].client_id)
    }
}

impl Credentials {
    /// An id and a secret that can be read in one way.
    #[must_use]
    pub fn new(client_id: &str, client_secret: &str) -> Credentials {
        let reading = Reading { client_id: client_id.to_owned(), client_secret: client_secret.to_owned() };
        Credentials { readings: [reading.clone(), reading] }
    }

    /// Reads the value of an `Authorization: Basic` header. Nothing when it is something else.
    ///
    /// ```
    /// use baton_oauth::client::Credentials;
    /// let credentials = Credentials::from_basic("Basic Y2xpbmljJTNBYTpwJTQwc3M=").expect("proper credentials");
    /// assert_eq!(credentials.client_ids().collect::<Vec<_>>(), ["clinic:a", "clinic%3Aa"]);
    /// ```
    #[must_use]
    pub fn from_basic(header: &str) -> Option<Credentials> {
        let (scheme, encoded) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (client_id, client_secret) = decoded.split_once(':')?;
        let raw = Reading { client_id: client_id.to_owned(), client_secret: client_secret.to_owned() };
        // what is no encoding was not meant as one
        let read = form_decoded(client_id).zip(form_decoded(client_secret));
        let read = read.map_or_else(|| raw.clone(), |(client_id, client_secret)| Reading { client_id, client_secret });
        Some(Credentials { readings: [read, raw] })
    }

    /// The clients that it may be of: the first reading's and the second's, which are mostly the same.
    pub fn client_ids(&self) -> impl Iterator<Item = &str> {
        self.readings.iter().map(|reading| reading.client_id.as_str())
    }

    /// The same, where one of them is this client.
    #[must_use]
    pub fn of(self, client_id: &str) -> Option<Credentials> {
        let [first, second] = self.readings;
        match (first.client_id == client_id, second.client_id == client_id) {
            (true, true) => Some(Credentials { readings: [first, second] }),
            (true, false) => Some(Credentials { readings: [first.clone(), first] }),
            (false, true) => Some(Credentials { readings: [second.clone(), second] }),
            (false, false) => None,
        }
    }

    /// The client that it is of, in whichever reading, of those that are found by their ids, with the hashes that are registered
    /// for it. Both readings are looked at and all is compared, so that it takes the same time when the client is not known.
    pub fn whose<C>(
        &self,
        find: impl Fn(&str) -> Option<C>,
        registered: impl Fn(&C) -> [Option<SecretHash>; 2],
    ) -> Option<C> {
        let mut whose = None;
        for Reading { client_id, client_secret } in &self.readings {
            let client = find(client_id);
            let hashes = client.as_ref().map(&registered).unwrap_or_default();
            let shown = SecretHash::of(client_secret);
            if fit(&shown, hashes[0]) | fit(&shown, hashes[1]) {
                whose = client;
            }
        }
        whose
    }
}

/// Compares a secret with one that is registered, or, in the same time, with a hash that no secret is known to have.
fn fit(shown: &SecretHash, registered: Option<SecretHash>) -> bool {
    shown.fits(&registered.unwrap_or(SecretHash([0; 32]))) & registered.is_some()
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

    /// Whether these are the credentials of a client.
    fn are_of(credentials: &Credentials, id: &str, secret: &str) -> bool {
        let find = |asked: &str| (asked == id).then_some(());
        credentials.whose(find, |()| [None, Some(SecretHash::of(secret))]).is_some()
    }

    #[test]
    fn a_secret_is_taken_as_it_stands_there_and_decoded_and_in_no_other_way() {
        for (inside, id, secrets) in [
            ("a:b:c+d%2B", "a", ["b:c d+", "b:c+d%2B"]),
            ("a%3Ax:s", "a:x", ["s", "s"]),
            ("a%3Ax:s", "a%3Ax", ["s", "s"]),
            ("a:%", "a", ["%", "%"]),
            ("a:%zz+", "a", ["%zz+", "%zz+"]),
            ("a%ff:b+", "a%ff", ["b+", "b+"]),
        ] {
            let credentials = basic(inside).expect("it can be read");
            assert!(secrets.iter().all(|secret| are_of(&credentials, id, secret)), "{inside}");
            // half of each reading is none
            assert!(!are_of(&credentials, id, "b:c d%2B") && !are_of(&credentials, id, "b "), "{inside}");
        }
    }

    #[test]
    fn only_the_right_secret_of_a_known_client_fits() {
        let credentials = |secret| Credentials::new("a", secret);
        assert!(are_of(&credentials("right"), "a", "right"));
        assert!(!are_of(&credentials("wrong"), "a", "right"));
        assert!(!are_of(&credentials("right"), "b", "right"));
        // in a form there is one reading
        assert!(!are_of(&credentials("a+b"), "a", "a b"));
        assert!(credentials("").whose(|_| Some(()), |()| [None, None]).is_none());
    }

    #[test]
    fn a_client_that_is_named_beside_a_header_is_one_of_its_readings() {
        let credentials = || basic("a+b:s+t").expect("it can be read");
        assert!(are_of(&credentials().of("a b").expect("it is one"), "a b", "s t"));
        let raw = credentials().of("a+b").expect("it is one");
        assert!(are_of(&raw, "a+b", "s+t") && !are_of(&raw, "a+b", "s t"));
        assert!(credentials().of("a").is_none());
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
