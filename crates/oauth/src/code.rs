//! Codes: good once, for a minute, for the app and the address that they were asked for.
//! Source: RFC 6749, sections 4.1.2, 4.1.3 and 10.5; RFC 7636, section 4.6; SMART App Launch 2.2 (about one minute).

use serde::{Deserialize, Serialize};

use crate::{
    consent::{Consent, Family},
    grant::TokenRefusal,
    pkce::Challenge,
};

/// How long a code is good.
pub const CODE_SECS: i64 = 60;

/// A code, remembered by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// What it stands for.
    pub consent: Consent,
    /// Where it was sent to.
    pub redirect_uri: String,
    /// What it is tied to.
    pub challenge: Challenge,
    /// What comes back in the ID token.
    pub nonce: Option<String>,
    /// When the person logged in, in seconds since 1970.
    pub authenticated: i64,
    /// In seconds since 1970.
    pub expires: i64,
    /// Whether it was used. It is kept for a while when it was, so that the second use is noticed.
    pub state: CodeState,
}

/// A code is good once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CodeState {
    /// Not used.
    Fresh,
    /// Used.
    Redeemed,
}

/// What an app shows beside a code.
#[derive(Clone, Copy)]
pub struct Shown<'s> {
    /// The app, authenticated or, where it has no secret, by its word.
    pub client_id: &'s str,
    /// Where it says that the code came to.
    pub redirect_uri: &'s str,
    /// The text behind the challenge.
    pub verifier: &'s str,
}

/// Why a code gives no token. All of them are told as `invalid_grant`, in the same words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// Nobody knows it.
    #[error("the code is not known")]
    Unknown,
    /// It was used before: it may have been stolen, so all that came of it is worth nothing from now on.
    #[error("the code was used before")]
    Replayed(Family),
    /// It is another app's.
    #[error("the code belongs to another app")]
    OtherClient,
    /// It was sent to another address.
    #[error("the code was sent to another redirect_uri")]
    OtherAddress,
    /// The verifier is not the one.
    #[error("code_verifier does not meet the challenge")]
    Verifier,
    /// It is over.
    #[error("the code has expired")]
    Expired,
}

impl CodeRefusal {
    /// Whose tokens are to be taken back.
    #[must_use]
    pub fn revokes(self) -> Option<Family> {
        match self {
            CodeRefusal::Replayed(family) => Some(family),
            CodeRefusal::Unknown
            | CodeRefusal::OtherClient
            | CodeRefusal::OtherAddress
            | CodeRefusal::Verifier
            | CodeRefusal::Expired => None,
        }
    }
}

impl From<CodeRefusal> for TokenRefusal {
    /// What the client is told: nothing of how near it was.
    fn from(_: CodeRefusal) -> TokenRefusal {
        TokenRefusal::WrongGrant
    }
}

/// Redeems a code. The caller keeps what comes out in place of what came in, in one step and together with the tokens,
/// so that of two that come at once one is refused.
///
/// # Errors
/// [`CodeRefusal`]; a replay counts before everything else, whoever tries it.
pub fn redeem(code: Option<Code>, shown: &Shown<'_>, now: i64) -> Result<Code, CodeRefusal> {
    let code = code.ok_or(CodeRefusal::Unknown)?;
    if code.state == CodeState::Redeemed {
        return Err(CodeRefusal::Replayed(code.consent.family));
    }
    if shown.client_id != code.consent.client_id {
        return Err(CodeRefusal::OtherClient);
    }
    if shown.redirect_uri != code.redirect_uri {
        return Err(CodeRefusal::OtherAddress);
    }
    if !code.challenge.is_met(shown.verifier) {
        return Err(CodeRefusal::Verifier);
    }
    if now >= code.expires {
        return Err(CodeRefusal::Expired);
    }
    Ok(Code { state: CodeState::Redeemed, ..code })
}

#[cfg(test)]
mod tests {
    use super::{CODE_SECS, Code, CodeRefusal, CodeState, Shown, redeem};
    use crate::{
        consent::{Family, consent},
        pkce::{Challenge, METHOD},
    };

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    const GOOD: Shown<'static> = Shown { client_id: "app", redirect_uri: "https://app.example/", verifier: VERIFIER };

    fn code() -> Code {
        Code {
            consent: consent(&["patient/*.rs"]),
            redirect_uri: "https://app.example/".to_owned(),
            challenge: Challenge::read(Some(CHALLENGE), Some(METHOD)).expect("a challenge"),
            nonce: None,
            authenticated: 0,
            expires: CODE_SECS,
            state: CodeState::Fresh,
        }
    }

    #[track_caller]
    fn check_refused(shown: &Shown<'_>, now: i64, refusal: CodeRefusal) {
        assert_eq!(redeem(Some(code()), shown, now), Err(refusal));
        assert_eq!(refusal.revokes(), None);
    }

    #[test]
    fn an_unknown_code_is_refused() {
        assert_eq!(redeem(None, &GOOD, 0), Err(CodeRefusal::Unknown));
    }

    /// Threat: T03
    #[test]
    fn another_verifier_is_refused() {
        for verifier in ["", CHALLENGE, &VERIFIER[1..], &VERIFIER.to_lowercase(), &format!("{VERIFIER}A")] {
            check_refused(&Shown { verifier, ..GOOD }, 0, CodeRefusal::Verifier);
        }
    }

    /// Also for who has no right to it, and after its time.
    /// Threat: T04
    #[test]
    fn a_second_use_takes_back_what_the_first_gave() {
        let used = redeem(Some(code()), &GOOD, 0).expect("a token");
        let replayed = CodeRefusal::Replayed(Family([7; 16]));
        for shown in [GOOD, Shown { client_id: "other", ..GOOD }, Shown { verifier: "", ..GOOD }] {
            for now in [0, CODE_SECS, CODE_SECS * 100] {
                assert_eq!(redeem(Some(used.clone()), &shown, now), Err(replayed));
            }
        }
        assert_eq!(replayed.revokes(), Some(Family([7; 16])));
    }

    /// Threat: T05
    #[test]
    fn a_code_is_good_for_a_minute() {
        assert!(redeem(Some(code()), &GOOD, CODE_SECS - 1).is_ok());
        check_refused(&GOOD, CODE_SECS, CodeRefusal::Expired);
        check_refused(&GOOD, CODE_SECS + 1, CodeRefusal::Expired);
    }

    /// Threat: T06
    #[test]
    fn only_its_app_redeems_a_code_and_only_for_its_address() {
        let uris = ["https://app.example/", "https://app.example", "https://other.example/"];
        for client_id in ["app", "other", "App", ""] {
            for redirect_uri in uris {
                let redeemed = redeem(Some(code()), &Shown { client_id, redirect_uri, ..GOOD }, 0);
                assert_eq!(
                    redeemed.is_ok(),
                    client_id == "app" && redirect_uri == uris[0],
                    "{client_id} {redirect_uri}"
                );
            }
        }
    }

    #[test]
    fn a_code_that_was_redeemed_is_the_same_but_used() {
        let expected = Code { state: CodeState::Redeemed, ..code() };
        assert_eq!(redeem(Some(code()), &GOOD, 0), Ok(expected));
    }
}
