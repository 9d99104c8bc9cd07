//! Reads a token request and says what it asks for, or why not. Source: RFC 6749, sections 4.4 and 5.2.

use crate::client::Credentials;

/// Why there is no token. Each has one code of RFC 6749.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The request is no form.
    #[error("the request must be application/x-www-form-urlencoded")]
    NotAForm,
    /// A parameter came twice.
    #[error("a parameter is repeated")]
    Repeated,
    /// There is no grant type.
    #[error("grant_type is missing")]
    NoGrantType,
    /// The grant type is not offered.
    #[error("grant_type must be client_credentials")]
    OtherGrantType,
    /// The client showed two kinds of credentials at once.
    #[error("a client authenticates in one way only")]
    TwoWays,
    /// The client showed no credentials that can be read.
    #[error("client authentication is missing or cannot be read")]
    NoCredentials,
    /// The client sent a signed assertion, which is not offered yet.
    #[error("private_key_jwt is not offered by this server yet")]
    AssertionNotOffered,
    /// Nobody of that name has that secret.
    #[error("the client is not known or its secret is wrong")]
    WrongCredentials,
    /// Nothing of what was asked for is registered for the client.
    #[error("none of these scopes is registered for this client")]
    NoScope,
}

impl TokenRefusal {
    /// The code in the answer.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TokenRefusal::NotAForm | TokenRefusal::Repeated | TokenRefusal::NoGrantType | TokenRefusal::TwoWays => {
                "invalid_request"
            }
            TokenRefusal::OtherGrantType => "unsupported_grant_type",
            TokenRefusal::NoCredentials | TokenRefusal::AssertionNotOffered | TokenRefusal::WrongCredentials => {
                "invalid_client"
            }
            TokenRefusal::NoScope => "invalid_scope",
        }
    }
}

/// A token request that can be answered once the client is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// Who asks.
    pub credentials: Credentials,
    /// Which scopes are asked for, separated by spaces.
    pub scope: Option<String>,
}

/// The parameters that mean something here.
const PARAMETERS: [&str; 6] =
    ["grant_type", "scope", "client_id", "client_secret", "client_assertion", "client_assertion_type"];

/// Reads a token request: its `Authorization` header and the parameters of its form, decoded.
/// Parameters without a value count as not sent.
///
/// # Errors
/// A refusal that needs no knowledge of clients: the form, the grant type, the way of authentication.
pub fn token_request(authorization: Option<&str>, form: &[(String, String)]) -> Result<TokenRequest, TokenRefusal> {
    let value = |name: &str| form.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value);
    if PARAMETERS.iter().any(|name| form.iter().filter(|(key, _)| key == name).count() > 1) {
        return Err(TokenRefusal::Repeated);
    }
    match value("grant_type").map(String::as_str) {
        None => return Err(TokenRefusal::NoGrantType),
        Some("client_credentials") => {}
        Some(_) => return Err(TokenRefusal::OtherGrantType),
    }
    let by_assertion = value("client_assertion").is_some() || value("client_assertion_type").is_some();
    let credentials = match (authorization, value("client_secret"), by_assertion) {
        (Some(_), Some(_), _) | (Some(_), _, true) | (_, Some(_), true) => return Err(TokenRefusal::TwoWays),
        (None, None, true) => return Err(TokenRefusal::AssertionNotOffered),
        (Some(header), None, false) => by_header(header, value("client_id"))?,
        (None, Some(secret), false) => {
            let client_id = value("client_id").ok_or(TokenRefusal::NoCredentials)?.clone();
            Credentials { client_id, client_secret: secret.clone() }
        }
        (None, None, false) => return Err(TokenRefusal::NoCredentials),
    };
    Ok(TokenRequest { credentials, scope: value("scope").cloned() })
}

/// Credentials of the header. A `client_id` in the form beside it must be the same client.
fn by_header(header: &str, client_id: Option<&String>) -> Result<Credentials, TokenRefusal> {
    let credentials = Credentials::from_basic(header).ok_or(TokenRefusal::NoCredentials)?;
    match client_id {
        Some(other) if *other != credentials.client_id => Err(TokenRefusal::TwoWays),
        _ => Ok(credentials),
    }
}

#[cfg(test)]
mod tests;
