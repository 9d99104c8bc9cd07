//! What a provider says of itself. Source: OpenID Connect Discovery 1.0, sections 3 and 4; RFC 8414, section 2; RFC 9207, section 3.

use serde_json::{Map, Value};
use url::{Host, Url};

use crate::{json, pkce::METHOD};

/// What a provider says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where browsers are sent.
    pub authorization_endpoint: String,
    /// Where codes are redeemed.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where a client secret is shown.
    pub secret_place: SecretPlace,
    /// Whether its answers always say that they are its own.
    pub names_itself: bool,
}

/// Where a client secret is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In the header: `client_secret_basic`.
    Header,
    /// In the form: `client_secret_post`.
    Form,
}

/// Why a document is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// It is none.
    #[error("it is not one JSON object in which each member stands once")]
    Unreadable,
    /// It is somebody else's.
    #[error("its issuer is not letter by letter the configured one")]
    Issuer,
    /// An address is missing, or could be listened to.
    #[error("its {0} is no address with https")]
    Address(&'static str),
    /// It refuses the one way that we go.
    #[error("its {0} do not hold what is needed here: {1}")]
    Unsupported(&'static str, &'static str),
}

/// Whether a text can be an issuer: an address with https (plain http on this machine alone), without query and fragment.
///
/// ```
/// use baton_oauth::provider::is_issuer;
/// assert!(is_issuer("https://id.example/realms/a") && is_issuer("http://127.0.0.1:8080"));
/// assert!(!is_issuer("http://id.example") && !is_issuer("https://id.example?a") && !is_issuer("id.example"));
/// ```
#[must_use]
pub fn is_issuer(text: &str) -> bool {
    is_safe(text) && !text.contains(['?', '#'])
}

/// Where the document of an issuer is.
///
/// ```
/// use baton_oauth::provider::document_url;
/// assert_eq!(document_url("https://id.example/a/"), "https://id.example/a/.well-known/openid-configuration");
/// ```
#[must_use]
pub fn document_url(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.strip_suffix('/').unwrap_or(issuer))
}

impl Document {
    /// Reads the document of an issuer.
    ///
    /// # Errors
    /// [`DocumentFault`]
    pub fn read(bytes: &[u8], issuer: &str) -> Result<Document, DocumentFault> {
        let members = json::object(bytes).ok_or(DocumentFault::Unreadable)?;
        if members.get("issuer").and_then(Value::as_str) != Some(issuer) {
            return Err(DocumentFault::Issuer);
        }
        let lacks = |name, value| listed(&members, name).is_some_and(|list| !list.contains(&value));
        for (name, value) in [("response_types_supported", "code"), ("code_challenge_methods_supported", METHOD)] {
            if lacks(name, value) {
                return Err(DocumentFault::Unsupported(name, value));
            }
        }
        let methods = "token_endpoint_auth_methods_supported";
        let only_form = lacks(methods, "client_secret_basic") && !lacks(methods, "client_secret_post");
        Ok(Document {
            authorization_endpoint: address(&members, "authorization_endpoint")?,
            token_endpoint: address(&members, "token_endpoint")?,
            jwks_uri: address(&members, "jwks_uri")?,
            secret_place: if only_form { SecretPlace::Form } else { SecretPlace::Header },
            names_itself: members.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
        })
    }
}

fn listed<'m>(members: &'m Map<String, Value>, name: &str) -> Option<Vec<&'m str>> {
    Some(members.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect())
}

fn address(members: &Map<String, Value>, name: &'static str) -> Result<String, DocumentFault> {
    let text = members.get(name).and_then(Value::as_str).filter(|text| is_safe(text) && !text.contains('#'));
    text.map(str::to_owned).ok_or(DocumentFault::Address(name))
}

/// Whether what goes to an address can be read by nobody on the way: https, or http on this machine alone.
///
/// ```
/// use baton_oauth::provider::is_safe;
/// assert!(is_safe("https://id.example/jwks") && is_safe("http://[::1]:8080/jwks"));
/// assert!(!is_safe("http://id.example/jwks") && !is_safe("http://localhost.example/jwks"));
/// ```
#[must_use]
pub fn is_safe(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_plain = address.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\');
    !has_user && !is_plain && url.host().is_some() && (url.scheme() == "https" || (url.scheme() == "http" && is_here))
}

#[cfg(test)]
mod tests {
    use super::{Document, DocumentFault, SecretPlace};
    use serde_json::{Value, json};

    const ISSUER: &str = "https://id.example/a";

    fn read(change: impl Fn(&mut Value)) -> Result<Document, DocumentFault> {
        let mut document = json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://id.example/auth",
            "token_endpoint": "https://id.example/token",
            "jwks_uri": "https://id.example/jwks",
        });
        change(&mut document);
        Document::read(document.to_string().as_bytes(), ISSUER)
    }

    /// A provider that says to be another one would have its people taken for the other one's.
    #[test]
    fn the_issuer_is_the_configured_one_letter_by_letter() {
        for other in ["https://id.example/a/", "https://ID.example/a", "https://id.example/b", ""] {
            assert_eq!(read(|it| it["issuer"] = json!(other)), Err(DocumentFault::Issuer), "{other}");
        }
        assert_eq!(Document::read(b"[]", ISSUER), Err(DocumentFault::Unreadable));
    }

    #[test]
    fn nothing_is_sent_where_others_could_listen() {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            for wrong in [json!("http://id.example/x"), json!("https://a@id.example/"), json!("/x"), Value::Null] {
                assert_eq!(read(|it| it[name] = wrong.clone()), Err(DocumentFault::Address(name)), "{name}: {wrong}");
            }
        }
    }

    #[test]
    fn a_provider_that_does_not_go_our_way_is_refused_and_one_that_says_nothing_is_tried() {
        let plain = read(|it| it["code_challenge_methods_supported"] = json!(["plain"]));
        assert_eq!(plain, Err(DocumentFault::Unsupported("code_challenge_methods_supported", "S256")));
        let implicit = read(|it| it["response_types_supported"] = json!(["id_token"]));
        assert_eq!(implicit, Err(DocumentFault::Unsupported("response_types_supported", "code")));
        let silent = read(|_| {}).expect("it is good");
        assert_eq!((silent.secret_place, silent.names_itself), (SecretPlace::Header, false));
    }

    #[test]
    fn a_secret_is_shown_in_the_form_only_where_the_header_is_not_taken() {
        let place = |methods: Value| {
            read(|it| it["token_endpoint_auth_methods_supported"] = methods.clone()).expect("it is good").secret_place
        };
        assert_eq!(place(json!(["client_secret_post", "client_secret_basic"])), SecretPlace::Header);
        assert_eq!(place(json!(["client_secret_post"])), SecretPlace::Form);
        assert_eq!(place(json!(["private_key_jwt"])), SecretPlace::Header);
    }
}
