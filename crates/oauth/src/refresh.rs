//! Refresh tokens: each is good once and gives the next one, so that of a thief and the app one comes second and is noticed.
//! Source: RFC 6749, section 6; RFC 9700, section 4.14; SMART App Launch 2.2, "Best Practices" (a second use ends it all).

use serde::{Deserialize, Serialize};

use crate::{
    consent::{Consent, Family, Lasting},
    grant::TokenRefusal,
    scope::narrowed,
};

/// How long an app may go on after a person agreed, in seconds: 90 days.
pub const REFRESH_SECS: i64 = 90 * 24 * 3600;

/// How long a refresh token may lie unused, in seconds: 30 days.
pub const IDLE_SECS: i64 = 30 * 24 * 3600;

/// A refresh token, remembered by its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshToken {
    /// What it stands for.
    pub consent: Consent,
    /// When the person agreed, in seconds since 1970.
    pub agreed: i64,
    /// When this one was given, in seconds since 1970.
    pub given: i64,
    /// Whether it was used. It is kept for as long as its family lives when it was, so that the second use is noticed.
    pub state: RefreshState,
}

/// A refresh token is good once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshState {
    /// The last one of its family.
    Current,
    /// It gave another one.
    Rotated,
    /// Its family was taken back.
    Revoked,
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
    /// The one that was shown, used now.
    pub used: RefreshToken,
    /// The next one.
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
    /// It was taken back.
    #[error("the refresh token was revoked")]
    Revoked,
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
            | RefreshRefusal::Revoked
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
            | RefreshRefusal::Revoked
            | RefreshRefusal::Reused(_)
            | RefreshRefusal::Expired
            | RefreshRefusal::Idle
            | RefreshRefusal::LoggedOut => TokenRefusal::WrongGrant,
        }
    }
}

/// The first refresh token of a consent, where there is one at all.
#[must_use]
pub fn first(consent: &Consent, now: i64) -> Option<RefreshToken> {
    match consent.lasting() {
        Lasting::Once => None,
        Lasting::WhileLoggedIn | Lasting::Long => {
            let state = RefreshState::Current;
            Some(RefreshToken { consent: consent.clone(), agreed: now, given: now, state })
        }
    }
}

/// Takes a refresh token for another one. The caller keeps both that come out in one step, together with the access token,
/// so that of two that come at once one is refused.
///
/// # Errors
/// [`RefreshRefusal`]
pub fn rotate(
    token: Option<RefreshToken>,
    client_id: &str,
    scope: Option<&str>,
    session: Session,
    now: i64,
) -> Result<Rotation, RefreshRefusal> {
    let token = token.ok_or(RefreshRefusal::Unknown)?;
    if client_id != token.consent.client_id {
        return Err(RefreshRefusal::OtherClient);
    }
    match token.state {
        RefreshState::Current => {}
        RefreshState::Rotated => return Err(RefreshRefusal::Reused(token.consent.family)),
        RefreshState::Revoked => return Err(RefreshRefusal::Revoked),
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
    let scopes = narrowed(&token.consent.scopes, scope).map_err(|_| RefreshRefusal::WiderScope)?;
    let next = RefreshToken { given: now, ..token.clone() };
    Ok(Rotation { used: RefreshToken { state: RefreshState::Rotated, ..token }, next, scopes })
}

#[cfg(test)]
mod tests {
    use super::{
        IDLE_SECS, REFRESH_SECS, RefreshRefusal, RefreshState, RefreshToken, Rotation, Session, first, rotate,
    };
    use crate::{
        consent::{Family, consent},
        grant::TokenRefusal,
    };

    fn token() -> RefreshToken {
        first(&consent(&["patient/*.rs", "offline_access"]), 0).expect("a refresh token")
    }

    fn refresh(token: RefreshToken, now: i64) -> Result<Rotation, RefreshRefusal> {
        rotate(Some(token), "app", None, Session::Over, now)
    }

    #[test]
    fn a_refresh_token_is_given_where_it_was_asked_for() {
        assert_eq!(first(&consent(&["patient/*.rs"]), 0), None);
        assert_eq!(token().state, RefreshState::Current);
    }

    /// Threat: T18
    #[test]
    fn a_second_use_takes_back_the_family() {
        let Rotation { used, next, .. } = refresh(token(), 10).expect("another one");
        let refused = refresh(used, 11).expect_err("it was used");
        assert_eq!((refused, refused.revokes()), (RefreshRefusal::Reused(Family([7; 16])), Some(Family([7; 16]))));
        let revoked = RefreshToken { state: RefreshState::Revoked, ..next };
        assert_eq!(refresh(revoked, 12), Err(RefreshRefusal::Revoked));
    }

    /// Threat: T19
    #[test]
    fn it_gives_no_more_than_was_granted() {
        let ask = |scope| rotate(Some(token()), "app", Some(scope), Session::Over, 1).map(|rotation| rotation.scopes);
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
        let rotation = rotate(Some(token()), "app", Some("patient/Task.r"), Session::Over, 1).expect("another one");
        let again = refresh(rotation.next, 2).expect("another one");
        assert_eq!(again.scopes, ["patient/*.rs", "offline_access"]);
    }

    /// Threat: T20
    #[test]
    fn another_client_hears_what_it_would_hear_of_an_unknown_token() {
        let other = rotate(Some(token()), "other", None, Session::Open, 1).expect_err("another client");
        let unknown = rotate(None, "other", None, Session::Open, 1).expect_err("not known");
        assert_eq!((other, unknown), (RefreshRefusal::OtherClient, RefreshRefusal::Unknown));
        assert_eq!(TokenRefusal::from(other), TokenRefusal::from(unknown));
        assert_eq!(other.revokes(), None);
        let used = RefreshToken { state: RefreshState::Rotated, ..token() };
        assert_eq!(rotate(Some(used), "other", None, Session::Open, 1), Err(RefreshRefusal::OtherClient));
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
        let online = first(&consent(&["online_access"]), 0);
        let ask = |session| rotate(online.clone(), "app", None, session, 1);
        assert_eq!(ask(Session::Over), Err(RefreshRefusal::LoggedOut));
        assert!(ask(Session::Open).is_ok());
    }
}
