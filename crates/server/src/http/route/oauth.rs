//! Places where apps and their users get keys to what is here, under the root of the server.

use super::{POST, READ};

/// Such a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OauthPlace {
    /// Where tokens are asked for.
    Token,
    /// Where tokens are looked into.
    Introspect,
    /// Where tokens are taken back.
    Revoke,
    /// What ID tokens are checked with.
    Keys,
    /// What OpenID clients find.
    OpenId,
    /// What apps may look like.
    Looks,
    /// A page for a person.
    Page(OauthPage),
}

/// A page for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OauthPage {
    /// Where an app sends them.
    Authorize,
    /// Where they say who they are.
    Login,
    /// Where they are sent to somebody else who knows them.
    Elsewhere,
    /// Where they come back from there.
    Callback,
    /// Where they stop being that.
    Logout,
    /// Where they say what an app may do.
    Consent,
    /// How the pages look.
    Style,
}

/// All of them.
pub const OAUTH_PLACES: [OauthPlace; 13] = [
    OauthPlace::Token,
    OauthPlace::Introspect,
    OauthPlace::Revoke,
    OauthPlace::Keys,
    OauthPlace::OpenId,
    OauthPlace::Looks,
    OauthPlace::Page(OauthPage::Authorize),
    OauthPlace::Page(OauthPage::Login),
    OauthPlace::Page(OauthPage::Elsewhere),
    OauthPlace::Page(OauthPage::Callback),
    OauthPlace::Page(OauthPage::Logout),
    OauthPlace::Page(OauthPage::Consent),
    OauthPlace::Page(OauthPage::Style),
];

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
            OauthPlace::Keys => "/oauth/jwks",
            OauthPlace::OpenId => "/.well-known/openid-configuration",
            OauthPlace::Looks => "/oauth/style.json",
            OauthPlace::Page(OauthPage::Authorize) => "/oauth/authorize",
            OauthPlace::Page(OauthPage::Login) => "/oauth/login",
            OauthPlace::Page(OauthPage::Elsewhere) => "/oauth/login/elsewhere",
            OauthPlace::Page(OauthPage::Callback) => "/oauth/login/callback",
            OauthPlace::Page(OauthPage::Logout) => "/oauth/logout",
            OauthPlace::Page(OauthPage::Consent) => "/oauth/consent",
            OauthPlace::Page(OauthPage::Style) => "/oauth/page.css",
        }
    }

    /// The methods that it takes.
    #[must_use]
    pub fn allow(self) -> &'static str {
        match self {
            OauthPlace::Token
            | OauthPlace::Introspect
            | OauthPlace::Revoke
            | OauthPlace::Page(OauthPage::Login | OauthPage::Elsewhere | OauthPage::Logout | OauthPage::Consent) => {
                POST
            }
            OauthPlace::Keys | OauthPlace::OpenId | OauthPlace::Looks | OauthPlace::Page(OauthPage::Style) => READ,
            OauthPlace::Page(OauthPage::Callback) => "GET",
            OauthPlace::Page(OauthPage::Authorize) => "GET, POST",
        }
    }

    /// Whether it is only there where apps are registered.
    #[must_use]
    pub fn is_for_apps(self) -> bool {
        match self {
            OauthPlace::Token | OauthPlace::Introspect | OauthPlace::Revoke => false,
            OauthPlace::Keys | OauthPlace::OpenId | OauthPlace::Looks | OauthPlace::Page(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OAUTH_PLACES, OauthPlace};

    #[test]
    fn each_place_has_a_path_and_nothing_else_has() {
        for place in OAUTH_PLACES {
            assert_eq!(OauthPlace::of(place.path()), Some(place));
        }
        for other in ["/oauth", "/oauth/Token", "/oauth/token/x", "/.well-known/smart-configuration"] {
            assert_eq!(OauthPlace::of(other), None, "{other}");
        }
    }
}
