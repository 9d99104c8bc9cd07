//! Certificates of clients: how they are named, and whose they are.

use std::fmt::{Display, Formatter};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// The SHA-256 of a certificate (of its DER form), which names it wherever a certificate is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertificateFingerprint([u8; 32]);

impl CertificateFingerprint {
    /// The fingerprint of a certificate in DER.
    #[must_use]
    pub fn of(der: &[u8]) -> CertificateFingerprint {
        CertificateFingerprint(Sha256::digest(der).into())
    }

    /// Reads 64 hex digits, with a colon between all bytes or without any, as `openssl x509 -fingerprint -sha256` writes it.
    ///
    /// # Errors
    /// What would be right, for every other text.
    pub fn read(text: &str) -> Result<CertificateFingerprint, String> {
        let wrong = || {
            format!(
                "`{text}` is no fingerprint: the SHA-256 of a certificate in 64 hex digits, with or without colons between bytes"
            )
        };
        let digits = if text.contains(':') {
            let pairs: Vec<&str> = text.split(':').collect();
            if pairs.iter().any(|pair| pair.len() != 2) {
                return Err(wrong());
            }
            pairs.concat()
        } else {
            text.to_owned()
        };
        if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(CertificateFingerprint(bytes))
    }
}

impl Display for CertificateFingerprint {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for CertificateFingerprint {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "CertificateFingerprint({self})")
    }
}

impl<'de> Deserialize<'de> for CertificateFingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        CertificateFingerprint::read(&text).map_err(serde::de::Error::custom)
    }
}

/// How the certificate of a connection fits a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The partner is bound to no certificate: the connection says nothing about who it is.
    Unbound,
    /// One of the partner's certificates.
    Own,
    /// The partner is bound to certificates, and the connection showed none.
    Missing,
    /// The partner is bound to certificates, and the connection showed another.
    Foreign,
}

/// Compares what a connection showed with the certificates of a partner. A partner with several is changing them.
#[must_use]
pub fn certificate_is_of(certificates: &[CertificateFingerprint], peer: Option<&CertificateFingerprint>) -> Shown {
    match (certificates, peer) {
        ([], _) => Shown::Unbound,
        (_, None) => Shown::Missing,
        (bound, Some(peer)) if bound.contains(peer) => Shown::Own,
        (_, Some(_)) => Shown::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::{CertificateFingerprint, Shown, certificate_is_of};

    /// The SHA-256 of nothing.
    const PLAIN: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn check_refused(text: &str) {
        let says = CertificateFingerprint::read(text).expect_err(text);
        assert!(says.contains("64 hex digits"), "{says}");
    }

    #[test]
    fn colons_and_case_make_no_difference() {
        let colons: Vec<String> =
            PLAIN.as_bytes().chunks(2).map(|pair| String::from_utf8_lossy(pair).to_uppercase()).collect();
        let expected = CertificateFingerprint::of(b"");
        assert_eq!(CertificateFingerprint::read(PLAIN), Ok(expected));
        assert_eq!(CertificateFingerprint::read(&colons.join(":")), Ok(expected));
        assert_eq!(expected.to_string(), PLAIN);
    }

    #[test]
    fn other_forms_are_no_fingerprint() {
        check_refused("");
        check_refused(&PLAIN[2..]);
        check_refused(&format!("{PLAIN}00"));
        check_refused(&PLAIN.replace('e', "g"));
        check_refused(&format!("sha256:{PLAIN}"));
        check_refused(&format!("{}:{}", &PLAIN[..32], &PLAIN[32..]));
        check_refused(&format!(" {PLAIN}"));
        check_refused(&"é".repeat(32));
        check_refused(&"+1".repeat(32));
    }

    #[test]
    fn a_partner_without_certificates_is_bound_to_none() {
        let peer = CertificateFingerprint::of(b"a");
        assert_eq!(certificate_is_of(&[], None), Shown::Unbound);
        assert_eq!(certificate_is_of(&[], Some(&peer)), Shown::Unbound);
    }

    #[test]
    fn a_partner_with_certificates_shows_one_of_them() {
        let [old, new, other] = [b"a", b"b", b"c"].map(|der| CertificateFingerprint::of(der));
        assert_eq!(certificate_is_of(&[old, new], None), Shown::Missing);
        assert_eq!(certificate_is_of(&[old, new], Some(&other)), Shown::Foreign);
        assert_eq!(certificate_is_of(&[old, new], Some(&old)), Shown::Own);
        assert_eq!(certificate_is_of(&[old, new], Some(&new)), Shown::Own);
    }
}
