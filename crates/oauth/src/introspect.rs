//! What is said of a token to those who are shown one. Source: RFC 7662; SMART App Launch 2.2, "Token Introspection".

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::launch::LaunchContext;

/// A token that is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// What it covers.
    pub scopes: Vec<String>,
    /// Whose it is.
    pub client_id: String,
    /// When it expires, in seconds since 1970.
    pub expires: i64,
    /// Where the app was launched.
    pub context: LaunchContext,
    /// The person, when an ID token told the app who it is.
    pub identity: Option<Identity>,
}

/// A person, in the words of the ID token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who says so: our issuer.
    pub issuer: String,
    /// Their number there.
    pub subject: String,
    /// The address of the resource that stands for them.
    pub fhir_user: Option<String>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// It is good. The caller is told what it was granted.
    Active(Box<Remembered>),
    /// It is not, and why not is nobody's business: unknown, expired, revoked or no token at all are one answer.
    Inactive,
}

/// Looks at a token. Whoever asks has to be authenticated first.
#[must_use]
pub fn introspect(token: Option<Remembered>, now: i64) -> Introspection {
    match token {
        Some(token) if now < token.expires => Introspection::Active(Box::new(token)),
        Some(_) | None => Introspection::Inactive,
    }
}

/// The members of an answer, in the words of both specifications.
#[derive(Serialize)]
struct Active<'t> {
    active: bool,
    scope: String,
    client_id: &'t str,
    token_type: &'static str,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'t str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<&'t str>,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    fhir_user: Option<&'t str>,
    #[serde(flatten)]
    context: &'t LaunchContext,
}

impl Serialize for Introspection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Introspection::Inactive => {
                let mut inactive = serializer.serialize_struct("Inactive", 1)?;
                inactive.serialize_field("active", &false)?;
                inactive.end()
            }
            Introspection::Active(token) => {
                let identity = token.identity.as_ref();
                let active = Active {
                    active: true,
                    scope: token.scopes.join(" "),
                    client_id: &token.client_id,
                    token_type: "Bearer",
                    exp: token.expires,
                    iss: identity.map(|identity| identity.issuer.as_str()),
                    sub: identity.map(|identity| identity.subject.as_str()),
                    fhir_user: identity.and_then(|identity| identity.fhir_user.as_deref()),
                    context: &token.context,
                };
                active.serialize(serializer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, Remembered, introspect};
    use crate::launch::LaunchContext;
    use serde_json::{Value, json};

    fn remembered(identity: Option<Identity>) -> Remembered {
        Remembered {
            scopes: ["patient/*.rs", "openid"].map(str::to_owned).to_vec(),
            client_id: "app".to_owned(),
            expires: 100,
            context: LaunchContext { patient: Some("1".to_owned()), ..LaunchContext::default() },
            identity,
        }
    }

    #[track_caller]
    fn check(token: Option<Remembered>, now: i64, expected: Value) {
        assert_eq!(serde_json::to_value(introspect(token, now)).expect("JSON"), expected);
    }

    /// Threat: T34
    #[test]
    fn a_token_that_is_not_good_is_not_talked_about() {
        check(None, 0, json!({"active": false}));
        check(Some(remembered(None)), 100, json!({"active": false}));
    }

    #[test]
    fn a_good_token_is_told_with_its_context() {
        let expected = json!({
            "active": true, "scope": "patient/*.rs openid", "client_id": "app", "token_type": "Bearer", "exp": 100,
            "patient": "1",
        });
        check(Some(remembered(None)), 99, expected);
    }

    #[test]
    fn a_person_is_told_where_the_app_knows_them() {
        let (issuer, subject) = ("https://i.example".to_owned(), "ada".to_owned());
        let fhir_user = Some("https://i.example/fhir/Practitioner/1".to_owned());
        let expected = json!({
            "active": true, "scope": "patient/*.rs openid", "client_id": "app", "token_type": "Bearer", "exp": 100,
            "iss": "https://i.example", "sub": "ada", "fhirUser": "https://i.example/fhir/Practitioner/1", "patient": "1",
        });
        check(Some(remembered(Some(Identity { issuer, subject, fhir_user }))), 99, expected);
    }
}
