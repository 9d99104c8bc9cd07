//! Reads a token request and says what it asks for, or why not.
//! Source: RFC 6749, sections 2.3, 4.1.3, 4.4 and 6; RFC 7521, section 4.2; RFC 7636, section 4.5.

mod question;
mod refusal;

use std::collections::HashSet;

use crate::{
    assertion::{ASSERTION_TYPE, AssertionRefusal, Claimed, claimed},
    client::Credentials,
};
pub use question::{TokenQuestion, asked_token, token_question};
pub use refusal::TokenRefusal;

/// Ways to ask for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GrantType {
    /// A client asks for itself.
    ClientCredentials,
    /// A client redeems the code that a user let it have.
    AuthorizationCode,
    /// A client goes on after its token expired.
    RefreshToken,
}

impl GrantType {
    /// Its name in requests and in what we say of ourselves.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            GrantType::ClientCredentials => "client_credentials",
            GrantType::AuthorizationCode => "authorization_code",
            GrantType::RefreshToken => "refresh_token",
        }
    }
}

/// What a token is asked for with. It may hold secrets, and prints its kind only.
#[derive(Clone, PartialEq, Eq)]
pub enum Grant {
    /// Nothing else than the client's own credentials.
    ClientCredentials,
    /// A code.
    AuthorizationCode {
        /// The code, as it was shown.
        code: String,
        /// Where the code was sent to, as the client says.
        redirect_uri: String,
        /// The text behind the challenge that the code was asked for with.
        verifier: String,
    },
    /// A refresh token, as it was shown.
    RefreshToken(String),
}

impl Grant {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> GrantType {
        match self {
            Grant::ClientCredentials => GrantType::ClientCredentials,
            Grant::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Grant::RefreshToken(_) => GrantType::RefreshToken,
        }
    }
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Grant({}, …)", self.kind().name())
    }
}

/// How a client says who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// With a secret.
    Secret(Credentials),
    /// With a signed assertion.
    Assertion(Assertion),
    /// Not at all: an app that cannot keep a secret names itself, and what it redeems has to prove the rest.
    Public {
        /// The client that it says it is.
        client_id: String,
    },
    /// It does not even name itself. fhirclient (JavaScript) does so where an app without a secret goes on with a refresh token,
    /// which says whose it is.
    Unnamed,
}

/// A signed assertion, as it was shown. Prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Assertion {
    token: String,
    client_id: Option<String>,
}

impl Assertion {
    /// Reads whose it claims to be. A `client_id` beside it must be the same. Source: RFC 7521, section 4.2.
    ///
    /// # Errors
    /// As [`claimed`], and [`AssertionRefusal::OtherClient`].
    pub fn claimed(&self) -> Result<Claimed, AssertionRefusal> {
        let claimed = claimed(&self.token)?;
        match &self.client_id {
            Some(client_id) if client_id != claimed.client_id() => Err(AssertionRefusal::OtherClient),
            _ => Ok(claimed),
        }
    }
}

impl std::fmt::Debug for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Assertion(…)")
    }
}

/// A token request that can be answered once the client is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// With what it asks.
    pub grant: Grant,
    /// Who asks.
    pub authentication: Authentication,
    /// Which scopes are asked for, separated by spaces.
    pub scope: Option<String>,
}

/// The parameters that mean something here. Others are ignored, but stand there once as well.
const PARAMETERS: [&str; 12] = [
    "grant_type",
    "scope",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "token",
    "token_type_hint",
];

/// The parameters of a form, decoded. One without a value counts as not sent.
struct Form<'f>(&'f [(String, String)]);

impl<'f> Form<'f> {
    fn value(&self, name: &str) -> Option<&'f String> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
    }

    fn needed(&self, name: &'static str) -> Result<String, TokenRefusal> {
        self.value(name).cloned().ok_or(TokenRefusal::Missing(name))
    }

    /// Whether nothing in it says whose it is.
    fn names_nobody(&self) -> bool {
        ["client_id", "client_secret", "client_assertion", "client_assertion_type"]
            .iter()
            .all(|name| self.value(name).is_none())
    }

    /// Whether somebody shows more than a name.
    fn authenticates(&self) -> bool {
        ["client_secret", "client_assertion", "client_assertion_type"].iter().any(|name| self.value(name).is_some())
    }

    fn repeats_itself(&self) -> bool {
        repeats(self.0)
    }
}

/// Whether a name stands there twice, known or not: of two values others may have looked at the other one.
/// Source: RFC 6749, sections 3.1 and 3.2.
pub(crate) fn repeats(parameters: &[(String, String)]) -> bool {
    let mut seen = HashSet::new();
    !parameters.iter().all(|(name, _)| seen.insert(name))
}

/// Looks at the parameters of an address to which a form is sent: what belongs into the form is nowhere else, since addresses are
/// written down by many. Source: RFC 6749, sections 2.3.1 and 3.2.
///
/// # Errors
/// [`TokenRefusal::InAddress`], [`TokenRefusal::Repeated`]
pub fn check_address(parameters: &[(String, String)]) -> Result<(), TokenRefusal> {
    if parameters.iter().any(|(name, _)| PARAMETERS.contains(&name.as_str())) {
        return Err(TokenRefusal::InAddress);
    }
    if repeats(parameters) { Err(TokenRefusal::Repeated) } else { Ok(()) }
}

/// Reads a token request: its `Authorization` header and the parameters of its form, decoded.
///
/// # Errors
/// A refusal that needs no knowledge of clients: the form, the grant, the way of authentication.
pub fn token_request(
    offered: &[GrantType],
    authorization: Option<&str>,
    form: &[(String, String)],
) -> Result<TokenRequest, TokenRefusal> {
    let form = Form(form);
    if form.repeats_itself() {
        return Err(TokenRefusal::Repeated);
    }
    let kind = form.value("grant_type").ok_or(TokenRefusal::NoGrantType)?;
    let kind = offered.iter().find(|offered| offered.name() == kind).ok_or(TokenRefusal::OtherGrantType)?;
    let authentication = match kind {
        GrantType::RefreshToken if authorization.is_none() && form.names_nobody() => Authentication::Unnamed,
        GrantType::ClientCredentials | GrantType::AuthorizationCode | GrantType::RefreshToken => {
            authentication(authorization, &form)?
        }
    };
    let grant = match (kind, &authentication) {
        (GrantType::ClientCredentials, Authentication::Public { .. }) => return Err(TokenRefusal::NoCredentials),
        (GrantType::ClientCredentials, _) => Grant::ClientCredentials,
        (GrantType::AuthorizationCode, _) => Grant::AuthorizationCode {
            code: form.needed("code")?,
            redirect_uri: form.needed("redirect_uri")?,
            verifier: form.needed("code_verifier")?,
        },
        (GrantType::RefreshToken, _) => Grant::RefreshToken(form.needed("refresh_token")?),
    };
    Ok(TokenRequest { grant, authentication, scope: form.value("scope").cloned() })
}

/// Reads how a client says who it is: in one way, or not at all. It is the same for introspection and revocation.
/// Source: RFC 6749, section 2.3 (a client must not use more than one method in each request).
fn authentication(authorization: Option<&str>, form: &Form<'_>) -> Result<Authentication, TokenRefusal> {
    let client_id = form.value("client_id");
    let assertion = (form.value("client_assertion"), form.value("client_assertion_type"));
    match (authorization, form.value("client_secret"), assertion) {
        (Some(header), None, (None, None)) => by_header(header, client_id).map(Authentication::Secret),
        (None, Some(secret), (None, None)) => {
            let client_id = client_id.ok_or(TokenRefusal::NoCredentials)?;
            Ok(Authentication::Secret(Credentials::new(client_id, secret)))
        }
        (None, None, (Some(token), Some(kind))) if kind == ASSERTION_TYPE => {
            Ok(Authentication::Assertion(Assertion { token: token.clone(), client_id: client_id.cloned() }))
        }
        (None, None, (None, None)) => {
            let client_id = client_id.ok_or(TokenRefusal::NoCredentials)?.clone();
            Ok(Authentication::Public { client_id })
        }
        (None, None, (Some(_), _) | (_, Some(_))) => Err(TokenRefusal::OtherAssertionType),
        (Some(_), _, _) | (_, Some(_), _) => Err(TokenRefusal::TwoWays),
    }
}

/// Credentials of the header. A `client_id` in the form beside it must be the same client.
fn by_header(header: &str, client_id: Option<&String>) -> Result<Credentials, TokenRefusal> {
    let credentials = Credentials::from_basic(header).ok_or(TokenRefusal::NoCredentials)?;
    match client_id {
        Some(named) => credentials.of(named).ok_or(TokenRefusal::TwoWays),
        None => Ok(credentials),
    }
}

#[cfg(test)]
mod tests;
