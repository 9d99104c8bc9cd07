//! Proof that who redeems a code is who asked for it. Source: RFC 7636; SMART App Launch 2.2, "Considerations for PKCE Support"
//! (S256 for every client, `plain` for none).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The one method that there is.
pub const METHOD: &str = "S256";

/// What an app commits itself to when it asks for a code: the SHA-256 of its verifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge([u8; 32]);

/// Why a challenge is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeRefusal {
    /// There is none.
    #[error("code_challenge is missing")]
    Missing,
    /// It is made in another way.
    #[error("code_challenge_method must be S256")]
    Method,
    /// It is no SHA-256.
    #[error("code_challenge must be 43 characters of base64url")]
    Form,
}

impl Challenge {
    /// Reads the two parameters of a request for a code. A method that is not named would be `plain`.
    ///
    /// # Errors
    /// [`ChallengeRefusal`]
    pub fn read(challenge: Option<&str>, method: Option<&str>) -> Result<Challenge, ChallengeRefusal> {
        let challenge = challenge.ok_or(ChallengeRefusal::Missing)?;
        if method != Some(METHOD) {
            return Err(ChallengeRefusal::Method);
        }
        let bytes = URL_SAFE_NO_PAD.decode(challenge).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Challenge).ok_or(ChallengeRefusal::Form)
    }

    /// Whether this is the text behind it, in a time that does not depend on where they differ.
    #[must_use]
    pub fn is_met(&self, verifier: &str) -> bool {
        let digest: [u8; 32] = Sha256::digest(verifier.as_bytes()).into();
        is_verifier(verifier) & bool::from(digest.ct_eq(&self.0))
    }
}

/// 43 to 128 unreserved characters: fewer could be guessed. Source: RFC 7636, section 4.1.
fn is_verifier(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (43..=128).contains(&text.len()) && text.bytes().all(unreserved)
}

#[cfg(test)]
mod tests {
    use super::{Challenge, ChallengeRefusal, METHOD};
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use sha2::{Digest, Sha256};

    fn challenge_of(verifier: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
    }

    fn is_met(verifier: &str) -> bool {
        Challenge::read(Some(&challenge_of(verifier)), Some(METHOD)).expect("a challenge").is_met(verifier)
    }

    /// Threat: T01
    #[test]
    fn there_is_no_code_without_a_challenge() {
        assert_eq!(Challenge::read(None, None), Err(ChallengeRefusal::Missing));
        assert_eq!(Challenge::read(None, Some(METHOD)), Err(ChallengeRefusal::Missing));
    }

    /// Threat: T02
    #[test]
    fn there_is_no_other_method() {
        let challenge = challenge_of(&"a".repeat(43));
        for method in [None, Some(""), Some("plain"), Some("s256"), Some("S512"), Some("S256 "), Some("none")] {
            assert_eq!(Challenge::read(Some(&challenge), method), Err(ChallengeRefusal::Method), "{method:?}");
        }
    }

    /// Threat: T02
    #[test]
    fn a_challenge_is_a_sha_256() {
        let good = challenge_of("a");
        for text in ["", "a", &good[1..], &format!("{good}="), &format!("{good}A"), &good.replace(&good[..1], "+")] {
            assert_eq!(Challenge::read(Some(text), Some(METHOD)), Err(ChallengeRefusal::Form), "{text}");
        }
    }

    /// Threat: T03
    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        for wrong in [0, 42, 129, 1000].map(|length| "a".repeat(length)) {
            assert!(!is_met(&wrong), "{}", wrong.len());
        }
        for wrong in ["+", "=", " ", "%", "\0", "é"].map(|wrong| "a".repeat(50) + wrong) {
            assert!(!is_met(&wrong), "{wrong}");
        }
        assert!(is_met(&"a".repeat(43)) && is_met(&"-._~Z9".repeat(20)) && is_met(&"a".repeat(128)));
    }

    /// Threat: T03
    #[test]
    fn neither_the_challenge_nor_another_verifier_meets_it() {
        let verifier = "a".repeat(43);
        let text = challenge_of(&verifier);
        let challenge = Challenge::read(Some(&text), Some(METHOD)).expect("a challenge");
        assert!(!challenge.is_met(&text) && !challenge.is_met(&"b".repeat(43)) && !challenge.is_met(""));
        assert!(challenge.is_met(&verifier));
    }

    /// The example of RFC 7636, appendix B.
    #[test]
    fn the_example_of_the_standard_is_met() {
        let challenge = Challenge::read(Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), Some(METHOD));
        assert!(challenge.expect("a challenge").is_met("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    }
}
