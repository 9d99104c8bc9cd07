//! Refresh tokens: each is good once and gives the next one, so that of a thief and the app one comes second and is noticed.
//!
//! All of a consent are remembered in one place, however often the app asks: their text begins with the same handle, by which
//! that place is found, and ends with a secret, of which the last one counts. Who has the handle and another secret has a token
//! that was used.
//! Source: RFC 6749, section 6; RFC 9700, section 4.14; SMART App Launch 2.2, "Best Practices" (a second use ends it all).

use serde::{Deserialize, Serialize};

use subtle::ConstantTimeEq;

use crate::{
    consent::{Consent, Family, Lasting},
    grant::TokenRefusal,
    scope::{Decided, narrowed},
    token::token_hash,
};

/// How long an app may go on after a person agreed, in seconds: 90 days.
pub const REFRESH_SECS: i64 = 90 * 24 * 3600;

/// How long a refresh token may lie unused, in seconds: 30 days.
pub const IDLE_SECS: i64 = 30 * 24 * 3600;

/// How many characters of a refresh token's text are its handle: those of one token's text.
const HANDLE_CHARS: usize = 43;

/// The handle and the secret in a refresh token's text. What is too short for both has no secret.
#[must_use]
pub fn parts(text: &str) -> (&str, &str) {
    text.split_at_checked(HANDLE_CHARS).unwrap_or((text, ""))
}

/// The refresh tokens of a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// What it stands for.
    pub consent: Consent,
    /// When the person agreed, in seconds since 1970.
    pub agreed: i64,
    /// When the last one was given, in seconds since 1970.
    pub given: i64,
    /// The hash of the last one's secret. All others were used.
    pub secret: [u8; 32],
}

/// What an app shows beside the handle, and wants.
#[derive(Clone, Copy)]
pub struct Shown<'s> {
    /// The app.
    pub client_id: &'s str,
    /// The secret in the token's text.
    pub secret: &'s str,
    /// What the access token shall hold.
    pub scope: Option<&'s str>,
}

/// Whether the person who agreed is still logged in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Session {
    /// They are.
    Open,
    /// They are not, or it is not known.
    Over,
}

/// What comes of a refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// What is remembered from now on.
    pub next: RefreshToken,
    /// What the access token holds.
    pub scopes: Vec<String>,
}

/// Why a refresh token gives no other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshRefusal {
    /// Nobody knows it.
    #[error("the refresh token is not known")]
    Unknown,
    /// It is another client's.
    #[error("the refresh token belongs to another client")]
    OtherClient,
    /// It was used before: it may have been stolen, so that all tokens of its family are worth nothing from now on.
    #[error("the refresh token was used before")]
    Reused(Family),
    /// It is over.
    #[error("the refresh token has expired")]
    Expired,
    /// Nobody used it for too long.
    #[error("the refresh token was not used for too long")]
    Idle,
    /// The person is no longer logged in.
    #[error("the session of the user is over")]
    LoggedOut,
    /// More is asked for than was granted.
    #[error("a scope is wider than what was granted")]
    WiderScope,
}

impl RefreshRefusal {
    /// Whose tokens are to be taken back.
    #[must_use]
    pub fn revokes(self) -> Option<Family> {
        match self {
            RefreshRefusal::Reused(family) => Some(family),
            RefreshRefusal::Unknown
            | RefreshRefusal::OtherClient
            | RefreshRefusal::Expired
            | RefreshRefusal::Idle
            | RefreshRefusal::LoggedOut
            | RefreshRefusal::WiderScope => None,
        }
    }
}

impl From<RefreshRefusal> for TokenRefusal {
    /// What the client is told: the same for a token of somebody else as for one that nobody knows.
    fn from(refusal: RefreshRefusal) -> TokenRefusal {
        match refusal {
            RefreshRefusal::WiderScope => TokenRefusal::NoScope,
            RefreshRefusal::Unknown
            | RefreshRefusal::OtherClient
            | RefreshRefusal::Reused(_)
            | RefreshRefusal::Expired
            | RefreshRefusal::Idle
            | RefreshRefusal::LoggedOut => TokenRefusal::WrongGrant,
        }
    }
}

/// The first refresh token of a consent, where there is one at all, with the hash of its secret.
#[must_use]
pub fn first(consent: &Consent, secret: [u8; 32], now: i64) -> Option<RefreshToken> {
    match consent.lasting() {
        Lasting::Once => None,
        Lasting::WhileLoggedIn | Lasting::Long => {
            Some(RefreshToken { consent: consent.clone(), agreed: now, given: now, secret })
        }
    }
}

/// Takes a refresh token for another one, whose secret has the hash `next`. The caller keeps what comes out in place of what came
/// in, in one step and together with the access token, so that of two that come at once one is refused. `decided` says which scopes
/// with a query may be had.
///
/// # Errors
/// [`RefreshRefusal`]
pub fn rotate(
    token: Option<RefreshToken>,
    shown: &Shown<'_>,
    session: Session,
    next: [u8; 32],
    now: i64,
    decided: Decided<'_>,
) -> Result<Rotation, RefreshRefusal> {
    let token = token.ok_or(RefreshRefusal::Unknown)?;
    if shown.client_id != token.consent.client_id {
        return Err(RefreshRefusal::OtherClient);
    }
    if !bool::from(token_hash(shown.secret).ct_eq(&token.secret)) {
        return Err(RefreshRefusal::Reused(token.consent.family));
    }
    if now >= token.agreed + REFRESH_SECS {
        return Err(RefreshRefusal::Expired);
    }
    if now >= token.given + IDLE_SECS {
        return Err(RefreshRefusal::Idle);
    }
    if token.consent.lasting() == Lasting::WhileLoggedIn && session == Session::Over {
        return Err(RefreshRefusal::LoggedOut);
    }
    let scopes = narrowed(&token.consent.scopes, shown.scope, decided).map_err(|_| RefreshRefusal::WiderScope)?;
    Ok(Rotation { next: RefreshToken { given: now, secret: next, ..token }, scopes })
}

#[cfg(test)]
mod tests {
    use super::{
        IDLE_SECS, REFRESH_SECS, RefreshRefusal, RefreshToken, Rotation, Session, Shown, first, parts, rotate,
        token_hash,
    };
    use crate::{
        consent::{Family, consent},
        grant::TokenRefusal,
    };

    const GOOD: Shown<'static> = Shown { client_id: "app", secret: "first", scope: None };

    fn token() -> RefreshToken {
        first(&consent(&["patient/*.rs", "offline_access"]), token_hash("first"), 0).expect("a refresh token")
    }

    fn ask(token: RefreshToken, shown: &Shown<'_>, now: i64) -> Result<Rotation, RefreshRefusal> {
        rotate(Some(token), shown, Session::Over, token_hash("next"), now, &|_| true)
    }

    fn refresh(token: RefreshToken, now: i64) -> Result<Rotation, RefreshRefusal> {
        ask(token, &GOOD, now)
    }

    #[test]
    fn a_refresh_token_is_given_where_it_was_asked_for() {
        assert_eq!(first(&consent(&["patient/*.rs"]), [0; 32], 0), None);
    }

    #[test]
    fn a_text_is_a_handle_and_a_secret() {
        let (handle, secret) = ("h".repeat(43), "s".repeat(43));
        assert_eq!(parts(&(handle.clone() + &secret)), (handle.as_str(), secret.as_str()));
        for (text, expected) in [("", ("", "")), ("short", ("short", "")), (handle.as_str(), (handle.as_str(), ""))] {
            assert_eq!(parts(text), expected);
        }
        let odd = "é".repeat(30);
        assert_eq!(parts(&odd), (odd.as_str(), ""));
    }

    /// Also of one that was used long ago, or never given: who has the handle had a token.
    /// Threat: T18
    #[test]
    fn a_second_use_takes_back_the_family() {
        let next = refresh(token(), 10).expect("another one").next;
        for secret in ["first", "never given", ""] {
            let refused = ask(next.clone(), &Shown { secret, ..GOOD }, 11).expect_err("it was used");
            assert_eq!((refused, refused.revokes()), (RefreshRefusal::Reused(Family([7; 16])), Some(Family([7; 16]))));
        }
        assert!(ask(next, &Shown { secret: "next", ..GOOD }, 11).is_ok());
    }

    /// Threat: T19
    #[test]
    fn it_gives_no_more_than_was_granted() {
        let ask = |scope| ask(token(), &Shown { scope: Some(scope), ..GOOD }, 1).map(|rotation| rotation.scopes);
        for wider in ["patient/*.cruds", "user/*.rs", "openid", "patient/*.rs system/*.rs"] {
            assert_eq!(ask(wider), Err(RefreshRefusal::WiderScope), "{wider}");
        }
        assert_eq!(ask("patient/Task.r"), Ok(vec!["patient/Task.r".to_owned()]));
        assert_eq!(TokenRefusal::from(RefreshRefusal::WiderScope).code(), "invalid_scope");
    }

    /// What one token held does not bind the next.
    /// Threat: T19
    #[test]
    fn fewer_scopes_once_are_not_fewer_for_ever() {
        let rotation = ask(token(), &Shown { scope: Some("patient/Task.r"), ..GOOD }, 1).expect("another one");
        let again = ask(rotation.next, &Shown { secret: "next", ..GOOD }, 2).expect("another one");
        assert_eq!(again.scopes, ["patient/*.rs", "offline_access"]);
    }

    /// Threat: T20
    #[test]
    fn another_client_hears_what_it_would_hear_of_an_unknown_token() {
        let by_other = Shown { client_id: "other", ..GOOD };
        let other = ask(token(), &by_other, 1).expect_err("another client");
        let unknown = rotate(None, &by_other, Session::Open, [0; 32], 1, &|_| true).expect_err("not known");
        assert_eq!((other, unknown), (RefreshRefusal::OtherClient, RefreshRefusal::Unknown));
        assert_eq!(TokenRefusal::from(other), TokenRefusal::from(unknown));
        assert_eq!(other.revokes(), None);
        let used = Shown { secret: "used", ..by_other };
        assert_eq!(ask(token(), &used, 1), Err(RefreshRefusal::OtherClient));
    }

    /// Threat: T14
    #[test]
    fn the_context_stays_what_it_was() {
        let rotation = refresh(token(), 1).expect("another one");
        assert_eq!(rotation.next.consent, token().consent);
    }

    #[test]
    fn it_ends_after_90_days_and_after_30_days_without_use() {
        assert!(refresh(token(), IDLE_SECS - 1).is_ok());
        assert_eq!(refresh(token(), IDLE_SECS), Err(RefreshRefusal::Idle));
        let used = RefreshToken { given: REFRESH_SECS - 10, ..token() };
        assert!(refresh(used.clone(), REFRESH_SECS - 1).is_ok());
        assert_eq!(refresh(used, REFRESH_SECS), Err(RefreshRefusal::Expired));
    }

    #[test]
    fn online_access_ends_with_the_session() {
        let online = first(&consent(&["online_access"]), token_hash("first"), 0);
        let ask = |session| rotate(online.clone(), &GOOD, session, [0; 32], 1, &|_| true);
        assert_eq!(ask(Session::Over), Err(RefreshRefusal::LoggedOut));
        assert!(ask(Session::Open).is_ok());
    }
}
