//! ID tokens: who the user is, told to the app. Source: OpenID Connect Core 1.0, section 2; SMART App Launch 2.2, "Scopes for
//! requesting identity data" (RS256, `fhirUser`).

use serde::Serialize;

use crate::scope::{IdentityScope, Scope, tells_fhir_user};

/// How long an ID token is good, in seconds: as long as it takes to log in.
pub const ID_TOKEN_SECS: i64 = 300;

/// What an app is told of its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdToken {
    /// We.
    pub iss: String,
    /// The user's number here, at most 255 characters of ASCII.
    pub sub: String,
    /// The app.
    pub aud: String,
    /// When it expires, in seconds since 1970.
    pub exp: i64,
    /// When it was made.
    pub iat: i64,
    /// When the user logged in.
    pub auth_time: i64,
    /// What the app sent along, so that it knows the token for its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The address of the resource that stands for the user.
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    pub fhir_user: Option<String>,
}

/// A user who logged in.
#[derive(Clone, Copy, Debug)]
pub struct LoggedIn<'u> {
    /// Their number.
    pub subject: &'u str,
    /// The address of the resource that stands for them, where there is one.
    pub fhir_user: Option<&'u str>,
    /// When, in seconds since 1970.
    pub at: i64,
}

/// The claims for an app that was granted `openid`; nothing for others. The resource of the user is told where that was
/// granted, too. They are signed with [`crate::signing::SigningKey::sign`].
#[must_use]
pub fn id_token(
    issuer: &str,
    client_id: &str,
    scopes: &[String],
    user: &LoggedIn<'_>,
    nonce: Option<&str>,
    now: i64,
) -> Option<IdToken> {
    let has = |wanted| scopes.iter().any(|scope| scope.parse() == Ok(Scope::Identity(wanted)));
    if !has(IdentityScope::OpenId) {
        return None;
    }
    Some(IdToken {
        iss: issuer.to_owned(),
        sub: user.subject.to_owned(),
        aud: client_id.to_owned(),
        exp: now + ID_TOKEN_SECS,
        iat: now,
        auth_time: user.at,
        nonce: nonce.map(str::to_owned),
        fhir_user: user.fhir_user.filter(|_| tells_fhir_user(scopes)).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::{IdToken, LoggedIn, id_token};
    use serde_json::json;

    fn told(scopes: &[&str], nonce: Option<&str>) -> Option<IdToken> {
        let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        let user = LoggedIn { subject: "ada", fhir_user: Some("https://i.example/fhir/Practitioner/1"), at: 90 };
        id_token("https://i.example", "app", &scopes, &user, nonce, 100)
    }

    #[test]
    fn nobody_is_told_who_did_not_ask() {
        for scopes in [&["patient/*.rs"][..], &["fhirUser"], &["profile", "OpenID"]] {
            assert_eq!(told(scopes, None), None, "{scopes:?}");
        }
    }

    #[test]
    fn the_resource_of_the_user_is_told_where_it_was_granted() {
        assert_eq!(told(&["openid"], None).expect("a token").fhir_user, None);
        for scope in ["fhirUser", "profile"] {
            assert!(told(&["openid", scope], None).expect("a token").fhir_user.is_some(), "{scope}");
        }
    }

    #[test]
    fn an_id_token_has_the_claims_of_openid() {
        let claims = serde_json::to_value(told(&["openid", "fhirUser"], Some("n"))).expect("JSON");
        let expected = json!({
            "iss": "https://i.example", "sub": "ada", "aud": "app", "exp": 400, "iat": 100, "auth_time": 90, "nonce": "n",
            "fhirUser": "https://i.example/fhir/Practitioner/1",
        });
        assert_eq!(claims, expected);
    }
}
