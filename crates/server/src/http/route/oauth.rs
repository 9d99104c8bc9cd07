//! Places where clients get tokens and ask about them, under the root of the server.

use super::POST;

/// Such a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OauthPlace {
    /// Where tokens are asked for.
    Token,
    /// Where tokens are looked into.
    Introspect,
    /// Where tokens are taken back.
    Revoke,
}

/// All of them.
const OAUTH_PLACES: [OauthPlace; 3] = [OauthPlace::Token, OauthPlace::Introspect, OauthPlace::Revoke];

impl OauthPlace {
    /// Finds the place of a path.
    #[must_use]
    pub fn of(path: &str) -> Option<OauthPlace> {
        OAUTH_PLACES.into_iter().find(|place| place.path() == path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            OauthPlace::Token => "/oauth/token",
            OauthPlace::Introspect => "/oauth/introspect",
            OauthPlace::Revoke => "/oauth/revoke",
        }
    }

    /// The methods that it takes.
    #[must_use]
    pub fn allow(self) -> &'static str {
        match self {
            OauthPlace::Token | OauthPlace::Introspect | OauthPlace::Revoke => POST,
        }
    }
}
